"""The change feed: every committed change, numbered without a gap per company (rule 5.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.db.connections.database import Database
from app.db.connections.direct_reads import Ready, Rows
from app.db.reading import changes
from app.db.reading.followed_changes import FollowedChanges, state_of
from app.db.writing.changes import forget_before
from app.domain.access import Permission
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.changes import (
    Change,
    ChangeFilter,
    ChangeOperation,
    CommittedChange,
    FeedPosition,
    FeedState,
    feed_position,
)
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.identifiers import Kind
from app.domain.paging import Page, PageRequest
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.touched_days import touched_days
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.change_facts import EXTERNAL_MESSAGE, facts

_KINDS: dict[type, Kind] = {
    Company: Kind.COMPANY,
    Role: Kind.ROLE,
    User: Kind.USER,
    Person: Kind.PERSON,
    Worker: Kind.WORKER,
    Workweek: Kind.WORKWEEK,
    Holiday: Kind.HOLIDAY,
    TimeOffEntry: Kind.ENTRY,
    ExternalReference: Kind.REFERENCE,
    PersonTimeOff: Kind.PERSON_TIME_OFF,
    DiscrepancyAcknowledgement: Kind.ACKNOWLEDGEMENT,
}


def change(before: Any, after: Any) -> Change:  # noqa: ANN401 - any object of _KINDS, or None
    """Return the change from one state of an object to another; None where there is none."""
    subject = after or before
    operation = ChangeOperation.UPDATED
    if before is None:
        operation = ChangeOperation.CREATED
    elif after is None:
        operation = ChangeOperation.DELETED
    return Change(
        company_id=subject.id if isinstance(subject, Company) else subject.company_id,
        operation=operation,
        kind=_KINDS[type(subject)],
        key=subject.id,
        before=before and facts(before),
        after=after and facts(after),
        days=touched_days(before, after),
    )


@dataclass(frozen=True, slots=True)
class ChangeFeed:
    """Read what was committed."""

    database: Database

    async def page(
        self, caller: Caller, company_id: str, wanted: ChangeFilter, request: PageRequest
    ) -> Page[CommittedChange]:
        """Return the changes between the cursors in their order; nothing of a foreign company.

        Raises CursorExpired, also for a cursor of a company that is none of the caller's.
        """
        caller.require(Permission.READ_CHANGES)
        if not caller.sees(company_id):
            for key, argument in ((request.after, "after"), (request.before, "before")):
                if position := feed_position(key, argument):
                    position.refuse_unless_in(None, argument)
            return Page([], [], has_next=False, has_previous=False)
        async with self.database.reading() as connection:
            page = await changes.page(connection, company_id, wanted, request)
        if caller.reads_reasons:
            return page
        return replace(page, items=[without_message(each) for each in page.items])

    async def after(self, company_id: str, sequence: int, most: int) -> Sequence[CommittedChange]:
        """Return the changes that follow the number, without a gap: for the gateway's followers.

        None of a company that is gone. Raises CursorExpired where they are no longer kept.
        """
        found = await self._read_directly(company_id, sequence, most)
        if found is None:
            async with self.database.reading() as connection:
                found = await changes.following(connection, company_id, sequence, most)
        state, following = found
        if state is not None:
            FeedPosition(sequence).refuse_unless_in(state, "after")
        return following

    async def _read_directly(
        self, company_id: str, sequence: int, most: int
    ) -> tuple[FeedState | None, Sequence[CommittedChange]] | None:
        """Read as ``changes.following`` by the database's own driver, if it can."""
        direct = self.database.direct
        statements = FollowedChanges.of(direct.dialect)
        asked = {"company": company_id, "after": sequence, "most": most}

        def follow(rows: Rows) -> dict[str, Ready]:
            # After the changes were read: what was removed before that is known to be missing.
            below = {"state": Ready.of(statements.state, asked)}
            if rows:
                ends = asked | {"first": rows[0][0], "last": rows[-1][0]}
                below["origins"] = Ready.of(statements.origins, ends)
            return below

        found = await direct.read(Ready.of(statements.changes, asked), follow)
        if found is None:
            return None
        rows, below = found
        return state_of(below["state"]), statements.committed(rows, below.get("origins", ()))

    async def last_numbers(self, company_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the number of each company's last change, of those that have one."""
        direct, asked = self.database.direct, {"companies": company_ids}
        statement = FollowedChanges.of(direct.dialect).last_numbers
        found = await direct.read(Ready.of(statement, asked), lambda _: {})
        if found is None:
            async with self.database.reading() as connection:
                return await changes.last_numbers(connection, company_ids)
        return {str(company_id): last for company_id, last in found[0]}

    async def last(self, company_id: str) -> int:
        """Return the number of the company's last change; 0 where it has none."""
        async with self.database.reading() as connection:
            return await changes.last_number(connection, company_id)


async def forget_old_changes(database: Database, now: datetime, days: int) -> int:
    """Delete the changes that were kept for so many days; return how many."""
    async with database.reading() as connection:
        companies = await changes.companies(connection)
    forgotten = 0
    for company_id in companies:
        while True:
            async with database.writing() as connection:
                some = await forget_before(connection, company_id, now - timedelta(days=days))
            if not some:
                break
            forgotten += some
    return forgotten


def without_message(change: CommittedChange) -> CommittedChange:
    """Leave out what an external reference says in words, as a reason may be among them."""
    if change.kind is not Kind.REFERENCE:
        return change
    before, after = (
        each and {name: value for name, value in each.items() if name != EXTERNAL_MESSAGE}
        for each in (change.before, change.after)
    )
    return change._replace(before=before, after=after)
