"""Procore records with their instances and days, within the caller's transaction."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema import conversions
from app.db.schema.tables import (
    IS_OF_A_PERSON,
    AbsenceDayRow,
    CompanyRow,
    PersonRow,
    PersonTimeOffRow,
    TimeOffInstanceRow,
)
from app.db.writing.statements import delete_all, insert_all, update_all
from app.domain.contributions import ClockHours, is_meeting
from app.domain.durations import DAY
from app.domain.identifiers import person_subject
from app.domain.person_time_off import Instance, PersonTimeOff

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


async def add_record(
    connection: AsyncConnection, record: PersonTimeOff, instances: Sequence[Instance]
) -> None:
    """Store a new record with its instances and days."""
    await insert_all(connection, PersonTimeOffRow, [conversions.from_person_time_off(record)])
    await insert_all(
        connection, TimeOffInstanceRow, [conversions.from_instance(each) for each in instances]
    )
    await _add_days(connection, record)


async def change_record(
    connection: AsyncConnection, record: PersonTimeOff, instances: Sequence[Instance]
) -> None:
    """Store a record whose fields changed; instances keep their ids."""
    await update_all(connection, PersonTimeOffRow, [conversions.from_person_time_off(record)])
    await update_all(
        connection, TimeOffInstanceRow, [conversions.from_instance(each) for each in instances]
    )
    await delete_all(connection, AbsenceDayRow.record, [record.id])
    await _add_days(connection, record)


async def remove_record(connection: AsyncConnection, record: PersonTimeOff) -> None:
    """Delete a record with its instances and days."""
    await delete_all(connection, AbsenceDayRow.record, [record.id])
    await delete_all(connection, TimeOffInstanceRow.person_time_off_id, [record.id])
    await delete_all(connection, PersonTimeOffRow.id, [record.id])


# Beside those of the same day: the next morning's of a night shift, and nights before it.
_OVERLAPPING: Final = (
    select(
        col(AbsenceDayRow.record),
        col(AbsenceDayRow.day),
        col(AbsenceDayRow.starts),
        col(AbsenceDayRow.ends),
        col(AbsenceDayRow.is_paid),
    )
    .where(
        col(AbsenceDayRow.subject) == bindparam("subject"),
        col(AbsenceDayRow.day).between(bindparam("first"), bindparam("last")),
        col(AbsenceDayRow.record) != bindparam("record"),
        IS_OF_A_PERSON,
        or_(
            (col(AbsenceDayRow.starts) < bindparam("end"))
            & (col(AbsenceDayRow.ends) > bindparam("begin")),
            col(AbsenceDayRow.starts) < bindparam("end_next_day"),
            col(AbsenceDayRow.ends) > bindparam("begin_next_day"),
        ),
    )
    .order_by(col(AbsenceDayRow.day), col(AbsenceDayRow.record))
)


async def overlapping_records(
    connection: AsyncConnection, record: PersonTimeOff
) -> list[tuple[str, date]]:
    """Return the person's other records whose true times meet this one's, on counted days.

    Each once with the first day on which both go on, by day (rules 3.5 and 3.9).
    """
    starts, ends = record.pattern.interval
    asked = {
        "subject": person_subject(record.person_id),
        "first": record.span.first - _ONE_DAY,
        "last": record.last_day + _ONE_DAY,
        "record": record.id,
        "begin": starts,
        "end": ends,
        "begin_next_day": starts + DAY,
        "end_next_day": ends - DAY,
    }
    others = (await connection.execute(_OVERLAPPING, asked)).all()
    if not others:
        return []
    counted = set(record.counted_days())
    mine = ClockHours(record.id, starts, ends, record.is_paid)
    first_days: dict[str, date] = {}
    for row in others:
        other = ClockHours(row.record, row.starts, row.ends, row.is_paid)
        for days_later in (0, 1, -1):
            my_day = row.day - days_later * _ONE_DAY
            if my_day in counted and is_meeting(mine, other, days_later):
                first_days.setdefault(row.record, max(row.day, my_day))
    return sorted(first_days.items(), key=lambda found: (found[1], found[0]))


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
