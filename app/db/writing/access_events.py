"""Storing and forgetting access events, within the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.tables import AccessEventRow, CalendarFeedRow
from app.db.writing.statements import ACCESS_EVENT_IDS, insert_all, next_ids
from app.domain.access_events import AccessEvent

EVENTS_A_STATEMENT: Final = 1_000


async def add_events(connection: AsyncConnection, events: Sequence[AccessEvent]) -> Sequence[int]:
    """Store the events in this order; return the number of each."""
    ids = await next_ids(connection, ACCESS_EVENT_IDS, len(events))
    rows = [_row(id_, event) for id_, event in zip(ids, events, strict=True)]
    await insert_all(connection, AccessEventRow, rows)
    return ids


async def count_more(connection: AsyncConnection, id_: int, more: int) -> bool:
    """Count so many more that are like this event; False if it is forgotten by now."""
    table = AccessEventRow
    counting = update(table).where(col(table.id) == id_).values(times=col(table.times) + more)
    return (await connection.execute(counting)).rowcount > 0


async def note_use_of_feed(connection: AsyncConnection, feed_id: str, secret_hash: str) -> bool:
    """Note that a feed's link is used; False if that was known.

    Of a link that was taken away since, nobody knew it when it was used.
    """
    table = CalendarFeedRow
    noting = (
        update(table)
        .where(
            col(table.id) == feed_id,
            col(table.secret_hash) == secret_hash,
            col(table.is_use_known).is_(False),
        )
        .values(is_use_known=True)
    )
    if (await connection.execute(noting)).rowcount > 0:
        return True
    standing = select(col(table.id)).where(
        col(table.id) == feed_id, col(table.secret_hash) == secret_hash
    )
    return (await connection.execute(standing)).first() is None


async def forget_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete the oldest events before the moment, some thousand of them; return how many."""
    table = AccessEventRow
    oldest = (
        select(col(table.id))
        .where(col(table.at) < moment)
        .order_by(col(table.at))
        .limit(EVENTS_A_STATEMENT)
    )
    gone = delete(table).where(col(table.id).in_(oldest.scalar_subquery()))
    return (await connection.execute(gone)).rowcount


def _row(id_: int, event: AccessEvent) -> dict[str, Any]:
    actor = event.actor
    return {
        "id": id_,
        "at": event.at,
        "kind": event.kind.value,
        "company_id": event.company_id,
        "actor_kind": actor and actor.kind.value,
        "actor": actor and actor.name,
        "actor_label": actor and actor.label,
        "peer": event.peer,
        "via": event.via.value,
        "request_id": event.request_id,
        "times": event.count,
        "details": dict(event.details) or None,
    }
