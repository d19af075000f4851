"""All that is stored goes as text from SQLite to PostgreSQL and back, and is the same."""

import asyncio
import json

import httpx
import pytest
from sqlmodel import SQLModel

from app.db.copying import rows
from app.services.copying import load
from app.services.copying.lines import BadDump
from app.services.data_check import check
from tests import warm
from tests.copying.filled import fill, with_little_room
from tests.databases import migrate
from tests.execution.both_ways import tables_of
from tests.server import clean_environment, serving

pytestmark = pytest.mark.process

QUERIES = [
    "{ companies { nodes { id name } } }",
    "{ workers(first: 100) { nodes { id fullName email joinedBy } } }",
    """{ schedule(from: "2026-02-02", to: "2026-03-31") {
        nodes { worker { id } days { date hoursOff } } } }""",
    """{ personTimeOffs(first: 100) {
        nodes { id reason startDay endDay repeat instances { id startDay } } } }""",
    """{ timeOffEntries(first: 200) {
        nodes { id sourceId hours requestedDate externalReferences { id serviceName } } } }""",
]
NO_ROOM = "There is no room for it: the disk is full, or a limit is reached."
CHANGE = "{ nodes { sequence at operation subjectId before after } pageInfo { endCursor } }"
CREATE = """mutation { createTimeOffEntries(input: {timeOffEntries: [
    {userId: %s, requestedDate: "2031-03-03", hours: 1}]}) {
    timeOffEntries { sourceId } userErrors { message } } }"""


def url_of(file):
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def timeoff(tmp_path):
    def run(*arguments, url):
        command = [*arguments, "--database-url", url]
        return warm.run(*command, env=clean_environment(), cwd=tmp_path)

    return run


def test_every_table_is_dumped_or_said_to_be_left_out():
    dumped = {table.name for table in rows.tables()}

    assert dumped | set(rows.LEFT_OUT) == set(SQLModel.metadata.tables)
    assert dumped.isdisjoint(rows.LEFT_OUT)
    assert all(rows.LEFT_OUT.values())


def objects_of(file):
    return [json.loads(line) for line in file.read_bytes().splitlines()]


async def answers(url):
    """Ask a gateway over the database, the change feed of its first company included."""
    with serving(url, environment={"TIMEOFF_AUTH": "off", "TIMEOFF_WEBHOOKS": "false"}) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=300) as client:

            async def ask(query):
                answer = (await client.post("/graphql", json={"query": query})).json()
                assert "errors" not in answer, answer
                return answer["data"]

            found = [await ask(query) for query in QUERIES]
            user = (await ask("{ users(first: 1) { nodes { sourceId } } }"))["users"]["nodes"][0]
            user = user["sourceId"]
            company = found[0]["companies"]["nodes"][0]["id"]
            feed = f'{{ changes(companyId: "{company}", first: 300) {CHANGE} }}'
            found.append(await ask(feed))
            cursor = found[-1]["changes"]["pageInfo"]["endCursor"]
            found.append(await ask(feed.replace("first:", f'after: "{cursor}", first:')))
            made = await ask(CREATE % user)
            assert made["createTimeOffEntries"]["userErrors"] == []
            return found, made["createTimeOffEntries"]["timeOffEntries"][0]["sourceId"]


def found_in(url):
    return sorted(map(str, check.examine(url, lambda *_: None).listed))


@pytest.mark.only_on("postgresql")
async def test_sqlite_to_postgresql_and_back_is_the_same(timeoff, databases, tmp_path):
    first, last = (url_of(tmp_path / name) for name in ("first.db", "last.db"))
    between = databases.create()
    await asyncio.to_thread(migrate, first)
    await asyncio.to_thread(fill, first)
    lines = tmp_path / "all.jsonl"
    back = tmp_path / "back.jsonl"

    for arguments, url in [
        (("dump", lines), first),
        (("load", lines), between),
        (("dump", back), between),
        (("load", back), last),
    ]:
        done = await asyncio.to_thread(timeoff, *arguments, url=url)
        assert (done.returncode, "Error" in done.stderr) == (0, False), done.stderr

    tables = [await tables_of(url) for url in (first, between, last)]
    del tables[1]["id_counters"]  # PostgreSQL has sequences, and what they go on from is below
    assert all(tables[0].values())
    for table, column in rows.WITHHELD:
        assert any(row[column] for row in tables[0][table])
        tables[0][table] = [row | {column: None} for row in tables[0][table]]
    assert tables[2] == tables[0]
    assert tables[1] == {name: each for name, each in tables[0].items() if name in tables[1]}
    assert lines.stat().st_mode & 0o777 == 0o600
    # All but who wrote it, and when.
    assert objects_of(lines)[1:] == objects_of(back)[1:]
    found = [await asyncio.to_thread(found_in, url) for url in (first, between, last)]
    assert found[1:] == [found[0]] * 2
    told = [await answers(url) for url in (first, between, last)]
    assert told[1:] == [told[0]] * 2


