"""From one system into the other by itself: whose time off is carried, and what could not be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from app.domain.changes import CommittedChange
from app.domain.days import FIRST_DAY, DayRange
from app.domain.identifiers import Kind
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


@dataclass(frozen=True, slots=True)
class Flow:
    """What is carried for a company.

    ``passed`` is the number in its change feed up to which all was carried. ``settled_after`` is
    the last record up to which everything that stands was carried; None where that is done, or
    nobody wants it.
    """

    company_id: str
    flow: SyncFlow
    passed: int
    settled_after: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A record that is to be carried: whose it is, and which days of theirs are settled.

    Not more than has changed: hours that were corrected on another day are nobody's to undo.
    """

    person_id: str
    days: DayRange = EVERY_DAY


@dataclass(frozen=True, slots=True)
class FlowProblem:
    """A record that cannot be carried. ``message`` names nobody."""

    id: str
    company_id: str
    record_id: str
    person_id: str
    code: str
    message: str
    first_seen_at: datetime
    last_seen_at: datetime


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


def joined_by(changes: Iterable[CommittedChange]) -> tuple[set[str], set[str]]:
    """Return who may be another worker than before: people, and keys of e-mails.

    A link or an e-mail decides whose entries somebody's records become.
    """
    people, emails = set[str](), set[str]()
    for each in changes:
        for facts in filter(None, (each.before, each.after)):
            if each.kind is Kind.WORKER and facts["personId"] is not None:
                people.add(facts["personId"])
            elif each.kind in _E_MAILS and _is_joined_otherwise(each):
                emails |= {key for key in [email_key(facts.get(_E_MAILS[each.kind]))] if key}
    return people, emails


_E_MAILS: Final = {Kind.USER: "emailAddress", Kind.PERSON: "email"}
"""The fact in which each has it."""


def _is_joined_otherwise(change: CommittedChange) -> bool:
    before, after = change.before or {}, change.after or {}
    return any(before.get(each) != after.get(each) for each in (_E_MAILS[change.kind], "status"))
