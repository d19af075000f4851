"""What days are merged of, read in a transaction or by the database's own driver."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.reading.by_key import typed_rows
from app.db.reading.calendars import (
    HOLIDAYS_OF_COMPANIES,
    WORKWEEKS_OF_USERS,
    Calendars,
    calendars_of_rows,
)
from app.db.reading.chosen_columns import Projection, Statement
from app.db.reading.schedule import (
    DAYS_OF_PEOPLE,
    ENTRIES_OF_USERS,
    SCHEDULED,
    Brought,
    asked_of,
    brought_by_rows,
)
from app.domain.days import DaySpan
from app.domain.paging import Row
from app.domain.workers import Worker

Rows = Sequence[Row]

WORKERS: Final = Projection.of(
    SCHEDULED,
    ("company_id", "user_id", "person_id", "full_name", "email"),
    (),
    False,  # noqa: FBT003 - a key of its cache
)
"""The page of workers, in the order of the columns of ``worker_of``."""

_STATEMENTS: Final[Mapping[str, Any]] = {
    "entries": ENTRIES_OF_USERS,
    "days": DAYS_OF_PEOPLE,
    "holidays": HOLIDAYS_OF_COMPANIES,
    "workweeks": WORKWEEKS_OF_USERS,
}


def worker_of(row: Row) -> Worker:
    """Return the worker that a row of WORKERS is."""
    return Worker(*row[:5])


async def read_window(
    connection: AsyncConnection, workers: Sequence[Worker], window: DaySpan
) -> tuple[Brought, Calendars]:
    """Return what the workers' days are merged of, read in a transaction."""
    asked = asked_of(workers, window)
    rows = {
        name: (await connection.execute(each, asked)).all() for name, each in _STATEMENTS.items()
    }
    brought = brought_by_rows(workers, window, rows["entries"], rows["days"])
    return brought, calendars_of_rows(rows["holidays"], rows["workweeks"])


@dataclass(frozen=True)
class ScheduleStatements:
    """What is read of a page's workers, by name, and how the rows of calendars are read.

    Every statement takes what ``schedule.asked_of`` returns. Of no workers nothing is read.
    """

    by_name: Mapping[str, Statement]
    typed: Mapping[str, Callable[[Iterable[Row]], Iterator[Any]]]

    @staticmethod
    @lru_cache(maxsize=4)
    def of(dialect: Dialect) -> "ScheduleStatements":
        """Return the statements, compiled once for a database."""
        return ScheduleStatements(
            {name: Statement.of(each, dialect) for name, each in _STATEMENTS.items()},
            {name: typed_rows(_STATEMENTS[name], dialect) for name in ("holidays", "workweeks")},
        )

    def brought(
        self, workers: Sequence[Worker], window: DaySpan, rows: Mapping[str, Rows]
    ) -> Brought:
        """Return what the rows of entries and days bring to the window."""
        return brought_by_rows(workers, window, rows.get("entries", ()), rows.get("days", ()))

    def calendars(self, rows: Mapping[str, Rows]) -> Calendars:
        """Return what the rows of holidays and workweeks say."""
        holidays, workweeks = (
            self.typed[name](rows.get(name, ())) for name in ("holidays", "workweeks")
        )
        return calendars_of_rows(holidays, workweeks)
