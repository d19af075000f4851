"""Values that inputs and arguments share: read, and refused with the place where they stand."""

import datetime as dt  # a field is named date
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final

import strawberry

from app.domain import filters
from app.domain.days import DayRange
from app.domain.errors import DaysReversed, InvalidValue, NotFound, Path, TooManyItems
from app.domain.identifiers import KANTATA_KINDS, Key, Kind, read_id, read_numbers, split_node_id
from app.domain.wire_formats import fit_text


@strawberry.input(
    description="Instants from `since` on, itself included, and before `until`, itself not; an end "
    "left out is open. Ranges of days are a DateRange: `from` and `to`."
)
class DateTimeRange:
    since: datetime | None = strawberry.field(
        default=None, description="From this instant on, itself included."
    )
    until: datetime | None = strawberry.field(
        default=None, description="Before this instant, itself not included."
    )

    def to_domain(self, path: Path) -> filters.InstantRange:
        """Hand the range to a filter, in which it lies at the path."""
        try:
            return filters.InstantRange.asked_for(self.since, self.until)
        except InvalidValue as refusal:
            raise refusal.below(*path) from None


def window(first: dt.date | None, last: dt.date | None, path: Path = ()) -> DayRange:
    """Read the two ends of a window, refusing one that is reversed."""
    try:
        return DayRange(first, last)
    except DaysReversed as refusal:
        raise refusal.below(*path, "to") from None


@strawberry.input(
    description="Days from `from` to `to`, both included; an end left out is open. Ranges of "
    "instants are a DateTimeRange: `since` and `until`."
)
class DateRange:
    from_: dt.date | None = strawberry.field(
        name="from", default=None, description="The first day, itself included."
    )
    to: dt.date | None = strawberry.field(
        default=None, description="The last day, itself included."
    )

    def to_domain(self, path: Path) -> DayRange:
        """Hand the range to a filter, in which it lies at the path."""
        return window(self.from_, self.to, path)


def domain_value(member: Enum | None) -> Any:  # noqa: ANN401 - typed by Strawberry as its own
    """Return the domain's member that an enum's value stands for."""
    return None if member is None else member.value


MAX_IDS: Final = 1_000
NO_COMPANY: Final = "00000000-0000-0000-0000-000000000000"


def read_filter_ids(kind: Kind, ids: list[strawberry.ID] | None, path: Path) -> Any:  # noqa: ANN401
    """Return the keys that a filter names, or None where it names none.

    Ill-formed ids are refused; one of another type names nothing, as an unknown one does.
    """
    if ids is None:
        return None
    if len(ids) > MAX_IDS:
        msg = f"A filter takes at most {MAX_IDS} ids."
        raise TooManyItems(msg, path)
    if kind in KANTATA_KINDS and (numbers := read_numbers(ids)) is not None:
        return numbers
    keys = []
    for index, text in enumerate(ids):
        key = read_query_id(kind, text, (*path, index))
        if key is not None:
            keys.append(key)
    return tuple(keys)


def read_company(text: strawberry.ID) -> str:
    """Return the company that an argument names; an id of another type names no company."""
    return read_query_id(Kind.COMPANY, text, ("company_id",)) or NO_COMPANY


def read_filter_company(text: strawberry.ID | None) -> str | None:
    """Return the company that a filter names; an id of another type names no company."""
    if text is None:
        return None
    return read_query_id(Kind.COMPANY, text, ("filter", "company_id")) or NO_COMPANY


def read_filter_text(text: str | None, path: Path) -> str | None:
    """Return text that a filter compares, or refuse what no stored text can be."""
    return None if text is None else _fit(text, path)


def read_filter_texts(texts: Sequence[str] | None, path: Path) -> tuple[str, ...] | None:
    """Return the texts of which a filter wants one."""
    if texts is None:
        return None
    if len(texts) > MAX_IDS:
        msg = f"A filter takes at most {MAX_IDS} texts."
        raise TooManyItems(msg, path)
    return tuple(_fit(text, (*path, index)) for index, text in enumerate(texts))


def _fit(text: str, path: Path) -> str:
    try:
        return fit_text(text)
    except InvalidValue as refusal:
        raise refusal.below(*path) from None


def read_query_id(kind: Kind, text: str, path: Path = ("id",)) -> Any:  # noqa: ANN401
    """Return the key that an id names, or None for an id of another type (rule 6.2)."""
    try:
        return read_id(kind, text)
    except NotFound:
        return None
    except InvalidValue as refusal:
        raise refusal.below(*path) from None


def read_node_id(text: str, path: Path) -> tuple[Kind, Key]:
    """Return what a node id names; anything else is refused."""
    named = split_node_id(text)
    if named is None:
        msg = "This is not a node id."
        raise InvalidValue(msg, path)
    return named
