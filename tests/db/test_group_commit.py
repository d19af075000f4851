"""SQLite's writers share commits, and nothing else: each is acknowledged or refused alone."""

import asyncio
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from app.db.connections.database import Database
from app.db.connections.group_commit import PARTS_OF_A_GROUP
from app.domain.errors import Unavailable
from tests.builders import UNKNOWN_UUID, uuid

pytestmark = pytest.mark.only_on("sqlite")

INSERT = text("INSERT INTO companies (id, name, name_key) VALUES (:id, :id, :id)")
ORPHAN = text("INSERT INTO change_counters VALUES (:id, 0, '', 0, NULL)")
COUNT = text("SELECT count(*) FROM companies")


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def path(database_url):
    return Path(str(make_url(database_url).database))


@pytest.fixture
def stored(path):
    """What anybody else sees: the numbers of the companies."""

    def look():
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT id FROM companies").fetchall()
        return {int(id_[-12:], 16) for (id_,) in rows}

    return look


@pytest.fixture
def commits(path):
    """How many commits the write-ahead log has: the frames that end one say so."""

    def count():
        log = path.with_name(f"{path.name}-wal").read_bytes()
        (page,) = struct.unpack_from(">I", log, 8)
        frames = [log[at : at + 24] for at in range(32, len(log), 24 + page)]
        # A frame without the salts of the log is from before its last start.
        return sum(each[8:16] == log[16:24] and each[4:8] != bytes(4) for each in frames)

    return count


async def write(database, number, *, dry_run=False):
    async with database.writing(dry_run=dry_run) as connection:
        await connection.execute(INSERT, {"id": uuid(number)})


async def refuse(database, number):
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": uuid(number)})
        raise LookupError(number)


async def all_waiting(count=PARTS_OF_A_GROUP):
    """Let every task go on as far as it can while the test has the turn."""
    for _ in range(count):
        await asyncio.sleep(0)


async def in_one_group(database, *writers):
    """Run them all between two parts of the test's own, 1 and 2; return what became of each."""
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": uuid(1)})
        tasks = [asyncio.create_task(each) for each in writers]
        await all_waiting()
        last = asyncio.create_task(write(database, 2))
        await all_waiting()
    await last
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_writers_connection_is_durable_and_safe(database):
    async with database.writing() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("synchronous", "journal_mode", "foreign_keys")
        }

    assert found == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}


async def test_writers_that_wait_are_committed_together(database, commits, stored):
    await write(database, 0)
    before = commits()

    outcomes = await in_one_group(database, *(write(database, number) for number in range(3, 33)))

    assert outcomes == [None] * 30
    assert stored() == set(range(33))
    assert commits() - before == 1


async def test_many_writers_at_once_take_few_commits(database, commits, stored):
    await write(database, 0)
    before = commits()

    await asyncio.gather(*(write(database, number) for number in range(1, 201)))

    assert stored() == set(range(201))
    assert commits() - before < 20


async def test_a_writer_goes_on_only_when_others_see_what_it_wrote(database, stored):
    async def write_and_look(number):
        await write(database, number)
        assert number in stored()

    await asyncio.gather(*(write_and_look(number) for number in range(100)))


async def test_nobody_else_sees_a_group_before_its_commit(database, stored):
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": uuid(1)})
        others = [asyncio.create_task(write(database, number)) for number in (2, 3)]
        await all_waiting()
        assert stored() == set()
    await asyncio.gather(*others)

    assert stored() == {1, 2, 3}


async def test_a_writer_sees_what_was_written_before_it_in_its_group(database):
    counts = []

    async def write_and_count(number):
        async with database.writing() as connection:
            await connection.execute(INSERT, {"id": uuid(number)})
            counts.append((await connection.execute(COUNT)).scalar_one())

    await in_one_group(database, *(write_and_count(number) for number in (3, 4, 5)))

    assert counts == [2, 3, 4]


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_of_a_group_only_what_was_refused_is_missing(database, stored, commits, place):
    await write(database, 0)
    before = commits()
    writers = [write(database, 3), write(database, 4), write(database, 5)]
    writers[place].close()
    writers[place] = refuse(database, 3 + place)

    outcomes = await in_one_group(database, *writers)

    assert stored() == {0, 1, 2, 3, 4, 5} - {3 + place}
    assert [type(each) for each in outcomes].count(LookupError) == 1
    assert commits() - before == 1


