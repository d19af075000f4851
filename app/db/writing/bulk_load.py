"""Filling an empty database with millions of objects, in the caller's transaction.

Rows go to the driver by the thousand, and indexes are made anew over what is there by then:
through the services the same would take hours.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col

from app.db.schema.tables import (
    ChangeCounterRow,
    ChangeOriginRow,
    ChangeRow,
    CompanyRow,
    IdCounterRow,
    PersonDayRow,
)
from app.db.writing.batches import insertion
from app.db.writing.changes import change_row, new_counter, origin_row
from app.db.writing.locks import is_postgresql
from app.db.writing.objects import PLACES
from app.db.writing.person_time_off import day_rows
from app.db.writing.statements import insert_all
from app.domain.actors import Origin
from app.domain.changes import Change
from app.domain.person_time_off import PersonTimeOff

Values = Mapping[str, Any]
ChangeAt = tuple[Change, datetime]
"""A change, and when it was made."""

# What is left of the indexes that a constraint owns: those stay.
_INDEXES_OF_SQLITE: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''"
_INDEXES_OF_POSTGRESQL: Final = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = current_schema()
    AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


@asynccontextmanager
async def without_indexes(
    connection: AsyncConnection, *, mebibytes: int = 256
) -> AsyncIterator[None]:
    """Take every index away, and make it anew at the end; readers wait on PostgreSQL.

    SQLite has so much memory for pages, and once more to sort in.
    """
    on_postgresql = is_postgresql(connection)
    if not on_postgresql:
        await connection.execute(text(f"PRAGMA cache_size = -{mebibytes * 1024}"))
    statement = _INDEXES_OF_POSTGRESQL if on_postgresql else _INDEXES_OF_SQLITE
    indexes = (await connection.execute(text(statement))).all()
    for name, _ in indexes:
        await connection.execute(text(f"DROP INDEX {name}"))
    yield
    for _, definition in indexes:
        await connection.execute(text(definition))
    await connection.execute(text("ANALYZE"))


async def has_companies(connection: AsyncConnection) -> bool:
    """Say whether anything is there already: nothing can be stored without a company."""
    return (await connection.execute(select(col(CompanyRow.id)).limit(1))).first() is not None


@dataclass(slots=True)
class BulkLoad:
    """Stores objects piece by piece, and numbers their changes company by company."""

    connection: AsyncConnection
    origin: Origin
    last_numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The number of each company's last change."""
    last_instants: dict[str, datetime] = field(default_factory=dict)
    """When that was; no change is before the one before it, as ``record_changes`` has it."""

    async def store(self, objects: Iterable[object], changes: Iterable[ChangeAt]) -> None:
        """Store some thousands of objects of any types, and their changes in this order.

        Of records of person time off also the days.
        """
        of_type: dict[type, list[Any]] = defaultdict(list)
        for each in objects:
            of_type[type(each)].append(each)
        for type_, place in PLACES.items():
            await _fill(self.connection, place.table, map(place.to_row, of_type[type_]))
        days = chain.from_iterable(map(day_rows, of_type[PersonTimeOff]))
        await _fill(self.connection, PersonDayRow, days)
        await _fill(self.connection, ChangeRow, self._numbered(changes))

    async def finish(self) -> None:
        """Start each company's counter at its last number, and say where all changes came from."""
        counters = [
            new_counter(company_id, last, self.last_instants[company_id])
            for company_id, last in self.last_numbers.items()
        ]
        await _fill(self.connection, ChangeCounterRow, counters)
        origins = [
            origin_row(self.origin, company_id, 1, last)
            for company_id, last in self.last_numbers.items()
        ]
        await _fill(self.connection, ChangeOriginRow, origins)

    def _numbered(self, changes: Iterable[ChangeAt]) -> Iterator[Values]:
        for change, moment in changes:
            company_id = change.company_id
            self.last_numbers[company_id] += 1
            at = self.last_instants[company_id] = max(
                moment, self.last_instants.get(company_id, moment)
            )
            yield change_row(change, self.last_numbers[company_id], at)


async def _fill(connection: AsyncConnection, table: type[SQLModel], rows: Iterable[Values]) -> None:
    """Insert some thousands of rows, all with the same keys."""
    every = list(rows)
    if not every or not is_postgresql(connection):
        await insert_all(connection, table, every)
        return
    names = tuple(every[0])
    columns = insertion(table, names, connection.dialect).columns(every)
    records = zip(*columns, strict=True)
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(table.__tablename__, records=records, columns=names)


async def continue_ids(connection: AsyncConnection, name: str, last_id: int) -> None:
    """Hand out the ids after this one from now on."""
    if is_postgresql(connection):
        await connection.execute(select(func.setval(name, last_id)))
    else:
        await connection.execute(sqlite_insert(IdCounterRow).values(name=name, last_id=last_id))
