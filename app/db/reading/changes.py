"""The numbered changes of a company: in pages, and what they tell of what is gone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db.reading.lists import Scope
from app.db.schema import conversions
from app.db.schema.array_parameters import is_among
from app.db.schema.tables import (
    ChangeCounterRow,
    ChangeOriginRow,
    ChangeRow,
    PersonRow,
    table_columns,
)
from app.domain.changes import (
    FEED_ORDER,
    ChangeFilter,
    ChangeOperation,
    CommittedChange,
    FeedState,
    feed_position,
)
from app.domain.days import DayRange
from app.domain.identifiers import Key, Kind
from app.domain.paging import Page, PageRequest, write_cursor

ALIKE: Final = timedelta(minutes=5)
"""By less than this, changes of versions before 0014 may stand behind later ones."""

_KINDS: Final = {kind.type_name: kind for kind in Kind}


async def page(
    connection: AsyncConnection, company_id: str, wanted: ChangeFilter, request: PageRequest
) -> Page[CommittedChange]:
    """Return the changes between the cursors that are asked for, in order.

    Raises CursorExpired where a reader would miss something unawares.
    """
    after, before = feed_position(request.after, "after"), feed_position(request.before, "before")
    chosen = _Chosen(
        company_id,
        after.sequence if after else 0,
        before.sequence if before else None,
        request.size + 1,
        backward=request.backward,
    )
    if wanted.at.since is not None and not wanted.subject:
        earliest = await _number_before(connection, company_id, wanted.at.since)
        chosen = replace(chosen, after=max(chosen.after, earliest))
    rows = (await connection.execute(_with_origins(chosen.statement(wanted)))).all()
    # After the changes were read: what was removed before that is known to be missing.
    state = await feed_state(connection, company_id)
    for position, argument in ((after, "after"), (before, "before")):
        if position is not None:
            position.refuse_unless_in(state, argument)
    has_more = len(rows) > request.size
    kept = rows[-request.size :] if request.backward else rows[: request.size]
    return Page(
        [_committed(row) for row in kept],
        [write_cursor(FEED_ORDER, state.cursor_key(row.sequence)) for row in kept if state],
        has_next=before is not None if request.backward else has_more,
        has_previous=has_more if request.backward else after is not None,
    )


async def following(
    connection: AsyncConnection, company_id: str, sequence: int, most: int
) -> tuple[FeedState | None, list[CommittedChange]]:
    """Return the first changes after the number, for followers, and what the feed has."""
    chosen = _Chosen(company_id, sequence, None, most)
    rows = await connection.execute(_with_origins(chosen.statement(ChangeFilter())))
    changes = [_committed(row) for row in rows]
    return await feed_state(connection, company_id), changes


def state_columns() -> tuple[Any, ...]:
    """Return what a FeedState is made of."""
    counter = ChangeCounterRow
    return col(counter.generation), col(counter.last_forgotten) + 1, col(counter.last_sequence)


async def feed_state(connection: AsyncConnection, company_id: str) -> FeedState | None:
    """Return what a company's feed has; None where there is no such company."""
    is_its_own = col(ChangeCounterRow.company_id) == company_id
    row = (await connection.execute(select(*state_columns()).where(is_its_own))).one_or_none()
    return None if row is None else FeedState(*row)


async def companies(connection: AsyncConnection) -> list[str]:
    """Return the ids of all companies that have a feed."""
    found = await connection.execute(select(col(ChangeCounterRow.company_id)))
    return list(found.scalars())


async def last_numbers(
    connection: AsyncConnection, company_ids: Collection[str]
) -> Mapping[str, int]:
    """Return the number of each company's last change."""
    counter = ChangeCounterRow
    statement = select(col(counter.company_id), col(counter.last_sequence)).where(
        is_among(table_columns(counter).company_id, list(company_ids))
    )
    found = await connection.execute(statement)
    return {row.company_id: row.last_sequence for row in found}


async def last_number(connection: AsyncConnection, company_id: str) -> int:
    """Return the number of the company's last change; 0 where it has none."""
    return (await last_numbers(connection, [company_id])).get(company_id, 0)


