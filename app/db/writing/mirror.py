"""What the conversion between the systems looks up and takes back."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.data_check.scan import ROWS_A_PIECE
from app.db.reading.changes import deleted_object
from app.db.reading.lists import Scope
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.schema.tables import ExternalReferenceRow, TimeOffEntryRow
from app.db.writing.statements import delete_all
from app.domain.identifiers import Kind
from app.domain.mirror import SERVICE_MODEL, SERVICE_NAME, person_of_ref
from app.domain.time_off_entries import UserDay
from app.domain.wire_formats import is_uuid


async def owner_of_record(
    connection: AsyncConnection, scope: Scope, record_id: str
) -> tuple[str, str] | None:
    """Return the company and the person whose record this is, or was before it was deleted."""
    found = await PERSON_TIME_OFFS.find_many(connection, scope, [record_id])
    if record_id in found:
        return found[record_id].company_id, found[record_id].person_id
    deleted = await deleted_object(connection, scope, Kind.PERSON_TIME_OFF, record_id)
    return None if deleted is None else (deleted.company_id, str(deleted.facts["personId"]))


async def marked_days(connection: AsyncConnection, company_id: str, person_id: str) -> set[UserDay]:
    """Return each user and day whose entry carries the mark of that day of the person.

    Whoever the person is linked to now: a mark is found where it stands (rule 4.4).
    """
    entry, reference = TimeOffEntryRow, ExternalReferenceRow
    statement = (
        select(col(entry.user_id), col(entry.requested_date), col(reference.service_model_ref))
        .join(reference, col(reference.entry_id) == col(entry.id))
        .where(
            col(reference.service_name) == SERVICE_NAME,
            col(reference.service_model) == SERVICE_MODEL,
            # A range of the index, not a pattern; ";" follows ":" among the characters.
            col(reference.service_model_ref) > f"{person_id}:",
            col(reference.service_model_ref) < f"{person_id};",
            col(entry.company_id) == company_id,
        )
    )
    found = await connection.execute(statement)
    return {(user_id, day) for user_id, day, ref in found if person_of_ref(ref, day) == person_id}


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
    key: tuple[Any, Any] = col(reference.service_model_ref), col(reference.entry_id)
    statement: Select[Any] = (
        select(
            *key,
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
        .order_by(*key)
        .limit(ROWS_A_PIECE)
    )
    rows = (await connection.execute(statement)).all()
    while rows:
        yield [mark for row in rows if (mark := _mark(row))]
        last = [literal(value, each.type) for value, each in zip(rows[-1], key, strict=False)]
        rest = statement.where(tuple_(*key) > tuple_(*last))
        rows = (await connection.execute(rest)).all()


def _mark(row: Row[Any]) -> Mark | None:
    """Return the mark that a reference of the service is; None where it names something else."""
    person_id = person_of_ref(row.service_model_ref, row.requested_date)
    if person_id is None or not is_uuid(person_id):
        return None
    return Mark(
        row.company_id,
        person_id,
        row.entry_id,
        row.user_id,
        row.requested_date,
        row.brought_seconds,
    )


async def remove_references(connection: AsyncConnection, ids: Iterable[int]) -> None:
    """Delete references that brought what is taken back."""
    await delete_all(connection, ExternalReferenceRow.id, ids)