@pytest.fixture
def whole(tmp_path, timeoff):
    """The lines of a dump of the demo data, with rows in each table."""
    source = url_of(tmp_path / "source.db")
    migrate(source)
    fill(source)
    assert timeoff("dump", "whole.jsonl", url=source).returncode == 0
    return [f"{line}\n" for line in (tmp_path / "whole.jsonl").read_text("utf-8").split("\n")[:-1]]


def number_of(lines, start):
    """Return the number of the first line that begins so, from 1."""
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def altered(lines, name):
    """Return a dump with one fault, and what is said of it; {} is the number of its line."""
    at = number_of(lines, '{"table":"holidays"')  # its first row is the next line
    users = number_of(lines, '{"table":"users"')
    row = json.loads(lines[at])

    def with_row(*values):
        return [*lines[:at], json.dumps(values) + "\n", *lines[at + 1 :]]

    faults = {
        "no dump": (["Dear reader,\n"], "It is no dump of `timeoff dump`."),
        "foreign": (
            [lines[0].replace('"schema":"', '"schema":"9'), *lines[1:]],
            "It is of schema 9",
        ),
        "newer format": (
            [lines[0].replace('"format":1', '"format":2'), *lines[1:]],
            "It is of format 2",
        ),
        "broken off": (lines[:-1], f"It breaks off after line {len(lines) - 1}"),
        "broken in a line": (
            [*lines[: at + 3], lines[at + 3][:-5]],
            f"Line {at + 4}: It breaks off in this line.",
        ),
        "no JSON": (
            [*lines[:at], "{nonsense}\n", *lines[at + 1 :]],
            f"Line {at + 1}: This is no JSON.",
        ),
        "a row too few": ([*lines[:at], *lines[at + 1 :]], "An array of 5 values should be here."),
        "a bad day": (
            with_row(*row[:3], "2026-02-30", row[4]),
            f"Line {at + 1}: This is no value of start_date.",
        ),
        "a row twice": ([*lines[:at], lines[at + 1], *lines[at + 1 :]], "holidays does not take"),
        "names nothing": (
            with_row(row[0], "ffffffff" + row[1][8:], *row[2:]),
            "holidays does not take",
        ),
        "wrong counts": (
            [*lines[:-1], lines[-1].replace('"companies":2', '"companies":3')],
            f"Line {len(lines)}: The counts are not those",
        ),
        "a table elsewhere": ([*lines[: users - 1], *lines[users:]], "should be here."),
        "more": ([*lines, "{}\n"], "Nothing should follow the end."),
    }
    return faults[name]


FAULTS = (
    *("no dump", "foreign", "newer format", "broken off", "broken in a line", "no JSON"),
    *("a row too few", "a bad day", "a row twice", "names nothing", "wrong counts"),
    *("a table elsewhere", "more"),
)


def test_a_fault_is_told_with_its_line_and_nothing_is_loaded(timeoff, whole, databases, tmp_path):
    url = databases.create()
    for name in FAULTS:
        lines, told = altered(whole, name)
        with pytest.raises(BadDump) as refused:
            load.read(url, [line.encode() for line in lines], lambda *_: None)
        assert told in str(refused.value), (name, refused.value)
    assert not any(asyncio.run(tables_of(url)).values())

    (tmp_path / "half.jsonl").write_text("".join(whole[:99]), "utf-8")

    loaded = [timeoff("load", f"{name}.jsonl", url=url) for name in ("half", "whole", "whole")]

    assert [each.returncode for each in loaded] == [1, 0, 1], [each.stderr for each in loaded]
    assert loaded[0].stderr.endswith(
        "Error: Nothing was loaded. It breaks off after line 99: its last line is not there.\n"
    )
    assert "has rows already (access_sessions). Take an empty database." in loaded[2].stderr
    databases.drop(url)


def test_a_file_that_could_not_be_loaded_is_not_made(timeoff, tmp_path):
    (tmp_path / "bad.jsonl").write_text("{}\n")

    refused = timeoff("load", "bad.jsonl", url=f"sqlite:///{tmp_path}/new.db")

    assert refused.returncode == 1
    assert [each.name for each in tmp_path.iterdir()] == ["bad.jsonl"]


def test_a_dump_that_finds_no_room_or_no_place_leaves_nothing(timeoff, whole, tmp_path):
    source, before = url_of(tmp_path / "source.db"), sorted(tmp_path.iterdir())

    there = timeoff("dump", "whole.jsonl", url=source)
    missing = timeoff("dump", "not/here.jsonl", url=source)
    unread = timeoff("load", "not/here.jsonl", url=source)
    full = with_little_room("dump", "full.jsonl", "--database-url", source, cwd=tmp_path)

    assert [each.returncode for each in (there, missing, unread, full)] == [1] * 4
    assert [each.stderr.splitlines()[-1] for each in (there, missing, unread, full)] == [
        "Error: whole.jsonl is there already. Take another name, or --overwrite.",
        "Error: not/here.jsonl cannot be written. The folder not is not there.",
        "Error: not/here.jsonl cannot be read: No such file or directory.",
        f"Error: full.jsonl cannot be written. {NO_ROOM}",
    ]
    assert sorted(tmp_path.iterdir()) == before
