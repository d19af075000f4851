"""The `timeoff` command as a person or a script meets it: in its own process."""

import json
import signal
import socket
import sqlite3
import subprocess
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from app.server import HTTPS_ONLY, announce
from app.settings import Settings
from app.web import calendar, graphiql
from tests import warm
from tests.copying.test_file_faults import NO_ROOM
from tests.server import TIMEOFF, clean_environment, serving

pytestmark = pytest.mark.process

LAUNCHER = Path(__file__).resolve().parent.parent / "scripts" / "timeoff"


@pytest.fixture
def cold(tmp_path):
    """Run the command from nothing, as a shell does, somewhere else; return how it ended."""

    def run(*arguments, **variables):
        return subprocess.run(
            [TIMEOFF, *arguments],
            env=clean_environment() | variables,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def timeoff(tmp_path):
    """Run the command somewhere else, and return how it ended."""

    def run(*arguments, **variables):
        environment = clean_environment() | variables
        return warm.run(*arguments, env=environment, cwd=tmp_path, timeout=300)

    return run


def get(url):
    with urllib.request.urlopen(url, timeout=300) as answer:
        return answer.status, dict(answer.headers), answer.read()


# What it says


@pytest.mark.parametrize(
    "command",
    [
        "serve",
        "migrate",
        "seed",
        "import",
        "check",
        "backup",
        "restore",
        "dump",
        "load",
        "export",
        "explain",
        "person-data",
        "erase-person",
        "move-person",
        "connect",
        "disconnect",
        "upstreams",
        "sync",
        "pause-upstream",
        "resume-upstream",
        "update-upstream",
        "deliveries",
        "conflicts",
        "sync-problems",
        "flows",
        "set-flow",
        "rotate-sync-keys",
        "export-schema",
        "settings",
        "health",
    ],
)
def test_every_command_has_help(cold, command):
    listed = cold("--help").stdout
    assert f"\n  {command} " in listed
    assert "\\b" not in listed
    assert "..." not in listed.partition("Commands:")[2]  # no summary breaks off

    helped = cold(command, "--help")

    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith(f"Usage: timeoff {command}")


def test_its_version_is_that_of_the_package(cold):
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    assert cold("--version").stdout == f"timeoff, version {project['version']}\n"


def test_settings_lists_every_variable(cold):
    listed = cold("settings").stdout

    assert {"TIMEOFF_PORT=8000", "TIMEOFF_MODE=development"} <= set(listed.split())


@pytest.mark.parametrize("command", ["serve", "migrate", "seed", "check"])
def test_a_bad_variable_is_named_without_a_traceback(timeoff, command):
    ended = timeoff(command, TIMEOFF_PORT="http")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Error: TIMEOFF_PORT (--port): ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_misspelt_variable_is_pointed_out(timeoff):
    ended = timeoff("serve", TIMEOFF_PROT="9000", TIMEOFF_PORT="http")

    assert "TIMEOFF_PROT is no setting of ours; did you mean TIMEOFF_PORT?" in ended.stderr


# Where the database is not as it should be


def test_a_server_does_not_migrate_a_database_that_is_not_its_own(timeoff, tmp_path):
    Path(tmp_path, "theirs.db").touch()
    url = f"sqlite:///{tmp_path}/theirs.db"

    ended = timeoff("serve", "--port", "0", "--database-url", url)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Error: {url} does not have the schema of this version. Make it ready with: "
        f"{LAUNCHER} migrate (with the same --database-url)\n"
    )


def test_a_file_that_is_not_there_is_made_by_who_writes_and_missed_by_who_reads(timeoff, tmp_path):
    url = f"sqlite:///{tmp_path}/below/ours.db"

    missed = timeoff("check", "--database-url", url)
    assert not Path(tmp_path, "below").exists()
    made = timeoff("seed", "--database-url", url)

    assert (missed.returncode, missed.stdout) == (1, "")
    assert f"{url} is not there yet. Make it ready with: {LAUNCHER} migrate" in missed.stderr
    assert made.returncode == 0
    assert made.stderr.startswith(
        f"Making the database {tmp_path}/below/ours.db\nLoading the demo data\n"
    )
    assert [each.name for each in Path(tmp_path, "below").iterdir()] == ["ours.db"]


