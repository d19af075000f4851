"""What is carried from one system into the other, what was made by it, and what could not be."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db.reading.lists import Condition, Listing
from app.db.schema.array_parameters import is_among
from app.db.schema.flow_rows import to_flow, to_flow_problem, to_mirrored
from app.db.schema.flow_tables import FlowProblemRow, MirroredRecordRow, SyncFlowRow
from app.db.schema.tables import (
    PersonRow,
    PersonTimeOffRow,
    TimeOffEntryRow,
    UserRow,
    table_columns,
)
from app.domain.days import DayRange
from app.domain.sync.flows import (
    EVERY_DAY,
    Due,
    Flow,
    FlowProblem,
    FlowProblemFilter,
    Joined,
    SyncFlow,
)
from app.domain.sync.mirrored import MirroredRecord


def _of_problems(wanted: FlowProblemFilter) -> list[Condition]:
    if wanted.company_id is None:
        return []
    return [col(FlowProblemRow.company_id) == wanted.company_id]


_SEEN: Final[tuple[Any, ...]] = (FlowProblemRow.first_seen_at, FlowProblemRow.id)
FLOW_PROBLEMS: Final[Listing[FlowProblem, FlowProblemFilter]] = Listing(
    FlowProblemRow,
    to_flow_problem,
    {"FIRST_SEEN_AT": _SEEN},
    _of_problems,
    FlowProblemRow.company_id,
)


async def flows_under_way(connection: AsyncConnection) -> list[Flow]:
    """Return all that is carried, of whatever company."""
    row = SyncFlowRow
    statement = select(*table_columns(row)).where(col(row.flow) != SyncFlow.NONE.value)
    found = await connection.execute(statement.order_by(col(row.company_id)))
    return [to_flow(each) for each in found]


async def flows_of(
    connection: AsyncConnection, company_ids: Collection[str]
) -> Mapping[str, SyncFlow]:
    """Return what is carried for each company; a company that is missing has nothing."""
    row = SyncFlowRow
    statement = select(col(row.company_id), col(row.flow)).where(
        is_among(col(row.company_id), list(company_ids))
    )
    found = await connection.execute(statement)
    return {each.company_id: SyncFlow(each.flow) for each in found}


async def find_flow(connection: AsyncConnection, company_id: str) -> Flow | None:
    """Return what is carried for a company."""
    row = SyncFlowRow
    statement = select(*table_columns(row)).where(col(row.company_id) == company_id)
    found = (await connection.execute(statement)).one_or_none()
    return None if found is None else to_flow(found)


def _of_standing(first: date) -> list[Any]:
    """Return the columns of which ``_due`` makes what is due of a record.

    With the first record of somebody all that was carried for them is looked at, with each other
    one its own days: else it would be done as often as they have records.
    """
    row, other = PersonTimeOffRow, aliased(PersonTimeOffRow)
    has_earlier = exists().where(
        col(other.person_id) == col(row.person_id),
        col(other.last_day) >= first,
        col(other.id) < col(row.id),
    )
    has_exceptions = col(row.exceptions).is_not(None)  # one may be before the first day
    return [
        col(row.id),
        col(row.person_id),
        col(row.first_day),
        col(row.last_day),
        has_exceptions.label("has_exceptions"),
        has_earlier.label("has_earlier"),
    ]


def _due(row: Row[Any]) -> tuple[str, Due]:
    own = DayRange(None if row.has_exceptions else row.first_day, row.last_day)
    return row.id, Due(row.person_id, own if row.has_earlier else EVERY_DAY)


async def records_after(
    connection: AsyncConnection, company_id: str, record_id: str, first: date, most: int
) -> Sequence[tuple[str, Due]]:
    """Return records by their ids that may have days from the first on."""
    row = PersonTimeOffRow
    statement = (
        select(*_of_standing(first))
        .where(
            col(row.company_id) == company_id,
            col(row.last_day) >= first,
        )
        .order_by(col(row.id))
        .limit(most)
    )
    if record_id:
        statement = statement.where(col(row.id) > record_id)
    return list(map(_due, await connection.execute(statement)))


async def problems_to_try(
    connection: AsyncConnection, company_id: str, before: datetime, most: int
) -> list[str]:
    """Return the keys of what could not be carried, the longest untried first."""
    row = FlowProblemRow
    statement = (
        select(col(row.key))
        .where(col(row.company_id) == company_id, col(row.last_seen_at) < before)
        .order_by(col(row.last_seen_at))
        .limit(most)
    )
    return list((await connection.execute(statement)).scalars())


async def companies_to_try(connection: AsyncConnection, before: datetime) -> set[str]:
    """Return the companies of which a record could not be carried before the moment."""
    flow, row = SyncFlowRow, FlowProblemRow
    is_due = exists().where(
        col(row.company_id) == col(flow.company_id), col(row.last_seen_at) < before
    )
    return set((await connection.execute(select(col(flow.company_id)).where(is_due))).scalars())


async def count_problems_of_flows(connection: AsyncConnection) -> Mapping[str, int]:
    """Return how much of each company could not be carried; of none, it is missing."""
    row = FlowProblemRow
    counting = select(col(row.company_id), func.count().label("problems"))
    counting = counting.group_by(col(row.company_id)).order_by(col(row.company_id))
    return {each.company_id: each.problems for each in await connection.execute(counting)}


async def keys_with_problems(
    connection: AsyncConnection, company_id: str, keys: Collection[str]
) -> set[str]:
    """Return which of these could not be carried the last time."""
    row = FlowProblemRow
    statement = select(col(row.key)).where(
        col(row.company_id) == company_id, is_among(col(row.key), list(keys))
    )
    return set((await connection.execute(statement)).scalars())


async def days_with_problems(
    connection: AsyncConnection, company_id: str, user_id: int
) -> set[str]:
    """Return the keys of a user's days that could not be carried the last time."""
    row = FlowProblemRow
    statement = select(col(row.key)).where(
        col(row.company_id) == company_id,
        col(row.key) > f"K:{user_id}:",
        col(row.key) < f"K:{user_id};",  # ";" follows ":" among the characters
    )
    return set((await connection.execute(statement)).scalars())


