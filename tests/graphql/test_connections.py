"""Pages of lists: each item once whatever the order, the size and the direction."""

import asyncio
import base64
import json
from typing import Any

import pytest

from app.domain.workers import name_key
from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    TUESDAY,
    WEDNESDAY,
    company,
    entry,
    holiday,
    person,
    person_time_off,
    reference,
    role,
    user,
    uuid,
    workweek,
)
from tests.graphql.api import CREATE_PERSON_TIME_OFF, api, put, put_entries

pytestmark = pytest.mark.rule("6.4")

ITEMS = 7
PAGE = """
query Page($first: Int, $after: String, $last: Int, $before: String) {{
  list: {list}(first: $first, after: $after, last: $last, before: $before{arguments}) {{
    totalCount
    edges {{ cursor node {{ id }} }}
    nodes {{ id }}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
  }}
}}
"""
LISTS = {
    "companies": "companies",
    "roles": "roles",
    "users": "users",
    "people": "people",
    "workers": "workers",
    "holidays": "holidays",
    "workweeks": "workweeks",
    "external references": "externalReferences",
    "entries": "timeOffEntries",
    "person time off": "personTimeOffs",
    **{
        f"entries by {field} {direction}": (
            "timeOffEntries",
            f", orderBy: {{field: {field}, direction: {direction}}}",
        )
        for field in ("ID", "REQUESTED_DATE", "CREATED_AT")
        for direction in ("ASC", "DESC")
    },
    **{
        f"person time off by {field} {direction}": (
            "personTimeOffs",
            f", orderBy: {{field: {field}, direction: {direction}}}",
        )
        for field in ("START_DAY", "CREATED_AT")
        for direction in ("ASC", "DESC")
    },
}
EACH_LIST = pytest.mark.parametrize("name", list(LISTS))


def document_of(name):
    list_, arguments = LISTS[name] if isinstance(LISTS[name], tuple) else (LISTS[name], "")
    return PAGE.format(list=list_, arguments=arguments)


async def fill(database_url):
    """Seven of everything, with names, days and instants that tie."""
    async with api(database_url) as ask:
        numbers = range(1, ITEMS + 1)
        await put(ask, companies=[company()])
        await put(
            ask,
            companies=[company(sourceId=uuid(n), name=f"Co {n % 2}") for n in range(2, ITEMS + 1)],
            roles=[role(sourceId=str(n), name=f"Role {n % 3}") for n in numbers],
            users=[user(sourceId=str(n), fullName=f"Émile {n % 2}") for n in numbers],
            people=[person(sourceId=uuid(n), lastName=f"{n % 2}") for n in numbers],
            holidays=[holiday(sourceId=str(n), startDate=MONDAY) for n in numbers],
            workweeks=[workweek(userId=str(n)) for n in numbers],
        )
        await put(ask, holidays=[holiday(sourceId=str(n)) for n in numbers])
        days = ("2026-03-05", "2026-03-06")
        await put_entries(
            ask,
            *(
                entry(userId=str(n), requestedDate=days[n % 2], externalReference=reference())
                for n in numbers
            ),
        )
        for n in numbers:
            given = person_time_off(personId=uuid(n), startDay=(MONDAY, TUESDAY)[n % 2])
            given["endDay"] = WEDNESDAY
            await ask(CREATE_PERSON_TIME_OFF, input=given)


@pytest.fixture(scope="module")
def filled_url(module_database_url):
    asyncio.run(fill(module_database_url))
    return module_database_url


@pytest.fixture
async def ask(filled_url):
    """These tests only read, so they share one database."""
    async with api(filled_url) as ask:
        yield ask


async def page(ask, name, **arguments):
    answer = await ask(document_of(name), **arguments)
    return answer["data"]["list"]


async def whole(ask, name):
    return await page(ask, name, first=500)


