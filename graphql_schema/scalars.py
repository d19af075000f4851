"""The scalars of the schema: how text becomes days, times and instants, and back."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any

import strawberry
from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLFloat,
    IntValueNode,
    ValueNode,
)
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from app.domain.errors import InvalidValue
from app.domain.wire_formats import format_local_time, parse_day, parse_local_time

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})",
    re.ASCII | re.IGNORECASE,
)


def _from_text(read: Callable[[str], Any]) -> Callable[[object], Any]:
    """Return a parser that refuses what is no text, and never repeats what was sent."""

    def parse(value: object) -> Any:  # noqa: ANN401
        if not isinstance(value, str):
            msg = "A string is expected."
            raise GraphQLError(msg)
        try:
            return read(value)
        except InvalidValue as refusal:
            raise GraphQLError(refusal.message) from None

    return parse


def _read_instant(text: str) -> datetime:
    msg = "An instant is written as in RFC 3339, with its offset, such as 2023-11-01T07:30:00Z."
    # fromisoformat reads far more: week dates, no hyphens, whatever follows a NUL.
    if not _RFC_3339.fullmatch(text):
        raise InvalidValue(msg)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidValue(msg) from None


def _write_instant(instant: datetime) -> str:
    """Write milliseconds, which is what both vendors keep."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _finite_literal(node: ValueNode, _: object = None) -> float:
    if not isinstance(node, (FloatValueNode, IntValueNode)):
        msg = "A number is expected."
        raise GraphQLError(msg)
    number = float(node.value)
    if not isfinite(number):
        msg = "A finite number is expected."
        raise GraphQLError(msg)
    return number


# graphql-core's own reads the literal 1e999 as infinity, and a second Float cannot be made.
GraphQLFloat.coerce_input_literal = _finite_literal

SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A calendar day. Input: ISO 8601 `2023-11-01`, or Procore's `11/01/23`. "
        "Output: ISO 8601.",
        serialize=date.isoformat,
        parse_value=_from_text(parse_day),
    ),
    time: strawberry.scalar(
        name="LocalTime",
        description="A wall-clock time of day. Input: `07:30` or Procore's `7:30 AM`. "
        "Output: `07:30`.",
        serialize=format_local_time,
        parse_value=_from_text(parse_local_time),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339, UTC.",
        serialize=_write_instant,
        parse_value=_from_text(_read_instant),
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
"""By the Python type that each stands for."""
