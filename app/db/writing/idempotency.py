"""Keys of requests that were carried out, with their first answers (rule 5.1)."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import IdempotencyKeyRow
from app.db.writing.locks import is_postgresql

KEYS_A_STATEMENT: Final = 1_000

_ROW: Final[dict[str, Any]] = {
    "caller": bindparam("the_caller"),
    "operation": bindparam("the_operation"),
    "key": bindparam("the_key"),
    "fingerprint": bindparam("the_fingerprint"),
    "created_at": bindparam("now"),
}
_CLAIM_ON_SQLITE: Final = sqlite_insert(IdempotencyKeyRow).values(_ROW).on_conflict_do_nothing()
_CLAIM_ON_POSTGRESQL: Final = (
    postgresql_insert(IdempotencyKeyRow).values(_ROW).on_conflict_do_nothing()
)
_IS_THE_KEY: Final = and_(
    col(IdempotencyKeyRow.caller) == bindparam("the_caller"),
    col(IdempotencyKeyRow.operation) == bindparam("the_operation"),
    col(IdempotencyKeyRow.key) == bindparam("the_key"),
)
_KEPT: Final = select(col(IdempotencyKeyRow.fingerprint), col(IdempotencyKeyRow.answer)).where(
    _IS_THE_KEY
)
_KEEP: Final = update(IdempotencyKeyRow).where(_IS_THE_KEY).values(answer=bindparam("the_answer"))
_CREATED: Final = col(IdempotencyKeyRow.created_at)
_FORGET: Final = delete(IdempotencyKeyRow).where(
    bindparam("moment") > _CREATED,
    func.coalesce(
        select(_CREATED).order_by(_CREATED).offset(bindparam("most")).limit(1).scalar_subquery(),
        bindparam("moment"),
    )
    >= _CREATED,
)


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
    claim_ = _CLAIM_ON_POSTGRESQL if is_postgresql(connection) else _CLAIM_ON_SQLITE
    asked = _asked(place)
    row = asked | {"the_fingerprint": fingerprint, "now": at}
    if (await connection.execute(claim_, row)).rowcount:
        return None
    kept = (await connection.execute(_KEPT, asked)).one()
    return kept.fingerprint, kept.answer


async def keep(
    connection: AsyncConnection, place: tuple[str, str, str], answer: dict[str, Any]
) -> None:
    """Store the answer beside the key, in the transaction of the change."""
    await connection.execute(_KEEP, _asked(place) | {"the_answer": answer})


async def moment_of_newest(connection: AsyncConnection, place: int) -> datetime | None:
    """Return when the key at this place was created, the newest at 0; None: there are fewer."""
    newest = select(_CREATED).order_by(_CREATED.desc()).offset(place).limit(1)
    moment: datetime | None = (await connection.execute(newest)).scalar_one_or_none()
    return moment


async def forget_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete the oldest keys before the moment, some thousand of them; return how many.

    Not all at once: nobody else writes meanwhile.
    """
    asked = {"moment": moment, "most": KEYS_A_STATEMENT - 1}
    return (await connection.execute(_FORGET, asked)).rowcount


def _asked(place: tuple[str, str, str]) -> dict[str, Any]:
    caller, operation, key = place
    return {"the_caller": caller, "the_operation": operation, "the_key": key}
