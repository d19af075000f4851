"""Part of the wiring: by what the gateway is watched. Probes, figures, lines, traces."""

import os
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.clock import now
from app.db.connections.database import Database
from app.edge.admission import Admission
from app.edge.durations import Durations
from app.edge.log_lines import RequestLines
from app.edge.observer import Observer
from app.edge.probes import LIVE_PATH, METRICS_PATH, READY_PATH
from app.housekeeping import Chore
from app.settings import Auth, Settings
from app.sync import Sync
from app.web.worker_figures import FOLDER_VARIABLE, WorkerFigures
from app.webhooks import Webhooks
from graphql_schema.execution.deviations import Cause
from graphql_schema.http.operations import Operations
from graphql_schema.http.subscriptions import Subscriptions

if TYPE_CHECKING:
    from app.edge.traces import OtelTraces
    from app.web.metrics import Figures

VERSION: Final = version("timeoff-gateway")
WRITE_FIGURES_EVERY: Final = timedelta(seconds=1)
LOOK_EVERY: Final = timedelta(seconds=2)
"""At the database, for the figures: not every gateway has a load balancer that asks for probes."""


class Watching:
    """What tells of one process, each part of it only where it is asked for."""

    def __init__(self, settings: Settings, graphql_path: str) -> None:
        self._settings = settings
        self._traces = _traces(settings) if settings.traces else None
        self.chores: list[Chore] = []
        self._lines = RequestLines(settings.log_format) if settings.logs_requests else None
        self.observer = self._observer(graphql_path)

    def _observer(self, graphql_path: str) -> Observer | None:
        settings = self._settings
        slow_ms, metrics = settings.slow_operation_ms, settings.metrics
        if not (settings.logs_requests or slow_ms or metrics or self._traces):
            return None
        return Observer(
            graphql_path=graphql_path,
            rest_paths=(f"{settings.kantata_path}/", f"{settings.procore_path}/"),
            root_path=settings.root_path or "",
            lines=self._lines,
            slow_ms=slow_ms,
            durations=Durations() if metrics else None,
            traces=self._traces,
        )

    async def close(self) -> None:
        """Write the lines that are still here, and send the traces."""
        if self._lines is not None:
            self._lines.write()
        if self._traces is not None:
            await self._traces.close()

    def health(self, database: Database, auth: Auth) -> list[BaseRoute]:
        """Return the routes of the probes: whether the process lives, and can do its work."""
        # Who watches the gateway is told that it lets in everybody.
        more = {"auth": "off"} if auth is Auth.OFF else {}

        async def live(_: Request) -> Response:
            return JSONResponse({"status": "ok"})

        async def ready(_: Request) -> Response:
            if not await database.ping():
                return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
            why = database.why_unwritable
            if why is not None and database.was_writable:
                return JSONResponse({"status": "unavailable", "database": why}, 503)
            # One that never could be written to is a replica, which answers queries:
            # docs/scaling.md.
            told = {"status": "ok", "database": why or "ok"}
            if database.replica is not None:
                told["readDatabase"] = database.replica.why_not or "ok"
            return JSONResponse(told | more)

        return [Route(LIVE_PATH, live), Route(READY_PATH, ready)]

    def metrics(
        self,
        database: Database,
        operations: Operations,
        admission: Admission,
        subscriptions: Subscriptions,
        webhooks: Webhooks,
        sync: Sync,
    ) -> list[BaseRoute]:
        """Return the route to the figures of this gateway, if it is asked for."""
        if not self._settings.metrics:
            return []
        from app.web.metrics import WorkersFigures, metrics_route  # noqa: PLC0415 - only who asks

        durations = self.observer.durations if self.observer else None
        sources = _Sources(
            database, operations, admission, subscriptions, webhooks, sync, durations
        )
        place = _place_among_workers()
        workers = WorkersFigures(sources.read, place)
        if place is not None:
            self.chores.append(Chore(WRITE_FIGURES_EVERY, workers.write))
        self.chores.append(Chore(LOOK_EVERY, database.ping))
        build = {"version": VERSION, "database": database.kind}
        return [metrics_route(METRICS_PATH, workers.read, build)]


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where the figures of a process are read."""

    database: Database
    operations: Operations
    admission: Admission
    subscriptions: Subscriptions
    webhooks: Webhooks
    sync: Sync
    durations: Durations | None

    def read(self) -> "Figures":
        """Return how it stands at this moment."""
        from app.web.metrics import Figures  # noqa: PLC0415 - as above

        executions = self.operations.executions
        documents, size = self.operations.cached
        running, waiting = self.admission.load
        sent, read = self.webhooks.figures, self.sync.figures
        in_use, wanted = self.database.connections
        replica = self.database.replica
        return Figures(
            compiled_operations=executions.compiled,
            reference_operations={each.value: executions.by_reference[each] for each in Cause},
            known_documents=executions.known_documents,
            new_documents=executions.new_documents,
            cached_documents=documents,
            cached_bytes=size,
            running_requests=running,
            waiting_requests=waiting,
            writing_requests=self.admission.writes.load[0],
            refused_requests=self.admission.refused,
            subscriptions=self.subscriptions.count,
            subscription_events=self.subscriptions.events_sent,
            webhook_deliveries=sent.deliveries,
            webhooks=sent.webhooks,
            webhook_lag=sent.furthest_behind,
            sync_requests=read.requests,
            sync_upstreams=read.by_state,
            sync_full_read_ages=read.last_full_read(now()),
            sync_problems=read.problems,
            sync_deliveries=read.deliveries,
            sync_oldest_pending_ages=read.oldest_pending(now()),
            sync_conflicts=read.conflicts,
            sync_flow_problems=read.flow_problems,
            sync_flow_lags=read.flow_lags,
            durations=self.durations.now if self.durations else (),
            connections_in_use=in_use,
            connections_wanted=wanted,
            is_database_lost=self.database.is_unreachable,
            is_database_writable=self.database.why_unwritable is None,
            is_replica_read=None if replica is None else replica.why_not is None,
            replica_reads={} if replica is None else dict(replica.reads),
        )


def _traces(settings: Settings) -> "OtelTraces":
    from app.edge.traces import OtelTraces  # noqa: PLC0415 - only who asks has it

    is_sqlite = settings.database_url.startswith("sqlite")
    return OtelTraces(VERSION, "sqlite" if is_sqlite else "postgresql")


def _place_among_workers() -> WorkerFigures | None:
    """Return this process's place, if it is one of several."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return WorkerFigures(Path(folder)) if folder else None
