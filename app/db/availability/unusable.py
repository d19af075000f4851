"""Why a database cannot be used: one line for operators, with the cause and the next step.

Never with a password, a statement or a value: only with what PostgreSQL says of the
connection and of its own objects, and what the system says of a file.
"""

import errno
import os
import shutil
import sqlite3
import ssl
from collections.abc import Mapping
from pathlib import Path
from socket import gaierror
from typing import Final

from asyncpg import PostgresError
from asyncpg import exceptions as postgres
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from app.domain.errors import Unavailable


class DatabaseUnusable(Exception):
    """What is wrong with the database itself, whatever was asked of it."""


def why_unusable(error: BaseException, url: str) -> str | None:
    """Return what an operator can do about an error, or None where it is a fault of ours."""
    if isinstance(error, DatabaseUnusable):
        return str(error)
    if isinstance(error, Unavailable) and error.__cause__:
        error = error.__cause__
    address = make_url(url)
    cause = driver_error(error)
    if address.get_backend_name() == "sqlite":
        return _sqlite(cause, Path(address.database or ""))
    # With a statement the same would be a fault of that statement, and may repeat a value.
    is_connecting = isinstance(error, DBAPIError) and error.statement is None
    return _postgresql(cause, address, is_connecting=is_connecting)


def driver_error(error: BaseException) -> BaseException:
    """Return the driver's or the system's own error, below SQLAlchemy's wrapper."""
    if not isinstance(error, DBAPIError):
        return error
    original = error.orig or error
    return original.__cause__ or original


# SQLite

_FILE_FAULTS: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_NOTADB: "It is no SQLite database; it is left as it is.",
    sqlite3.SQLITE_CORRUPT: (
        "It is damaged, or its disk could not be read. If `timeoff check` says so as well, "
        "restore a backup (docs/backup.md)."
    ),
    sqlite3.SQLITE_FULL: "The disk is full: make room, then do it again.",
    sqlite3.SQLITE_BUSY: "Another program keeps it locked.",
    sqlite3.SQLITE_LOCKED: "Another program keeps it locked.",
}
SQLITE_WRITING: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
"""Of the errors of a disk, those of writing: where it cannot be read, room does not help."""

_ROOM_TO_OPEN: Final = 64 * 1024
_NO_ROOM: Final = (
    "It could not be written: the disk is full or fails, or a limit on the size of files is "
    "reached. Make room, then do it again."
)
_MAYBE_RIGHTS: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
)


def _sqlite(cause: BaseException, file: Path) -> str | None:
    if isinstance(cause, FileExistsError | NotADirectoryError):
        return f"{cause.filename or file.parent} is no directory."
    if isinstance(cause, OSError):
        reason = why_not_writable(file) if file.parent.is_dir() else None
        return reason or f"{cause.filename or file}: {cause.strerror or cause}."
    if not isinstance(cause, sqlite3.Error):
        return None
    whole_code = getattr(cause, "sqlite_errorcode", 0)
    code = whole_code & 0xFF  # the rest of it tells subtleties
    if code in _MAYBE_RIGHTS:
        told = _NO_ROOM if whole_code in SQLITE_WRITING else f"SQLite says: {cause}."
        return why_not_writable(file) or _full_disk(file) or told
    return _FILE_FAULTS.get(code)


