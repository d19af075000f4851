"""Setting a PostgreSQL up: each fault is one line with its cause and the next step."""

import asyncio
import os
import socket
import threading
from contextlib import ExitStack, closing, contextmanager, suppress
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from app.db.availability.unusable import DatabaseUnusable, why_unusable
from app.db.connections import migrate
from app.db.connections.database import Database
from app.db.connections.url import async_database_url
from app.db.writing.statements import ENTRY_IDS, lift_ids, next_ids
from tests import warm
from tests.server import clean_environment

pytestmark = [pytest.mark.process, pytest.mark.only_on("postgresql")]

SECRET = "s3cr@t/%"  # noqa: S105 - a wrong one
IN_A_URL = "s3cr%40t%2F%25"
COMMANDS = [["migrate"], ["serve", "--port", "0"], ["seed"], ["import", "."], ["check"],
            ["export", "--from", "2026-03-02", "--to", "2026-03-02"],
            ["token", "list"], ["dump"], ["load", os.devnull], ["restore", "--in-place"],
            ["person-data", "1001"], ["erase-person", "1001", "--yes"],
            ["move-person", "1001", "--to", "1", "--yes"]]  # fmt: skip


@pytest.fixture
def timeoff(tmp_path):
    """Run the command on a database, somewhere else, and return how it ended."""

    def run(url, *arguments, **variables):
        environment = clean_environment() | variables | {"TIMEOFF_DATABASE_URL": url}
        return warm.run(*arguments, env=environment, cwd=tmp_path, timeout=300)

    return run


def execute(url, *statements):
    """Carry out statements as the superuser."""

    async def run():
        plain = make_url(url).set(drivername="postgresql")
        connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture
def address(database_url):
    """Return the address of the test's database with other parts."""
    url = make_url(database_url).set(drivername="postgresql")
    return lambda **parts: url.set(**parts).render_as_string(hide_password=False)


