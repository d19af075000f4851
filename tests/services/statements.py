"""Plain SQL on a test's database, beside the services: to look, and to break things."""

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import make_url, text

from app.db.connections.database import Database
from tests.builders import COMPANY, OTHER_COMPANY, OTHER_PERSON, PERSON, UNKNOWN_UUID


def ask(url: str, sql: str, **parameters: Any) -> list[tuple]:
    """Return the rows of a statement."""

    async def run() -> list[tuple]:
        database = Database(url)
        try:
            async with database.reading() as connection:
                return [tuple(row) for row in await connection.execute(text(sql), parameters)]
        finally:
            await database.close()

    return asyncio.run(run())


NAMES = {
    "company": COMPANY,
    "other_company": OTHER_COMPANY,
    "person": PERSON,
    "other_person": OTHER_PERSON,
    "unknown": UNKNOWN_UUID,
}


def corrupt(url: str, *templates: str, **names: object) -> None:
    """Run the statements with the database's own guards off, as a patched file has none.

    They may have {company} and the other NAMES in braces.
    """
    statements = [template.format(**NAMES, **names) for template in templates]
    if url.startswith("sqlite"):
        _corrupt_sqlite(make_url(url).database or "", statements)
    else:
        asyncio.run(_corrupt_postgresql(url, statements))


def _corrupt_sqlite(path: str, statements: Iterable[str]) -> None:
    # A plain connection has foreign keys off.
    with closing(sqlite3.connect(path, timeout=300)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


async def _corrupt_postgresql(url: str, statements: Iterable[str]) -> None:
    database = Database(url)
    try:
        async with database.writing() as connection:
            # Triggers, and with them foreign keys, sleep in a replica.
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await database.close()
