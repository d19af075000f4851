"""Reads every mark that a conversion to Kantata has left, for `timeoff check` (rule 4.4)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.data_check.scan import in_pieces
from app.db.schema.tables import ExternalReferenceRow, TimeOffEntryRow
from app.domain.mirror import SERVICE_MODEL, SERVICE_NAME, person_of_ref
from app.domain.wire_formats import is_uuid


@dataclass(frozen=True, slots=True)
class Mark:
    """A conversion's reference, the day of the entry that it stands on, and what it brought."""

    company_id: str
    person_id: str
    entry_id: int
    user_id: int
    day: date
    brought_seconds: int


async def marks(connection: AsyncConnection) -> AsyncIterator[list[Mark]]:
    """Yield all marks of all people, some thousands at a time."""
    entry, reference = TimeOffEntryRow, ExternalReferenceRow
    keys: tuple[Any, Any] = col(reference.service_model_ref), col(reference.entry_id)
    statement: Select[Any] = (
        select(
            *keys,
            col(entry.company_id),
            col(entry.user_id),
            col(entry.requested_date),
            col(reference.brought_seconds),
        )
        .join(entry, col(reference.entry_id) == col(entry.id))
        .where(
            col(reference.service_name) == SERVICE_NAME,
            col(reference.service_model) == SERVICE_MODEL,
        )
    )
    async for piece in in_pieces(connection, statement, *keys):
        yield [mark for row in piece if (mark := _mark(row))]


def _mark(row: Row[Any]) -> Mark | None:
    """Return the mark that a reference of the service is; None where it names something else."""
    person_id = person_of_ref(row.service_model_ref, row.requested_date)
    if person_id is None or not is_uuid(person_id):
        return None
    return Mark(
        company_id=row.company_id,
        person_id=person_id,
        entry_id=row.entry_id,
        user_id=row.user_id,
        day=row.requested_date,
        brought_seconds=row.brought_seconds,
    )
