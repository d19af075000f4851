"""The header Idempotency-Key: for a document's one mutation, refused where it would be lost."""

import pytest

from tests import builders
from tests.graphql.api import rows_of
from tests.rest.faces import ENTRIES, entry, running

pytestmark = pytest.mark.rule("5.1")

CREATE = """
mutation Create($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) { timeOffEntries { hours } userErrors { code path } }
}
"""
ONE = '{timeOffEntries: [{userId: 1, hours: 1, requestedDate: "2026-03-02"}]}'
INLINE = f"mutation {{ createTimeOffEntries(input: {ONE}) {{ userErrors {{ code path }} }} }}"


@pytest.fixture
async def gateway(database_url):
    async with running(database_url) as gateway:
        await gateway.put(companies=[builders.company()], users=[builders.user()])
        yield gateway


async def send(gateway, document, key, **variables):
    sent = {"query": document, "variables": variables}
    return await gateway.send("POST", "/graphql", sent, idempotency_key=key)


async def hours(gateway):
    found = await gateway.ask("{ timeOffEntries { nodes { hours } } }")
    return [each["hours"] for each in found["data"]["timeOffEntries"]["nodes"]]


def items(hours_=1, **given):
    return {"timeOffEntries": [builders.entry(hours=hours_)]} | given


async def test_the_mutation_is_done_once(gateway):
    answers = [await send(gateway, CREATE, "k1", input=items()) for _ in range(3)]
    other = await send(gateway, CREATE, "k2", input=items())

    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["data"]["createTimeOffEntries"]["userErrors"] == []
    assert other.status_code == 200
    assert await hours(gateway) == [2.0]


async def test_an_inline_input_is_done_once_for_each_key(gateway):
    """Its arguments are built once for all requests: no key may stay in them."""
    for key in ("a", "b", "a", "b", "a"):
        answer = await send(gateway, INLINE, key)
        assert answer.json() == {"data": {"createTimeOffEntries": {"userErrors": []}}}
    plain = await gateway.ask(INLINE)

    assert plain == {"data": {"createTimeOffEntries": {"userErrors": []}}}
    assert await hours(gateway) == [3.0]


async def test_it_is_the_key_of_the_input_and_of_rest(gateway):
    await send(gateway, CREATE, "k", input=items())
    await gateway.ask(CREATE, input=items(idempotencyKey="k"))
    await send(gateway, CREATE, "k", input=items(idempotencyKey="k"))
    await gateway.send("POST", ENTRIES, {"time_off_entry": entry(hours=1)}, idempotency_key="k")

    assert await hours(gateway) == [1.0]


@pytest.mark.parametrize(
    ("key", "given", "code"),
    [
        pytest.param("a", {"idempotencyKey": "b"}, "INVALID_VALUE", id="another in the input"),
        pytest.param("", {}, "INVALID_VALUE", id="an empty one"),
        pytest.param("x" * 256, {}, "INVALID_VALUE", id="a long one"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_as_data(gateway, key, given, code):
    answer = await send(gateway, CREATE, key, input=items(**given))

    refused = [{"code": code, "path": ["idempotencyKey"]}]
    assert answer.json()["data"]["createTimeOffEntries"]["userErrors"] == refused
    assert await hours(gateway) == []


async def test_the_same_key_with_another_input_is_refused(gateway):
    await send(gateway, CREATE, "k", input=items())

    answer = await send(gateway, CREATE, "k", input=items(2))

    (error,) = answer.json()["data"]["createTimeOffEntries"]["userErrors"]
    assert error == {"code": "IDEMPOTENCY_KEY_REUSED", "path": ["idempotencyKey"]}
    assert await hours(gateway) == [1.0]


TWO = f"""
mutation {{
  a: createTimeOffEntries(input: {ONE}) {{ userErrors {{ code }} }}
  ...Second
}}
fragment Second on Mutation {{
  ... {{ b: createTimeOffEntries(input: {ONE}) {{ userErrors {{ code }} }} }}
}}
"""
UPSERT = "mutation { upsertRoles(input: {roles: []}) { userErrors { code } } }"
NOTHING = "mutation { __typename }"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param(TWO, "for one mutation, and the document has 2", id="two mutations"),
        pytest.param(UPSERT, "`upsertRoles` takes no idempotency key", id="one without a key"),
        pytest.param(NOTHING, "the document has 0", id="none"),
    ],
)
async def test_a_key_that_would_be_lost_is_refused(gateway, database_url, document, says):
    before = await rows_of(database_url)

    answer = await send(gateway, document, "k")

    (error,) = answer.json()["errors"]
    assert answer.status_code == 400
    assert error["extensions"] == {"code": "IDEMPOTENCY_KEY_NOT_TAKEN"}
    assert says in error["message"]
    assert await rows_of(database_url) == before


async def test_one_mutation_in_fragments_and_beside_its_typename_is_one(gateway):
    document = f"""
    mutation {{ __typename ...Same createTimeOffEntries(input: {ONE}) {{ __typename }} }}
    fragment Same on Mutation {{ createTimeOffEntries(input: {ONE}) {{ userErrors {{ code }} }} }}
    """
    for _ in range(2):
        answer = await send(gateway, document, "k")
        assert answer.json()["data"]["createTimeOffEntries"]["userErrors"] == []

    assert await hours(gateway) == [1.0]


async def test_a_query_needs_no_key(gateway):
    """Clients that send the header with every request send it with these too."""
    asked = await send(gateway, "{ __typename }", "k")
    got = await gateway.client.get(
        "/graphql", params={"query": "{ __typename }"}, headers={"idempotency-key": ""}
    )

    assert asked.json() == got.json() == {"data": {"__typename": "Query"}}


async def test_two_different_keys_are_refused(gateway):
    headers = [("content-type", "application/json"), ("idempotency-key", "a")]
    answers = [
        await gateway.client.post(
            "/graphql", json={"query": INLINE}, headers=[*headers, ("idempotency-key", key)]
        )
        for key in ("b", "a")
    ]

    assert [answer.status_code for answer in answers] == [400, 200]
    assert await hours(gateway) == [1.0]
