"""Tells the request that is worked on how many statements it had, and how long they took.

A statement on PostgreSQL has taken as long as its answer was waited for, one on SQLite as long as
it ran, its way to the thread and back included.
"""

from time import perf_counter
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from app.observed import OBSERVED

_BEGAN: Final = "timeoff_statement_began"


def note_statements(engine: Engine) -> None:
    """Have an engine's statements noted from now on."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)


def _begin(connection: Connection, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's five
    connection.info[_BEGAN] = perf_counter()


def _end(connection: Connection, _: object, statement: str, *__: Any) -> None:  # noqa: ANN401 - as above
    observed = OBSERVED.get()
    if observed is not None:
        observed.note_statement(statement, connection.info[_BEGAN])
