"""What a company's directory has that a vendor's is compared with."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema import conversions
from app.db.schema.tables import HolidayRow, UserRow, WorkweekRow, table_columns
from app.domain.directory import Holiday, User, Workweek


async def users_of_company(connection: AsyncConnection, company_id: str) -> list[User]:
    """Return all users of a company."""
    statement = select(*table_columns(UserRow)).where(col(UserRow.company_id) == company_id)
    return [conversions.to_user(row) for row in await connection.execute(statement)]


async def workweeks_of_company(connection: AsyncConnection, company_id: str) -> list[Workweek]:
    """Return all workweeks of a company and of its users."""
    statement = select(*table_columns(WorkweekRow)).where(col(WorkweekRow.company_id) == company_id)
    return [conversions.to_workweek(row) for row in await connection.execute(statement)]


async def holidays_of_company(connection: AsyncConnection, company_id: str) -> list[Holiday]:
    """Return all holidays of a company."""
    statement = select(*table_columns(HolidayRow)).where(col(HolidayRow.company_id) == company_id)
    return [conversions.to_holiday(row) for row in await connection.execute(statement)]