async def test_the_first_of_a_group_may_be_refused(database, stored):
    outcomes = await asyncio.gather(
        refuse(database, 1), write(database, 2), write(database, 3), return_exceptions=True
    )

    assert [type(each) for each in outcomes] == [LookupError, type(None), type(None)]
    assert stored() == {2, 3}


async def test_a_dry_run_of_a_group_is_taken_back_alone(database, stored):
    await in_one_group(
        database, write(database, 3), write(database, 4, dry_run=True), write(database, 5)
    )

    assert stored() == {1, 2, 3, 5}


async def test_a_refusal_waits_for_what_it_was_judged_by(database, stored):
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": uuid(1)})
        refused = asyncio.create_task(refuse(database, 1))  # there is a 1 already
        await all_waiting()
    with pytest.raises(IntegrityError):
        await refused

    assert stored() == {1}


async def fail_to_commit(database, number):
    async with database.writing() as connection:
        await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        await connection.execute(INSERT, {"id": uuid(number)})
        await connection.execute(ORPHAN, {"id": UNKNOWN_UUID})


async def test_a_commit_that_fails_fails_all_of_its_group_and_nobody_else(database, stored):
    outcomes = await asyncio.gather(
        write(database, 1),
        write(database, 2),
        fail_to_commit(database, 3),
        refuse(database, 4),
        return_exceptions=True,
    )
    await write(database, 5)

    # The first was alone at its commit; the others had queued meanwhile.
    assert [type(each) for each in outcomes] == [type(None), *3 * [IntegrityError]]
    assert stored() == {1, 5}


async def test_a_group_that_sqlite_ends_by_itself_is_acknowledged_to_nobody(database, stored):
    async def lose_the_transaction():
        async with database.writing() as connection:
            statement = "INSERT OR ROLLBACK INTO companies SELECT * FROM companies LIMIT 1"
            await connection.execute(text(statement))

    async def go_on_after_losing_it():
        async with database.writing() as connection:
            await connection.execute(text("ROLLBACK"))

    for lose in (lose_the_transaction, go_on_after_losing_it):
        outcomes = await asyncio.gather(
            write(database, 1), write(database, 2), lose(), write(database, 3),
            return_exceptions=True,
        )  # fmt: skip

        assert outcomes[0] is None
        assert isinstance(outcomes[1], Unavailable)
        assert isinstance(outcomes[2], IntegrityError | Unavailable)
        assert outcomes[3] is None
        assert stored() == {1, 3}
        async with database.writing() as connection:
            await connection.execute(text("DELETE FROM companies"))


