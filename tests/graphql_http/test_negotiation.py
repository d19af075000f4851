"""GraphQL over HTTP: media types, methods, status codes, and which operation runs."""

import json

import httpx
import pytest

from tests.graphql_http.clients import GRAPHQL_RESPONSE, JSON, served

pytestmark = pytest.mark.only_on("sqlite")

QUERY = "{ __typename }"
MUTATION = "mutation M { deleteHolidays(input: { ids: [] }) { userErrors { code } } }"
ANSWER = {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("application/json; charset=utf-8", JSON),
        ("APPLICATION/JSON", JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", JSON),
        (f"{JSON};q=0.1, {GRAPHQL_RESPONSE};q=0.9", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0, {JSON}", JSON),
        ("text/html, */*;q=0.1", JSON),
        ("application/json, text/event-stream;q=0.5", JSON),
    ],
)
async def test_the_answer_has_the_type_that_the_client_prefers(http, accept, answered):
    headers = {} if accept is None else {"accept": accept}
    response = await http.post(QUERY, headers=headers)

    assert (response.status_code, response.json()) == (200, ANSWER)
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert "Accept" in response.headers["vary"]
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "accept", ["text/html", "text/plain", "application/xml", f"{JSON};q=0", "image/*", "nonsense"]
)
async def test_another_type_is_not_to_be_had(http, accept):
    response = await http.post(QUERY, headers={"accept": accept})

    assert response.status_code == 406
    assert response.headers["content-type"].startswith(JSON)
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/jsonp",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "text/json",
    ],
)
async def test_only_json_in_utf_8_is_read(http, content_type):
    headers = {} if content_type is None else {"content-type": content_type}
    response = await http.client.post(
        "/graphql", content=json.dumps({"query": QUERY}).encode(), headers=headers
    )

    assert response.status_code == 415
    assert response.headers["content-type"].startswith(JSON)
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    "content_type",
    [JSON, "application/json; charset=utf-8", "Application/JSON; charset=UTF8", f"{JSON};a=b"],
)
async def test_json_may_be_named_in_every_usual_way(http, content_type):
    response = await http.send(json.dumps({"query": QUERY}), content_type=content_type)

    assert response.json() == ANSWER


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
async def test_an_encoded_body_is_not_read(http, encoding):
    response = await http.send(json.dumps({"query": QUERY}), content_encoding=encoding)

    assert response.status_code == 415


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
async def test_other_methods_are_refused_with_those_that_there_are(http, method):
    response = await http.client.request(method, "/graphql", params={"query": QUERY})

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_who_wants_parts_is_told_what_there_is_instead(http):
    response = await http.post(QUERY, headers={"accept": "multipart/mixed; deferSpec=20220824"})

    assert response.status_code == 406
    assert response.headers["content-type"].startswith(JSON)
    assert "subscriptions come as text/event-stream" in response.json()["errors"][0]["message"]


async def test_who_wants_events_gets_the_answer_as_one(http):
    response = await http.post(QUERY, headers={"accept": "text/event-stream"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    next_ = f"event: next\ndata: {json.dumps(ANSWER, separators=(',', ':'))}\n\n"
    assert response.text == f":\n\n{next_}event: complete\ndata:\n\n"


@pytest.mark.parametrize("body", ["[]", json.dumps([{"query": QUERY}] * 2)], ids=["none", "two"])
async def test_a_batch_is_told_that_there_are_none(http, body):
    response = await http.send(body)

    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]) == (400, {"code": "BAD_REQUEST"})
    assert "batches are not supported" in error["message"]


def test_a_head_is_a_get_without_a_body(database_url):
    with served(database_url) as url:
        address = url.replace("ws://", "http://")
        for parameters, status in (
            ({"query": QUERY}, 200),
            ({"query": "query A { __typename }", "operationName": "B"}, 400),
            ({"query": MUTATION}, 405),
        ):
            got = httpx.get(address, params=parameters, headers={"accept": JSON})
            head = httpx.head(address, params=parameters, headers={"accept": JSON})

            assert (head.status_code, head.content) == (got.status_code, b"") == (status, b"")
            other = {"date", "x-request-id"}
            assert {k: v for k, v in head.headers.items() if k not in other} == {
                k: v for k, v in got.headers.items() if k not in other
            }


