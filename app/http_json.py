"""JSON requests as bytes: strict, bounded, linear in their size. For every face of the gateway."""

import asyncio
import json
from email.message import Message
from functools import cache, lru_cache
from typing import Any, Final, Protocol

import orjson
from starlette.requests import Request

JSON: Final = "application/json"
BODY_SECONDS: Final = 15.0
WHOLE_BODY: Final = "timeoff.body"
"""Where a request's scope has its body, if somebody before has read it to its end."""

_UTF8: Final = ("utf-8", "utf8")


class JsonLimits(Protocol):
    """How large a request may be."""

    @property
    def body_bytes(self) -> int:
        """Of the whole body."""

    @property
    def json_depth(self) -> int:
        """Levels of nesting."""

    @property
    def json_values(self) -> int:
        """Values, wherever they stand."""

    @property
    def number_characters(self) -> int:
        """Characters of one number."""


class Unreadable(Exception):
    """A request that is turned away before anybody asks what it wants."""

    def __init__(self, message: str, status: int = 400, *, is_too_large: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.is_too_large = is_too_large


def refuse_unreadable(
    content_type: str | None, content_encoding: str | None, method: str = "POST"
) -> None:
    """Refuse a body that is not plain JSON in UTF-8.

    No form type is among them: a page of another origin cannot send JSON without asking
    first (a CORS preflight), so it can change nothing (CSRF).
    """
    if content_type is None or not _is_json(content_type):
        raise Unreadable(f"The body of a {method} has the content type {JSON}, in UTF-8.", 415)
    if content_encoding not in (None, "", "identity"):
        raise Unreadable("The body comes without a content encoding.", 415)


@lru_cache(maxsize=128)
def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    return message.get_content_type() == JSON and message.get_content_charset("utf-8") in _UTF8


async def read_body(request: Request, most: int) -> bytes:
    """Read the body, counting: one that is too large is not read to its end."""
    whole: bytes | None = request.scope.get(WHOLE_BODY)
    if whole is not None and len(whole) <= most:
        return whole
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        raise _too_large("Bytes of a body", most, 413)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise _too_large("Bytes of a body", most, 413)
                chunks.append(chunk)
    except TimeoutError:
        raise Unreadable("The body did not arrive in time.", 408) from None
    return b"".join(chunks)


def read_json(data: bytes | str, limits: JsonLimits) -> object:
    """Read JSON: strict UTF-8, no doubled keys, no long numbers, neither deep nor wide.

    NaN and Infinity pass here: what takes the number refuses it, at its place in the input.
    """
    try:
        text = data.decode() if isinstance(data, bytes) else data
        value = _decoder(limits.number_characters).decode(text)
    except UnicodeDecodeError:
        raise Unreadable("A request is UTF-8.") from None
    except RecursionError:
        raise _too_large("JSON is nested too deeply", limits.json_depth) from None
    except json.JSONDecodeError:
        raise Unreadable("A request is JSON, and this is none.") from None
    # Most are too short to be too wide, and open too few brackets to be too deep.
    is_short = len(text) <= limits.json_values
    if not is_short or text.count("{") + text.count("[") > limits.json_depth:
        _refuse_deep_or_wide(value, limits)
    return value


@cache
def _decoder(most: int) -> json.JSONDecoder:
    """Return what reads JSON with numbers of at most so many characters."""

    def short(number: str) -> str:
        if len(number) > most:
            raise _too_large("Characters of a number", most)
        return number

    return json.JSONDecoder(
        parse_int=lambda number: int(short(number)),
        parse_float=lambda number: float(short(number)),
        object_pairs_hook=_object,
    )


def written(answer: object) -> bytes:
    """Write an answer as JSON."""
    try:
        return orjson.dumps(answer)
    except TypeError:
        # Lone surrogates, which JSON can escape and UTF-8 cannot have; very long integers.
        return json.dumps(answer, separators=(",", ":")).encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable("A key of a JSON object is given twice.")
    return members


def _refuse_deep_or_wide(value: object, limits: JsonLimits) -> None:
    """Walk level by level, so that neither depth nor width costs a stack."""
    level: list[object] = [value]
    seen = 0
    for _ in range(limits.json_depth + 1):
        seen += len(level)
        if seen > limits.json_values:
            raise _too_large("Values in JSON", limits.json_values)
        level = [
            each
            for parent in level
            if isinstance(parent, dict | list)
            for each in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return
    raise _too_large("JSON is nested too deeply", limits.json_depth)


def _too_large(what: str, most: int, status: int = 400) -> Unreadable:
    return Unreadable(f"{what}: at most {most} are admitted.", status, is_too_large=True)