@EACH_LIST
async def test_a_whole_list_says_that_there_is_no_more(ask, name):
    list_ = await whole(ask, name)

    items = 14 if name == "workers" else ITEMS
    ids = [edge["node"]["id"] for edge in list_["edges"]]
    assert list_["totalCount"] == len(set(ids)) == len(ids) == items
    assert list_["nodes"] == [{"id": id_} for id_ in ids]
    assert list_["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": list_["edges"][0]["cursor"],
        "endCursor": list_["edges"][-1]["cursor"],
    }


@EACH_LIST
@pytest.mark.parametrize("size", [1, 3, 7])
async def test_paging_forward_visits_each_item_once_in_order(ask, name, size):
    expected = (await whole(ask, name))["edges"]

    seen, cursor = [], None
    while True:
        list_ = await page(ask, name, first=size, after=cursor)
        seen += list_["edges"]
        assert len(list_["edges"]) <= size
        assert list_["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        if not list_["pageInfo"]["hasNextPage"]:
            break
        cursor = list_["pageInfo"]["endCursor"]

    assert seen == expected


@EACH_LIST
@pytest.mark.parametrize("size", [1, 3, 7])
async def test_paging_backward_visits_each_item_once_in_order(ask, name, size):
    expected = (await whole(ask, name))["edges"]

    seen: list[Any] = []
    cursor = None
    while True:
        list_ = await page(ask, name, last=size, before=cursor)
        seen = list_["edges"] + seen
        assert list_["pageInfo"]["hasNextPage"] is (cursor is not None)
        if not list_["pageInfo"]["hasPreviousPage"]:
            break
        cursor = list_["pageInfo"]["startCursor"]

    assert seen == expected


@EACH_LIST
async def test_after_and_before_together_give_what_lies_between(ask, name):
    edges = (await whole(ask, name))["edges"]
    ends = {"after": edges[0]["cursor"], "before": edges[5]["cursor"]}

    forward = await page(ask, name, first=3, **ends)
    backward = await page(ask, name, last=3, **ends)
    reversed_ = await page(ask, name, first=3, after=ends["before"], before=ends["after"])

    assert forward["edges"] == edges[1:4]
    assert backward["edges"] == edges[2:5]
    assert reversed_["edges"] == []


async def test_descending_is_ascending_reversed(ask):
    for list_, fields in (
        ("entries", ("ID", "REQUESTED_DATE", "CREATED_AT")),
        ("person time off", ("START_DAY", "CREATED_AT")),
    ):
        for field in fields:
            up = await whole(ask, f"{list_} by {field} ASC")
            down = await whole(ask, f"{list_} by {field} DESC")
            assert down["nodes"] == up["nodes"][::-1]


@pytest.mark.parametrize(
    ("list_", "shown", "key"),
    [
        pytest.param(
            "timeOffEntries",
            "requestedDate user { sourceId }",
            lambda node: (node["requestedDate"], int(node["user"]["sourceId"])),
            id="entries by requested date, then user",
        ),
        pytest.param(
            "personTimeOffs",
            "startDay sourceId",
            lambda node: (node["startDay"], node["sourceId"]),
            id="person time off by start day, then id",
        ),
        pytest.param(
            "workers",
            "fullName id",
            lambda node: (name_key(node["fullName"]), base64.b64decode(node["id"])),
            id="workers by full name, then id",
        ),
        pytest.param(
            "users",
            "fullName sourceId",
            lambda node: (name_key(node["fullName"]), int(node["sourceId"])),
            id="users by full name, then id",
        ),
    ],
)
async def test_the_default_order(ask, list_, shown, key):
    answer = await ask(f"{{ {list_} {{ nodes {{ {shown} }} }} }}")

    nodes = answer["data"][list_]["nodes"]
    assert nodes == sorted(nodes, key=key)
    assert len(nodes) >= ITEMS


async def test_twenty_items_are_a_page_when_no_size_is_given(ask, filled_url):
    answer = await ask(
        "query Feed($id: ID!) { changes(companyId: $id) { nodes { sequence } } }", id=COMPANY
    )

    assert len(answer["data"]["changes"]["nodes"]) == 20


SIZES = [
    pytest.param({"first": 0}, ["first"], id="none"),
    pytest.param({"first": -1}, ["first"], id="less than none"),
    pytest.param({"first": 501}, ["first"], id="more than 500"),
    pytest.param({"last": 0}, ["last"], id="none from the end"),
    pytest.param({"last": 501}, ["last"], id="more than 500 from the end"),
    pytest.param({"first": 1, "last": 1}, ["last"], id="first and last"),
    pytest.param({"after": "nonsense"}, ["after"], id="no cursor"),
    pytest.param({"before": ""}, ["before"], id="an empty cursor"),
]


@pytest.mark.parametrize("name", ["users", "entries", "person time off by CREATED_AT DESC"])
@pytest.mark.parametrize(("arguments", "path"), SIZES)
async def test_paging_arguments_that_do_not_fit_are_bad_input(ask, name, arguments, path):
    answer = await ask(document_of(name), **arguments)

    assert answer["data"] is None
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BAD_USER_INPUT", "path": path}
    ]


