"""Asks an issuer: bounded in bytes and time, over no redirect. Answers are JSON objects."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, NamedTuple, Self

import httpx2

from app.oidc.settings import OidcLimits

_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a few compressed bytes may be many
    "User-Agent": "timeoff-gateway",
}
_OK: Final = 200


class FetchFailed(Exception):
    """The issuer did not answer as it should; the message says how."""


class Answer(NamedTuple):
    """The status of an answer, and the JSON object that it is."""

    status: int
    document: dict[str, Any]


class Fetcher:
    """The HTTP client of one process; its connections are closed by ``aclose``."""

    def __init__(self, limits: OidcLimits) -> None:
        self._limits = limits
        self._client = httpx2.AsyncClient(
            headers=_HEADERS,
            timeout=limits.fetch_seconds,
            verify=_tls(),
            follow_redirects=False,
            # What the token endpoint sets for one person is not sent for the next.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # Minutes lie between two fetches: a kept connection is one that is about to fail.
            limits=httpx2.Limits(max_keepalive_connections=0),
            # Only this machine is asked by http, and no proxy leads there.
            mounts={"http://": httpx2.AsyncHTTPTransport(verify=_tls())},
        )

    async def get(self, url: str) -> dict[str, Any]:
        """Return the object at this address, or raise FetchFailed."""
        answer = await self._ask(self._client.build_request("GET", url))
        if answer.status != _OK:
            raise FetchFailed(f"it answered {answer.status}")
        return answer.document

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Send a form and return what is answered, whatever its status, or raise FetchFailed."""
        sent = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return await self._ask(self._client.build_request("POST", url, content=body, headers=sent))

    async def _ask(self, request: httpx2.Request) -> Answer:
        try:
            async with asyncio.timeout(self._limits.fetch_seconds):
                return await self._read(request)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as failure:
            raise FetchFailed(f"it did not answer ({type(failure).__name__})") from failure

    async def _read(self, request: httpx2.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            if response.is_redirect:
                raise FetchFailed(f"it answered {response.status_code}: redirects are not followed")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise FetchFailed("it compressed its answer without being asked to")
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > self._limits.answer_bytes:
                    raise FetchFailed(f"it answered more than {self._limits.answer_bytes} bytes")
        finally:
            await response.aclose()
        return Answer(response.status_code, _to_object(bytes(body), response.status_code))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@cache
def _tls() -> ssl.SSLContext:
    """Return the one context of this process: the system's authorities take a while to read."""
    return httpx2.create_ssl_context()


def _to_object(body: bytes, status: int) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # brackets by the thousand
        document = None
    if not isinstance(document, dict):
        raise FetchFailed(f"it answered {status} without a JSON object")
    return document