async def _number_before(connection: AsyncConnection, company_id: str, since: datetime) -> int:
    """Return a number below those of all changes that were committed from this instant on.

    Found by bisection, as no index has the instants: they are in the order of the numbers
    (app/db/writing/changes.py). Of what is older, each is that of its write's beginning by the
    clock of whoever wrote, at most ALIKE before the one before.
    """
    state = await feed_state(connection, company_id)
    if state is None:
        return 0
    low, high = state.first - 1, state.last + 1
    at = col(ChangeRow.at)
    while high - low > 1:
        middle = (low + high) // 2
        found = await connection.scalar(
            select(at).where(
                col(ChangeRow.company_id) == company_id, col(ChangeRow.sequence) == middle
            )
        )
        if found is not None and since - found <= ALIKE:
            high = middle
        else:
            low = middle
    return low


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which numbers of a company's changes are read: the first of them, or the last."""

    company_id: str
    after: int
    before: int | None
    most: int
    backward: bool = False

    def statement(self, wanted: ChangeFilter) -> Select[Any]:
        """Return the statement for those that the filter asks for."""
        # An object has few changes, which its own index finds; in their order all would be read.
        sequence = col(ChangeRow.sequence)
        number = sequence + literal_column("0") if wanted.subject else sequence
        every = select(*table_columns(ChangeRow)).where(
            col(ChangeRow.company_id) == self.company_id,
            number > self.after,
            *([] if self.before is None else [number < self.before]),
            *_conditions(wanted),
        )
        if wanted.actors is None:
            return every.order_by(self._in_order(number)).limit(self.most)
        of_actors = [self._of_actor(every, each) for each in wanted.actors]
        if not of_actors:
            return every.where(false()).limit(self.most)
        merged = union_all(*(select(each.subquery()) for each in of_actors)).subquery()
        return select(merged).order_by(self._in_order(merged.c.sequence)).limit(self.most)

    def _of_actor(self, every: Select[Any], actor: str) -> Select[Any]:
        """Return those of one actor: range after range of its writes, each in order already.

        So no more is read than is answered, however much the actor, or others, have written.
        """
        origin = ChangeOriginRow
        first, last = col(origin.first_sequence), col(origin.last_sequence)
        return (
            every.join(
                origin,
                and_(
                    col(origin.company_id) == col(ChangeRow.company_id),
                    col(ChangeRow.sequence).between(first, last),
                ),
            )
            .where(
                col(origin.company_id) == self.company_id,
                col(origin.actor) == actor,
                last > self.after,
                *([] if self.before is None else [first < self.before]),
            )
            .order_by(*map(self._in_order, (last, first, col(ChangeRow.sequence))))
            .limit(self.most)
        )

    def _in_order(self, column: Any) -> ColumnElement[int]:  # noqa: ANN401 - of a table, or a query
        in_order: ColumnElement[int] = column.desc() if self.backward else column
        return in_order


def _conditions(wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    table = ChangeRow
    conditions: list[ColumnElement[bool]] = []
    if wanted.kinds is not None:
        names = [kind.type_name for kind in wanted.kinds]
        conditions.append(col(table.subject_type).in_(names))
    if wanted.subject is not None:
        kind, key = wanted.subject
        conditions += [
            col(table.subject_type) == kind.type_name,
            col(table.subject_key) == str(key),
        ]
    if wanted.operations is not None:
        conditions.append(col(table.operation).in_([each.value for each in wanted.operations]))
    if wanted.days is not None:
        conditions += _touching(wanted.days)
    if wanted.at.since is not None:
        conditions.append(col(table.at) >= wanted.at.since)
    if wanted.at.until is not None:
        conditions.append(col(table.at) < wanted.at.until)
    return conditions


def _touching(days: DayRange) -> list[ColumnElement[bool]]:
    """Return the conditions of changes that have touched one of these days."""
    first, last = col(ChangeRow.first_day), col(ChangeRow.last_day)
    return [
        first.is_not(None),
        *([] if days.last is None else [first <= days.last]),
        *([] if days.first is None else [or_(last.is_(None), last >= days.first)]),
    ]


def _with_origins(chosen: Select[Any]) -> Select[Any]:
    """Return the statement for the changes with their origins: the first that reaches so far."""
    change = chosen.subquery("change")
    origin, reaching = aliased(ChangeOriginRow), aliased(ChangeOriginRow)
    last = (
        select(func.min(col(reaching.last_sequence)))
        .where(
            col(reaching.company_id) == change.c.company_id,
            col(reaching.last_sequence) >= change.c.sequence,
        )
        .scalar_subquery()
    )
    is_its_own = and_(
        col(origin.company_id) == change.c.company_id,
        col(origin.last_sequence) == last,
        col(origin.first_sequence) <= change.c.sequence,
    )
    facts = (origin.actor_kind, origin.actor, origin.actor_label, origin.via, origin.request_id)
    return (
        select(change, *map(col, facts))
        .outerjoin_from(change, origin, is_its_own)
        .order_by(change.c.sequence)
    )


def _committed(row: Row[Any]) -> CommittedChange:
    key = row.subject_key
    return CommittedChange(
        sequence=row.sequence,
        at=row.at,
        operation=ChangeOperation(row.operation),
        kind=_KINDS[row.subject_type],
        key=int(key) if key.isdigit() else key,
        before=row.before,
        after=row.after,
        origin=None if row.actor is None else conversions.to_origin(row),
        days=None if row.first_day is None else DayRange(row.first_day, row.last_day),
    )


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """A deleted object: its company, and its last fields as the change feed tells them."""

    company_id: str
    facts: dict[str, Any]


async def deleted_object(
    connection: AsyncConnection, scope: Scope, kind: Kind, key: Key
) -> DeletedObject | None:
    """Return what the deleted object of a person was like; None if none was deleted.

    The feed of a company in which the person was before tells that it was deleted there, too: it is
    of the company where the person is now, else of where it was deleted last (rule 4.10).
    """
    statement = (
        select(col(ChangeRow.company_id), col(ChangeRow.before))
        .where(
            col(ChangeRow.subject_type) == kind.type_name,
            col(ChangeRow.subject_key) == str(key),
            col(ChangeRow.operation) == ChangeOperation.DELETED.value,
            *([] if scope is None else [col(ChangeRow.company_id).in_(scope)]),
        )
        .order_by(col(ChangeRow.at).desc(), col(ChangeRow.sequence).desc())
    )
    rows = (await connection.execute(statement)).all()
    if not rows:
        return None
    found = rows[0]
    if len({row.company_id for row in rows}) > 1:
        is_theirs = col(PersonRow.id) == found.before["personId"]
        company_id = await connection.scalar(select(col(PersonRow.company_id)).where(is_theirs))
        found = next((row for row in rows if row.company_id == company_id), found)
    return DeletedObject(found.company_id, found.before)
