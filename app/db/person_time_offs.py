"""Procore records with their instances and days, within the caller's transaction."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db import rows
from app.db.tables import AbsenceDayRow, PersonTimeOffRow, TimeOffInstanceRow
from app.db.writing import delete_all, insert_all, update_all
from app.domain.identifiers import person_subject
from app.domain.procore import Instance, PersonTimeOff

DAYS_A_STATEMENT = 2_000


async def add_record(
    connection: AsyncConnection, record: PersonTimeOff, instances: Sequence[Instance]
) -> None:
    """Store a new record with its instances and days."""
    await insert_all(connection, PersonTimeOffRow, [rows.from_person_time_off(record)])
    await insert_all(
        connection, TimeOffInstanceRow, [rows.from_instance(each) for each in instances]
    )
    await _add_days(connection, record)


async def change_record(
    connection: AsyncConnection, record: PersonTimeOff, instances: Sequence[Instance]
) -> None:
    """Store a record whose fields changed; instances keep their ids."""
    await update_all(connection, PersonTimeOffRow, [rows.from_person_time_off(record)])
    await update_all(
        connection, TimeOffInstanceRow, [rows.from_instance(each) for each in instances]
    )
    await delete_all(connection, AbsenceDayRow.record, [record.id])
    await _add_days(connection, record)


async def remove_record(connection: AsyncConnection, record: PersonTimeOff) -> None:
    """Delete a record with its instances and days."""
    await delete_all(connection, AbsenceDayRow.record, [record.id])
    await delete_all(connection, TimeOffInstanceRow.person_time_off_id, [record.id])
    await delete_all(connection, PersonTimeOffRow.id, [record.id])


async def overlapping_records(
    connection: AsyncConnection, record: PersonTimeOff
) -> list[tuple[str, date]]:
    """Return the person's other records whose clock times meet this one's on a counted day.

    Each once with the first such day, by day (rule 3.9). Intervals of different days are
    never merged: a night shift belongs to the day on which it starts.
    """
    starts, ends = record.pattern.interval
    table = AbsenceDayRow
    statement = (
        select(col(table.record), col(table.day))
        .where(
            col(table.subject) == person_subject(record.person_id),
            col(table.day).between(record.span.first, record.last_day),
            col(table.record) != record.id,
            col(table.starts) < ends,
            col(table.ends) > starts,
        )
        .order_by(col(table.day), col(table.record))
    )
    counted = set(record.counted_days())
    first_days: dict[str, date] = {}
    for other_id, day in await connection.execute(statement):
        if day in counted:
            first_days.setdefault(other_id, day)
    return list(first_days.items())


async def _add_days(connection: AsyncConnection, record: PersonTimeOff) -> None:
    starts, ends = record.pattern.interval
    days = [
        {
            "company_id": record.company_id,
            "day": day,
            "subject": person_subject(record.person_id),
            "record": record.id,
            "seconds": ends - starts,
            "starts": starts,
            "ends": ends,
            "is_paid": record.is_paid,
        }
        for day in record.counted_days()
    ]
    for start in range(0, len(days), DAYS_A_STATEMENT):
        await insert_all(connection, AbsenceDayRow, days[start : start + DAYS_A_STATEMENT])
