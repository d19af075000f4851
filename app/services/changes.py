"""The change feed: every committed change, numbered without a gap per company (rule 5.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db.connections.database import Database
from app.db.reading import changes
from app.domain.changes import Change, ChangeOperation
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.identifiers import Key, Kind
from app.domain.paging import Page, PageRequest
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.change_facts import facts

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
        subject.id if isinstance(subject, Company) else subject.company_id,
        operation,
        _KINDS[type(subject)],
        subject.id,
        before and facts(before),
        after and facts(after),
    )


@dataclass(frozen=True, slots=True)
class CommittedChange:
    """A change as it was committed: its number, when, what and how."""

    sequence: int
    at: datetime
    operation: ChangeOperation
    kind: Kind
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ChangeFeed:
    """Read what was committed."""

    database: Database

    async def page(
        self, caller: Caller, company_id: str, request: PageRequest
    ) -> Page[CommittedChange]:
        """Return the changes after the cursor in their order; nothing of a foreign company."""
        if not caller.sees(company_id):
            return Page([], [], has_next=False, has_previous=False)
        async with self.database.reading() as connection:
            found = await changes.page(connection, company_id, request)
        return Page(_committed(found.items), found.cursors, found.has_next, found.has_previous)


def _committed(rows: Sequence[Any]) -> list[CommittedChange]:
    kinds = {kind.type_name: kind for kind in Kind}
    return [
        CommittedChange(
            row.sequence,
            row.at,
            ChangeOperation(row.operation),
            kinds[row.subject_type],
            int(row.subject_key) if row.subject_key.isdigit() else row.subject_key,
            row.before,
            row.after,
        )
        for row in rows
    ]
