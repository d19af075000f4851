"""Procore records with their instances and days, within the caller's transaction."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db import rows
from app.db.tables import (
    AbsenceDayRow,
    CompanyRow,
    PersonRow,
    PersonTimeOffRow,
    TimeOffInstanceRow,
)
from app.db.writing import delete_all, insert_all, update_all
from app.domain.identifiers import person_subject
from app.domain.procore import Instance, PersonTimeOff

DAYS_A_STATEMENT = 2_000


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


_OVERLAPPING: Final = (
    select(col(AbsenceDayRow.record), col(AbsenceDayRow.day))
    .where(
        col(AbsenceDayRow.subject) == bindparam("subject"),
        col(AbsenceDayRow.day).between(bindparam("first"), bindparam("last")),
        col(AbsenceDayRow.record) != bindparam("record"),
        col(AbsenceDayRow.starts) < bindparam("end"),
        col(AbsenceDayRow.ends) > bindparam("begin"),
    )
    .order_by(col(AbsenceDayRow.day), col(AbsenceDayRow.record))
)


async def overlapping_records(
    connection: AsyncConnection, record: PersonTimeOff
) -> list[tuple[str, date]]:
    """Return the person's other records whose clock times meet this one's on a counted day.

    Each once with the first such day, by day (rule 3.9). Intervals of different days are
    never merged: a night shift belongs to the day on which it starts.
    """
    starts, ends = record.pattern.interval
    asked = {
        "subject": person_subject(record.person_id),
        "first": record.span.first,
        "last": record.last_day,
        "record": record.id,
        "begin": starts,
        "end": ends,
    }
    others = (await connection.execute(_OVERLAPPING, asked)).all()
    if not others:
        return []
    counted = set(record.counted_days())
    first_days: dict[str, date] = {}
    for other_id, day in others:
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
