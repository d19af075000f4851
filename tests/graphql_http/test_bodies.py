"""Bodies that are no GraphQL request: each is a 4xx with a JSON error, whatever Accept says."""

import json

import pytest

from tests.graphql_http.clients import GRAPHQL_RESPONSE, JSON

pytestmark = pytest.mark.only_on("sqlite")

BOMB = "{...f0}" + "".join(
    f"fragment f{each} on Query{{...f{each + 1} ...f{each + 1}}}" for each in range(20)
)
BOMB += "fragment f20 on Query{__typename}"


def request(query="{__typename}", **members):
    return json.dumps({"query": query, **members}).encode()


def deep(opening, closing, levels=100_000):
    return (
        b'{"query":"{__typename}","variables":{"v":' + opening * levels + closing * levels + b"}}"
    )


TOO_LARGE = "REQUEST_TOO_LARGE"
BAD = "BAD_REQUEST"
UNREADABLE = {
    "null": (b"null", 400, BAD),
    "a number": (b"5", 400, BAD),
    "a string": (b'"{__typename}"', 400, BAD),
    "true": (b"true", 400, BAD),
    "nothing": (b"", 400, BAD),
    "an empty object": (b"{}", 400, BAD),
    "a list: no batches": (b'[{"query":"{__typename}"}]', 400, BAD),
    "an empty list": (b"[]", 400, BAD),
    "half of an object": (b'{"query":"{__typename}"', 400, BAD),
    "something behind it": (request() + b"x", 400, BAD),
    "a byte order mark": (b"\xef\xbb\xbf" + request(), 400, BAD),
    "UTF-16": (request().decode().encode("utf-16"), 400, BAD),
    "invalid UTF-8": (b'{"query":"{__typename} #\xff"}', 400, BAD),
    "UTF-8 of a surrogate": (b'{"query":"{__typename} #\xed\xa0\x80"}', 400, BAD),
    "overlong UTF-8": (b'{"query":"{__typename} #\xc0\xaf"}', 400, BAD),
    "a control character in a string": (b'{"query":"{__typename} #\x01"}', 400, BAD),
    "a lone surrogate in the document": (request("{__typename} #\ud800"), 400, BAD),
    "lists 100,000 deep": (deep(b"[", b"]"), 400, TOO_LARGE),
    "objects 100,000 deep": (deep(b'{"a":', b"}").replace(b":}", b":1}", 1), 400, TOO_LARGE),
    "lists 100,000 deep, never closed": (b"[" * 100_000, 400, TOO_LARGE),
    "lists 33 deep": (deep(b"[", b"]", 33), 400, TOO_LARGE),
    "an integer of 5,000 digits": (
        b'{"query":"{__typename}","a":' + b"1" * 5_000 + b"}",
        400,
        TOO_LARGE,
    ),
    "a fraction of 5,000 digits": (
        b'{"query":"{__typename}","a":0.' + b"1" * 5_000 + b"}",
        400,
        TOO_LARGE,
    ),
    "100,000 values": (request(variables={"v": [1] * 100_000}), 400, TOO_LARGE),
    "a key twice": (b'{"query":"{__typename}","query":"{__typename}"}', 400, BAD),
    "a key twice far below": (
        b'{"query":"{__typename}","variables":{"v":[{"a":1,"\\u0061":2}]}}',
        400,
        BAD,
    ),
    "a query that is a number": (request(query=5), 400, BAD),
    "a query that is null": (request(query=None), 400, BAD),
    "variables that are a list": (request(variables=[]), 400, BAD),
    "variables that are text": (request(variables="{}"), 400, BAD),
    "extensions that are a list": (request(extensions=[]), 400, BAD),
    "an operationName that is a number": (request(operationName=1), 400, BAD),
    "a documentId that is a number": (b'{"documentId":1}', 400, BAD),
    "a query and a documentId": (request(documentId="x"), 400, BAD),
    "two operations without a name": (
        request("query A{__typename} query B{__typename}"),
        400,
        "OPERATION_RESOLUTION_FAILURE",
    ),
    "the name of another operation": (
        request("query A{__typename}", operationName="B"),
        400,
        "OPERATION_RESOLUTION_FAILURE",
    ),
    "an empty operation name where there is a choice": (
        request("query A{__typename} query B{__typename}", operationName=""),
        400,
        "OPERATION_RESOLUTION_FAILURE",
    ),
    "250 repeats of one field": (request("{" + "node(id:1){id}" * 250 + "}"), 400, TOO_LARGE),
    "250 repeats below one field": (
        request("{node(id:1){" + "id " * 250 + "}}"),
        400,
        TOO_LARGE,
    ),
    "a fragment bomb of 800 bytes": (request(BOMB), 400, TOO_LARGE),
    "a fragment that spreads itself": (request("{...f} fragment f on Query{...f}"), 400, BAD),
    "fragments that spread each other": (
        request("{...f} fragment f on Query{...g} fragment g on Query{...f}"),
        400,
        BAD,
    ),
    "a document nested 900 deep": (request("{" + "a{" * 600 + "a" + "}" * 601), 400, TOO_LARGE),
    "a literal nested 900 deep": (
        request("{node(id:" + "[" * 900 + "]" * 900 + "){id}}"),
        400,
        TOO_LARGE,
    ),
    "a document of 17 kB": (request("{__typename}#" + "x" * 17_000), 400, TOO_LARGE),
    "a body of 30 MB": (b" " * 30_000_000, 413, TOO_LARGE),
}


@pytest.mark.parametrize("accept", [None, JSON, GRAPHQL_RESPONSE, "*/*"])
@pytest.mark.parametrize(("body", "status", "code"), UNREADABLE.values(), ids=UNREADABLE)
async def test_it_is_refused(http, body, status, code, accept):
    response = await http.send(body, **({"accept": accept} if accept else {}))

    expected = GRAPHQL_RESPONSE if accept == GRAPHQL_RESPONSE else JSON
    assert response.status_code == status
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": code}
    assert "data" not in response.json()


async def test_a_body_that_grows_beyond_the_limit_is_not_read_to_its_end(http):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    response = await http.client.post("/graphql", content=endless(), headers={"content-type": JSON})

    assert response.status_code == 413
    assert sent < 4_000_000


@pytest.mark.parametrize("members", [{"unknown": 1}, {"id": None}, {"query2": "{a}"}])
async def test_members_that_nobody_knows_are_ignored(http, members):
    response = await http.send(request(**members))

    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "members",
    [{"variables": None}, {"extensions": None}, {"operationName": None}, {"documentId": None}],
    ids=str,
)
async def test_null_is_as_if_it_were_left_out(http, members):
    response = await http.send(request(**members))

    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("member", ["operationName", "documentId"])
async def test_an_empty_name_is_as_if_it_were_left_out(http, member):
    for document in ("query A{__typename}", "{__typename}"):
        posted = await http.send(request(document, **{member: ""}))
        got = await http.get(query=document, **{member: ""})

        assert posted.json() == got.json() == {"data": {"__typename": "Query"}}
