"""Procore records with their days, within the caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema import conversions
from app.db.schema.tables import (
    CompanyRow,
    PersonDayRow,
    PersonRow,
    PersonTimeOffRow,
)
from app.db.writing.statements import delete_all, insert_all, update_all
from app.domain.contributions import ClockHours, is_meeting
from app.domain.durations import DAY
from app.domain.person_time_off import PersonTimeOff

DAYS_A_STATEMENT = 2_000
_ONE_DAY: Final = timedelta(days=1)
_COMPANY_AND_PERSON: Final = select(
    select(col(CompanyRow.id)).where(col(CompanyRow.id) == bindparam("company")).scalar_subquery(),
    select(col(PersonRow.company_id))
    .where(col(PersonRow.id) == bindparam("person"))
    .scalar_subquery(),
)


async def find_places(
    connection: AsyncConnection, company_id: str, person_id: str | None
) -> tuple[str | None, str | None]:
    """Return the company if it exists, and that of the person if they exist."""
    asked = {"company": company_id, "person": person_id}
    company, company_of_person = (await connection.execute(_COMPANY_AND_PERSON, asked)).one()
    return company, company_of_person


_DELETE_DAYS: Final = delete(PersonDayRow).where(
    col(PersonDayRow.person_id) == bindparam("person"),
    col(PersonDayRow.record_id) == bindparam("record"),
)


async def add_record(connection: AsyncConnection, record: PersonTimeOff) -> None:
    """Store a new record with its days."""
    await insert_all(connection, PersonTimeOffRow, [conversions.from_person_time_off(record)])
    await _add_days(connection, record)


async def add_records(connection: AsyncConnection, records: Sequence[PersonTimeOff]) -> None:
    """Store new records with their days."""
    rows = [conversions.from_person_time_off(record) for record in records]
    await insert_all(connection, PersonTimeOffRow, rows)
    days = [row for record in records for row in day_rows(record)]
    for start in range(0, len(days), DAYS_A_STATEMENT):
        await insert_all(connection, PersonDayRow, days[start : start + DAYS_A_STATEMENT])


async def change_record(connection: AsyncConnection, record: PersonTimeOff) -> None:
    """Store a record whose fields changed, with its days as they are now."""
    await update_all(connection, PersonTimeOffRow, [conversions.from_person_time_off(record)])
    await connection.execute(_DELETE_DAYS, {"person": record.person_id, "record": record.id})
    await _add_days(connection, record)


async def remove_records(connection: AsyncConnection, ids: Collection[str]) -> None:
    """Delete records; the database deletes their days with them."""
    await delete_all(connection, PersonTimeOffRow.id, ids)


async def remove_record(connection: AsyncConnection, record: PersonTimeOff) -> None:
    """Delete a record; the database deletes its days with it."""
    await delete_all(connection, PersonTimeOffRow.id, [record.id])


# Beside those of the same day: the next morning's of a night shift, and nights before it.
_OVERLAPPING: Final = (
    select(
        col(PersonDayRow.record_id),
        col(PersonDayRow.day),
        col(PersonDayRow.starts),
        col(PersonDayRow.ends),
        col(PersonDayRow.is_paid),
    )
    .where(
        col(PersonDayRow.person_id) == bindparam("person"),
        col(PersonDayRow.day).between(bindparam("first"), bindparam("last")),
        col(PersonDayRow.record_id) != bindparam("record"),
        or_(
            (col(PersonDayRow.starts) < bindparam("end"))
            & (col(PersonDayRow.ends) > bindparam("begin")),
            col(PersonDayRow.starts) < bindparam("end_next_day"),
            col(PersonDayRow.ends) > bindparam("begin_next_day"),
        ),
    )
    .order_by(col(PersonDayRow.day), col(PersonDayRow.record_id))
)


async def overlapping_records(
    connection: AsyncConnection, record: PersonTimeOff, days: Collection[date] | None = None
) -> list[tuple[str, date]]:
    """Return the person's other records whose true times meet this one's, on counted days.

    Each once with the first day on which both go on, by day (rules 3.5 and 3.9). Where ``days``
    are given, only what the record brings to them is compared.
    """
    mine: dict[date, list[ClockHours]] = defaultdict(list)
    for day, brought in record.clocked_days():
        if days is None or day in days:
            mine[day].append(brought)
    if not mine:
        return []
    starts = min(brought.starts for of_day in mine.values() for brought in of_day)
    ends = max(brought.ends for of_day in mine.values() for brought in of_day)
    asked = {
        "person": record.person_id,
        "first": min(mine) - _ONE_DAY,
        "last": max(mine) + _ONE_DAY,
        "record": record.id,
        "begin": starts,
        "end": ends,
        "begin_next_day": starts + DAY,
        "end_next_day": ends - DAY,
    }
    first_days: dict[str, date] = {}
    for row in await connection.execute(_OVERLAPPING, asked):
        other = ClockHours(row.record_id, row.starts, row.ends, row.is_paid)
        for days_later in (0, 1, -1):
            my_day = row.day - days_later * _ONE_DAY
            if any(is_meeting(each, other, days_later) for each in mine.get(my_day, ())):
                first_days.setdefault(row.record_id, max(row.day, my_day))
    return sorted(first_days.items(), key=lambda found: (found[1], found[0]))


def day_rows(record: PersonTimeOff) -> list[dict[str, object]]:
    """Return the rows of the days that a record counts, earliest first."""
    return [
        {
            "person_id": record.person_id,
            "day": day,
            "record_id": record.id,
            "starts": brought.starts,
            "ends": brought.ends,
            "is_paid": brought.is_paid,
        }
        for day, brought in record.clocked_days()
    ]


async def _add_days(connection: AsyncConnection, record: PersonTimeOff) -> None:
    days = day_rows(record)
    for start in range(0, len(days), DAYS_A_STATEMENT):
        await insert_all(connection, PersonDayRow, days[start : start + DAYS_A_STATEMENT])
