"""A connected system is held back, changed, gone on with and decided about by the commands."""

import click
import pytest

from app.clock import now
from app.connect_command import kantata
from app.domain.identifiers import Kind, node_id
from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.upstreams import SyncDirection
from app.services.caller import LOCAL
from app.services.time_off_entries.commands import UpdateEntry
from app.services.time_off_entries.service import TimeOffEntryService
from app.upstream_command import update
from tests.builders import COMPANY
from tests.sync.test_commands import USERS, cells_of, connect, enter, next_workday, timeoff

__all__ = ["connect", "timeoff"]
pytestmark = pytest.mark.process


async def test_one_that_is_paused_is_not_asked_until_it_is_resumed(
    timeoff, connect, account, database
):
    assert connect("--direction", "two-way").returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    ((id_, state),) = ((each["ID"], each["STATE"]) for each in cells_of(timeoff("upstreams")))
    paused = timeoff("pause-upstream", id_)
    account.vendor.requests.clear()
    await enter(database, 1)

    assert (state, paused.returncode, paused.stdout) == ("RUNNING", 0, "Paused.\n")
    assert cells_of(timeoff("upstreams"))[0]["STATE"] == "PAUSED"
    assert timeoff("sync", "--once").returncode == 0
    assert account.vendor.requests == []
    resumed = timeoff("resume-upstream", id_)  # nothing is approved: nobody is asked
    assert (resumed.returncode, resumed.stdout) == (0, "Resumed.\n")
    assert timeoff("sync", "--once").returncode == 0
    assert account.days() == {(1, str(next_workday())): 4 * 3_600}


async def test_what_is_much_gone_is_deleted_when_somebody_says_yes(timeoff, connect, account):
    many = range(1, 31)
    account.create([next_workday()], users=many)
    assert connect().returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    account.delete([*account.entries()])
    assert timeoff("sync", "--once", "--full").returncode == 0
    (held,) = cells_of(timeoff("upstreams"))
    gone = cells_of(timeoff("sync-problems", "--code", "GONE", "--upstream", held["ID"]))
    other = timeoff("sync-problems", "--code", "TOO_MANY")

    resumed = timeoff("resume-upstream", held["ID"], typed="y\n")

    assert held["STATE"] == "NEEDS_REVIEW (MASS_DELETION)"
    assert held["PROBLEMS"] == str(len(many))
    assert {each["WHOSE"] for each in gone} == {f"{each} User {each}" for each in many}
    assert {(each["SYSTEM"], each["DAY"], each["CODE"]) for each in gone} == {
        ("KANTATA_OX", str(next_workday()), "GONE")
    }
    assert all(each["WHAT"] and each["THERE"] for each in gone)
    assert (other.stdout, other.stderr) == ("", "Nothing is to be looked at.\n")
    assert "Have all be deleted here that is listed as gone" in resumed.stderr
    assert (resumed.returncode, resumed.stdout) == (0, "Resumed.\n")
    assert timeoff("sync", "--once").returncode == 0
    assert timeoff("upstreams", "--check").returncode == 0


async def test_a_system_is_written_to_and_no_more_by_the_command(
    timeoff, connect, account, database
):
    assert connect().returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    (id_,) = (each["ID"] for each in cells_of(timeoff("upstreams")))
    written = timeoff("update-upstream", id_, "--direction", "two-way", "--conflict-policy", "ask")
    assert timeoff("sync", "--once").returncode == 0
    await enter(database, 1)
    moved = timeoff("update-upstream", id_, "--days-back", "20", "--days-ahead", "40")
    waiting = timeoff("deliveries")
    not_asked = timeoff("update-upstream", id_, "--direction", "read-only", typed="n\n")
    still = timeoff("deliveries")
    read_only = timeoff("update-upstream", id_, "--direction", "read-only", "--yes")

    assert written.stdout == "TWO_WAY, ASK, 10 days back and 20 ahead.\n"
    assert moved.stdout == "TWO_WAY, ASK, 20 days back and 40 ahead.\n"
    assert (not_asked.returncode, "Forget what waits" in not_asked.stderr) == (1, True)
    assert len(cells_of(waiting)) == len(cells_of(still)) == 1
    assert read_only.stdout == "READ_ONLY, ASK, 20 days back and 40 ahead.\n"
    assert timeoff("deliveries").stderr == "Nothing waits.\n"
    assert account.days() == {}
    unfit = timeoff("update-upstream", id_, "--days-ahead", "4000")
    assert (unfit.returncode, unfit.stdout) == (1, "")
    assert unfit.stderr == "Error: A window begins and ends within 3,650 days.\n"


