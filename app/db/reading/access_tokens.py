"""API tokens: one by its id, with what its secrets are compared with, and all of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.access_token_rows import to_access_token
from app.db.schema.tables import AccessTokenRow, table_columns
from app.domain.access_tokens import AccessToken


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token with the hashes of its secret and, after a rotation, of the one before."""

    token: AccessToken
    secret_hash: str
    previous_hash: str | None
    previous_until: datetime | None


async def find_token(connection: AsyncConnection, id_: str) -> StoredToken | None:
    """Return the token, whatever has become of it."""
    statement = select(*table_columns(AccessTokenRow)).where(col(AccessTokenRow.id) == id_)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return StoredToken(to_access_token(row), row.secret_hash, row.previous_hash, row.previous_until)


async def all_tokens(connection: AsyncConnection) -> list[AccessToken]:
    """Return all tokens, also ended ones, the newest first."""
    table = AccessTokenRow
    newest_first = (col(table.created_at).desc(), col(table.id).desc())
    rows = await connection.execute(select(*table_columns(table)).order_by(*newest_first))
    return [to_access_token(row) for row in rows]


async def count_tokens(connection: AsyncConnection) -> int:
    """Return how many tokens there are, ended ones included."""
    return (await connection.execute(select(func.count(col(AccessTokenRow.id))))).scalar_one()


async def is_any_token(connection: AsyncConnection) -> bool:
    """Say whether a token was ever made."""
    statement = select(col(AccessTokenRow.id)).limit(1)
    return (await connection.execute(statement)).first() is not None


async def is_any_live_token(connection: AsyncConnection, now: datetime) -> bool:
    """Say whether a token is neither revoked nor expired: ``AccessToken.is_live`` of any."""
    table = AccessTokenRow
    lasts = or_(col(table.expires_at).is_(None), col(table.expires_at) > now)
    statement = select(col(table.id)).where(col(table.revoked_at).is_(None), lasts).limit(1)
    return (await connection.execute(statement)).first() is not None
