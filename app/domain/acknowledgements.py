"""Discrepancies that somebody has looked at, and that are to stay: two absences (rule 4.5)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from app.domain.actors import Actor
from app.domain.contributions import by_system
from app.domain.errors import NoDiscrepancy
from app.domain.schedule import DiscrepancyKind, MergedDay, WorkerDay
from app.domain.workers import Pair

MAX_ACKNOWLEDGEMENTS: Final = 100
"""So many are made, or deleted, at once."""

PairDay = tuple[Pair, date]
"""A user and a person who are one worker, and a day of theirs."""


@dataclass(frozen=True, slots=True)
class DiscrepancyAcknowledgement:
    """That the systems may differ about a day, as they did then: ``kind``, and seconds.

    ``fingerprint`` is that of what both said; by it, it is seen whether they still do. Kept of
    the user and the person, so that it is out of force while the two are not one worker.
    """

    id: str
    company_id: str
    user_id: int
    person_id: str
    day: date
    kind: DiscrepancyKind
    kantata: int
    procore: int
    fingerprint: str
    acknowledged_at: datetime
    acknowledged_by: Actor

    @property
    def place(self) -> PairDay:
        """Whose day it is about."""
        return (self.user_id, self.person_id), self.day

    def is_about(self, day: MergedDay) -> bool:
        """Say whether it is in force: the systems say of its day what they said then."""
        return day.pair == self.place[0] and self.fingerprint == fingerprint(day)


@dataclass(frozen=True, slots=True)
class DiscrepancyFilter:
    """Which discrepancies are asked for; a condition that is None narrows nothing."""

    kinds: Collection[DiscrepancyKind] | None = None
    is_acknowledged: bool | None = None

    def admits(
        self, day: MergedDay, acknowledged: Mapping[PairDay, DiscrepancyAcknowledgement]
    ) -> bool:
        """Say whether the day is asked for.

        ``acknowledged`` has what was acknowledged of the days, in force or not; it is looked into
        only where ``is_acknowledged`` is given.
        """
        if self.kinds is not None and day.discrepancy not in self.kinds:
            return False
        if self.is_acknowledged is None or day.pair is None:
            return self.is_acknowledged is None
        found = acknowledged.get((day.pair, day.date))
        return self.is_acknowledged == (found is not None and found.is_about(day))


def fingerprint(day: MergedDay) -> str:
    """Return what both systems say of a day, as text that is equal as long as that is.

    That is an entry's hours and whether it is marked as mirrored, each clock interval of the
    records, and both systems' hours up to the workday. Ids are left out: a record that is split,
    or deleted and made again, may say of the day what was said before.
    """
    entries, clocks = by_system(day.contributions)
    said = (
        day.kantata,
        day.procore,
        sorted((entry.seconds, entry.is_mirrored) for entry in entries),
        sorted((clock.starts, clock.ends) for clock in clocks),
    )
    return sha256(repr(said).encode()).hexdigest()


def version_of_day(
    day: MergedDay, acknowledged: Mapping[PairDay, DiscrepancyAcknowledgement]
) -> str:
    """Return what somebody who settles the day has seen of it, as text that is equal so long (5.4).

    That is more than acknowledging asks for: also which records say it, whether they are paid, and
    what was acknowledged, of which ``acknowledged`` has what there is of the day, in force or not.
    """
    entries, clocks = by_system(day.contributions)
    found = acknowledged.get((day.pair, day.date)) if day.pair else None
    seen = (
        fingerprint(day),
        day.pair,
        sorted(entry.entry_id for entry in entries),
        sorted((clock.record_id, clock.starts, clock.ends, clock.is_paid) for clock in clocks),
        found.id if found and found.is_about(day) else None,
    )
    return sha256(repr(seen).encode()).hexdigest()


def differing(day: WorkerDay) -> tuple[DiscrepancyKind, Pair]:
    """Return how the systems differ about the day, and whose it is, or raise NoDiscrepancy."""
    kind, pair = day.merged.discrepancy, day.worker.pair
    if kind is None or pair is None:
        raise NoDiscrepancy(day.merged.date, ("date",), is_compared=pair is not None)
    return kind, pair
