"""The lines of a dump: JSON Lines, the same of either kind of database.

    {"dump": "timeoff", "format": 1, "schema": "0018", "from": "sqlite", "at": "2026-11-27T…"}
    {"table": "companies", "columns": ["id", "name", …], "rows": 2}
    ["5d0c3b1e-…", "Large Builders", …]
    …
    {"lastIds": {"time_off_entry_ids": 1000000, …}}
    {"end": {"companies": 2, …}}

A row is an array with the values of its table's columns: instants in UTC, days and ids as text.
Tables come after those that they name. What breaks off has no last line.
"""

from typing import Any, Final

import orjson

NAME: Final = "timeoff"
FORMAT: Final = 1
ROWS_A_PIECE: Final = 2_000


class BadDump(Exception):
    """It is no dump that can be loaded here: why, and in which line, from 1."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why if line is None else f"Line {line}: {why}")


def line(value: object) -> bytes:
    """Write a line."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def rows(piece: Any) -> bytes:  # noqa: ANN401 - rows of SQLAlchemy
    """Write a line for each row."""
    return b"".join([line(list(row)) for row in piece])
