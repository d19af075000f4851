"""Part of the wiring: what reads and writes connected systems, and carries, beside requests."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from random import random
from typing import Final

from app.clock import now
from app.db.connections.database import Database
from app.domain.sync.addresses import VendorHosts
from app.domain.sync.runs import RunKind, RunState, SyncRun
from app.domain.sync.upstreams import Upstream
from app.faults import log_fault
from app.housekeeping import GRACE
from app.services.access.events import AccessEvents
from app.services.changes import ChangeFeed
from app.services.directory.service import DirectoryService
from app.services.mirror.service import MirrorService
from app.services.sync.delivery_outcomes import Delivering
from app.services.sync.directory import TakeInDirectory
from app.services.sync.driver import Driver
from app.services.sync.figures import SyncFigures
from app.services.sync.flow_service import FlowService
from app.services.sync.flows import Flows
from app.services.sync.keys import FILE_SUFFIX, SyncKeys
from app.services.sync.outbox import Outbox
from app.services.sync.passes import Passes
from app.services.sync.rules import SyncRules
from app.services.sync.sealing import Seal
from app.services.sync.service import UpstreamService
from app.services.sync.take_in import TakeIn
from app.vendors.client import Asked
from app.vendors.opening import OpenedVendors
from app.vendors.pace import Paces

OFTEN: Final = {RunKind.INCREMENTAL, RunKind.SURVEY, RunKind.SWEEP}
_DONE: Final = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}
_log: Final = logging.getLogger(__name__)


class Sync:
    """The connected systems of one process: the service for requests, the driver beside them."""

    def __init__(
        self,
        database: Database,
        directory: DirectoryService,
        events: AccessEvents,
        rules: SyncRules,
        *,
        logs: bool = True,
    ) -> None:
        """``logs``: whether runs, and requests that failed, have a line each."""
        self.figures, self._logs = SyncFigures(), logs
        file = database.file
        beside = None if file is None else file.with_name(file.name + FILE_SUFFIX)
        self.keys = SyncKeys(rules.keys, beside, file)
        self.seal = Seal(self.keys)
        self.vendors = OpenedVendors(self._asked, turns_of=Paces(rules.requests_per_hour, now).of)
        self.passes = Passes(
            database,
            TakeIn(database, now),
            TakeInDirectory(database, directory),
            rules.rhythm,
            now,
            random,
            log_fault,
            self._read,
            rules.requests_per_hour,
            rules.settles,
            self._delivered,
        )
        woken, hosts = asyncio.Event(), VendorHosts(rules.hosts)
        self.service = UpstreamService(
            database, now, self.vendors, hosts, self.seal, events, woken.set
        )
        self.outbox = Outbox(database, now, events, woken.set)
        to_carry = asyncio.Event()
        self.flows = FlowService(database, now, events, to_carry.set)
        self._carrier = Flows(
            database, ChangeFeed(database), MirrorService(database, now), now, to_carry, log_fault
        )
        self._driver = Driver(
            database, self.passes, self.vendors, self.seal, woken, log_fault, self.figures
        )

    @asynccontextmanager
    async def driving(self) -> AsyncIterator[None]:
        """Read the connected systems, and carry, until the block is left.

        Each is done by one process of all that share the database.
        """
        stopping = asyncio.Event()
        tasks = [asyncio.create_task(each.run(stopping)) for each in (self._driver, self._carrier)]
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait(tasks, timeout=GRACE.total_seconds())
            for each in tasks:
                each.cancel()  # a database that is silent is not waited for
            await asyncio.wait(tasks)

    def _asked(self, upstream: Upstream, asked: Asked) -> None:
        """Count a request, and log one that failed: never what was asked about, or answered."""
        self.figures.asked(upstream, asked.status)
        if self._logs and asked.status not in _DONE:
            status = asked.status or "no answer"
            line = "upstream %s: %s %s: %s, %.1f s"
            _log.warning(line, upstream.id, asked.method, asked.path, status, asked.seconds)

    def _read(self, run: SyncRun) -> None:
        """Log a run; one that brought nothing, as most do, only where everything is logged."""
        if not self._logs:
            return
        counts = run.counts
        has_news = counts.created or counts.updated or counts.deleted
        is_usual = run.kind in OFTEN and run.state is RunState.SUCCEEDED
        _log.log(
            logging.DEBUG if is_usual and not has_news else logging.INFO,
            "upstream %s: %s %s: %d requests, %d read, %d created, %d updated, %d deleted, %.1f s",
            run.upstream_id,
            run.kind.value,
            run.state.value,
            counts.requests,
            counts.read,
            counts.created,
            counts.updated,
            counts.deleted,
            ((run.ended_at or run.started_at) - run.started_at).total_seconds(),
        )

    def _delivered(self, delivering: Delivering) -> None:
        """Log a look at what is to be written, where anything was."""
        if not self._logs:
            return
        _log.log(
            logging.INFO if delivering.has_news else logging.DEBUG,
            "upstream %s: DELIVERIES: %d looked at, %d written, %d refused, %d failed, %.1f s",
            delivering.upstream_id,
            delivering.looked_at,
            delivering.written,
            delivering.refused,
            delivering.failed,
            delivering.seconds,
        )
