"""What the log may say of a driver's error: its cause, and never a stored value."""

import logging
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.availability.outages import telling_outages
from app.db.availability.unusable import driver_words, why_unusable
from app.db.connections.database import Database
from app.domain.errors import Unavailable
from app.faults import log_fault


def sqlite_error(path, *statements, mode="rwc"):
    """Return the error of the last statement."""
    with closing(sqlite3.connect(f"file:{path}?mode={mode}", uri=True)) as connection:
        *before, last = statements
        for statement in before:
            connection.execute(statement)
        with pytest.raises(sqlite3.Error) as error:
            connection.execute(last)
        connection.rollback()
    return error.value


def test_sqlite_says_what_it_cannot_do(tmp_path):
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (name TEXT UNIQUE)")

    error = sqlite_error(path, "INSERT INTO t VALUES ('secret')", mode="ro")

    assert driver_words(error) == "SQLITE_READONLY: attempt to write a readonly database"


def test_sqlite_says_that_the_disk_is_full(tmp_path):
    path = tmp_path / "x.db"
    fill = "INSERT INTO t VALUES (zeroblob(100000))"

    error = sqlite_error(path, "CREATE TABLE t (x)", "PRAGMA max_page_count = 3", fill)

    assert driver_words(error) == "SQLITE_FULL: database or disk is full"
    assert why_unusable(error, f"sqlite:///{path}") == (
        "The disk is full: make room, then do it again."
    )


def test_of_what_sqlite_calls_damaged_nobody_restores_before_it_is_looked_at(tmp_path):
    """It says the same where a disk could not be read for a moment."""
    damage = ("PRAGMA writable_schema = 1", "UPDATE sqlite_schema SET rootpage = 99")
    error = sqlite_error(
        tmp_path / "x.db",
        "CREATE TABLE t (x)",
        *damage,
        "PRAGMA schema_version = 7",
        "SELECT * FROM t",
    )

    assert error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT
    assert why_unusable(error, "sqlite:///x.db") == (
        "It is damaged, or its disk could not be read. If `timeoff check` says so as well, "
        "restore a backup (docs/backup.md)."
    )


def test_the_line_of_an_outage_has_the_words_of_the_driver(tmp_path, caplog):
    error = sqlite_error(tmp_path / "x.db", "PRAGMA query_only = 1", "CREATE TABLE t (x)")

    with pytest.raises(Unavailable) as raised, telling_outages():
        raise error
    log_fault(raised.value)
    log_fault(Unavailable("no answer"))

    first, second = (each.getMessage().partition("\n")[0] for each in caplog.records)
    assert first.endswith(": unavailable: SQLITE_READONLY (attempt to write a readonly database)")
    assert second.endswith(": unavailable: no answer")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["CREATE TABLE t (x UNIQUE)", *["INSERT INTO t VALUES ('secret')"] * 2],
         "SQLITE_CONSTRAINT_UNIQUE: UNIQUE constraint failed: t.x"),
        (["CREATE TABLE t (x CHECK (x <> 'secret'))", "INSERT INTO t VALUES ('secret')"],
         "SQLITE_CONSTRAINT_CHECK"),
        (["SELECT secret"], "SQLITE_ERROR"),
        (["SELECT json('secret')"], "SQLITE_ERROR"),
    ],
)  # fmt: skip
def test_of_a_statement_sqlite_says_no_more_than_its_code_and_columns(
    tmp_path, statements, expected
):
    error = sqlite_error(tmp_path / "x.db", *statements)

    assert driver_words(error) == expected
    assert why_unusable(error, "sqlite:///x.db") is None


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "INSERT INTO companies VALUES ('a4592b47-42ae-478f-926d-e77a7f768059', 'secret', NULL)",
            "ERROR 23502 NotNullViolationError companies name_key",
        ),
        ("SELECT CAST('secret' AS uuid)", "ERROR 22P02 InvalidTextRepresentationError"),
        ("SELECT secret", "ERROR 42703 UndefinedColumnError"),
        (
            "SET TRANSACTION READ ONLY; INSERT INTO companies VALUES (NULL, 'secret', 'secret')",
            (
                "ERROR 25006 ReadOnlySQLTransactionError: Cannot execute INSERT in a read-only "
                "transaction."
            ),
        ),
    ],
)
async def test_postgresql_says_its_code_and_words_that_hold_no_value(
    database_url, caplog, statement, expected
):
    database = Database(database_url)
    *before, last = statement.split("; ")
    try:
        async with database.reading() as connection:
            for each in before:
                await connection.execute(text(each))
            with pytest.raises(DBAPIError) as error:
                await connection.execute(text(last))
    finally:
        await database.close()

    with caplog.at_level(logging.ERROR):
        log_fault(error.value)
    assert driver_words(error.value) == expected
    assert expected in caplog.text
    assert "secret" not in caplog.text
