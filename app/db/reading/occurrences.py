"""Which windows a record's occurrences meet, by arithmetic in SQL: no occurrence is stored.

The rule is that of app.domain.recurrence; tests/db/test_occurrences.py holds both to it.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, or_
from sqlmodel import col

from app.db.schema.day_arithmetic import (
    days_between,
    days_later,
    months_between,
    months_later,
)
from app.db.schema.tables import PersonTimeOffRow
from app.domain.recurrence import DAYS_OF_A_WEEK, MONTHS_OF_A_YEAR, Repeat


def latest_start(day: Any) -> ColumnElement[Any]:  # noqa: ANN401 - a parameter of type Date
    """Return the start of the last occurrence that starts by the day; the first one does."""
    record = PersonTimeOffRow
    first, repeat, cadence = col(record.first_day), col(record.repeat), col(record.cadence)
    start_of_last = days_later(record.last_day, -_length())
    by = case((day < start_of_last, day), else_=start_of_last)
    passed = days_between(first, by)
    of_weeks = days_later(first, passed - passed % (cadence * DAYS_OF_A_WEEK))
    step = cadence * case((repeat == Repeat.YEARLY.value, MONTHS_OF_A_YEAR), else_=1)
    months = months_between(first, by)
    turned = months - months % step
    # Inside the last month the step may lead past the day.
    reached = months_later(first, turned)
    of_months = case((reached > by, months_later(first, turned - step)), else_=reached)
    return case(
        (repeat == Repeat.NEVER.value, first),
        (repeat == Repeat.WEEKLY.value, of_weeks),
        else_=of_months,
    )


def is_met(first: Any, last: Any) -> ColumnElement[bool]:  # noqa: ANN401
    """Return the condition that a record has an occurrence in the window (rule 4.3).

    Of a record whose own first and last day meet it. Occurrences do not overlap, so that the
    last one which starts by the window's end also ends last.
    """
    ends = days_later(latest_start(last), _length())
    return or_(col(PersonTimeOffRow.repeat) == Repeat.NEVER.value, ends >= first)


def _length() -> Any:  # noqa: ANN401
    """Return the days from the first to the last one of each occurrence."""
    return days_between(PersonTimeOffRow.first_day, PersonTimeOffRow.first_span_end)
