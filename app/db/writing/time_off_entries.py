"""Kantata entries with their references, within the caller's transaction."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Date,
    Select,
    String,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists import Scope
from app.db.reading.lists_of_nouns import REFERENCES
from app.db.schema import conversions
from app.db.schema.array_parameters import ArrayOf, is_among
from app.db.schema.tables import (
    ExternalReferenceRow,
    TimeOffEntryRow,
    UserRow,
    table_columns,
)
from app.db.writing.locks import is_postgresql, lock_companies, lock_rows
from app.db.writing.statements import delete_all, insert_all, update_all
from app.domain.time_off_entries import ExternalReference, StoredDay, TimeOffEntry, UserDay


def _stored_on_sqlite() -> Select[Any]:
    # Pairs are joined, never compared: SQLite answers a list of rows by reading the table.
    wanted = func.json_each(bindparam("places", type_=String)).table_valued("value")
    is_wanted = and_(
        col(TimeOffEntryRow.user_id) == func.json_extract(wanted.c.value, "$[0]"),
        col(TimeOffEntryRow.requested_date) == func.json_extract(wanted.c.value, "$[1]"),
    )
    return select(*table_columns(TimeOffEntryRow)).join_from(wanted, TimeOffEntryRow, is_wanted)


def _stored_on_postgresql() -> Select[Any]:
    lists = [
        bindparam("users", type_=ArrayOf(BigInteger())),
        bindparam("days", type_=ArrayOf(Date())),
    ]
    wanted = func.unnest(*lists).table_valued("user_id", "day").render_derived()
    is_wanted = and_(
        col(TimeOffEntryRow.user_id) == wanted.c.user_id,
        col(TimeOffEntryRow.requested_date) == wanted.c.day,
    )
    return select(*table_columns(TimeOffEntryRow)).join_from(wanted, TimeOffEntryRow, is_wanted)


_STORED_ON_SQLITE: Final = _stored_on_sqlite()
_STORED_ON_POSTGRESQL: Final = _stored_on_postgresql()
_COMPANIES_OF: Final = select(col(UserRow.id), col(UserRow.company_id)).where(
    is_among(table_columns(UserRow).id, bindparam("ids", type_=ArrayOf(BigInteger())))
)


async def lock_users(
    connection: AsyncConnection, scope: Scope, user_ids: Collection[int], *, nowait: bool = False
) -> dict[int, str]:
    """Hold the users' days and calendars; return the company of each user that exists.

    Whose company was left meanwhile is looked for anew, without waiting: users are held by then,
    and companies go before users, so whoever waited could wait for somebody who waits for it.
    """
    found = await companies_of(connection, user_ids)
    companies = {id_: each for id_, each in found.items() if scope is None or each in scope}
    await lock_companies(connection, set(companies.values()), nowait=nowait)
    company = col(UserRow.company_id)
    held = await lock_rows(connection, UserRow, companies, nowait=nowait, columns=[company])
    if any(row.company_id != companies[row.id] for row in held):
        return await lock_users(connection, scope, user_ids, nowait=True)
    return companies


async def companies_of(connection: AsyncConnection, user_ids: Collection[int]) -> dict[int, str]:
    """Return the company of each user."""
    found = await connection.execute(_COMPANIES_OF, {"ids": list(user_ids)})
    return {row.id: row.company_id for row in found}


async def stored_days(
    connection: AsyncConnection, places: Collection[UserDay]
) -> dict[UserDay, StoredDay]:
    """Return what is stored of the users' days; the users are locked."""
    if is_postgresql(connection):
        users, days = [user_id for user_id, _ in places], [day for _, day in places]
        rows_ = await connection.execute(_STORED_ON_POSTGRESQL, {"users": users, "days": days})
    else:
        pairs = json.dumps([(user_id, day.isoformat()) for user_id, day in places])
        rows_ = await connection.execute(_STORED_ON_SQLITE, {"places": pairs})
    found = [conversions.to_entry(row) for row in rows_]
    references = await references_of(connection, [entry.id for entry in found])
    return {
        (entry.user_id, entry.requested_date): StoredDay(entry, references[entry.id])
        for entry in found
    }


async def references_of(
    connection: AsyncConnection, entry_ids: Collection[int]
) -> dict[int, list[ExternalReference]]:
    """Return the references that stand on each entry, oldest first."""
    references: dict[int, list[ExternalReference]] = defaultdict(list)
    found = await REFERENCES.find_by(connection, None, entry_ids, "ID")
    for entry_id, mine in found.items():
        references[int(entry_id)] = mine
    return references


async def add_entries(connection: AsyncConnection, entries: Sequence[TimeOffEntry]) -> None:
    """Store new entries."""
    await insert_all(
        connection, TimeOffEntryRow, [conversions.from_entry(entry) for entry in entries]
    )


async def change_entries(connection: AsyncConnection, entries: Sequence[TimeOffEntry]) -> None:
    """Store the hours and version of entries; nothing else of one ever changes (rule 2.9)."""
    changed = [
        {"id": entry.id, "seconds": entry.seconds, "updated_at": entry.updated_at}
        for entry in entries
    ]
    await update_all(connection, TimeOffEntryRow, changed)


async def remove_entries(connection: AsyncConnection, entry_ids: Collection[int]) -> None:
    """Delete entries with their references."""
    await delete_all(connection, ExternalReferenceRow.entry_id, entry_ids)
    await delete_all(connection, TimeOffEntryRow.id, entry_ids)


async def remove_references(connection: AsyncConnection, reference_ids: Collection[int]) -> None:
    """Delete references by their ids; their entries stay."""
    await delete_all(connection, ExternalReferenceRow.id, reference_ids)


async def add_references(
    connection: AsyncConnection, references: Sequence[ExternalReference]
) -> None:
    """Store new references; their entries are stored already."""
    await insert_all(
        connection, ExternalReferenceRow, [conversions.from_reference(each) for each in references]
    )


async def change_references(
    connection: AsyncConnection, references: Sequence[ExternalReference]
) -> None:
    """Overwrite all fields of stored references, each found by its id."""
    await update_all(
        connection, ExternalReferenceRow, [conversions.from_reference(each) for each in references]
    )
