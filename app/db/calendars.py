"""What decides possible hours: workweeks and holidays (rule 2.3)."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db import rows
from app.db.listings import HOLIDAYS, WORKWEEKS
from app.db.tables import HolidayRow, WorkweekRow
from app.domain.days import DaySpan
from app.domain.workweek import Calendar, WorkweekPattern


async def calendars(
    connection: AsyncConnection, companies: Mapping[int, str], days: DaySpan
) -> dict[int, Calendar]:
    """Return the calendar of each user over the days; ``companies`` has each user's company."""
    company_ids = set(companies.values())
    holidays: dict[str, list[DaySpan]] = defaultdict(list)
    statement = HOLIDAYS.select(
        None,
        col(HolidayRow.company_id).in_(company_ids),
        col(HolidayRow.start_date) <= days.last,
        col(HolidayRow.end_date) >= days.first,
    )
    for row in await connection.execute(statement):
        holidays[row.company_id].append(DaySpan(row.start_date, row.end_date))
    company_weeks: dict[str, list[WorkweekPattern]] = defaultdict(list)
    own_weeks: dict[int, list[WorkweekPattern]] = defaultdict(list)
    statement = WORKWEEKS.select(
        None,
        col(WorkweekRow.company_id).in_(company_ids),
        or_(col(WorkweekRow.user_id).is_(None), col(WorkweekRow.user_id).in_(companies)),
        col(WorkweekRow.effective_from) <= days.last,
    )
    for row in await connection.execute(statement):
        week = rows.to_workweek(row)
        pattern = WorkweekPattern(week.effective_from, week.effective_to, week.minutes)
        if week.user_id is None:
            company_weeks[week.company_id].append(pattern)
        else:
            own_weeks[week.user_id].append(pattern)
    return {
        user_id: Calendar(company_weeks[company_id], own_weeks[user_id], holidays[company_id])
        for user_id, company_id in companies.items()
    }
