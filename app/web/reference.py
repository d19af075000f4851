"""The page on which people read the OpenAPI document, and the document itself.

Written by the server from the document, without a script: it needs no more than a browser
and can do no more than be read.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import PAGES, SECURITY_HEADERS

DOCUMENT_PATH: Final = "/openapi.json"
PAGE_PATH: Final = "/openapi"
_CACHE: Final = {"Cache-Control": "no-cache"}
_REF: Final = "#/components/schemas/"
_BETWEEN_WORDS: Final = re.compile(r"[_./=](?=[\w{<])")

Schema = Mapping[str, Any]


def reference_routes(describe: Callable[[], Schema]) -> list[BaseRoute]:
    """Return the routes to the document and to its page: each is made at its first visit."""
    document = cache(describe)

    @cache
    def page() -> tuple[str, str]:
        """Return the page, and the policy that lets it have its style and nothing else."""
        style = (PAGES / "reference.css").read_text("utf-8")
        style_hash = b64encode(sha256(style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{style_hash}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return _Page(document()).html(style), policy

    async def answer_document(request: Request) -> Response:
        servers = [{"url": request.scope.get("root_path") or "/"}]
        text = json.dumps({**document(), "servers": servers}, indent=2)
        headers = {"X-Content-Type-Options": "nosniff"} | _CACHE
        return Response(text, headers=headers, media_type="application/json")

    async def answer_page(_: Request) -> Response:
        html, policy = page()
        headers = SECURITY_HEADERS | _CACHE | {"Content-Security-Policy": policy}
        return HTMLResponse(html, headers=headers)

    return [Route(DOCUMENT_PATH, answer_document), Route(PAGE_PATH, answer_page)]


class _Page:
    """The document as HTML. Every text of it is escaped."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    def html(self, style: str) -> str:
        """Return the whole page."""
        info = self._document["info"]
        sections = "".join(self._vendor(tag) for tag in self._document["tags"])
        contents = "".join(self._contents(tag) for tag in self._document["tags"])
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(info['title'])}</title>"
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{style}</style></head><body>"
            f'<nav aria-label="Endpoints">{contents}</nav>'
            f"<main><h1>{escape(info['title'])}</h1><p>{_prose(info['description'])}</p>"
            f'<p><a href="openapi.json">The OpenAPI {escape(self._document["openapi"])} document'
            f"</a>, version {escape(info['version'])}.</p>{sections}</main></body></html>"
        )

    def _operations(self, tag: str) -> Iterator[tuple[str, str, Schema]]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    yield method.upper(), path, operation

    def _contents(self, tag: Schema) -> str:
        links = "".join(
            f'<li><a href="#{escape(each["operationId"])}">{escape(each["summary"])}</a></li>'
            for _, _, each in self._operations(tag["name"])
        )
        return f"<h2>{escape(tag['name'])}</h2><ul>{links}</ul>"

    def _vendor(self, tag: Schema) -> str:
        operations = "".join(self._operation(*each) for each in self._operations(tag["name"]))
        return f"<h2>{escape(tag['name'])}</h2><p>{_prose(tag['description'])}</p>{operations}"

    def _operation(self, method: str, path: str, operation: Schema) -> str:
        name = escape(operation["operationId"])
        return (
            f'<section aria-labelledby="{name}"><h3 id="{name}">{escape(operation["summary"])}</h3>'
            f"<p><code><b>{method}</b> {_breakable(path)}</code></p>"
            f"<p>{_prose(operation['description'])}</p>"
            f"{self._parameters(operation['parameters'])}{self._body(operation)}"
            f"{self._responses(operation['responses'])}</section>"
        )

    def _parameters(self, parameters: Sequence[Schema]) -> str:
        rows = [
            (each["name"], f"{_type(each['schema'])}, {each['in']}", each) for each in parameters
        ]
        return _table("Parameters", rows, {row[0] for row in rows if row[2].get("required")})

    def _body(self, operation: Schema) -> str:
        if "requestBody" not in operation:
            return ""
        return self._fields("Request", _content(operation["requestBody"]))

    def _responses(self, responses: Schema) -> str:
        done = {status: each for status, each in responses.items() if status.startswith("2")}
        refused = {status: each for status, each in responses.items() if status not in done}
        shown = "".join(
            self._fields(f"Response {status}", _content(each))
            if "content" in each
            else f"<h4>Response {escape(status)}</h4><p>No body.</p>"
            for status, each in done.items()
        )
        told = "".join(
            f"<li><b>{escape(status)}</b> {_prose(each['description'])}</li>"
            for status, each in refused.items()
        )
        return f"{shown}<h4>Refusals</h4><ul>{told}</ul>"

    def _fields(self, title: str, schema: Schema) -> str:
        rows, required = [], set()
        for name, field, is_required in self._walk(self._resolved(schema), ""):
            rows.append((name, _type(field), field))
            if is_required:
                required.add(name)
        return _table(title, rows, required)

    def _walk(self, schema: Schema, prefix: str) -> Iterator[tuple[str, Schema, bool]]:
        """Yield every field of an object by its path, as the vendors' own lists do."""
        for name, field in schema.get("properties", {}).items():
            path = f"{prefix}{name}"
            yield path, field, name in schema.get("required", ())
            for inner in _inner(field):
                yield from self._walk(self._resolved(inner), f"{path}.")

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Schema = self._document["components"]["schemas"][reference.removeprefix(_REF)]
        return found


def _content(described: Schema) -> Schema:
    (content,) = described["content"].values()
    schema: Schema = content["schema"]
    return schema


def _inner(field: Schema) -> list[Schema]:
    """Return the objects that a field holds: itself, its items, or its values."""
    options = [field, *field.get("anyOf", ())]
    held = [
        inner
        for option in options
        for inner in (option, option.get("items"), option.get("additionalProperties"))
    ]
    return [each for each in held if isinstance(each, dict) and "$ref" in each]


def _type(schema: Schema) -> str:
    if options := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(map(_type, options)))
    if "$ref" in schema:
        return "object"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "items" in schema:
        return f"array of {_type(schema['items'])}s"
    if isinstance(schema.get("additionalProperties"), dict):
        return "objects by id"
    name = str(schema.get("type", "object"))
    return f"{name} ({schema['format']})" if "format" in schema else name


def _table(title: str, rows: Sequence[tuple[str, str, Schema]], required: set[str]) -> str:
    if not rows:
        return ""
    body = "".join(
        f'<tr><th scope="row"><code>{_breakable(name)}</code></th><td>{escape(type_)}'
        f"{', <b>required</b>' if name in required else ''}</td>"
        f"<td>{_prose(field.get('description', ''))}</td></tr>"
        for name, type_, field in rows
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{body}</tbody></table>"


def _prose(text: str) -> str:
    """Return escaped text, with what stands between backticks as code."""
    parts = escape(text).split("`")
    return "".join(
        f"<code>{_with_breaks(part)}</code>" if place % 2 else part
        for place, part in enumerate(parts)
    )


def _breakable(name: str) -> str:
    """Return a name or a path, escaped, that a narrow screen breaks between its words only.

    >>> _breakable("time_off/{id}")
    'time_<wbr>off/<wbr>{id}'
    """
    return _with_breaks(escape(name))


def _with_breaks(escaped: str) -> str:
    return _BETWEEN_WORDS.sub(r"\g<0><wbr>", escaped)
