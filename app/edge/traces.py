"""Traces by OpenTelemetry: a span for each request, its operation, its statements and commits.

They are made when the request has ended, of what was noted of it, so that nothing is made while
it runs. Where to they go, and how many of them, the variables ``OTEL_…`` of the specification say
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
"""

import asyncio
import os
import time
from collections.abc import Sequence
from threading import Thread
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    SpanKind,
    Status,
    StatusCode,
    format_trace_id,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.observed import Observed, Step

CLOSING_SECONDS: Final = 2.0
"""For what is still to be sent at the end; a collector that is silent is not waited for."""

MOST_TEXT_CHARACTERS: Final = 2_000
_CARRIED: Final = {b"traceparent", b"tracestate"}
_OWN_FAULT: Final = 500


class OtelTraces:
    """Makes the spans of requests, and hands them to what sends them in the background."""

    def __init__(self, version: str, database: str) -> None:
        own = {SERVICE_VERSION: version}
        if "OTEL_SERVICE_NAME" not in os.environ:
            own[SERVICE_NAME] = "timeoff-gateway"
        self._database = database
        self._provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("timeoff-gateway", version)
        self._propagator = TraceContextTextMapPropagator()

    def tell(self, observed: Observed, name: str, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """Tell a request that has ended just now, and its steps; return the id of its trace.

        It is a part of the caller's trace, if its headers name one (W3C Trace Context).
        """
        carried = {
            str(key, "latin-1"): str(value, "latin-1") for key, value in headers if key in _CARRIED
        }
        # From the moments of perf_counter to nanoseconds since 1970.
        ahead = time.time_ns() - time.perf_counter_ns()
        ended = time.time_ns()
        span = self._tracer.start_span(
            name,
            self._propagator.extract(carried, Context()),
            SpanKind.SERVER,
            {"http.response.status_code": int(observed.status)},
            start_time=_nanoseconds(observed.began) + ahead,
        )
        if observed.status >= _OWN_FAULT:
            span.set_status(Status(StatusCode.ERROR))
        if span.is_recording():
            self._tell_steps(observed, set_span_in_context(span, Context()), ahead)
        span.end(ended)
        return str(format_trace_id(span.get_span_context().trace_id))

    async def close(self) -> None:
        """Send what is still here, for CLOSING_SECONDS at most."""
        milliseconds = int(CLOSING_SECONDS * 1000)
        # A daemon, for whose end the process does not wait.
        sending = Thread(target=self._provider.force_flush, args=(milliseconds,), daemon=True)
        sending.start()
        await asyncio.to_thread(sending.join, CLOSING_SECONDS)

    def _tell_steps(self, observed: Observed, within: Context, ahead: int) -> None:
        steps = observed.steps or []
        operation = next((each for each in steps if each.doing == "operation"), None)
        inside = within
        if operation is not None and observed.asked is not None:
            kind, name, document = observed.asked
            span = self._tracer.start_span(
                " ".join(filter(None, (kind, name))),
                within,
                attributes={
                    "graphql.operation.type": kind,
                    "graphql.operation.name": name or "",
                    "timeoff.document": document,
                },
                start_time=_nanoseconds(operation.began) + ahead,
            )
            inside = set_span_in_context(span, Context())
            span.end(_nanoseconds(operation.ended) + ahead)
        for step in steps:
            if step is not operation:
                is_of_it = operation is not None and operation.began <= step.began
                self._tell_step(step, inside if is_of_it else within, ahead)

    def _tell_step(self, step: Step, within: Context, ahead: int) -> None:
        text = step.text[:MOST_TEXT_CHARACTERS]
        span = self._tracer.start_span(
            text.split(maxsplit=1)[0].upper() if text.strip() else step.doing,
            within,
            SpanKind.CLIENT,
            {"db.system.name": self._database, "db.query.text": text},
            start_time=_nanoseconds(step.began) + ahead,
        )
        span.end(_nanoseconds(step.ended) + ahead)


def _nanoseconds(moment: float) -> int:
    return int(moment * 1e9)
