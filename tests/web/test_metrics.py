"""What a real server tells Prometheus, read by the reader of Prometheus' own library."""

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import make_url
from websockets.asyncio.client import connect

from app.edge.refusals import SECURITY_HEADERS
from app.web.worker_figures import WorkerFigures
from tests import builders
from tests.edge.wire import graphql, head, wire
from tests.graphql_http.clients import PROTOCOL
from tests.server import clean_environment, serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

DOCS = Path(__file__).parents[2] / "docs"
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
    "gone",
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
    ask(server, RENAME, companies=[builders.company(name="Other")])
    ask(server, "query Other { other: __typename }")
    httpx.get(f"{server.url}/other")
    before = set(scrape(server))

    for _ in range(2):
        ask(server, RENAME, companies=[builders.company(name="Sesame")])
        ask(server, "query Sesame { sesame: __typename }")
    httpx.get(f"{server.url}/sesame")

    assert set(scrape(server)) == before
    assert "sesame" not in httpx.get(f"{server.url}/metrics").text.lower()


def timed(server):
    """How many requests of each kind and status were timed, and the seconds of all."""
    found = scrape(server)
    counts = {
        (labels["kind"], labels["status"]): value
        for (name, labels), value in ((unlabelled(each), found[each]) for each in found)
        if name == "timeoff_request_duration_seconds_count"
    }
    return Counter(counts)


def unlabelled(series):
    return series.name, dict(series.labels)


def test_requests_are_timed_by_kind_and_status(server):
    before = timed(server)

    ask(server, COMPILED)
    ask(server, RENAME, companies=[builders.company()])
    ask(server, "{ nothing }")
    httpx.get(f"{server.url}/kantata/api/v1/time_off_entries.json").raise_for_status()
    httpx.get(f"{server.url}/nothing")
    httpx.get(f"{server.url}/health/ready")
    asyncio.run(ask_by_socket(server, COMPILED))

    until(lambda: len(timed(server) - before) > 4)
    assert timed(server) - before == {
        ("query", "200"): 2,
        ("mutation", "200"): 1,
        ("graphql", "200"): 1,
        ("rest", "200"): 1,
        ("page", "404"): 1,
    }


async def ask_by_socket(server, query):
    url = f"{server.url.replace('http:', 'ws:')}/graphql"
    async with connect(url, subprotocols=[PROTOCOL]) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
        assert json.loads(await socket.recv())["type"] == "next"
        assert json.loads(await socket.recv())["type"] == "complete"


def test_the_buckets_of_the_histogram_hold_all_requests(server):
    ask(server, COMPILED)
    found = {
        dict(each.labels)["le"]: count
        for each, count in scrape(server).items()
        if each.name == "timeoff_request_duration_seconds_bucket"
        and dict(each.labels)["kind"] == "query"
    }

    ends = sorted(found, key=float)
    assert [found[each] for each in ends] == sorted(found.values())
    assert found["+Inf"] == timed(server)["query", "200"]


def test_it_says_what_runs_and_that_its_database_can_be_used(server):
    found = scrape(server)

    assert value(found, "build_info", version=version("timeoff-gateway"), database="sqlite") == 1
    assert value(found, "database_up") == value(found, "database_writable") == 1
    assert value(found, "database_waiting") == 0


def test_every_metric_is_in_the_guide_and_those_of_the_dashboard_are_there(server):
    ask(server, COMPILED)
    text = httpx.get(f"{server.url}/metrics").text
    # Of connected systems there is nothing yet but the names.
    there = {each.name for each in scrape(server)} | {
        *re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    }
    named = re.compile(r"(?:timeoff|process)_[a-z_]*[a-z]")
    guide = set(named.findall((DOCS / "metrics.md").read_text("utf-8")))
    board = json.loads((DOCS / "grafana-dashboard.json").read_text("utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in named.findall(target["expr"])
    }

    of_histogram = {f"timeoff_request_duration_seconds_{end}" for end in ("bucket", "count", "sum")}
    ours = {name for name in there if name.startswith("timeoff_")} - of_histogram
    assert ours | {"timeoff_request_duration_seconds"} <= guide
    assert len(asked) > 15
    assert asked <= there


def by_worker(server):
    """The compiled operations of each worker, whichever is asked."""
    return {
        dict(each.labels)["worker"]: count
        for each, count in scrape(server).items()
        if each.name == "timeoff_operations_total" and ("execution", "compiled") in each.labels
    }


def test_whichever_worker_is_asked_tells_the_figures_of_all(database_url):
    with serving(database_url, "--workers", "2", environment=ON) as server:
        until(lambda: by_worker(server).keys() == {"0", "1"})
        for _ in range(40):
            ask(server, COMPILED).raise_for_status()
        # What another one has done is told a second later at most.
        until(lambda: all(sum(by_worker(server).values()) == 40 for _ in range(10)))


def test_a_worker_takes_the_place_of_one_that_died_and_begins_anew_in_it(tmp_path):
    first, second = WorkerFigures(tmp_path), WorkerFigures(tmp_path)
    for each in (first, second):
        each.write({"count": each.place})
    assert list(first.others()) == [(1, {"pid": os.getpid(), "count": 1})]
    assert [place for place, _ in second.others()] == [0]

    first.close()
    assert list(second.others()) == []
    third = WorkerFigures(tmp_path)
    assert (third.place, list(second.others())) == (0, [])
    third.write({"count": 7})
    assert list(second.others()) == [(0, {"pid": os.getpid(), "count": 7})]
    second.close()
    third.close()


def test_whoever_is_scraped_meanwhile_a_new_worker_takes_the_first_free_place(tmp_path):
    scraped = WorkerFigures(tmp_path)
    WorkerFigures(tmp_path).close()
    (tmp_path / "1.json").write_text("{}")
    ended = threading.Event()

    def scrape_on():
        while not ended.is_set():
            list(scraped.others())

    scraping = threading.Thread(target=scrape_on)
    scraping.start()
    try:
        places = []
        for _ in range(300):
            (tmp_path / "1.json").write_text("{}")
            new = WorkerFigures(tmp_path)
            places.append(new.place)
            new.close()
    finally:
        ended.set()
        scraping.join()
        scraped.close()
    assert set(places) == {1}


def test_the_process_is_the_server(server):
    found = scrape(server)

    started = found[Series("process_start_time_seconds", frozenset())]
    assert time.time() - 3600 < started < time.time() + 1
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
        assert value(scrape(server), "database_connections") == 1
        waits = clients.submit(ask, server, RENAME, companies=[builders.company()])
        until(lambda: requests(server) == (1, 1, 0))

        refused = ask(server, RENAME, companies=[builders.company()])

        assert refused.status_code == 503
        assert requests(server) == (1, 1, 1)
        other.rollback()
        assert [each.result().status_code for each in (runs, waits)] == [200, 200]
        assert requests(server) == (0, 0, 1)


def until(is_so):
    deadline = time.monotonic() + 60
    while not (found := is_so()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


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
