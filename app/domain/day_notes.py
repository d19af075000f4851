"""What deserves an explanation about a worker's day (rule 4.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.contributions import ClockHours, Contribution, EntryHours, Meeting

_Met = tuple[Sequence[Meeting], Sequence[Meeting]]
"""A day's records that meet each other, and that meet some of the day before or after."""


class DayNoteCode(StrEnum):
    """What a note explains about a day (rule 4.2); its message has the words."""

    POSSIBLE_DUPLICATE = "POSSIBLE_DUPLICATE"
    OVERLAP = "OVERLAP"
    OVER_WORKDAY = "OVER_WORKDAY"
    PAID_UNPAID_OVERLAP = "PAID_UNPAID_OVERLAP"


@dataclass(frozen=True, slots=True)
class DayNote:
    """An explanation, with the records that it is about."""

    code: DayNoteCode
    message: str
    records: Sequence[Contribution]


def notes_of(
    entries: Sequence[EntryHours],
    clocks: Sequence[ClockHours],
    met: _Met,
    *,
    is_over: bool,
    is_same: bool,
) -> Iterable[DayNote]:
    """Yield what deserves an explanation.

    ``is_over`` says that one system alone has more than the workday, ``is_same`` that a mirrored
    entry makes what both have the same absence.
    """
    if entries and clocks and not is_same:
        yield DayNote(
            DayNoteCode.POSSIBLE_DUPLICATE,
            "Both systems have time off on this day: most often the same absence, entered twice.",
            (*entries, *clocks),
        )
    yield from _note_of(
        DayNoteCode.OVERLAP,
        clocks,
        met,
        that_day="Procore records of the same person overlap; their common time counts once.",
        across_midnight=(
            "A night shift and a record of the next day overlap; each keeps its hours on its day."
        ),
    )
    if is_over:
        message = "More time off than the workday has hours; what is above counts nothing."
        yield DayNote(DayNoteCode.OVER_WORKDAY, message, (*entries, *clocks))
    yield from _note_of(
        DayNoteCode.PAID_UNPAID_OVERLAP,
        clocks,
        (
            [pair for pair in met[0] if _is_mixed(pair)],
            [pair for pair in met[1] if _is_mixed(pair)],
        ),
        that_day="A paid and an unpaid record overlap; their common time counts as paid.",
        across_midnight=(
            "A night shift and a record of the next day overlap, and only one of them is paid."
        ),
    )


def _is_mixed(pair: Meeting) -> bool:
    return pair[0].is_paid != pair[1].is_paid


def _note_of(
    code: DayNoteCode,
    clocks: Sequence[ClockHours],
    met: _Met,
    *,
    that_day: str,
    across_midnight: str,
) -> Iterable[DayNote]:
    """Yield the note of what met, if anything did: a sentence for each of the two ways."""
    of_day, of_midnight = met
    sentences = [that_day] * bool(of_day) + [across_midnight] * bool(of_midnight)
    if sentences:
        yield DayNote(code, " ".join(sentences), _involved(clocks, [*of_day, *of_midnight]))


def _involved(clocks: Sequence[ClockHours], pairs: Sequence[Meeting]) -> tuple[ClockHours, ...]:
    """Return the pairs' records, each once: the day's own, then those of the days beside it."""
    paired = [clock for pair in pairs for clock in pair]
    ids = {clock.record_id for clock in paired}
    involved = {clock.record_id: clock for clock in clocks if clock.record_id in ids}
    for clock in paired:
        involved.setdefault(clock.record_id, clock)
    return tuple(involved.values())
