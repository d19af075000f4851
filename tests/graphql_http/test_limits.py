"""Each limit admits a request of just its size, and refuses one that is larger by one."""

from datetime import date, timedelta

import pytest
from graphql import get_introspection_query

from tests import builders
from tests.graphql_http.clients import GRAPHQL_RESPONSE, JSON, open_socket
from tests.graphql_http.limits import EACH, unmeasured

pytestmark = pytest.mark.only_on("sqlite")

IN_EACH_WAY = [
    pytest.param(sized, way, id=f"{sized.limit}: {sized.request.__name__}, {way}")
    for sized in EACH
    for way in sized.ways
]


def test_every_limit_is_tested():
    assert unmeasured() == set()


@pytest.mark.parametrize(("sized", "way"), IN_EACH_WAY)
async def test_a_request_as_large_as_the_limit_is_admitted(gateway, sized, way):
    async with gateway(**sized.settings) as http:
        response = await http.post(**sized.request(sized.most, way))

    assert (response.status_code, list(response.json())) == (200, ["data"]), response.text


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
@pytest.mark.parametrize(("sized", "way"), IN_EACH_WAY)
async def test_a_larger_one_is_refused(gateway, sized, way, accept):
    async with gateway(**sized.settings) as http:
        request = sized.request(sized.most + 1, way)
        response = await http.post(headers={"accept": accept}, **request)

    assert response.status_code == sized.status
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "REQUEST_TOO_LARGE"}
    assert str(sized.most) in error["message"]


OF_MESSAGES = {"body_bytes", "json_depth", "json_values", "number_characters"}
"""Limits that are met before a message says to which operation it belongs."""


@pytest.mark.parametrize(
    "sized", EACH, ids=lambda sized: f"{sized.limit}: {sized.request.__name__}"
)
async def test_the_same_limits_hold_on_a_socket(serving, sized):
    way = sized.ways[-1]
    with serving(**sized.settings) as url:
        if sized.limit != "body_bytes":  # there the message is what counts
            async with open_socket(url) as socket:
                admitted = await socket.ask(**sized.request(sized.most, way))
                assert list(admitted) == ["data"]
        async with open_socket(url) as socket:
            request = sized.request(sized.most + 1, way)
            if sized.limit in OF_MESSAGES:
                await socket.send({"type": "subscribe", "id": "1", "payload": request})
                assert (await socket.closed())[0] == 4400
            else:
                (error,) = await socket.ask(**request)
                assert error["extensions"] == {"code": "REQUEST_TOO_LARGE"}


async def test_a_message_as_large_as_a_body_may_be_is_admitted(serving):
    def message(size):
        before = '{"type":"subscribe","id":"1","payload":{"query":"{__typename}#'
        rest = size - len(before) - len('"}}')
        return before + "é" * (rest // 2) + "x" * (rest % 2) + '"}}'

    with serving(limit_body_bytes=1_024, limit_document_bytes=4_096) as url:
        async with open_socket(url) as socket:
            await socket.send(message(1_024))
            answered = await socket.receive()
        async with open_socket(url) as socket:
            await socket.send(message(1_025))
            closed = await socket.closed()

    assert (answered["payload"], closed[0]) == ({"data": {"__typename": "Query"}}, 4400)


async def test_a_page_of_variable_size_costs_what_the_variable_says(gateway):
    document = "query ($size: Int!) { users(first: $size) { nodes { id } } }"
    async with gateway(limit_cost=101) as http:
        admitted = await http.post(document, variables={"size": 50})
        refused = await http.post(document, variables={"size": 51})

    assert (admitted.status_code, refused.status_code) == (200, 400)
    assert refused.json()["errors"][0]["extensions"]["code"] == "REQUEST_TOO_LARGE"


NESTED = """
query ($to: Date!{default}) {{
  workers(first: 10) {{ nodes {{ schedule(from: "2026-01-01", to: $to) {{ days {{ date }} }} }} }}
}}
"""


@pytest.mark.parametrize(
    ("default", "variables", "months"),
    [
        pytest.param("", {"to": "2026-01-31"}, 1, id="a month"),
        pytest.param("", {"to": "2026-02-01"}, 2, id="a day more"),
        pytest.param("", {"to": "02/01/26"}, 2, id="as Procore writes it"),
        pytest.param("", {"to": "2027-02-04"}, 13, id="400 days"),
        pytest.param(' = "2027-02-04"', {}, 13, id="by default"),
    ],
)
async def test_a_schedule_within_an_answer_costs_its_months(gateway, default, variables, months):
    """Of ten workers, each with a schedule: a list of 31 days for every month that begins."""
    document = NESTED.format(default=default)
    days = 1 + 31
    cost = 1 + 10 * (2 + months * days)
    statuses = {}
    for limit in (cost - 1, cost):
        async with gateway(limit_cost=limit) as http:
            statuses[limit] = (await http.post(document, variables=variables)).status_code

    assert statuses == {cost - 1: 400, cost: 200}


async def test_schedules_within_days_of_schedules_are_too_much(http):
    """The text of such an answer is many times what is in memory: hundreds of megabytes."""
    window = 'from: "2026-09-02", to: "2027-10-06"'
    response = await http.post(
        f"{{ schedule({window}, first: 50) {{ nodes {{ days {{ worker {{"
        f" schedule({window}) {{ days {{ date hoursOff }} }} }} }} }} }} }}"
    )

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "REQUEST_TOO_LARGE"


async def test_fragments_that_nobody_spreads_are_measured_too(http):
    document = "{ __typename } fragment Unused on Query {" + " node(id: 1) { id }" * 11 + "}"
    response = await http.post(document)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "REQUEST_TOO_LARGE"}


