"""By which header and cookie a position goes to clients and comes back with their next request."""

import re
from typing import Final

from starlette.types import Scope

from app.edge.session_cookies import cookie_header, cookies_of
from app.positions import Writes

HEADER: Final = "TimeOff-Position"
COOKIE: Final = "timeoff-position"
UNKNOWN: Final = "unknown"
_RAW_HEADER: Final = HEADER.lower().encode()
_POSITION: Final = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})")


def position_headers(writes: Writes, scope: Scope, seconds: int) -> dict[str, str]:
    """Return what tells a client how far it has written, and through it every other process.

    The cookie is for browsers, which bring it back by themselves, for so many seconds.
    """
    if not writes.has_some:
        return {}
    text = UNKNOWN
    if writes.position is not None:
        # What was answered out of turn takes no client back.
        text = position_text(max(writes.position, sent_position(scope) or 0))
    return {HEADER: text, "Set-Cookie": cookie_header(scope, text, name=COOKIE, seconds=seconds)}


def sent_position(scope: Scope) -> int | None:
    """Return the furthest position that a request brings, in headers and cookies; 0: none.

    None where one of them is not to be understood.
    """
    texts = [str(value, "latin-1") for name, value in scope["headers"] if name == _RAW_HEADER]
    furthest = 0
    for text in (*texts, *cookies_of(scope, COOKIE)):
        position = read_position(text)
        if position is None:
            return None
        furthest = max(furthest, position)
    return furthest


def position_text(position: int) -> str:
    """Return a position as PostgreSQL writes it.

    >>> position_text(0x3_0A5F_11C8)
    '3/A5F11C8'
    """
    return f"{position >> 32:X}/{position & 0xFFFF_FFFF:X}"


def read_position(text: str) -> int | None:
    """Return what PostgreSQL has written so; None for any other text.

    >>> read_position("3/A5F11C8") == 0x3_0A5F_11C8, read_position("yesterday")
    (True, None)
    """
    match = _POSITION.fullmatch(text)
    if match is None:
        return None
    high, low = (int(part, 16) for part in match.groups())
    return high << 32 | low
