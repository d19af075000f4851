"""In which order, and how often, the time off of people is read where only a person has a list."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.domain.days import FIRST_DAY, DaySpan

RECORDS_OF_A_PAGE: Final = 100
MOST_PAGES: Final = 100
"""Of one person's list: a longer one is a problem, and nothing is deleted by it."""
PEOPLE_AT_ONCE: Final = 4
PEOPLE_OF_A_PAGE: Final = 400
SURVEYED_DAYS: Final = 360
"""A survey asks for windows of so many days, always the same ones, below the vendor's 365."""
SHORTEST_ROUND: Final = timedelta(minutes=5)
"""Nobody is read again sooner, unless a survey says that something has changed."""
REFUSED_FOR: Final = timedelta(days=1)
"""For so long a survey is not asked for again that was refused."""
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SweepShares:
    """What sweeps and surveys may take of the requests of an hour: a half, and a fifth."""

    requests_per_hour: int

    def people(self, since: timedelta) -> int:
        """Return how many people are read in one go, so long after the last; at least one.

        >>> SweepShares(3_000).people(timedelta(minutes=1))
        25
        """
        return max(1, int(self.requests_per_hour / 2 * (min(since, _HOUR) / _HOUR)))

    def seen_within(self, people: int) -> timedelta:
        """Return after how long at most a change there is seen here.

        >>> SweepShares(3_000).seen_within(10_000)
        datetime.timedelta(seconds=24000)
        """
        return max(SHORTEST_ROUND, _HOUR * people / (self.requests_per_hour / 2))

    def between_surveys(self, requests: int, least: timedelta) -> timedelta:
        """Return how long after a survey of so many requests the next one is made.

        >>> SweepShares(3_000).between_surveys(100, timedelta(minutes=10))
        datetime.timedelta(seconds=600)
        """
        return max(least, _HOUR * requests / (self.requests_per_hour / 5))


def survey_windows(window: DaySpan) -> Iterator[DaySpan]:
    """Return the windows that are asked for, counted from 2000-01-01, so that answers compare."""
    length = timedelta(days=SURVEYED_DAYS)
    number = (window.first - FIRST_DAY) // length
    first = FIRST_DAY + number * length
    while first <= window.last:
        yield DaySpan(first, first + length - timedelta(days=1))
        first += length


def is_last_page(seen: Collection[str], ids: Sequence[str], total: int | None) -> bool:
    """Say whether a person's list ends with a page: with its last record, or nothing new.

    ``seen`` are the ids of the pages before. Where nobody says how long the list is, a short page
    is its last one; else pages may be as short as the vendor likes.

    >>> [is_last_page(["a"], ["b"], total) for total in (2, 3, None)]
    [True, False, True]
    """
    new = set(ids) - set(seen)
    if not new:
        return True
    return len(ids) < RECORDS_OF_A_PAGE if total is None else len(new) + len(seen) >= total


@dataclass(frozen=True, slots=True)
class PersonToRead:
    """Somebody whose list is read, and what surveys last said, by the first day of a window."""

    person_id: str
    read_at: datetime | None
    is_wanted: bool
    digests: dict[str, str]


def surveyed(person: PersonToRead, window: DaySpan, digest: str | None) -> PersonToRead | None:
    """Return somebody after a survey of a window, first in line if it says something else.

    None where it says the same. ``digest`` is None of whom it does not mention. The first time
    it says nothing: there is nothing to compare with.
    """
    name = window.first.isoformat()
    before, now = person.digests.get(name), digest or ""
    if before == now:
        return None
    is_wanted = person.is_wanted or before is not None
    return PersonToRead(person.person_id, person.read_at, is_wanted, {**person.digests, name: now})
