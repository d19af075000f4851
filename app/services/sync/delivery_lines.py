"""What waits to be written to vendors as the command lists it: whose day, and why it waits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.connections.database import Database, Transaction
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.reading.lists_of_nouns import PEOPLE, USERS
from app.domain.identifiers import Key
from app.domain.sync.deliveries import (
    Delivery,
    DeliveryState,
    is_record_key,
    read_day_key,
    read_record_key,
)
from app.domain.sync.upstreams import Upstream
from app.domain.sync.versions import day_of
from app.services.sync.here import here_of


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery, where it goes, whose it is and of when, and how often it was written so far."""

    delivery: Delivery
    upstream: Upstream
    whose: str
    when: str
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
    async with database.reading() as connection:
        upstreams = {each.id: each for each in await known.upstreams_of(connection, None)}
        names = await names_of_keys(connection, [each.key for each in deliveries])
        days = dict[tuple[str, str], str]()
        for id_, upstream in upstreams.items():
            keys = [each.key for each in deliveries if each.upstream_id == id_]
            here = await here_of(connection, upstream.company_id, keys)
            there = await known.bases(connection, id_, keys)
            for key in keys:
                sides = here.get(key), there.get(key)
                day = day_of(key, *(each.content for each in sides if each is not None))
                days[id_, key] = "" if day is None else day.isoformat()
        tries = await outbox.count_writes(connection, [each.id for each in deliveries])
    return [
        DeliveryLine(
            each,
            upstreams[each.upstream_id],
            names[each.key],
            days[each.upstream_id, each.key],
            tries.get(each.id, 0),
        )
        for each in deliveries
        if each.upstream_id in upstreams
    ]


async def names_of_keys(connection: Transaction, keys: Collection[str]) -> dict[str, str]:
    """Return whose each key is: their number or id, and their name where they are here."""
    owners: dict[str, Key] = {
        key: read_record_key(key)[0] if is_record_key(key) else read_day_key(key)[0] for key in keys
    }
    names = await named(connection, owners.values())
    return {key: names[owner] for key, owner in owners.items()}


async def named(connection: Transaction, owners: Collection[Key]) -> dict[Key, str]:
    """Return users and people by number or id: that, and their name where they are here."""
    users = {each for each in owners if isinstance(each, int)}
    people = {*owners} - users
    found = {
        **{
            id_: each.full_name
            for id_, each in (await USERS.find_many(connection, None, users)).items()
        },
        **{
            id_: each.full_name
            for id_, each in (await PEOPLE.find_many(connection, None, people)).items()
        },
    }
    return {each: " ".join(filter(None, (str(each), found.get(each)))) for each in owners}
