"""Which windows a record's occurrences meet, by arithmetic in SQL: no occurrence is stored.

The rules are those of app.domain.recurrence and app.domain.instances;
tests/db/test_occurrences.py holds both to them.
"""

from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Date, Integer, and_, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.db.reading.prepared import applied, bound
from app.db.schema.day_arithmetic import (
    days_between,
    days_later,
    months_between,
    months_later,
)
from app.db.schema.sql_functions import SqlFunction
from app.db.schema.tables import PersonTimeOffRow
from app.domain.days import FIRST_DAY, LAST_DAY, DayRange
from app.domain.recurrence import DAYS_OF_A_WEEK, MONTHS_OF_A_YEAR, Repeat

_FAR: Final = (LAST_DAY - FIRST_DAY).days // DAYS_OF_A_WEEK + 1
"""Of this cadence, and of each larger one, no repeat comes back within the calendar."""


class _IsChangedWithin(SqlFunction):
    """Whether an exception was moved, or changed where it is, and lies in the window."""

    type = Boolean()
    inherit_cache = True
    on_postgresql = (
        "EXISTS (SELECT 1 FROM jsonb_array_elements({0}) AS each "
        "WHERE CAST(each ->> 'first' AS DATE) <= {2} AND CAST(each ->> 'last' AS DATE) >= {1})"
    )
    on_sqlite = (
        "EXISTS (SELECT 1 FROM json_each({0}) AS each "
        "WHERE json_extract(each.value, '$.first') <= {2} "
        "AND json_extract(each.value, '$.last') >= {1})"
    )
    _is_implicitly_boolean = True


class _ExceptedWithin(SqlFunction):
    """How many of the occurrences that the rule has in the window are exceptions."""

    type = Integer()
    inherit_cache = True
    on_postgresql = (
        "(SELECT count(*) FROM jsonb_array_elements({0}) AS each "
        "WHERE CAST(each ->> 'day' AS DATE) <= {3} AND CAST(each ->> 'day' AS DATE) + {1} >= {2})"
    )
    on_sqlite = (
        "(SELECT count(*) FROM json_each({0}) AS each "
        "WHERE json_extract(each.value, '$.day') <= {3} "
        "AND date(json_extract(each.value, '$.day'), ({1}) || ' days') >= {2})"
    )


def meets(window: DayRange) -> list[ColumnElement[bool]]:
    """Return the condition that an instance of a record lies in the window (rule 4.3).

    The days of the window may be given later (prepared.py).
    """
    if window.first is None and window.last is None:
        return []
    record = PersonTimeOffRow
    first, last = _ends(window)
    is_as_planned: list[ColumnElement[bool]] = [col(record.exceptions).is_(None)]
    conditions: list[ColumnElement[bool]] = []
    if window.last is not None:
        is_as_planned.append(col(record.first_day) <= last)
        conditions.append(col(record.first_day) <= _latest_first_day(last))
    if window.first is not None:
        conditions.append(col(record.last_day) >= first)
    if window.first is not None and window.last is not None:
        # The record's ends may meet the window while every occurrence misses it.
        is_as_planned.append(_is_met(first, last))
    return [*conditions, or_(and_(*is_as_planned), _is_met_with_exceptions(first, last))]


def latest_start(day: Any) -> ColumnElement[Any]:  # noqa: ANN401 - a parameter of type Date
    """Return the start of the last occurrence of the rule by the day; the first one does."""
    record = PersonTimeOffRow
    first, repeat = col(record.first_day), col(record.repeat)
    days = _weeks(day) * _cadence() * DAYS_OF_A_WEEK
    return case(
        (repeat == Repeat.NEVER.value, first),
        (repeat == Repeat.WEEKLY.value, days_later(first, days)),
        else_=months_later(first, _months(day) * _step()),
    )


