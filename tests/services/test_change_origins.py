"""Who changed what: one row for each transaction and company, read back change by change."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations
from typing import Any

import pytest
from sqlalchemy import event, text

from app.db.connections.database import Database
from app.db.reading import changes
from app.domain.access import Via
from app.domain.changes import ChangeFilter, ChangeOperation
from app.domain.filters import InstantRange
from app.domain.identifiers import Kind
from app.domain.paging import Order, PageRequest, read_cursor
from app.services.caller import IMPORT, LOCAL
from app.services.changes import ChangeFeed
from app.services.data_check import check
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.importing.run import load
from app.services.sample_data import bench
from app.services.time_off_entries.commands import (
    CreateEntries,
    DeleteEntries,
    EntryItem,
    UpdateEntry,
)
from app.services.time_off_entries.service import TimeOffEntryService
from app.services.workers import WorkerService
from tests.builders import COMPANY, OTHER_COMPANY, PERSON, node_id
from tests.callers import caller
from tests.services.statements import ask

BY_NUMBER = Order("SEQUENCE")
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
ADA = replace(caller("token:ada"), via=Via.KANTATA_REST, request_id="ada-1")
BOB = replace(caller("token:bob"), request_id="bob-1")


class Clock:
    """An hour later each time that it is looked at."""

    def __init__(self):
        self.now = MORNING

    def __call__(self):
        self.now += timedelta(hours=1)
        return self.now


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def rows(database, sql):
    async with database.writing() as connection:
        return [tuple(each) for each in await connection.execute(text(sql))]


async def forget_origins(database, company_id=COMPANY):
    """Make what was committed so far what it was before origins were kept."""
    async with database.writing() as connection:
        await connection.execute(
            text(f"DELETE FROM change_origins WHERE company_id = '{company_id}'")  # noqa: S608
        )


def item(**given):
    return UpsertItem(given)


async def start(database, clock, users=(1, 2)):
    directory = DirectoryService(database, clock)
    companies = [item(source_id=COMPANY, name="Ours"), item(source_id=OTHER_COMPANY, name="Other")]
    await directory.upsert_companies(ADA, companies)
    people = [item(source_id=str(id_), company_id=COMPANY, full_name=f"U {id_}") for id_ in users]
    await directory.upsert_users(BOB, people)
    return directory


async def feed(database, wanted=None, company_id=COMPANY, size=500):
    """All changes that are asked for, page after page."""
    request = PageRequest(BY_NUMBER, size)
    found: list[Any] = []
    while True:
        page = await ChangeFeed(database).page(LOCAL, company_id, wanted or ChangeFilter(), request)
        found += page.items
        if not page.has_next:
            return found
        request = replace(request, after=read_cursor(BY_NUMBER, page.cursors[-1], "after"))


async def actors(database, company_id=COMPANY):
    return [
        each.origin and each.origin.actor.name for each in await feed(database, None, company_id)
    ]


async def test_each_change_says_who_made_it_through_which_door_and_by_which_request(database):
    clock = Clock()
    directory = await start(database, clock)
    entries = TimeOffEntryService(database, clock)
    await entries.create(ADA, CreateEntries([EntryItem("1", 1, MONDAY), EntryItem("2", 2, MONDAY)]))
    await entries.update(replace(BOB, request_id="bob-2"), UpdateEntry("1", 3))
    await directory.upsert_people(
        BOB, [item(source_id=PERSON, company_id=COMPANY, first_name="G", last_name="H")]
    )
    workers = WorkerService(database, clock)
    await workers.link(ADA, "1", PERSON)
    await workers.unlink(BOB, node_id("Worker", "U1"))
    await directory.upsert_holidays(
        ADA,
        [
            item(source_id="1", company_id=COMPANY, name="H", start_date=MONDAY, end_date=MONDAY),
        ],
    )
    await directory.delete_holidays(BOB, ["1"])

    found = await feed(database)

    told = [
        (each.kind, each.operation.value[0], each.origin.actor.name[6:], each.origin.request_id)
        for each in found
        if each.kind in {Kind.ENTRY, Kind.HOLIDAY}
    ]
    assert told == [
        (Kind.ENTRY, "C", "ada", "ada-1"),
        (Kind.ENTRY, "C", "ada", "ada-1"),
        (Kind.ENTRY, "U", "bob", "bob-2"),
        (Kind.HOLIDAY, "C", "ada", "ada-1"),
        (Kind.HOLIDAY, "D", "bob", "bob-1"),
    ]
    assert [each.origin.actor.name for each in found if each.kind is Kind.WORKER][-3:] == [
        "token:ada",
        "token:bob",
        "token:bob",
    ]
    assert found[0].origin == ADA.origin
    assert await actors(database, OTHER_COMPANY) == ["token:ada"]


async def test_a_dry_run_and_a_key_that_comes_again_leave_no_origin(database, database_url):
    clock = Clock()
    await start(database, clock)
    entries = TimeOffEntryService(database, clock)
    create = CreateEntries([EntryItem("1", 1, MONDAY)], idempotency_key="k")
    await entries.create(ADA, create)
    before = await origins(database)

    await entries.create(replace(ADA, request_id="ada-2"), create)
    await entries.create(BOB, CreateEntries([EntryItem("1", 1, MONDAY)], dry_run=True))

    assert await origins(database) == before


async def test_a_write_of_a_hundred_changes_has_one_origin(database, database_url):
    await start(database, Clock())
    before = await origins(database)
    days = [MONDAY + timedelta(days=7 * number) for number in range(100)]

    await TimeOffEntryService(database, Clock()).create(
        ADA, CreateEntries([EntryItem("1", 1, day) for day in days])
    )

    (made,) = set(await origins(database)) - set(before)
    assert made[2] - made[1] == 99


async def origins(database):
    return await rows(
        database,
        "SELECT CAST(company_id AS TEXT), first_sequence, last_sequence, actor "
        "FROM change_origins ORDER BY 1, 2",
    )


async def test_what_was_committed_before_origins_were_kept_has_none(database, database_url):
    clock = Clock()
    await start(database, clock)
    await forget_origins(database)
    await TimeOffEntryService(database, clock).create(
        BOB, CreateEntries([EntryItem("1", 1, MONDAY)])
    )

    assert await actors(database) == [None] * 5 + ["token:bob"]
    assert await feed(database, ChangeFilter(actors=["token:ada"])) == []


async def test_every_writer_among_many_is_the_actor_of_its_own_changes(database, database_url):
    writers = 12
    await start(database, lambda: MORNING, users=range(1, writers + 1))
    other = Database(database_url)
    callers = [replace(caller(f"token:{n}"), request_id=f"r{n}") for n in range(1, writers + 1)]

    async def write(number):
        service = TimeOffEntryService((database, other)[number % 2], lambda: MORNING)
        for week in range(6):
            days = [MONDAY + timedelta(days=7 * week + day) for day in range(1 + number % 3)]
            items = [EntryItem(str(number), 1, day) for day in days]
            await service.create(callers[number - 1], CreateEntries(items))

    await asyncio.gather(*(write(number) for number in range(1, writers + 1)))
    await other.close()

    found = await feed(database)
    assert [each.sequence for each in found] == list(range(1, len(found) + 1))
    by_user = defaultdict(set)
    for each in found:
        if each.kind is Kind.ENTRY:
            by_user[each.after["userId"]].add((each.origin.actor.name, each.origin.request_id))
    assert by_user == {str(n): {(f"token:{n}", f"r{n}")} for n in range(1, writers + 1)}


# Filters


@pytest.fixture
async def filled(database, database_url):
    """Changes of three actors and of nobody who is known, over all kinds of operations."""
    clock = Clock()
    await start(database, clock, users=range(1, 8))
    await forget_origins(database)
    entries = TimeOffEntryService(database, clock)
    for number in range(1, 8):
        who = (ADA, BOB, LOCAL)[number % 3]
        days = [MONDAY + timedelta(days=day) for day in range(number % 4 + 1)]
        created = await entries.create(
            who, CreateEntries([EntryItem(str(number), 1, day) for day in days])
        )
        await entries.update(BOB, UpdateEntry(str(created.entries[0].id), 2))
    await entries.delete(ADA, DeleteEntries(["1", "3"]))
    return database


FILTERS = {
    "actors": (["token:ada"], ["local", "token:bob"], ["nobody"], []),
    "kinds": ([Kind.ENTRY], [Kind.USER, Kind.WORKER], []),
    "subject": ((Kind.ENTRY, 1), (Kind.USER, 7), (Kind.ENTRY, 999)),
    "operations": ([ChangeOperation.DELETED], [ChangeOperation.CREATED, ChangeOperation.UPDATED]),
    "at": (
        InstantRange(since=MORNING + timedelta(hours=5)),
        InstantRange(MORNING + timedelta(hours=4), MORNING + timedelta(hours=11)),
    ),
}


def fits(change, wanted):
    origin = change.origin
    return (
        (wanted.actors is None or (origin is not None and origin.actor.name in wanted.actors))
        and (wanted.kinds is None or change.kind in wanted.kinds)
        and (wanted.subject is None or (change.kind, change.key) == wanted.subject)
        and (wanted.operations is None or change.operation in wanted.operations)
        and (wanted.at.since is None or change.at >= wanted.at.since)
        and (wanted.at.until is None or change.at < wanted.at.until)
    )


async def test_every_filter_finds_what_fits_and_nothing_else_page_by_page(filled):
    everything = await feed(filled)
    assert {each.origin and each.origin.actor.name for each in everything} == {
        None,
        "local",
        "token:ada",
        "token:bob",
    }
    sizes = set()
    for names in chain(
        combinations(FILTERS, 1), combinations(FILTERS, 2), combinations(FILTERS, 3)
    ):
        for values in product_of(names):
            wanted = ChangeFilter(**dict(zip(names, values, strict=True)))
            expected = [each for each in everything if fits(each, wanted)]
            sizes.add(len(expected))
            assert await feed(filled, wanted) == expected, wanted
            if len(names) < 3:
                assert await feed(filled, wanted, size=2) == expected, wanted

    assert len(sizes) > 5


def product_of(names):
    values: list[tuple[Any, ...]] = [()]
    for name in names:
        values = [(*each, value) for each in values for value in FILTERS[name]]
    return values


async def plan(database, wanted):
    """How the database answers a page of these changes, from a number on."""
    found: list[str] = []

    def explain(_, cursor, statement, parameters, *__):
        if "FROM changes" in statement:
            how = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
            cursor.execute(how + statement, parameters)
            found.extend(map(str, cursor.fetchall()))

    async with database.reading() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
            await connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        engine = connection.sync_connection.engine
        event.listen(engine, "before_cursor_execute", explain)
        try:
            await changes.page(connection, COMPANY, wanted, PageRequest(BY_NUMBER, 2, after=(3,)))
        finally:
            event.remove(engine, "before_cursor_execute", explain)
    return "\n".join(found)


async def test_a_page_reads_ranges_of_indexes_and_sorts_no_more_than_it_answers(filled):
    whole = await plan(filled, ChangeFilter())
    of_actor = await plan(filled, ChangeFilter(actors=["token:bob"]))
    of_subject = await plan(filled, ChangeFilter(subject=(Kind.ENTRY, 1)))

    for each in (whole, of_actor, of_subject):
        assert "SCAN changes" not in each
        assert "SCAN change_origins" not in each
        assert "Seq Scan" not in each
    assert "ix_change_origins_actor" in of_actor
    assert "ix_changes_subject" in of_subject
    if "SEARCH" in of_actor:
        # Within the part that reads the actor's changes nothing is sorted.
        assert of_actor.count("TEMP B-TREE") == 2
    else:
        assert "Presorted Key: change_origins.last_sequence" in of_actor


# Who writes beside requests


def test_an_import_is_one_origin_of_its_own_door(database_url, tmp_path):
    (tmp_path / "companies.csv").write_text(f"sourceId,name\n{COMPANY},Ours\n")
    (tmp_path / "users.csv").write_text(
        "sourceId,companyId,fullName\n"
        + "".join(f"{id_},{COMPANY},User {id_}\n" for id_ in range(1, 2_500))
    )

    report = load(database_url, tmp_path, lambda *_: None)

    assert report.refusals == []
    found = ask(database_url, "SELECT actor_kind, actor, via, request_id FROM change_origins")
    assert len(found) == 4
    (said,) = set(found)
    assert said[:3] == ("COMMAND", "command", IMPORT.via.value)
    assert said[3].startswith("import-")


def test_bench_data_has_one_origin(database_url):
    bench.load(database_url, lambda *_: None, entries=200)

    (found,) = ask(
        database_url,
        "SELECT first_sequence, last_sequence, actor, via FROM change_origins",
    )
    (last,) = ask(database_url, "SELECT last_sequence FROM change_counters")
    assert found == (1, *last, "command", "COMMAND")
    assert check.find_violations(database_url, lambda *_: None) == []