async def test_fragments_of_one_name_are_all_measured(http):
    wide = "fragment F on Query {" + " node(id: 1) { id }" * 11 + "}"
    for document in (
        "{ ...F }" + wide + "fragment F on Query { __typename }",
        "{ ...F } fragment F on Query { __typename }" + wide,
    ):
        response = await http.post(document)

        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"] == {"code": "REQUEST_TOO_LARGE"}


async def test_the_defaults_admit_the_largest_introspection_of_graphiql(http):
    document = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    response = await http.post(document, operationName="IntrospectionQuery")

    assert response.status_code == 200
    assert response.json()["data"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}


FULL_PAGE = """
query Page($size: Int!) {
  timeOffEntries(first: $size) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      cursor
      node {
        id sourceId hours requestedDate submissionDate createdAt updatedAt
        user { id sourceId fullName emailAddress headline role { id name } company { id name } }
        externalReferences {
          id serviceName serviceModel serviceModelRef status externalMessage externalLink
          externalStatus locked createdAt updatedAt
        }
      }
    }
  }
}
"""
BATCH = """
mutation Batch($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) {
    results { index outcome }
    timeOffEntries { id hours externalReferences { serviceModelRef } }
    userErrors { code }
  }
}
"""
DIRECTORY = """
mutation Fill($companies: [CompanyInput!]!, $roles: [RoleInput!]!, $users: [UserInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
  upsertRoles(input: { roles: $roles }) { userErrors { code } }
  upsertUsers(input: { users: $users }) { userErrors { code } }
}
"""


def weekdays(count):
    days = (date(2026, 3, 2) + timedelta(days=each) for each in range(2 * count))
    return [day.isoformat() for day in days if day.weekday() < 5][:count]


async def test_the_defaults_admit_a_batch_of_1000_and_a_page_of_500(http):
    users = [builders.user(sourceId=str(each), roleId="5") for each in range(1, 11)]
    await http.post(
        DIRECTORY,
        variables={
            "companies": [builders.company()],
            "roles": [builders.role()],
            "users": users,
        },
    )
    reference = builders.reference(
        status="SUCCESSFUL",
        externalMessage="imported",
        externalLink="https://example.com/1",
        externalStatus="done",
        locked=False,
    )
    entries = [
        builders.entry(userId=user["sourceId"], requestedDate=day, externalReference=reference)
        for user in users
        for day in weekdays(100)
    ]
    created = await http.post(BATCH, variables={"input": {"timeOffEntries": entries}})
    page = await http.post(FULL_PAGE, variables={"size": 500})

    payload = created.json()["data"]["createTimeOffEntries"]
    assert (len(payload["timeOffEntries"]), payload["userErrors"]) == (1_000, [])
    edges = page.json()["data"]["timeOffEntries"]["edges"]
    assert len(edges) == 500
    assert all(
        edge["node"]["user"]["role"] and edge["node"]["externalReferences"] for edge in edges
    )
