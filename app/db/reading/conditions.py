"""What the parts of a filter mean in SQL, each as a list of conditions: none where it is None.

A part may be a value, or a ``Later`` that stands for one (app/db/reading/prepared.py).
"""

from typing import Any, Final

from app.db.reading.lists import Condition
from app.db.reading.prepared import Later, applied, bound, bound_list
from app.db.schema.array_parameters import is_among
from app.domain.days import DayRange
from app.domain.filters import InstantRange
from app.domain.texts import folded
from app.domain.workers import email_key

_ESCAPE: Final = "/"


def among(column: Any, values: Any) -> list[Condition]:  # noqa: ANN401
    """Return the condition that the column has one of the values."""
    if values is None:
        return []
    wanted = bound_list(values, column.type)
    return [is_among(column, wanted) if isinstance(values, Later) else column.in_(wanted)]


def equals(column: Any, value: Any) -> list[Condition]:  # noqa: ANN401
    """Return the condition that the column has the value."""
    return [] if value is None else [column == bound(value, column.type)]


def mailed(key_column: Any, email: Any) -> list[Condition]:  # noqa: ANN401
    """Return the condition that the key is that of an e-mail; none is that of a blank one."""
    # No key is empty (rule 4.1).
    key = None if email is None else applied(lambda text: email_key(text) or "", email)
    return equals(key_column, key)


def named(key_column: Any, part: Any) -> list[Condition]:  # noqa: ANN401
    """Return the condition that a name's key contains a part of a name (rule 6.4)."""
    if part is None:
        return []
    pattern = applied(_containing, part)
    return [key_column.like(bound(pattern, key_column.type), escape=_ESCAPE)]


def _containing(part: str) -> str:
    """Return the pattern of the keys that contain a name's part, literally.

    Folded it is found in the key's first part, or nowhere in the key (rule 6.4).
    """
    key = folded(part)
    for special in (_ESCAPE, "%", "_"):
        key = key.replace(special, _ESCAPE + special)
    return f"%{key}%"


def days(column: Any, wanted: DayRange | None) -> list[Condition]:  # noqa: ANN401
    """Return the condition that the day is in the range."""
    return spans_meet(column, column, wanted)


def spans_meet(first: Any, last: Any, wanted: DayRange | None) -> list[Condition]:  # noqa: ANN401
    """Return the condition that a span meets the range: start <= to and end >= from (rule 4.3)."""
    if wanted is None:
        return []
    return [
        *([first <= bound(wanted.last, first.type)] if wanted.last is not None else []),
        *([last >= bound(wanted.first, last.type)] if wanted.first is not None else []),
    ]


def instants(column: Any, wanted: InstantRange | None) -> list[Condition]:  # noqa: ANN401
    """Return the condition that the instant is in the range."""
    if wanted is None:
        return []
    return [
        *([column >= bound(wanted.since, column.type)] if wanted.since is not None else []),
        *([column < bound(wanted.until, column.type)] if wanted.until is not None else []),
    ]
