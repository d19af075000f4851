"""Counting days and months in SQL, on either database."""

from typing import Any

from sqlalchemy import Date, Integer, extract
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

MONTHS_OF_A_YEAR = 12


class _DaysBetween(FunctionElement[int]):
    type = Integer()
    inherit_cache = True


class _DaysLater(FunctionElement[Any]):
    type = Date()
    inherit_cache = True


class _MonthsLater(FunctionElement[Any]):
    type = Date()
    inherit_cache = True


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


def _compiled(element: Any, compiler: SQLCompiler, options: Any) -> list[str]:  # noqa: ANN401
    return [compiler.process(each, **options) for each in element.clauses]


@compiles(_DaysBetween)
def _difference(element: Any, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    first, last = _compiled(element, compiler, options)
    return f"({last} - {first})"


@compiles(_DaysBetween, "sqlite")
def _julian_difference(element: Any, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    first, last = _compiled(element, compiler, options)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


@compiles(_DaysLater)
def _sum(element: Any, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    day, days = _compiled(element, compiler, options)
    return f"({day} + {days})"


@compiles(_DaysLater, "sqlite")
def _date_and_days(element: Any, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    day, days = _compiled(element, compiler, options)
    return f"date({day}, ({days}) || ' days')"


@compiles(_MonthsLater)
def _date_and_interval(element: Any, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    day, months = _compiled(element, compiler, options)
    return f"CAST({day} + make_interval(months => {months}) AS DATE)"


@compiles(_MonthsLater, "sqlite")
def _date_or_end_of_month(element: Any, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    # SQLite goes on into the next month where the month lacks the day.
    day, months = _compiled(element, compiler, options)
    end = f"date({day}, 'start of month', ({months} + 1) || ' months', '-1 day')"
    return f"min(date({day}, ({months}) || ' months'), {end})"
