"""Kantata OX time off entries: combining, capping, replays (section 2 of the rules)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from app.domain.durations import hours_text, is_quarter_hours, seconds_of_hours
from app.domain.errors import (
    ExternalReferenceConflict,
    InvalidValue,
    Path,
    Refusals,
    TimeOffError,
    TooManyItems,
    WorkdayHoursExceeded,
)
from app.domain.warnings import Warning, WarningCode
from app.domain.wire_formats import fit_name, fit_text
from app.domain.workweek import Calendar

MAX_ENTRIES_OF_A_CREATE: Final = 1_000
MAX_ENTRIES_OF_A_DELETE: Final = 100
"""Kantata's own limit (rule 2.9)."""

UserDay = tuple[int, date]
"""A user's id and a day, for which there is one entry at most (rule 2.1)."""


class ReferenceStatus(StrEnum):
    """How the exchange with the other system went, by the words of Kantata's REST API (2.7)."""

    SUCCESSFUL = "successful"
    PENDING = "pending"
    FAILED = "failed"


class EntryOutcome(StrEnum):
    """What became of one item of a create (rule 2.6)."""

    CREATED = "CREATED"
    COMBINED = "COMBINED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True)
class TimeOffEntry:
    """So many seconds of a user on a day, of which there is one entry per user and day (2.1).

    ``submission_date`` is the day of the first create; hours that are added later keep it.
    """

    id: int
    company_id: str
    user_id: int
    requested_date: date
    submission_date: date
    seconds: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ReferenceFacts:
    """What a caller says of an object in another system (rule 2.7)."""

    service_name: str
    service_model: str
    service_model_ref: str
    status: ReferenceStatus | None = None
    external_message: str | None = None
    external_link: str | None = None
    external_status: str | None = None
    locked: bool = False

    def refuse_unfit(self) -> None:
        """Raise Refused with each field whose text says nothing or cannot be stored."""
        refusals = Refusals()
        for name in ("service_name", "service_model", "service_model_ref"):
            with refusals.collecting(name):
                fit_name(getattr(self, name))
        for name in ("external_message", "external_link", "external_status"):
            with refusals.collecting(name):
                fit_text(getattr(self, name) or "")
        refusals.raise_any()

    @property
    def identity(self) -> tuple[str, str, str]:
        """The three names: with the same ones it was sent before (rule 2.8)."""
        return self.service_name, self.service_model, self.service_model_ref


@dataclass(frozen=True, slots=True)
class ExternalReference:
    """A reference that stands on an entry, with the seconds that it brought (rule 2.8)."""

    id: int
    company_id: str
    entry_id: int
    facts: ReferenceFacts
    brought_seconds: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class EntryWish:
    """One readable item of a create: its place in the request and what it asks for."""

    index: int
    user_id: int
    day: date
    seconds: int
    reference: ReferenceFacts | None = None


@dataclass(frozen=True, slots=True)
class StoredDay:
    """What is stored of a user's day before the request: an entry and its references."""

    entry: TimeOffEntry
    references: Sequence[ExternalReference] = ()


@dataclass(frozen=True, slots=True)
class NewReference:
    """A reference to be added to a day; the item that brought it, and its seconds."""

    index: int
    facts: ReferenceFacts
    brought_seconds: int


@dataclass(slots=True)
class ChangedDay:
    """A user's day as the accepted items leave it."""

    user_id: int
    day: date
    stored: StoredDay | None
    seconds: int
    new_references: list[NewReference] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        """Say whether there is an entry to be stored: a new one, or one with other hours."""
        return self.stored is None or self.seconds != self.stored.entry.seconds

    def references(self) -> list[tuple[ReferenceFacts, int, int | None, int | None]]:
        """Return facts, brought seconds, id if stored, and index if from this request."""
        old = self.stored.references if self.stored else ()
        return [
            *((each.facts, each.brought_seconds, each.id, None) for each in old),
            *((each.facts, each.brought_seconds, None, each.index) for each in self.new_references),
        ]


@dataclass(frozen=True, slots=True)
class Combined:
    """Every day that the items name, in the order of first mention, and what became of each."""

    days: Sequence[ChangedDay]
    outcomes: Sequence[tuple[EntryWish, EntryOutcome]]


# Exact arithmetic is slow, and most requests ask for the same few durations.
@lru_cache(maxsize=1024)
def read_hours(hours: float) -> int:
    """Return the hours as seconds; zero, negative, finer and non-finite ones are refused (1.1)."""
    try:
        seconds = seconds_of_hours(hours)
    except ValueError:
        msg = "Hours are a number with at most two fraction digits, such as 7.25."
        raise InvalidValue(msg) from None
    if seconds <= 0:
        msg = "Hours are more than 0; delete an entry that is no longer wanted."
        raise InvalidValue(msg)
    return seconds


