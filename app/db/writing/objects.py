"""Storing objects of any type by that type: where each is kept, and as which row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from app.db.schema import conversions
from app.db.schema.acknowledgement_rows import from_acknowledgement
from app.db.schema.tables import (
    CompanyRow,
    DiscrepancyAcknowledgementRow,
    ExternalReferenceRow,
    HolidayRow,
    PersonRow,
    PersonTimeOffRow,
    RoleRow,
    TimeOffEntryRow,
    UserRow,
    WorkerRow,
    WorkweekRow,
)
from app.db.writing.statements import insert_all, update_all
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.workers import Worker


class TableOf(NamedTuple):
    """The table of a type, and what makes a row of an object."""

    table: type[SQLModel]
    to_row: Callable[[Any], conversions.Values]


PLACES: Final[Mapping[type, TableOf]] = {
    Company: TableOf(CompanyRow, conversions.from_company),
    Workweek: TableOf(WorkweekRow, conversions.from_workweek),
    Holiday: TableOf(HolidayRow, conversions.from_holiday),
    Role: TableOf(RoleRow, conversions.from_role),
    User: TableOf(UserRow, conversions.from_user),
    Person: TableOf(PersonRow, conversions.from_person),
    Worker: TableOf(WorkerRow, conversions.from_worker),
    TimeOffEntry: TableOf(TimeOffEntryRow, conversions.from_entry),
    ExternalReference: TableOf(ExternalReferenceRow, conversions.from_reference),
    PersonTimeOff: TableOf(PersonTimeOffRow, conversions.from_person_time_off),
    DiscrepancyAcknowledgement: TableOf(DiscrepancyAcknowledgementRow, from_acknowledgement),
}
"""In the order in which they can be stored: whatever a row names, comes before it."""


async def add_objects(connection: AsyncConnection, objects: Sequence[object]) -> None:
    """Store new objects, all of one type; nothing is derived from them."""
    if objects:
        place = PLACES[type(objects[0])]
        await insert_all(connection, place.table, [place.to_row(each) for each in objects])


async def change_objects(connection: AsyncConnection, objects: Sequence[object]) -> None:
    """Overwrite stored objects, all of one type, each found by its id."""
    if objects:
        place = PLACES[type(objects[0])]
        await update_all(connection, place.table, [place.to_row(each) for each in objects])
