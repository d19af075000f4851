"""Personal texts of absences that ended long ago, within the caller's transaction."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    cast,
    exists,
    not_,
    or_,
    select,
    text,
    update,
)
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
"""Whose a row is, and its key: person and record, user and reference, company and number
of a change."""

_FAST: Final = 2
"""What SQLite calls the setting by which only what costs no further page is overwritten."""

_MESSAGE: Final = "externalMessage"


@asynccontextmanager
async def overwriting_what_is_freed(connection: AsyncConnection) -> AsyncIterator[None]:
    """Have SQLite write zeros over what statements free inside of the block.

    Afterwards it is as before: some builds do so always.
    """
    if is_postgresql(connection):
        yield
        return
    before = (await connection.execute(text("PRAGMA secure_delete"))).scalar_one()
    await connection.execute(text("PRAGMA secure_delete = ON"))
    try:
        yield
    finally:
        value = "FAST" if before == _FAST else before
        await connection.execute(text(f"PRAGMA secure_delete = {value}"))


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


def messages_told_before(company_id: str, day: date, moment: datetime) -> Wanted:
    """Return the statement for the company's changes from before the moment that tell a message.

    And those from after it, of entries that are there and before the day; but not those of entries
    that are there and of the day or later. Each entry is looked up by its id.
    """
    table, entry = ChangeRow, TimeOffEntryRow
    told = (col(table.before), col(table.after))

    def is_of_one(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        ids = (cast(each["timeOffEntryId"].as_string(), BigInteger) for each in told)
        return or_(
            *(exists().where(col(entry.id) == id_, condition).correlate(table) for id_ in ids)
        )

    return select(col(table.company_id), col(table.sequence)).where(
        col(table.company_id) == company_id,
        col(table.subject_type) == Kind.REFERENCE.type_name,
        or_(*(each[_MESSAGE].as_string().is_not(None) for each in told)),
        not_(is_of_one(col(entry.requested_date) >= day)),
        or_(col(table.at) < moment, is_of_one(col(entry.requested_date) < day)),
    )


async def remove_messages_told(
    connection: AsyncConnection, wanted: Wanted, some: Sequence[Place]
) -> int:
    """Take the messages out of those changes that still tell one; return of how many."""
    table = ChangeRow
    company_id, _ = some[0]
    # Held from here on: an erasure may be about to write the same facts.
    sequences = await still_wanted(connection, wanted.with_for_update(of=table), some)
    for sequence in sequences:
        is_it = (col(table.company_id) == company_id, col(table.sequence) == sequence)
        row = (
            await connection.execute(select(col(table.before), col(table.after)).where(*is_it))
        ).one()
        values: dict[str, Any] = {
            name: facts and facts | {_MESSAGE: None}
            for name, facts in (("before", row.before), ("after", row.after))
        }
        await connection.execute(update(table).where(*is_it).values(values))
    return len(sequences)


async def remove_messages(connection: AsyncConnection, ids: Collection[int], at: datetime) -> None:
    """Take the messages out of these references."""
    table = ExternalReferenceRow
    values = {"external_message": None, "updated_at": at}
    await connection.execute(update(table).where(col(table.id).in_(ids)).values(values))
