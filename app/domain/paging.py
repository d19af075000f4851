"""Pages of an ordered list: how many, from where, in which direction (rule 6.4)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import orjson

from app.domain.errors import InvalidValue
from app.domain.wire_formats import MAX_KANTATA_ID, fit_text

DEFAULT_PAGE_SIZE: Final = 20
MAX_PAGE_SIZE: Final = 500

T = TypeVar("T")
CursorKey = tuple[str | int, ...]
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Order:
    """By which field a list is ordered; a unique key breaks the ties."""

    field: str
    descending: bool = False

    @property
    def name(self) -> str:
        """The order's name in a cursor, which fits no other order."""
        return f"-{self.field}" if self.descending else self.field


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page: ``size`` items after or before the keys; ``backward`` takes the last ones."""

    order: Order
    size: int = DEFAULT_PAGE_SIZE
    after: CursorKey | None = None
    before: CursorKey | None = None
    backward: bool = False

    @property
    def cursors_of_nothing(self) -> tuple[str | None, str | None]:
        """The start and end cursor of an empty page: the ``before`` and the ``after`` given.

        A reader that goes on from there misses and repeats nothing: where none was given, a
        page without that argument begins at that end of the list.
        """
        before, after = (
            None if key is None else write_cursor(self.order, key)
            for key in (self.before, self.after)
        )
        return before, after


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page with the cursor of each item, and whether there is more on either side."""

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


def page_request(
    order: Order, first: int | None, after: str | None, last: int | None, before: str | None
) -> PageRequest:
    """Read Relay's paging arguments; what does not fit together is an InvalidValue."""
    if first is not None and last is not None:
        msg = "Give `first` or `last`, not both."
        raise InvalidValue(msg, ("last",))
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= MAX_PAGE_SIZE:
            msg = f"A page has 1 to {MAX_PAGE_SIZE} items."
            raise InvalidValue(msg, (name,))
    return PageRequest(
        order,
        first or last or DEFAULT_PAGE_SIZE,
        None if after is None else read_cursor(order, after, "after"),
        None if before is None else read_cursor(order, before, "before"),
        backward=last is not None,
    )


def write_cursor(order: Order, key: CursorKey) -> str:
    """Return the cursor of an item: its order and its key."""
    return urlsafe_b64encode(orjson.dumps([order.name, *key])).decode().rstrip("=")


def read_cursor(order: Order, cursor: str, argument: str) -> CursorKey:
    """Return the key in a cursor of this order; any other text is an InvalidValue."""
    key: CursorKey
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        _, *parts = orjson.loads(urlsafe_b64decode(padded.encode("ascii")))
        key = tuple(map(_key_part, parts))
    except (NotBase64, ValueError, TypeError, InvalidValue):
        key = ()
    # Written again it is the same text: its order is ours, and so is its spelling, of which
    # Base64 and JSON have many for one value.
    if not key or write_cursor(order, key) != cursor:
        msg = "This is not a cursor of a list in this order."
        raise InvalidValue(msg, (argument,))
    return key


def _key_part(part: object) -> str | int:
    """Return a part of a key that both databases can compare, or refuse it."""
    if isinstance(part, str):
        return fit_text(part)
    if isinstance(part, int) and not isinstance(part, bool) and abs(part) <= MAX_KANTATA_ID:
        return part
    raise TypeError(part)
