"""Counting days and months in SQL, on either database."""

from typing import Any

from sqlalchemy import Date, Integer, extract

from app.db.schema.sql_functions import SqlFunction
from app.domain.recurrence import MONTHS_OF_A_YEAR


class _DaysBetween(SqlFunction):
    type = Integer()
    inherit_cache = True
    on_postgresql = "({1} - {0})"
    on_sqlite = "CAST(julianday({1}) - julianday({0}) AS INTEGER)"


class _DaysLater(SqlFunction):
    type = Date()
    inherit_cache = True
    on_postgresql = "({0} + {1})"
    on_sqlite = "date({0}, ({1}) || ' days')"


class _MonthsLater(SqlFunction):
    type = Date()
    inherit_cache = True
    on_postgresql = "CAST({0} + make_interval(months => {1}) AS DATE)"
    # It goes on into the next month where the month lacks the day.
    on_sqlite = (
        "min(date({0}, ({1}) || ' months'), "
        "date({0}, 'start of month', ({1} + 1) || ' months', '-1 day'))"
    )


def days_between(first: Any, last: Any) -> Any:  # noqa: ANN401 - columns
    """Return how many days after the first the last one is."""
    return _DaysBetween(first, last)


def months_between(first: Any, last: Any) -> Any:  # noqa: ANN401
    """Return how many months after the month of the first that of the last one is."""
    years = extract("year", last) - extract("year", first)
    months = extract("month", last) - extract("month", first)
    return (years * MONTHS_OF_A_YEAR + months).cast(Integer)


def days_later(day: Any, days: Any) -> Any:  # noqa: ANN401
    """Return the day so many days later."""
    return _DaysLater(day, days)


def months_later(day: Any, months: Any) -> Any:  # noqa: ANN401
    """Return the same day so many months later, or the last of a month that lacks it (rule 3.2)."""
    return _MonthsLater(day, months)
