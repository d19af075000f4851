"""Calendar feeds by id, fetched together."""

from app.domain.feeds import CalendarFeed
from app.domain.identifiers import Key
from app.services.calendar_feeds.service import CalendarFeedService
from app.services.caller import Caller
from graphql_schema.loading.shared_loader import SharedLoader


def feed_loader(
    feeds: CalendarFeedService, caller: Caller
) -> SharedLoader[Key, CalendarFeed | None]:
    """Return the loader of one operation."""

    async def load(keys: list[Key]) -> list[CalendarFeed | None]:
        found = await feeds.find_many(caller, keys)
        return [found.get(key) for key in keys]

    return SharedLoader(load)
