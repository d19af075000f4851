"""The numbered changes of a company: in pages, and what they tell of what is gone."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    false,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db.reading.lists import Scope
from app.db.schema import conversions
from app.db.schema.tables import ChangeOriginRow, ChangeRow, table_columns
from app.domain.changes import ChangeFilter, ChangeOperation, CommittedChange
from app.domain.errors import InvalidValue
from app.domain.identifiers import Key, Kind
from app.domain.paging import Page, PageRequest, write_cursor

_KINDS: Final = {kind.type_name: kind for kind in Kind}


async def page(
    connection: AsyncConnection, company_id: str, wanted: ChangeFilter, request: PageRequest
) -> Page[CommittedChange]:
    """Return the changes after the cursor's number that are asked for, in order."""
    after = _number_of(request)
    chosen = _chosen(company_id, wanted, after or 0, request.size + 1)
    rows = (await connection.execute(_with_origins(chosen))).all()
    if not rows and after is not None:
        await _refuse_the_future(connection, company_id, after)
    kept = rows[: request.size]
    return Page(
        [_committed(row) for row in kept],
        [write_cursor(request.order, (row.sequence,)) for row in kept],
        has_next=len(rows) > request.size,
        has_previous=after is not None,
    )


def _chosen(company_id: str, wanted: ChangeFilter, after: int, most: int) -> Select[Any]:
    """Return the statement for the first of the changes that are asked for."""
    # An object has few changes, which its own index finds; in their order all would be read.
    sequence = col(ChangeRow.sequence)
    number = sequence + literal_column("0") if wanted.subject else sequence
    conditions = [col(ChangeRow.company_id) == company_id, number > after, *_conditions(wanted)]
    every = select(*table_columns(ChangeRow)).where(*conditions)
    if wanted.actors is None:
        return every.order_by(number).limit(most)
    of_actors = [_of_actor(every, company_id, each, after, most) for each in wanted.actors]
    if not of_actors:
        return every.where(false()).limit(most)
    merged = union_all(*(select(each.subquery()) for each in of_actors)).subquery()
    return select(merged).order_by(merged.c.sequence).limit(most)


def _of_actor(
    every: Select[Any], company_id: str, actor: str, after: int, most: int
) -> Select[Any]:
    """Return those of one actor: range after range of its writes, each in order already.

    So no more is read than is answered, however much the actor, or others, have written.
    """
    origin = ChangeOriginRow
    return (
        every.join(
            origin,
            and_(
                col(origin.company_id) == col(ChangeRow.company_id),
                col(ChangeRow.sequence).between(
                    col(origin.first_sequence), col(origin.last_sequence)
                ),
            ),
        )
        .where(
            col(origin.company_id) == company_id,
            col(origin.actor) == actor,
            col(origin.last_sequence) > after,
        )
        .order_by(col(origin.last_sequence), col(origin.first_sequence), col(ChangeRow.sequence))
        .limit(most)
    )


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
    if wanted.at.since is not None:
        conditions.append(col(table.at) >= wanted.at.since)
    if wanted.at.until is not None:
        conditions.append(col(table.at) < wanted.at.until)
    return conditions


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
    )


def _number_of(request: PageRequest) -> int | None:
    if request.after is None:
        return None
    number, *more = request.after
    if more or not isinstance(number, int):
        raise InvalidValue("This is not a cursor of this list.", ("after",))
    return min(number, 2**62)


async def _refuse_the_future(connection: AsyncConnection, company_id: str, after: int) -> None:
    """Refuse a number that no change has yet: a reader would miss all up to it unawares."""
    last = select(func.max(col(ChangeRow.sequence))).where(col(ChangeRow.company_id) == company_id)
    if after > (await connection.scalar(last) or 0):
        msg = (
            "This cursor is beyond the company's last change: it is of another company, or the "
            "database was restored from a backup. Begin without it."
        )
        raise InvalidValue(msg, ("after",))


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """A deleted object: its company, and its last fields as the change feed tells them."""

    company_id: str
    facts: dict[str, Any]


async def deleted_object(
    connection: AsyncConnection, scope: Scope, kind: Kind, key: Key
) -> DeletedObject | None:
    """Return what the deleted object was like; None if none was deleted."""
    statement = (
        select(col(ChangeRow.company_id), col(ChangeRow.before))
        .where(
            col(ChangeRow.subject_type) == kind.type_name,
            col(ChangeRow.subject_key) == str(key),
            col(ChangeRow.operation) == ChangeOperation.DELETED.value,
        )
        .order_by(col(ChangeRow.sequence).desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None or (scope is not None and row.company_id not in scope):
        return None
    return DeletedObject(row.company_id, row.before)
