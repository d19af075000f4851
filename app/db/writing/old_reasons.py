"""Personal texts of absences that ended long ago, within the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Select, String, and_, cast, or_, select, text, update
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
from app.domain.identifiers import Key, Kind

Wanted: TypeAlias = Select[Any, Any]
"""A statement for rows from which something is removed: whose each is, and its key."""

Place: TypeAlias = tuple[Any, Any]
"""Whose a row is, and its key: the ids of person and record, of user and reference."""

_MESSAGE: Final = "externalMessage"


async def overwrite_what_is_freed(connection: AsyncConnection, *, yes: bool) -> None:
    """Have SQLite write zeros over what statements free from here on, or no more."""
    if not is_postgresql(connection):
        await connection.execute(text(f"PRAGMA secure_delete = {'ON' if yes else 'OFF'}"))


def records_ended_before(day: date) -> Wanted:
    """Return the statement for the records with reasons that ended before the day."""
    table = PersonTimeOffRow
    return select(col(table.person_id), col(table.id)).where(
        col(table.last_day) < day, col(table.reason) != REMOVED
    )


def messages_before(day: date) -> Wanted:
    """Return the statement for the references with messages of entries before the day."""
    reference, entry = ExternalReferenceRow, TimeOffEntryRow
    return (
        select(col(entry.user_id), col(reference.id))
        .join(entry, col(entry.id) == col(reference.entry_id))
        .where(col(reference.external_message).is_not(None), col(entry.requested_date) < day)
    )


async def a_piece(
    connection: AsyncConnection, wanted: Wanted, last: Key | None, most: int
) -> Sequence[Place]:
    """Return the first of what is wanted behind the last key, or the very first, by their keys."""
    _, key = list(wanted.selected_columns)
    if last is not None:
        wanted = wanted.where(key > last)
    rows = await connection.execute(wanted.order_by(key).limit(most))
    return [(whose, id_) for whose, id_ in rows]


async def still_wanted(
    connection: AsyncConnection, wanted: Wanted, some: Sequence[Place]
) -> list[Key]:
    """Return the keys of those that are still wanted, and still of whom they were.

    What they are judged by is locked, so that the answer holds until the transaction ends.
    """
    _, key = list(wanted.selected_columns)
    rows = await connection.execute(wanted.where(key.in_([id_ for _, id_ in some])).order_by(key))
    before = set(some)
    return [id_ for whose, id_ in rows if (whose, id_) in before]


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
