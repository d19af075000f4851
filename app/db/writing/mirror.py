"""For the `mirror…` mutations: whose record an id is, which days are marked, marks removed."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.changes import deleted_object
from app.db.reading.lists import Scope
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.schema.tables import ExternalReferenceRow, TimeOffEntryRow
from app.db.writing.statements import delete_all
from app.domain.identifiers import Kind
from app.domain.mirror import SERVICE_MODEL, SERVICE_NAME, person_of_ref
from app.domain.time_off_entries import UserDay


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


async def remove_references(connection: AsyncConnection, ids: Iterable[int]) -> None:
    """Delete references that brought what is taken back."""
    await delete_all(connection, ExternalReferenceRow.id, ids)
