"""Numbers and stores what a transaction changed (rule 5.3)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, bindparam, case, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.column_types import NAME, Instant, UuidText
from app.db.schema.sync_tables import UpstreamRow
from app.db.schema.tables import ChangeCounterRow, ChangeOriginRow, ChangeRow
from app.db.writing.locks import is_postgresql, waiting_for
from app.db.writing.statements import insert_all
from app.domain.actors import Origin
from app.domain.changes import Change
from app.domain.sync.upstreams import SyncDirection, UpstreamApi

_LAST_AT: Final = col(ChangeCounterRow.last_at)
_AT: Final = bindparam("at", type_=Instant())


def _reads_only(api: UpstreamApi) -> Any:  # noqa: ANN401 - SQLAlchemy's types
    is_read = exists().where(
        col(UpstreamRow.company_id) == bindparam("company"),
        col(UpstreamRow.api) == api.value,
        col(UpstreamRow.direction) == SyncDirection.READ_ONLY.value,
    )
    return is_read.label(api.value.lower())


_READS_ONLY: Final = tuple(map(_reads_only, UpstreamApi))
"""Beside the number, so that companies without a connected system pay no statement for it."""
_COUNT_CHANGES: Final = (
    update(ChangeCounterRow)
    .where(col(ChangeCounterRow.company_id) == bindparam("company"))
    .values(
        last_sequence=col(ChangeCounterRow.last_sequence) + bindparam("count", type_=BigInteger),
        last_at=case((_LAST_AT > _AT, _LAST_AT), else_=_AT),
    )
    .returning(col(ChangeCounterRow.last_sequence), _LAST_AT, *_READS_ONLY)
)
CHANGES_A_PIECE: Final = 2_000
"""So many are deleted in one transaction, which others wait for."""

_FACTS: Final = ("actor_kind", "actor", "actor_label", "via", "request_id")
_COUNTED: Final = _COUNT_CHANGES.cte("counted")
_STORED: Final = (
    insert(ChangeOriginRow)
    .from_select(
        ["company_id", "last_sequence", "first_sequence", *_FACTS],
        select(
            bindparam("company", type_=UuidText()),
            _COUNTED.c.last_sequence,
            _COUNTED.c.last_sequence - bindparam("count", type_=BigInteger) + 1,
            *(bindparam(name, type_=NAME) for name in _FACTS),
        ),
    )
    .cte("stored")
)
_COUNT_AND_STORE_ORIGIN: Final = select(
    _COUNTED.c.last_sequence,
    _COUNTED.c.last_at,
    *(_COUNTED.c[api.value.lower()] for api in UpstreamApi),
).add_cte(_STORED)
"""Both in one statement, where the database can: a write is not a round trip dearer."""


async def record_changes(
    connection: AsyncConnection, origin: Origin, at: datetime, changes: Sequence[Change]
) -> frozenset[tuple[str, UpstreamApi]]:
    """Number and store the changes and their origin; the last step of a transaction (rule 5.3).

    The counter's row is held from here to the commit, so that numbers become visible in
    their order and without a gap. Their instant is not before that of the change before them,
    so that instants are in order as well: clocks are set back, and those of two machines differ.
    Who it was is one row for each company, however many the changes are.

    What a connected system is to be told follows from the feed (FillOutbox): no writer can forget
    it, and none waits for it.

    Return the companies whose time off of a system is read from there: a write of theirs by
    anybody else is to be rolled back.
    """
    changes_of: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        changes_of[change.company_id].append(change)
    reads_only = set[tuple[str, UpstreamApi]]()
    for company_id in sorted(changes_of):
        mine = changes_of[company_id]
        last = await _count_changes(connection, company_id, len(mine), at, origin)
        first = last.sequence - len(mine) + 1
        await insert_all(
            connection,
            ChangeRow,
            [change_row(change, first + offset, last.at) for offset, change in enumerate(mine)],
        )
        reads_only |= {(company_id, api) for api in last.reads_only}
    return frozenset(reads_only)


class _Last(NamedTuple):
    """The last change of a company: its number, its instant, and which systems are connected."""

    sequence: int
    at: datetime
    reads_only: Collection[UpstreamApi]


async def _count_changes(
    connection: AsyncConnection, company_id: str, count: int, at: datetime, origin: Origin
) -> _Last:
    """Take the company's counter, and return it with so many changes more of this origin."""
    numbers: dict[str, Any] = {"company": company_id, "count": count, "at": at}
    if is_postgresql(connection):
        numbers |= origin_facts(origin)
        async with waiting_for(connection, [(ChangeCounterRow, company_id)]):
            row = (await connection.execute(_COUNT_AND_STORE_ORIGIN, numbers)).one()
            return _Last(row.last_sequence, row.last_at, _apis_of(row))
    row = (await connection.execute(_COUNT_CHANGES, numbers)).one()
    stored = origin_row(origin, company_id, row.last_sequence - count + 1, row.last_sequence)
    await insert_all(connection, ChangeOriginRow, [stored])
    return _Last(row.last_sequence, row.last_at, _apis_of(row))


