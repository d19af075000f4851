"""What the worker processes have done and have to do: `GET /metrics`, for Prometheus.

The counts are read when somebody asks; a request does no more for them than to be timed.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from operator import itemgetter
from typing import Any, Final, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.edge.durations import BOUNDS
from app.web.worker_figures import WorkerFigures

# One form for all, whatever Accept says: every name is plain, and every Prometheus reads it.
HEADERS: Final = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted since the process started, and how it stands at this moment."""

    compiled_operations: int
    reference_operations: Mapping[str, int]
    """By the cause for which graphql-core answered them; each cause, also those not met."""
    known_documents: int
    new_documents: int
    cached_documents: int
    cached_bytes: int
    running_requests: int
    waiting_requests: int
    writing_requests: int
    refused_requests: int
    subscriptions: int
    subscription_events: int
    webhook_deliveries: Mapping[str, int]
    """By what became of each."""
    webhooks: Mapping[str, int]
    """By status; none but in the process that sends their messages."""
    webhook_lag: int
    sync_requests: Mapping[str, Mapping[str, int]]
    """Asked of vendors, by system and what became of each."""
    sync_upstreams: Mapping[str, Mapping[str, int]]
    """By system and state; none but in the process that drives, as with what follows."""
    sync_full_read_ages: Mapping[str, float]
    """By system: seconds since the one that was wholly read longest ago was."""
    sync_problems: Mapping[str, int]
    """By system: records that cannot be taken in."""
    sync_deliveries: Mapping[str, Mapping[str, int]]
    """By system and state: days that are to be written there."""
    sync_oldest_pending_ages: Mapping[str, float]
    """By system: seconds since the oldest of them that needs nobody was wanted."""
    sync_conflicts: Mapping[str, int]
    """By system: those that are not decided."""
    sync_flow_problems: Mapping[str, int]
    """By flow: records that could not be carried."""
    sync_flow_lags: Mapping[str, int]
    """By flow: changes that are not carried yet, of the company with most."""
    durations: Sequence[tuple[str, int, list[int], float]]
    """By kind and status: the requests of each bucket, and the seconds of all."""
    connections_in_use: int
    connections_wanted: int
    """Those who wait for a connection, or for their turn to write."""
    is_database_lost: bool
    is_database_writable: bool
    is_replica_read: bool | None
    """Whether queries are read from a replica now; None where there is none."""
    replica_reads: Mapping[str, int]
    """Transactions of queries by where they were read; nothing without a replica."""


Value = TypeVar("Value")
Read = Callable[[], Figures]
ByWorker = list[tuple[int, int, Figures]]
"""Of each worker its place, its process and its figures."""


class WorkersFigures:
    """The figures of this process, and of its fellow workers if it has some."""

    def __init__(self, read: Read, workers: WorkerFigures | None) -> None:
        self._read = read
        self._workers = workers

    async def write(self) -> None:
        """Leave this process's figures for whichever worker is scraped."""
        if self._workers is not None:
            self._workers.write(asdict(self._read()))

    def read(self) -> tuple[Figures, ByWorker]:
        """Return what this process has done, and the same of all workers, itself included.

        The latter is empty where there is only one.
        """
        mine = self._read()
        if self._workers is None:
            return mine, []
        others = [
            (place, int(figures["pid"]), Figures(**_without_pid(figures)))
            for place, figures in self._workers.others()
        ]
        return mine, sorted([(self._workers.place, os.getpid(), mine), *others], key=itemgetter(0))


def _without_pid(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name != "pid"}


def metrics_route(
    path: str, read: Callable[[], tuple[Figures, ByWorker]], build: Mapping[str, str]
) -> BaseRoute:
    """Return the route, which reads the figures whenever it is asked."""
    registry = CollectorRegistry()  # not the library's own, which the whole process would share
    registry.register(_GatewayCollector(read, build))

    async def answer(_: Request) -> Response:
        return Response(generate_latest(registry), headers=HEADERS)

    return Route(path, answer)


class _GatewayCollector(Collector):
    """Says the figures in Prometheus' words. No label has a value that a client chose.

    Of several workers each has its own series, with its place as ``worker``: one that died and
    was replaced begins anew in its series, and no other.
    """

    def __init__(
        self, read: Callable[[], tuple[Figures, ByWorker]], build: Mapping[str, str]
    ) -> None:
        self._read = read
        self._build = build

    def collect(self) -> Iterator[Metric]:
        """Yield each metric with its value of now."""
        mine, by_worker = self._read()
        built = GaugeMetricFamily(
            "timeoff_build_info", "What runs here; always 1.", labels=list(self._build)
        )
        built.add_metric(list(self._build.values()), 1)
        yield built
        if not by_worker:
            yield from _process(os.getpid())
            yield from _of_process(mine)
            return
        merged: dict[str, Metric] = {}
        for place, pid, figures in by_worker:
            for family in (*_process(pid), *_of_process(figures)):
                _add(merged, family, str(place))
        yield from merged.values()


def _process(pid: int) -> Iterable[Metric]:
    """Return what the system knows of a process."""
    return ProcessCollector(pid=lambda: pid, registry=None).collect()


def _add(merged: dict[str, Metric], family: Metric, worker: str) -> None:
    """Add a worker's series to those of the others."""
    into = merged.setdefault(family.name, Metric(family.name, family.documentation, family.type))
    into.samples += [
        each._replace(labels={**each.labels, "worker": worker}) for each in family.samples
    ]


