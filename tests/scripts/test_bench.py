"""scripts/bench: it asks what front ends ask, judges by the goals, and says what it found."""

import json
import socket
import sqlite3
import sys
import xml.etree.ElementTree as ET
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from app.db.connections.migrate import upgrade
from app.domain.day_notes import DayNoteCode
from app.domain.schedule import DiscrepancyKind
from app.services.sample_data import bench
from scripts.benchmarks import docs, hard_days, instances, plot, report, sameness, scale
from scripts.benchmarks.data import copy_of, tables_of
from scripts.benchmarks.load import Questions, Visit
from scripts.benchmarks.servers import (
    BARE,
    BARE_ALL_ROWS,
    GATEWAY,
    NAIVE,
    WITH_TOKEN,
    WrongAnswers,
    running,
)
from scripts.benchmarks.workloads import CALENDAR_PAGES, SCALE_WORKLOADS, WORKLOADS, Bodies
from tests.scripts.bench_books import books_of, has_ids_of_its_record, rows_written
from tests.scripts.test_scripts import run

PROJECT = Path(__file__).resolve().parents[2]


def no_progress(what, done=0, total=0):
    pass


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A company of two hundred users, and that of hard days, in a file."""
    path = tmp_path_factory.mktemp("bench") / "data.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    bench.load(f"sqlite+aiosqlite:///{path}", no_progress, 20_000)
    hard_days.write(f"sqlite:///{path}")
    instances.write(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def servers(data, tmp_path_factory):
    """The gateway, with a token and without, and the peers in Python; each has its own copy."""
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as exits:
        databases = {}
        for peer in (GATEWAY, *python_peers(), WITH_TOKEN):
            database = str(copy_of(data, folder, peer.name))
            server = exits.enter_context(running(peer, free_port(), database, folder))
            databases[server] = database
        yield databases


def python_peers():
    """Return the peers in Python, run by the Python of the tests."""
    peers = (NAIVE, BARE, BARE_ALL_ROWS)
    return [replace(peer, command=(sys.executable, *peer.command[1:])) for peer in peers]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.mark.process
@pytest.mark.parametrize("name", SCALE_WORKLOADS)
def test_companies_of_each_size_are_asked_what_the_gateway_can_answer(servers, data, name):
    gateway = next(iter(servers))
    questions = Questions(SCALE_WORKLOADS[name], Bodies(data))

    for body in questions.some(5):
        (answer,) = gateway.ask(body)["data"].values()

        assert len(answer["nodes"]) == 50


@pytest.mark.process
@pytest.mark.parametrize("name", WORKLOADS)
def test_a_peer_answers_and_stores_the_same(servers, data, name):
    questions = {server: Questions(WORKLOADS[name], Bodies(data)) for server in servers}

    hard = {"W7": 10, "W8": 3}.get(name, 0)
    pages = 6 if name == "W8" else 20
    assert sameness.compare(questions, servers) == (5 if WORKLOADS[name].writes else pages) + hard


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("W3", {"time_off_entries": 100, "changes": 100, "change_origins": 1}),
        ("W4", {"person_time_offs": 1, "person_days": 52, "changes": 1, "change_origins": 1}),
    ],
)
def test_bare_with_all_rows_keeps_the_gateway_s_books(servers, data, name, rows):
    (body,) = islice(Bodies(data).of(WORKLOADS[name]), 50, 51)  # nobody else asks it
    books = []
    for server, database in servers.items():
        if server.peer.name in {GATEWAY.name, BARE_ALL_ROWS.name}:
            written, answer = rows_written(server, database, body)
            assert written == rows
            assert name != "W4" or has_ids_of_its_record(answer, database)
            books.append(books_of(database))

    assert books[0] == books[1]


@pytest.mark.process
def test_other_peers_keep_a_row_for_each_instance(servers, data):
    (body,) = islice(Bodies(data).of(WORKLOADS["W4"]), 60, 61)
    for server, database in servers.items():
        if server.peer.name in {NAIVE.name, BARE.name}:
            written, _ = rows_written(server, database, body)
            assert written == {"person_time_offs": 1, "time_off_instances": 52}


def facts_of(day):
    """Yield what a day of the schedule shows: its notes, how the systems differ, a holiday."""
    for note in day["notes"]:
        yield note["code"]
        yield note.get("message")
    yield day.get("discrepancy")
    yield "holiday" if day.get("holiday") else None
    starts = {each["startTime"] for each in day.get("contributions", ())}
    is_noted = any(note["code"] == "POSSIBLE_DUPLICATE" for note in day["notes"])
    yield "the same absence" if None in starts and len(starts) > 1 and not is_noted else None


@pytest.mark.process
@pytest.mark.rule("4.2", "4.5")
def test_hard_days_have_all_that_a_merge_has_to_mind(servers, data):
    gateway = next(iter(servers))
    found = set()
    for name in ("W7", "W8"):
        for body in Bodies(data).of_hard_days(WORKLOADS[name]):
            for node in gateway.ask(body)["data"]["schedule"]["nodes"]:
                for day in node["days"]:
                    found.update(facts_of(day))

    assert found >= {*DayNoteCode, *DiscrepancyKind, "holiday", "the same absence"}
    assert len([said for said in found if said and "overlap" in said]) == 6


@pytest.mark.process
def test_another_answer_is_noticed(servers, data):
    gateway, peer, *_ = servers
    both = (gateway, peer)
    questions = {server: Questions(WORKLOADS["W1"], Bodies(data)) for server in both}
    questions[peer].read.reverse()

    with pytest.raises(WrongAnswers, match="W1: naive and gateway differ"):
        sameness.compare(questions, servers)


def test_no_body_that_writes_comes_twice_or_meets_another(data):
    bodies = [json.loads(body) for body in islice(Bodies(data).of(WORKLOADS["W3"]), 200)]
    items = [
        (item["userId"], item["requestedDate"])
        for body in bodies
        for item in body["variables"]["input"]["timeOffEntries"]
    ]

    assert len(items) == len(set(items)) == 200 * 100


def test_the_calendar_s_pages_are_asked_as_it_asks_them(data):
    pages = [json.loads(body) for body in Bodies(data).of(WORKLOADS["W8"])]
    lap = [each["variables"] for each in pages[: len(CALENDAR_PAGES)]]

    assert [each["first"] for each in lap] == CALENDAR_PAGES == [40, 100, 100, 100, 100, 60]
    assert [each["isFirstPage"] for each in lap] == [True] + [False] * 5
    assert len({(each["from"], each["to"]) for each in lap}) == 1
    assert pages[0]["query"].startswith("query Schedule(")


def test_no_body_that_is_measured_is_about_hard_days(data):
    for name in ("W1", "W2", "W3", "W4", "W6"):
        bodies = "".join(islice(Bodies(data).of(WORKLOADS[name]), 400))
        assert str(hard_days.FIRST_USER)[:6] not in bodies
        assert hard_days.COMPANY not in bodies


ENTRIES = """
CREATE TABLE entries (
    id INTEGER NOT NULL,
    user_id INTEGER,
    {},
    {}
)
"""
KEYS = ("FOREIGN KEY(user_id) REFERENCES users (id)", "PRIMARY KEY (id)")


def test_a_file_whose_tables_are_as_today_s_is_kept(tmp_path):
    def made(name, *statements):
        with closing(sqlite3.connect(tmp_path / name)) as database:
            for statement in statements:
                database.execute(statement)
        return tables_of(tmp_path / name)

    today = made("today.db", ENTRIES.format(*KEYS))

    assert made("same.db", ENTRIES.format(*reversed(KEYS))) == today
    assert made("fewer.db", ENTRIES.format("CHECK (id > 0)", KEYS[1])) != today
    index = "CREATE INDEX of_users ON entries (user_id)"
    assert made("more.db", ENTRIES.format(*KEYS), index) != today


def visits(cpu_ms, per_second=100.0):
    return [Visit(100, each, per_second, 1.0, 2.0) for each in cpu_ms]


FOUND = {
    "W1": {
        "gateway": visits([1.0, 1.1, 9.0]),
        "naive": visits([40.0, 43.0, 450.0]),
        "bare": visits([0.8, 0.88, 8.0]),
        "mercurius": visits([3.0, 3.3, 9.0]),
    },
    "W2": {"gateway": visits([1.0]), "gateway-token": visits([1.04])},
    "W4x16": {
        "gateway": visits([1.0], 200.0),
        "gateway-token": visits([1.0], 198.0),
        "mercurius": visits([1.0], 100.0),
    },
    "W7": {"gateway": visits([10.0]), "bare": visits([7.6]), "mercurius": visits([10.1])},
    "W8": {"gateway": visits([10.0]), "bare": visits([7.7]), "mercurius": visits([9.9])},
}


def test_medians_are_compared_with_the_goals():
    assert {(each.workload, each.peer): str(each) for each in report.ratios(FOUND)} == {
        ("W1", "naive"): "40 (40: met)",
        ("W1", "bare"): "80% (85%: not met)",
        ("W1", "mercurius"): "3 (2: met)",
        ("W2", "gateway-token"): "104% (103%: not met)",
        ("W4x16", "gateway-token"): "101% (103%: met)",
        ("W4x16", "mercurius"): "2 (1.5: met)",
        ("W7", "bare"): "76% (77%: not met)",
        ("W7", "mercurius"): "1.01 (1: met)",
        ("W8", "bare"): "77% (77%: met)",
        ("W8", "mercurius"): "0.99 (1: not met)",
    }


def test_the_report_has_every_server_and_each_goal():
    idle = {"seconds": 1.6, "cpu_seconds": 1.1, "rss_mb": 100.0, "pss_mb": 90.0}

    text = "\n".join([*report.idle_worker(idle), *report.figures(FOUND), *report.comparison(FOUND)])

    assert "100 MB resident, 90 MB of it its own (goal: under 120 MB, met)" in text
    assert (
        "First answer after 1.60 s, 1.10 s of them on a core (goal: under 1.5 s, not met)" in text
    )
    assert "W1: 50 entries of 10 users, 8 connections" in text
    assert text.count("naive") == 2


def test_a_page_shows_the_newest_output_of_a_command(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- run -->\nold\n<!-- end of run -->\nAfter.\n")

    docs.show(page, "run", ["new", "output"])

    shown = "```text\nnew\noutput\n```"
    assert page.read_text() == (f"Before.\n<!-- run -->\n{shown}\n<!-- end of run -->\nAfter.\n")
    with pytest.raises(LookupError):
        docs.show(page, "walk", [])


def test_two_workers_are_told_beside_one():
    row = scale.beside_one("a series", one=(100, 2.0, 0), two=(150, 2.2, 0.1))

    assert row.split() == ["a", "series", "1.50", "x", "1.10", "x", "0.00", "x"]


@pytest.mark.parametrize(
    ("page", "command"),
    [
        (docs.COMPARISON, "scripts/bench"),
        (docs.COMPARISON, "scripts/bench --postgresql"),
        (docs.SCALE, "scripts/bench --scale"),
    ],
)
def test_each_command_has_its_place_in_a_page(tmp_path, page, command):
    copy = tmp_path / page.name
    copy.write_text(page.read_text())

    docs.show(copy, command, ["measured anew"])

    assert copy.read_text().count("measured anew") == 1
    assert copy.read_text().count("<!--") == page.read_text().count("<!--")


def test_the_picture_has_a_bar_for_each_server():
    picture = ET.fromstring(plot.svg(FOUND))  # noqa: S314 - our own

    assert len(picture.findall(".//{*}rect")) == 15


def test_what_it_does_not_know_it_refuses():
    ended = run(sys.executable, "-m", "scripts.benchmarks", "--only", "W9", cwd=PROJECT)

    assert ended.returncode == 2
    assert "W9: not among W1, W2, W3, W4, W4x16, W5, W6, W7, W8" in ended.stderr


@pytest.mark.long
@pytest.mark.node
@pytest.mark.process
def test_the_whole_of_it_on_little_data(tmp_path):
    files = ("--json", tmp_path / "found.json", "--plot", tmp_path / "found.svg")
    few = ("--quick", "--entries", "10000", "--rounds", "1", "--only", "W1,W4,W7")

    ended = run(PROJECT / "scripts" / "bench", *few, *files, cwd=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert {each["peer"] for each in json.loads(files[1].read_text())["ratios"]} >= {"bare"}
    assert files[3].exists()
