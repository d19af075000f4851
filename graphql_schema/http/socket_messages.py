"""What a message of graphql-transport-ws must be before the protocol looks at it."""

import re
from typing import Final

TYPES: Final = ("connection_init", "ping", "pong", "subscribe", "complete")
_ID: Final = re.compile(r"[\x20-\x7e]{1,64}")


def complaint_about(message: object) -> str | None:
    """Say why this is no message of the protocol, if it is none."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is a JSON object with a type"
    if message["type"] not in TYPES:
        return "The message has an unknown type"
    if message["type"] in ("subscribe", "complete") and not _is_id(message.get("id")):
        return "The message has no id of 1 to 64 printable ASCII characters"
    if message["type"] == "subscribe" and not isinstance(message.get("payload"), dict):
        return "The message has no payload"
    return None


def _is_id(id_: object) -> bool:
    """Say whether the id can be repeated in the reason of a close frame, which is short."""
    return isinstance(id_, str) and _ID.fullmatch(id_) is not None
