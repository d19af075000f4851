"""What decides possible hours: workweeks and holidays (rule 2.3)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db import rows
from app.db.listings import HOLIDAYS, WORKWEEKS
from app.db.tables import HolidayRow, WorkweekRow
from app.domain.days import DaySpan
from app.domain.directory import Holiday
from app.domain.workweek import Calendar, WorkweekPattern


@dataclass(frozen=True, slots=True)
class Calendars:
    """The workweeks and holidays of some companies and users."""

    company_weeks: dict[str, list[WorkweekPattern]] = field(
        default_factory=lambda: defaultdict(list)
    )
    own_weeks: dict[int, list[WorkweekPattern]] = field(default_factory=lambda: defaultdict(list))
    holidays: dict[str, list[Holiday]] = field(default_factory=lambda: defaultdict(list))

    def of(self, company_id: str, user_id: int | None) -> Calendar:
        """Return a user's calendar, or (None) that of whoever is no user of the company."""
        return Calendar(
            self.company_weeks[company_id],
            self.own_weeks[user_id] if user_id is not None else (),
            [DaySpan(each.start_date, each.end_date) for each in self.holidays[company_id]],
        )


async def load_calendars(
    connection: AsyncConnection,
    company_ids: Collection[str],
    user_ids: Collection[int],
    days: DaySpan,
) -> Calendars:
    """Load what decides the possible hours of the days, in two statements."""
    loaded = Calendars()
    statement = HOLIDAYS.select(
        None,
        col(HolidayRow.company_id).in_(company_ids),
        col(HolidayRow.start_date) <= days.last,
        col(HolidayRow.end_date) >= days.first,
    ).order_by(col(HolidayRow.start_date), col(HolidayRow.id))
    for row in await connection.execute(statement):
        loaded.holidays[row.company_id].append(rows.to_holiday(row))
    statement = WORKWEEKS.select(
        None,
        col(WorkweekRow.company_id).in_(company_ids),
        or_(col(WorkweekRow.user_id).is_(None), col(WorkweekRow.user_id).in_(user_ids)),
        col(WorkweekRow.effective_from) <= days.last,
    )
    for row in await connection.execute(statement):
        week = rows.to_workweek(row)
        pattern = WorkweekPattern(week.effective_from, week.effective_to, week.minutes)
        if week.user_id is None:
            loaded.company_weeks[week.company_id].append(pattern)
        else:
            loaded.own_weeks[week.user_id].append(pattern)
    return loaded


async def calendars(
    connection: AsyncConnection, companies: Mapping[int, str], days: DaySpan
) -> dict[int, Calendar]:
    """Return the calendar of each user over the days; ``companies`` has each user's company."""
    loaded = await load_calendars(connection, set(companies.values()), companies, days)
    return {user_id: loaded.of(company_id, user_id) for user_id, company_id in companies.items()}
