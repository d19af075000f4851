"""Which errors are outages: met at real databases, and what is none of them."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.db.availability.outages import outage_of
from app.db.connections.database import Database
from app.db.connections.limits import DatabaseLimits
from app.domain.errors import Unavailable
from tests.proxy import proxied

PATIENCE = 0.2
ANY_ID = "00000000-0000-4000-8000-000000000000"
INSERT = text("INSERT INTO companies (id, name, name_key) VALUES (:id, :name, 'key')")


@pytest.fixture
async def database(database_url):
    limits = DatabaseLimits(pool_size=1, connect_seconds=2, wait_seconds=PATIENCE)
    database = Database(database_url, limits=limits)
    yield database
    await database.close()


def file_of(url):
    return str(make_url(url).database)


async def connected(url):
    """Connect to PostgreSQL beside the gateway."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain)


async def insert(database, number=0, name="Brick"):
    id_ = f"00000000-0000-4000-8000-{number:012}"
    async with database.writing() as connection:
        await connection.execute(INSERT, {"id": id_, "name": name})


@pytest.mark.only_on("sqlite")
async def test_another_ones_write_is_waited_for_so_long_and_no_longer(database, database_url):
    with closing(sqlite3.connect(file_of(database_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(insert(database, 1))
        await asyncio.sleep(PATIENCE / 4)
        other.execute("ROLLBACK")
        await waiting

        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as raised:
            await insert(database, 2)

    assert (raised.value.cause, raised.value.stored) == ("SQLITE_BUSY", False)


@pytest.mark.only_on("sqlite")
async def test_who_waits_behind_a_waiting_writer_waits_no_longer_than_that_one(
    database, database_url
):
    with closing(sqlite3.connect(file_of(database_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = asyncio.get_running_loop().time()
        outcomes = await asyncio.gather(
            *(insert(database, each) for each in range(100)), return_exceptions=True
        )
        took = asyncio.get_running_loop().time() - started

    assert {type(each) for each in outcomes} == {Unavailable}
    assert took < PATIENCE * 50  # one after the other it were twice that


@pytest.mark.only_on("sqlite")
async def test_a_full_disk_is_one_and_nothing_is_stored(database, database_url):
    await insert(database)
    async with database.writing() as connection:
        (pages,) = (await connection.execute(text("PRAGMA page_count"))).one()
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    with pytest.raises(Unavailable) as raised:
        await insert(database, 1, "x" * 1_000_000)

    assert (raised.value.cause, raised.value.stored) == ("SQLITE_FULL", False)
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM companies"))).scalar() == 1


@pytest.mark.only_on("sqlite")
async def test_a_file_that_cannot_be_opened_is_one(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/missing/gone.db")
    with pytest.raises(Unavailable, match="SQLITE_CANTOPEN"):
        async with database.reading():
            pass
    await database.close()


@pytest.mark.only_on("sqlite")
async def test_a_page_that_cannot_be_read_is_one_and_a_write_that_meets_it_is_told(
    database, database_url
):
    """The same code is said of a damaged file and of a disk that fails for a moment."""
    path = file_of(database_url)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        find = "SELECT rootpage FROM sqlite_schema WHERE name = 'companies'"
        ((page,),) = other.execute(find).fetchall()
        ((size,),) = other.execute("PRAGMA page_size").fetchall()
    with Path(path).open("r+b") as raw:  # noqa: ASYNC230 - one page
        raw.seek((page - 1) * size)
        raw.write(bytes([255]) * size)

    with pytest.raises(Unavailable, match="SQLITE_CORRUPT"):
        async with database.reading() as connection:
            await connection.execute(text("SELECT name FROM companies"))
    assert database.why_unwritable is None
    with pytest.raises(Unavailable) as raised:
        await insert(database)

    assert (raised.value.cause, raised.value.stored) == ("SQLITE_CORRUPT", False)
    assert database.why_unwritable == "write failed"


@pytest.mark.parametrize(
    ("code", "is_outage"),
    [
        *((each, True) for each in ("SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_IOERR_READ")),
        *((each, False) for each in ("SQLITE_CONSTRAINT", "SQLITE_CORRUPT_INDEX")),
    ],
)
def test_sqlite_says_it_by_its_code(code, is_outage):
    error = sqlite3.OperationalError("a reason")
    error.sqlite_errorcode = getattr(sqlite3, code)
    error.sqlite_errorname = code

    assert outage_of(error) == (code if is_outage else None)


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(
    ("sqlstate", "is_outage"),
    [
        *((each, True) for each in ("08006", "25006", "28P01", "3D000", "40001", "40P01")),
        *((each, True) for each in ("53100", "53300", "55P03", "57P01", "57P03", "58030")),
        *((each, False) for each in ("22012", "23505", "42P01", "57014", "XX000")),
    ],
)
async def test_postgresql_says_it_by_its_sqlstate(database, sqlstate, is_outage):
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'a reason' USING ERRCODE = '{sqlstate}'; END $$"
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is asked below
        async with database.reading() as connection:
            await connection.execute(text(raising))

    assert isinstance(raised.value, Unavailable) == is_outage
    assert "a reason" not in str(raised.value) or not is_outage


@pytest.mark.only_on("postgresql")
async def test_a_session_that_is_ended_is_one_and_the_next_is_well(database, database_url):
    other = await connected(database_url)

    async def write():
        async with database.writing() as connection:
            (pid,) = (await connection.execute(text("SELECT pg_backend_pid()"))).one()
            await other.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
            await connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable) as raised:
        await write()
    await other.close()

    assert raised.value.stored is False
    await insert(database)


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("fails", ["stall", "cut"])
async def test_what_is_undone_is_undone_although_the_database_does_not_say_so(database_url, fails):
    """The answer of a dry run, and a refusal, are true without it; the next caller is well."""
    async with proxied(database_url) as proxy:
        database = Database(proxy.url, limits=DatabaseLimits(pool_size=1, wait_seconds=5))
        for dry_run in (True, False):
            with suppress(ZeroDivisionError):
                async with database.writing(dry_run=dry_run) as connection:
                    await connection.execute(INSERT, {"id": ANY_ID, "name": "Brick"})
                    getattr(proxy, fails)()
                    if not dry_run:
                        raise ZeroDivisionError
            proxy.go_on()
            async with database.reading() as connection:
                assert (await connection.execute(text("SELECT id FROM companies"))).all() == []
        await database.close()


@pytest.mark.only_on("postgresql")
async def test_of_a_session_that_is_ended_in_its_commit_nobody_knows_the_outcome(
    database, database_url
):
    """The trigger runs within the commit, and its session is ended there."""
    other = await connected(database_url)
    await other.execute(
        """
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON companies
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()
        """
    )
    committing = asyncio.create_task(insert(database))
    sleeping = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while not (pid := await other.fetchval(sleeping)):  # noqa: ASYNC110 - it is PostgreSQL's event
        await asyncio.sleep(0.02)
    await other.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
    with pytest.raises(Unavailable) as raised:
        await committing
    await other.close()

    assert (raised.value.stored, raised.value.code) == (None, "OUTCOME_UNKNOWN")


@pytest.mark.only_on("postgresql")
async def test_a_full_pool_is_one(database):
    outcomes = await asyncio.gather(*(hold(database) for _ in range(30)), return_exceptions=True)

    assert {str(each) for each in outcomes} == {"None", "no free connection"}


async def hold(database):
    async with database.reading():
        await asyncio.sleep(PATIENCE * 5)


async def test_what_is_our_own_fault_is_none(database):
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the driver's, which differs
        async with database.reading() as connection:
            await connection.execute(text("SELECT nothing FROM nowhere"))
    assert not isinstance(raised.value, Unavailable)

    await insert(database)
    with pytest.raises(IntegrityError):
        await insert(database)


def test_a_refused_connection_is_one_below_sqlalchemys_wrappers():
    wrapped = ProgrammingError("SELECT", None, ConnectionRefusedError())
    assert outage_of(wrapped) == "ConnectionRefusedError"
    assert outage_of(ValueError("a reason")) is None
