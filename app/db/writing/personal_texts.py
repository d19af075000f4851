"""Reasons and the like outside of the records themselves, within the caller's transaction."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from sqlalchemy import Text, cast, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import DeletedPersonTimeOffRow, IdempotencyKeyRow
from app.domain.erasure import REMOVED, without_reasons_of

KeyPlace: TypeAlias = tuple[str, str, str]
"""An idempotency key: whose, of which operation, and itself."""

_PLACE: Final = (
    col(IdempotencyKeyRow.caller),
    col(IdempotencyKeyRow.operation),
    col(IdempotencyKeyRow.key),
)
_ANSWER: Final = col(IdempotencyKeyRow.answer)


async def remove_reasons_of_deleted(
    connection: AsyncConnection, company_id: str, person_id: str
) -> int:
    """Remove the reasons of the person's records that can still be brought back (rule 3.13)."""
    table = DeletedPersonTimeOffRow
    rows = await connection.execute(
        select(col(table.id), col(table.record)).where(col(table.company_id) == company_id)
    )
    theirs = {
        row.id: row.record
        for row in rows
        if row.record["person_id"] == person_id and row.record["reason"] != REMOVED
    }
    for id_, record in theirs.items():
        values = {"record": record | {"reason": REMOVED}}
        await connection.execute(update(table).where(col(table.id) == id_).values(values))
    return len(theirs)


async def answers_with_reasons(connection: AsyncConnection, person_id: str) -> list[KeyPlace]:
    """Return the idempotency keys beside which a reason of the person's records is kept.

    All answers are read through, so not while others wait.
    """
    names_them = cast(_ANSWER, Text).contains(person_id, autoescape=True)
    rows = await connection.execute(select(*_PLACE, _ANSWER).where(names_them))
    return [
        (caller, operation, key)
        for caller, operation, key, answer in rows
        if without_reasons_of(answer, frozenset({person_id})) != answer
    ]


async def remove_reasons_of_answers(
    connection: AsyncConnection, person_id: str, places: Sequence[KeyPlace]
) -> int:
    """Remove the reasons of the person's records from the answers beside these keys."""
    removed = 0
    for place in places:
        is_it = [column == value for column, value in zip(_PLACE, place, strict=True)]
        before = (await connection.execute(select(_ANSWER).where(*is_it))).scalar_one_or_none()
        if before is None:
            continue  # forgotten meanwhile
        answer = without_reasons_of(before, frozenset({person_id}))
        if answer != before:
            changed = update(IdempotencyKeyRow).where(*is_it).values(answer=answer)
            await connection.execute(changed)
            removed += 1
    return removed
