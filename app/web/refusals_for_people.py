"""Refusals as pages: whoever opens an address in a browser reads a sentence, not JSON.

Around everything that answers, so that a path that is not there, a wrong method, a face of the
source systems and the layers of the edge are all told alike. Programs get what they always got.
"""

import json
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.request_ids import request_id_of
from app.web.bundles import application_root
from app.web.documentation import PATH as GUIDES
from app.web.plain_pages import plain_page
from app.web.refusal_pages import WantsPage
from app.web.sign_in_markup import PAGE_HEADERS, complaint_of, sign_in_address

_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
"""What a form of a page can send; programs that send something else are no browsers."""

_MOST_BYTES: Final = 65_536
_OF_THE_BODY: Final = ("content-", "transfer-encoding", "etag", "cache-control")

# What stands over the message, and in its place where it is HTTP's own words.
_TITLES: Final[Mapping[int, str]] = {
    400: "This cannot be read",
    401: "Sign in first",
    403: "Not permitted",
    404: "There is nothing here",
    405: "Not in this way",
    413: "This is too much",
    415: "This cannot be read",
    421: "Not by this name",
    429: "Too much at once",
    500: "Something went wrong",
    503: "Not now",
}
_OTHER_TITLE: Final = "This did not work"
_IN_OUR_WORDS: Final = {
    "Not Found": "This address leads nowhere. It may have been typed wrongly, or what was "
    "here is gone.",
    "Method Not Allowed": "This address does something else than what it was asked for.",
    "Something went wrong.": "That is the gateway's fault, not yours. Whoever runs it finds the "
    "reason in its log.",
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
    sentences = dict.fromkeys(_IN_OUR_WORDS.get(each, each) for each in told)
    content = complaint_of(" ".join(sentences))
    if status != HTTPStatus.MISDIRECTED_REQUEST:  # by that name nothing of ours is found
        content += f'<div class="actions">{_ways(request, status)}</div>'
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        id_ = escape(request_id_of(request.scope))
        content += f'<p class="hint">In the log this is request <code>{id_}</code>.</p>'
    return plain_page(
        request,
        "sign_in.html",
        {"title": _TITLES.get(status, _OTHER_TITLE)},
        {"content": content},
        {**PAGE_HEADERS, "Vary": "Accept"},
        status=status,
    )


def _ways(request: Request, status: int) -> str:
    """Return the markup of where somebody can go from here."""
    root, path = application_root(request), request.scope["path"]
    ways = {"To the start page": f"{root}/"}
    if status == HTTPStatus.UNAUTHORIZED:
        ways = {"Sign in": sign_in_address(root, quote(path)), **ways}
    if path.startswith(f"{root}{GUIDES}"):
        ways["All guides"] = f"{root}{GUIDES}"
    looks = [' class="button"', *[""] * len(ways)]
    return "".join(
        f'<a{look} href="{escape(way)}">{words}</a>'
        for look, (words, way) in zip(looks, ways.items(), strict=False)
    )


def _keep(start: Message, page: Response) -> None:
    """Give the page the refusal's headers, but for those that are about its body."""
    own = MutableHeaders(raw=page.raw_headers)
    names = set(own.keys())  # before: a refusal may have several of one name
    for name, value in Headers(raw=list(start.get("headers", ()))).items():
        if not name.startswith(_OF_THE_BODY) and name not in names:
            own.append(name, value)