async def cancelled(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_cancelled_while_waiting_for_its_turn_leaves_no_trace(database, stored):
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": uuid(1)})
        tasks = [asyncio.create_task(write(database, number)) for number in (2, 3, 4)]
        await all_waiting()
        await cancelled(tasks[0])
        await cancelled(tasks[2])
    await tasks[1]
    await write(database, 5)

    assert stored() == {1, 3, 5}


async def test_who_is_cancelled_as_its_turn_comes_passes_it_on(database, stored):
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": uuid(1)})
        last = asyncio.create_task(write(database, 2))
        await all_waiting()
        # Before the turn is passed on, and carried out after that: the last has not begun.
        asyncio.get_running_loop().call_soon(last.cancel)
    with pytest.raises(asyncio.CancelledError):
        await last
    await write(database, 3)

    assert stored() == {1, 3}


async def test_who_is_cancelled_within_its_part_takes_back_only_that(database, stored):
    entered = asyncio.Event()

    async def never_done():
        async with database.writing() as connection:
            await connection.execute(INSERT, {"id": uuid(2)})
            entered.set()
            await asyncio.Event().wait()

    async def let_it_queue():
        async with database.writing() as connection:
            await connection.execute(INSERT, {"id": uuid(1)})
            others = [asyncio.create_task(never_done()), asyncio.create_task(write(database, 3))]
            await all_waiting()
            return others

    first = asyncio.create_task(let_it_queue())
    await entered.wait()
    never = next(task for task in asyncio.all_tasks() if "never_done" in repr(task))
    assert not first.done()
    await cancelled(never)
    _, last = await first
    await last

    assert stored() == {1, 3}


async def test_who_is_cancelled_while_the_group_is_committed_changes_nothing_of_it(
    database, stored
):
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": uuid(1)})
        tasks = [asyncio.create_task(write(database, number)) for number in (2, 3, 4)]
        await all_waiting()
    # Ours is over when the group is: cancelled in the moment before the others go on.
    await cancelled(tasks[1]) if not tasks[1].done() else None
    await asyncio.gather(tasks[0], tasks[2])
    await write(database, 5)

    assert stored() == {1, 2, 3, 4, 5}


async def test_everyone_of_a_group_may_be_cancelled_while_it_is_committed(database, stored):
    tasks = [asyncio.create_task(write(database, number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)  # the first has had its turn, and its commit is under way
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await write(database, 4)

    assert all(task.cancelled() for task in tasks)
    assert stored() - {1} == {4}


@pytest.mark.parametrize("moment", range(0, 60, 3))
async def test_whoever_is_cancelled_whenever_the_others_are_acknowledged(database, stored, moment):
    """A hundred turns of the event loop see all phases; the moment moves through them."""
    tasks = [asyncio.create_task(write(database, number)) for number in range(1, 31)]
    for _ in range(moment):
        await asyncio.sleep(0)
    victims = [task for task in tasks[::3] if task.cancel()]
    await asyncio.wait(tasks)
    await asyncio.wait_for(write(database, 31), 10)

    acknowledged = {
        number
        for number, task in enumerate(tasks, 1)
        if not task.cancelled() and not task.exception()
    }
    assert acknowledged | {31} <= stored()
    assert len(acknowledged) == 30 - sum(task.cancelled() for task in victims)


async def test_who_is_cancelled_while_another_process_writes_leaves_the_turn(
    database, path, stored
):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(write(database, number)) for number in (1, 2)]
        await all_waiting()
        await cancelled(waiting[0])
        assert not waiting[1].done()
        other.execute("ROLLBACK")
        await waiting[1]

    assert stored() == {2}


async def test_two_that_write_without_a_pause_both_get_their_turns(database, database_url):
    """Each is a group of writers of its own, as in two processes over one file."""
    other = Database(database_url)
    done = {database: 0, other: 0}
    stopped = asyncio.Event()

    async def keep_writing(mine, first):
        number = first
        while not stopped.is_set():
            await write(mine, number)
            number += 20
            done[mine] += 1
            if min(done.values()) >= 100:
                stopped.set()

    try:
        async with asyncio.timeout(60):
            await asyncio.gather(
                *(keep_writing(database, number) for number in range(10)),
                *(keep_writing(other, number) for number in range(10, 20)),
            )
    finally:
        await other.close()

    assert min(done.values()) > max(done.values()) / 10


async def test_a_group_ends_although_more_and_more_writers_come(database):
    tasks = [asyncio.create_task(write(database, number)) for number in range(10)]
    while not tasks[5].done():  # the first may have been committed alone
        assert len(tasks) < 20_000
        tasks += [asyncio.create_task(write(database, len(tasks) + each)) for each in range(4)]
        await asyncio.sleep(0)
    waiting = [task for task in tasks if not task.done()]
    await asyncio.gather(*tasks)

    assert waiting


async def test_a_long_write_lets_others_go_on_between_its_statements(database):
    count = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
        "SELECT count(*) FROM n"
    )
    went_on = []

    async def go_on():
        while True:
            went_on.append(1)
            await asyncio.sleep(0)

    other = asyncio.create_task(go_on())
    async with database.writing() as connection:
        before = len(went_on)
        for _ in range(5):
            await connection.execute(count)
        turns = len(went_on) - before
    other.cancel()

    assert turns >= 4


async def test_a_closed_database_has_committed(database_url, stored):
    database = Database(database_url)
    tasks = [asyncio.create_task(write(database, number)) for number in (1, 2)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*tasks)
    await database.close()
    await database.close()

    assert stored() == {1, 2}
