"""Rows of files as entries: new, in the place of what they brought, or as they were (2.10).

Items are read, locked, stored and told to the change feed as those of a create are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db.reading.calendars import calendars
from app.db.writing import time_off_entries as store
from app.domain.days import DaySpan
from app.domain.errors import NotFound
from app.domain.identifiers import Kind, user_subject
from app.domain.imported_entries import Brought, RowResult, bring
from app.domain.schedule import WorkerDay
from app.domain.time_off_entries import Combined
from app.services.changes import change
from app.services.merged_days import SubjectDay
from app.services.time_off_entries.commands import EntryItem
from app.services.time_off_entries.create import ParsedCreate, store_days
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class ImportEntries:
    """Rows, all or nothing; at most MAX_ENTRIES_OF_A_CREATE, each with a reference.

    Where ``cuts``, what the workday has no room for is left out instead of refused.
    """

    items: Sequence[EntryItem]
    cuts: bool = False


@dataclass(frozen=True, slots=True)
class ParsedImport(ParsedCreate):
    """The rows, as far as they could be read."""

    cuts: bool = False


@dataclass(frozen=True, slots=True)
class ImportedEntries:
    """What became of each row, in the order of the file."""

    results: Sequence[RowResult]
    touched: Sequence[SubjectDay] = ()
    days_if_stored: Sequence[WorkerDay] | None = None


async def import_entries(write: Write[ParsedImport]) -> ImportedEntries:
    """Lay the rows over what is stored of their days; Refused names each bad one."""
    wishes = write.asked.wishes
    companies = await store.lock_users(
        write.connection, write.caller.companies, {wish.user_id for wish in wishes}
    )
    known = [wish for wish in wishes if wish.user_id in companies]
    for wish in wishes:
        if wish.user_id not in companies:
            path = ("time_off_entries", wish.index, "user_id")
            write.refusals.add(NotFound(Kind.USER.words, path))
    brought = Brought([], [], [])
    if known:
        places = {(wish.user_id, wish.day) for wish in known}
        days = [day for _, day in places]
        brought = bring(
            known,
            await store.stored_days(write.connection, places),
            await calendars(write.connection, companies, DaySpan(min(days), max(days))),
            write.refusals,
            cuts=write.asked.cuts,
        )
    write.refusals.raise_any()
    stored = await store_days(write, Combined(brought.days, []), companies)
    references = [
        (before, replace(after, updated_at=write.now)) for before, after in brought.references
    ]
    await store.change_references(write.connection, [after for _, after in references])
    await write.record([*stored.changes, *(change(before, after) for before, after in references)])
    touched = [(user_subject(day.user_id), day.day) for day in brought.days]
    return ImportedEntries(brought.results, touched)
