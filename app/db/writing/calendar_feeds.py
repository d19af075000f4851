"""Storing calendar feeds, within the caller's transaction (rule 4.6)."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.schema import conversions
from app.db.schema.tables import CalendarFeedRow, CompanyRow
from app.db.writing.locks import lock_rows
from app.db.writing.statements import delete_all, insert_all, update_all
from app.domain.feeds import CalendarFeed


async def add_feed(connection: AsyncConnection, feed: CalendarFeed, secret_hash: str) -> None:
    """Store a new feed. Of its link's secret only the hash is kept."""
    await insert_all(
        connection, CalendarFeedRow, [conversions.from_calendar_feed(feed, secret_hash)]
    )


async def change_feed(
    connection: AsyncConnection, feed: CalendarFeed, secret_hash: str | None
) -> None:
    """Store a feed whose link was renewed, or revoked (None)."""
    await update_all(
        connection, CalendarFeedRow, [conversions.from_calendar_feed(feed, secret_hash)]
    )


async def remove_feed(connection: AsyncConnection, feed: CalendarFeed) -> None:
    """Delete a feed."""
    await delete_all(connection, CalendarFeedRow.id, [feed.id])


async def lock_feed(connection: AsyncConnection, feed_id: str) -> None:
    """Hold the feed, so that nobody else changes it until the transaction ends."""
    await lock_rows(connection, CalendarFeedRow, [feed_id])


async def lock_feeds_of_company(connection: AsyncConnection, company_id: str) -> None:
    """Let others that add feeds to the company wait, so that a count of them stays true."""
    await lock_rows(connection, CompanyRow, [company_id])
