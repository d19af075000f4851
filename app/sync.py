"""Part of the wiring: what reads the connected systems, beside the requests."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import random
from typing import Final

from app.clock import now
from app.db.connections.database import Database
from app.domain.sync.addresses import VendorHosts
from app.domain.sync.upstreams import Upstream
from app.faults import log_fault
from app.housekeeping import GRACE
from app.services.access.events import AccessEvents
from app.services.directory.service import DirectoryService
from app.services.sync.directory import TakeInDirectory
from app.services.sync.driver import Driver
from app.services.sync.keys import FILE_SUFFIX, SyncKeys
from app.services.sync.passes import Passes
from app.services.sync.rules import SyncRules
from app.services.sync.sealing import Seal
from app.services.sync.service import UpstreamService
from app.services.sync.take_in import TakeIn
from app.vendors.client import Asked
from app.vendors.opening import OpenedVendors
from app.vendors.pace import Paces

_log: Final = logging.getLogger(__name__)


class Sync:
    """The connected systems of one process: the service for requests, the driver beside them."""

    def __init__(
        self,
        database: Database,
        directory: DirectoryService,
        events: AccessEvents,
        rules: SyncRules,
    ) -> None:
        file = database.file
        beside = None if file is None else file.with_name(file.name + FILE_SUFFIX)
        self.keys = SyncKeys(rules.keys, beside)
        self.seal = Seal(self.keys)
        self.vendors = OpenedVendors(_tell, turns_of=Paces(rules.requests_per_hour, now).of)
        self.passes = Passes(
            database,
            TakeIn(database, now),
            TakeInDirectory(database, directory),
            rules.rhythm,
            now,
            random,
        )
        woken, hosts = asyncio.Event(), VendorHosts(rules.hosts)
        self.service = UpstreamService(
            database, now, self.vendors, hosts, self.seal, events, woken.set
        )
        self._driver = Driver(database, self.passes, self.vendors, self.seal, woken, log_fault)

    @asynccontextmanager
    async def driving(self) -> AsyncIterator[None]:
        """Read the connected systems until the block is left, if it is this process that does."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self._driver.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait([task], timeout=GRACE.total_seconds())
            task.cancel()  # a database that is silent is not waited for
            await asyncio.wait([task])


def _tell(upstream: Upstream, asked: Asked) -> None:
    """Log a request that failed: never what was asked about, or answered."""
    if asked.status != 200:  # noqa: PLR2004
        _log.warning(
            "upstream %s: GET %s: %s, %.1f s",
            upstream.id,
            asked.path,
            asked.status or "no answer",
            asked.seconds,
        )