def _apis_of(row: Any) -> Collection[UpstreamApi]:  # noqa: ANN401 - a row
    """Return from which systems the company's time off is only read."""
    return [api for api in UpstreamApi if getattr(row, api.value.lower())]


def new_counter(company_id: str, last: int = 0, last_at: datetime | None = None) -> dict[str, Any]:
    """Begin a company's feed, under a name that no other has."""
    return {
        "company_id": company_id,
        "last_sequence": last,
        "generation": token_hex(8),
        "last_forgotten": 0,
        "last_at": last_at,
    }


async def forget_before(connection: AsyncConnection, company_id: str, moment: datetime) -> int:
    """Delete the oldest changes of a company from before the moment; return how many.

    At most CHANGES_A_PIECE, and none behind a later one that is kept: numbers stay unbroken. An
    origin goes with the last of its changes.
    """
    counter, change, origin = ChangeCounterRow, ChangeRow, ChangeOriginRow
    is_its_counter = col(counter.company_id) == company_id
    locked = select(col(counter.last_forgotten), col(counter.last_sequence)).with_for_update()
    row = (await connection.execute(locked.where(is_its_counter))).one_or_none()
    if row is None:
        return 0
    first, end = (
        row.last_forgotten + 1,
        min(row.last_forgotten + CHANGES_A_PIECE, row.last_sequence),
    )
    is_its_own = col(change.company_id) == company_id
    kept = await connection.scalar(
        select(func.min(col(change.sequence))).where(
            is_its_own, col(change.sequence).between(first, end), col(change.at) >= moment
        )
    )
    last = end if kept is None else kept - 1
    if last < first:
        return 0
    await connection.execute(delete(change).where(is_its_own, col(change.sequence) <= last))
    await connection.execute(
        delete(origin).where(
            col(origin.company_id) == company_id, col(origin.last_sequence) <= last
        )
    )
    await connection.execute(update(counter).where(is_its_counter).values(last_forgotten=last))
    return int(last - first + 1)


def origin_row(origin: Origin, company_id: str, first: int, last: int) -> dict[str, Any]:
    """Write where the changes of these numbers came from."""
    range_ = {"company_id": company_id, "last_sequence": last, "first_sequence": first}
    return range_ | origin_facts(origin)


def origin_facts(origin: Origin) -> dict[str, Any]:
    """Return what an origin says, as columns keep it."""
    return {
        "actor_kind": origin.actor.kind.value,
        "actor": origin.actor.name,
        "actor_label": origin.actor.label,
        "via": origin.via.value,
        "request_id": origin.request_id,
    }


def change_row(change: Change, sequence: int, at: datetime) -> dict[str, Any]:
    """Write a change under its number."""
    return {
        "company_id": change.company_id,
        "sequence": sequence,
        "at": at,
        "operation": change.operation.value,
        "subject_type": change.kind.type_name,
        "subject_key": str(change.key),
        "before": change.before,
        "after": change.after,
        "first_day": change.days and change.days.first,
        "last_day": change.days and change.days.last,
    }
