"""Reasons and the like outside of the records themselves, within the caller's transaction."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Text, cast, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import DeletedPersonTimeOffRow, IdempotencyKeyRow
from app.domain.erasure import REMOVED, without_reasons_of


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


async def remove_reasons_of_answers(
    connection: AsyncConnection, person_ids: Collection[str]
) -> int:
    """Remove the reasons of these people's records from the answers of idempotency keys."""
    if not person_ids:
        return 0
    table = IdempotencyKeyRow
    names_them = or_(
        *(cast(col(table.answer), Text).contains(each, autoescape=True) for each in person_ids)
    )
    place = (col(table.caller), col(table.operation), col(table.key))
    rows = await connection.execute(select(*place, col(table.answer)).where(names_them))
    people = frozenset(person_ids)
    removed = 0
    for row in rows.all():
        answer: Mapping[str, Any] = without_reasons_of(row.answer, people)
        if answer != row.answer:
            is_it = [each == row[index] for index, each in enumerate(place)]
            await connection.execute(update(table).where(*is_it).values(answer=answer))
            removed += 1
    return removed