def why_not_writable(file: Path) -> str | None:
    """Return why a file of SQLite cannot be written to, as far as the system tells."""
    folder = file.parent
    if file.is_dir():
        return "It is a directory; a file in it is wanted, such as timeoff.db."
    if not folder.is_dir():
        return f"The directory {folder} is not there."
    for path in (folder, file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        if path.exists() and not os.access(path, os.W_OK):
            what = "the directory" if path == folder else "the file"
            return (
                f"It cannot be written to: {what} {path} is read-only for this user. SQLite "
                "writes to the file and makes others beside it."
            )
    return None


def _full_disk(file: Path) -> str | None:
    # SQLite has no word of its own for a disk without room for the file's index (-shm).
    is_full = shutil.disk_usage(file.parent).free < _ROOM_TO_OPEN
    return _FILE_FAULTS[sqlite3.SQLITE_FULL] if is_full else None


def driver_words(fault: BaseException) -> str:
    """Return what a driver says of a fault, for the log: only what can hold no stored value."""
    cause = driver_error(fault)
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        is_general = getattr(cause, "sqlite_errorcode", 1) & 0xFF == sqlite3.SQLITE_ERROR
        may_have_value = isinstance(cause, sqlite3.IntegrityError) and name not in _NAMING_COLUMNS
        return name if is_general or may_have_value else f"{name}: {cause}"
    if isinstance(cause, PostgresError):
        code = cause.sqlstate or ""
        told = f"{getattr(cause, 'severity_en', None) or 'ERROR'} {code} {type(cause).__name__}"
        # Of other classes, a message may repeat a value; and a DETAIL of any class does.
        if code.startswith(_WITHOUT_VALUES):
            return f"{told}: {_sentence(cause)}"
        names = (cause.table_name, cause.column_name, cause.constraint_name)
        return " ".join((told, *filter(None, names)))
    if isinstance(cause, OSError):
        return errno.errorcode.get(cause.errno or 0, "") or type(cause).__name__
    return ""


_NAMING_COLUMNS: Final = frozenset(
    f"SQLITE_CONSTRAINT_{kind}" for kind in ("UNIQUE", "PRIMARYKEY", "NOTNULL", "FOREIGNKEY")
)
"""Of these SQLite names the columns, and no value."""


# PostgreSQL


def grants_for(role: str | None) -> str:
    """Return what the owner of a database gives the role that migrates it, or serves it."""
    return (
        f"The owner gives {role or 'the role'} what is missing: GRANT USAGE, CREATE ON SCHEMA "
        "public to migrate; to serve, GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES and "
        "USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public."
    )


_NEXT_STEPS: Final[Mapping[type[PostgresError], str]] = {
    postgres.InvalidPasswordError: (
        "Correct the URL; in it, characters such as @ : / % are written %40 %3A %2F %25."
    ),
    postgres.InvalidAuthorizationSpecificationError: (
        "The role needs LOGIN, and the server's pg_hba.conf decides who may come from where, and "
        "whether only with TLS (sslmode=require in the URL)."
    ),
    postgres.InvalidCatalogNameError: (
        "Make it with: createdb {database} (CREATE DATABASE {database};)"
    ),
    postgres.InsufficientPrivilegeError: grants_for("{role}"),
    postgres.InvalidSchemaNameError: "The search_path of {role} names no schema that is there.",
    postgres.ReadOnlySQLTransactionError: (
        "It is a replica, or set to read only: name the primary server."
    ),
    postgres.ConnectionDoesNotExistError: "Is it PostgreSQL that listens there?",
    postgres.DuplicateTableError: (
        "Another program made it: take a database or a schema (options=-csearch_path%3Dname) "
        "of its own."
    ),
}
_OPTION_FAULTS: Final = (
    postgres.CantChangeRuntimeParamError,
    postgres.DataError,
    postgres.PostgresSyntaxError,
    postgres.UndefinedObjectError,
)
"""What PostgreSQL says of settings (``options``) while a connection begins."""

_SERVER_TROUBLE: Final = ("08", "53", "57", "58")
"""Connection, resources, an operator's doing, the system: classes of SQLSTATE."""

_WITHOUT_VALUES: Final = (*_SERVER_TROUBLE, "25", "28", "3D", "3F", "42501")
"""And the state of the transaction, who may connect, what may be touched."""


def _postgresql(cause: BaseException, url: URL, *, is_connecting: bool) -> str | None:
    if isinstance(cause, PostgresError):
        return (_unconnected(cause, url) if is_connecting else None) or _refusal(cause, url)
    if isinstance(cause, _ADDRESS_FAULTS):
        return _sentence(cause)
    if isinstance(cause, OSError):
        host = url.host or url.query.get("host") or "this machine"
        return _network(cause, str(host), f"{host}, port {url.port or 5432}", url)
    return None


_ADDRESS_FAULTS: Final = (
    postgres.ClientConfigurationError,
    postgres.TargetServerAttributeNotMatched,
    postgres.ProtocolError,
)


def _unconnected(cause: PostgresError, url: URL) -> str | None:
    """Return what only the connection itself is refused for: no statement was sent yet."""
    if isinstance(cause, postgres.InsufficientPrivilegeError):
        grant = f"GRANT CONNECT ON DATABASE {url.database} TO {url.username}"
        return f"{_sentence(cause)} The owner of the database allows it with: {grant};"
    if isinstance(cause, _OPTION_FAULTS):
        return f"{_sentence(cause)} Correct options= in the URL."
    return None


def _refusal(cause: PostgresError, url: URL) -> str | None:
    """Return what PostgreSQL itself has refused, in its words and with the next step."""
    for kind, step in _NEXT_STEPS.items():
        if isinstance(cause, kind):
            role, database = url.username or "the role", url.database or url.username
            return f"{_sentence(cause)} {step.format(role=role, database=database)}"
    is_trouble = (cause.sqlstate or "").startswith(_SERVER_TROUBLE)
    return _sentence(cause) if is_trouble else None


def _network(cause: OSError, host: str, where: str, url: URL) -> str:
    """Return one line for an error of the network or of TLS, with the next step."""
    said = cause.strerror or "the connection broke off"
    words = f"{where}: {said}. Is it PostgreSQL that listens there?"
    if isinstance(cause, ssl.SSLCertVerificationError):
        words = (
            f"The certificate of {host} does not verify ({cause.verify_message}). Name its "
            "authority with sslrootcert= in the URL: a file, or system."
        )
    elif isinstance(cause, ssl.SSLError):
        words = f"{where}: TLS was begun and failed. Is it PostgreSQL that listens there?"
    elif isinstance(cause, gaierror):
        words = f"No host {host} is known here."
    elif isinstance(cause, TimeoutError):
        seconds = url.query.get("connect_timeout")
        patience = f"{seconds} s" if seconds else "time"
        words = (
            f"{where}: no answer in {patience} (connect_timeout). A firewall may stand "
            "between, or what listens there is no PostgreSQL."
        )
    elif "rejected SSL" in str(cause):
        words = (
            f"{where}: it does not speak TLS, which the URL's sslmode or channel_binding asks "
            "for, or it is no PostgreSQL."
        )
    elif isinstance(cause, ConnectionRefusedError) or "Connect call failed" in str(cause):
        words = f"{where}: nothing listens there. Is PostgreSQL running, and is that its port?"
    elif isinstance(cause, FileNotFoundError):
        words = "A file that the URL names is not there: a certificate, a key, or a socket."
    return words


def _sentence(cause: BaseException) -> str:
    first, *_ = str(cause).splitlines() or [type(cause).__name__]
    return f"{first[:1].upper()}{first[1:].rstrip('.')}."