@pytest.mark.parametrize("options", [[], ["--demo"]], ids=["empty", "demo"])
def test_a_server_makes_a_file_that_is_not_there_and_says_what_is_where(tmp_path, options):
    with serving(f"sqlite:///{tmp_path}/ours.db", *options, cwd=tmp_path) as server:
        query = urllib.parse.urlencode({"query": "{ workers { totalCount } }"})
        workers = json.loads(get(f"{server.url}/graphql?{query}")[2])["data"]["workers"]
        said = server.said()

    assert (workers["totalCount"] > 0) == bool(options)
    built = {
        "Calendar": (calendar.BUNDLE, "/calendar"),
        "GraphiQL": (graphiql.BUNDLE, "/graphql"),
    }
    links = [f"{name}: {server.url}{path}" for name, (bundle, path) in built.items()
             if bundle.find_manifest()]  # fmt: skip
    has_graphiql = graphiql.BUNDLE.find_manifest()
    assert said == [
        f"Start page: {server.url}/",
        *links,
        *([] if has_graphiql else [f"GraphQL API: {server.url}/graphql"]),
        f"Data: sqlite:///{tmp_path}/ours.db",
        f"Import, export, check: {LAUNCHER} --help",
        "Stop it with Ctrl-C.",
    ]


def test_where_no_browser_of_others_could_sign_in_the_terminal_says_what_to_do(tmp_path):
    told: list[str] = []
    with serving(f"sqlite:///{tmp_path}/ours.db") as server:
        elsewhere = Settings(host="0.0.0.0")  # noqa: S104 - as if it listened there
        announce(elsewhere, server.url, told.append, "timeoff")
        here = server.said()

    assert told[-2:] == [HTTPS_ONLY, "Stop it with Ctrl-C."]
    assert told[-2].startswith("People sign in by https: ")
    assert HTTPS_ONLY not in here


def test_in_production_the_terminal_names_what_is_served(tmp_path):
    production = {"TIMEOFF_MODE": "production", "TIMEOFF_AUTH": "off"}
    with serving(f"sqlite:///{tmp_path}/ours.db", environment=production) as server:
        assert f"GraphQL API: {server.url}/graphql" in server.said()


def test_a_database_that_cannot_be_reached_is_one_line_without_the_password(timeoff):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

    ended = timeoff("migrate", "--database-url", f"postgresql://me:secret@127.0.0.1:{port}/db")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "cannot be used" in ended.stderr
    assert "secret" not in ended.stderr


def test_a_file_that_is_no_database_is_one_line_and_left_as_it_was(timeoff, tmp_path):
    file = Path(tmp_path, "letter.txt")
    file.write_text("Dear SQLite,\n" * 100)

    ended = timeoff("migrate", "--database-url", f"sqlite:///{file}")

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert file.read_text().startswith("Dear SQLite,")


