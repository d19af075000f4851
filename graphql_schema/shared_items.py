"""Lists of which many parents have the same items, such as the days on which nobody is off.

A compiled operation shows and completes each of them once; for graphql-core every parent has
objects of its own.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, NamedTuple

_KEY: Final = "items shared"


class SharedItems(NamedTuple):
    """Records, and how each is shown as an object of the schema.

    Equal records are shown alike: what ``show`` makes follows from the record and from
    ``shown_by`` alone, whoever the parent is.
    """

    records: Sequence[Any]
    show: Callable[[Any], Any]
    shown_by: Hashable = None


class Sharing(NamedTuple):
    """How a field's list can be had as shared items, and which field of an item forbids it."""

    of: Callable[[Any], SharedItems]
    unless_selected: str | None


def items_shared(
    of: Callable[[Any], SharedItems], *, unless_selected: str | None = None
) -> Mapping[str, object]:
    """Return the metadata of a field without arguments whose items may be shared.

    ``of`` takes the parent. ``unless_selected`` names the item's field, if there is one, that
    tells the parents' items apart: where it is selected, the field's own resolver is asked.
    """
    return {_KEY: Sharing(of, unless_selected)}


def sharing_of(metadata: Mapping[Any, Any]) -> Sharing | None:
    """Return how the items of a field with this metadata are shared, if they are."""
    found: Sharing | None = metadata.get(_KEY)
    return found