async def mirrored_of_records(
    connection: AsyncConnection, company_id: str, record_ids: Collection[str]
) -> dict[str, MirroredRecord]:
    """Return which of these records were made of entries, by their ids."""
    row = MirroredRecordRow
    statement = select(*table_columns(row)).where(
        col(row.company_id) == company_id, is_among(col(row.record_id), list(record_ids))
    )
    return {each.record_id: to_mirrored(each) for each in await connection.execute(statement)}


async def mirrored_of_user(
    connection: AsyncConnection, company_id: str, user_id: int
) -> list[MirroredRecord]:
    """Return what was made of a user's entries, in the order of the records' ids."""
    row = MirroredRecordRow
    statement = (
        select(*table_columns(row))
        .where(col(row.company_id) == company_id, col(row.user_id) == user_id)
        .order_by(col(row.record_id))
    )
    return list(map(to_mirrored, await connection.execute(statement)))


async def mirrored_ids_of_person(
    connection: AsyncConnection, company_id: str, person_id: str
) -> frozenset[str]:
    """Return the ids of a person's records that were made of entries, whosever."""
    row = MirroredRecordRow
    statement = select(col(row.record_id)).where(
        col(row.company_id) == company_id, col(row.person_id) == person_id
    )
    return frozenset((await connection.execute(statement)).scalars())


async def entry_days_of_user(
    connection: AsyncConnection, company_id: str, user_id: int, first: date
) -> set[date]:
    """Return the days of a user's entries from the first on."""
    row = TimeOffEntryRow
    statement = select(col(row.requested_date)).where(
        col(row.company_id) == company_id,
        col(row.user_id) == user_id,
        col(row.requested_date) >= first,
    )
    return set((await connection.execute(statement)).scalars())


async def users_after(
    connection: AsyncConnection, company_id: str, user_id: int, first: date, most: int
) -> list[int]:
    """Return users by their ids who have entries from the first day on, or mirrored records.

    The latter may be of entries that are gone by now.
    """
    row, entry, mirrored = UserRow, TimeOffEntryRow, MirroredRecordRow
    has_entries = exists().where(
        col(entry.user_id) == col(row.id), col(entry.requested_date) >= first
    )
    has_mirrored = exists().where(
        col(mirrored.company_id) == col(row.company_id), col(mirrored.user_id) == col(row.id)
    )
    statement = (
        select(col(row.id))
        .where(
            col(row.company_id) == company_id,
            col(row.id) > user_id,
            or_(has_entries, has_mirrored),
        )
        .order_by(col(row.id))
        .limit(most)
    )
    return list((await connection.execute(statement)).scalars())


async def users_of_joined(connection: AsyncConnection, company_id: str, joined: Joined) -> set[int]:
    """Return the users who are named, or have one of the e-mails."""
    row = UserRow
    named = is_among(col(row.id), list(joined.users))
    named |= is_among(col(row.email_key), list(joined.emails))
    statement = select(col(row.id)).where(col(row.company_id) == company_id, named)
    return set((await connection.execute(statement)).scalars())


async def records_of_joined(
    connection: AsyncConnection, company_id: str, joined: Joined, first: date
) -> Sequence[tuple[str, Due]]:
    """Return the records of people who are named, or have one of the e-mails.

    Of records that may have days from the first on.
    """
    row, person = PersonTimeOffRow, PersonRow
    named = is_among(col(person.id), list(joined.people))
    named |= is_among(col(person.email_key), list(joined.emails))
    mine = select(col(person.id)).where(col(person.company_id) == company_id, named)
    statement = select(*_of_standing(first)).where(
        col(row.company_id) == company_id,
        col(row.person_id).in_(mine),
        col(row.last_day) >= first,
    )
    return list(map(_due, await connection.execute(statement)))
