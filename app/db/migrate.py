"""Bring a database's tables up to this version, by Alembic."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from app.db.database import create_engine

MIGRATIONS = Path(__file__).parent / "migrations"
Progress = Callable[[str], None]


class SchemaUnknown(Exception):
    """The database's schema is of no version that this one knows: a newer one made it."""


def upgrade(url: str, progress: Progress | None = None) -> None:
    """Apply every migration that the database has not seen; ``progress`` hears of each."""
    if (path := sqlite_path(url)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)

    def apply(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        for revision in _pending(connection):
            if progress:
                progress(revision)
        command.upgrade(config, "head")

    asyncio.run(_on_connection(url, apply))


def is_current(url: str) -> bool:
    """Say whether the database has the tables of this version."""
    if (path := sqlite_path(url)) is not None and not path.exists():
        return False
    return not asyncio.run(_on_connection(url, _pending))


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite database, or None for any other."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        return None
    return Path(parts.database)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _pending(connection: Connection) -> list[str]:
    """Return what each migration not yet applied says of itself, in order."""
    script = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        revisions = list(script.iterate_revisions("head", current or "base"))
    except ResolutionError:
        raise SchemaUnknown(current) from None
    return [revision.doc for revision in reversed(revisions)]


async def _on_connection(url: str, work: Callable[[Connection], Any]) -> Any:  # noqa: ANN401
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(begin="BEGIN IMMEDIATE")
            async with connection.begin():
                return await connection.run_sync(work)
    finally:
        await engine.dispose()
