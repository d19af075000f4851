"""Whose time off a vendor lists one by one, within the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.array_parameters import is_among
from app.db.schema.sync_tables import SweptPersonRow
from app.db.schema.tables import PersonRow
from app.db.writing.statements import insert_all
from app.domain.sync.sweeping import PersonToRead


async def follow_people(
    connection: AsyncConnection,
    upstream_id: str,
    company_id: str,
    listed: Collection[str],
    *,
    has_everybody: bool,
) -> None:
    """Have the time off of those be read who are listed there, and are people of the company.

    Who is listed no more is read no more, unless the list has not ``has_everybody``.
    """
    row, person = SweptPersonRow, PersonRow
    found = await connection.execute(
        select(col(person.id)).where(
            col(person.company_id) == company_id, is_among(col(person.id), list(listed))
        )
    )
    wanted = set(found.scalars())
    known = set(
        (
            await connection.execute(
                select(col(row.person_id)).where(col(row.upstream_id) == upstream_id)
            )
        ).scalars()
    )
    await insert_all(
        connection,
        row,
        [
            {
                "upstream_id": upstream_id,
                "person_id": each,
                "read_at": None,
                "is_wanted": False,
                "digests": {},
            }
            for each in sorted(wanted - known)
        ],
    )
    if not has_everybody:
        return
    await connection.execute(
        delete(row).where(
            col(row.upstream_id) == upstream_id, is_among(col(row.person_id), list(known - wanted))
        )
    )


async def was_read(
    connection: AsyncConnection, upstream_id: str, person_id: str, at: datetime
) -> None:
    """Keep that somebody's time off was read, or tried to be."""
    row = SweptPersonRow
    await connection.execute(
        update(row)
        .where(col(row.upstream_id) == upstream_id, col(row.person_id) == person_id)
        .values(read_at=at, is_wanted=False)
    )


async def keep_surveyed(
    connection: AsyncConnection, upstream_id: str, people: Sequence[PersonToRead]
) -> None:
    """Keep what a survey says of people, and who is read first because of it."""
    if not people:
        return
    row = SweptPersonRow
    await connection.execute(
        update(row)
        .where(
            col(row.upstream_id) == bindparam("upstream"), col(row.person_id) == bindparam("person")
        )
        .values(is_wanted=bindparam("wanted"), digests=bindparam("said")),
        [
            {
                "upstream": upstream_id,
                "person": each.person_id,
                "wanted": each.is_wanted,
                "said": each.digests,
            }
            for each in people
        ],
    )
