"""What begins anew in a database that was restored: it goes on from a moment that is past."""

from datetime import datetime
from secrets import token_hex

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.schema.sync_tables import UpstreamRow
from app.db.schema.tables import AccessSessionRow, ChangeCounterRow
from app.domain.sync.upstreams import SyncDirection, Wanted


async def rename_feeds(connection: AsyncConnection) -> int:
    """Give every company's feed a new name, so that older cursors are refused; return how many.

    The numbers that follow are those of other changes now.
    """
    counter = ChangeCounterRow
    companies = (await connection.execute(select(col(counter.company_id)))).scalars().all()
    for company_id in companies:
        await connection.execute(
            update(counter)
            .where(col(counter.company_id) == company_id)
            .values(generation=token_hex(8))
        )
    return len(companies)


async def last_change_at(connection: AsyncConnection) -> datetime | None:
    """Return when the last of all changes was made, also of those that are removed by now."""
    last_at = select(func.max(col(ChangeCounterRow.last_at)))
    found: datetime | None = await connection.scalar(last_at)
    return found


async def end_sessions(connection: AsyncConnection, at: datetime) -> int:
    """End every browser's session: some had been ended since; return how many there were."""
    session = AccessSessionRow
    ended = await connection.execute(
        update(session).where(col(session.revoked_at).is_(None)).values(revoked_at=at)
    )
    return ended.rowcount


async def compare_before_writing(connection: AsyncConnection) -> int:
    """Have all be compared with the systems that were written to; return how many there are.

    Until that is done, and somebody has looked at what would be written, nothing is.
    """
    row = UpstreamRow
    held = await connection.execute(
        update(row)
        .where(col(row.direction) == SyncDirection.TWO_WAY.value)
        .values(may_write=False, wanted=Wanted.WHOLE.value, revision=col(row.revision) + 1)
    )
    return held.rowcount
