"""A system is connected, read and disconnected by the commands, as an operator types them."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.clock import now
from app.domain.identifiers import Kind, node_id
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.sealing import new_key
from app.services.time_off_entries.commands import (
    CreateEntries,
    EntryItem,
    UpdateEntry,
)
from app.services.time_off_entries.service import TimeOffEntryService
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


async def enter(database, user, hours=4):
    """Have somebody enter time off here, and return its id."""
    entries = TimeOffEntryService(database, now)
    item = EntryItem(str(user), hours, next_workday())
    (entry,) = (await entries.create(LOCAL, CreateEntries([item]))).entries
    return str(entry.id)


def cells_of(listed):
    """Return what a table has in each row, by its heading."""
    head, *rows = listed.stdout.splitlines()
    starts = [
        each.start() for each in re.finditer(r"(?<!\S)\S", head.replace("LAST READ", "LAST_READ"))
    ]
    return [
        {
            head[start:end].strip(): row[start:end].strip()
            for start, end in zip(starts, [*starts[1:], None], strict=True)
        }
        for row in rows
    ]


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
    assert timeoff("upstreams", "--check", "--max-lag", "10").returncode == 0

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
    assert checked.stderr == (
        "Kantata OX of Brick: it needs other credentials (CREDENTIALS_REFUSED): "
        "`replaceUpstreamCredentials`.\n"
    )
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


async def test_what_is_changed_here_is_written_by_the_command(timeoff, connect, account, database):
    connected = connect("--direction", "two-way")
    assert connected.returncode == 0, connected.stderr
    assert timeoff("sync", "--once").returncode == 0
    await enter(database, 1)

    listed = cells_of(timeoff("upstreams"))
    (waiting,) = cells_of(timeoff("deliveries"))
    written = timeoff("sync", "--once")

    assert [(each["DIRECTION"], each["WAITING"]) for each in listed] == [("TWO_WAY", "1")]
    assert waiting["SYSTEM"] == "KANTATA_OX"
    assert waiting["WHOSE"] == "1 User 1"
    assert waiting["DAY"] == str(next_workday())
    assert [waiting[each] for each in ("STATE", "TRIES", "WHY")] == ["PENDING", "0", ""]
    assert written.returncode == 0, written.stderr
    assert "written" not in written.stdout
    assert account.days() == {(1, str(next_workday())): 4 * 3_600}
    ended = timeoff("deliveries")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "Nothing waits.\n")


async def test_a_write_that_the_last_pass_has_found_is_waited_for(
    timeoff, connect, account, database
):
    assert connect("--direction", "two-way").returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    entry = await enter(database, 1)
    assert timeoff("sync", "--once").returncode == 0
    await TimeOffEntryService(database, now).update(LOCAL, UpdateEntry(entry, 6))
    async with database.writing() as connection:  # as in a database that was restored
        await connection.execute(text("DELETE FROM deliveries"))
    account.fault({"kind": "slow", "method": "PUT", "seconds": 1})

    written = timeoff("sync", "--once")

    assert written.returncode == 0, written.stderr
    assert account.days() == {(1, str(next_workday())): 6 * 3_600}
    assert timeoff("deliveries").stdout == ""


async def test_what_is_written_for_the_first_time_waits_for_somebody(
    timeoff, connect, account, database
):
    assert connect().returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    assert timeoff("disconnect", cells_of(timeoff("upstreams"))[0]["ID"], "--yes").returncode == 0
    await enter(database, 1)
    assert connect("--direction", "two-way").returncode == 0

    read = timeoff("sync", "--once")
    checked = timeoff("upstreams", "--check")
    (waiting,) = cells_of(timeoff("deliveries", "--upstream", cells_of(checked)[0]["ID"]))

    assert read.stdout.endswith(", FIRST_WRITE; 1 still to be written.\n")
    assert checked.returncode == 1
    assert checked.stderr.startswith("Kantata OX of Brick: what is written there for the first")
    assert waiting["WHY"] == "nothing is written: NEEDS_REVIEW (FIRST_WRITE)"
    assert account.days() == {}
    id_ = cells_of(checked)[0]["ID"]
    not_asked = timeoff("resume-upstream", id_, typed="n\n")
    assert (not_asked.returncode, not_asked.stdout) == (1, "")
    assert "Have all be written there that `timeoff deliveries` lists?" in not_asked.stderr
    assert timeoff("upstreams", "--check").returncode == 1
    resumed = timeoff("resume-upstream", id_, "--yes")
    assert (resumed.returncode, resumed.stdout) == (0, "Resumed.\n")
    assert timeoff("sync", "--once").returncode == 0
    assert account.days() == {(1, str(next_workday())): 4 * 3_600}
    assert timeoff("upstreams", "--check").returncode == 0


@pytest.mark.parametrize("is_given_up", [False, True])
async def test_what_was_refused_is_tried_again_or_given_up_by_its_id(
    timeoff, connect, account, database, is_given_up
):
    assert connect("--direction", "two-way").returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    entry = await enter(database, 1)
    assert timeoff("sync", "--once").returncode == 0
    words = "Above the limit."
    account.fault({"kind": "status", "status": 422, "method": "PUT", "words": words})
    await TimeOffEntryService(database, now).update(LOCAL, UpdateEntry(entry, 6))

    refused = timeoff("sync", "--once")
    (line,) = cells_of(timeoff("deliveries", "--blocked"))
    checked = timeoff("upstreams", "--check")
    account.fault()
    decided = timeoff("deliveries", "--give-up" if is_given_up else "--retry", line["ID"])
    assert timeoff("sync", "--once").returncode == 0

    assert refused.stdout.endswith("; 1 refused.\n")
    assert (line["STATE"], line["TRIES"]) == ("BLOCKED", "2")
    assert line["WHY"] == (
        f"REFUSED: Kantata OX refused 6 h of user 1 on {next_workday()}: {words}"
    )
    assert checked.returncode == 1
    assert "Brick: refused: 1 day; `timeoff deliveries --blocked` says why.\n" in checked.stderr
    assert decided.returncode == 0, decided.stderr
    assert decided.stdout.endswith(": 1.\n")
    assert account.days() == {(1, str(next_workday())): (4 if is_given_up else 6) * 3_600}
    assert timeoff("upstreams", "--check").returncode == 0


async def test_a_conflict_to_be_decided_is_told_by_the_check(timeoff, connect, account, database):
    assert connect("--direction", "two-way", "--conflict-policy", "ask").returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    entry = await enter(database, 1)
    assert timeoff("sync", "--once").returncode == 0
    (there,) = account.entries()
    account.change(there, 2)
    await TimeOffEntryService(database, now).update(LOCAL, UpdateEntry(entry, 6))

    assert timeoff("sync", "--once").stdout.endswith("; 1 to be decided.\n")
    checked = timeoff("upstreams", "--check")
    (held,) = cells_of(timeoff("deliveries"))

    assert checked.returncode == 1
    assert "to be decided: 1 conflict; `timeoff conflicts`" in checked.stderr
    assert held["STATE"] == "HELD"
    assert held["WHY"].startswith("CONFLICT: It was changed there as well")
    retried = timeoff("deliveries", "--retry", held["ID"])
    assert (retried.returncode, retried.stdout, retried.stderr) == (
        1,
        "",
        f"Error: {held['ID']}: It is not refused: nothing is to be decided about it.\n",
    )


async def test_what_is_asked_of_deliveries_wrongly_is_told(timeoff):
    unknown = node_id(Kind.DELIVERY, COMPANY)
    for words, code, told in (
        (["--retry", "x"], 1, "x: This is not the id of a delivery."),
        (["--give-up", unknown], 1, f"{unknown}: There is no such delivery."),
        (["--upstream", "x"], 1, "This is not the id of an upstream."),
        (["--upstream", node_id(Kind.UPSTREAM, COMPANY)], 1, "There is no such upstream."),
        (
            ["--retry", "x", "--give-up", "y"],
            2,
            "--retry or --give-up, not both at once. See: timeoff deliveries --help",
        ),
        (
            ["--retry", "x", "--blocked"],
            2,
            "--upstream and --blocked only list. See: timeoff deliveries --help",
        ),
    ):
        ended = timeoff("deliveries", *words)
        assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", f"Error: {told}\n")
