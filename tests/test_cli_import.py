"""`timeoff import` as the guide shows it, and what `timeoff export` writes read back."""

import csv
import shlex
import shutil
from pathlib import Path

import pytest

from app.import_command import KINDS
from app.services.importing.kinds import FILES
from tests import warm
from tests.guides import blocks
from tests.server import clean_environment

pytestmark = pytest.mark.process

PROJECT = Path(__file__).resolve().parent.parent
SAMPLES = PROJECT / "docs" / "samples"
WINDOW = ["--from", "2026-03-01", "--to", "2026-05-31"]


@pytest.fixture
def timeoff(tmp_path):
    """Run the command somewhere else, and return how it ended."""

    def run(*arguments, cwd=tmp_path, **variables):
        environment = clean_environment() | variables
        return warm.run(*arguments, env=environment, cwd=cwd, timeout=300)

    return run


def test_the_command_knows_each_kind_of_file(timeoff):
    helped = timeoff("import", "--help")

    assert tuple(noun.plural for noun in FILES) == KINDS
    assert helped.returncode == 0
    assert [kind for kind in KINDS if f"    {kind}.csv " not in helped.stdout] == []


def test_the_samples_of_the_guide_become_a_firm_s_calendar(timeoff, database_url):
    (block,) = (
        each.text
        for each in blocks(PROJECT / "docs" / "importing.md")
        if "docs/samples/firm" in each.text
    )
    commands = [shlex.split(line, comments=True) for line in block.replace("\\\n", "").splitlines()]

    ended = [
        timeoff(*rest, cwd=PROJECT, TIMEOFF_DATABASE_URL=database_url)
        for _, *rest in filter(None, commands)
    ]
    checked = timeoff("check", "--database-url", database_url)

    assert [each.returncode for each in ended] == [0] * len(ended), [each.stderr for each in ended]
    assert [each.stdout.partition(",")[0] for each in ended] == [
        "Dry run: 17 would be stored",
        "17 stored",
        "Dry run: 3 would be stored",
        "3 stored",
    ]
    assert checked.stdout.startswith("0 violations and 0 notices")


def hours(path):
    """Return the hours off of each user on each day, of a file that was exported."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    every = {(row["user_id"], row["date"]): row["hours_off"] for row in rows}
    return {place: each for place, each in every.items() if each != "0,0"}


def test_what_is_exported_of_users_is_read_back(timeoff, database_url, tmp_path):
    other = f"sqlite:///{tmp_path}/other.db"
    directory = tmp_path / "directory"
    shutil.copytree(SAMPLES / "firm", directory, ignore=shutil.ignore_patterns("*time_off*"))
    assert timeoff("import", str(directory), "--database-url", other).returncode == 0
    timeoff("import", str(SAMPLES / "firm"), "--database-url", database_url)
    asked = [*WINDOW, "--separator", "semicolon", "--output"]
    users = ["--role", "11", "--role", "12"]

    timeoff("export", *users, *asked, "users.csv", "--database-url", database_url)
    timeoff("export", *asked, "all.csv", "--database-url", database_url)
    options = ["--as", "time_off_entries", "--make-ids", "--database-url", other]
    lenient = [*options, "--ignore-unknown-columns", "--cut-to-workday"]
    strict = timeoff("import", str(tmp_path / "users.csv"), *options)
    everybody = timeoff("import", str(tmp_path / "all.csv"), *lenient)
    back = timeoff("import", str(tmp_path / "users.csv"), *lenient)
    timeoff("export", *asked, "again.csv", "--database-url", other)

    assert (strict.returncode, everybody.returncode) == (1, 1)
    assert "users.csv:1: name: There is no such column of time_off_entries" in strict.stderr
    assert "Whoever has this e-mail is not known to Kantata OX. [NOT_FOUND]" in everybody.stderr
    assert back.returncode == 0, back.stderr
    assert "Unknown columns left out: name, role," in back.stderr
    assert "hours_off: A row of no hours left out." in back.stderr
    before = hours(tmp_path / "users.csv")
    assert len(before) > 5
    assert hours(tmp_path / "again.csv") == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--encoding", "klingon"], "Error: --encoding: There is no such encoding."),
        (["--encoding", "zip"], "Error: --encoding: There is no such encoding."),
        (["--encoding", "utf-16"], "Error: --encoding: A file in UTF-16 says so by its first"),
        (["--day-times", "8"], "Error: --day-times: Times are written 08:00-16:00."),
        (["--service", " "], "Error: --service: Text must not be blank."),
    ],
)
def test_an_option_that_asks_wrongly_is_one_line(timeoff, tmp_path, options, message):
    ended = timeoff("import", str(SAMPLES / "firm"), *options)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(message)
    assert ended.stderr.count("\n") == 1


def test_a_dry_run_makes_no_database(timeoff, tmp_path):
    url = f"sqlite:///{tmp_path}/none.db"

    ended = timeoff("import", str(SAMPLES / "firm"), "--dry-run", "--database-url", url)

    assert ended.returncode == 1
    assert "is not there yet" in ended.stderr
    assert not (tmp_path / "none.db").exists()
