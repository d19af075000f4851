"""The application as tests start it again and again in one process: what is equal is made once.

A start reads the environment, and a new application compiles each document that it meets. For
thousands of tests that is most of their time, and the same each time. What depends on a test,
as the database and all that is built over it, is made for that test.
"""

import os
from functools import cache
from importlib.metadata import version
from typing import Any

import pytest

from app import main
from app.db.connections.database import Database
from app.db.connections.url import async_database_url
from app.settings import Settings
from app.settings_sources import PREFIX
from graphql_schema.execution.deviations import Cause
from graphql_schema.http.operations import Operations

SPOILT = {Cause.FAULT, Cause.SIZE}
"""A test has brought this about on purpose: what was compiled then is for no other test."""

MOST_STATEMENTS = 3_000
"""SQLAlchemy keeps 500 for an engine."""

_OPERATIONS: dict[Any, Operations] = {}
_build_operations = main.build_operations
_version = cache(version)


def create_app(database_url: str, **given: Any) -> main.Gateway:
    """Return the application over a database, with settings as of a server of its own."""
    settings = settings_of(database_url, **given)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "build_operations", _operations)
        patch.setattr(main, "Database", _Database)
        patch.setattr(main, "version", _version)
        return main.create_app(settings)


class _Database(Database):
    """A database whose statements are compiled once for all of its kind."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        engines = [self.engine.sync_engine]
        if self._writer:
            engines.append(self._writer._writing_engine)  # noqa: SLF001
        for engine in engines:
            engine._compiled_cache = _STATEMENTS  # noqa: SLF001 - SQLAlchemy has one an engine


class _Statements(dict[tuple[Any, ...], Any]):
    """What SQLAlchemy has compiled; its key begins with the dialect, one to an engine."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].__class__, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        if len(self) >= MOST_STATEMENTS:
            self.clear()
        super().__setitem__((key[0].__class__, *key[1:]), compiled)


_STATEMENTS = _Statements()


def settings_of(database_url: str, **given: Any) -> Settings:
    """Return ``Settings(database_url=..., **given)``, read once for all databases.

    Nothing is sent to anybody's webhooks, and no connected system is looked for, unless it is asked
    for: a test counts statements.
    """
    given.setdefault("webhooks", False)
    given.setdefault("sync", False)
    variables = tuple(sorted(each for each in os.environ.items() if each[0].startswith(PREFIX)))
    read = _read(tuple(sorted(given.items())), variables)
    return read.model_copy(update={"database_url": async_database_url(database_url)})


@cache
def _read(given: tuple[tuple[str, Any], ...], _variables: tuple[tuple[str, str], ...]) -> Settings:
    return Settings(database_url="sqlite:///any.db", **dict(given))


def _operations(settings: Settings) -> Operations:
    """Return what prepares operations, with the documents that other tests have sent already."""
    database = settings.database_url.partition(":")[0]
    equal = (database, settings.limits, settings.mode, settings.introspection)
    known = _OPERATIONS.get(equal)
    if known is None or SPOILT & known.executions.by_reference.keys():
        known = _OPERATIONS[equal] = _build_operations(settings)
    return known
