"""Reasons of absences that ended long ago are removed, wherever they are kept (rule 4.8)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from app.db.connections.database import Database
from app.db.connections.sole import Task
from app.domain.erasure import REMOVED
from app.services.personal_data import retention
from app.services.personal_data.retention import Removed, forget_old_reasons
from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    PERSON,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    company,
    entry,
    person,
    person_time_off,
    reference,
    user,
)
from tests.graphql.api import (
    CREATE_ENTRIES,
    CREATE_PERSON_TIME_OFF,
    api,
    put,
    put_entries,
    put_person_time_off,
    rows_of,
    statements,
)

pytestmark = pytest.mark.rule("4.8")

OLD, YOUNG = "appendix", "wisdom tooth"
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
"""Two days and a half after Monday, one and a half after Tuesday."""
RECORDS = "{ personTimeOffs { nodes { reason startDay } } }"
ON_TUESDAY = f"""
{{ personTimeOffs(filter: {{overlaps: {{from: "{TUESDAY}", to: "{TUESDAY}"}}}}) {{
  nodes {{ id }}
}} }}
"""
MIRROR = """
mutation Mirror($input: MirrorTimeOffEntriesInput!) {
  mirrorTimeOffEntries(input: $input) { personTimeOffs { reason } userErrors { code } }
}
"""
MOVE = f"""
mutation Move($id: ID!) {{
  updatePersonTimeOff(input: {{id: $id, startDay: "{FRIDAY}", endDay: "{FRIDAY}"}}) {{
    userErrors {{ code }}
  }}
}}
"""
MESSAGES = "{ externalReferences { nodes { externalMessage } } }"
FEED = (
    f'{{ changes(companyId: "{COMPANY}") {{ nodes {{ operation subjectType actor {{ id }} }} }} }}'
)


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def ask(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user()], people=[person()])
        for day, reason in ((MONDAY, OLD), (TUESDAY, OLD), (WEDNESDAY, YOUNG)):
            await put_person_time_off(ask, startDay=day, endDay=day, reason=reason)
            message = reference(externalMessage=reason)
            await put_entries(ask, entry(requestedDate=day, externalReference=message))
        repeats = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-16"}
        await put_person_time_off(ask, startDay=MONDAY, reason=YOUNG, **repeats)
        yield ask


def spots(rows, word):
    return {name for name, of_table in rows.items() if word in str(of_table)}


async def test_what_ended_longer_ago_goes_and_what_goes_on_stays(
    ask, database, database_url, caplog, monkeypatch
):
    monkeypatch.setattr(retention, "A_PIECE", 1)
    assert await forget_old_reasons(database, NOON, 2) == Removed(1, 1, 1)
    told = [each["reason"] for each in (await ask(RECORDS))["data"]["personTimeOffs"]["nodes"]]
    assert sorted(told) == sorted([REMOVED, OLD, YOUNG, YOUNG])

    with caplog.at_level(logging.INFO, "app.services.personal_data.retention"):
        assert await forget_old_reasons(database, NOON, 1) == Removed(1, 1, 1)

    rows = await rows_of(database_url)
    assert spots(rows, OLD) == set()
    assert spots(rows, YOUNG) == {"person_time_offs", "external_references", "changes"}
    found = (await ask(MESSAGES))["data"]["externalReferences"]["nodes"]
    assert [each["externalMessage"] for each in found] == [None, None, YOUNG]
    assert "1 reasons, 1 messages, and messages in 1 changes" in caplog.text
    assert OLD not in caplog.text
    made = (await ask(FEED))["data"]["changes"]["nodes"][-4:]
    assert {(each["operation"], each["actor"]["id"]) for each in made} == {("UPDATED", "gateway")}
    assert await forget_old_reasons(database, NOON, 1) == Removed(0, 0, 0)


class Interrupted(Database):
    """A database where something happens after the first reading."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    async def reading(self):
        async with super().reading() as connection:
            yield connection
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            await meanwhile()


