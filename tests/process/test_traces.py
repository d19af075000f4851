"""Requests as OpenTelemetry has them: what a real server sends to a collector."""

import time

import httpx
import pytest

from tests import builders
from tests.server import serving

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra otel")

from tests.otlp import collecting

pytestmark = pytest.mark.process

RENAME = """
mutation Rename($companies: [CompanyInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
}
"""
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def attributes(span):
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_request_its_operation_its_statements_and_its_commit(database_url):
    with collecting() as collector:
        environment = {
            "TIMEOFF_TRACES": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        with serving(database_url, environment=environment) as server:
            began = time.time_ns()
            answer = httpx.post(
                f"{server.url}/graphql",
                json={
                    "query": RENAME,
                    "variables": {"companies": [builders.company(name="Sesame")]},
                },
                headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
            )
            httpx.get(f"{server.url}/health/ready")
            assert server.stop() == 0  # what is still to be sent is sent

    assert answer.json()["data"]
    (request,) = (
        each for each in collector.spans if each.trace_id.hex() == TRACE and each.kind == 2
    )
    (operation,) = collector.named("mutation Rename")
    (commit,) = (each for each in collector.named("COMMIT") if each.trace_id == request.trace_id)
    statements = [
        each
        for each in collector.spans
        if each.parent_span_id == operation.span_id and each is not commit
    ]
    assert collector.services == {"timeoff-gateway"}
    assert (request.name, request.parent_span_id.hex()) == ("POST /graphql", PARENT)
    assert attributes(request)["http.response.status_code"] == 200
    assert operation.parent_span_id == request.span_id
    assert attributes(operation)["graphql.operation.name"] == "Rename"
    assert commit.parent_span_id == operation.span_id
    assert {each.name for each in statements} >= {"SELECT", "INSERT"}
    assert all("db.query.text" in attributes(each) for each in statements)
    assert began <= request.start_time_unix_nano
    assert request.end_time_unix_nano <= time.time_ns()
    for outer, inner in [
        (request, operation),
        *((operation, each) for each in (commit, *statements)),
    ]:
        assert outer.start_time_unix_nano <= inner.start_time_unix_nano
        assert inner.end_time_unix_nano <= outer.end_time_unix_nano
    assert "Sesame" not in str(collector.spans)
    assert not [each for each in collector.spans if "health" in each.name]


def test_a_collector_that_is_silent_keeps_nobody_waiting(database_url):
    environment = {
        "TIMEOFF_TRACES": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_BSP_SCHEDULE_DELAY": "10",
    }
    with serving(database_url, environment=environment) as server:
        answer = httpx.post(f"{server.url}/graphql", json={"query": "{ __typename }"})
        assert answer.status_code == 200
        assert server.stop() == 0
