"""Mirrored records that somebody else has changed or deleted: they are theirs from then on."""

from dataclasses import dataclass, replace
from datetime import date

from app.db.reading import flows as known
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.writing import flows as kept
from app.db.writing import time_off_entries as entry_store
from app.db.writing.locks import lock_companies, lock_people
from app.domain.days import DayRange
from app.domain.mirror import person_of_mark
from app.domain.mirror_days import service_reference
from app.domain.sync.mirrored import MirroredRecord
from app.domain.time_off_entries import ExternalReference, StoredDay
from app.services.changes import change
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class RecordLook:
    """A record that has changed, and was made of entries.

    ``is_into_kantata``: what Procore has of its days from ``first`` on holds in Kantata, too.
    """

    company_id: str
    record_id: str
    first: date
    is_into_kantata: bool


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of it: ``is_mirrored`` says that it follows the entries, as before.

    ``days`` are those that it stood for, and that are Procore's to say now.
    """

    is_mirrored: bool = False
    days: DayRange | None = None


async def hand_over(write: Write[RecordLook]) -> HandedOver:
    """Have a record that was changed by others follow the entries no more.

    Where time off is carried to Kantata, what the entries have of its days counts as brought from
    Procore: settling them gives the entries what Procore has now, or takes them away.
    """
    connection, asked = write.connection, write.asked
    mine = frozenset([asked.company_id])
    await lock_companies(connection, [asked.company_id])
    row = await _row(write)
    if row is None:
        return HandedOver()
    await entry_store.lock_users(connection, mine, {row.user_id})
    await lock_people(connection, [row.person_id])
    row = await _row(write)  # somebody may have carried meanwhile
    if row is None:
        return HandedOver()
    found = await PERSON_TIME_OFFS.find_many(connection, mine, [row.record_id])
    if row.stands_as(found.get(row.record_id)):
        return HandedOver(is_mirrored=True)
    await kept.forget_mirrored(connection, [row.record_id])
    days = sorted(day for day in row.seconds if day >= asked.first)
    if not asked.is_into_kantata or not days:
        return HandedOver()
    await _bring(write, row, days)
    return HandedOver(days=DayRange(days[0], days[-1]))


async def _row(write: Write[RecordLook]) -> MirroredRecord | None:
    record_id = write.asked.record_id
    found = await known.mirrored_of_records(write.connection, write.asked.company_id, [record_id])
    return found.get(record_id)


async def _bring(write: Write[RecordLook], row: MirroredRecord, days: list[date]) -> None:
    """Have what the entries of these days have be brought from Procore."""
    stored = await entry_store.stored_days(write.connection, [(row.user_id, day) for day in days])
    marks = [
        (_mark(each, row.person_id), each.entry.seconds)
        for each in stored.values()
        if each.entry.company_id == row.company_id  # they may have been moved since
    ]
    pairs = [
        (mark, replace(mark, brought_seconds=seconds, updated_at=write.now))
        for mark, seconds in marks
        if mark is not None
    ]
    await entry_store.change_references(write.connection, [after for _, after in pairs])
    if pairs:
        await write.record([], marks=[change(before, after) for before, after in pairs])


def _mark(day: StoredDay, person_id: str) -> ExternalReference | None:
    mark = service_reference(day.references)
    if mark is None or person_of_mark(mark.facts, day.entry.requested_date) != person_id:
        return None
    return mark