def quarter_hour_warnings(seconds: int, path: Path) -> list[Warning]:
    """Return a warning where the hours are no multiple of a quarter: stored as sent (1.2)."""
    if is_quarter_hours(seconds):
        return []
    message = (
        f"{hours_text(seconds)} is no multiple of a quarter hour, as Kantata OX recommends; "
        "stored as sent."
    )
    return [Warning(WarningCode.NOT_QUARTER_HOUR, message, path)]


def refuse_count(count: int, most: int, path: Path) -> None:
    """Refuse a request of no items, or of more than one request may bring."""
    if not 1 <= count <= most:
        msg = f"A request brings 1 to {most} items, not {count}."
        raise TooManyItems(msg, path)


def combine(
    wishes: Sequence[EntryWish],
    stored: Mapping[UserDay, StoredDay],
    calendars: Mapping[int, Calendar],
    refusals: Refusals,
) -> Combined:
    """Add the items to their days, in input order (rules 2.1 to 2.8).

    An item is judged against the stored day plus the earlier accepted items; a refused
    one counts nothing and goes into ``refusals``.
    """
    days: dict[UserDay, ChangedDay] = {}
    outcomes = []
    for wish in wishes:
        key = (wish.user_id, wish.day)
        before = stored.get(key)
        day = days.get(key) or ChangedDay(
            wish.user_id, wish.day, before, before.entry.seconds if before else 0
        )
        try:
            outcome = _add(wish, day, calendars[wish.user_id])
        except TimeOffError as error:
            refusals.add(error.below("time_off_entries", wish.index))
        else:
            days[key] = day
            outcomes.append((wish, outcome))
    return Combined(list(days.values()), outcomes)


def refuse_above_workday(
    user_id: int, day: date, calendar: Calendar, *, taken: int, requested: int
) -> None:
    """Refuse hours that do not fit into the user's possible hours; equal is allowed (2.2)."""
    possible = calendar.possible_seconds(day)
    if taken + requested > possible:
        raise WorkdayHoursExceeded(
            user_id, day, possible=possible, taken=taken, requested=requested
        )


def refuse_other_place(
    entry: TimeOffEntry, user_id: int | None, requested_date: date | None
) -> None:
    """Refuse to move an entry; None, or where it is already, is no move (2.9)."""
    refusals = Refusals()
    for name, sent, stored in (
        ("user_id", user_id, entry.user_id),
        ("requested_date", requested_date, entry.requested_date),
    ):
        if sent is not None and sent != stored:
            msg = (
                f"An entry keeps its user and its day: here it is {stored}. Leave this out or as "
                "it is, or delete the entry and create another."
            )
            refusals.add(InvalidValue(msg, (name,)))
    refusals.raise_any()


def refuse_growth_above_workday(entry: TimeOffEntry, seconds: int, calendar: Calendar) -> None:
    """Refuse a new total that grows beyond the possible hours; taken counts 0 (2.2).

    An over-full day, left by a changed calendar, may be lowered.
    """
    if seconds > entry.seconds:
        refuse_above_workday(
            entry.user_id, entry.requested_date, calendar, taken=0, requested=seconds
        )


def reference_to_overwrite(
    references: Sequence[ExternalReference], facts: ReferenceFacts
) -> ExternalReference | None:
    """Return the reference of the same service, which an update overwrites (2.9)."""
    same = (each for each in references if each.facts.service_name == facts.service_name)
    return next(same, None)


def _add(wish: EntryWish, day: ChangedDay, calendar: Calendar) -> EntryOutcome:
    """Add an item to its day, or refuse it and leave the day as it was."""
    if wish.reference and _is_replay(wish.reference, wish.seconds, day):
        return EntryOutcome.UNCHANGED
    refuse_above_workday(
        wish.user_id, wish.day, calendar, taken=day.seconds, requested=wish.seconds
    )
    is_new = day.stored is None and day.seconds == 0
    day.seconds += wish.seconds
    if wish.reference:
        day.new_references.append(NewReference(wish.index, wish.reference, wish.seconds))
    return EntryOutcome.CREATED if is_new else EntryOutcome.COMBINED


def _is_replay(reference: ReferenceFacts, seconds: int, day: ChangedDay) -> bool:
    """Say whether the day has this very reference; refuse other hours and second references."""
    for facts, brought, existing_id, index in day.references():
        if facts.service_name != reference.service_name:
            continue
        if facts.identity != reference.identity:
            words = "The entry already has another reference of this service."
        elif brought != seconds:
            words = f"This reference brought {hours_text(brought)} before."
        else:
            return True
        raise ExternalReferenceConflict(
            words,
            existing_id=existing_id,
            existing_path=None
            if index is None
            else ("time_off_entries", index, "external_reference"),
        )
    return False
