"""Fills the outbox of a system that is written to: it follows the company's change feed.

Whatever is committed is in the feed, so that no service can forget it; and no caller pays for it,
or waits. What was read from the system is not told to it again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from app.db.connections.database import Database, Transaction
from app.db.reading import changes
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.reading.lists import Scope
from app.db.writing import deliveries as kept
from app.db.writing import sync as bases
from app.domain.access import Via
from app.domain.changes import CommittedChange
from app.domain.filters import EntryFilter, PersonTimeOffFilter
from app.domain.sync.deliveries import STAYS, Delivery, is_record_key
from app.domain.sync.upstreams import Upstream, Wanted
from app.domain.sync.waiting import Waiting
from app.services.sync.here import here_of

CHANGES_AT_A_TIME: Final = 1_000

F = TypeVar("F", bound=EntryFilter | PersonTimeOffFilter)


@dataclass(frozen=True, slots=True)
class FillOutbox:
    """Puts into the outbox what has changed since it was last looked."""

    database: Database

    async def fill(self, upstream_id: str) -> None:
        """Take notice of all changes of the upstream's company, in pieces."""
        while await self._some(upstream_id):
            pass

    async def _some(self, upstream_id: str) -> bool:
        """Take notice of some changes; return whether there may be more."""
        async with self.database.writing() as connection:
            await bases.lock_upstream(connection, upstream_id)
            upstream = await known.find_upstream(connection, None, upstream_id)
            return upstream is not None and await take_notice(connection, upstream)


async def take_notice(connection: Transaction, upstream: Upstream) -> bool:
    """Put some of what has changed into the outbox of an upstream, which is held.

    Return whether there may be more.
    """
    if not upstream.is_two_way:
        return False
    followed = await known.followed_to(connection, upstream.id)
    state, found = await changes.following(
        connection, upstream.company_id, followed or 0, CHANGES_AT_A_TIME
    )
    if state is None or followed == state.last:
        return False
    if followed is None:  # since then all is compared before anything is written
        await bases.follow_to(connection, upstream.id, state.last)
        return False
    if followed + 1 < state.first and upstream.is_at_work:
        # Some are kept no longer: all that stands is compared instead.
        await bases.change_upstream(connection, upstream.wanting(Wanted.WHOLE))
    keys = await _keys(connection, upstream, found)
    if keys:
        await kept.want(connection, upstream.id, keys, found[-1].at)
    last = found[-1].sequence if found else state.last
    await bases.follow_to(connection, upstream.id, last)
    return len(found) == CHANGES_AT_A_TIME


async def fill_all(database: Database) -> None:
    """Take notice of all that has changed, for whoever lists what waits and no server may run."""
    if database.is_read_only:
        return
    async with database.reading() as connection:
        upstream_ids = await known.behind(connection)
    for each in upstream_ids:
        await FillOutbox(database).fill(each)


async def with_news(
    connection: Transaction, places: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Delivery]:
    """Return what will wait of these keys, each of one company's, as soon as it is looked again."""
    return await _all_news(connection, {company for company, _ in places})


async def asked_with_news(connection: Transaction, scope: Scope, wanted: F) -> F:
    """Return a filter that knows what has changed, if it asks in which state records are."""
    if wanted.sync is None:
        return wanted
    companies = scope if wanted.company_id is None else {wanted.company_id}
    keys = defaultdict[str, list[str]](list)
    for company_id, key in await _all_news(connection, companies):
        if is_record_key(key) != isinstance(wanted, EntryFilter):
            keys[company_id].append(key)
    found = [
        int(each.local_key) if isinstance(wanted, EntryFilter) else each.local_key
        for company_id, some in keys.items()
        for each in (await here_of(connection, company_id, some)).values()
    ]
    return replace(wanted, sync=replace(wanted.sync, news=found)) if found else wanted


async def waiting_with_news(
    connection: Transaction, upstream_ids: Collection[str]
) -> Mapping[str, Waiting]:
    """Return what waits of upstreams, also where their outboxes have not taken notice of it."""
    found = dict(await outbox.waiting_of_upstreams(connection, upstream_ids))
    for id_ in {*upstream_ids} & {*await known.behind(connection)}:
        upstream = await known.find_upstream(connection, None, id_)
        news = [] if upstream is None else await _news(connection, upstream)
        standing = await outbox.deliveries_of(connection, id_, [each.key for each in news])
        new = [each for each in news if each.key not in standing]
        if new:
            oldest_at = min(each.wanted_at for each in new)
            found[id_] = found.get(id_, Waiting()).with_pending(len(new), oldest_at)
    return found


async def _all_news(
    connection: Transaction, companies: Collection[str] | None
) -> Mapping[tuple[str, str], Delivery]:
    """Return what will wait of these companies, or of all, by company and key."""
    return {
        (upstream.company_id, each.key): each
        for upstream_id in await known.behind(connection, companies)
        if (upstream := await known.find_upstream(connection, None, upstream_id)) is not None
        for each in await _news(connection, upstream)
    }


async def _news(connection: Transaction, upstream: Upstream) -> list[Delivery]:
    """Return what will wait of an upstream as soon as its outbox takes notice of the changes."""
    followed = await known.followed_to(connection, upstream.id)
    if followed is None:
        return []
    company_id = upstream.company_id
    _, found = await changes.following(connection, company_id, followed, CHANGES_AT_A_TIME)
    keys = await _keys(connection, upstream, found)
    return [Delivery("", upstream.id, key, found[-1].at) for key in keys]


def newer(waiting: Delivery | None, news: Delivery | None) -> Delivery | None:
    """Return how a delivery is once the news are taken notice of; only its state is of use."""
    is_to_stay = waiting is not None and (news is None or waiting.state in STAYS)
    return waiting if is_to_stay else news


async def _keys(
    connection: Transaction, upstream: Upstream, found: Sequence[CommittedChange]
) -> set[str]:
    """Return what of the changes the system is to be told."""
    mine = [each for each in found if each.origin is None or each.origin.via is not Via.SYNC]
    return await outbox.changed_keys(connection, upstream.api, mine)
