"""Calendar feeds by id, fetched together."""

from strawberry.dataloader import DataLoader

from app.domain.calendar_feeds import CalendarFeed
from app.domain.identifiers import Key
from app.services.calendar_feeds import CalendarFeedService
from app.services.caller import Caller


def feed_loader(feeds: CalendarFeedService, caller: Caller) -> DataLoader[Key, CalendarFeed | None]:
    """Return the loader of one operation."""

    async def load(keys: list[Key]) -> list[CalendarFeed | None]:
        found = await feeds.shelf.find_many(caller, keys)
        return [found.get(key) for key in keys]

    return DataLoader(load)
