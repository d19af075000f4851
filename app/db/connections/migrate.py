"""Bring a database's tables up to this version, by Alembic."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from sqlalchemy import Connection
from sqlmodel import SQLModel

from app.db.availability.unusable import DatabaseUnusable, grants_for
from app.db.connections.engines import create_engine
from app.db.connections.files import make_file, make_folder
from app.db.connections.url import sqlite_path
from app.db.schema import delivery_tables, flow_tables, sync_tables, tables  # noqa: F401 - fill the metadata

MIGRATIONS = Path(__file__).parents[1] / "migrations"
OLDEST_POSTGRESQL = 12
"""The oldest major version that has all that is used."""
TellStep = Callable[[str], None]


class SchemaUnknown(Exception):
    """The database's schema is of no version that this one knows: a newer one made it."""


def upgrade(url: str, progress: TellStep | None = None) -> None:
    """Apply every migration that the database has not seen, all in one transaction.

    ``progress`` hears of each, and what it tells of data that were damaged before.
    """
    if (path := sqlite_path(url)) is not None:
        make_folder(path.parent)
        make_file(path)

    def apply(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["tell"] = progress
        pending = _pending(connection)
        if progress and pending:
            progress(_plan(_version_of(connection), pending))
        for step, number in enumerate(pending, 1):
            if progress:
                progress(f"Step {step} of {len(pending)}: {number}")
            command.upgrade(config, number)

    asyncio.run(_on_connection(url, apply))


def is_current(url: str) -> bool:
    """Say whether the database has the tables of this version."""
    if (path := sqlite_path(url)) is not None and not path.exists():
        return False
    return not asyncio.run(_on_connection(url, _pending))


def version_here() -> str:
    """Return the number of this version's last migration, which names its schema."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def version_of(url: str) -> str | None:
    """Return the number of the last migration that a database has seen; None before the first."""
    version: str | None = asyncio.run(_on_connection(url, _version_of))
    return version


def why_read_only(url: str) -> str | None:
    """Return why a PostgreSQL lets nothing be written, or None where everything can be.

    Raises the driver's error where a SQLite file cannot be written to, and DatabaseUnusable
    where some of PostgreSQL's tables cannot even be read.
    """
    reason: str | None = asyncio.run(_on_connection(url, _try_to_write))
    return reason


def _try_to_write(connection: Connection) -> str | None:
    if connection.dialect.name == "sqlite":
        # Committed, for only then SQLite asks the disk for room.
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
        return None
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on":
        return "it is a replica, or set to read only."
    grants = grants_for(connection.engine.url.username)
    if unread := _without_rights(connection, "SELECT"):
        msg = f"Permission denied to read {unread}. {grants}"
        raise DatabaseUnusable(msg)
    if unwritten := _without_rights(connection, "INSERT", "UPDATE", "DELETE"):
        return f"permission denied to write to {unwritten}. {grants}"
    return None


def _without_rights(connection: Connection, *rights: str) -> str:
    """Return the names of our tables on which the role lacks a right."""
    may = sa.func.has_table_privilege
    names = sorted(SQLModel.metadata.tables)
    asked = [sa.and_(*(may(name, right) for right in rights)).label(name) for name in names]
    answer = connection.execute(sa.select(*asked)).one()
    return ", ".join(name for name, is_there in zip(names, answer, strict=True) if not is_there)


def _plan(current: str | None, pending: Sequence[str]) -> str:
    """Say to an operator what is going to happen, and what happens if it is interrupted."""
    steps = f"{len(pending)} step{'s' * (len(pending) > 1)} and one transaction"
    if current is None:
        return f"Making the tables, in {steps}: if it is interrupted, none is there."
    return (
        f"Migrating the schema from {current} to {pending[-1]}, in {steps}: "
        "if it is interrupted, all is as it was before."
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _version_of(connection: Connection) -> str | None:
    """Return the number of the last migration that the database has seen."""
    return MigrationContext.configure(connection).get_current_revision()


def _pending(connection: Connection) -> list[str]:
    """Return the numbers of the migrations not yet applied, in their order."""
    script = ScriptDirectory.from_config(_config())
    current = _version_of(connection)
    try:
        revisions = list(script.iterate_revisions("head", current or "base"))
    except ResolutionError:
        raise SchemaUnknown(current) from None
    return [each.revision for each in reversed(revisions)]


def _refuse_unfit_server(connection: Connection) -> None:
    """Refuse a PostgreSQL that is too old, or a database that cannot hold every name."""
    if connection.dialect.name != "postgresql":
        return
    version = connection.dialect.server_version_info or ()
    if version < (OLDEST_POSTGRESQL,):
        number = ".".join(map(str, version))
        msg = f"It is PostgreSQL {number}; {OLDEST_POSTGRESQL} or later is needed."
        raise DatabaseUnusable(msg)
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        msg = (
            f"It stores text as {encoding}, which has not every letter. Make one with: CREATE "
            "DATABASE timeoff ENCODING 'UTF8' TEMPLATE template0;"
        )
        raise DatabaseUnusable(msg)


async def _on_connection(url: str, work: Callable[[Connection], Any]) -> Any:  # noqa: ANN401
    if (path := sqlite_path(url)) is not None:
        # What cannot be opened is told here: aiosqlite's thread would outlive the loop.
        sqlite3.connect(path).close()
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(begin="BEGIN IMMEDIATE")
            async with connection.begin():
                await connection.run_sync(_refuse_unfit_server)
                return await connection.run_sync(work)
    finally:
        await engine.dispose()
