"""Storing the outbox, its journal and conflicts, within the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.array_parameters import is_among
from app.db.schema.delivery_rows import from_attempt, from_conflict, from_delivery, to_delivery
from app.db.schema.delivery_tables import DeliveryAttemptRow, DeliveryRow, SyncConflictRow
from app.db.schema.sync_tables import UpstreamRow
from app.db.schema.tables import table_columns
from app.db.writing.locks import is_postgresql
from app.db.writing.statements import delete_all, insert_all, update_all, upserting
from app.domain.sync.conflicts import SyncConflict, SyncSide
from app.domain.sync.deliveries import (
    STAYS,
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryCode,
    DeliveryState,
    record_key,
)


async def want(
    connection: AsyncConnection, upstream_id: str, keys: Collection[str], at: datetime
) -> None:
    """Have the keys be delivered: what is wanted already has changed once more."""
    if not keys or not await _is_there(connection, upstream_id):
        return
    insert = upserting(connection, DeliveryRow)
    row = DeliveryRow
    # One by one: the parameters of IN are expanded, which many rows at once do not bear.
    stays = or_(*(col(row.state) == each.value for each in STAYS)) & (
        col(row.code).is_(None) | (col(row.code) != DeliveryCode.OUTSIDE_WINDOW.value)
    )
    pending = DeliveryState.PENDING.value
    storing = insert.on_conflict_do_update(
        index_elements=["upstream_id", "key"],
        set_={
            "generation": col(row.generation) + 1,
            "state": case((stays, col(row.state)), else_=pending),
            "not_before": case((stays, col(row.not_before)), else_=None),
            "code": case((stays, col(row.code)), else_=None),
            "message": case((stays, col(row.message)), else_=None),
        },
    )
    await connection.execute(storing, [_new(upstream_id, key, at) for key in sorted(keys)])


async def _is_there(connection: AsyncConnection, upstream_id: str) -> bool:
    """Say whether nobody has taken the upstream away meanwhile, and have it stay until the end."""
    if not is_postgresql(connection):  # nobody else has written since the transaction began
        return True
    mine = select(col(UpstreamRow.id)).where(col(UpstreamRow.id) == upstream_id)
    held = mine.with_for_update(read=True, key_share=True)
    return (await connection.execute(held)).one_or_none() is not None


async def locked_deliveries(
    connection: AsyncConnection, upstream_id: str, keys: Collection[str]
) -> Mapping[str, Delivery]:
    """Return the deliveries of these keys, which nobody else changes until the end."""
    row = DeliveryRow
    mine = select(*table_columns(row)).where(
        col(row.upstream_id) == upstream_id, is_among(col(row.key), list(keys))
    )
    held = mine.order_by(col(row.key)).with_for_update()
    return {each.key: to_delivery(each) for each in await connection.execute(held)}


async def make_sure(
    connection: AsyncConnection, upstream_id: str, keys: Collection[str], at: datetime
) -> None:
    """Have the keys be delivered; what is wanted already stays as it is."""
    if not keys:
        return
    insert = upserting(connection, DeliveryRow)
    storing = insert.on_conflict_do_nothing(index_elements=["upstream_id", "key"])
    await connection.execute(storing, [_new(upstream_id, key, at) for key in sorted(keys)])


def _new(upstream_id: str, key: str, at: datetime) -> dict[str, Any]:
    return from_delivery(Delivery(str(uuid4()), upstream_id, key, at))


async def release(connection: AsyncConnection, upstream_id: str, code: DeliveryCode) -> None:
    """Have what is held for this reason be looked at once more."""
    row = DeliveryRow
    await connection.execute(
        update(row)
        .where(
            col(row.upstream_id) == upstream_id,
            col(row.state) == DeliveryState.HELD.value,
            col(row.code) == code.value,
        )
        .values(state=DeliveryState.PENDING.value, code=None, message=None)
    )


async def change_delivery(connection: AsyncConnection, delivery: Delivery) -> None:
    """Store what a delivery has become."""
    await change_deliveries(connection, [delivery])


async def change_deliveries(connection: AsyncConnection, deliveries: Sequence[Delivery]) -> None:
    """Store what deliveries have become."""
    await update_all(connection, DeliveryRow, list(map(from_delivery, deliveries)))


async def delivered(connection: AsyncConnection, delivery: Delivery) -> bool:
    """Take a delivery out; return False where something has changed since it was read."""
    row = DeliveryRow
    done = await connection.execute(
        delete(row).where(
            col(row.id) == delivery.id,
            col(row.generation) == delivery.generation,
        )
    )
    return bool(done.rowcount)


async def forget_deliveries(connection: AsyncConnection, deliveries: Sequence[Delivery]) -> None:
    """Take deliveries out that are held, and therefore as they were read."""
    await delete_all(connection, col(DeliveryRow.id), [each.id for each in deliveries])


async def forget_all_deliveries(connection: AsyncConnection, upstream_id: str) -> None:
    """Take all deliveries of an upstream out."""
    await connection.execute(delete(DeliveryRow).where(col(DeliveryRow.upstream_id) == upstream_id))


async def journal(connection: AsyncConnection, *attempts: DeliveryAttempt) -> None:
    """Store that something is about to be sent, of each key by itself."""
    await insert_all(connection, DeliveryAttemptRow, list(map(from_attempt, attempts)))


async def tell_done(connection: AsyncConnection, ids: Collection[str], at: datetime) -> None:
    """Store that writes are done since this instant."""
    row = DeliveryAttemptRow
    await connection.execute(
        update(row)
        .where(is_among(col(row.id), list(ids)))
        .values(outcome=AttemptOutcome.DONE.value, settles_at=at, words=None)
    )


async def tell_outcome(
    connection: AsyncConnection, ids: Collection[str], outcome: AttemptOutcome
) -> None:
    """Store what became of writes."""
    row = DeliveryAttemptRow
    await connection.execute(
        update(row)
        .where(is_among(col(row.id), list(ids)))
        .values(outcome=outcome.value, words=None)
    )


async def forget_words(connection: AsyncConnection, person_id: str) -> None:
    """Delete the digests of somebody's reasons that were sent, and of which nobody knows yet."""
    row = DeliveryAttemptRow
    of_person = col(row.key).startswith(record_key(person_id, ""), autoescape=True)
    await connection.execute(update(row).where(of_person).values(words=None))


async def forget_attempts_before(connection: AsyncConnection, moment: datetime) -> None:
    """Delete the journal from before the moment."""
    await connection.execute(
        delete(DeliveryAttemptRow).where(col(DeliveryAttemptRow.sent_at) < moment)
    )


async def add_conflicts(connection: AsyncConnection, conflicts: Sequence[SyncConflict]) -> None:
    """Store conflicts that were found."""
    await insert_all(connection, SyncConflictRow, list(map(from_conflict, conflicts)))


async def change_conflict(connection: AsyncConnection, conflict: SyncConflict) -> None:
    """Store whose version holds in a conflict."""
    await update_all(connection, SyncConflictRow, [from_conflict(conflict)])


async def resolve_open_conflicts(
    connection: AsyncConnection,
    upstream_id: str,
    kept: SyncSide,
    decided_by: str | None,
    at: datetime,
) -> None:
    """Store whose version holds in all conflicts of an upstream that are open."""
    row = SyncConflictRow
    await connection.execute(
        update(row)
        .where(col(row.upstream_id) == upstream_id, col(row.resolved_at).is_(None))
        .values(resolved_at=at, kept=kept.value, decided_by=decided_by)
    )
