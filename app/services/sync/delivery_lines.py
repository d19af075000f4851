"""What waits to be written to vendors as the command lists it: whose day, and why it waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.db.connections.database import Database
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.reading.lists_of_nouns import USERS
from app.domain.sync.deliveries import Delivery, DeliveryState, read_day_key
from app.domain.sync.upstreams import Upstream


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery, where it goes, whose day it is, and how often it was written so far.

    ``user_name`` is None where the user is not here any more.
    """

    delivery: Delivery
    upstream: Upstream
    user_id: int
    day: date
    user_name: str | None
    tries: int

    def why(self, now: datetime) -> str:
        """Say why it is not written yet; nothing where it is the next."""
        delivery, upstream = self.delivery, self.upstream
        told = ": ".join(filter(None, (delivery.code, delivery.message)))
        later = delivery.not_before
        is_later = later is not None and later > now
        if delivery.state is DeliveryState.UNCERTAIN:
            return f"no answer; looked at from {later:%H:%M} UTC" if is_later else "to be looked at"
        if delivery.state is not DeliveryState.PENDING:
            return told
        if upstream.failures or not upstream.writes:
            reason = f" ({upstream.state_reason})" if upstream.state_reason else ""
            return f"nothing is written: {upstream.state.value}{reason}"
        return "; ".join(filter(None, (told, f"not before {later:%H:%M} UTC" if is_later else "")))


async def delivery_lines(database: Database, deliveries: Sequence[Delivery]) -> list[DeliveryLine]:
    """Return a line for each of them, in their order."""
    days = [read_day_key(each.key) for each in deliveries]
    async with database.reading() as connection:
        upstreams = {each.id: each for each in await known.upstreams_of(connection, None)}
        users = await USERS.find_many(connection, None, {user for user, _ in days})
        tries = await outbox.count_writes(connection, [each.id for each in deliveries])
    return [
        DeliveryLine(
            each,
            upstreams[each.upstream_id],
            user,
            day,
            users[user].full_name if user in users else None,
            tries.get(each.id, 0),
        )
        for each, (user, day) in zip(deliveries, days, strict=True)
        if each.upstream_id in upstreams
    ]
