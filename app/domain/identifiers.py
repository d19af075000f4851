"""Ids: each object has its source system's own, and a node id that is unique over all types.

A node id is the Base64 of ``Type:key``; the key is the source id, which never has the shape
of a node id (rule 6.2).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from enum import Enum
from typing import Final

from app.domain.errors import InvalidValue, NotFound
from app.domain.wire_formats import MAX_KANTATA_ID, is_kantata_id, is_uuid

Key = int | str
"""A source id: Kantata's as int, Procore's as lower-case UUID text."""

USER_PREFIX: Final = "U"
PERSON_PREFIX: Final = "P"
PROVISIONAL_IDS_FROM: Final = 9 * 10**18
"""Kantata ids from here on are handed out by dry runs only, so no object ever has one."""


class Kind(Enum):
    """The types of objects that have ids: their name in the schema, and words for people."""

    COMPANY = "Company", "company"
    ROLE = "Role", "role"
    USER = "User", "user"
    PERSON = "Person", "person"
    WORKER = "Worker", "worker"
    WORKWEEK = "Workweek", "workweek"
    HOLIDAY = "Holiday", "holiday"
    ENTRY = "TimeOffEntry", "time off entry"
    REFERENCE = "ExternalReference", "external reference"
    PERSON_TIME_OFF = "PersonTimeOff", "person time off"
    INSTANCE = "TimeOffInstance", "time off instance"
    CALENDAR_FEED = "CalendarFeed", "calendar feed"
    WEBHOOK = "Webhook", "webhook"
    ACKNOWLEDGEMENT = "DiscrepancyAcknowledgement", "acknowledgement"
    UPSTREAM = "Upstream", "upstream"
    SYNC_RUN = "SyncRun", "run"
    SYNC_PROBLEM = "SyncProblem", "problem"
    DELIVERY = "Delivery", "delivery"
    SYNC_CONFLICT = "SyncConflict", "conflict"
    SYNC_FLOW_PROBLEM = "SyncFlowProblem", "problem"

    def __init__(self, type_name: str, words: str) -> None:
        self.type_name = type_name
        self.words = words


_KINDS = {kind.type_name: kind for kind in Kind}
KANTATA_KINDS: Final = {Kind.ROLE, Kind.USER, Kind.HOLIDAY, Kind.ENTRY, Kind.REFERENCE}
_SHORT_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
# These are this gateway's own: no source system has an id for them.
_NODE_ID_ONLY = {
    Kind.WORKER,
    Kind.WORKWEEK,
    Kind.CALENDAR_FEED,
    Kind.WEBHOOK,
    Kind.ACKNOWLEDGEMENT,
    Kind.UPSTREAM,
    Kind.SYNC_RUN,
    Kind.SYNC_PROBLEM,
    Kind.DELIVERY,
    Kind.SYNC_CONFLICT,
    Kind.SYNC_FLOW_PROBLEM,
}


def user_subject(user_id: int) -> str:
    """Return the key of a user among the subjects of days, and of workers who are users."""
    return f"{USER_PREFIX}{user_id}"


def person_subject(person_id: str) -> str:
    """Return the key of a person among the subjects of days, and of workers without a user."""
    return f"{PERSON_PREFIX}{person_id}"


def node_id(kind: Kind, key: Key) -> str:
    """Return the id that is unique over all types.

    >>> node_id(Kind.USER, 1)
    'VXNlcjox'
    """
    return b64encode(f"{kind.type_name}:{key}".encode()).decode()


def split_node_id(text: str) -> tuple[Kind, Key] | None:
    """Return what a node id names, or None where the text is none."""
    try:
        type_name, _, key = b64decode(text, validate=True).decode("ascii").partition(":")
    except (NotBase64, ValueError):
        return None
    kind = _KINDS.get(type_name)
    parsed = _parse_key(kind, key) if kind else None
    if kind is None or parsed is None or node_id(kind, parsed) != text:
        return None
    return kind, parsed


def read_id(kind: Kind, text: str) -> Key:
    """Return the source id that a node id or a source id names.

    Ill-formed text is an InvalidValue, a node id of another type is NotFound (rule 6.2).
    """
    if kind in KANTATA_KINDS and _SHORT_NUMBER.fullmatch(text):
        return int(text)  # the usual case: no node id is made of digits only
    if named := split_node_id(text):
        if named[0] is not kind:
            raise NotFound(kind.words)
        return named[1]
    if kind not in _NODE_ID_ONLY and (key := _parse_key(kind, text)) is not None:
        return key
    article = "an" if kind.words.startswith(("a", "e", "i", "up")) else "a"
    msg = f"This is not the id of {article} {kind.words}."
    raise InvalidValue(msg)


def read_numbers(texts: Sequence[str]) -> tuple[int, ...] | None:
    """Return the texts as Kantata's ids, or None where ``read_id`` must look at one of them.

    That is a node id, a number of 19 digits, or something ill-formed.
    """
    if all(map(_SHORT_NUMBER.fullmatch, texts)):
        return tuple(map(int, texts))
    return None


def read_kantata_id(kind: Kind, text: str) -> int:
    """Return the number by which Kantata knows the object; refuses as ``read_id`` does.

    A kind that is not Kantata's is a TypeError: a mistake in the calling code.
    """
    key = read_id(kind, text)
    if not isinstance(key, int):
        raise TypeError(kind)
    return key


def read_text_id(kind: Kind, text: str) -> str:
    """Return the UUID by which Procore knows the object, or the gateway's own key.

    Refuses as ``read_id`` does; a kind of Kantata's is a TypeError, a mistake in the calling code.
    """
    key = read_id(kind, text)
    if not isinstance(key, str):
        raise TypeError(kind)
    return key


def _parse_key(kind: Kind, text: str) -> Key | None:
    if kind in KANTATA_KINDS:
        # Above 2**63 nothing can be stored; the largest number names an object that no one has.
        return min(int(text), MAX_KANTATA_ID) if is_kantata_id(text) else None
    if kind is Kind.WORKER:
        subject, key = text[:1], text[1:]
        if subject == USER_PREFIX and is_kantata_id(key) and int(key) <= MAX_KANTATA_ID:
            return text
        return f"{subject}{key.lower()}" if subject == PERSON_PREFIX and is_uuid(key) else None
    return text.lower() if is_uuid(text) else None
