"""An entry goes to another day: deleted where it was and made anew there, or neither (2.11).

Kantata keeps an entry on its day (rule 2.9), so it has another id there; its references go along.
"""

from dataclasses import dataclass, replace
from datetime import date

from app.db.writing import time_off_entries as store
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS
from app.domain.days import within_calendar
from app.domain.durations import hours_text
from app.domain.errors import DayTaken, InvalidValue, NotFound, Refusals
from app.domain.identifiers import Kind, read_kantata_id, user_subject
from app.domain.mirror import person_of_mark
from app.domain.time_off_entries import (
    ExternalReference,
    TimeOffEntry,
    quarter_hour_warnings,
    read_hours,
    refuse_above_workday,
)
from app.domain.versions import refuse_changed
from app.domain.warnings import Warning, WarningCode
from app.services.changes import change
from app.services.time_off_entries.commands import MovedEntry, MoveEntry
from app.services.time_off_entries.locked import calendar_on, lock_entries
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class ParsedMove:
    """The entry, the other day, and its hours there; None: as many as here."""

    id: int
    day: date
    seconds: int | None


def read_move(command: MoveEntry) -> ParsedMove:
    """Return what was sent, or raise Refused naming each field that cannot be read."""
    refusals = Refusals()
    id_, seconds = 0, None
    with refusals.collecting("id"):
        id_ = read_kantata_id(Kind.ENTRY, command.id)
    with refusals.collecting("requested_date"):
        within_calendar(command.requested_date)
    with refusals.collecting("hours"):
        seconds = None if command.hours is None else read_hours(command.hours)
    refusals.raise_any()
    return ParsedMove(id_, command.requested_date, seconds)


async def move_entry(write: Write[ParsedMove]) -> MovedEntry:
    """Move an entry with its references, or raise Refused."""
    asked = write.asked
    before = (await lock_entries(write, [asked.id])).get(asked.id)
    if before is None:
        raise NotFound(Kind.ENTRY.words, ("id",))
    write.caller.require_writing_of(user_subject(before.user_id), ("id",))
    refuse_changed(Kind.ENTRY, before, write.request.seen)
    seconds = before.seconds if asked.seconds is None else asked.seconds
    await _refuse_unfit(write, before, seconds)
    references = (await store.references_of(write.connection, [before.id]))[before.id]
    (id_,) = await write.new_ids(ENTRY_IDS, 1)
    after = replace(
        before,
        id=id_,
        requested_date=asked.day,
        seconds=seconds,
        created_at=write.now,
        updated_at=write.now,
    )
    kept = await _made_anew(write, after, references, before.requested_date)
    await store.remove_entries(write.connection, [before.id])
    await store.add_entries(write.connection, [after])
    await store.add_references(write.connection, kept)
    await write.record(
        [
            *(change(each, None) for each in references),
            change(before, None),
            change(None, after),
            *(change(None, each) for each in kept),
        ]
    )
    warnings = quarter_hour_warnings(seconds, ("hours",)) if asked.seconds is not None else []
    if len(kept) < len(references):
        warnings.append(_no_longer_mirrored(before))
    subject = user_subject(before.user_id)
    touched = [(subject, before.requested_date), (subject, asked.day)]
    return await write.with_days(MovedEntry(after, before.id, warnings, touched))


async def _refuse_unfit(write: Write[ParsedMove], before: TimeOffEntry, seconds: int) -> None:
    """Refuse the same day, a day that has an entry, and more hours than that day has room for."""
    day, user_id = write.asked.day, before.user_id
    if day == before.requested_date:
        message = "The entry is on this day already; updateTimeOffEntry changes its hours."
        raise InvalidValue(message, ("requested_date",))
    there = (await store.stored_days(write.connection, {(user_id, day)})).get((user_id, day))
    if there is not None:
        raise DayTaken(day, hours_text(there.entry.seconds), ("requested_date",))
    calendar = await calendar_on(write, before, day)
    refuse_above_workday(user_id, day, calendar, taken=0, requested=seconds)


async def _made_anew(
    write: Write[ParsedMove],
    entry: TimeOffEntry,
    references: list[ExternalReference],
    old_day: date,
) -> list[ExternalReference]:
    """Return the references as they stand on the new entry, without what marks the old day."""
    kept = [each for each in references if person_of_mark(each.facts, old_day) is None]
    ids = await write.new_ids(REFERENCE_IDS, len(kept))
    return [
        replace(each, id=id_, entry_id=entry.id, created_at=write.now, updated_at=write.now)
        for id_, each in zip(ids, kept, strict=True)
    ]


def _no_longer_mirrored(before: TimeOffEntry) -> Warning:
    message = (
        f"The hours of {before.requested_date} were those of an absence in Procore, which stays "
        "there: the systems differ about both days now."
    )
    return Warning(WarningCode.NO_LONGER_MIRRORED, message, ("requested_date",))
