"""Storing API tokens, within the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.access_token_rows import from_access_token
from app.db.schema.column_types import Instant
from app.db.schema.tables import AccessTokenRow
from app.db.writing.locks import lock_rows
from app.db.writing.statements import insert_all
from app.domain.access_tokens import AccessToken


async def add_token(connection: AsyncConnection, token: AccessToken, secret_hash: str) -> None:
    """Store a new token. Of its secret only the hash is kept."""
    row = from_access_token(token, secret_hash)
    await insert_all(connection, AccessTokenRow, [row])


async def lock_token(connection: AsyncConnection, id_: str) -> None:
    """Hold the token, so that nobody else changes it until the transaction ends."""
    await lock_rows(connection, AccessTokenRow, [id_])


async def rotate_token(
    connection: AsyncConnection, id_: str, secret_hash: str, at: datetime, previous_until: datetime
) -> None:
    """Give the token another secret; the one before works until ``previous_until``."""
    table = AccessTokenRow
    await connection.execute(
        update(table)
        .where(col(table.id) == id_)
        .values(
            previous_hash=col(table.secret_hash),
            previous_until=previous_until,
            secret_hash=secret_hash,
            rotated_at=at,
        )
    )


async def revoke_token(connection: AsyncConnection, id_: str, at: datetime) -> None:
    """Let the token open nothing any more."""
    statement = update(AccessTokenRow).where(col(AccessTokenRow.id) == id_).values(revoked_at=at)
    await connection.execute(statement)


async def note_uses(connection: AsyncConnection, used_at: Mapping[str, datetime]) -> None:
    """Store when tokens were last used, by their id."""
    statement = (
        update(AccessTokenRow)
        .where(col(AccessTokenRow.id) == bindparam("the_id"))
        .values(last_used_at=bindparam("used_at", type_=Instant()))
    )
    uses = [{"the_id": id_, "used_at": at} for id_, at in used_at.items()]
    await connection.execute(statement, uses)
