"""The change feed: every committed change, numbered without a gap per company (rule 5.3)."""

from dataclasses import dataclass, replace
from typing import Any

from app.db.connections.database import Database
from app.db.reading import changes
from app.domain.access import Permission
from app.domain.changes import Change, ChangeFilter, ChangeOperation, CommittedChange
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.identifiers import Kind
from app.domain.paging import Page, PageRequest
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
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
    )


@dataclass(frozen=True, slots=True)
class ChangeFeed:
    """Read what was committed."""

    database: Database

    async def page(
        self, caller: Caller, company_id: str, wanted: ChangeFilter, request: PageRequest
    ) -> Page[CommittedChange]:
        """Return the changes after the cursor in their order; nothing of a foreign company."""
        caller.require(Permission.READ_CHANGES)
        if not caller.sees(company_id):
            return Page([], [], has_next=False, has_previous=False)
        async with self.database.reading() as connection:
            page = await changes.page(connection, company_id, wanted, request)
        if caller.reads_reasons:
            return page
        return replace(page, items=[_without_message(each) for each in page.items])


def _without_message(change: CommittedChange) -> CommittedChange:
    """Leave out what an external reference says in words, as a reason may be among them."""
    if change.kind is not Kind.REFERENCE:
        return change
    before, after = (
        each and {name: value for name, value in each.items() if name != EXTERNAL_MESSAGE}
        for each in (change.before, change.after)
    )
    return replace(change, before=before, after=after)
