"""Events that webhooks are sent: how they are named, who takes which, and what a message says.

A message is thin: it names what changed, and no value of any field. Who wants to know more asks
for it, with rights of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Self

import orjson

from app.domain.changes import (
    FEED_ORDER,
    ChangeOperation,
    CommittedChange,
    FeedPosition,
    FeedState,
    feed_position,
)
from app.domain.days import DayRange
from app.domain.errors import InvalidValue, Refusals, TooManyItems
from app.domain.identifiers import Kind, node_id
from app.domain.paging import read_cursor, write_cursor

KINDS_OF_THE_FEED: Final = (
    Kind.COMPANY,
    Kind.ROLE,
    Kind.USER,
    Kind.PERSON,
    Kind.WORKER,
    Kind.WORKWEEK,
    Kind.HOLIDAY,
    Kind.ENTRY,
    Kind.REFERENCE,
    Kind.PERSON_TIME_OFF,
    Kind.ACKNOWLEDGEMENT,
)
"""What the change feed tells of."""

CHANGES_AVAILABLE: Final = "changes.available"
"""One message for a run of changes, which the receiver then reads from the feed itself."""
TEST: Final = "webhook.test"
EVERYTHING: Final = "*"
MOST_TYPES: Final = 50
GATHERED_FROM: Final = 100
"""More events than this, at once, are told by one message to who takes CHANGES_AVAILABLE."""
MOST_GATHERED: Final = 1_000
"""Changes that one message may stand for."""
NEVER_NAMED: Final = frozenset({"externalMessage"})
"""Fields that are personal texts: not even that they changed is told."""

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def event_type(kind: Kind, operation: ChangeOperation) -> str:
    """Return the type of the event that tells of a change.

    >>> event_type(Kind.PERSON_TIME_OFF, ChangeOperation.UPDATED)
    'person_time_off.updated'
    """
    return f"{_noun(kind)}.{operation.value.lower()}"


def _noun(kind: Kind) -> str:
    return _WORD.sub("_", kind.type_name).lower()


CHANGE_TYPES: Final = tuple(
    event_type(kind, operation) for kind in KINDS_OF_THE_FEED for operation in ChangeOperation
)
"""The types of the events that tell of one change each."""
_GROUPS: Final = tuple(f"{_noun(kind)}.*" for kind in KINDS_OF_THE_FEED)
KNOWN_TYPES: Final = (*CHANGE_TYPES, *_GROUPS, CHANGES_AVAILABLE, EVERYTHING)
"""Whatever a webhook may ask for."""


@dataclass(frozen=True, slots=True)
class EventTypes:
    """The types that a webhook takes, some of which stand for several.

    >>> types = EventTypes(("time_off_entry.*", "holiday.deleted"))
    >>> [types.takes(each) for each in ("time_off_entry.created", "holiday.created")]
    [True, False]
    """

    names: tuple[str, ...]

    def takes(self, type_: str) -> bool:
        """Say whether the webhook is sent events of this type."""
        group = f"{type_.partition('.')[0]}.*"
        return not {EVERYTHING, group, type_}.isdisjoint(self.names)

    @property
    def gathers(self) -> bool:
        """Whether one message may stand for many events."""
        return self.takes(CHANGES_AVAILABLE)

    @property
    def takes_everything(self) -> bool:
        """Whether there is no event that it does not take."""
        return EVERYTHING in self.names

    @property
    def only_gathers(self) -> bool:
        """Whether it takes no other messages than those: it only wants to know that to read."""
        return self.names == (CHANGES_AVAILABLE,)

    def taken(self, changes: Sequence[CommittedChange]) -> list[CommittedChange]:
        """Return those of the changes that it is to be told of, each by itself."""
        return [each for each in changes if self.takes(event_type(each.kind, each.operation))]

    @classmethod
    def read(cls, texts: Sequence[str]) -> Self:
        """Read what somebody asks for, or raise Refused with all that is wrong with it."""
        refusals = Refusals()
        if not 1 <= len(texts) <= MOST_TYPES:
            msg = f"A webhook takes 1 to {MOST_TYPES} types of events; `*` is all of them."
            refusals.add(TooManyItems(msg, ("types",)))
        for index, text in enumerate(texts[:MOST_TYPES]):
            if text not in KNOWN_TYPES:
                refusals.add(InvalidValue(_unknown(text), ("types", index)))
        refusals.raise_any()
        return cls(tuple(dict.fromkeys(texts)))


def _unknown(text: str) -> str:
    if text == TEST:
        return f"`{TEST}` comes when somebody asks for it, whatever the types are."
    return (
        "There is no such type: it is `<noun>.<created|updated|deleted>` such as "
        f"`time_off_entry.updated`, `<noun>.*`, `{CHANGES_AVAILABLE}` or `{EVERYTHING}`. "
        f"Nouns: {', '.join(map(_noun, KINDS_OF_THE_FEED))}."
    )


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: its id, which stays the same over retries, and the numbers that it tells."""

    id: str
    type: str
    body: bytes
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose messages they are. ``generation`` names the feed, whose numbers a restore repeats."""

    webhook_id: str
    company_id: str
    generation: str

    def of_change(self, change: CommittedChange) -> Message:
        """Return the message that tells of one change."""
        type_ = event_type(change.kind, change.operation)
        data = {
            "companyId": self.company_id,
            "sequence": str(change.sequence),
            "cursor": self._cursor(change.sequence),
            "subjectType": change.kind.type_name,
            "subjectId": node_id(change.kind, change.key),
            "changedFields": changed_fields(change),
            "days": _days(change.days),
        }
        return self._message(type_, change.at, data, change.sequence, change.sequence)

    def of_many(self, first: int, last: int, at: datetime) -> Message:
        """Return the message that stands for the changes of these numbers, the last at ``at``."""
        data = {
            "companyId": self.company_id,
            "from": str(first),
            "to": str(last),
            "after": self._cursor(first - 1),
            "cursor": self._cursor(last),
        }
        return self._message(CHANGES_AVAILABLE, at, data, first, last)

    def of_test(self, chance: str, at: datetime) -> Message:
        """Return a message that tells of nothing; ``chance`` makes its id another each time."""
        body = _body(TEST, at, {"companyId": self.company_id})
        return Message(self._id(TEST, chance), TEST, body, 0, 0)

    def _message(
        self, type_: str, at: datetime, data: dict[str, Any], first: int, last: int
    ) -> Message:
        return Message(self._id(first, last), type_, _body(type_, at, data), first, last)

    def _cursor(self, sequence: int) -> str:
        """Return the cursor behind a change, as `changes` takes it."""
        return write_cursor(FEED_ORDER, (self.generation, sequence))

    def _id(self, *parts: object) -> str:
        """Return an id that is made of what is told: after a crash it is the same once more."""
        told = " ".join(map(str, (self.webhook_id, self.generation, *parts)))
        return f"msg_{sha256(told.encode()).hexdigest()[:32]}"


def begun_alone(
    types: EventTypes, changes: Sequence[CommittedChange], begun_to: int | None
) -> bool:
    """Say whether the message that was tried tells of the first of these changes and no more.

    One that stands for many ends further on, or is for a webhook that takes no other.
    """
    return begun_to == changes[0].sequence and bool(types.taken(changes[:1]))


def first_alone(types: EventTypes, changes: Sequence[CommittedChange]) -> Sequence[CommittedChange]:
    """Return the changes up to the first of which a message may tell that tells of no other.

    All of them for a webhook that takes no such message, or none of these events.
    """
    taken = [] if types.only_gathers else types.taken(changes)
    return changes[: changes.index(taken[0]) + 1] if taken else changes


def told_together(
    types: EventTypes, changes: Sequence[CommittedChange], begun_to: int | None
) -> int | None:
    """Return the number up to which one message tells of the changes; None: each by itself.

    ``changes`` are those that come next, at least one and at most MOST_GATHERED. ``begun_to`` is
    where the message ends that was tried already: it stays as it was, however many come.
    """
    if begun_to is not None:
        return begun_to
    is_many = types.gathers and len(types.taken(changes)) > GATHERED_FROM
    return changes[-1].sequence if is_many or types.only_gathers else None


_NO_PLACE: Final = (
    "This is neither the number of a change, such as 41, nor a cursor of `changes`; "
    "`0` is from the beginning."
)


def read_place(text: str) -> FeedPosition:
    """Read where in the feed to go on: behind the change of a number, or behind a cursor.

    Raises InvalidValue.

    >>> read_place("41")
    FeedPosition(sequence=41, generation=None)
    """
    if _NUMBER.fullmatch(text):
        return FeedPosition(int(text))
    try:
        key = read_cursor(FEED_ORDER, text, "after")
        return feed_position(key, "after") or FeedPosition(0)  # never None: there is a cursor
    except InvalidValue:
        raise InvalidValue(_NO_PLACE, ("after",)) from None


def refuse_place_unless_in(place: FeedPosition, state: FeedState | None) -> None:
    """Raise InvalidValue for a number out of the feed's, and CursorExpired for such a cursor."""
    if state is not None and place.generation is None:
        if place.sequence > state.last:
            raise InvalidValue(f"The company's last change is {state.last}.", ("after",))
        if place.sequence < state.first - 1:
            msg = f"Changes are kept from {state.first} on: {state.first - 1} is from there."
            raise InvalidValue(msg, ("after",))
    place.refuse_unless_in(state, "after")


def changed_fields(change: CommittedChange) -> list[str]:
    """Return the names of the fields that an update changed, in the feed's order.

    None of what was created or deleted as a whole, and none of a personal text.
    """
    before, after = change.before, change.after
    if before is None or after is None:
        return []
    return [
        name
        for name in before | after
        if name not in NEVER_NAMED and before.get(name) != after.get(name)
    ]


def _days(days: DayRange | None) -> dict[str, str | None] | None:
    if days is None:
        return None
    ends = {"from": days.first, "to": days.last}
    return {name: None if day is None else day.isoformat() for name, day in ends.items()}


def _body(type_: str, at: datetime, data: dict[str, Any]) -> bytes:
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": type_, "timestamp": moment, "data": data})
