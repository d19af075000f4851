"""Refusals as pages: whoever opens an address in a browser reads a sentence, not JSON.

Around everything that answers, so that a path that is not there, a wrong method, a face of the
source systems and the layers of the edge are all told alike. Programs get what they always got.
"""

import json
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.authentication.callers import NOBODY
from app.places import BUSY_MESSAGE
from app.request_ids import request_id_of
from app.web.bundles import application_root
from app.web.documentation import NO_SUCH_GUIDE
from app.web.documentation import PATH as GUIDES
from app.web.languages import in_language
from app.web.plain_pages import plain_page
from app.web.refusal_pages import WantsPage, in_english
from app.web.sign_in_markup import PAGE_HEADERS, complaint, sign_in_address
from app.web.words import RefusalWords, Words, fill, words_of

_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
"""What a form of a page can send; programs that send something else are no browsers."""

_MOST_BYTES: Final = 65_536
_OF_THE_BODY: Final = ("content-", "transfer-encoding", "etag", "cache-control")

# What the API says in these words, people are told in theirs.
_KNOWN: Final[Mapping[str, Callable[[RefusalWords], str]]] = {
    "Not Found": lambda said: said.nowhere,
    "Method Not Allowed": lambda said: said.other_use,
    "Something went wrong.": lambda said: said.fault,
    NO_SUCH_GUIDE: lambda said: said.no_guide,
    NOBODY: lambda said: said.sign_in_first,
    BUSY_MESSAGE: lambda said: said.busy,
}


class RefusalsForPeople:
    """Shows refusals to browsers on a page, with the status and headers that they have."""

    def __init__(self, app: ASGIApp, wants_page: WantsPage) -> None:
        self._app = app
        self._wants_page = wants_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; where a browser sends it, look at its answer."""
        if scope["type"] == "http" and self._is_of_a_browser(scope):
            send = _Shown(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_of_a_browser(self, scope: Scope) -> bool:
        """Say whether a person opens an address, or sends a form."""
        headers = Headers(scope=scope)
        accept = ", ".join(headers.getlist("accept"))
        if "authorization" in headers or not self._wants_page(accept):
            return False
        return scope["method"] in {"GET", "HEAD"} or (
            scope["method"] == "POST" and headers.get("content-type", "").startswith(_FORMS)
        )


class _Shown:
    """Sends an answer on, and one that refuses in JSON as a page in its place."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._request = Request(scope)
        self._receive = receive
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_refusal(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body") or len(self._body) > _MOST_BYTES:
                await self._finish(self._start, message)

    async def _finish(self, start: Message, last: Message) -> None:
        self._start = None
        told = _messages(self._body) if not last.get("more_body") else []
        if told:
            page = _page(self._request, start["status"], told)
            _keep(start, page)
            await page(self._request.scope, self._receive, self._send)
        else:  # no refusal of ours, such as that of a probe
            await self._send(start)
            await self._send({**last, "body": self._body})


def _is_refusal(start: Message) -> bool:
    headers = Headers(raw=list(start.get("headers", ())))
    is_json = headers.get("content-type", "").partition(";")[0].endswith("json")
    return (
        start["status"] >= HTTPStatus.BAD_REQUEST and is_json and "content-encoding" not in headers
    )


def _messages(body: bytes) -> list[str]:
    """Return what a refusal says, whichever face says it; nothing if it is none."""
    try:
        errors = json.loads(body)["errors"]
        return [str(each["message"]) for each in errors]
    except (ValueError, TypeError, KeyError):
        return []


def _page(request: Request, status: int, told: list[str]) -> Response:
    words = words_of(request)
    said = words.refusals
    sentences = dict.fromkeys(_sentence(words, each) for each in told)
    content = complaint(" ".join(sentences))
    if status != HTTPStatus.MISDIRECTED_REQUEST:  # by that name nothing of ours is found
        content += f'<div class="actions">{_ways(request, words, status)}</div>'
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        id_ = f"<code>{escape(request_id_of(request.scope))}</code>"
        content += f'<p class="hint">{fill(said.in_log, id=id_)}</p>'
    return plain_page(
        request,
        "sign_in.html",
        {"title": said.title(status), "language": words.language},
        {"content": content},
        {**PAGE_HEADERS, "Vary": "Accept"},
        status=status,
    )


def _sentence(words: Words, message: str) -> str:
    """Return the markup of what the API says by a message."""
    known = _KNOWN.get(message)
    return escape(known(words.refusals)) if known else in_english(words, message)


def _ways(request: Request, words: Words, status: int) -> str:
    """Return the markup of where somebody can go from here."""
    root, path = application_root(request), request.scope["path"]
    ways = {words.refusals.to_start: in_language(request, f"{root}/")}
    if status == HTTPStatus.UNAUTHORIZED:
        ways = {words.sign_in.act: sign_in_address(request, quote(path)), **ways}
    if path.startswith(f"{root}{GUIDES}"):
        ways[words.refusals.all_guides] = f"{root}{GUIDES}"
    looks = [' class="button"', *[""] * len(ways)]
    return "".join(
        f'<a{look} href="{escape(way)}">{escape(told)}</a>'
        for look, (told, way) in zip(looks, ways.items(), strict=False)
    )


def _keep(start: Message, page: Response) -> None:
    """Give the page the refusal's headers, but for those that are about its body."""
    own = MutableHeaders(raw=page.raw_headers)
    names = set(own.keys())  # before: a refusal may have several of one name
    for name, value in Headers(raw=list(start.get("headers", ()))).items():
        if not name.startswith(_OF_THE_BODY) and name not in names:
            own.append(name, value)