async def test_a_cursor_of_another_order_is_bad_input(ask):
    names = list(LISTS)
    cursors = {name: (await whole(ask, name))["edges"][0]["cursor"] for name in names}
    # Lists without an order of their own to choose share what their default is called.
    orders = {
        name: json.loads(base64.urlsafe_b64decode(cursors[name] + "==="))[0] for name in names
    }
    by_order = {orders[name]: name for name in names}

    assert len(by_order) == 12
    for order, name in by_order.items():
        for other_order, other in by_order.items():
            if order != other_order:
                answer = await ask(document_of(name), first=1, after=cursors[other])
                assert [error["extensions"] for error in answer["errors"]] == [
                    {"code": "BAD_USER_INPUT", "path": ["after"]}
                ]


async def test_a_cursor_may_be_used_with_another_filter(ask):
    document = """
    query Page($after: String, $ids: [ID!]) {
      timeOffEntries(filter: {userIds: $ids}, after: $after) {
        edges { cursor node { user { sourceId } requestedDate } }
      }
    }
    """
    everything = (await ask(document))["data"]["timeOffEntries"]["edges"]

    answer = await ask(document, after=everything[3]["cursor"], ids=["1", "7"])

    rest = [edge for edge in everything[4:] if edge["node"]["user"]["sourceId"] in {"1", "7"}]
    assert answer["data"]["timeOffEntries"]["edges"] == rest
    assert rest


async def test_a_cursor_still_holds_its_place_when_its_item_is_gone(ask):
    edges = (await whole(ask, "entries by ID ASC"))["edges"]
    gone = base64.urlsafe_b64encode(b'["ID",0]').decode().rstrip("=")

    list_ = await page(ask, "entries by ID ASC", first=2, after=gone)

    assert list_["edges"] == edges[:2]


@pytest.mark.parametrize(
    ("parents", "children", "parents_of_children"),
    [
        ("users", "timeOffEntries", "user"),
        ("people", "timeOff", "person"),
    ],
)
async def test_each_parent_has_pages_of_its_own(ask, parents, children, parents_of_children):
    answer = await ask(
        f"""
        {{ {parents} {{ nodes {{ id {children}(first: 1) {{
            totalCount
            nodes {{ {parents_of_children} {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage }}
        }} }} }} }}
        """
    )

    nodes = answer["data"][parents]["nodes"]
    no_more = {"hasNextPage": False, "hasPreviousPage": False}
    assert len(nodes) == ITEMS
    assert nodes == [
        {
            "id": node["id"],
            children: {
                "totalCount": 1,
                "nodes": [{parents_of_children: {"id": node["id"]}}],
                "pageInfo": no_more,
            },
        }
        for node in nodes
    ]


