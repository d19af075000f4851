"""Somebody who moves to another company: what goes along, and what does not (rule 4.10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.domain.directory import Person, User
from app.domain.mirror import person_of_mark
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.workers import Worker
from app.domain.workweek import Calendar


def moved_human(human: User | Person, company_id: str) -> User | Person:
    """Return the user or the person as it is in the other company.

    A user is without the account role: roles are the company's own.
    """
    if isinstance(human, User):
        return replace(human, company_id=company_id, role_id=None)
    return replace(human, company_id=company_id)


def overfull_days(entries: Iterable[TimeOffEntry], calendar: Calendar) -> int:
    """Return how many of the entries have more hours than their days (rules 2.2 and 2.3)."""
    return sum(each.seconds > calendar.possible_seconds(each.requested_date) for each in entries)


def marks_of_others(
    worker: Worker,
    entries: Iterable[TimeOffEntry],
    references: Mapping[int, Iterable[ExternalReference]],
) -> int:
    """Return how many of the user's entries have hours of a person who does not move (rule 4.4)."""
    found = 0
    for entry in entries:
        people = (
            person_of_mark(each.facts, entry.requested_date)
            for each in references.get(entry.id, ())
        )
        found += any(person_id not in (None, worker.person_id) for person_id in people)
    return found


@dataclass(frozen=True, slots=True)
class Move:
    """How much goes along with somebody who moves, how much does not, and what deserves a look.

    Along: ``entries``, their ``references``, ``records`` (also those that can still be brought
    back), ``workweeks`` of their own, ``acknowledgements``. Not: ``roles`` that are taken off,
    ``splits`` from others, ``sessions`` that end, ``tokens`` that are revoked, ``feeds`` that are
    deleted. A look: ``overfull_days`` have more hours than the other company's calendar has;
    ``unsettled_days`` have hours that were mirrored for somebody who does not move, or the moved
    person's are with such a user: no check lists them any more (rule 4.4).
    """

    entries: int = 0
    references: int = 0
    records: int = 0
    workweeks: int = 0
    acknowledgements: int = 0
    roles: int = 0
    splits: int = 0
    sessions: int = 0
    tokens: int = 0
    feeds: int = 0
    overfull_days: int = 0
    unsettled_days: int = 0


_SOURCES: Final = (
    "The source systems and their exports: the next import that names them in the company before "
    "is refused, so let them be moved there, too."
)
_FOLLOWERS: Final = (
    "The change feed of the company before keeps what it told. Whoever follows it, a webhook, a "
    "calendar feed or an export of it has what was told before."
)
_ACCESS: Final = (
    "People who sign in by an issuer have the companies that it says: let it say the new one. "
    "Make new tokens and calendar feeds there."
)
STAYS: Final = (_SOURCES, _FOLLOWERS, _ACCESS)
"""What a move does not change."""