@pytest.mark.parametrize("keep", ["ours", "theirs"])
async def test_conflicts_are_listed_and_decided_by_the_command(
    timeoff, connect, account, database, keep
):
    assert connect("--direction", "two-way", "--conflict-policy", "ask").returncode == 0
    assert timeoff("sync", "--once").returncode == 0
    entered = [await enter(database, each) for each in USERS]
    assert timeoff("sync", "--once").returncode == 0
    for there in account.entries():
        account.change(there, 2)
    for each in entered:
        await TimeOffEntryService(database, now).update(LOCAL, UpdateEntry(each, 6))
    assert timeoff("sync", "--once").stdout.endswith("; 3 to be decided.\n")

    listed = cells_of(timeoff("conflicts"))
    of_one = cells_of(timeoff("conflicts", "--upstream", cells_of(timeoff("upstreams"))[0]["ID"]))
    ids = [each["ID"] for each in listed]
    unknown = node_id(Kind.SYNC_CONFLICT, COMPANY)
    failed = timeoff("conflicts", "--keep", keep, ids[0], unknown, ids[1])
    again = timeoff("conflicts", "--keep", keep, ids[0])
    decided = timeoff("conflicts", "--keep", keep, *ids[1:], ids[1])

    assert of_one == listed
    assert sorted(each["WHOSE"] for each in listed) == ["1 User 1", "2 User 2", "3 User 3"]
    assert {
        (each["DAY"], *(each[name] for name in ("HERE", "THERE", "BEFORE"))) for each in listed
    } == {(str(next_workday()), "6 h", "2 h", "4 h")}
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == (
        f"Error: {unknown}: There is no such conflict. Decided before it: 1.\n"
    )
    assert again.stderr == f"Error: {ids[0]}: It is decided already.\n"
    assert (decided.returncode, decided.stdout) == (0, "Decided: 2.\n")
    assert timeoff("conflicts").stderr == "Nothing is to be decided.\n"
    assert timeoff("sync", "--once").returncode == 0
    hours = 6 if keep == "ours" else 2
    assert {*account.days().values()} == {hours * 3_600}
    assert timeoff("upstreams", "--check").returncode == 0


async def test_systems_that_are_not_there_are_told(timeoff):
    unknown = node_id(Kind.UPSTREAM, COMPANY)
    for words in (
        ["pause-upstream"],
        ["resume-upstream"],
        ["resume-upstream", "--yes"],
        ["update-upstream", "--days-back", "1"],
        ["conflicts", "--upstream"],
        ["sync-problems", "--upstream"],
    ):
        ended = timeoff(*words, unknown)
        told = "Error: There is no such upstream.\n"
        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", told), words


@pytest.mark.parametrize(
    ("option", "enum"), [("direction", SyncDirection), ("conflict_policy", ConflictPolicy)]
)
@pytest.mark.parametrize("command", [kantata, update], ids=["connect", "update"])
def test_the_command_names_each_direction_and_each_policy(command, option, enum):
    (choice,) = (each.type for each in command.params if each.name == option)

    assert isinstance(choice, click.Choice)
    assert [each.upper().replace("-", "_") for each in choice.choices] == [
        each.name for each in enum
    ]