async def test_a_record_that_is_moved_meanwhile_keeps_its_reason(ask, database_url):
    async def move():
        [moved] = (await ask(ON_TUESDAY))["data"]["personTimeOffs"]["nodes"]
        told = await ask(MOVE, id=moved["id"])
        assert told["data"]["updatePersonTimeOff"]["userErrors"] == []

    database = Interrupted(database_url)
    database.meanwhile = move
    removed = await forget_old_reasons(database, NOON, 1)
    await database.close()

    told = (await ask(RECORDS))["data"]["personTimeOffs"]["nodes"]
    assert {"reason": OLD, "startDay": FRIDAY} in told
    assert (removed.reasons, removed.messages) == (1, 2)


async def test_several_processes_remove_each_once(ask, database, database_url):
    other = Database(database_url)
    told = await asyncio.gather(
        forget_old_reasons(database, NOON, 1), forget_old_reasons(other, NOON, 1)
    )
    await other.close()

    assert sum(each.reasons for each in told) == 2
    assert sum(each.messages for each in told) == 2
    assert sum(each.changes for each in told) == 2
    made = (await ask(FEED))["data"]["changes"]["nodes"]
    assert len([each for each in made if each["actor"]["id"] == "gateway"]) == 4


async def test_answers_beside_keys_never_have_them_and_are_not_searched(
    ask, database, database_url
):
    same = "ada@example.com"
    await put(ask, users=[user(emailAddress=same)], people=[person(email=same)])
    message = reference(externalMessage=OLD)
    made = await ask(
        CREATE_ENTRIES,
        input={
            "timeOffEntries": [entry(requestedDate=THURSDAY, externalReference=message)],
            "idempotencyKey": "entries",
        },
    )
    [created] = made["data"]["createTimeOffEntries"]["timeOffEntries"]
    keyed = person_time_off(startDay=MONDAY, reason=OLD, idempotencyKey="record")
    await ask(CREATE_PERSON_TIME_OFF, input=keyed)
    mirrored = {
        "ids": [created["sourceId"]],
        "isPaid": True,
        "reason": OLD,
        "batchStartTime": "07:00",
        "idempotencyKey": "mirror",
    }
    told = (await ask(MIRROR, input=mirrored))["data"]["mirrorTimeOffEntries"]
    assert told == {"personTimeOffs": [{"reason": OLD}], "userErrors": []}

    rows = await rows_of(database_url)
    assert len(rows["idempotency_keys"]) == 3
    assert "idempotency_keys" not in spots(rows, OLD)
    with statements() as sent:
        await forget_old_reasons(database, NOON, 1)
    assert sent
    assert not [each for each in sent if "idempotency_keys" in each]


async def test_no_entry_is_read_but_by_its_id_for_what_was_told(ask, database, monkeypatch):
    monkeypatch.setattr(retention, "A_PIECE", 1)
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, *_):
        if statement.startswith("SELECT changes.") and "time_off_entries" in statement:
            how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
            cursor.execute(how + statement, parameters)
            plans.append("\n".join(str(row) for row in cursor.fetchall()))

    event.listen(database.engine.sync_engine, "before_cursor_execute", explain)
    if not database.is_sqlite:
        event.listen(database.engine.sync_engine, "begin", _prefer_indexes)
    await forget_old_reasons(database, NOON, 1)

    is_by_id, is_in_order = (
        ("SEARCH time_off_entries USING INTEGER PRIMARY KEY (rowid=?)", "(company_id=?")
        if database.is_sqlite
        else ("time_off_entries_pkey", "")  # PostgreSQL's choice, by how many changes there are
    )
    assert plans
    for plan in plans:
        assert is_by_id in plan
        assert is_in_order in plan
        assert not [word for word in ("SCAN", "Seq Scan", "TEMP B-TREE") if word in plan]


def _prefer_indexes(connection):
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")


