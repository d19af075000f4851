"""ariadne-codegen: a client with a method for each operation and a class for each answer."""

import asyncio
import sys

# #region docs
from datetime import date

from timeoff_client import Client, CreateTimeOffEntriesInput, TimeOffEntryInput


async def take_off(client: Client, day: date, hours: float):
    entry = TimeOffEntryInput(user_id="106", requested_date=day, hours=hours)
    entries = CreateTimeOffEntriesInput(time_off_entries=[entry])
    return (await client.create_entries(entries)).create_time_off_entries


# #endregion


async def talk(url: str) -> None:
    async with Client(url=url) as client:
        wednesday = date(2031, 3, 5)
        [entry] = (await take_off(client, wednesday, hours=5.5)).time_off_entries
        assert (entry.hours, entry.requested_date) == (5.5, wednesday)

        refused = await take_off(client, wednesday, hours=3)
        assert refused.time_off_entries == []
        [error] = refused.user_errors
        assert error.typename__ == "WorkdayHoursExceeded"
        assert error.code.value == "WORKDAY_HOURS_EXCEEDED"
        assert error.path == ["timeOffEntries", "0", "hours"]
        assert (error.possible_hours, error.taken_hours) == (8, 5.5)

        days: list[date] = []
        cursor: str | None = None
        while True:
            answer = await client.entries_of_user(user="109", first=10, after=cursor)
            assert answer.user
            page = answer.user.time_off_entries
            days += [each.requested_date for each in page.nodes]
            assert all(each.created_at.tzinfo for each in page.nodes)
            cursor = page.page_info.end_cursor
            if not page.page_info.has_next_page:
                break
        assert len(days) == 25
        assert days == sorted(days)


asyncio.run(talk(sys.argv[1]))
sys.stdout.write("all passed\n")
