"""Keys of requests that were carried out, with their first answers (rule 5.1)."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.tables import IdempotencyKeyRow
from app.db.writing import is_postgresql


async def claim(
    connection: AsyncConnection,
    place: tuple[str, str, str],
    fingerprint: str,
    at: datetime,
) -> tuple[str, dict[str, Any]] | None:
    """Take the key (caller, operation, key), or return the fingerprint and answer kept for it.

    Waits for a concurrent request with the same key: on PostgreSQL at the unique index, on
    SQLite because there is one writer.
    """
    caller, operation, key = place
    make = postgresql_insert if is_postgresql(connection) else sqlite_insert
    statement = make(IdempotencyKeyRow).values(
        caller=caller, operation=operation, key=key, fingerprint=fingerprint, created_at=at
    )
    if (await connection.execute(statement.on_conflict_do_nothing())).rowcount:
        return None
    kept = select(col(IdempotencyKeyRow.fingerprint), col(IdempotencyKeyRow.answer)).where(
        *_is(place)
    )
    row = (await connection.execute(kept)).one()
    return row.fingerprint, row.answer


async def keep(
    connection: AsyncConnection, place: tuple[str, str, str], answer: dict[str, Any]
) -> None:
    """Store the answer beside the key, in the transaction of the change."""
    statement = update(IdempotencyKeyRow).where(*_is(place)).values(answer=answer)
    await connection.execute(statement)


async def forget_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete keys older than the moment; return how many."""
    statement = delete(IdempotencyKeyRow).where(col(IdempotencyKeyRow.created_at) < moment)
    return (await connection.execute(statement)).rowcount


def _is(place: tuple[str, str, str]) -> list[Any]:
    caller, operation, key = place
    return [
        col(IdempotencyKeyRow.caller) == caller,
        col(IdempotencyKeyRow.operation) == operation,
        col(IdempotencyKeyRow.key) == key,
    ]
