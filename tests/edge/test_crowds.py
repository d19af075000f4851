"""Many clients that come back at once: what is answered, what a refusal costs, who is heard."""

import asyncio
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from app.edge.limits import AdmissionLimits
from app.edge.pace import MOST_SECONDS_MADE_UP, RefusalPace
from tests.edge.wire import LIVE, graphql, wire
from tests.server import serving

CLIENTS = Path(__file__).parents[2] / "scripts" / "overload_clients.py"
LIGHT = "{ timeOffEntries(first: 20) { nodes { id hours requestedDate user { id fullName } } } }"
QUICK_FEW = 8
QUICK_MANY = 20 * QUICK_FEW


def cpu_seconds(server):
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def crowd(server, clients, face="http", seconds=3):
    before = cpu_seconds(server)
    ended = subprocess.run(
        [
            *(sys.executable, CLIENTS, server.url, f"--clients={clients}"),
            *(f"--seconds={seconds}", f"--face={face}", f"--query={LIGHT}"),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    seen = json.loads(ended.stdout)
    seen["for its processor time"] = seen["answers"].get("200", {"count": 0})["count"] / (
        cpu_seconds(server) - before
    )
    return seen


def crowd_until(server, answered, clients, face):
    """Have them come for longer where the machine is too slow for each kind of answer."""
    for seconds in (3, 15, 60):
        seen = crowd(server, clients, face, seconds)
        if answered <= set(seen["answers"]):
            break
    return seen


@pytest.mark.parametrize("face", ["http", "socket"])
@pytest.mark.process
@pytest.mark.only_on("sqlite")
def test_quick_clients_that_come_back_at_once_keep_nobody_from_his_answer(
    face, module_database_url
):
    with serving(module_database_url, "--demo") as server:
        crowd(server, QUICK_FEW, face, seconds=0.5)
        few = crowd_until(server, {"200", "live", "ready"}, QUICK_FEW, face)
        many = crowd_until(server, {"200", "503", "live", "ready"}, QUICK_MANY, face)

    answers = many["answers"]
    assert set(few["answers"]) == {"200", "live", "ready"}
    assert set(answers) == {"200", "503", "live", "ready"}
    assert many["without_retry_after"] == 0
    # Some eight tenths and more are measured; a machine with other work takes from them.
    assert many["for its processor time"] > 0.2 * few["for its processor time"]
    # Whoever is let in is answered soon; most of those who are not hear so soon as well.
    assert answers["200"]["p50_ms"] < 40 * few["answers"]["200"]["p50_ms"] + 2_000
    assert answers["503"]["p50_ms"] < 40 * few["answers"]["200"]["p50_ms"] + 2_000
    assert answers["live"]["p50_ms"] < 40 * few["answers"]["200"]["p50_ms"] + 2_000


# The turns of those who were refused


class Turns:
    """A pace on a clock of our own, and who has had a turn."""

    def __init__(self, **limits):
        self.now = 0.0
        self.had = []
        self.spent = 0.0
        self.pace = RefusalPace(
            AdmissionLimits(**limits), lambda: None, lambda: self.now, lambda: self.spent
        )

    def wait(self, count, cost=1):
        for number in range(count):
            self.pace.wait(partial(self.has_turn, number, cost))

    def has_turn(self, number, cost):
        self.had.append(number)
        return cost

    def pass_time(self, seconds, share=0.0):
        self.now += seconds
        self.spent += seconds * share
        self.pace.go_round()


async def test_nobody_has_a_turn_before_the_limit_of_seconds():
    turns = Turns(refused_seconds=0.01, refusals_per_second=1000)
    turns.wait(1)

    turns.pass_time(0.0099)
    assert turns.had == []
    turns.pass_time(0.0001)
    assert turns.had == [0]


@pytest.mark.parametrize("share", [0, 1], ids=["idle", "busy"])
@pytest.mark.parametrize("per_second", [500, 2500])
async def test_as_many_as_the_limit_have_a_turn_in_a_second_and_no_more(per_second, share):
    turns = Turns(refused_seconds=0, refusals_per_second=per_second)
    turns.wait(2 * per_second)

    for _ in range(500):
        turns.pass_time(0.002, share)

    assert abs(len(turns.had) - per_second) <= 1
    assert turns.had == sorted(turns.had)


async def test_a_turn_of_somebody_who_has_sent_nothing_costs_nothing():
    turns = Turns(refused_seconds=0, refusals_per_second=500)
    turns.wait(1000, cost=0)

    turns.pass_time(0.002)

    assert len(turns.had) == 1000


async def test_a_process_that_gets_little_of_the_processor_refuses_fewer():
    turns = Turns(refused_seconds=0, refusals_per_second=1000)
    turns.wait(1000)

    for _ in range(100):
        turns.pass_time(0.01, share=0.4)

    assert abs(len(turns.had) - 400) <= 1


async def test_what_a_long_request_has_held_up_is_made_up_in_part():
    turns = Turns(refused_seconds=0, refusals_per_second=1000)
    turns.wait(1000)

    turns.pass_time(10, share=1)

    assert len(turns.had) == 1000 * MOST_SECONDS_MADE_UP


# On the wire: one request waits for a table, so that all others are refused

TURN_SECONDS = 1.0
TRIES = 5
"""Of what comes at once: one of them does, also where the machine has other work."""
FRIEND = "https://hr.example.com"
WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE datname = current_database() AND NOT granted
"""


@pytest.fixture
async def full_server(database_url):
    """A server with one place, which is taken, and none for those who wait."""
    environment = {
        "TIMEOFF_LIMIT_RUNNING": "1",
        "TIMEOFF_LIMIT_WAITING": "0",
        "TIMEOFF_LIMIT_REFUSED_SECONDS": str(TURN_SECONDS),
        "TIMEOFF_LIMIT_QUERY_SECONDS": "600",
        "TIMEOFF_DATABASE_WAIT_SECONDS": "600",
        "TIMEOFF_CORS_ORIGINS": FRIEND,
        "TIMEOFF_ROOT_PATH": "/hr",
    }
    with serving(database_url, environment=environment) as server:
        server.url = server.url.removesuffix("/hr")
        other = await asyncpg.connect(database_url.replace("+asyncpg", ""))
        try:
            await other.execute("BEGIN")
            await other.execute("LOCK TABLE time_off_entries IN ACCESS EXCLUSIVE MODE")
            with wire(server) as running:
                running.send(graphql(LIGHT))
                while not await other.fetchval(WAITING):  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.02)
                yield server
                await other.execute("ROLLBACK")
                assert running.answer().status == 200
        finally:
            await other.close()


on_postgresql = pytest.mark.only_on("postgresql")


def seconds_to_answer(client):
    began = time.monotonic()
    answer = client.answer()
    return answer, time.monotonic() - began


def at_once(server, request):
    """Return what a new client is answered, before it could have had a turn."""
    for _ in range(TRIES):
        with wire(server) as client:
            client.send(request)
            answer, seconds = seconds_to_answer(client)
        if seconds < TURN_SECONDS / 2:
            return answer
    raise AssertionError(seconds)


@pytest.mark.process
@on_postgresql
async def test_a_refusal_comes_at_once_and_the_next_one_in_its_turn(full_server):
    assert at_once(full_server, graphql()).status == 503
    with wire(full_server) as client:
        for least in (0, TURN_SECONDS * 0.9, TURN_SECONDS * 0.9):
            client.send(graphql())
            answer, seconds = seconds_to_answer(client)

            assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "connection" not in answer.headers
            assert least <= seconds


@pytest.mark.process
@on_postgresql
async def test_whoever_waits_for_his_turn_is_heard_at_once(full_server):
    with wire(full_server) as client:
        client.send(graphql())
        assert client.answer().status == 503
        waited: list[float] = []
        while not waited or (waited[-1] > TURN_SECONDS / 2 and len(waited) < TRIES):
            await asyncio.sleep(TURN_SECONDS + 0.5)
            client.send(graphql())
            answer, seconds = seconds_to_answer(client)
            waited.append(seconds)
            assert answer.status == 503

    assert min(waited) < TURN_SECONDS / 2


@pytest.mark.process
@on_postgresql
async def test_a_probe_is_answered_at_once_also_where_all_is_refused(full_server):
    assert at_once(full_server, LIVE).status == 200


@pytest.mark.process
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("prefix", ["", "/hr"])
def test_probes_are_let_in_first_with_the_proxys_prefix_and_without(module_database_url, prefix):
    none_else = {
        "TIMEOFF_ROOT_PATH": "/hr",
        "TIMEOFF_LIMIT_CONNECTIONS": "1",
        "TIMEOFF_LIMIT_RUNNING": "1",
        "TIMEOFF_LIMIT_WAITING": "0",
    }
    with serving(module_database_url, environment=none_else) as server, ExitStack() as exits:
        server.url = server.url.removesuffix("/hr")
        busy = exits.enter_context(wire(server))
        busy.send(graphql(LIGHT)[:-1])  # the only connection but those for probes
        with wire(server) as client:
            client.send(LIVE.replace(b"/health", f"{prefix}/health".encode()))
            assert client.answer().status == 200
        with wire(server) as client:
            client.send(graphql())
            assert client.answer().status == 503


@pytest.mark.process
@on_postgresql
async def test_a_probe_below_a_proxys_prefix_is_answered_at_once(full_server):
    assert at_once(full_server, LIVE.replace(b"/health", b"/hr/health")).status == 200


@pytest.mark.process
@on_postgresql
async def test_requests_sent_ahead_are_refused_one_after_the_other(full_server):
    with wire(full_server) as client:
        client.send(graphql() + graphql("{ companies { nodes { id } } }") + LIVE)
        answers = [seconds_to_answer(client) for _ in range(3)]

    assert [answer.status for answer, _ in answers] == [503, 503, 200]
    assert answers[1][1] > TURN_SECONDS * 0.9


@pytest.mark.process
@on_postgresql
async def test_a_body_under_way_is_no_request_of_its_own(full_server):
    request = graphql("{ __typename }")
    with wire(full_server) as client:
        client.send(request[:-5])
        assert client.answer().status == 503
        client.send(request[-5:] + LIVE)

        assert client.answer().status == 200


@pytest.mark.process
@on_postgresql
async def test_a_client_that_wants_no_other_answer_gets_one_and_is_closed(full_server):
    with wire(full_server) as client:
        client.send(graphql("{ __typename }", "Connection: close"))
        answer = client.answer()

        assert (answer.status, answer.headers["connection"]) == (503, "close")
        assert client.is_cut()


@pytest.mark.process
@on_postgresql
async def test_a_page_of_another_origin_may_read_why(full_server):
    with wire(full_server) as client:
        client.send(graphql("{ __typename }", f"Origin: {FRIEND}"))
        answer = client.answer()

    assert answer.status == 503
    assert answer.headers["access-control-allow-origin"] == FRIEND


@pytest.mark.process
@on_postgresql
async def test_an_operation_of_a_socket_is_refused_too(full_server):
    url = full_server.url.replace("http://", "ws://") + "/graphql"
    with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as client:
        client.send('{"type": "connection_init"}')
        assert json.loads(client.recv(timeout=300))["type"] == "connection_ack"
        times = []
        for _ in range(2):
            began = time.monotonic()
            asked = {"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}}
            client.send(json.dumps(asked))
            refusal = json.loads(client.recv(timeout=300))
            times.append(time.monotonic() - began)

            assert (refusal["id"], refusal["type"]) == ("1", "error")
            (error,) = refusal["payload"]
            assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfterSeconds": 1}

    assert times[1] > TURN_SECONDS / 2
