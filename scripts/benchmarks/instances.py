"""A table of instances, a row each, for the peers: servers usually keep what they expand.

The gateway makes a record's instances when they are asked for, and never looks at this table.
"""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from app.db.connections.database import Database, Transaction
from app.db.connections.url import async_database_url
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.schema.column_types import UuidText
from app.domain.person_time_off import PersonTimeOff

RECORDS_A_PIECE: Final = 1_000

_METADATA: Final = sa.MetaData()
_RECORD: Final = sa.Table("person_time_offs", _METADATA, sa.Column("id", UuidText()))
_INSTANCES: Final = sa.Table(
    "time_off_instances",
    _METADATA,
    sa.Column("id", UuidText(), primary_key=True),
    sa.Column(
        "person_time_off_id",
        UuidText(),
        sa.ForeignKey(_RECORD.c.id, ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("start_day", sa.Date(), nullable=False),
    sa.Column("end_day", sa.Date(), nullable=False),
)
_COLUMNS: Final = _INSTANCES.c
_INDEXES: Final = (
    sa.Index(
        "uq_time_off_instances_day", _COLUMNS.person_time_off_id, _COLUMNS.start_day, unique=True
    ),
    # With all that a list of instances is asked for: no row is looked up.
    sa.Index(
        "ix_time_off_instances_covering",
        *(_COLUMNS.person_time_off_id, _COLUMNS.start_day, _COLUMNS.end_day, _COLUMNS.id),
    ),
)


def write(url: str) -> None:
    """Make the table, with the instances of all records, by the ids that the gateway gives them."""
    asyncio.run(_write(url))


async def _write(url: str) -> None:
    database = Database(async_database_url(url))
    try:
        async with database.writing() as connection:
            await connection.execute(sa.schema.CreateTable(_INSTANCES))
            await _fill(connection)
            # Over what is there by then, as those of the gateway's tables are made.
            for index in _INDEXES:
                await connection.execute(sa.schema.CreateIndex(index))
            await connection.execute(sa.text(f"ANALYZE {_INSTANCES.name}"))
    finally:
        await database.close()


async def _fill(connection: Transaction) -> None:
    rows = await connection.execute(PERSON_TIME_OFFS.select(None))
    records = map(PERSON_TIME_OFFS.to_domain, rows)
    while piece := list(islice(records, RECORDS_A_PIECE)):
        await connection.execute(sa.insert(_INSTANCES), list(_rows(piece)))


def _rows(records: Iterable[PersonTimeOff]) -> Iterator[dict[str, Any]]:
    for record in records:
        for instance in record.instances:
            yield {
                "id": instance.id,
                "person_time_off_id": record.id,
                "start_day": instance.span.first,
                "end_day": instance.span.last,
            }
