"""Answers as Server-Sent Events: graphql-sse's protocol, each operation a connection of its own.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "Distinct connections mode". An
event has its cursor as ``id``, so that a browser's EventSource goes on where it was.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from starlette.types import Receive, Scope, Send

from app.authentication.credentials import Unauthenticated
from app.deadline import Departure
from app.http_json import written
from graphql_schema.http.errors import Answer, NotAdmitted, NotRun
from graphql_schema.http.faults import log_fault, masked
from graphql_schema.http.media_types import EVENT_STREAM
from graphql_schema.http.subscriptions import Event, Stopping

COMMENT_SECONDS: Final = 15.0
"""So often at least something is sent: proxies end connections on which nothing comes."""

COMMENT: Final = b":\n\n"
COMPLETE: Final = b"event: complete\ndata:\n\n"

Answers = AsyncGenerator[Sequence[Event]]


class EventStream:
    """Answers that go on, as an ASGI application."""

    def __init__(
        self, answers: Answers, departure: Departure | None, headers: dict[str, str]
    ) -> None:
        self._answers = answers
        self._departure = departure
        self._has_begun = False
        self._headers = [
            (b"content-type", f"{EVENT_STREAM}; charset=utf-8".encode()),
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept"),
            # nginx would keep the events until its buffer is full.
            (b"x-accel-buffering", b"no"),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ]

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send event after event, until there are no more or the client has left."""
        async with aclosing(self._answers) as answers:
            last = await self._send_all(answers, send)
        if not self._has_begun:
            await self._begin(send)
        await send({"type": "http.response.body", "body": last})

    async def _begin(self, send: Send) -> None:
        self._has_begun = True
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})

    async def _send_all(self, answers: Answers, send: Send) -> bytes:
        """Send all but the last words, and return these: none where the client is to come back."""
        try:
            await self._send_events(answers, send)
        except Stopping:
            return b""
        except Unauthenticated:
            return COMPLETE
        except Exception as error:  # noqa: BLE001 - never a stack trace, and the client hears of it
            return _next({"errors": _told(error)}) + COMPLETE
        return COMPLETE

    async def _send_events(self, answers: Answers, send: Send) -> None:
        loop = asyncio.get_running_loop()
        sent_at = loop.time()
        async for piece in answers:
            if self._departure is not None and self._departure.has_left:
                return
            if not self._has_begun:
                # The client learns that it is heard: from here on it misses nothing.
                await self._begin(send)
                await _send(send, COMMENT)
            if piece:
                await _send(send, b"".join(_next(each.answer, each.cursor) for each in piece))
            elif loop.time() - sent_at < COMMENT_SECONDS:
                continue
            else:
                await _send(send, COMMENT)
            sent_at = loop.time()


def _told(error: Exception) -> list[Answer]:
    """Return what a client hears of what has ended its subscription."""
    if isinstance(error, NotRun):
        return error.errors
    if isinstance(error, NotAdmitted):
        return error.without_headers
    return [masked(log_fault(error))]


async def one_answer(answer: Answer) -> Answers:
    """Yield what is no subscription, as the only event: it has no cursor."""
    yield [Event("", answer)]


def _next(answer: Answer, cursor: str = "") -> bytes:
    id_ = f"id: {cursor}\n".encode() if cursor else b""
    return b"event: next\n" + id_ + b"data: " + written(answer) + b"\n\n"


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
