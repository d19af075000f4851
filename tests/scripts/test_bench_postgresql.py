"""scripts/bench --postgresql: the same questions, each server in its own words, and whose CPU."""

import json
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse

from app.db.connections.migrate import upgrade
from app.services.sample_data import bench
from scripts.benchmarks import report, sameness
from scripts.benchmarks.databases import Postgres, rows_of
from scripts.benchmarks.load import Questions, Visit
from scripts.benchmarks.postgraphile import POSTGRAPHILE
from scripts.benchmarks.servers import BARE_ALL_ROWS, GATEWAY, running
from scripts.benchmarks.workloads import WORKLOADS, Bodies
from tests.scripts.bench_books import books_of
from tests.scripts.test_bench import free_port, no_progress, python_peers
from tests.scripts.test_scripts import run

PROJECT = Path(__file__).resolve().parents[2]
ENTRIES = 10_000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The large company in a file, of which the bodies are made."""
    path = tmp_path_factory.mktemp("bench") / "data.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    bench.load(f"sqlite+aiosqlite:///{path}", no_progress, ENTRIES)
    return path


@contextmanager
def databases_of_servers(databases, folder):
    """Run the gateway and the peers in Python, each with a copy of the database."""
    with ExitStack() as exits:
        copies = {}
        for peer in (GATEWAY, *python_peers()):
            copy = exits.enter_context(databases.copy(peer.name))
            server = exits.enter_context(running(peer, free_port(), copy, folder))
            server.backend = databases.backend
            copies[server] = copy
        yield copies


@pytest.mark.process
def test_the_peers_answer_and_store_the_same_on_postgresql(data, tmp_path):
    """One test, since the database that it is about takes longer than all it asks."""
    databases = Postgres(ENTRIES)
    try:
        mine = f"SELECT count(*) FROM time_off_entries WHERE company_id = '{bench.COMPANY}'"  # noqa: S608
        assert rows_of(databases.shared, mine) == rows_of(str(data), mine) == [(ENTRIES,)]
        with databases_of_servers(databases, tmp_path) as copies:
            gateway = next(iter(copies))
            before = gateway.backend_seconds()
            for workload in WORKLOADS.values():
                questions = {server: Questions(workload, Bodies(data)) for server in copies}
                assert sameness.compare(questions, copies) >= 5
            assert 0 < before < gateway.backend_seconds()
            of_all_rows = next(each for each in copies if each.peer.name == BARE_ALL_ROWS.name)
            assert books_of(copies[of_all_rows]) == books_of(copies[gateway])
    finally:
        databases.stop()


@pytest.mark.parametrize("name", ["W1", "W2", "W3", "W4", "W4x16", "W5", "W6"])
def test_postgraphile_is_asked_in_its_own_words(data, name):
    plain = islice(Bodies(data).of(WORKLOADS[name]), 3)
    own = islice(Bodies(data, POSTGRAPHILE.wording).of(WORKLOADS[name]), 3)

    for theirs, ours in zip(own, plain, strict=True):
        (operation,) = parse(json.loads(theirs)["query"]).definitions
        assert isinstance(operation, OperationDefinitionNode)
        declared = {each.variable.name.value for each in operation.variable_definitions or ()}
        assert declared == set(json.loads(theirs)["variables"])
        assert json.loads(theirs)["operationName"] == json.loads(ours)["operationName"]


def test_what_postgraphile_has_no_answer_to_it_is_not_asked():
    asked = [name for name in WORKLOADS if POSTGRAPHILE.can_be_asked(name)]

    assert set(WORKLOADS) - set(asked) == {"W7", "W8"}
    assert all(GATEWAY.can_be_asked(name) for name in WORKLOADS)


def test_no_id_that_a_client_of_postgraphile_hands_out_comes_twice(data):
    bodies = islice(Bodies(data, POSTGRAPHILE.wording).of(WORKLOADS["W3"]), 200)
    ids = [entry["rowId"] for body in bodies for entry in json.loads(body)["variables"].values()]

    assert len(ids) == len(set(ids)) == 200 * 100


def visits(cpu_ms, backend_ms):
    return [Visit(100, cpu_ms, 100.0, 1.0, 2.0, backend_ms)]


FOUND = {
    "W1": {
        "gateway": visits(0.5, 0.5),
        "mercurius": visits(0.8, 0.4),
        "postgraphile": visits(0.4, 0.5),
    },
    "W3": {"gateway": visits(4.0, 6.0), "mercurius": visits(3.0, 3.0)},
    "W4x16": {"gateway": visits(1.0, 1.0), "naive": visits(3.0, 1.0)},
}


def test_the_report_says_whose_cpu_it_was():
    text = "\n".join([*report.figures(FOUND), *report.on_postgresql(FOUND)])

    assert "CPU ms  backend ms    1/CPU" in text
    assert "  gateway               0.500       0.500     1000" in text
    assert "W1, the gateway: the backend's share is 0.500 ms (goal: under 0.45 ms, not met)" in text
    assert "W3, the gateway: its own share is 4.000 ms (goal: under 4.5 ms, met)" in text
    assert "W3, the gateway: the backend's share is 6.000 ms (goal: under 5 ms, not met)" in text


def test_servers_are_compared_by_what_they_and_the_backend_took():
    both = report.ratios(FOUND, report.POSTGRESQL_GOALS)
    alone = report.ratios(FOUND, {}, "cpu_ms")

    assert {(each.workload, each.peer): str(each) for each in both} == {
        ("W1", "mercurius"): "1.2 (1: met)",
        ("W1", "postgraphile"): "0.9 (1: not met)",
        ("W3", "mercurius"): "0.6",
        ("W4x16", "naive"): "2 (1: met)",
    }
    assert {(each.workload, each.peer): str(each) for each in alone} == {
        ("W1", "mercurius"): "1.6",
        ("W1", "postgraphile"): "0.8",
        ("W3", "mercurius"): "0.75",
        ("W4x16", "naive"): "3",
    }


@pytest.mark.long
@pytest.mark.node
@pytest.mark.process
def test_the_whole_of_it_on_postgresql(tmp_path):
    found = tmp_path / "found.json"
    few = ("--quick", "--entries", "10000", "--rounds", "1", "--only", "W1,W3,W7")

    ended = run(PROJECT / "scripts" / "bench", "--postgresql", *few, "--json", found, cwd=tmp_path)

    assert ended.returncode == 0, ended.stderr
    peers = {each["peer"] for each in json.loads(found.read_text())["ratios"]}
    assert peers >= {"naive", "bare", "mercurius", "postgraphile"}
