"""Database URLs: as people write them, as the drivers take them, and as they may be shown."""

from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.db.connections import postgresql_url

DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
"""What may stand before ``://``, and the driver that it means."""


def async_database_url(text: str) -> str:
    """Return the URL with the driver we use; a relative SQLite path becomes absolute.

    Raises ValueError that says what is wrong with it, and repeats no password.

    >>> async_database_url("postgres://me:secret@db.example/timeoff?sslmode=require")
    'postgresql+asyncpg://me:secret@db.example/timeoff?sslmode=require'
    """
    try:
        url = make_url(postgresql_url.apart_from_parameters(text.strip()))
    except ArgumentError:
        raise ValueError(
            "not a database URL, such as sqlite:///data/timeoff.db "
            "or postgresql://user:password@host/database"
        ) from None
    except ValueError:
        raise ValueError("the port is not a number") from None
    if "@" in f"{url.host}{url.database}" and not url.drivername.startswith("sqlite"):
        # With a / behind the @ the rest of a password is taken for the database's name.
        raise ValueError("an @ in the user name or the password is written %40")
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise ValueError(f"{url.drivername} is not supported; use sqlite:// or postgresql://")
    url = url.set(drivername=driver)
    url = _absolute_file(url) if driver.startswith("sqlite") else postgresql_url.read_url(url)
    return url.render_as_string(hide_password=False)


def _absolute_file(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        # Each connection would have a database of its own, forgotten at its end.
        raise ValueError("SQLite needs a file, such as sqlite:///data/timeoff.db")
    if url.query:
        raise ValueError(f"no parameter of SQLite is known: leave {', '.join(url.query)} out")
    return url.set(database=str(Path(url.database).expanduser().absolute()))


def sqlite_url(file: Path) -> str:
    """Return the URL of a SQLite file.

    >>> sqlite_url(Path("/var/lib/timeoff.db"))
    'sqlite+aiosqlite:////var/lib/timeoff.db'
    """
    return str(URL.create(DRIVERS["sqlite"], database=str(file)))


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite database, or None for any other.

    >>> sqlite_path("sqlite+aiosqlite:////var/lib/timeoff.db")
    PosixPath('/var/lib/timeoff.db')
    >>> sqlite_path("postgresql+asyncpg://db.example/timeoff")
    """
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        return None
    return Path(parts.database)


def has_several_hosts(url: str) -> bool:
    """Say whether a URL leaves open which of several servers is meant.

    >>> has_several_hosts(async_database_url("postgresql://me@a,b/timeoff"))
    True
    >>> has_several_hosts(async_database_url("postgresql://me@a/timeoff?host=/run/postgresql"))
    False
    """
    hosts = make_url(url).query.get("host", "")
    return "," in (hosts if isinstance(hosts, str) else ",".join(hosts))


def shown_url(url: str) -> str:
    """Return the URL as it may be shown: without its password and its parameters, but hosts.

    >>> shown_url("postgresql+asyncpg://me:secret@db.example/timeoff?sslmode=require")
    'postgresql://me:***@db.example/timeoff'
    """
    parts = make_url(url)
    shown = parts.set(
        drivername=parts.get_backend_name(),
        query={"host": parts.query["host"]} if "host" in parts.query else {},
    )
    return shown.render_as_string(hide_password=True)


def libpq_url(url: str) -> str:
    """Return the URL as PostgreSQL's own programs take it, without its password.

    >>> libpq_url("postgresql+asyncpg://me:secret@db.example/timeoff?sslmode=require")
    'postgresql://me@db.example/timeoff?sslmode=require'
    """
    parts = make_url(url)
    secret = {"password", "sslpassword"}
    query = {name: value for name, value in parts.query.items() if name not in secret}
    plain = URL.create(
        parts.get_backend_name(), parts.username, None, parts.host, parts.port, parts.database
    )
    return plain.set(query=query).render_as_string(hide_password=False)
