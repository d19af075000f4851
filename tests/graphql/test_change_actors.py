"""The change feed says who, through which door and by which request; and can be asked by it."""

import json

import pytest

from tests.builders import COMPANY, MONDAY, OTHER_COMPANY, TUESDAY, company, entry, node_id, user
from tests.graphql.api import gateway, put, put_entries

FEED = """
query Feed($companyId: ID!, $filter: ChangeFilter, $first: Int, $after: String) {
  changes(companyId: $companyId, filter: $filter, first: $first, after: $after) {
    nodes { sequence operation subjectType actor { kind id name } via requestId }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def feed(ask, **variables):
    answer = await ask(FEED, companyId=COMPANY, **variables)
    return answer["data"]["changes"]


async def numbers(ask, wanted=None, **variables):
    page = await feed(ask, filter=wanted, **variables)
    return [int(each["sequence"]) for each in page["nodes"]]


async def test_each_face_is_named_with_the_request_that_its_answer_names(database_url):
    async with gateway(database_url) as client:

        async def ask(document, **variables):
            answer = await client.post(
                "/graphql",
                json={"query": document, "variables": variables},
                headers={"X-Request-Id": "by-graphql"},
            )
            return answer.json()

        await put(ask, companies=[company()], users=[user()])
        kantata = {"time_off_entry": {"user_id": 1, "hours": 1, "requested_date": MONDAY}}
        rest = await client.post("/kantata/api/v1/time_off_entries", json=kantata)
        assert rest.status_code == 200, rest.text
        page = await feed(ask)

    local = {"kind": "LOCAL", "id": "local", "name": "local"}
    assert [each["actor"] for each in page["nodes"]] == [local] * len(page["nodes"])
    assert [(each["via"], each["requestId"]) for each in page["nodes"]] == [
        *[("GRAPHQL", "by-graphql")] * 3,
        ("KANTATA_REST", rest.headers["x-request-id"]),
    ]


@pytest.fixture
async def told(ask):
    """Nine changes: a company, two users with their workers, three entries, one deleted."""
    await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
    await put(ask, users=[user(), user(sourceId="2", fullName="Grace Hopper")])
    await put_entries(ask, entry(), entry(requestedDate=TUESDAY), entry(userId="2"))
    await ask('mutation { deleteTimeOffEntries(input: {ids: ["2"]}) { deletedIds } }')
    return ask


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({}, [1, 2, 3, 4, 5, 6, 7, 8, 9], id="an empty filter"),
        pytest.param({"actorIds": ["local"]}, [1, 2, 3, 4, 5, 6, 7, 8, 9], id="the actor"),
        pytest.param({"actorIds": ["token:1"]}, [], id="another actor"),
        pytest.param({"actorIds": []}, [], id="no actor"),
        pytest.param({"subjectTypes": ["User"]}, [2, 3], id="a type"),
        pytest.param({"subjectTypes": ["User", "Company"]}, [1, 2, 3], id="two types"),
        pytest.param({"subjectId": node_id("TimeOffEntry", 2)}, [7, 9], id="what is gone"),
        pytest.param({"subjectId": node_id("TimeOffEntry", 99)}, [], id="what never was"),
        pytest.param({"operations": ["DELETED"]}, [9], id="deletions"),
        pytest.param({"at": {"since": "2099-01-01T00:00:00Z"}}, [], id="later"),
        pytest.param({"at": {"until": "2099-01-01T00:00:00Z"}, "operations": ["DELETED"]}, [9]),
        pytest.param(
            {"subjectId": node_id("User", 1), "subjectTypes": ["Company"]}, [], id="both hold"
        ),
    ],
)
async def test_what_fits_everything_given_is_found(told, wanted, expected):
    assert await numbers(told, wanted) == expected


async def test_a_cursor_fits_with_any_filter_and_without(told):
    first = await feed(told, filter={"subjectTypes": ["TimeOffEntry"]}, first=2)
    cursor = first["pageInfo"]["endCursor"]

    assert [each["sequence"] for each in first["nodes"]] == ["6", "7"]
    assert first["pageInfo"]["hasNextPage"]
    assert await numbers(told, after=cursor) == [8, 9]
    assert await numbers(told, {"operations": ["DELETED"]}, after=cursor) == [9]
    nothing = await feed(told, filter={"operations": ["UPDATED"]}, after=cursor)
    assert nothing == {
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": True,
            "startCursor": None,
            "endCursor": cursor,
        },
    }


@pytest.mark.parametrize(
    ("wanted", "code", "path"),
    [
        ({"subjectTypes": ["User", "Nothing"]}, "BAD_USER_INPUT", "subjectTypes.1"),
        ({"subjectTypes": ["CalendarFeed"]}, None, None),
        ({"subjectId": "7"}, "BAD_USER_INPUT", "subjectId"),
        ({"actorIds": ["nul\x00"]}, "BAD_USER_INPUT", "actorIds.0"),
        ({"actorIds": [f"token:{n}" for n in range(20)]}, None, None),
        ({"actorIds": [f"token:{n}" for n in range(21)]}, "BAD_USER_INPUT", "actorIds"),
    ],
)
async def test_what_no_filter_can_be_is_refused_where_it_stands(told, wanted, code, path):
    answer = await told(FEED, companyId=COMPANY, filter=wanted)

    if code is None:
        assert "errors" not in answer, answer
        return
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == code, json.dumps(error)
    assert ".".join(map(str, error["extensions"]["path"])) == f"filter.{path}"
