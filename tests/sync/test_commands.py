"""A system is connected, read and disconnected by the commands, as an operator types them."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.clock import now
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.sealing import new_key
from tests import warm
from tests.builders import COMPANY
from tests.server import clean_environment
from tests.standins.kantata import ACCOUNT, TOKEN

pytestmark = pytest.mark.process

USERS = range(1, 4)
DAYS = ["--days-back", "10", "--days-ahead", "20"]


def next_workday():
    day = date.today() + timedelta(days=1)  # noqa: DTZ011 - a day or two from now will do
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


@pytest.fixture
async def timeoff(database, database_url, database_kind, tmp_path):
    """Run the command on a database with a company; what is typed goes to standard input."""
    directory = DirectoryService(database, now)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    environment = clean_environment() | {
        "TIMEOFF_DATABASE_URL": database_url,
        "TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1",
    }
    if database_kind == "postgresql":
        environment["TIMEOFF_SYNC_KEYS"] = new_key()

    def run(*arguments, typed="", **variables):
        return warm.run(*arguments, env=environment | variables, cwd=tmp_path, typed=typed)

    return run


@pytest.fixture
def connect(timeoff, account):
    base_url = account.vendor.base_url

    def run(*more, token=TOKEN, **variables):
        asked = ["connect", "kantata", "--company", COMPANY, "--base-url", base_url, *DAYS, *more]
        return timeoff(*asked, typed=f"{token}\n", **variables)

    return run


async def entries(database):
    async with database.reading() as connection:
        return (await connection.execute(text("SELECT COUNT(*) FROM time_off_entries"))).scalar()


async def test_from_the_first_try_of_a_token_to_the_last_word(
    timeoff, connect, account, database, database_kind
):
    account.create([next_workday()], users=USERS)

    tried = connect("--check-only")
    assert (tried.returncode, tried.stdout) == (
        0,
        f"The token opens account {ACCOUNT}. Nothing is stored.\n",
    )
    assert timeoff("upstreams").stdout == ""

    connected = connect("--account", ACCOUNT)
    [id_] = re.findall(r"^Connected: (\S+), account", connected.stdout)
    listed = timeoff("upstreams", "--check").stdout.splitlines()
    assert [each.split()[:3] for each in listed] == [
        ["ID", "SYSTEM", "COMPANY"],
        [id_, "KANTATA_OX", "Brick"],
    ]
    assert "never" in listed[1]

    read = timeoff("sync", "--once")
    assert read.returncode == 0, read.stderr
    assert read.stdout.startswith(f"KANTATA_OX, account {ACCOUNT}: last read ")
    assert await entries(database) == len(USERS)

    file = database.file and database.file.with_name(f"{database.file.name}-sync-keys")
    before = file and file.read_text()
    assert timeoff("rotate-sync-keys").stdout == "1 sealed anew.\n"
    if file:
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text() != before
        assert len(file.read_text().split()) == 1
    account.delete(list(account.entries())[:1])
    assert timeoff("sync", "--once", "--full", "--upstream", id_).returncode == 0
    assert await entries(database) == len(USERS) - 1
    assert timeoff("upstreams", "--check", "--max-lag", "600").returncode == 0

    assert timeoff("disconnect", id_, "--yes").returncode == 0
    assert timeoff("upstreams").stdout == ""
    assert await entries(database) == len(USERS) - 1


async def test_what_is_wrong_is_one_line_without_the_token(timeoff, connect, database_kind):
    wrong = "wrong-token-of-somebody"
    ended = [
        connect(token=wrong),
        connect("--account", "77"),
        connect("--company", "0b6e2f3c-6a6c-4a53-8a37-2f3c1d5e7a90"),
        connect(TIMEOFF_SYNC_EXTRA_HOSTS="elsewhere.example"),
        connect(token=""),
    ]

    assert [each.returncode for each in ended] == [1] * 5
    for each in ended:
        assert len(each.stderr.splitlines()) == 1, each.stderr
        assert wrong not in each.stderr
        assert TOKEN not in each.stderr
    assert "401" in ended[0].stderr
    assert ACCOUNT in ended[1].stderr
    assert timeoff("upstreams").stdout == ""


async def test_one_that_needs_somebody_is_told_by_the_exit_code(timeoff, connect, account):
    assert connect().returncode == 0
    account.fault({"kind": "status", "status": 401})

    read = timeoff("sync", "--once")
    checked = timeoff("upstreams", "--check")

    assert (read.returncode, checked.returncode) == (1, 1)
    assert "NEEDS_CREDENTIALS (CREDENTIALS_REFUSED)" in checked.stdout
    assert timeoff("upstreams").returncode == 0


async def test_one_that_waits_is_read_once_the_vendor_answers_again(timeoff, connect, database):
    assert connect().returncode == 0
    async with database.writing() as connection:
        waiting = (
            "UPDATE upstreams SET state = 'WAITING', failures = 7, state_reason = 'UNANSWERED'"
        )
        await connection.execute(text(waiting))

    read = timeoff("sync", "--once")

    assert read.returncode == 0, read.stdout
    assert "last read" in read.stdout
    assert timeoff("upstreams", "--check").returncode == 0


async def test_one_that_fails_once_more_is_told(timeoff, connect, account, database):
    assert connect().returncode == 0
    async with database.writing() as connection:
        await connection.execute(text("UPDATE upstreams SET failures = 7, state = 'WAITING'"))
    account.fault({"kind": "status", "status": 503})

    read = timeoff("sync", "--once")

    assert (read.returncode, "not read yet" in read.stdout) == (1, True)


@pytest.mark.only_on("postgresql")
async def test_without_a_key_nothing_is_stored_and_it_says_what_to_set(timeoff, connect):
    ended = connect(TIMEOFF_SYNC_KEYS="")

    assert ended.returncode == 1
    assert "set TIMEOFF_SYNC_KEYS to a key" in ended.stderr
    assert timeoff("upstreams").stdout == ""


@pytest.mark.only_on("postgresql")
async def test_a_key_that_is_not_there_any_more_is_told_and_drops_nothing(timeoff, connect):
    assert connect().returncode == 0

    ended = timeoff("rotate-sync-keys", TIMEOFF_SYNC_KEYS=new_key())

    assert ended.returncode == 1
    assert "No key opens the credentials of " in ended.stderr
    assert timeoff("sync", "--once").returncode == 0