@pytest.mark.only_on("sqlite")
async def test_the_file_does_not_have_them_any_more(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], people=[person()])
        for _ in range(20):
            await put_person_time_off(ask, reason=f"{OLD} {'x' * 1500}")
    database = Database(database_url)
    await forget_old_reasons(database, NOON, 1)
    await database.close()

    path = Path(make_url(database_url).database or "")
    files = [each.read_bytes() for each in path.parent.glob(path.name + "*")]
    assert not [each for each in files if OLD.encode() in each]


async def test_the_server_does_so_where_it_is_set_and_nowhere_else(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], people=[person()])
        await put_person_time_off(ask, reason=OLD, personId=PERSON)
    for days, reason in ((None, OLD), (1, REMOVED)):
        async with api(database_url, keep_reasons_days=days) as ask:
            told = await _reason(ask)
            async with asyncio.timeout(60):
                while days and told != REMOVED:
                    await asyncio.sleep(0.01)
                    told = await _reason(ask)
        assert told == reason


async def _reason(ask):
    return (await ask(RECORDS))["data"]["personTimeOffs"]["nodes"][0]["reason"]


@contextmanager
def _in_the_way(*paths):
    for path in paths:
        Path(path).mkdir()
    yield
    for path in paths:
        Path(path).rmdir()


@pytest.mark.only_on("sqlite")
async def test_where_the_lock_cannot_be_had_it_is_told_once_and_they_go(database_url, caplog):
    """Its file may be another user's; here it cannot be opened for being a directory."""
    async with api(database_url) as ask:
        await put(ask, companies=[company()], people=[person()])
        await put_person_time_off(ask, reason=OLD, personId=PERSON)
    path = make_url(database_url).database
    caplog.clear()
    database = Database(database_url)
    forgetting, sending = database.sole(Task.FORGETTING), database.sole(Task.SENDING)
    with _in_the_way(f"{path}-forgetter", f"{path}-sender"):
        taken = [await each.take() for each in (forgetting, forgetting, sending, sending)]
        told = [record.getMessage() for record in caplog.records]
        async with api(database_url, keep_reasons_days=1) as ask, asyncio.timeout(60):
            while await _reason(ask) != REMOVED:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    await database.close()

    assert taken == [True, True, False, False]
    assert told == [
        f"{path}-forgetter cannot be locked (Is a directory): forgetting goes on without it.",
        f"{path}-sender cannot be locked (Is a directory): sending is not done here.",
    ]


def _noting(take, asked):
    async def noted(sole):
        is_ours = await take(sole)
        asked.set()
        return is_ours

    return noted


async def test_one_of_all_processes_looks_for_them(database_url, monkeypatch):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], people=[person()])
        await put_person_time_off(ask, reason=OLD, personId=PERSON)
    database = Database(database_url)
    other = database.sole(Task.FORGETTING)
    assert await other.take()
    asked = asyncio.Event()
    monkeypatch.setattr(type(other), "take", _noting(type(other).take, asked))
    with statements() as sent:
        async with api(database_url, keep_reasons_days=1), asyncio.timeout(60):
            await asked.wait()  # whatever is begun by then is ended with the process
    assert not [each for each in sent if "person_time_offs" in each]

    await other.release()
    with statements() as sent:
        async with api(database_url, keep_reasons_days=1):
            async with asyncio.timeout(60):
                while not [each for each in sent if "UPDATE person_time_offs" in each]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert await other.take()  # who ended has given it back
    await other.release()
    await database.close()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("setting", [0, 1, 2])
async def test_whether_sqlite_overwrites_is_afterwards_as_before(ask, database, setting):
    async with database.writing() as connection:
        word = "FAST" if setting == 2 else setting
        await connection.execute(text(f"PRAGMA secure_delete = {word}"))

    assert await forget_old_reasons(database, NOON, 1) == Removed(2, 2, 2)

    async with database.writing() as connection:
        found = await connection.execute(text("PRAGMA secure_delete"))
        assert found.scalar_one() == setting
