"""Kantata entries with their references and days, within the caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db import rows
from app.db.listing import Scope
from app.db.listings import ENTRIES, REFERENCES
from app.db.tables import (
    AbsenceDayRow,
    ExternalReferenceRow,
    TimeOffEntryRow,
    UserRow,
)
from app.db.writing import delete_all, insert_all, lock_companies, lock_rows, update_all
from app.domain.identifiers import user_subject
from app.domain.kantata import ExternalReference, StoredDay, TimeOffEntry, UserDay


async def lock_users(
    connection: AsyncConnection, scope: Scope, user_ids: Collection[int]
) -> dict[int, str]:
    """Hold the users' days and calendars; return the company of each user that exists."""
    found = await companies_of(connection, user_ids)
    companies = {id_: each for id_, each in found.items() if scope is None or each in scope}
    await lock_companies(connection, set(companies.values()))
    await lock_rows(connection, UserRow, companies)
    return companies


async def companies_of(connection: AsyncConnection, user_ids: Collection[int]) -> dict[int, str]:
    """Return the company of each user."""
    statement = select(col(UserRow.id), col(UserRow.company_id)).where(
        col(UserRow.id).in_(user_ids)
    )
    return {row.id: row.company_id for row in await connection.execute(statement)}


async def stored_days(
    connection: AsyncConnection, user_ids: Collection[int], days: Collection[date]
) -> dict[UserDay, StoredDay]:
    """Return what is stored of the users' days; the users are locked."""
    table = TimeOffEntryRow
    statement = ENTRIES.select(
        None, col(table.user_id).in_(user_ids), col(table.requested_date).in_(days)
    )
    found = [rows.to_entry(row) for row in await connection.execute(statement)]
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
    found = await REFERENCES.find_by(
        connection,
        None,
        ExternalReferenceRow.entry_id,
        entry_ids,
        "ID",
    )
    for entry_id, mine in found.items():
        references[int(entry_id)] = mine
    return references


async def add_entries(connection: AsyncConnection, entries: Sequence[TimeOffEntry]) -> None:
    """Store new entries and their days."""
    await insert_all(connection, TimeOffEntryRow, [rows.from_entry(entry) for entry in entries])
    await insert_all(connection, AbsenceDayRow, [_day(entry) for entry in entries])


async def change_entries(connection: AsyncConnection, entries: Sequence[TimeOffEntry]) -> None:
    """Store entries whose hours changed, and their days."""
    await update_all(connection, TimeOffEntryRow, [rows.from_entry(entry) for entry in entries])
    await delete_all(connection, AbsenceDayRow.record, [str(entry.id) for entry in entries])
    await insert_all(connection, AbsenceDayRow, [_day(entry) for entry in entries])


async def remove_entries(connection: AsyncConnection, entry_ids: Collection[int]) -> None:
    """Delete entries with their references and days."""
    await delete_all(connection, AbsenceDayRow.record, map(str, entry_ids))
    await delete_all(connection, ExternalReferenceRow.entry_id, entry_ids)
    await delete_all(connection, TimeOffEntryRow.id, entry_ids)


async def add_references(
    connection: AsyncConnection, references: Sequence[ExternalReference]
) -> None:
    """Store new references."""
    await insert_all(
        connection, ExternalReferenceRow, [rows.from_reference(each) for each in references]
    )


async def change_references(
    connection: AsyncConnection, references: Sequence[ExternalReference]
) -> None:
    """Store references that were overwritten."""
    await update_all(
        connection, ExternalReferenceRow, [rows.from_reference(each) for each in references]
    )


def _day(entry: TimeOffEntry) -> dict[str, object]:
    return {
        "company_id": entry.company_id,
        "day": entry.requested_date,
        "subject": user_subject(entry.user_id),
        "record": str(entry.id),
        "seconds": entry.seconds,
    }
