"""Every object can be fetched again by its node id; ids of other types name nothing."""

import pytest

from tests.builders import (
    COMPANY,
    PERSON,
    UNKNOWN_UUID,
    entry,
    holiday,
    node_id,
    reference,
    role,
    uuid,
    workweek,
)
from tests.graphql.api import put, put_entries, put_person_time_off

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("6.2")]

NODES = "query Find($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
NODE = "query Find($id: ID!) { node(id: $id) { __typename id } }"
EVERY_ID = """
{
  companies { nodes { __typename id } }
  roles { nodes { __typename id } }
  users { nodes { __typename id } }
  people { nodes { __typename id } }
  workers { nodes { __typename id } }
  holidays { nodes { __typename id } }
  workweeks { nodes { __typename id } }
  timeOffEntries { nodes { __typename id } }
  externalReferences { nodes { __typename id } }
  personTimeOffs { nodes { __typename id } }
}
"""


async def test_every_object_is_found_by_its_id_alone_and_among_others(ask):
    await put(ask, roles=[role()], holidays=[holiday()], workweeks=[workweek()])
    await put_entries(ask, entry(externalReference=reference()))
    await put_person_time_off(ask)
    answer = await ask(EVERY_ID)
    objects = [node for connection in answer["data"].values() for node in connection["nodes"]]

    together = await ask(NODES, ids=[each["id"] for each in objects])
    alone = [(await ask(NODE, id=each["id"]))["data"]["node"] for each in objects]

    assert len({each["__typename"] for each in objects}) == 10
    assert together == {"data": {"nodes": objects}}
    assert alone == objects


async def test_nodes_are_answered_in_the_order_of_their_ids_and_null_where_there_is_none(ask):
    user_id, person_id = node_id("User", 1), node_id("Person", PERSON)

    answer = await ask(NODES, ids=[person_id, node_id("User", 404), user_id, person_id])

    person = {"__typename": "Person", "id": person_id}
    user = {"__typename": "User", "id": user_id}
    assert answer == {"data": {"nodes": [person, None, user, person]}}


async def test_an_instance_is_reached_through_its_record_only(ask):
    answer = await ask(NODE, id=node_id("TimeOffInstance", UNKNOWN_UUID))

    assert answer == {"data": {"node": None}}


@pytest.mark.parametrize(
    "id_",
    [
        pytest.param("1", id="a source id"),
        pytest.param(COMPANY, id="a UUID"),
        pytest.param("", id="empty"),
        pytest.param(node_id("Nothing", 1), id="no type"),
        pytest.param(node_id("User", "x"), id="no key"),
        pytest.param(node_id("User", "01"), id="a leading zero"),
        pytest.param(node_id("User", 1) + "=", id="padded once more"),
        pytest.param("VXNlcjoxMh==", id="other spare bits than VXNlcjoxMg=="),
        pytest.param(" " + node_id("User", 1), id="a space before it"),
        pytest.param(node_id("User", 1) + "\n", id="a line break behind it"),
        pytest.param("VXNlcjox\ud800", id="a lone surrogate"),
        pytest.param("\uff36XNlcjox", id="a wide letter"),
        pytest.param(node_id("User", "9" * 20), id="20 digits"),
    ],
)
async def test_node_takes_node_ids_only(ask, id_):
    alone = await ask(NODE, id=id_)
    together = await ask(NODES, ids=[node_id("User", 1), id_])

    places = {
        (error["extensions"]["code"], *error["extensions"]["path"])
        for answer in (alone, together)
        for error in answer["errors"]
    }
    assert places == {("BAD_USER_INPUT", "id"), ("BAD_USER_INPUT", "ids", "1")}


FIELDS = ["timeOffEntry", "personTimeOff", "user", "role", "person", "company", "worker"]
EACH = f"query Find($id: ID!) {{ {' '.join(f'{field}(id: $id) {{ id }}' for field in FIELDS)} }}"
NOTHING = dict.fromkeys(FIELDS)


async def test_an_id_of_another_type_names_nothing(ask):
    await put_entries(ask, entry())

    answer = await ask(EACH, id=node_id("Workweek", uuid(1)))

    assert answer == {"data": NOTHING}


@pytest.mark.parametrize(
    "id_", ["", "1_000", " 7 ", "007", "+5", "-1", "0", "1.0", "\u0667", "x", "7\x00", "\ud800"]
)
async def test_an_ill_formed_id_is_bad_input(ask, id_):
    answer = await ask(EACH, id=id_)

    assert answer["data"] == NOTHING
    assert {error["path"][0]: error["extensions"] for error in answer["errors"]} == {
        field: {"code": "BAD_USER_INPUT", "path": ["id"]} for field in FIELDS
    }


async def test_ids_may_be_sent_as_numbers(ask):
    answer = await ask(
        "query Find($id: ID!) { user(id: $id) { id } same: user(id: 1) { id } }", id=1
    )

    user = {"id": node_id("User", 1)}
    assert answer == {"data": {"user": user, "same": user}}


@pytest.mark.parametrize("number", [str(2**63 - 1), "9" * 19])
async def test_a_number_that_nobody_has_is_unknown(ask, number):
    answer = await ask("query Find($id: ID!) { user(id: $id) { id } }", id=number)

    assert answer == {"data": {"user": None}}


async def test_a_thousand_ids_are_taken_and_no_more(ask):
    ids = [node_id("User", number) for number in range(1, 1002)]

    enough = await ask(NODES, ids=ids[:1000])
    too_many = await ask(NODES, ids=ids)

    user = {"__typename": "User", "id": ids[0]}
    assert enough == {"data": {"nodes": [user] + [None] * 999}}
    assert [error["extensions"] for error in too_many["errors"]] == [
        {"code": "BAD_USER_INPUT", "path": ["ids"]}
    ]
