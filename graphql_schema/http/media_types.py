"""Which media type a request has, and which one its answer gets."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app import http_json
from graphql_schema.http.errors import NotAdmitted, not_admitted

JSON: Final = http_json.JSON
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
EVENT_STREAM: Final = "text/event-stream"
_EQUALLY_GOOD: Final = (JSON, GRAPHQL_RESPONSE)
_BY_NAME_ONLY: Final = (EVENT_STREAM,)
"""Whoever takes anything gets an answer as a whole."""
_MULTIPART: Final = "multipart/mixed"
MAX_ACCEPT_LENGTH: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Wish:
    type: str
    quality: float


def refuse_unreadable(content_type: str | None, content_encoding: str | None) -> None:
    """Refuse a body that is not plain JSON in UTF-8."""
    try:
        http_json.refuse_unreadable(content_type, content_encoding)
    except http_json.Unreadable as refusal:
        raise not_admitted(refusal) from None


@lru_cache(maxsize=128)
def choose_answer_type(accept: str | None) -> str:
    """Return the type that the client prefers; without a wish, or for any, plain JSON."""
    if not accept:
        return JSON
    wishes = _wishes(accept[:MAX_ACCEPT_LENGTH])
    best: tuple[float, int, str] | None = None
    for offered in (*_EQUALLY_GOOD, *_BY_NAME_ONLY):
        for place, wish in enumerate(wishes):
            if wish.quality > 0 and _matches(wish.type, offered):
                rank = (wish.quality, -place, offered)
                if best is None or rank[:2] > best[:2]:
                    best = rank
                break
    if best is None:
        message = f"An answer is {JSON}, {GRAPHQL_RESPONSE} or {EVENT_STREAM}."
        if any(wish.type == _MULTIPART for wish in wishes):
            message += f" There is no multipart: subscriptions come as {EVENT_STREAM}."
        raise NotAdmitted(message, 406)
    return best[2]


@lru_cache(maxsize=128)
def takes_events(accept: str | None) -> bool:
    """Say whether the client takes Server-Sent Events; for a subscription that is enough."""
    wishes = _wishes((accept or "")[:MAX_ACCEPT_LENGTH])
    return any(wish.type == EVENT_STREAM and wish.quality > 0 for wish in wishes)


def wants_page(accept: str | None) -> bool:
    """Say whether a browser asks for a page: it names HTML; ``*/*`` is no such wish."""
    wishes = _wishes((accept or "")[:MAX_ACCEPT_LENGTH])
    return any(wish.type == "text/html" and wish.quality > 0 for wish in wishes)


def _wishes(accept: str) -> list[_Wish]:
    return [_wish(part) for part in accept.split(",") if part.strip()]


def _wish(part: str) -> _Wish:
    type_, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                quality = 0.0
    return _Wish(type_, quality)


def _matches(wished: str, offered: str) -> bool:
    return wished == offered or (offered in _EQUALLY_GOOD and wished in ("*/*", "application/*"))
