"""A gateway that everybody could reach and nobody could sign in to does not start."""

import asyncio
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from app.db.connections.database import Database
from app.domain.access import AccessRole
from app.main import build_services
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from tests.server import TIMEOFF, clean_environment, serving
from tests.test_cli_unwritable import bound_by_rights

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

PRODUCTION = {"TIMEOFF_MODE": "production"}
GOOD = "0123456789abcdef" * 4


@pytest.fixture
def refused(database_url, tmp_path):
    """Start a gateway that has to be refused, and return the exit code and what it said."""

    def start(*options, **environment):
        ended = subprocess.run(
            [TIMEOFF, "serve", "--database-url", database_url, *options],
            env=clean_environment() | environment,
            cwd=tmp_path,
            preexec_fn=bound_by_rights if os.geteuid() == 0 else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        (line,) = [each for each in ended.stderr.splitlines() if each.startswith("Error: ")]
        assert ended.stderr.endswith(f"{line}\n"), ended.stderr
        return ended.returncode, line.removeprefix("Error: ")

    return start


@pytest.fixture
async def tokens(database_url):
    database = Database(database_url)
    yield build_services(database).tokens
    await database.close()


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return str(free.getsockname()[1])


def is_one_sentence(line):
    return line.endswith(".") and ". " not in line


@pytest.mark.parametrize(
    "host",
    [None, "0.0.0.0"],  # noqa: S104 - the case
    ids=["production", "another address"],
)
def test_what_nobody_could_sign_in_to_says_what_to_type(refused, host):
    options = ["--host", host] if host else []
    environment = {} if host else PRODUCTION

    code, line = refused(*options, "--port", free_port(), **environment)

    assert code == 1
    assert is_one_sentence(line)
    assert "(no token yet)" in line
    assert "timeoff token create NAME --role admin" in line


async def test_tokens_that_have_ended_let_nobody_in(refused, tokens, monkeypatch):
    revoked = await tokens.create(COMMAND, CreateToken("old", AccessRole.ADMIN))
    await tokens.revoke(COMMAND, revoked.token.id)
    long_ago = datetime.now(UTC) - timedelta(days=400)
    monkeypatch.setattr("app.main.now", lambda: long_ago)
    past = build_services(tokens.database).tokens
    await past.create(COMMAND, CreateToken("expired", AccessRole.ADMIN))

    code, line = await asyncio.to_thread(refused, "--port", free_port(), **PRODUCTION)

    assert code == 1
    assert is_one_sentence(line)
    assert "(every token is revoked or expired)" in line
    assert "token create NAME --role admin" in line


@pytest.mark.parametrize("never_expires", [True, False])
async def test_a_token_that_works_lets_it_start(database_url, tokens, never_expires):
    wish = CreateToken("me", AccessRole.VIEWER, never_expires=never_expires)
    issued = await tokens.create(COMMAND, wish)

    assert await asyncio.to_thread(start_and_ask, database_url, issued.text) == 200


def start_and_ask(database_url, token):
    with serving(database_url, environment=PRODUCTION) as server:
        assert ask(server.url) == 401
        return ask(server.url, token)


def ask(url, token=None):
    body = json.dumps({"query": "{ viewer { name } }"}).encode()
    headers = {"content-type": "application/json"}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/graphql", body, headers)) as got:
            return got.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


# The file of the administrator's token


def unreadable(file):
    file.write_text(GOOD)
    file.chmod(0)


FAULTS = {
    "is not there": lambda _: None,
    "cannot be read (Permission denied)": unreadable,
    "cannot be read (Is a directory)": lambda file: file.mkdir(),
    "is no text": lambda file: file.write_bytes(b"\xff" * 40),
    "has fewer than 32 characters": lambda file: file.write_text("hunter2-" * 3),
    "has what no Authorization header carries": lambda file: file.write_text("hunter2 " * 8),
}


@pytest.mark.parametrize(("fault", "make"), FAULTS.items(), ids=FAULTS)
def test_a_token_file_that_lets_in_nobody_is_refused_wherever_it_listens(
    refused, tmp_path, fault, make
):
    file = tmp_path / "admin-token"
    make(file)

    code, line = refused("--port", "0", TIMEOFF_ADMIN_TOKEN_FILE=str(file))

    assert code == 2
    assert is_one_sentence(line)
    assert line.startswith(f"TIMEOFF_ADMIN_TOKEN_FILE: {file} {fault}")
    assert "put a token of at least 32 characters into it" in line
    assert "hunter2" not in line


def test_a_token_file_that_fails_while_it_runs_is_logged_once_and_so_is_its_return(
    database_url, tmp_path
):
    file = tmp_path / "admin-token"
    file.write_text(f"{GOOD}\n")
    with serving(database_url, environment={"TIMEOFF_ADMIN_TOKEN_FILE": str(file)}) as server:
        assert ask(server.url, GOOD) == 200
        file.write_text("hunter2")
        for _ in range(4):
            assert ask(server.url, "x" * 40) == 401
        failed = until_logged(server, f"{file} has fewer than 32 characters")
        file.write_text(GOOD[::-1])
        assert ask(server.url, GOOD[::-1]) == 200
        mended = until_logged(server, f"{file} can be used again")
        log = server.log()

    assert "WARNING" in failed
    assert "WARNING" in mended
    assert log.count("TIMEOFF_ADMIN_TOKEN_FILE") == 2
    assert "hunter2" not in log
    assert GOOD not in log


def test_it_is_logged_although_nobody_asks(database_url, tmp_path):
    file = tmp_path / "admin-token"
    file.write_text(GOOD)
    with serving(database_url, environment={"TIMEOFF_ADMIN_TOKEN_FILE": str(file)}) as server:
        file.unlink()
        until_logged(server, f"{file} is not there")


def until_logged(server, words, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for line in server.log().splitlines():
            if words in line:
                return line
        time.sleep(0.1)
    raise AssertionError(server.log())
