"""Entries, and what their hours are judged by, as they are while nobody else writes them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import ENTRIES
from app.db.writing import time_off_entries as store
from app.domain.days import DaySpan
from app.domain.time_off_entries import TimeOffEntry
from app.domain.workweek import Calendar
from app.services.writes import Write


async def lock_entries(write: Write[Any], ids: Sequence[int]) -> dict[int, TimeOffEntry]:
    """Return the entries that the caller sees, as they are under the lock of their users."""
    connection, companies = write.connection, write.caller.companies
    seen = await ENTRIES.find_many(connection, companies, ids)
    await store.lock_users(connection, companies, {entry.user_id for entry in seen.values()})
    locked = await ENTRIES.find_many(connection, companies, ids)
    return {entry.id: entry for entry in locked.values()}


async def calendar_on(write: Write[Any], entry: TimeOffEntry, day: date) -> Calendar:
    """Return what decides how long the entry's user can work on the day; the user is locked."""
    companies = {entry.user_id: entry.company_id}
    return (await calendars(write.connection, companies, DaySpan(day, day)))[entry.user_id]
