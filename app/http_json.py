"""JSON requests as bytes: strict, bounded, linear in their size. For every face of the gateway."""

import asyncio
import json
from email.message import Message
from typing import Any, Final, Protocol

from starlette.requests import Request

JSON: Final = "application/json"
BODY_SECONDS: Final = 15.0
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
    message = Message()
    message["content-type"] = content_type or ""
    charset = message.get_content_charset("utf-8")
    if content_type is None or message.get_content_type() != JSON or charset not in _UTF8:
        raise Unreadable(f"The body of a {method} has the content type {JSON}, in UTF-8.", 415)
    if content_encoding not in (None, "", "identity"):
        raise Unreadable("The body comes without a content encoding.", 415)


async def read_body(request: Request, most: int) -> bytes:
    """Read the body, counting: one that is too large is not read to its end."""
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
        value = json.loads(
            text,
            parse_int=lambda number: int(_short(number, limits)),
            parse_float=lambda number: float(_short(number, limits)),
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise Unreadable("A request is UTF-8.") from None
    except RecursionError:
        raise _too_large("JSON is nested too deeply", limits.json_depth) from None
    except json.JSONDecodeError:
        raise Unreadable("A request is JSON, and this is none.") from None
    _refuse_deep_or_wide(value, limits)
    return value


def _short(number: str, limits: JsonLimits) -> str:
    if len(number) > limits.number_characters:
        raise _too_large("Characters of a number", limits.number_characters)
    return number


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