def _of_process(now: Figures) -> Iterator[Metric]:
    """Yield what one process has done and has to do."""
    yield _counter(
        "timeoff_operations",
        "GraphQL operations answered, by the compiled function or by graphql-core.",
        "execution",
        {
            "compiled": now.compiled_operations,
            "reference": sum(now.reference_operations.values()),
        },
    )
    yield _counter(
        "timeoff_deviations",
        "GraphQL operations that graphql-core answered, by why no compiled function did.",
        "cause",
        now.reference_operations,
    )
    yield _counter(
        "timeoff_document_lookups",
        "GraphQL documents looked for among those kept ready, refused ones included.",
        "result",
        {"hit": now.known_documents, "miss": now.new_documents},
    )
    for name, meaning, value in (
        ("cached_documents", "Documents kept ready.", now.cached_documents),
        ("cached_document_bytes", "Bytes of their texts.", now.cached_bytes),
        ("requests_running", "Requests being worked on.", now.running_requests),
        ("requests_writing", "Of those, such as write or wait to.", now.writing_requests),
        ("requests_waiting", "Requests waiting for a place to run.", now.waiting_requests),
        ("subscriptions", "Subscriptions under way.", now.subscriptions),
        ("database_connections", "Connections in use.", now.connections_in_use),
        ("database_waiting", "Those who wait for one, or to write.", now.connections_wanted),
        ("database_up", "1 if it answered when last asked.", not now.is_database_lost),
        ("database_writable", "1 if it can be written to.", now.is_database_writable),
    ):
        yield GaugeMetricFamily(f"timeoff_{name}", meaning, value)
    yield CounterMetricFamily(
        "timeoff_requests_refused",
        "Requests answered 503 because all places were taken.",
        now.refused_requests,
    )
    yield CounterMetricFamily(
        "timeoff_subscription_events",
        "Events sent to subscribers.",
        now.subscription_events,
    )
    yield from _of_replica(now)
    yield _durations(now)
    yield from _of_webhooks(now)
    yield from _of_sync(now)


def _of_replica(now: Figures) -> Iterator[Metric]:
    """Yield what is known of the replica, where there is one."""
    if now.is_replica_read is not None:
        yield GaugeMetricFamily(
            "timeoff_read_database_used", "1 if queries are read there.", now.is_replica_read
        )
        yield _counter(
            "timeoff_query_reads",
            "Transactions of queries, by the server that they were read from.",
            "server",
            now.replica_reads,
        )


def _durations(now: Figures) -> Metric:
    """Return the histogram of requests, for which each bucket counts those before it as well."""
    family = HistogramMetricFamily(
        "timeoff_request_duration_seconds",
        "Requests and operations of WebSockets answered, by how long they took.",
        labels=["kind", "status"],
    )
    for kind, status, counts, seconds in now.durations:
        ends = [*map(str, BOUNDS), "+Inf"]
        buckets = list(zip(ends, accumulate(counts), strict=True))
        family.add_metric([kind, str(status)], buckets, seconds)
    return family


def _of_webhooks(now: Figures) -> Iterator[Metric]:
    """Yield what is known of webhooks."""
    yield _counter(
        "timeoff_webhook_deliveries",
        "Attempts to deliver a message of a webhook, by what became of each.",
        "outcome",
        _lowered(now.webhook_deliveries),
    )
    webhooks = GaugeMetricFamily(
        "timeoff_webhooks", "Webhooks, in the process that sends.", labels=["status"]
    )
    for status, count in _lowered(now.webhooks).items():
        webhooks.add_metric([status], count)
    yield webhooks
    yield GaugeMetricFamily(
        "timeoff_webhook_lag_changes",
        "Changes that the webhook which is furthest behind has not passed.",
        now.webhook_lag,
    )


def _of_sync(now: Figures) -> Iterator[Metric]:
    """Yield what is known of connected systems."""
    requests = CounterMetricFamily(
        "timeoff_sync_requests",
        "Requests to connected systems, by what became of each.",
        labels=["system", "outcome"],
    )
    upstreams = GaugeMetricFamily(
        "timeoff_sync_upstreams",
        "Connected systems, in the process that reads them.",
        labels=["system", "state"],
    )
    deliveries = GaugeMetricFamily(
        "timeoff_sync_deliveries",
        "Days that are to be written to connected systems.",
        labels=["system", "state"],
    )
    for family, values in (
        (requests, now.sync_requests),
        (upstreams, now.sync_upstreams),
        (deliveries, now.sync_deliveries),
    ):
        for system, counts in _lowered(values).items():
            for name, count in _lowered(counts).items():
                family.add_metric([system, name], count)
        yield family
    for name, label, meaning, values_of in (
        (
            "last_full_read_seconds",
            "system",
            "Since the one that was wholly read longest ago was.",
            now.sync_full_read_ages,
        ),
        ("problems", "system", "Records that cannot be taken in.", now.sync_problems),
        (
            "oldest_pending_seconds",
            "system",
            "Since the oldest day that is to be written, and needs nobody, was wanted.",
            now.sync_oldest_pending_ages,
        ),
        ("conflicts_open", "system", "Conflicts that are not decided.", now.sync_conflicts),
        ("flow_problems", "flow", "Records that could not be carried.", now.sync_flow_problems),
        ("flow_lag_changes", "flow", "Changes that are not carried yet.", now.sync_flow_lags),
    ):
        gauge = GaugeMetricFamily(f"timeoff_sync_{name}", meaning, labels=[label])
        for value, number in _lowered(values_of).items():
            gauge.add_metric([value], number)
        yield gauge


def _counter(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _lowered(values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return the values by the names of an enum as other labels are written."""
    return {name.lower(): count for name, count in values.items()}
