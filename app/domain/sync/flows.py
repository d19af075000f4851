"""From one system into the other by itself: whose time off is carried, and what could not be."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from app.domain.changes import CommittedChange
from app.domain.days import FIRST_DAY, DayRange
from app.domain.identifiers import Kind
from app.domain.sync.deliveries import day_key, is_record_key, read_day_key, read_record_key
from app.domain.sync.mirrored import Terms
from app.domain.sync.upstreams import UpstreamApi
from app.domain.time_off_entries import UserDay
from app.domain.workers import email_key

DAYS_BACK: Final = 90
"""Days before that stay as they are: nobody wants last year's hours to be made anew."""
TRIED_AGAIN_AFTER: Final = timedelta(minutes=10)
"""What could not be carried, such as before its worker is linked, is tried so often."""
EVERY_DAY: Final = DayRange()


class SyncFlow(StrEnum):
    """From which system into which time off is carried."""

    NONE = "NONE"
    PROCORE_TO_KANTATA = "PROCORE_TO_KANTATA"
    KANTATA_TO_PROCORE = "KANTATA_TO_PROCORE"
    BOTH = "BOTH"

    @property
    def is_into_kantata(self) -> bool:
        """Whether records of person time off become entries."""
        return self in {SyncFlow.PROCORE_TO_KANTATA, SyncFlow.BOTH}

    @property
    def is_into_procore(self) -> bool:
        """Whether entries become records of person time off."""
        return self in {SyncFlow.KANTATA_TO_PROCORE, SyncFlow.BOTH}

    def is_into(self, api: UpstreamApi) -> bool:
        """Say whether time off is carried to this system."""
        is_kantata = api is UpstreamApi.KANTATA_OX
        return self.is_into_kantata if is_kantata else self.is_into_procore


@dataclass(frozen=True, slots=True)
class Flow:
    """What is carried for a company.

    ``passed`` is the number in its change feed up to which all was carried. ``settled`` is how
    far everything that stands was carried; None where that is done, or nobody wants it. ``terms``
    are those of records that are made of entries.
    """

    company_id: str
    flow: SyncFlow
    passed: int
    settled: "Standing | None" = None
    terms: Terms = field(default_factory=Terms)

    @property
    def beginning(self) -> "Standing":
        """Where carrying all that stands begins."""
        return Standing(is_of_users=not self.flow.is_into_kantata)


@dataclass(frozen=True, slots=True)
class Standing:
    """A place in all that stands: records by their ids first, then users by theirs."""

    is_of_users: bool = False
    after: str = ""

    def text(self) -> str:
        """Return the place as it is stored.

        >>> Standing(is_of_users=True, after="7").text(), Standing(after="ada").text()
        ('K:7', 'ada')
        """
        return f"K:{self.after}" if self.is_of_users else self.after

    @staticmethod
    def read(text: str) -> "Standing":
        """Return the place that was stored."""
        return Standing(is_of_users=text.startswith("K:"), after=text.removeprefix("K:"))


@dataclass(frozen=True, slots=True)
class Due:
    """A record that is to be carried: whose it is, and which days of theirs are settled.

    Not more than has changed: hours that were corrected on another day are nobody's to undo.
    """

    person_id: str
    days: DayRange = EVERY_DAY


Days = frozenset[date] | None
"""Days of a user whose entries are to be carried; None: all."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be carried: records by their ids, and days of users."""

    records: Mapping[str, Due] = field(default_factory=dict)
    users: Mapping[int, Days] = field(default_factory=dict)

    @staticmethod
    def of_keys(keys: Iterable[str]) -> "Work":
        """Return what is to be tried again: keys as those of deliveries are."""
        records, days = dict[str, Due](), set[UserDay]()
        for key in keys:
            if is_record_key(key):
                person_id, record_id = read_record_key(key)
                records[record_id] = Due(person_id)
            else:
                days.add(read_day_key(key))
        return Work(records, _by_user(days))


def _by_user(days: Iterable[UserDay]) -> dict[int, Days]:
    found = defaultdict[int, set[date]](set)
    for user_id, day in days:
        found[user_id].add(day)
    return {user_id: frozenset(mine) for user_id, mine in found.items()}


@dataclass(frozen=True, slots=True)
class FlowProblem:
    """What cannot be carried: a record, or a user's day. ``message`` names nobody.

    ``key`` is as a delivery's.
    """

    id: str
    company_id: str
    key: str
    code: str
    message: str
    first_seen_at: datetime
    last_seen_at: datetime

    @property
    def record(self) -> tuple[str, str] | None:
        """The person and the record; None for a user's day."""
        return read_record_key(self.key) if is_record_key(self.key) else None

    @property
    def day(self) -> UserDay | None:
        """The user and the day; None for a record."""
        return None if is_record_key(self.key) else read_day_key(self.key)


@dataclass(frozen=True, slots=True)
class FlowProblemFilter:
    """Which problems are asked for; what is None narrows nothing."""

    company_id: str | None = None


def first_day_of(today: date) -> date:
    """Return the first day that is carried.

    >>> first_day_of(date(2026, 4, 1))
    datetime.date(2026, 1, 1)
    """
    return max(FIRST_DAY, today - timedelta(days=DAYS_BACK))


def records_of(changes: Iterable[CommittedChange]) -> dict[str, Due]:
    """Return the records of person time off that have changed, each once, with all its days."""
    found = dict[str, Due]()
    for each in changes:
        facts = each.after or each.before
        if each.kind is Kind.PERSON_TIME_OFF and facts is not None:
            key, days = str(each.key), each.days or EVERY_DAY
            days = days.hull(found[key].days) if key in found else days
            found[key] = Due(str(facts["personId"]), days)
    return found


def days_of_users(changes: Iterable[CommittedChange]) -> dict[int, Days]:
    """Return the days of users whose entries have changed: where they were, and where they are."""
    places = set[UserDay]()
    for each in changes:
        if each.kind is Kind.ENTRY:
            places |= {
                read_day_key(day_key(facts["userId"], facts["requestedDate"]))
                for facts in (each.before, each.after)
                if facts is not None
            }
    return _by_user(places)


@dataclass(frozen=True, slots=True)
class Joined:
    """Who may be another worker than before: users, people, and keys of e-mails."""

    users: frozenset[int] = frozenset()
    people: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.users or self.people or self.emails)


def joined_by(changes: Iterable[CommittedChange]) -> Joined:
    """Return who is joined otherwise by changes.

    A link or an e-mail decides whose entries somebody's records become.
    """
    users, people, emails = set[int](), set[str](), set[str]()
    for each in changes:
        for facts in filter(None, (each.before, each.after)):
            if each.kind is Kind.WORKER:
                people |= {facts["personId"]} - {None}
                users |= {int(facts["userId"])} if facts["userId"] is not None else set()
            elif each.kind in _E_MAILS and _is_joined_otherwise(each):
                emails |= {key for key in [email_key(facts.get(_E_MAILS[each.kind]))] if key}
    return Joined(frozenset(users), frozenset(people), frozenset(emails))


_E_MAILS: Final = {Kind.USER: "emailAddress", Kind.PERSON: "email"}
"""The fact in which each has it."""


def _is_joined_otherwise(change: CommittedChange) -> bool:
    before, after = change.before or {}, change.after or {}
    return any(before.get(each) != after.get(each) for each in (_E_MAILS[change.kind], "status"))
