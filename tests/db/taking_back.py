"""Work on a database by plain connections, and migrations taken back."""

import asyncio
from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from app.db.connections.engines import create_engine
from app.db.connections.migrate import MIGRATIONS


def within(url: str, work: Callable[[Connection], Any]) -> Any:
    """Do synchronous work on a connection, and commit."""

    async def run() -> Any:
        engine = create_engine(url)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def downgrade(url: str, revision: str = "base") -> None:
    """Take migrations back until this one is the last."""

    def apply(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    within(url, apply)
