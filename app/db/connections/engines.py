"""Engines of either database, with our way to connect and to begin."""

import asyncio
import sqlite3
import time
from typing import Any

import orjson
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from app.db.connections.counted_pool import CountedPool
from app.db.connections.limits import DatabaseLimits
from app.db.connections.postgresql import create_postgres_engine
from app.db.connections.sqlite import (
    BUSY_SECONDS,
    json_text,
    new_connection,
    open_sqlite,
    roll_back_sqlite,
)


def create_engine(url: str, limits: DatabaseLimits | None = None) -> AsyncEngine:
    """Return the engine of either database, with our way to connect and to begin.

    Its errors never name parameters: a reason may be among them.
    """
    limits = limits or DatabaseLimits()
    waiting: dict[str, Any] = {
        "poolclass": CountedPool,
        "pool_size": limits.pool_size,
        "pool_timeout": limits.wait_seconds,
        "hide_parameters": True,
        "json_serializer": json_text,
        "json_deserializer": orjson.loads,
    }
    if url.startswith("sqlite"):
        ours = {"async_creator_fn": new_connection}
        engine = create_async_engine(url, connect_args=ours, **waiting)
        event.listen(engine.sync_engine, "connect", open_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        event.listen(engine.sync_engine, "invalidate", roll_back_sqlite)
        return engine
    # No overflow: the size is what a deployment counts with.
    return create_postgres_engine(url, limits.connect_seconds, max_overflow=0, **waiting)


def _begin_sqlite(connection: SyncConnection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    cursor = connection.connection.cursor()
    try:
        _execute_when_free(cursor, options.get("begin", "BEGIN"))
    finally:
        cursor.close()


def _execute_when_free(cursor: DBAPICursor, statement: str) -> None:
    """Run BEGIN until SQLite is free, for at most BUSY_SECONDS; a request's deadline may end it."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            await_only(asyncio.sleep(0))  # where a cancelled task ends
        else:
            return
