"""What a real server tells Prometheus, read by the reader of Prometheus' own library."""

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import NamedTuple

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import make_url

from app.edge.refusals import SECURITY_HEADERS
from tests import builders
from tests.edge.wire import graphql, head, wire
from tests.server import clean_environment, serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

ON = {"TIMEOFF_METRICS": "true"}
COMPILED = "{ companies { totalCount } }"
BY_REFERENCE = "{ __schema { queryType { name } } }"
RENAME = """
mutation Rename($companies: [CompanyInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
}
"""


class Series(NamedTuple):
    name: str
    labels: frozenset[tuple[str, str]]


def scrape(server):
    """Every series of the server's answer, with its value."""
    text = httpx.get(f"{server.url}/metrics").raise_for_status().text
    return {
        Series(sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found, name, **labels):
    return found[Series(f"timeoff_{name}", frozenset(labels.items()))]


def operations(server):
    found = scrape(server)
    return {
        "compiled": value(found, "operations_total", execution="compiled"),
        "reference": value(found, "operations_total", execution="reference"),
        "hit": value(found, "document_lookups_total", result="hit"),
        "miss": value(found, "document_lookups_total", result="miss"),
        "documents": value(found, "cached_documents"),
        "bytes": value(found, "cached_document_bytes"),
    }


def growth(server, before):
    return {name: now - before[name] for name, now in operations(server).items()}


def requests(server):
    found = scrape(server)
    names = ("running", "waiting", "refused_total")
    return tuple(value(found, f"requests_{name}") for name in names)


def ask(server, query, **variables):
    body = {"query": query, "variables": variables}
    return httpx.post(f"{server.url}/graphql", json=body, timeout=30)


@pytest.fixture(scope="module")
def server(module_database_url):
    with serving(module_database_url, environment=ON) as server:
        yield server


def test_unless_it_is_switched_on_there_is_nothing(database_url):
    with serving(database_url) as server:
        answer = httpx.get(f"{server.url}/metrics")

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_it_is_the_text_format_whatever_is_accepted(server):
    for accepted in ("*/*", "application/openmetrics-text;version=1.0.0", "text/plain;version=x"):
        answer = httpx.get(f"{server.url}/metrics", headers={"Accept": accepted})

        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_operations_are_counted_by_how_they_were_answered(server):
    before = operations(server)

    for _ in range(4):
        ask(server, COMPILED).raise_for_status()
    ask(server, BY_REFERENCE).raise_for_status()

    assert growth(server, before) == {
        "compiled": 4,
        "reference": 1,
        "hit": 3,
        "miss": 2,
        "documents": 2,
        "bytes": len(COMPILED) + len(BY_REFERENCE),
    }


CAUSES = {
    "introspection",
    "directives",
    "size",
    "being_compiled",
    "variables",
    "refused",
    "unavailable",
    "answer",
    "fault",
}


def deviations(server):
    return {
        dict(series.labels)["cause"]: value
        for series, value in scrape(server).items()
        if series.name == "timeoff_deviations_total"
    }


def test_what_graphql_core_answered_is_counted_by_cause(server):
    before = deviations(server)
    assert before.keys() == CAUSES  # also those that were not met

    ask(server, BY_REFERENCE).raise_for_status()
    for first in (501, "1"):
        ask(server, "query ($n: Int) { companies(first: $n) { totalCount } }", n=first)

    after = deviations(server)
    grown = {
        cause: after[cause] - before[cause] for cause in CAUSES if after[cause] != before[cause]
    }
    assert grown == {"introspection": 1, "refused": 1, "variables": 1}
    assert sum(after.values()) == operations(server)["reference"]


def test_a_document_that_cannot_run_is_looked_for_and_not_kept(server):
    before = operations(server)

    for _ in range(2):
        assert "errors" in ask(server, "{ nothing }").json()

    assert growth(server, before) == dict.fromkeys(before, 0) | {"miss": 2}


def test_nothing_of_a_request_is_in_it(server):
    before = set(scrape(server))

    for _ in range(2):
        ask(server, RENAME, companies=[builders.company(name="Sesame")])
        ask(server, "query Sesame { sesame: __typename }")
    httpx.get(f"{server.url}/sesame")

    assert set(scrape(server)) == before
    assert "sesame" not in httpx.get(f"{server.url}/metrics").text.lower()


def test_the_process_is_the_server(server):
    found = scrape(server)

    started = found[Series("process_start_time_seconds", frozenset())]
    assert time.time() - 60 < started < time.time() + 1
    assert found[Series("process_resident_memory_bytes", frozenset())] > 10_000_000
    assert found[Series("process_cpu_seconds_total", frozenset())] > 0


def test_when_all_is_busy_it_still_answers_and_says_so(database_url):
    limits = {
        "TIMEOFF_LIMIT_WRITING": "1",
        "TIMEOFF_LIMIT_WAITING": "1",
        "TIMEOFF_LIMIT_WAIT_SECONDS": "60",
    }
    with (
        serving(database_url, environment=ON | limits) as server,
        closing(sqlite3.connect(str(make_url(database_url).database))) as other,
        ThreadPoolExecutor() as clients,
    ):
        assert requests(server) == (0, 0, 0)
        other.execute("BEGIN IMMEDIATE")  # a mutation waits for this transaction to end
        runs = clients.submit(ask, server, RENAME, companies=[builders.company()])
        until(lambda: requests(server) == (1, 0, 0))
        waits = clients.submit(ask, server, RENAME, companies=[builders.company()])
        until(lambda: requests(server) == (1, 1, 0))

        refused = ask(server, RENAME, companies=[builders.company()])

        assert refused.status_code == 503
        assert requests(server) == (1, 1, 1)
        other.rollback()
        assert [each.result().status_code for each in (runs, waits)] == [200, 200]
        assert requests(server) == (0, 0, 1)


def until(is_so):
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_connection_too_many_still_gets_it(database_url):
    environment = ON | {"TIMEOFF_LIMIT_CONNECTIONS": "2"}
    with serving(database_url, environment=environment) as server, ExitStack() as clients:
        for _ in range(2):
            kept = clients.enter_context(wire(server))
            kept.send(graphql())
            assert kept.answer().status == 200

        with wire(server) as late:
            late.send(head("GET /metrics HTTP/1.1"))

            assert late.answer().status == 200


def test_it_comes_by_our_own_hosts_only(server):
    with wire(server) as client:
        client.send(head("GET /metrics HTTP/1.1", host="evil.example"))

        assert client.answer().status == 421


MAKE = """
import sys
from app.main import app_from_environment
app_from_environment()
print("prometheus_client" in sys.modules)
"""


@pytest.mark.parametrize("metrics", ["true", "false"])
def test_only_where_it_is_on_its_library_is_loaded(database_url, metrics):
    environment = {"TIMEOFF_DATABASE_URL": database_url, "TIMEOFF_METRICS": metrics}
    made = subprocess.run(
        [sys.executable, "-c", MAKE],
        env=clean_environment() | environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert made.stdout.strip().lower() == metrics
