"""`timeoff token`, and the start of a gateway that asks who comes."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests import warm
from tests.server import TIMEOFF, clean_environment, serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

TOKEN = re.compile(r"tog_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\n")
VIEWER = json.dumps({"query": "{ viewer { name role } }"}).encode()


@pytest.fixture
def token(database_url, tmp_path):
    """Run `timeoff token …` on the database, and return how it ended."""

    def run(*arguments, command=("token",)):
        words = (*command, *arguments, "--database-url", database_url)
        return warm.run(*words, env=clean_environment(), cwd=tmp_path, timeout=300)

    return run


def ask(url, token=None):
    headers = {"content-type": "application/json"}
    headers |= {"authorization": f"Bearer {token.strip()}"} if token else {}
    request = urllib.request.Request(f"{url}/graphql", VIEWER, headers)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)["data"]["viewer"]
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def test_a_token_is_printed_once_and_alone_on_standard_output(token):
    made = token("create", "nightly sync", "--role", "integration")
    listed = token("list")

    assert made.returncode == 0
    assert TOKEN.fullmatch(made.stdout)
    assert "nightly sync  integration  all companies  until " in made.stderr
    assert made.stdout.strip() not in listed.stdout + made.stderr
    assert listed.stdout.split()[0] == made.stdout[4:12]


def soon(*asked):
    """Return what each is answered, as soon as all are refused or after a minute."""
    until = time.monotonic() + 60
    while (told := [each() for each in asked]) != [401] * len(asked) and time.monotonic() < until:
        time.sleep(0.05)
    return told


def test_a_running_server_takes_it_at_once_and_lets_in_nobody_else(database_url, token):
    with serving(database_url) as server:
        assert ask(server.url) == {"name": "local", "role": "ADMIN"}
        first = token("create", "me", "--role", "viewer").stdout
        assert ask(server.url, first) == {"name": "me", "role": "VIEWER"}
        id_ = first[4:12]
        second = token("rotate", id_).stdout
        assert ask(server.url, second) == {"name": "me", "role": "VIEWER"}
        # Within five seconds nobody is let in any more without one.
        assert soon(lambda: ask(server.url)) == [401]
        assert "revoked" in token("revoke", id_).stdout
        assert soon(lambda: ask(server.url, second), lambda: ask(server.url, first)) == [401, 401]
        assert first.strip() not in server.log()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["create", "x", "--role", "admin", "--expires", "soon"], "--expires is a day"),
        (["create", "x", "--role", "viewer", "--allow", "fly"], "Permissions: READ_TIME_OFF"),
        (["create", " ", "--role", "viewer"], "blank"),
        (["create", "x", "--role", "viewer", "--company", "nothing"], "not the id of a company"),
        (["create", "x", "--role", "viewer", "--expires", "2000-01-01"], "ends in the future"),
        (["rotate", "unknown0"], "no such token"),
        (["revoke", "unknown0"], "no such token"),
    ],
)
def test_what_cannot_be_is_said_in_a_line_and_makes_nothing(token, arguments, words):
    ended = token(*arguments)

    assert ended.returncode in {1, 2}
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == token("list").stdout == ""


AMARA = "V29ya2VyOlUx"
FIRM = "a4592b47-42ae-478f-926d-e77a7f768059"


def test_workers_and_companies_have_their_names(token):
    assert token(command=("seed",)).returncode == 0

    by_email = token("create", "a", "--role", "employee", "--worker", "Amara.Birch@example.com")
    by_id = token("create", "b", "--role", "employee", "--worker", AMARA, "--company", FIRM)
    elsewhere = token(
        "create", "c", "--role", "employee", "--worker", "amara.birch@example.com",
        "--company", "b4592b47-42ae-478f-926d-e77a7f768059",
    )  # fmt: skip
    newest, oldest = token("list").stdout.splitlines()

    assert by_email.returncode == by_id.returncode == 0, by_email.stderr + by_id.stderr
    assert "Warning" not in by_email.stderr + by_id.stderr
    assert f"employee  all companies  for Amara Birch ({AMARA})  until " in oldest
    assert f" ({FIRM})  for Amara Birch ({AMARA})  until " in newest
    assert oldest in by_email.stderr
    assert newest in by_id.stderr
    assert elsewhere.returncode == 1
    assert "There is no such company." in elsewhere.stderr
    ended = token("revoke", newest[:8]).stdout
    assert f" ({FIRM})  for Amara Birch ({AMARA})  revoked " in ended


def test_a_token_of_an_employee_without_a_worker_is_warned_of(token):
    warned = token("create", "a", "--role", "employee")
    planner = token("create", "b", "--role", "planner")
    reader = token("create", "c", "--role", "employee", "--deny", "WRITE_OWN_TIME_OFF")

    assert "Warning: without --worker it may write nobody's time off." in warned.stderr
    assert TOKEN.fullmatch(warned.stdout)
    assert "Warning" not in planner.stderr + reader.stderr


@pytest.mark.parametrize("worker", ["1", "nobody@example.com", "V29ya2VyOlU5OTk="])
def test_a_worker_that_is_none_is_told_where_they_are_found(token, worker):
    ended = token("create", "x", "--role", "employee", "--worker", worker)

    assert ended.returncode == 1
    assert "Error: --worker: " in ended.stderr
    assert "{ workers { nodes { id fullName email } } }" in ended.stderr
    assert ended.stdout == ""


def test_a_database_that_it_makes_is_said_to_be_empty(tmp_path):
    environment = clean_environment() | {"TIMEOFF_DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    made, again = (
        subprocess.run(
            [TIMEOFF, "token", "create", "me", "--role", "admin"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    )

    assert "It is empty; `serve --demo` loads the demo data." in made.stderr
    assert TOKEN.fullmatch(made.stdout)
    assert "It is empty" not in again.stderr


def test_it_loads_nothing_of_graphql_or_of_the_server(database_url, tmp_path):
    program = (
        "import sys; from app.cli import main\n"
        f"main(['token', 'list', '--database-url', {database_url!r}], standalone_mode=False)\n"
        "print(sorted({'app.main', 'strawberry', 'uvicorn', 'authlib'} & sys.modules.keys()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=clean_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout == "[]\n"