async def test_a_company_without_anything_has_an_empty_page(ask):
    answer = await ask(
        """
        query Page($id: ID!) { users(filter: {companyId: $id}) {
          totalCount edges { cursor } nodes { id }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        } }
        """,
        id=OTHER_COMPANY,
    )

    assert answer["data"]["users"] == {
        "totalCount": 0,
        "edges": [],
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


@EACH_LIST
async def test_an_empty_page_ends_where_it_was_asked_to_begin(ask, name):
    edges = (await whole(ask, name))["edges"]
    first, last = edges[0]["cursor"], edges[-1]["cursor"]

    behind = await page(ask, name, first=5, after=last)
    in_front = await page(ask, name, last=5, before=first)
    between = await page(ask, name, first=5, after=last, before=first)

    shown = [list_["edges"] for list_ in (behind, in_front, between)]
    ends = [
        (list_["pageInfo"]["startCursor"], list_["pageInfo"]["endCursor"])
        for list_ in (behind, in_front, between)
    ]
    assert shown == [[], [], []]
    assert ends == [(None, last), (first, None), (first, last)]


@pytest.mark.parametrize(
    "list_",
    [
        pytest.param('schedule(from: "2026-03-02", to: "2026-03-03"', id="schedule"),
        pytest.param(f'changes(companyId: "{COMPANY}"', id="changes"),
    ],
)
async def test_a_reader_that_asks_again_after_a_quiet_page_does_not_begin_anew(ask, list_):
    document = (
        f"query Page($after: String) {{ list: {list_}, first: 500, after: $after) "
        "{ nodes { __typename } pageInfo { endCursor } } }"
    )
    cursor, sizes = None, []
    for _ in range(4):
        found = (await ask(document, after=cursor))["data"]["list"]
        cursor = found["pageInfo"]["endCursor"]
        sizes.append(len(found["nodes"]))

    assert sizes[0] > 0
    assert sizes[1:] == [0, 0, 0]


@pytest.mark.parametrize(("parent", "children"), [("user(id: 1)", "timeOffEntries")])
async def test_an_empty_page_of_a_parents_children_ends_where_it_began(ask, parent, children):
    document = f"""
    query Page($after: String) {{
      parent: {parent} {{ {children}(after: $after) {{
        edges {{ cursor }} pageInfo {{ startCursor endCursor }}
      }} }}
    }}
    """
    everything = (await ask(document))["data"]["parent"][children]["edges"]
    last = everything[-1]["cursor"]

    quiet = (await ask(document, after=last))["data"]["parent"][children]

    assert quiet == {"edges": [], "pageInfo": {"startCursor": None, "endCursor": last}}


async def test_pages_of_a_users_entries_follow_each_other(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user(), user(sourceId="2", fullName="Bob")])
        days = [f"2026-03-{day:02}" for day in (2, 3, 4, 5, 6)]
        await put_entries(
            ask, *(entry(userId=who, requestedDate=day) for day in days for who in ("1", "2"))
        )
        document = """
        query Page($first: Int, $after: String, $last: Int, $before: String) {
          user(id: 1) { timeOffEntries(
            first: $first, after: $after, last: $last, before: $before
            orderBy: {field: REQUESTED_DATE, direction: DESC}
          ) { totalCount nodes { requestedDate } pageInfo { startCursor endCursor hasNextPage } } }
        }
        """

        async def of_user(**arguments):
            answer = await ask(document, **arguments)
            return answer["data"]["user"]["timeOffEntries"]

        first = await of_user(first=2)
        second = await of_user(first=2, after=first["pageInfo"]["endCursor"])
        back = await of_user(last=1, before=second["pageInfo"]["startCursor"])

    shown = [[node["requestedDate"] for node in each["nodes"]] for each in (first, second, back)]
    assert shown == [days[:2:-1], days[2:0:-1], [days[3]]]
    assert [each["totalCount"] for each in (first, second, back)] == [5, 5, 5]
