"""What one worker process has done and has to do: `GET /metrics`, for Prometheus.

The counts are read when somebody asks; no request does anything for them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

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


def metrics_route(path: str, read: Callable[[], Figures]) -> BaseRoute:
    """Return the route, which reads the figures whenever it is asked."""
    registry = CollectorRegistry()  # not the library's own, which the whole process would share
    ProcessCollector(registry=registry)
    registry.register(_GatewayCollector(read))

    async def answer(_: Request) -> Response:
        return Response(generate_latest(registry), headers=HEADERS)

    return Route(path, answer)


class _GatewayCollector(Collector):
    """Says the figures in Prometheus' words. No label has a value that a client chose."""

    def __init__(self, read: Callable[[], Figures]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Yield each metric with its value of now."""
        now = self._read()
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
        yield from _of_webhooks(now)


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


def _counter(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _lowered(values: Mapping[str, int]) -> Mapping[str, int]:
    """Return the counts by the names of an enum as other labels are written."""
    return {name.lower(): count for name, count in values.items()}