@pytest.mark.parametrize("command", ["serve", "migrate", "check", "seed"])
def test_a_database_of_a_newer_version_is_one_line(timeoff, migrated, command):
    with closing(sqlite3.connect(migrated.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    ended = timeoff(command, "--database-url", migrated)

    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert "a newer version" in ended.stderr


def test_an_address_of_another_machine_cannot_be_listened_on(timeoff):
    ended = timeoff("serve", "--host", "192.0.2.1")

    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert "--host, TIMEOFF_HOST" in ended.stderr


def test_a_migrated_database_is_clean_and_serves(cold, tmp_path):
    url = f"sqlite:///{tmp_path}/ours.db"

    migrated = cold("migrate", "--database-url", url)
    checked = cold("check", "--database-url", url)

    assert (migrated.returncode, checked.returncode) == (0, 0), migrated.stderr + checked.stderr
    with serving(url, cold=True) as server:
        assert get(f"{server.url}/health/live")[0] == 200


# Demo data, import, check


@pytest.fixture
def migrated(timeoff, tmp_path):
    """The address of a migrated database."""
    url = f"sqlite:///{tmp_path}/ours.db"
    assert timeoff("migrate", "--database-url", url).returncode == 0
    return url


MONDAY = "2026-03-02"


@pytest.mark.parametrize(
    "arguments",
    [
        ["seed"],
        ["import", "folder"],
        ["export", "--from", MONDAY, "--to", MONDAY],
        ["explain", "asked.graphql"],
        ["export-schema", "--output", "-"],
        ["token", "list"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_has_all_it_needs(cold, migrated, tmp_path, arguments):
    """Elsewhere they run where another has imported all there is already."""
    (tmp_path / "asked.graphql").write_text("{ users { nodes { id } } }")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "companies.csv").write_text("source_id,name\n")

    ended = cold(*arguments, TIMEOFF_DATABASE_URL=migrated)

    assert ended.returncode == 0, ended.stderr


def test_the_demo_data_is_loaded_once_and_clean(timeoff, migrated):
    first = timeoff("seed", "--database-url", migrated)
    second = timeoff("seed", "--database-url", migrated)
    checked = timeoff("check", "--database-url", migrated)

    assert [(each.returncode, "Traceback" in each.stderr) for each in (first, second, checked)] == [
        (0, False)
    ] * 3
    assert "Loading the demo data" in first.stderr
    assert "there already" in second.stderr
    assert checked.stdout.startswith("0 violations and 0 notices in ")


def test_the_data_of_the_bench_is_loaded_into_an_empty_database_only(timeoff, migrated):
    seed = ("seed", "--profile", "bench", "--entries", "500", "--database-url", migrated)
    first, second = timeoff(*seed), timeoff(*seed)
    checked = timeoff("check", "--database-url", migrated)

    assert (first.returncode, first.stdout) == (0, f"The bench data is in {migrated}.\n")
    assert "Loading entries" in first.stderr
    assert second.returncode == 1
    assert "wants a database without any companies" in second.stderr
    assert checked.stdout.startswith("0 violations and 0 notices in ")


def test_the_number_of_entries_is_only_for_the_bench(timeoff, migrated):
    ended = timeoff("seed", "--entries", "500", "--database-url", migrated)

    assert ended.returncode == 2
    assert "--entries goes with --profile bench" in ended.stderr


def test_check_prints_each_violation_and_ends_with_1(timeoff, migrated, tmp_path):
    timeoff("seed", "--database-url", migrated)
    with closing(sqlite3.connect(tmp_path / "ours.db")) as connection, connection:
        connection.execute("UPDATE users SET name_key = 'x' WHERE id = 1")

    ended = timeoff("check", "--database-url", migrated)

    assert ended.returncode == 1
    assert ended.stdout.startswith("Violation: name key: user 1 is found by another name")
    assert "\n1 violations and 0 notices in " in ended.stdout


def test_check_prints_notices_and_ends_with_0(timeoff, migrated, tmp_path):
    timeoff("seed", "--database-url", migrated)
    holiday = "1,a4592b47-42ae-478f-926d-e77a7f768059,Long,2020-01-01,2040-01-01"
    folder = tmp_path / "files"
    folder.mkdir()
    Path(folder, "holidays.csv").write_text(
        f"source_id,company_id,name,start_date,end_date\n{holiday}\n", "utf-8"
    )
    imported = timeoff("import", str(folder), "--database-url", migrated)

    ended = timeoff("check", "--database-url", migrated)

    assert (imported.returncode, imported.stdout) == (0, "1 stored, 0 refused.\n")
    assert ended.returncode == 0
    assert ended.stdout.startswith("Notice: over-full day: entry ")
    assert "\n0 violations and " in ended.stdout


def test_import_lists_what_is_refused_and_ends_with_1(timeoff, migrated, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    Path(folder, "companies.csv").write_text("source_id,name\n12,No UUID\n", "utf-8")

    ended = timeoff("import", str(folder), "--database-url", migrated)

    assert (ended.returncode, ended.stdout) == (1, "0 stored, 1 refused.\n")
    assert "companies.csv:2: source_id: This is not an id" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_import_lists_what_deserves_a_look_and_ends_with_0(timeoff, migrated, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    company = "a4592b47-42ae-478f-926d-e77a7f768059"
    Path(folder, "companies.csv").write_text(f"source_id,name\n{company},Ours\n", "utf-8")
    rows = (f"{number},{company},Ada,ada@example.com\n" for number in (1, 2))
    header = "source_id,company_id,full_name,email_address\n"
    Path(folder, "users.csv").write_text(header + "".join(rows), "utf-8")

    ended = timeoff("import", str(folder), "--database-url", migrated)
    checked = timeoff("check", "--database-url", migrated)

    assert (ended.returncode, ended.stdout) == (0, "3 stored, 0 refused, 2 warnings.\n")
    shared = "Warning: users.csv:2: email_address: The e-mail is shared with user 2"
    assert shared in ended.stderr
    assert checked.returncode == 0
    assert checked.stdout.startswith("Notice: shared e-mail: users 1, 2 have the same")


# Serving


def test_a_taken_port_is_one_clear_line_before_anything_else(timeoff, tmp_path):
    url = f"sqlite:///{tmp_path}/never-made.db"
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])

        ended = timeoff("serve", "--port", port, "--database-url", url)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Error: Port {port} of 127.0.0.1 is taken by another program. "
        "Stop that, or choose another with --port (TIMEOFF_PORT).\n"
    )
    assert not Path(tmp_path, "never-made.db").exists()


def test_sigterm_ends_an_idle_server_with_success(database_url):
    with serving(database_url, cold=True) as server:
        assert server.stop() == 0
        assert "Traceback" not in server.log()


def test_sigterm_ends_a_server_whose_client_never_finishes(database_url):
    with serving(database_url) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n{")
            time.sleep(0.2)

            assert server.stop() == 0


def test_ctrl_c_ends_it_with_success(database_url):
    with serving(database_url, cold=True) as server:
        assert server.stop(signal.SIGINT) == 0
        assert "Traceback" not in server.log()


@pytest.mark.parametrize("options", [["--workers", "2"], ["--reload"]], ids=" ".join)
@pytest.mark.only_on("sqlite")
def test_several_processes_serve_and_end_together(database_url, options):
    with serving(database_url, *options, cold=True) as server:
        assert get(f"{server.url}/health/ready")[0] == 200

        assert server.stop() == 0
        with pytest.raises(urllib.error.URLError):
            get(f"{server.url}/health/ready")


@pytest.mark.only_on("sqlite")
def test_the_answer_does_not_name_the_server(database_url):
    with serving(database_url) as server:
        headers = get(f"{server.url}/health/live")[1]

    assert "server" not in {name.lower() for name in headers}


@pytest.mark.only_on("sqlite")
def test_two_servers_cannot_have_one_port(database_url, timeoff):
    with serving(database_url) as server:
        port = server.url.rpartition(":")[2]

        second = timeoff("serve", "--port", port, "--database-url", database_url)

        assert second.returncode == 1
        assert "taken" in second.stderr
        assert get(f"{server.url}/health/live")[0] == 200


# The schema


def test_the_schema_goes_to_a_file_or_to_standard_output(timeoff, tmp_path):
    printed = timeoff("export-schema", "--output", "-")
    written = timeoff("export-schema", "--output", "here.graphql")

    assert (printed.returncode, written.returncode) == (0, 0), printed.stderr + written.stderr
    assert "type Query" in printed.stdout
    assert Path(tmp_path, "here.graphql").read_text("utf-8") == printed.stdout


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("no/where.graphql", "no/where.graphql cannot be written. The folder no is not there."),
        ("/dev/full", f"/dev/full cannot be written. {NO_ROOM}"),
        (
            "letter/schema.graphql",
            "letter/schema.graphql cannot be written. The folder letter is not there.",
        ),
    ],
)
def test_a_schema_file_that_cannot_be_written_is_one_line(timeoff, tmp_path, output, expected):
    Path(tmp_path, "letter").touch()

    ended = timeoff("export-schema", "--output", output)

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"Error: {expected}\n")


def test_an_outdated_schema_file_is_found(timeoff, tmp_path):
    Path(tmp_path, "old.graphql").write_text("type Query { nothing: Int }\n", "utf-8")

    ended = timeoff("export-schema", "--check", "--output", "old.graphql")

    assert ended.returncode == 1
    assert "scripts/export-schema" in ended.stderr
