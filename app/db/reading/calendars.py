"""What decides possible hours: workweeks and holidays (rule 2.3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema import conversions
from app.db.schema.array_parameters import ArrayOf, is_among
from app.db.schema.column_types import UuidText
from app.db.schema.tables import HolidayRow, WorkweekRow, table_columns
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
    holiday_spans: dict[str, list[DaySpan]] = field(default_factory=lambda: defaultdict(list))

    def of(self, company_id: str, user_id: int | None) -> Calendar:
        """Return a user's calendar, or (None) that of whoever is no user of the company."""
        return Calendar(
            self.company_weeks[company_id],
            self.own_weeks[user_id] if user_id is not None else (),
            self.holiday_spans[company_id],
        )


_COMPANIES: Final = bindparam("companies", type_=ArrayOf(UuidText()))
_USERS: Final = bindparam("users", type_=ArrayOf(BigInteger()))
HOLIDAYS_OF_COMPANIES: Final = (
    select(*table_columns(HolidayRow))
    .where(
        is_among(table_columns(HolidayRow).company_id, _COMPANIES),
        col(HolidayRow.start_date) <= bindparam("last"),
        col(HolidayRow.end_date) >= bindparam("first"),
    )
    .order_by(col(HolidayRow.start_date), col(HolidayRow.id))
)
"""Takes ``companies``, ``first`` and ``last``."""
WORKWEEKS_OF_USERS: Final = select(*table_columns(WorkweekRow)).where(
    is_among(table_columns(WorkweekRow).company_id, _COMPANIES),
    or_(
        col(WorkweekRow.user_id).is_(None),
        is_among(table_columns(WorkweekRow).user_id, _USERS),
    ),
    col(WorkweekRow.effective_from) <= bindparam("last"),
)
"""Takes ``companies``, whose own are among them, ``users`` and ``last``."""


async def load_calendars(
    connection: AsyncConnection,
    company_ids: Collection[str],
    user_ids: Collection[int],
    days: DaySpan,
) -> Calendars:
    """Load what decides the possible hours of the days, in two statements."""
    asked: dict[str, Any] = {
        "companies": list(company_ids),
        "users": list(user_ids),
        "first": days.first,
        "last": days.last,
    }
    holidays = await connection.execute(HOLIDAYS_OF_COMPANIES, asked)
    workweeks = await connection.execute(WORKWEEKS_OF_USERS, asked)
    return calendars_of_rows(holidays, workweeks)


def calendars_of_rows(holidays: Iterable[Any], workweeks: Iterable[Any]) -> Calendars:
    """Return what the rows of both statements say."""
    loaded = Calendars()
    for row in holidays:
        holiday = conversions.to_holiday(row)
        loaded.holidays[holiday.company_id].append(holiday)
        span = DaySpan(holiday.start_date, holiday.end_date)
        loaded.holiday_spans[holiday.company_id].append(span)
    for row in workweeks:
        week = conversions.to_workweek(row)
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
