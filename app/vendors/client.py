"""The HTTP client for one upstream: bounded in bytes and time, over no redirect and by no proxy.

What it asks is asked once: patience is the driver's, so that nobody retries on top of it.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic
from typing import Any, Final, Literal, Protocol, TypeGuard

import httpx2
import orjson

from app.domain.sync.budget import Allowance
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.webhooks import read_retry_after
from app.vendors.words import READ_BYTES, words_of

CONNECT_SECONDS: Final = 10.0
ANSWER_BYTES: Final = 16 * 1024 * 1024
"""After decompression."""
LONGEST_COUNT: Final = 11
"""Digits of a number in a header."""

WriteMethod = Literal["POST", "PUT", "PATCH", "DELETE"]
_UNDONE: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}
"""Who answers so has not looked at what was asked."""
_EMPTY: Final = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
_HEADERS: Final = {"Accept": "application/json", "User-Agent": "timeoff-gateway"}
_SAID: Final = {
    HTTPStatus.UNAUTHORIZED: FailureKind.CREDENTIALS_REFUSED,
    HTTPStatus.FORBIDDEN: FailureKind.NOT_PERMITTED,
    HTTPStatus.NOT_FOUND: FailureKind.NOT_THERE,
    HTTPStatus.TOO_MANY_REQUESTS: FailureKind.THROTTLED,
    HTTPStatus.REQUEST_TIMEOUT: FailureKind.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as a log and a metric may tell it: no query, no body, no name."""

    method: str
    path: str
    status: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class VendorAnswer:
    """The JSON object that was answered, and the vendor's own clock if it told it."""

    document: Mapping[str, Any]
    date: datetime | None


class Authorization(Protocol):
    """What proves who asks."""

    async def headers(self) -> Mapping[str, str]:
        """Return the headers of a request."""


class Turns(Protocol):
    """Who says when the next request may be sent."""

    async def wait(self) -> None:
        """Return when it may."""

    def answered(self, status: int | None, left: Allowance | None = None) -> None:
        """Take notice of an answer; None: there was none."""


class AtOnce:
    """Nobody waits for anything."""

    async def wait(self) -> None:
        """Return at once."""

    def answered(self, status: int | None, left: Allowance | None = None) -> None:
        """Whatever it was."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How one vendor is asked: how long it may take to answer, and what of a path is told.

    With ``lists`` an answer that is a list is the ``data`` of an object.
    """

    answer_seconds: float
    path_told: Callable[[str], str] = str
    lists: bool = False


@dataclass(slots=True)
class Sending:
    """Whether a request has begun to be sent: before, nothing can have been done by it."""

    has_begun: bool = False

    async def trace(self, event: str, _: object) -> None:
        """Take notice of what the transport does."""
        self.has_begun = self.has_begun or ".send_request_headers." in event


@cache
def _trusted() -> ssl.SSLContext:
    """Return which certificates are believed: read once, for it takes 20 ms and more each time."""
    return ssl.create_default_context()


