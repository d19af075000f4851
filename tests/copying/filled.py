"""A database that has rows in every table, whatever tables there are."""

import subprocess
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, BigInteger, Boolean, Date, Integer
from sqlmodel import SQLModel

from app.db.copying.rows import LEFT_OUT
from app.db.schema.column_types import Instant, UuidText
from app.services.sample_data import demo
from tests.builders import uuid
from tests.db.taking_back import within
from tests.server import TIMEOFF, clean_environment

TEXT = 'É "quoted" \\ back,\ttabbed\nnext\u2028line 雪 \U0001f3d6'
TODAY = date(2026, 3, 2)
_NUMBERS = count(900_000)


def with_little_room(
    *arguments: object, cwd: Path, kibibytes: int = 100
) -> subprocess.CompletedProcess[str]:
    """Run the command where no file may have more than so many KiB."""
    return subprocess.run(
        [
            "bash",
            "-c",
            f'ulimit -f {kibibytes}; exec "$0" "$@"',
            str(TIMEOFF),
            *map(str, arguments),
        ],
        env=clean_environment(),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def fill(url: str) -> None:
    """Load the demo data, and two rows made by the columns' types into each table without any."""
    demo.load(url, lambda *_: None, TODAY)
    within(url, _fill_empty_tables)


def _fill_empty_tables(connection: sa.Connection) -> None:
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in LEFT_OUT and connection.execute(sa.select(table)).first() is None:
            for is_full in (True, False):
                connection.execute(table.insert().values(_row(connection, table, is_full=is_full)))


def _row(connection: sa.Connection, table: sa.Table, *, is_full: bool) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable and not is_full:
            continue
        if column.foreign_keys:
            (key,) = column.foreign_keys
            named = sa.select(key.column).order_by(key.column).limit(2)
            if "company_id" in row and "company_id" in key.column.table.columns:
                named = named.where(key.column.table.columns.company_id == row["company_id"])
            row[column.name] = connection.execute(named).scalars().all()[0 if is_full else -1]
        else:
            row[column.name] = _value(column)
    return row


def _value(column: sa.Column[Any]) -> Any:
    number = next(_NUMBERS)
    by_type: list[tuple[type, Any]] = [
        (Instant, datetime(2026, 3, 2, 8, 30, 15, 123_456, tzinfo=UTC)),
        (Date, TODAY),
        (UuidText, uuid(number)),
        (JSON, [TEXT, {"a": [1.5, None, True]}, []]),
        (Boolean, True),
        (BigInteger, 2**53 + number),
        (Integer, number),
    ]
    of_type = (value for type_, value in by_type if isinstance(column.type, type_))
    return next(of_type, f"{TEXT} {number}")