@pytest.fixture
def role(database_url):
    """A role that may connect, and nothing else."""
    name = f"role_{uuid4().hex}"
    execute(database_url, f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    yield name
    execute(database_url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@contextmanager
def answering(reply):
    """A server that says the same to everybody; with None it says nothing."""

    def serve():
        with ExitStack() as held, suppress(OSError):  # closed: the test is over
            while True:
                client, _ = listener.accept()
                held.enter_context(client)
                if reply is not None:
                    client.sendall(reply)
                    client.close()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = threading.Thread(target=serve)
        server.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        server.join()


def why(url):
    """Return why a database cannot be used, asked without a process of its own."""
    url = async_database_url(url)
    try:
        migrate.upgrade(url)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return why_unusable(error, url)
    raise AssertionError(url)


def refused(ended):
    """Return why a command ended, which is one line without any password."""
    assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
    said = ended.stderr.splitlines()
    [line] = [each for each in said if not each.startswith(("Making the tables, ", "Step "))]
    for secret in (SECRET, IN_A_URL, "s3cr"):
        assert secret not in line
    return line.partition(" cannot be used. ")[2]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_says_in_one_line_that_the_password_is_wrong(timeoff, address, command):
    ended = timeoff(address(password=SECRET), *command, TIMEOFF_LOG_LEVEL="debug")

    assert refused(ended) == (
        'Password authentication failed for user "postgres". Correct the URL; in it, characters '
        "such as @ : / % are written %40 %3A %2F %25."
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            {"database": "nowhere"},
            'Database "nowhere" does not exist. Make it with: createdb nowhere '
            "(CREATE DATABASE nowhere;)",
            id="a database that is missing",
        ),
        pytest.param(
            {"username": "nobody", "password": SECRET},
            'Password authentication failed for user "nobody". Correct the URL; in it, characters '
            "such as @ : / % are written %40 %3A %2F %25.",
            id="a role that is missing",
        ),
        pytest.param(
            {"port": 1},
            "127.0.0.1, port 1: nothing listens there. Is PostgreSQL running, and is that its "
            "port?",
            id="a wrong port",
        ),
        pytest.param(
            {"host": "no-such-host.invalid"},
            "No host no-such-host.invalid is known here.",
            id="an unknown host",
        ),
        pytest.param(
            {"query": {"sslmode": "require"}},
            "127.0.0.1, port PORT: it does not speak TLS, which the URL's sslmode or "
            "channel_binding asks for, or it is no PostgreSQL.",
            id="a server without TLS",
        ),
        pytest.param(
            {"query": {"sslmode": "verify-full", "sslrootcert": "nowhere.pem"}},
            "A file that the URL names is not there: a certificate, a key, or a socket.",
            id="a certificate that is missing",
        ),
        pytest.param(
            {"query": {"options": "-c search_path=nowhere"}},
            "No schema has been selected to create in. The search_path of postgres names no "
            "schema that is there.",
            id="a schema that is missing",
        ),
        pytest.param(
            {"query": {"options": "-c no_such=1"}},
            'Unrecognized configuration parameter "no_such". Correct options= in the URL.',
            id="a setting that is unknown",
        ),
        pytest.param(
            {"query": {"options": "-c statement_timeout=soon"}},
            'Invalid value for parameter "statement_timeout": "soon". Correct options= in the URL.',
            id="a setting with a value that is none",
        ),
        pytest.param(
            {"query": {"options": "-c fsync=off"}},
            'Parameter "fsync" cannot be changed now. Correct options= in the URL.',
            id="a setting that a session cannot have",
        ),
        pytest.param(
            {"query": {"options": "anything"}},
            "Invalid command-line argument for server process: anything. Correct options= in the "
            "URL.",
            id="options that are none",
        ),
        pytest.param(
            {"query": {"options": "-c default_transaction_read_only=on -c search_path=pg_temp"}},
            "Cannot execute CREATE TABLE in a read-only transaction. It is a replica, or set to "
            "read only: name the primary server.",
            id="a server that only reads",
        ),
        pytest.param(
            {"query": {"target_session_attrs": "standby"}},
            "None of the hosts match the target attribute requirement "
            "<SessionAttribute.standby: 'standby'>.",
            id="no server of the wanted kind",
        ),
    ],
)
def test_what_is_wrong_with_the_address_is_said(address, parts, expected):
    port = address().rpartition(":")[2].partition("/")[0]

    assert why(address(**parts)) == expected.replace("PORT", port)


@pytest.mark.parametrize(
    "reply",
    [b"SSH-2.0-OpenSSH_9.9\r\n", b"J\0\0\0\n8.4.0\0mysql", b"HTTP/1.1 400 No\r\n\r\n", b""],
    ids=["ssh", "mysql", "http", "closes"],
)
@pytest.mark.parametrize("sslmode", ["prefer", "disable", "require"])
def test_a_server_that_is_no_postgresql_is_said_to_be_none(address, reply, sslmode):
    with answering(reply) as port:
        assert "is no PostgreSQL." in why(address(port=port, query={"sslmode": sslmode})) or (
            "Is it PostgreSQL that listens there?"
            in why(address(port=port, query={"sslmode": sslmode}))
        )


@pytest.mark.parametrize("sslmode", ["prefer", "disable"])
def test_a_server_that_does_not_answer_is_not_waited_for(address, sslmode):
    with answering(None) as port:
        query = {"sslmode": sslmode, "connect_timeout": "1"}

        assert why(address(port=port, query=query)) == (
            f"127.0.0.1, port {port}: no answer in 1 s (connect_timeout). A firewall may stand "
            "between, or what listens there is no PostgreSQL."
        )


def test_a_role_that_may_not_connect_hears_what_it_lacks(address, role):
    own = address(username=role, password=SECRET)
    database = make_url(own).database
    execute(address(), f'REVOKE CONNECT ON DATABASE "{database}" FROM PUBLIC')

    assert why(own).endswith(
        f"The owner of the database allows it with: GRANT CONNECT ON DATABASE {database} TO {role};"
    )

    execute(address(), f"ALTER ROLE {role} NOLOGIN")
    assert "The role needs LOGIN" in why(own)