class VendorClient:
    """Requests to one base URL; its connections are closed by ``aclose``.

    ``told_at`` is the instant of the last answer, by the vendor's own clock.
    """

    def __init__(
        self,
        base_url: str,
        authorization: Authorization,
        manners: Manners,
        *,
        asked: Callable[[Asked], None] = lambda _: None,
        turns: Turns | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._authorization, self._manners, self._asked = authorization, manners, asked
        self._turns = turns or AtOnce()
        self.told_at: datetime | None = None
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            headers=_HEADERS,
            timeout=httpx2.Timeout(manners.answer_seconds, connect=CONNECT_SECONDS),
            verify=tls or _trusted(),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> VendorAnswer:
        """Return the object at this path, or raise VendorFailure."""
        return await self._ask("GET", path, params=query)

    async def post_form(self, path: str, form: Mapping[str, str]) -> VendorAnswer:
        """Return what is answered to a form, or raise VendorFailure."""
        return await self._ask("POST", path, data=form)

    async def write(
        self,
        method: WriteMethod,
        path: str,
        document: Mapping[str, object] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> VendorAnswer:
        """Send what changes something there, once; return what is answered.

        Raises VendorFailure, whose ``was_sent`` is False where nothing can have been done. The
        answer to a DELETE may be empty, and so is one that says that nothing was to be changed.
        """
        may_be_empty = method in {"PATCH", "DELETE"}
        return await self._ask(method, path, params=query, json=document, may_be_empty=may_be_empty)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        data: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        may_be_empty: bool = False,
    ) -> VendorAnswer:
        await self._turns.wait()
        started, status, left, sending = monotonic(), None, None, Sending()
        try:
            headers = await self._authorization.headers()
            request = self._client.build_request(
                method,
                path,
                params=params,
                data=data,
                json=json,
                headers=headers,
                extensions={"trace": sending.trace},
            )
            async with asyncio.timeout(self._manners.answer_seconds):
                response = await self._client.send(request, stream=True)
                try:
                    status, left = response.status_code, _left(response.headers)
                    answer = await _read(
                        response, lists=self._manners.lists, may_be_empty=may_be_empty
                    )
                    self.told_at = answer.date
                    return answer
                finally:
                    await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as failure:
            raise VendorFailure(
                FailureKind.UNREACHABLE, _silence(failure), was_sent=sending.has_begun
            ) from failure
        except VendorFailure as failure:
            # What proves who asks may have failed, before anything was sent.
            failure.was_sent = failure.was_sent and sending.has_begun
            raise
        finally:
            self._turns.answered(status, left)
            seconds = monotonic() - started
            self._asked(Asked(method, self._manners.path_told(path), status, seconds))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()


async def _read(
    response: httpx2.Response, *, lists: bool, may_be_empty: bool = False
) -> VendorAnswer:
    date = _date(response.headers.get("Date"))
    if may_be_empty and response.status_code in _EMPTY:
        return VendorAnswer({}, date)
    if response.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise _failure(response, words_of(await _beginning(response)))
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > ANSWER_BYTES:
            raise unreadable(f"It answered more than {ANSWER_BYTES:,} bytes.")
    if may_be_empty and not body.strip():
        return VendorAnswer({}, date)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise unreadable("Its answer is no JSON.") from None
    if lists and isinstance(document, list):
        document = {"data": document}
    if not isinstance(document, dict):
        raise unreadable("Its answer is no JSON object.")
    return VendorAnswer(document, date)


def _silence(failure: Exception) -> str:
    """Say why there is no answer, in words for people who cannot read a program's."""
    match failure:
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.InvalidURL():
            return "It cannot be reached."
        case TimeoutError() | httpx2.TimeoutException():
            return "It did not answer in time."
        case httpx2.DecodingError():
            return "Its answer cannot be unpacked."
        case _:
            return "It hung up before it had answered."


async def _beginning(response: httpx2.Response) -> bytes:
    """Return no more of an answer than words need; its status says enough if it is cut."""
    body = bytearray()
    with suppress(httpx2.HTTPError):
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > READ_BYTES:
                break
    return bytes(body[:READ_BYTES])


def unreadable(message: str) -> VendorFailure:
    """Return the failure of an answer that is not as documented."""
    return VendorFailure(FailureKind.UNREADABLE, message)


def _failure(response: httpx2.Response, words: str | None) -> VendorFailure:
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = FailureKind.UNREACHABLE
    elif status in _SAID:
        kind = _SAID[HTTPStatus(status)]
    elif status < HTTPStatus.BAD_REQUEST:
        return unreadable(f"It answered {status}, which leads elsewhere or says nothing.")
    else:
        kind = FailureKind.REFUSED
    asked = response.headers.get("Retry-After")
    retry_after = None if asked is None else read_retry_after(asked, datetime.now(UTC))
    return VendorFailure(
        kind,
        f"It answered {status}.",
        retry_after=retry_after,
        words=words,
        was_sent=status not in _UNDONE,
    )


def _left(headers: httpx2.Headers) -> Allowance | None:
    """Return what may still be asked: the vendor's count, against its own clock."""
    remaining, reset = headers.get("X-Rate-Limit-Remaining"), headers.get("X-Rate-Limit-Reset")
    now = _date(headers.get("Date"))
    if now is None or not (_is_count(remaining) and _is_count(reset)):
        return None
    return Allowance(int(remaining), timedelta(seconds=int(reset) - now.timestamp()))


def _is_count(text: str | None) -> TypeGuard[str]:
    return text is not None and text.isascii() and text.isdigit() and len(text) <= LONGEST_COUNT


def _date(text: str | None) -> datetime | None:
    """Return the instant of a `Date` header; None where it cannot be read."""
    try:
        return parsedate_to_datetime(text or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