def _latest_first_day(last: Any) -> ColumnElement[Any]:  # noqa: ANN401
    """Return the latest day on which a record begins that has an instance by the day.

    That is the day itself, or later where an occurrence was moved to before the first one. Said
    as one bound, it lets an index on the first day end a search, which ``or`` would not.
    """
    other = aliased(PersonTimeOffRow)
    moved = (
        select(col(other.first_day))
        .where(
            col(other.exceptions).is_not(None),
            col(other.first_day) > last,
            _IsChangedWithin(col(other.exceptions), bound(FIRST_DAY, Date()), last),
        )
        .order_by(col(other.first_day).desc())
        .limit(1)
    )
    return func.coalesce(moved.scalar_subquery(), last)


def _ends(window: DayRange) -> tuple[Any, Any]:
    """Return the first and the last day of the window that an occurrence may lie on."""
    first = FIRST_DAY if window.first is None else applied(_not_before, window.first)
    last = LAST_DAY if window.last is None else applied(_not_after, window.last)
    return bound(first, Date()), bound(last, Date())


def _not_before(day: Any) -> Any:  # noqa: ANN401
    return max(day, FIRST_DAY)


def _not_after(day: Any) -> Any:  # noqa: ANN401
    return min(day, LAST_DAY)


def _is_met(first: Any, last: Any) -> ColumnElement[bool]:  # noqa: ANN401
    """Return the condition that a record without exceptions has an occurrence in the window.

    Occurrences do not overlap, so that the last one which starts by the window's end also ends
    last.
    """
    ends = days_later(latest_start(last), _length())
    return or_(col(PersonTimeOffRow.repeat) == Repeat.NEVER.value, ends >= first)


def _is_met_with_exceptions(first: Any, last: Any) -> ColumnElement[bool]:  # noqa: ANN401
    """Return the condition that a record has exceptions, and an instance in the window.

    That is one of them, or the rule has more occurrences there than are excepted.
    """
    exceptions, length = col(PersonTimeOffRow.exceptions), _length()
    ended_before = days_later(first, -length - 1)
    planned = _count_by(last) - _count_by(ended_before)
    return and_(
        exceptions.is_not(None),
        or_(
            _IsChangedWithin(exceptions, first, last),
            planned > _ExceptedWithin(exceptions, length, first, last),
        ),
    )


def _count_by(day: Any) -> Any:  # noqa: ANN401
    """Return how many occurrences of a repeat start by the day."""
    record = PersonTimeOffRow
    is_weekly = col(record.repeat) == Repeat.WEEKLY.value
    turns = case((is_weekly, _weeks(day)), else_=_months(day))
    return case((col(record.first_day) > day, 0), else_=turns + 1)


def _weeks(day: Any) -> Any:  # noqa: ANN401
    """Return the number, from 0 on, of the last occurrence by the day of a weekly repeat."""
    record = PersonTimeOffRow
    passed = days_between(record.first_day, _by(day))
    return passed // (_cadence() * DAYS_OF_A_WEEK)


def _months(day: Any) -> Any:  # noqa: ANN401
    """Return the number, from 0 on, of the last occurrence by the day of any other repeat."""
    first, by, step = PersonTimeOffRow.first_day, _by(day), _step()
    turns = months_between(first, by) // step
    # Inside the last month the step may lead past the day.
    return turns - case((months_later(first, turns * step) > by, 1), else_=0)


def _by(day: Any) -> Any:  # noqa: ANN401
    """Return the day, or the last one on which an occurrence may start."""
    until = col(PersonTimeOffRow.repeat_end_day)
    return case((day < until, day), else_=until)


def _step() -> Any:  # noqa: ANN401
    """Return how many months lie between occurrences."""
    is_yearly = col(PersonTimeOffRow.repeat) == Repeat.YEARLY.value
    return _cadence() * case((is_yearly, MONTHS_OF_A_YEAR), else_=1)


def _cadence() -> Any:  # noqa: ANN401
    """Return the cadence: any number of 32 bits, whose days PostgreSQL could not reckon with."""
    cadence = col(PersonTimeOffRow.cadence)
    return case((cadence < _FAR, cadence), else_=_FAR)


def _length() -> Any:  # noqa: ANN401
    """Return the days from the first to the last one of each occurrence of the rule."""
    return days_between(PersonTimeOffRow.first_day, PersonTimeOffRow.first_span_end)
