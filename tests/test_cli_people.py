"""`timeoff person-data` and `timeoff erase-person`, as an operator types them."""

import json
import sqlite3
import stat
import subprocess
from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from tests import warm
from tests.server import clean_environment

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite"), pytest.mark.rule("4.7")]

EMAIL = "amara.birch@example.com"
WORKER = "V29ya2VyOlUx"


@pytest.fixture
def timeoff(database_url, tmp_path):
    """Run `timeoff …` on the database, and return how it ended."""

    def run(*words, **more):
        words = (*words, "--database-url", database_url)
        return warm.run(*words, env=clean_environment(), cwd=tmp_path, timeout=300, **more)

    return run


def test_somebody_is_given_their_data_is_erased_and_what_stays_is_sound(
    timeoff, tmp_path, database_url
):
    assert timeoff("seed").returncode == 0
    given = timeoff("person-data", EMAIL, "--output", "amara.json")
    again = timeoff("person-data", EMAIL, "--output", "amara.json")
    told = json.loads((tmp_path / "amara.json").read_text("utf-8"))
    by_id = timeoff("person-data", "1")
    with closing(sqlite3.connect(make_url(database_url).database or "")) as connection:
        asked = connection.execute("SELECT kind, actor, details FROM access_events").fetchall()

    assert given.returncode == by_id.returncode == 0, given.stderr + by_id.stderr
    assert told == json.loads(by_id.stdout)
    assert stat.S_IMODE((tmp_path / "amara.json").stat().st_mode) == 0o600
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == (
        "Error: amara.json is there already. Take another name, or --overwrite.\n"
    )
    assert {each[:2] for each in asked} == {("EXPORTED", "command")}
    assert [json.loads(details)["workerId"] for _, _, details in asked] == [WORKER] * 2
    assert told["worker"]["fullName"] == "Amara Birch"
    hours = sum(each["hours"] for each in told["timeOffEntries"])

    tried = timeoff("erase-person", EMAIL, "--dry-run")
    unasked = timeoff("erase-person", EMAIL)
    assert tried.returncode == 0, tried.stderr
    whom = f"Amara Birch <{EMAIL}> (worker U1), would be erased:\n"
    assert tried.stdout.startswith(whom)
    assert unasked.stdout.startswith(whom)
    assert unasked.returncode == 1
    assert json.loads(timeoff("person-data", "1").stdout) == told

    erased = subprocess.run(
        [warm.TIMEOFF, "erase-person", EMAIL, "--database-url", database_url],
        input="y\n",
        env=clean_environment(),
        timeout=300,
        capture_output=True,
        text=True,
        check=False,
    )
    assert erased.returncode == 0, erased.stderr
    assert erased.stdout.startswith(whom)
    assert "\nErased 1 (worker U1), erased:\n       2  users and people" in erased.stdout
    assert "Backups and copies of the database still have all of it" in erased.stderr

    assert timeoff("erase-person", WORKER, "--yes").stdout.startswith("Erased 1 (worker U1), er")

    left = timeoff("person-data", WORKER)
    assert "Amara" not in left.stdout
    assert hours == sum(each["hours"] for each in json.loads(left.stdout)["timeOffEntries"])
    assert timeoff("check").returncode == 0


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("nobody@example.com", "No worker has this e-mail address, or several do."),
        ("404", "There is no such worker."),
        ("Amara", "This is neither an e-mail address nor an id."),
    ],
)
@pytest.mark.parametrize("command", [("person-data",), ("erase-person", "--yes")])
def test_nobody_is_a_line(timeoff, command, who, words):
    ended = timeoff(*command, who)

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [f"Error: {words}"]
