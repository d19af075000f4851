"""What is read again and again by those who follow a feed: the changes that come next.

By the database's own driver, with statements that are compiled once: whoever follows reads each
change by itself, and SQLAlchemy takes ten times as long for one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, bindparam, func, select
from sqlmodel import col

from app.db.reading.changes import state_columns
from app.db.reading.chosen_columns import Statement, result_processor
from app.db.schema.array_parameters import ArrayOf, is_among
from app.db.schema.column_types import UuidText
from app.db.schema.tables import ChangeCounterRow, ChangeOriginRow, ChangeRow, table_columns
from app.domain.access import CallerKind, Via
from app.domain.actors import Actor, Origin
from app.domain.changes import ChangeOperation, CommittedChange, FeedState
from app.domain.days import DayRange
from app.domain.identifiers import Kind
from app.domain.paging import Row

_COMPANY: Final = bindparam("company", type_=UuidText(), required=True)
_CHANGE: Final = ChangeRow
_ORIGIN: Final = ChangeOriginRow
_COUNTER: Final = ChangeCounterRow
_OF_A_CHANGE: Final[tuple[Any, ...]] = (
    _CHANGE.sequence,
    _CHANGE.at,
    _CHANGE.operation,
    _CHANGE.subject_type,
    _CHANGE.subject_key,
    _CHANGE.before,
    _CHANGE.after,
    _CHANGE.first_day,
    _CHANGE.last_day,
)
_OF_AN_ORIGIN: Final[tuple[Any, ...]] = (
    _ORIGIN.first_sequence,
    _ORIGIN.last_sequence,
    _ORIGIN.actor_kind,
    _ORIGIN.actor,
    _ORIGIN.actor_label,
    _ORIGIN.via,
    _ORIGIN.request_id,
)
_OF_A_COUNTER: Final[tuple[Any, ...]] = (_COUNTER.company_id, _COUNTER.last_sequence)
_CHANGES: Final = (
    select(*_OF_A_CHANGE)
    .where(
        col(_CHANGE.company_id) == _COMPANY,
        col(_CHANGE.sequence) > bindparam("after", type_=BigInteger(), required=True),
    )
    .order_by(col(_CHANGE.sequence))
    .limit(bindparam("most", type_=Integer(), required=True))
)
_FIRST: Final = bindparam("first", type_=BigInteger(), required=True)
_LAST: Final = bindparam("last", type_=BigInteger(), required=True)
_ORIGINS: Final = (
    select(*_OF_AN_ORIGIN)
    .where(
        col(_ORIGIN.company_id) == _COMPANY,
        col(_ORIGIN.last_sequence) >= _FIRST,
        # The first that reaches the last change is the last that is needed, however many follow.
        col(_ORIGIN.last_sequence)
        <= func.coalesce(
            select(func.min(col(_ORIGIN.last_sequence)))
            .where(col(_ORIGIN.company_id) == _COMPANY, col(_ORIGIN.last_sequence) >= _LAST)
            .correlate(None)
            .scalar_subquery(),
            _LAST,
        ),
    )
    .order_by(col(_ORIGIN.last_sequence))
)
_STATE: Final = select(*state_columns()).where(col(_COUNTER.company_id) == _COMPANY)
_COMPANIES: Final = bindparam("companies", type_=ArrayOf(UuidText()), required=True)
_LAST_NUMBERS: Final = select(*_OF_A_COUNTER).where(
    is_among(table_columns(_COUNTER).company_id, _COMPANIES)
)
_KINDS: Final = {kind.type_name: kind for kind in Kind}
_OPERATIONS: Final = {each.value: each for each in ChangeOperation}


class _Made(dict[Any, Any]):
    """What a function makes of values, each once: neighbours are of the same write and day."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: object) -> Any:  # noqa: ANN401
        made = self[value] = self._make(value)
        return made


@dataclass(frozen=True)
class FollowedChanges:
    """The statements, and what makes changes of their rows."""

    changes: Statement
    origins: Statement
    state: Statement
    last_numbers: Statement
    _read: Mapping[str, Callable[[Any], Any]]

    @staticmethod
    @lru_cache(maxsize=4)
    def of(dialect: Dialect) -> "FollowedChanges":
        """Return the statements, compiled once for a database."""
        return FollowedChanges(
            Statement.of(_CHANGES, dialect),
            Statement.of(_ORIGINS, dialect),
            Statement.of(_STATE, dialect),
            Statement.of(_LAST_NUMBERS, dialect),
            _readers(dialect),
        )

    def committed(self, rows: Sequence[Row], origins: Sequence[Row]) -> list[CommittedChange]:
        """Return the changes of the rows, each with its origin."""
        at_of, json_of = _Made(self._read["at"]), self._read["after"]
        first_day, last_day = self._read["first_day"], self._read["last_day"]
        days_of = _Made(lambda ends: DayRange(first_day(ends[0]), last_day(ends[1])))
        origin_of = _origins(origins)
        return [
            CommittedChange(
                number,
                at_of[at],
                _OPERATIONS[operation],
                _KINDS[type_],
                int(key) if key.isdigit() else key,
                None if before is None else json_of(before),
                None if after is None else json_of(after),
                origin_of(number),
                None if first is None else days_of[first, last],
            )
            for number, at, operation, type_, key, before, after, first, last in rows
        ]


def state_of(rows: Sequence[Row]) -> FeedState | None:
    """Return what the feed has; None where there is no such company."""
    return FeedState(*rows[0]) if rows else None


def _origins(rows: Sequence[Row]) -> Callable[[int], Origin | None]:
    """Return what finds the origins of numbers that are asked for in their order."""
    left = iter(rows)
    first, last, origin = 0, 0, None

    def origin_of(number: int) -> Origin | None:
        nonlocal first, last, origin
        while last < number:
            row = next(left, None)
            if row is None:
                return None
            first, last, *facts = row
            origin = _origin(*facts)
        return origin if first <= number else None

    return origin_of


def _origin(kind: str, actor: str, label: str, via: str, request_id: str) -> Origin:
    return Origin(Actor(CallerKind(kind), actor, label), Via(via), request_id)


def _readers(dialect: Dialect) -> dict[str, Callable[[Any], Any]]:
    """Return, by column of a change, what makes a value of the driver's."""
    read = {each.name: result_processor(each.type, dialect) for each in _CHANGES.selected_columns}
    if dialect.name == "sqlite":  # which has JSON as text: read at a third of what SQLAlchemy takes
        read["after"] = orjson.loads
    return read
