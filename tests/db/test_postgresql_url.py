"""A PostgreSQL URL as providers hand it out: what is applied, and what is refused by name."""

import re
import ssl
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.db.connections.database import Database
from app.db.connections.limits import CONNECT_SECONDS
from app.db.connections.postgresql_url import KNOWN_PARAMETERS, connect_args
from app.db.connections.url import async_database_url


def arguments(url):
    return connect_args(make_url(async_database_url(url)))


def test_without_parameters_a_connection_has_our_name_and_our_patience():
    url, given = arguments("postgresql://me@db/timeoff")

    assert (url.host, url.database, dict(url.query)) == ("db", "timeoff", {})
    assert given == {
        "timeout": CONNECT_SECONDS,
        "server_settings": {"application_name": "timeoff-gateway"},
    }


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("application_name=hr&options=-c%20lock_timeout%3D5s", {
            "server_settings": {"application_name": "hr", "options": "-c lock_timeout=5s"}
        }),
        ("connect_timeout=3", {"timeout": 3}),
        ("connect_timeout=0", {"timeout": None}),
        ("sslmode=require", {"dsn": "postgresql://?sslmode=require"}),
        ("ssl=require", {"dsn": "postgresql://?sslmode=require"}),
        (
            "sslmode=verify-full&sslrootcert=/etc/ca.pem&target_session_attrs=read-write",
            {
                "dsn": "postgresql://?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"
                "&target_session_attrs=read-write"
            },
        ),
        ("channel_binding=prefer&gssencmode=disable&sslsni=1&keepalives=1", {}),
        ("statement_cache_size=0&prepared_statement_cache_size=0", {
            "statement_cache_size": 0, "prepared_statement_cache_size": 0
        }),
    ],
)  # fmt: skip
def test_a_parameter_means_what_it_means_to_libpq(parameters, expected):
    usual = {"timeout": CONNECT_SECONDS, "server_settings": {"application_name": "timeoff-gateway"}}

    assert arguments(f"postgresql://me@db/timeoff?{parameters}")[1] == usual | expected


@pytest.mark.parametrize("parameters", ["channel_binding=require", "sslrootcert=system"])
def test_who_wants_nobody_between_has_the_certificate_verified(parameters):
    context = arguments(f"postgresql://me@db/timeoff?sslmode=require&{parameters}")[1]["ssl"]

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("text_", "expected"),
    [
        ("postgresql://a:1,b/timeoff", {"host": "a,b", "port": "1,5432"}),
        ("postgresql://me:p%40ss@a,b:2/timeoff?sslmode=prefer", {"host": "a,b", "port": "5432,2"}),
        ("postgresql:///timeoff?host=a,b&port=3", {"host": "a,b", "port": "3,3"}),
        ("postgresql:///timeoff?host=/run/postgresql", {"host": "/run/postgresql"}),
    ],
)
def test_several_hosts_and_a_socket_are_tried_in_their_order(text_, expected):
    once = async_database_url(text_)

    url, _ = connect_args(make_url(once))
    assert dict(url.query) == expected
    assert (url.host, url.database) == (None, "timeoff")
    assert async_database_url(once) == once


def test_who_and_where_may_stand_among_the_parameters():
    url, _ = arguments("postgresql:///?host=/run&user=me&password=p%40ss&dbname=timeoff&port=7")

    assert (url.username, url.password, url.database, url.port) == ("me", "p@ss", "timeoff", 7)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("sslmod=require", "sslmod is no parameter of PostgreSQL's URLs; did you mean sslmode?"),
        (
            "pgbouncer=true",
            (
                "pgbouncer is no parameter of PostgreSQL's URLs; leave it out "
                "(a setting of the server goes into options=-c%20name%3Dvalue)"
            ),
        ),
        ("connect_timeout=soon", "connect_timeout is a whole number"),
        ("port=secret", "port is a number"),
        ("gssencmode=require", "gssencmode can be disable or prefer here"),
        (
            "channel_binding=require&sslmode=disable",
            "channel_binding=require needs TLS, which this sslmode does not ask for",
        ),
        (
            "sslmode=secret&target_session_attrs=secret",
            (
                "sslmode can be disable or allow or prefer or require or verify-ca or verify-full "
                "here; target_session_attrs can be any or primary or standby or read-write or "
                "read-only or "
                "prefer-standby here"
            ),
        ),
    ],
)
def test_what_cannot_be_applied_is_named_without_its_value(parameters, expected):
    with pytest.raises(ValueError, match=r"^") as refusal:
        async_database_url(f"postgresql://me:secret@db/timeoff?{parameters}")

    assert str(refusal.value) == expected


@pytest.mark.parametrize(
    "address", ["me:sec@ret@db/timeoff", "me:secret@db:secret/timeoff", "me:secret@db:5432/x?a=%zz"]
)
def test_a_url_that_cannot_be_read_repeats_nothing_of_a_password(address):
    with pytest.raises(ValueError, match=r"^") as refusal:
        async_database_url(f"postgresql://{address}")

    assert "sec" not in str(refusal.value)


def test_the_page_lists_the_parameters_that_are_known():
    page = (Path(__file__).resolve().parents[2] / "docs" / "scaling.md").read_text("utf-8")
    table = page.partition("**The address.**")[2].partition("Any other is refused by name")[0]
    names = {name for row in table.splitlines() if row.startswith("|")
             for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])}  # fmt: skip

    assert names == set(KNOWN_PARAMETERS)


@pytest.mark.only_on("postgresql")
async def test_the_server_hears_the_parameters(database_url):
    parameters = (
        "application_name=hr&options=-c%20lock_timeout%3D7s&connect_timeout=5&channel_binding=prefer"
        "&target_session_attrs=read-write&sslmode=prefer"
    )
    database = Database(async_database_url(f"{database_url}?{parameters}"))
    try:
        async with database.reading() as connection:
            asked = "SELECT current_setting('application_name'), current_setting('lock_timeout')"
            assert (await connection.execute(text(asked))).one() == ("hr", "7s")
    finally:
        await database.close()
