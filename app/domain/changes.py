"""Changes of objects, as the change feed numbers them (rule 5.3)."""

from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson

from app.domain.actors import Origin
from app.domain.days import DayRange
from app.domain.errors import CursorExpired, InvalidValue
from app.domain.filters import InstantRange
from app.domain.identifiers import Key, Kind
from app.domain.paging import CursorKey, Order


class ChangeOperation(StrEnum):
    """What happened to an object."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one object; its own fields before and after, without reasons (5.3).

    ``days`` are those that it touched; None where its object has no days.
    """

    company_id: str
    operation: ChangeOperation
    kind: Kind
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    days: DayRange | None = None


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are asked for; one that is None narrows nothing.

    ``days``: a change touched one of them; those without days of their own are left out.
    """

    actors: Sequence[str] | None = None
    kinds: Sequence[Kind] | None = None
    subject: tuple[Kind, Key] | None = None
    operations: Sequence[ChangeOperation] | None = None
    days: DayRange | None = None
    at: InstantRange = field(default_factory=InstantRange)

    def admits(self, change: "CommittedChange") -> bool:
        """Say whether it is asked for: as the database finds it, of a change that is read already.

        The ranges of both kinds are compared as ``InstantRange`` and ``DayRange`` say.
        """
        origin, at = change.origin, self.at
        return (
            (self.actors is None or (origin is not None and origin.actor.name in self.actors))
            and (self.kinds is None or change.kind in self.kinds)
            and (self.subject is None or self.subject == (change.kind, change.key))
            and (self.operations is None or change.operation in self.operations)
            and (self.days is None or (change.days is not None and self.days.meets(change.days)))
            and (at.since is None or at.since <= change.at)
            and (at.until is None or change.at < at.until)
        )


EVERY_CHANGE: Final = ChangeFilter()
"""Narrows nothing."""


class CommittedChange(NamedTuple):
    """A change as it was committed: its number, when, what and how, and where it came from.

    ``origin`` is None for what was committed before origins were kept; so are ``days``, which
    are None as well where the object has none.
    """

    sequence: int
    at: datetime
    operation: ChangeOperation
    kind: Kind
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    origin: Origin | None
    days: DayRange | None = None


FEED_ORDER: Final = Order("SEQUENCE")
"""The feed's only order; cursors name it."""
_FOR_URLS: Final = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class FeedState:
    """What a company's feed has: the numbers from ``first`` to ``last``.

    ``generation`` is random and the feed's own: no other company's, and none of this company
    after the database was restored from a backup, whose numbers mean other changes.
    """

    generation: str
    first: int
    last: int

    def cursor_key(self, sequence: int) -> CursorKey:
        """Return what the cursor of this number has in it."""
        return self.generation, sequence

    def cursors(self, sequences: Iterable[int]) -> list[str]:
        """Return the cursors of many numbers, as ``write_cursor`` writes each.

        >>> FeedState("c9f3a90124d3cbf2", 1, 41).cursors([41])
        ['WyJTRVFVRU5DRSIsImM5ZjNhOTAxMjRkM2NiZjIiLDQxXQ']
        """
        begun = orjson.dumps([FEED_ORDER.name, self.generation])[:-1]
        return [
            b2a_base64(b"%b,%d]" % (begun, each), newline=False)
            .translate(_FOR_URLS)
            .rstrip(b"=")
            .decode()
            for each in sequences
        ]


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """A place in a feed, as a reader remembers it: behind the change of this number.

    Cursors of version 0.2 have no generation.
    """

    sequence: int
    generation: str | None = None

    def refuse_unless_in(self, state: FeedState | None, argument: str) -> None:
        """Raise CursorExpired where a reader that goes on from here would miss something.

        ``state`` is None where there is no such feed.
        """
        if state is None or self.generation not in (None, state.generation):
            raise CursorExpired(_OF_ANOTHER_FEED, (argument,))
        if self.sequence > state.last:
            raise CursorExpired(_AHEAD, (argument,))
        if self.sequence < state.first - 1:
            raise CursorExpired(_TOO_OLD, (argument,))


_OF_ANOTHER_FEED: Final = (
    "This cursor is of another company, or of this one before its database was restored."
)
_AHEAD: Final = (
    "This cursor is ahead of the company's last change: its database was restored from a backup."
)
_TOO_OLD: Final = "What followed this cursor is no longer kept."


def feed_position(key: CursorKey | None, argument: str) -> FeedPosition | None:
    """Read what a cursor of the feed has in it, or raise InvalidValue."""
    match key:
        case None:
            return None
        case (int(sequence),):
            return FeedPosition(min(sequence, _LARGEST))
        case (str(generation), int(sequence)):
            return FeedPosition(min(sequence, _LARGEST), generation)
        case _:
            raise InvalidValue("This is not a cursor of this list.", (argument,))


_LARGEST: Final = 2**62
"""Both databases can compare it."""
