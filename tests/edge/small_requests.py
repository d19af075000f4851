"""Requests to `/graphql` of many shapes: what they ask, their headers, how they are sent."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

BODY_BYTES: Final = 100_000
"""The most that is admitted where these are sent."""

JSON: Final = "Content-Type: application/json"
HOST: Final = "Host: localhost"


def graphql(query: str, **more: Any) -> bytes:
    return json.dumps({"query": query, **more}).encode()


CREATE: Final = "mutation($i: CreateTimeOffEntriesInput!) { createTimeOffEntries(input: $i) { "
NOBODY: Final = {"timeOffEntries": [{"userId": "0", "requestedDate": "2026-01-05", "hours": 1}]}

BODIES: Final[Mapping[str, bytes]] = {
    "typename": graphql("{ __typename }"),
    "named": graphql("query A { __typename } query B { a: __typename }", operationName="B"),
    "no such operation": graphql("query A { __typename } query B { x: __typename }"),
    "list": graphql("{ users(first: 3) { nodes { id fullName } pageInfo { endCursor } } }"),
    "long": graphql("{ users(first: 40) { nodes { id fullName email company { id name } } } }"),
    "variables": graphql("query($n: Int) { users(first: $n) { totalCount } }", variables={"n": 2}),
    "bad variable": graphql(
        "query($n: Int) { users(first: $n) { totalCount } }", variables={"n": "x"}
    ),
    "bad argument": graphql("{ users(first: 100000) { totalCount } }"),
    "bad cursor": graphql('{ users(after: "?") { totalCount } }'),
    "viewer": graphql("{ viewer { name kind permissions } }"),
    "introspection": graphql("{ __schema { queryType { name } } }"),
    "syntax": graphql("{ users("),
    "no such field": graphql("{ usars { totalCount } }"),
    "too deep": graphql("{ a" * 60 + "}" * 60),
    "too costly": graphql(
        "{ users(first: 500) { nodes { company { users(first: 500) { nodes { id } } } } } }"
    ),
    "subscription": graphql("subscription { a }"),
    "mutation refused": graphql(
        CREATE + "userErrors { code message path } } }", variables={"i": NOBODY}
    ),
    "bad mutation": graphql(CREATE + "userErrors { code } } }", variables={"i": {"x": 1}}),
    "batch": b"[" + graphql("{ __typename }") + b"]",
    "number": b"1",
    "no query": b"{}",
    "no json": b'{"query": ',
    "no utf-8": b'{"query": "\xff"}',
    "key twice": b'{"query": "{ a }", "query": "{ __typename }"}',
    "surrogate": rb'{"query": "{ a }", "variables": {"a": "\ud800"}}',
    "lone surrogate": rb'{"query": "{ a \ud800 }"}',
    "infinite": b'{"query": "query($n: Int) { users(first: $n) { totalCount } }", '
    b'"variables": {"n": Infinity}}',
    "long number": b'{"query": "{ a }", "variables": {"a": ' + b"1" * 5_000 + b"}}",
    "nested": b'{"query": "{ a }", "variables": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}",
    "unknown document": b'{"documentId": "sha256:00"}',
    "unknown hash": json.dumps(
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    ).encode(),
    "bad hash": graphql(
        "{ a }", extensions={"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    ),
    "empty": b"",
    "largest": graphql("{ __typename }").ljust(BODY_BYTES),
    "too large": graphql("{ __typename }").ljust(BODY_BYTES + 1),
}

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "plain": (HOST, JSON),
    "accepts json": (HOST, JSON, "Accept: application/json"),
    "accepts graphql": (HOST, JSON, "Accept: application/graphql-response+json"),
    "accepts both": (
        HOST,
        JSON,
        "Accept: application/graphql-response+json, application/json;q=0.9",
    ),
    "accepts any": (HOST, JSON, "Accept: */*"),
    "accepts pages": (HOST, JSON, "Accept: text/html"),
    "accepts streams": (HOST, JSON, "Accept: text/event-stream"),
    "accepts twice": (HOST, JSON, "Accept: text/html", "Accept: application/json"),
    "charset": (HOST, "Content-Type: application/json; charset=utf-8"),
    "other charset": (HOST, "Content-Type: application/json; charset=latin-1"),
    "no type": (HOST,),
    "form": (HOST, "Content-Type: application/x-www-form-urlencoded"),
    "type twice": (HOST, JSON, "Content-Type: text/plain"),
    "encoded": (HOST, JSON, "Content-Encoding: gzip"),
    "identity": (HOST, JSON, "Content-Encoding: identity"),
    "gzip": (HOST, JSON, "Accept-Encoding: gzip, deflate, br"),
    "zstd": (HOST, JSON, "Accept-Encoding: gzip, zstd"),
    "no gzip": (HOST, JSON, "Accept-Encoding: gzip;q=0"),
    "no host": (JSON,),
    "hosts": (HOST, HOST, JSON),
    "other host": ("Host: evil.example", JSON),
    "bad host": ("Host: a b", JSON),
    "named": (HOST, JSON, "X-Request-Id: order:17/a=b"),
    "badly named": (HOST, JSON, 'X-Request-Id: "a b"'),
    "named twice": (HOST, JSON, "X-Request-Id: a", "X-Request-Id: b"),
    "key": (HOST, JSON, "Idempotency-Key: roads-1"),
    "keys": (HOST, JSON, "Idempotency-Key: a", "Idempotency-Key: b"),
    "same keys": (HOST, JSON, "Idempotency-Key: roads-2", "Idempotency-Key: roads-2"),
    "no key": (HOST, JSON, "Idempotency-Key: "),
    "token": (HOST, JSON, "Authorization: Bearer {token}"),
    "lower token": (HOST, JSON, "authorization: bearer {token}"),
    "tokens": (HOST, JSON, "Authorization: Bearer {token}", "Authorization: Bearer {token}"),
    "bad token": (HOST, JSON, "Authorization: Bearer tog_unknown"),
    "no token": (HOST, JSON, "Authorization: Basic YTpi"),
    "cookie": (HOST, JSON, "Cookie: {cookie}", "Sec-Fetch-Site: same-origin"),
    "cookie elsewhere": (HOST, JSON, "Cookie: {cookie}", "Sec-Fetch-Site: cross-site"),
    "cookie alone": (HOST, JSON, "Cookie: a=b; {cookie}"),
    "cookie origin": (HOST, JSON, "Cookie: {cookie}", "Origin: http://localhost"),
    "cookie other origin": (HOST, JSON, "Cookie: {cookie}", "Origin: http://evil.example"),
    "cookie and token": (HOST, JSON, "Cookie: {cookie}", "Authorization: Bearer tog_unknown"),
    "friend": (HOST, JSON, "Origin: https://friend.example"),
    "stranger": (HOST, JSON, "Origin: https://stranger.example"),
    "forwarded": (
        HOST,
        JSON,
        "Cookie: {cookie}",
        "Origin: https://localhost",
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-Proto: https",
    ),
    "close": (HOST, JSON, "Connection: close"),
    "continue": (HOST, JSON, "Expect: 100-continue"),
    "upgrade": (
        HOST,
        JSON,
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABk",
    ),
}

FIRST: Final = "POST /graphql HTTP/1.1"
FIRST_LINES: Final = (
    FIRST,
    "POST /graphql?query=%7Ba%7D HTTP/1.1",
    "POST http://localhost/graphql HTTP/1.1",
    "POST /%67raphql HTTP/1.1",
    "POST /graphql/ HTTP/1.1",
    "POST //graphql HTTP/1.1",
    "POST /graphql HTTP/1.0",
    "PUT /graphql HTTP/1.1",
    "GET /graphql?query=%7B__typename%7D HTTP/1.1",
    "GET /graphql HTTP/1.1",
    "OPTIONS /graphql HTTP/1.1",
    "DELETE /graphql HTTP/1.1",
)
FRAMINGS: Final = ("whole", "apart", "in chunks", "in chunks apart", "byte by byte")


def pieces(
    body: bytes, headers: Sequence[str], first: str = FIRST, framing: str = "whole"
) -> list[bytes]:
    """Return what is sent, one piece after the other."""
    filled = [*headers]
    if "chunks" in framing:
        filled.append("Transfer-Encoding: chunked")
        parts = [b"%x\r\n%b\r\n" % (len(each), each) for each in (body[:9], body[9:]) if each]
        parts.append(b"0\r\n\r\n")
    else:
        filled.append(f"Content-Length: {len(body)}")
        parts = [body[:9], body[9:]]
    head = "\r\n".join([first, *filled, "", ""]).encode()
    if framing == "byte by byte":
        whole = head + body
        return [whole[at : at + 1] for at in range(len(whole))]
    return [head, *parts] if "apart" in framing else [head + b"".join(parts)]