def test_what_is_not_allowed_is_not_said_to_be_done(timeoff, address, role):
    own = address(username=role, password=SECRET)
    execute(address(), "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    said = timeoff(own, "migrate").stderr.splitlines()

    assert len(said) == 3
    assert said[1].startswith("Step 1 of ")


def test_a_role_without_rights_hears_which_to_ask_for(timeoff, address, role):
    own = address(username=role, password=SECRET)
    execute(address(), "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    migrated = timeoff(own, "migrate")
    served = timeoff(own, "serve", "--port", "0")

    assert refused(migrated).startswith(
        f"No schema has been selected to create in. The search_path of {role}"
    )
    assert "timeoff migrate (with the same --database-url)" in served.stderr
    assert "Traceback" not in served.stderr


def test_a_role_that_may_not_read_hears_which_rights_to_ask_for(timeoff, address, role):
    own = address(username=role, password=SECRET)

    before = refused(timeoff(own, "check"))
    execute(address(), f"GRANT SELECT ON alembic_version, companies TO {role}")
    after = refused(timeoff(own, "serve", "--port", "0"))

    assert before.startswith("Permission denied for table alembic_version. The owner gives role_")
    assert after.startswith("Permission denied to read access_events, ")
    assert "companies" not in after
    assert after.endswith(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES and USAGE, UPDATE ON ALL "
        "SEQUENCES IN SCHEMA public."
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_refuses_the_schema_of_a_newer_version(timeoff, address, command):
    execute(address(), "UPDATE alembic_version SET version_num = '9999'")

    ended = timeoff(address(), *command)

    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = ended.stderr.splitlines()
    assert line.endswith(
        "has a schema that this version does not know (9999): a newer version has brought it "
        "there. Run that one, or restore an older backup."
    )


def test_a_database_of_another_program_is_left_alone(timeoff, address):
    execute(
        address(),
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "CREATE TABLE users (id int)",
    )

    reason = refused(timeoff(address(), "migrate"))

    assert reason == (
        'Relation "users" already exists. Another program made it: take a database or a schema '
        "(options=-csearch_path%3Dname) of its own."
    )


def test_a_database_that_cannot_hold_every_letter_is_refused(timeoff, address):
    name = f"latin_{uuid4().hex}"
    execute(
        address(),
        f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    try:
        reason = refused(timeoff(address(database=name), "migrate"))
    finally:
        execute(address(), f"DROP DATABASE {name}")

    assert reason.startswith("It stores text as LATIN1, which has not every letter. Make one with:")


def test_a_postgresql_that_is_too_old_is_refused(database_url, monkeypatch):
    monkeypatch.setattr(migrate, "OLDEST_POSTGRESQL", 99)

    with pytest.raises(
        DatabaseUnusable, match=r"^It is PostgreSQL \d+\.\d+; 99 or later is needed"
    ):
        migrate.is_current(database_url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_scheme_and_parameter_of_providers_is_taken(timeoff, address, scheme):
    query = {
        "sslmode": "prefer",
        "channel_binding": "prefer",
        "connect_timeout": "10",
        "application_name": "hr",
        "options": "-c lock_timeout=5s",
        "target_session_attrs": "read-write",
    }

    ended = timeoff(address(drivername=scheme, query=query), "check")

    assert (ended.returncode, ended.stderr.count("Error")) == (0, 0)


def test_an_unknown_parameter_is_asked_wrongly(timeoff, address):
    ended = timeoff(address(query={"sslmod": "x", "pgbouncer": "true"}), "check")

    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "did you mean sslmode?" in ended.stderr
    assert "pgbouncer is no parameter" in ended.stderr


def test_a_role_that_serves_connects_a_system_with_the_rights_of_the_guide(address, role):
    """Also a second one, which leaves ids alone that are above already."""
    own = address(username=role, password=SECRET)
    execute(
        address(),
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    )

    async def lift():
        database = Database(async_database_url(own))
        try:
            async with database.writing() as connection:
                ids: list[int] = []
                for above in (500, 100, 500):
                    await lift_ids(connection, ENTRY_IDS, above)
                    ids += await next_ids(connection, ENTRY_IDS, 2)
            return ids
        finally:
            await database.close()

    assert asyncio.run(lift()) == [501, 502, 503, 504, 505, 506]
