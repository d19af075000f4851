"""How upstreams do: they, their runs and their problems, for who manages them.

Whether a record is one that a vendor has is for everybody who reads the record.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from app.clock import now
from app.db.connections.database import Database
from app.db.reading import deliveries as outbox
from app.db.reading import sync_lists
from app.db.reading.sync import bases, drift_repaired
from app.db.reading.sync_people import count_people
from app.domain.access import Permission
from app.domain.identifiers import Key
from app.domain.paging import Page, PageRequest
from app.domain.sync.comparing import Content
from app.domain.sync.deliveries import Delivery, DeliveryCode
from app.domain.sync.remote import SyncProblem, SyncProblemFilter
from app.domain.sync.runs import SyncRun
from app.domain.sync.sweeping import SweepShares
from app.domain.sync.upstreams import Upstream, UpstreamApi, UpstreamFilter
from app.domain.sync.waiting import Waiting
from app.services.caller import Caller
from app.services.sync.fill_outbox import newer, waiting_with_news, with_news
from app.services.sync.here import here_of
from app.services.sync.lines import RunProgress, progress_of
from app.services.sync.rules import SyncRules

ALL_PROBLEMS = SyncProblemFilter()


class Sides(NamedTuple):
    """What is under a key here now, and the vendor's when last compared; None: nothing."""

    here: Content | None
    there: Content | None


