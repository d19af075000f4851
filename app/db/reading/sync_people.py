"""Whose time off a vendor lists one by one, and what it had of them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.reading.sync import to_base
from app.db.schema import conversions
from app.db.schema.array_parameters import is_among
from app.db.schema.sync_tables import RemoteRecordRow, SweptPersonRow, SyncRunRow
from app.db.schema.tables import PersonRow, PersonTimeOffRow, table_columns
from app.domain.directory import Person
from app.domain.person_time_off import PersonTimeOff
from app.domain.sync.remote import UNSEEN, BaseRecord
from app.domain.sync.runs import RunKind
from app.domain.sync.sweeping import PersonToRead


async def people_of_company(connection: AsyncConnection, company_id: str) -> list[Person]:
    """Return all people of a company."""
    statement = select(*table_columns(PersonRow)).where(col(PersonRow.company_id) == company_id)
    return [conversions.to_person(row) for row in await connection.execute(statement)]


async def next_people(
    connection: AsyncConnection,
    upstream_id: str,
    unread_since: datetime | None,
    most: int,
) -> list[PersonToRead]:
    """Return whose time off is read next: whom a survey names, then the longest unread.

    Of those that were read since the moment nobody but whom a survey names.
    """
    row = SweptPersonRow
    statement = select(*table_columns(row)).where(col(row.upstream_id) == upstream_id)
    if unread_since is not None:
        is_unread = col(row.read_at).is_(None) | (col(row.read_at) < unread_since)
        statement = statement.where(is_unread | col(row.is_wanted))
    ordered = statement.order_by(
        col(row.is_wanted).desc(), col(row.read_at).asc().nulls_first(), col(row.person_id)
    )
    found = await connection.execute(ordered.limit(most))
    return [_to_person(each) for each in found]


async def all_people(connection: AsyncConnection, upstream_id: str) -> dict[str, PersonToRead]:
    """Return everybody whose time off is read, by id."""
    row = SweptPersonRow
    found = await connection.execute(
        select(*table_columns(row)).where(col(row.upstream_id) == upstream_id)
    )
    return {each.person_id: _to_person(each) for each in found}


async def count_people(
    connection: AsyncConnection, upstream_ids: Collection[str]
) -> Mapping[str, int]:
    """Return of how many people each upstream's time off is read one by one, if of any."""
    row = SweptPersonRow
    counting = (
        select(col(row.upstream_id), func.count().label("people"))
        .where(is_among(col(row.upstream_id), list(upstream_ids)))
        .group_by(col(row.upstream_id))
    )
    return {each.upstream_id: each.people for each in await connection.execute(counting)}


async def bases_of_person(
    connection: AsyncConnection, upstream_id: str, person_id: str
) -> Mapping[str, BaseRecord]:
    """Return what the vendor had of somebody, by its own ids; by keys what was not seen there."""
    row = RemoteRecordRow
    statement = select(*table_columns(row)).where(
        col(row.upstream_id) == upstream_id, col(row.person_id) == person_id, _is_of_a_record()
    )
    found = [to_base(each) for each in await connection.execute(statement)]
    return {each.key if each.remote_id == UNSEEN else each.remote_id: each for each in found}


async def records_of_person(connection: AsyncConnection, person_id: str) -> list[PersonTimeOff]:
    """Return all time off of somebody that is here."""
    wanted = PERSON_TIME_OFFS.select(None, col(PersonTimeOffRow.person_id) == person_id)
    return [conversions.to_person_time_off(row) for row in await connection.execute(wanted)]


async def are_taken(connection: AsyncConnection, person_id: str, ids: Collection[str]) -> set[str]:
    """Return which of the ids are those of somebody else's records here."""
    row = PersonTimeOffRow
    statement = select(col(row.id)).where(
        is_among(col(row.id), list(ids)), col(row.person_id) != person_id
    )
    return set((await connection.execute(statement)).scalars())


async def count_known(connection: AsyncConnection, upstream_id: str, first: date) -> int:
    """Return how many records of the vendor are known that reach to this day, or further."""
    row = RemoteRecordRow
    counting = select(func.count()).where(
        col(row.upstream_id) == upstream_id, col(row.day) >= first, _is_of_a_record()
    )
    return int((await connection.execute(counting)).scalar_one())


async def count_deleted(
    connection: AsyncConnection, upstream_id: str, since: datetime | None
) -> int:
    """Return how many records passes over people have deleted since the moment."""
    row = SyncRunRow
    counting = select(func.coalesce(func.sum(col(row.deleted)), 0)).where(
        col(row.upstream_id) == upstream_id, col(row.kind) == RunKind.SWEEP.value
    )
    if since is not None:
        counting = counting.where(col(row.started_at) >= since)
    return int((await connection.execute(counting)).scalar_one())


def _is_of_a_record() -> ColumnElement[bool]:
    return col(RemoteRecordRow.key).startswith("P:")


def _to_person(row: Any) -> PersonToRead:  # noqa: ANN401 - a row
    return PersonToRead(row.person_id, row.read_at, row.is_wanted, row.digests)