async def test_a_query_may_come_by_get(http):
    response = await http.get(
        query="query A($v: Boolean!) { __typename @include(if: $v) } query B { b: __typename }",
        variables='{"v": true}',
        operationName="A",
    )

    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": ""},
        {"query": QUERY, "variables": "5"},
        {"query": QUERY, "variables": "{"},
        {"query": QUERY, "variables": '{"a":1,"a":2}'},
        {"query": QUERY, "extensions": "[]"},
        {"query": QUERY, "documentId": "x"},
        {"query": "{" + "__typename " * 11 + "}"},
    ],
    ids=str,
)
async def test_a_get_passes_the_same_gate(http, parameters):
    response = await http.client.get("/graphql", params=parameters | {"x": "1"})

    assert list(response.json()) == ["errors"]
    assert response.status_code in (200, 400)


@pytest.mark.parametrize(
    "parameters",
    [{"query": MUTATION}, {"query": f"query A {{ __typename }} {MUTATION}", "operationName": "M"}],
    ids=["alone", "chosen by its name"],
)
async def test_a_mutation_may_not_come_by_get(http, parameters):
    response = await http.get(**parameters)

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_the_name_decides_which_operation_runs(http):
    document = "query A { a: __typename } query B { b: __typename }"
    answers = [
        (await http.post(document, operationName=name)).json() for name in ("A", "B", "C", None)
    ]

    assert [list(answer.get("data", {})) for answer in answers] == [["a"], ["b"], [], []]
    assert all(
        answer["errors"][0]["extensions"] == {"code": "OPERATION_RESOLUTION_FAILURE"}
        for answer in answers[2:]
    )


FAILING = {
    "syntax": ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    "validation": ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
    "a literal": ({"query": "{ node(id: {}) { id } }"}, "BAD_USER_INPUT"),
    "a variable": (
        {"query": "query ($v: Int!) { users(first: $v) { totalCount } }", "variables": {"v": "x"}},
        "BAD_USER_INPUT",
    ),
    "no variable": (
        {"query": "query ($v: Int!) { users(first: $v) { totalCount } }"},
        "BAD_USER_INPUT",
    ),
}


@pytest.mark.parametrize(
    ("codes", "accept", "syntax", "others"),
    [
        ("audits", JSON, 200, 200),
        ("audits", GRAPHQL_RESPONSE, 400, 400),
        ("draft-2026", JSON, 400, 422),
        ("draft-2026", GRAPHQL_RESPONSE, 400, 422),
    ],
)
@pytest.mark.parametrize(("request_", "code"), FAILING.values(), ids=FAILING)
async def test_the_status_of_what_cannot_run(
    gateway, request_, code, codes, accept, syntax, others
):
    async with gateway(status_codes=codes) as http:
        response = await http.post(headers={"accept": accept}, **request_)

    assert response.status_code == (syntax if code == "GRAPHQL_PARSE_FAILED" else others)
    assert response.json()["errors"][0]["extensions"]["code"] == code
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("codes", "accept", "status"),
    [
        ("audits", JSON, 200),
        ("audits", GRAPHQL_RESPONSE, 200),
        ("draft-2026", JSON, 200),
        ("draft-2026", GRAPHQL_RESPONSE, 294),
    ],
)
async def test_the_status_of_an_answer_in_part(gateway, codes, accept, status):
    document = '{ good: __typename bad: node(id: "not an id") { id } }'
    async with gateway(status_codes=codes) as http:
        response = await http.post(document, headers={"accept": accept})

    assert response.status_code == status
    assert response.json()["data"] == {"good": "Query", "bad": None}
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_newer_status_codes_change_nothing_about_success(gateway):
    async with gateway(status_codes="draft-2026") as http:
        response = await http.post(QUERY, headers={"accept": GRAPHQL_RESPONSE})

    assert (response.status_code, response.json()) == (200, ANSWER)
