"""Personal texts of absences that ended long ago, within the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import String, and_, cast, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import (
    ChangeRow,
    ExternalReferenceRow,
    PersonTimeOffRow,
    TimeOffEntryRow,
)
from app.db.writing.locks import is_postgresql
from app.domain.erasure import REMOVED
from app.domain.identifiers import Kind

_MESSAGE: Final = "externalMessage"


async def overwrite_what_is_freed(connection: AsyncConnection, *, yes: bool) -> None:
    """Have SQLite write zeros over what statements free from here on, or no more."""
    if not is_postgresql(connection):
        await connection.execute(text(f"PRAGMA secure_delete = {'ON' if yes else 'OFF'}"))


async def records_ended_before(connection: AsyncConnection, day: date) -> list[tuple[str, str]]:
    """Return the records with reasons that ended before the day, each after its person."""
    table = PersonTimeOffRow
    statement = (
        select(col(table.person_id), col(table.id))
        .where(col(table.last_day) < day, col(table.reason) != REMOVED)
        .order_by(col(table.person_id), col(table.id))
    )
    return [(row.person_id, row.id) for row in await connection.execute(statement)]


async def messages_before(connection: AsyncConnection, day: date) -> list[tuple[int, int]]:
    """Return the references with messages of entries before the day, each after its user."""
    reference, entry = ExternalReferenceRow, TimeOffEntryRow
    statement = (
        select(col(entry.user_id), col(reference.id))
        .join(entry, col(entry.id) == col(reference.entry_id))
        .where(col(reference.external_message).is_not(None), col(entry.requested_date) < day)
        .order_by(col(entry.user_id), col(reference.id))
    )
    return [(row.user_id, row.id) for row in await connection.execute(statement)]


async def messages_told_before(
    connection: AsyncConnection, day: date, moment: datetime
) -> list[tuple[str, int]]:
    """Return the changes from before the moment that tell a message, by company and number.

    And those from after it, of entries that are there and before the day; but not those of entries
    that are there and of the day or later.
    """
    table, entry = ChangeRow, TimeOffEntryRow
    told = (col(table.before), col(table.after))
    ids = select(cast(col(entry.id), String))
    young, old = (
        ids.where(col(entry.requested_date) >= day),
        ids.where(col(entry.requested_date) < day),
    )
    statement = (
        select(col(table.company_id), col(table.sequence))
        .where(
            col(table.subject_type) == Kind.REFERENCE.type_name,
            or_(
                col(table.at) < moment,
                *(each["timeOffEntryId"].as_string().in_(old) for each in told),
            ),
            or_(*(each[_MESSAGE].as_string().is_not(None) for each in told)),
            and_(
                *(
                    or_(
                        each["timeOffEntryId"].as_string().is_(None),
                        each["timeOffEntryId"].as_string().not_in(young),
                    )
                    for each in told
                )
            ),
        )
        .order_by(col(table.company_id), col(table.sequence))
    )
    return [(row.company_id, row.sequence) for row in await connection.execute(statement)]


async def remove_messages_told(
    connection: AsyncConnection, changes: Sequence[tuple[str, int]]
) -> int:
    """Take the messages out of these changes; return of how many."""
    table = ChangeRow
    for company_id, sequence in changes:
        is_it = (col(table.company_id) == company_id, col(table.sequence) == sequence)
        row = (
            await connection.execute(select(col(table.before), col(table.after)).where(*is_it))
        ).one_or_none()
        if row is not None:
            values: dict[str, Any] = {
                name: facts and facts | {_MESSAGE: None}
                for name, facts in (("before", row.before), ("after", row.after))
            }
            await connection.execute(update(table).where(*is_it).values(values))
    return len(changes)


async def remove_messages(connection: AsyncConnection, ids: Collection[int], at: datetime) -> None:
    """Take the messages out of these references."""
    table = ExternalReferenceRow
    values = {"external_message": None, "updated_at": at}
    await connection.execute(update(table).where(col(table.id).in_(ids)).values(values))
