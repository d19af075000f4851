"""Lists of which many parents have the same items, such as the days on which nobody is off.

A compiled operation shows and completes each of them once; for graphql-core every parent has
objects of its own.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, NamedTuple

_KEY: Final = "items shared"


class Sharing(NamedTuple):
    """What the items of a list are made of.

    ``records`` takes the parent. ``show`` makes an object of the schema of a record, and of what
    ``shown_by`` says of the parent; it follows from these alone, so that equal records are shown
    alike. Where a field of the items that tells the parents' apart is selected, its name is
    ``unless_selected``, nothing is shared: the field's own resolver is asked.
    """

    records: Callable[[Any], Sequence[Any]]
    show: Callable[[Any, Any], Any]
    shown_by: Callable[[Any], Hashable] = lambda _: None
    unless_selected: str | None = None

    @property
    def as_metadata(self) -> Mapping[str, object]:
        """The metadata of the field, which takes no arguments."""
        return {_KEY: self}


def sharing_of(metadata: Mapping[Any, Any]) -> Sharing | None:
    """Return how the items of a field with this metadata are shared, if they are."""
    found: Sharing | None = metadata.get(_KEY)
    return found
