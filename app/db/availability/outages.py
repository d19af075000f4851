"""Which errors of a driver are outages: nobody's fault, and over after a while.

The only place that decides it. Everything else that a driver raises is a fault of ours.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from app.domain.errors import Unavailable

SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,  # the locks of the log were too busy to be had
        sqlite3.SQLITE_INTERRUPT,  # by us, for a client that left: nobody's fault
    }
)
"""SQLite's primary result codes (https://sqlite.org/rescode.html)."""

POSTGRESQL: Final = (
    "08",  # the connection
    "25006",  # this server only reads: a replica, or a primary that was demoted
    "25P03",  # ended while idle in its transaction
    "25P04",  # ended because its transaction took too long
    "28",  # who we are: told when we connect, so it is the deployment's matter
    "3D",  # no such database: likewise
    "40001",  # could not be serialized with others
    "40P01",  # two transactions waited for each other
    "53",  # resources: disk, memory, connections
    "55P03",  # a lock was not to be had in time
    "57P",  # shut down, crashed, starting, ended by an administrator
    "58",  # the system below: files, input and output
)
"""Beginnings of SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_NOTED: Final = "timeoff_outage"
_LOST: Final = ("08", "57P")
"""Where the connection is gone, so that what it was told last may have been done."""


class TransactionLost(Exception):
    """SQLite has ended the transaction by itself, of a full disk for instance."""


_KINDS: Final = {
    TransactionLost: "transaction lost",
    NoFreeConnection: "no free connection",
    asyncio.IncompleteReadError: "connection closed",
    # While one of several hosts takes the place of another.
    asyncpg.TargetServerAttributeNotMatched: "no host is what target_session_attrs asks for",
    OSError: None,  # refused, reset, no such host; TimeoutError as well
}
"""What has no code, and the cause if its name does not say it."""


@contextmanager
def telling_outages(*, may_be_stored: bool = False) -> Iterator[None]:
    """Raise Unavailable for an outage. ``may_be_stored`` is for the moment of a commit."""
    try:
        yield
    except Exception as error:
        if cause := outage_of(error):
            is_unknown = may_be_stored and _leaves_unknown(error)
            raise Unavailable(cause, stored=None if is_unknown else False) from error
        raise


def note_outage(cancelled: asyncio.CancelledError, outage: Unavailable, *, reads: bool) -> None:
    """Attach an outage to the cancellation of whoever gave up waiting for the database.

    The first note stays: it was made where the waiting was.
    """
    cancelled.__dict__.setdefault(_NOTED, (outage, reads))


def noted_outage(error: BaseException | None, *, reads: bool) -> Unavailable | None:
    """Return the outage attached to an error, or to what it came of; None if there is none.

    One of reading says nothing about a request that also writes: that may be done already.
    """
    while error is not None:
        outage, is_of_reading = error.__dict__.get(_NOTED, (None, False))
        if outage is not None:
            return outage if reads or not is_of_reading else None
        error = error.__cause__ or error.__context__
    return None


def outage_of(error: BaseException) -> str | None:
    """Return the cause in the driver's own code if the error is an outage.

    >>> outage_of(ConnectionRefusedError()), outage_of(KeyError("reason"))
    ('ConnectionRefusedError', None)
    """
    driver = _of_driver(error)
    if isinstance(driver, sqlite3.Error):
        return driver.sqlite_errorname if _is_outage_of_sqlite(driver) else None
    if sqlstate := sqlstate_of(driver):
        return f"SQLSTATE {sqlstate}" if sqlstate.startswith(POSTGRESQL) else None
    for kind, cause in _KINDS.items():
        if isinstance(driver, kind):
            return cause or type(driver).__name__
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    is_closed = isinstance(driver, asyncpg.InterfaceError) and "clos" in str(driver)
    return "connection closed" if is_lost or is_closed else None


def sqlstate_of(error: BaseException) -> str | None:
    """Return what PostgreSQL calls the error."""
    sqlstate: str | None = getattr(_of_driver(error), "sqlstate", None)
    return sqlstate


def _is_outage_of_sqlite(error: sqlite3.Error) -> bool:
    # Of a read that failed (EIO) SQLite makes SQLITE_CORRUPT, without any of its subtleties.
    whole_code = getattr(error, "sqlite_errorcode", None)
    return whole_code == sqlite3.SQLITE_CORRUPT or _primary_code(error) in SQLITE


def _leaves_unknown(error: BaseException) -> bool:
    """Say whether a commit that ended so may have been done all the same."""
    driver = _of_driver(error)
    if isinstance(driver, sqlite3.Error):
        return _primary_code(driver) in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT}
    sqlstate = getattr(driver, "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(_LOST)


def _primary_code(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _of_driver(error: BaseException) -> BaseException:
    """Return the driver's own error below SQLAlchemy's wrappers."""
    while isinstance(inner := getattr(error, "orig", None), BaseException):
        error = inner
    return error
