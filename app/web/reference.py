"""The page on which people read the OpenAPI document, and the document itself.

Written by the server from the document: it needs no more than a browser, and loads nothing.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.web.bundles import application_root
from app.web.reading_pages import Place, reading_page

DOCUMENT_PATH: Final = "/openapi.json"
PAGE_PATH: Final = "/openapi"
TITLE: Final = "REST reference"
_CACHE: Final = {"Cache-Control": "no-cache"}
_REF: Final = "#/components/schemas/"
_BETWEEN_WORDS: Final = re.compile(r"[_./=](?=[\w{<])")
_LONG: Final = 20
"""An answer of more lines is folded: what comes after it is not to be out of sight."""

Schema = Mapping[str, Any]


def reference_routes(describe: Callable[[], Schema]) -> list[BaseRoute]:
    """Return the routes to the document and to its page: each is made at its first visit."""
    document = cache(describe)

    @cache
    def shown() -> _Page:
        return _Page(document())

    async def answer_document(request: Request) -> Response:
        servers = [{"url": request.scope.get("root_path") or "/"}]
        text = json.dumps({**document(), "servers": servers}, indent=2)
        headers = {"X-Content-Type-Options": "nosniff"} | _CACHE
        return Response(text, headers=headers, media_type="application/json")

    async def answer_page(request: Request) -> Response:
        base = f"{request.url.scheme}://{request.url.netloc}{application_root(request)}"
        page = shown()
        return reading_page(request, TITLE, page.html(base), page.contents, sheet="reference.css")

    return [Route(DOCUMENT_PATH, answer_document), Route(PAGE_PATH, answer_page)]


class _Page:
    """The document as HTML. Every text of it is escaped."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._sections = "".join(self._vendor(tag) for tag in document["tags"])
        self.contents = [place for tag in document["tags"] for place in self._places(tag["name"])]

    def html(self, base: str) -> str:
        """Return the text of the page for who reads it at this address."""
        info = self._document["info"]
        return (
            f"<h1>{TITLE}</h1><p>{_prose(info['description'])}</p>"
            f'<p><a href="openapi.json">The OpenAPI {escape(self._document["openapi"])} document'
            f"</a>, version {escape(info['version'])}.</p>"
            "<p>The examples are for a shell that knows where the gateway is:</p>"
            f"{_code(f'GATEWAY={shlex.quote(base)}')}"
            "<p>Where callers have to say who they are, each has "
            '<code>--header "Authorization: Bearer $TOKEN"</code> as well.</p>'
            f"{self._sections}"
        )

    def _places(self, tag: str) -> Iterator[Place]:
        yield Place(_name_of(tag), tag)
        for _, _, operation in self._operations(tag):
            yield Place(operation["operationId"], operation["summary"], 3)

    def _operations(self, tag: str) -> Iterator[tuple[str, str, Schema]]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    yield method.upper(), path, operation

    def _vendor(self, tag: Schema) -> str:
        operations = "".join(self._operation(*each) for each in self._operations(tag["name"]))
        heading = f'<h2 id="{_name_of(tag["name"])}">{escape(tag["name"])}</h2>'
        return f"{heading}<p>{_prose(tag['description'])}</p>{operations}"

    def _operation(self, method: str, path: str, operation: Schema) -> str:
        name = escape(operation["operationId"])
        return (
            f'<section aria-labelledby="{name}"><h3 id="{name}">{escape(operation["summary"])}</h3>'
            f'<p class="address"><code><b>{method}</b> {_breakable(path)}</code></p>'
            f"<p>{_prose(operation['description'])}</p>{_examples(operation)}"
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


def _examples(operation: Schema) -> str:
    """Return each request as curl sends it, with what was answered."""
    return "".join(
        f"<h4>Example: {escape(each['label'])}</h4>{_code(each['source'])}"
        f"{_answer(operation['responses'][str(each['x-status'])], each)}"
        for each in operation["x-codeSamples"]
    )


def _answer(response: Schema, sample: Schema) -> str:
    (content,) = response.get("content", {"": {}}).values()
    told = [
        each["value"]
        for each in content.get("examples", {}).values()
        if each["summary"] == sample["label"]
    ]
    if not told:
        return f"<p>Answers {sample['x-status']}, without a body.</p>"
    text = json.dumps(told[0], indent=2, ensure_ascii=False)
    is_open = "" if text.count("\n") > _LONG else " open"
    return (
        f"<details{is_open}><summary>Answers {sample['x-status']}</summary>{_code(text)}</details>"
    )


def _code(text: str) -> str:
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def _name_of(tag: str) -> str:
    """Return the place of a vendor's part of the page."""
    return tag.lower().replace(" ", "-")


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
    return f'<table class="fields"><caption>{escape(title)}</caption><tbody>{body}</tbody></table>'


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
