"""No refusal repeats what was sent: a marker in any place of the input never comes back.

But for the names of fields, arguments and members, as far as they are names: without them
nobody would find the mistake.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.only_on("sqlite")

MARKER = "Zq7MarkerXv9"

INPUTS = {
    "mutation ($v: CreateTimeOffEntriesInput!) "
    "{ createTimeOffEntries(input: $v) { userErrors { message } } }": (
        "createTimeOffEntries(input: %s) { userErrors { message } }",
        {
            "timeOffEntries": [
                {
                    "userId": "1",
                    "hours": 4,
                    "requestedDate": "2026-03-02",
                    "externalReference": {
                        "serviceName": "jira",
                        "serviceModel": "Issue",
                        "serviceModelRef": "1",
                        "status": "PENDING",
                        "locked": True,
                    },
                }
            ],
            "dryRun": True,
            "idempotencyKey": "k",
        },
    ),
    "mutation ($v: CreatePersonTimeOffInput!) "
    "{ createPersonTimeOff(input: $v) { userErrors { message } } }": (
        "createPersonTimeOff(input: %s) { userErrors { message } }",
        {
            "companyId": "1",
            "personId": "2",
            "startDay": "2026-03-02",
            "endDay": "11/01/26",
            "batchStartTime": "07:00",
            "batchEndTime": "3:00 PM",
            "isPaid": True,
            "reason": "medical",
            "repeat": "WEEKLY",
            "cadence": 1,
            "repeatEndDay": "2026-04-01",
        },
    ),
    "mutation ($v: UpsertWorkweeksInput!) "
    "{ upsertWorkweeks(input: $v) { userErrors { message } } }": (
        "upsertWorkweeks(input: %s) { userErrors { message } }",
        {
            "workweeks": [
                {
                    "companyId": "1",
                    "effectiveFrom": "2026-01-01",
                    "sunday": 0,
                    "monday": 480,
                    "tuesday": 480,
                    "wednesday": 480,
                    "thursday": 480,
                    "friday": 480,
                    "saturday": 0,
                }
            ]
        },
    ),
}
ENUMS = {"PENDING", "WEEKLY"}

marked = st.sampled_from(
    [
        MARKER,
        f"{MARKER} {MARKER}",
        [MARKER],
        {"a": MARKER},
        {f"{MARKER} {MARKER}": 1},
        {MARKER * 10: 1},
        {f"{MARKER}'": {f"{MARKER}: 1": 1}},
        [[{"b": [MARKER]}]],
        f"2026-{MARKER}",
        f'"{MARKER}"\n\t\\',
        f"é\U0001f600{MARKER}",
    ]
)


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from places(value[key], (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = replaced(value[key], rest, new)
    return copy


def with_member(value, path, name, new):
    """Put a member that nobody knows into the object at the path, if one is there."""
    found = value
    for key in path:
        found = found[key]
    return replaced(value, path, {**found, name: new}) if isinstance(found, dict) else value


@st.composite
def marked_inputs(draw):
    document, (_, value) = draw(st.sampled_from(sorted(INPUTS.items(), key=lambda each: each[0])))
    path = draw(st.sampled_from(list(places(value))))
    if draw(st.booleans()):
        return document, replaced(value, path, draw(marked))
    return document, with_member(value, path, "unknownMember", draw(marked))


def literal(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(literal, value)) + "]"
    return value if value in ENUMS else json.dumps(value)


@pytest.fixture(params=["development", "production"])
async def either(request, gateway):
    """The application in each mode."""
    async with gateway(mode=request.param, auth="off") as http:
        yield http


@pytest.fixture
async def production(gateway):
    async with gateway(mode="production", auth="off") as http:
        yield http


SETTINGS = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@SETTINGS
@given(marked_inputs())
async def test_a_variable_never_comes_back(either, caplog, given_):
    document, value = given_
    response = await either.post(document, variables={"v": value})

    assert MARKER not in response.text + caplog.text
    assert response.status_code == 200


@SETTINGS
@given(marked_inputs())
async def test_a_literal_never_comes_back(either, caplog, given_):
    document, value = given_
    selection, _ = INPUTS[document]
    text = literal(value)
    if f"{MARKER}:" in text or f"{MARKER}'" in text or f"{MARKER} {MARKER}:" in text:
        return  # a name in a document is no input, and those of JSON are none in a document
    response = await either.post(f"mutation {{ {selection % text} }}")

    assert MARKER not in response.text + caplog.text
    assert response.status_code == 200


@pytest.mark.parametrize(
    "members",
    [
        {"operationName": MARKER},
        {"documentId": MARKER, "query": None},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": MARKER}}},
        {"extensions": {"persistedQuery": MARKER}},
        {"variables": MARKER},
        {"variables": [MARKER]},
        {"variables": {MARKER: MARKER}},
        {MARKER: MARKER},
    ],
    ids=str,
)
async def test_a_member_of_the_request_never_comes_back(either, caplog, members):
    response = await either.post(**({"query": "{ __typename }"} | members))

    assert MARKER not in response.text + caplog.text


SUGGESTING = {
    "a field": "{ compnies { totalCount } }",
    "an argument": "{ companies(frst: 1) { totalCount } }",
    "a type": "{ node(id: 1) { ... on Compny { id } } }",
    "a member": '{ timeOffEntries(filter: { companyIdd: "1" }) { totalCount } }',
    "an enum value": "{ timeOffEntries(orderBy: { field: IDD, direction: ASC }) { totalCount } }",
    "a directive": "{ __typename @skp(if: true) }",
    "a fragment": "{ ...Fragmnt } fragment Fragment on Query { __typename }",
    "a variable": "query ($name: ID!) { node(id: $nme) { id } }",
    "a field of a node": "{ node(id: 1) { nam } }",
    "a variable's type": "query ($v: CompanyInpt) { __typename }",
}


@pytest.mark.parametrize("document", SUGGESTING.values(), ids=SUGGESTING)
async def test_in_production_nothing_is_suggested(production, document):
    response = await production.post(document)

    assert response.json()["errors"]
    assert "did you mean" not in response.text.lower()


async def test_in_production_the_schema_is_not_to_be_read(production):
    for document in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        response = await production.post(document)

        codes = {error["extensions"]["code"] for error in response.json()["errors"]}
        assert codes == {"GRAPHQL_VALIDATION_FAILED"}
    assert (await production.post("{ __typename }")).json() == {"data": {"__typename": "Query"}}


async def test_a_setting_shows_the_schema_in_production_too(gateway):
    async with gateway(mode="production", auth="off", introspection=True) as http:
        response = await http.post("{ __schema { queryType { name } } }")

    assert response.json()["data"]["__schema"]["queryType"] == {"name": "Query"}


UNKNOWN_NAMES = {
    "a range of instants": (
        '{createdAt: {from: "2026-03-02T00:00:00Z"}}',
        {"createdAt": {"from": "2026-03-02T00:00:00Z"}},
        "createdAt.from",
        "since, until",
    ),
    "a range of days": (
        '{requestedDate: {since: "2026-03-02"}}',
        {"requestedDate": {"since": "2026-03-02"}},
        "requestedDate.since",
        "from, to",
    ),
    "an enum value": (
        "{externalReference: {status: SUCCESS}}",
        {"externalReference": {"status": "SUCCESS"}},
        "externalReference.status",
        "SUCCESSFUL, PENDING, FAILED",
    ),
}
BY_VARIABLE = (
    "query ($filter: TimeOffEntryFilter) { timeOffEntries(filter: $filter) { totalCount } }"
)


@pytest.mark.rule("6.1")
@pytest.mark.parametrize(
    ("literal_", "variable", "path", "names"), UNKNOWN_NAMES.values(), ids=UNKNOWN_NAMES
)
async def test_beside_an_unknown_name_stand_those_that_there_are(
    gateway, literal_, variable, path, names
):
    async def messages(http):
        by_literal = await http.post(f"{{ timeOffEntries(filter: {literal_}) {{ totalCount }} }}")
        by_variable = await http.post(BY_VARIABLE, variables={"filter": variable})
        errors = [answer.json()["errors"] for answer in (by_literal, by_variable)]
        assert [error["extensions"]["path"] for (error,) in errors] == [
            ["filter", *path.split(".")]
        ] * 2
        return [error["message"] for (error,) in errors]

    async with gateway() as http:
        assert all(each.endswith(f" There are: {names}.") for each in await messages(http))
    async with gateway(mode="production", auth="off") as http:
        assert not any("There are" in each for each in await messages(http))
    async with gateway(mode="production", auth="off", introspection=True) as http:
        assert all(each.endswith(f" There are: {names}.") for each in await messages(http))
