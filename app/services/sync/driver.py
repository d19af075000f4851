"""Drives all upstreams: in one process at a time of all that share the database.

Nothing runs where there is no upstream but a look for one, now and then. Upstreams do not wait
for each other: each has a task of its own, which makes one pass after the other.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from time import monotonic
from typing import Final

from app.db.connections.database import Database
from app.db.connections.sole import Sole, Task
from app.db.reading import deliveries as outbox
from app.db.reading import sync as known
from app.db.reading.flow_figures import carrying
from app.db.reading.flows import flows_under_way
from app.db.writing import deliveries as written
from app.db.writing import sync as kept
from app.domain.errors import Unavailable
from app.domain.sync.deliveries import JOURNAL_KEPT
from app.domain.sync.runs import LISTED_FOR
from app.domain.sync.upstreams import Upstream
from app.services.sync.figures import SyncFigures
from app.services.sync.fill_outbox import FillOutbox
from app.services.sync.passes import Passes
from app.services.sync.sealing import Seal, Unsealable
from app.services.sync.vendor import Vendors
from app.services.waits import wait_for_any

LOOK_SECONDS: Final = 1.0
"""How often the process that drives looks what is due."""
IDLE_SECONDS: Final = 5.0
"""How often another one looks whether it is to drive, and one without upstreams for the first."""
COUNT_SECONDS: Final = 15.0
"""How old the counts may be that the figures show: problems, what waits, what is carried."""
LEFT_ALONE_SECONDS: Final = 5.0
"""After a pass that ended by a fault or an outage of the database."""


@dataclass(slots=True)
class Driver:
    """``woken`` is set by whoever has changed an upstream; ``fault`` is told of our mistakes."""

    database: Database
    passes: Passes
    vendors: Vendors
    seal: Seal
    woken: asyncio.Event
    fault: Callable[[Exception], object]
    figures: SyncFigures
    tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    counted_at: float = -inf

    async def run(self, stopping: asyncio.Event) -> None:
        """Drive whenever it is this process that does, until it is to stop."""
        sole = self.database.sole(Task.DRIVING)
        try:
            while not stopping.is_set():
                wait = LEFT_ALONE_SECONDS
                with suppress(Unavailable):
                    wait = await self._look(sole)
                await wait_for_any(wait, self.woken, stopping)
                self.woken.clear()
        finally:
            await self._end()
            await sole.release()

    async def _look(self, sole: Sole) -> float:
        """Start what is due, and return for how long nothing else is to be done."""
        if self.database.is_read_only:  # a replica's primary does so
            return IDLE_SECONDS
        async with self.database.reading() as connection:
            upstreams = await known.upstreams_of(connection, None)
            behind = await known.behind(connection)
        is_needed = any(each.is_at_work or each.is_two_way for each in upstreams)
        if not (is_needed or await self._is_carried()) or not await sole.take():
            await self._end()  # another process may have the lock by now
            self.figures.nothing()
            return IDLE_SECONDS
        for id_ in behind:
            await self._fill(id_)
        async with self.database.reading() as connection:
            told = await outbox.with_deliveries(connection, self.passes.clock())
        await self._count(upstreams)
        self.tasks = {id_: task for id_, task in self.tasks.items() if not task.done()}
        for upstream in upstreams:
            is_due = self.passes.is_due(upstream, has_deliveries=upstream.id in told)
            if upstream.id not in self.tasks and is_due:
                self.tasks[upstream.id] = asyncio.create_task(self._turn(upstream))
        return LOOK_SECONDS if is_needed else IDLE_SECONDS

    async def _is_carried(self) -> bool:
        """Say whether anything is carried between systems: its figures are counted here as well."""
        async with self.database.reading() as connection:
            return bool(await flows_under_way(connection))

    async def _fill(self, upstream_id: str) -> None:
        """Have what has changed wait to be written; whatever is the matter, others go on."""
        try:
            await FillOutbox(self.database).fill(upstream_id)
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - others are driven on
            self.fault(fault)

    async def _count(self, upstreams: Sequence[Upstream]) -> None:
        self.figures.upstreams = upstreams
        if monotonic() - self.counted_at >= COUNT_SECONDS:
            self.counted_at = monotonic()
            async with self.database.reading() as connection:
                self.figures.problems = await known.problems_of_systems(connection)
                self.figures.waiting = await outbox.waiting_of_upstreams(connection)
                self.figures.carrying = await carrying(connection)

    async def _end(self) -> None:
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        self.tasks.clear()

    async def _turn(self, upstream: Upstream) -> None:
        try:
            async with self.database.reading() as connection:
                sealed = await known.sealed_credentials(connection, upstream.id)
            if sealed is None:  # as in a database that was loaded from a dump
                await self.passes.lock_out(upstream)
                return
            credentials = self.seal.open(upstream.id, sealed)
            async with self.vendors.open(upstream, credentials) as vendor:
                revision = upstream.revision
                while await self.passes.turn(upstream, vendor):
                    found = await self._anew(upstream)
                    if found is None or found.revision != revision:
                        return  # it may have other credentials: if it is there, it is opened anew
                    upstream = found
        except Unsealable:
            await self.passes.lock_out(upstream)
        except Unavailable:
            await asyncio.sleep(LEFT_ALONE_SECONDS)
        except Exception as fault:  # noqa: BLE001 - others are driven on
            self.fault(fault)
            await asyncio.sleep(LEFT_ALONE_SECONDS)

    async def _anew(self, upstream: Upstream) -> Upstream | None:
        async with self.database.reading() as connection:
            return await known.find_upstream(connection, None, upstream.id)


async def forget_old_runs(database: Database, now: datetime) -> None:
    """Delete runs and writes that are listed no longer; where there is none, nothing is written."""
    runs_from, writes_from = now - LISTED_FOR, now - JOURNAL_KEPT
    async with database.reading() as connection:
        run = await known.oldest_run_at(connection)
        write = await outbox.oldest_attempt_at(connection)
    has_runs = run is not None and run < runs_from
    if has_runs or (write is not None and write < writes_from):
        async with database.writing() as connection:
            await kept.forget_runs_before(connection, runs_from)
            await written.forget_attempts_before(connection, writes_from)