@dataclass(frozen=True, slots=True)
class SyncOverview:
    """Reads what there is of upstreams, held to the caller's companies."""

    database: Database
    rules: SyncRules = field(default_factory=SyncRules)
    clock: Callable[[], datetime] = now

    async def page(
        self, caller: Caller, wanted: UpstreamFilter, request: PageRequest
    ) -> Page[Upstream]:
        """Return upstreams in the order in which they were connected."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await sync_lists.UPSTREAMS.page(connection, caller.companies, wanted, request)

    async def count(self, caller: Caller, wanted: UpstreamFilter) -> int:
        """Return how many upstreams there are."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await sync_lists.UPSTREAMS.count(connection, caller.companies, wanted)

    async def problems(
        self, caller: Caller, wanted: SyncProblemFilter, request: PageRequest
    ) -> Page[SyncProblem]:
        """Return what cannot be taken in."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await sync_lists.PROBLEMS.page(connection, caller.companies, wanted, request)

    async def count_problems(self, caller: Caller, wanted: SyncProblemFilter) -> int:
        """Return how many problems there are."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await sync_lists.PROBLEMS.count(connection, caller.companies, wanted)

    async def find(self, caller: Caller, id_: str | None) -> Upstream | None:
        """Return an upstream; None where there is none, or it is another tenant's."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        return None if id_ is None else (await self.find_many(caller, [id_])).get(id_)

    async def find_many(self, caller: Caller, ids: Collection[Key]) -> Mapping[Key, Upstream]:
        """Return the upstreams by id, as far as the caller manages them."""
        if not caller.may(Permission.MANAGE_UPSTREAMS):
            return {}
        async with self.database.reading() as connection:
            return await sync_lists.UPSTREAMS.find_many(connection, caller.companies, ids)

    async def find_runs(self, caller: Caller, ids: Collection[Key]) -> Mapping[Key, SyncRun]:
        """Return the runs by id, as far as the caller manages their upstreams."""
        if not caller.may(Permission.MANAGE_UPSTREAMS):
            return {}
        async with self.database.reading() as connection:
            return await sync_lists.RUNS.find_many(connection, caller.companies, ids)

    async def find_problems(
        self, caller: Caller, ids: Collection[Key]
    ) -> Mapping[Key, SyncProblem]:
        """Return the problems by id, as far as the caller manages their upstreams."""
        if not caller.may(Permission.MANAGE_UPSTREAMS):
            return {}
        async with self.database.reading() as connection:
            return await sync_lists.PROBLEMS.find_many(connection, caller.companies, ids)

    async def of_companies(
        self, caller: Caller, company_ids: Collection[Key]
    ) -> Mapping[Key, list[Upstream]]:
        """Return the upstreams of each company in the order in which they were connected."""
        if not caller.may(Permission.MANAGE_UPSTREAMS):
            return {}
        async with self.database.reading() as connection:
            return await sync_lists.UPSTREAMS.find_by(
                connection, caller.companies, company_ids, "CONNECTED_AT"
            )

    async def runs(
        self, caller: Caller, upstream_ids: Collection[Key], request: PageRequest
    ) -> Mapping[Key, Page[SyncRun]]:
        """Return a page of the runs of each upstream."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await sync_lists.RUNS.pages_by(
                connection, caller.companies, None, request, upstream_ids
            )

    async def count_runs(self, caller: Caller, upstream_ids: Collection[Key]) -> Mapping[Key, int]:
        """Return how many runs of each upstream are listed."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await sync_lists.RUNS.counts_by(connection, caller.companies, None, upstream_ids)

    async def count_read(self, upstream_ids: Collection[Key]) -> Mapping[str, int]:
        """Return of how many people each upstream's time off is read one by one, if of any."""
        async with self.database.reading() as connection:
            return await count_people(connection, [str(each) for each in upstream_ids])

    def seen_within(self, upstream: Upstream, people: int) -> timedelta | None:
        """Return after how long at most a change there is here, as long as all is well.

        ``people``: of how many the time off is read one by one. None: that is not known yet.
        """
        if upstream.api is UpstreamApi.KANTATA_OX:
            return self.rules.rhythm.incremental
        return SweepShares(self.rules.requests_per_hour).seen_within(people) if people else None

    async def drift_repaired(
        self, caller: Caller, upstream_ids: Collection[Key]
    ) -> Mapping[Key, int]:
        """Return how many records of upstreams that the caller has seen had come to differ."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            found = await drift_repaired(connection, list(map(str, upstream_ids)))
        return {each: found.get(str(each), 0) for each in upstream_ids}

    async def progress(
        self, caller: Caller, upstream_ids: Collection[Key]
    ) -> Mapping[Key, RunProgress]:
        """Return how far the whole passes are that are under way, of upstreams that were seen."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        found = dict[Key, RunProgress]()
        for each in upstream_ids:
            _, progress = await progress_of(self.database, str(each), self.clock().date())
            if progress is not None:
                found[each] = progress
        return found

    def lag(self, waiting: Waiting) -> timedelta | None:
        """Return for how long the oldest that is to be written has waited; None: nothing is."""
        if waiting.oldest_at is None:
            return None
        return max(self.clock() - waiting.oldest_at, timedelta(0))

    async def problem_counts(
        self, caller: Caller, upstream_ids: Collection[Key]
    ) -> Mapping[Key, int]:
        """Return how many records of each upstream cannot be taken in."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            return await sync_lists.PROBLEMS.counts_by(
                connection, caller.companies, ALL_PROBLEMS, upstream_ids
            )

    async def deliveries(
        self, places: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Delivery]:
        """Return what waits to be written of records that the caller has seen.

        Each is asked for by its company and its key. What has just changed waits already, also
        where the outbox has not taken notice of it yet.
        """
        async with self.database.reading() as connection:
            waiting = await outbox.deliveries_of_companies(connection, places)
            news = await with_news(connection, places)
        found = {place: newer(waiting.get(place), news.get(place)) for place in places}
        return {place: each for place, each in found.items() if each is not None}

    async def waiting(self, caller: Caller, upstream_ids: Collection[Key]) -> Mapping[Key, Waiting]:
        """Return what waits of each upstream that the caller has seen."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        async with self.database.reading() as connection:
            found = await waiting_with_news(connection, list(map(str, upstream_ids)))
        return {each: found.get(str(each), Waiting()) for each in upstream_ids}

    async def count_outside(self, caller: Caller, upstream: Upstream) -> int:
        """Return how many days wait until the window has reached them."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        code = DeliveryCode.OUTSIDE_WINDOW.value
        async with self.database.reading() as connection:
            return await outbox.count_deliveries(connection, upstream.id, code)

    async def sides(
        self, caller: Caller, places: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sides]:
        """Return what both have, by upstream and key; of the upstreams' companies."""
        caller.require(Permission.MANAGE_UPSTREAMS)
        caller.require(Permission.READ_TIME_OFF)
        keys_of: dict[str, list[str]] = defaultdict(list)
        for upstream_id, key in places:
            keys_of[upstream_id].append(key)
        found = dict[tuple[str, str], Sides]()
        async with self.database.reading() as connection:
            upstreams = await sync_lists.UPSTREAMS.find_many(
                connection, caller.companies, list(keys_of)
            )
            for id_, upstream in upstreams.items():
                keys = keys_of[str(id_)]
                here = await here_of(connection, upstream.company_id, keys)
                there = await bases(connection, str(id_), keys)
                for key in keys:
                    mine, base = here.get(key), there.get(key)
                    found[str(id_), key] = Sides(
                        None if mine is None else mine.content,
                        None if base is None else base.content,
                    )
        return {place: found.get(place, Sides(None, None)) for place in places}

    async def remote_ids(self, keys: Collection[Key]) -> Mapping[str, str]:
        """Return the vendors' ids of records that the caller has seen, as texts by text."""
        async with self.database.reading() as connection:
            return await sync_lists.remote_ids(connection, [str(each) for each in keys])
