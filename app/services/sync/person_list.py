"""Reads somebody's time off to its end, and says whether the list can be believed."""

from dataclasses import dataclass, field
from typing import Final

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import PEOPLE
from app.domain.days import DaySpan
from app.domain.directory import PersonStatus
from app.domain.sync.failures import FailureKind
from app.domain.sync.listings import LOOKS
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.remote_people import RemoteTimeOff, list_of
from app.domain.sync.sweeping import MOST_PAGES, RECORDS_OF_A_PAGE, is_last_page
from app.domain.sync.taking_in_records import lies_in
from app.services.sync.vendor import Procore

LIST_INCOMPLETE: Final = "LIST_INCOMPLETE"
OF_A_PERSON: Final = frozenset(
    {
        FailureKind.NOT_PERMITTED,
        FailureKind.NOT_THERE,
        FailureKind.REFUSED,
        FailureKind.UNREADABLE,
    }
)
"""What may be the matter with one person only."""
MOST_RECORDS: Final = 10_000
MOST_OCCURRENCES: Final = 50_000
"""Of one person's list, so that none fills the memory: of a longer one the rest is not read."""
MOST_PROBLEMS: Final = 100
"""Of one person's records so many are told."""
_INCOMPLETE: Final = "The list of their time off has no end that can be believed."


@dataclass(slots=True)
class PersonList:
    """What the pages of somebody's list brought; each record once, as it was seen last.

    ``ids`` are those of all records, also of those that are a problem.
    """

    person_id: str
    ids: set[str] = field(default_factory=set)
    records: dict[str, RemoteTimeOff] = field(default_factory=dict)
    problems: dict[str, RemoteProblem] = field(default_factory=dict)
    is_complete: bool = False
    requests: int = 0
    instances: int = 0

    @property
    def is_too_long(self) -> bool:
        """Say whether it has more than anybody's time off can be."""
        return len(self.ids) > MOST_RECORDS or self.instances > MOST_OCCURRENCES

    def within(self, window: DaySpan) -> list[RemoteTimeOff]:
        """Return the records of which a part lies in the window."""
        return [each for each in self.records.values() if _lies_in(each, window)]

    @property
    def all_problems(self) -> list[RemoteProblem]:
        """What cannot be taken in of it, as far as it is told, and that its end was not found."""
        found = list(self.problems.values())[:MOST_PROBLEMS]
        if not self.is_complete:
            found.append(RemoteProblem(list_of(self.person_id), LIST_INCOMPLETE, _INCOMPLETE))
        return found


async def read_person(vendor: Procore, person_id: str) -> PersonList:
    """Return all pages; where rows came or went meanwhile they are read again, LOOKS times.

    What every look brought is kept: an incomplete list adds and changes, and deletes nothing.
    """
    found = PersonList(person_id)
    for _ in range(LOOKS):
        found.instances = 0
        if await _look(vendor, found):
            found.is_complete = True
            break
        if found.is_too_long:
            break
    return found


async def _look(vendor: Procore, found: PersonList) -> bool:
    seen: dict[str, None] = {}
    after = None
    for _ in range(MOST_PAGES):
        page = await vendor.time_off(found.person_id, after)
        found.requests += 1
        is_last = is_last_page(seen, page.ids, page.total)
        seen |= dict.fromkeys(page.ids)
        found.ids.update(page.ids)
        found.records |= {each.id: each for each in page.records}
        found.problems |= {each.remote_id: each for each in page.problems}
        found.instances += sum(len(each.instances) for each in page.records)
        if is_last:
            is_short = len(page.ids) < RECORDS_OF_A_PAGE
            return is_short if page.total is None else len(seen) >= page.total
        if found.is_too_long:
            return False
        after = page.ids[-1]
    return False


def _lies_in(record: RemoteTimeOff, window: DaySpan) -> bool:
    first = min(each.span.first for each in record.instances)
    return lies_in(first, record.last_day, window)


async def is_active(database: Database, company_id: str, person_id: str) -> bool:
    """Say whether somebody is there: who leaves may have no list, though the time was taken."""
    async with database.reading() as connection:
        found = await PEOPLE.find_many(connection, frozenset({company_id}), [person_id])
    return any(each.status is PersonStatus.ACTIVE for each in found.values())
