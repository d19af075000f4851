"""`timeoff export` in a process of its own, and the same file from a running server."""

import csv
import io
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests import warm
from tests.copying.test_file_faults import NO_ROOM
from tests.server import TIMEOFF, clean_environment, serving

pytestmark = pytest.mark.process

QUARTER = ["--from", "2026-01-01", "--to", "2026-03-31"]


@pytest.fixture
def timeoff(tmp_path):
    """Run the command somewhere else, and return how it ended."""

    def run(*arguments):
        return warm.run_bytes(*arguments, env=clean_environment(), cwd=tmp_path)

    return run


@pytest.fixture
def company(database_url, tmp_path, timeoff):
    """The address of a database with 60 users."""
    files = tmp_path / "files"
    files.mkdir()
    id_ = "5c0ffee0-0000-4000-8000-000000000001"
    users = "".join(f"{n},{id_},=User {n:02}\n" for n in range(1, 61))
    (files / "companies.csv").write_text(f"source_id,name\n{id_},Export Works\n")
    (files / "users.csv").write_text(f"source_id,company_id,full_name\n{users}")
    imported = timeoff("import", str(files), "--database-url", database_url)
    assert imported.returncode == 0, imported.stderr
    return database_url


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def test_it_has_help(timeoff):
    helped = timeoff("export", "--help")

    assert (helped.returncode, helped.stderr) == (0, b"")
    assert helped.stdout.startswith(b"Usage: timeoff export")


def test_the_file_standard_output_and_the_link_are_the_same(timeoff, company, tmp_path):
    asked = [*QUARTER, "--all-days", "--database-url", company]

    printed = timeoff("export", *asked)
    written = timeoff("export", *asked, "--output", "here.csv")
    with serving(company) as server:
        query = "from=2026-01-01&to=2026-03-31&all_days=true"
        with urllib.request.urlopen(f"{server.url}/exports/schedule.csv?{query}") as answer:
            linked = answer.read()

    assert (printed.returncode, written.returncode) == (0, 0), printed.stderr + written.stderr
    assert linked == printed.stdout == Path(tmp_path, "here.csv").read_bytes()
    assert written.stdout == b""
    assert timeoff("export", *asked, "--no-bom").stdout == linked.removeprefix(b"\xef\xbb\xbf")
    assert linked.startswith(b"\xef\xbb\xbfname,")
    for_germany = timeoff("export", *asked, "--separator", "semicolon").stdout.decode("utf-8-sig")
    assert for_germany.startswith("name;role;")
    assert ";8,0;" in for_germany
    assert b"Exporting the schedule" in written.stderr
    assert b"5400 rows written.\n" in written.stderr
    found = rows(linked)
    assert len(found) == 60 * 90
    assert {row["name"][:6] for row in found} == {"'=User"}


def test_a_window_of_many_years_is_written_too(timeoff, company):
    ended = timeoff(
        *("export", "--from", "2020-01-01", "--to", "2039-12-31", "--name", "user 07"),
        *("--all-days", "--database-url", company),
    )

    assert ended.returncode == 0, ended.stderr
    assert len(rows(ended.stdout)) == 7305
    assert [row["date"] for row in rows(ended.stdout)] == sorted(
        row["date"] for row in rows(ended.stdout)
    )


def test_bad_options_are_named_in_lines_and_nothing_is_written(timeoff, company, tmp_path):
    ended = timeoff(
        *("export", "--from", "soon", "--company", "7", "--output", "here.csv"),
        *("--database-url", company),
    )

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode().splitlines() == [
        "Error: --from: A day is written YYYY-MM-DD, such as 2023-11-01.",
        "--to: This is required.",
        "--company: This is not the id of a company.",
    ]
    assert list(tmp_path.glob("here*")) == []


def test_a_file_that_cannot_be_written_is_one_line(timeoff, company):
    ended = timeoff("export", *QUARTER, "--database-url", company, "--output", "no/where.csv")

    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr == b"Error: no/where.csv cannot be written. The folder no is not there.\n"


@pytest.mark.parametrize("days", [[], ["--all-days"]], ids=["at its end", "on the way"])
def test_a_full_disk_is_one_line_of_its_own(timeoff, company, days):
    full = ["--output", "/dev/full"]

    ended = timeoff("export", *QUARTER, *days, "--database-url", company, *full)

    assert ended.returncode == 1
    assert f"Error: /dev/full cannot be written. {NO_ROOM}\n".encode() in ended.stderr


@pytest.mark.only_on("sqlite")
def test_what_cannot_be_made_leaves_the_file_of_before(timeoff, tmp_path):
    before = Path(tmp_path, "here.csv")
    before.write_text("of before")

    url = f"sqlite:///{tmp_path}/never-migrated.db"
    ended = timeoff("export", *QUARTER, "--database-url", url, "--output", "here.csv")

    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"timeoff migrate" in ended.stderr
    assert before.read_text() == "of before"
    assert [path.name for path in tmp_path.glob("here*")] == ["here.csv"]


@pytest.mark.only_on("sqlite")
def test_a_reader_that_leaves_early_ends_it_without_a_word(company):
    command = f"{TIMEOFF} export --all-days {' '.join(QUARTER)} --database-url '{company}'"

    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ended.stdout.removeprefix("\ufeff").startswith("name,role,")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "cannot be used" not in ended.stderr
    assert "BrokenPipe" not in ended.stderr


@pytest.mark.only_on("sqlite")
def test_clients_that_leave_early_are_forgotten(company):
    with serving(company) as server:
        link = f"{server.url}/exports/schedule.csv?from=2026-01-01&to=2026-12-31&all_days=true"
        for _ in range(8):
            with urllib.request.urlopen(link) as answer:
                assert answer.read(100)

        with urllib.request.urlopen(link) as answer:
            assert len(rows(answer.read())) == 60 * 365
        assert server.stop() == 0
        assert "Traceback" not in server.log()
