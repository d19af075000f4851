"""What somebody else has made of the directory meanwhile is not written over unseen (rule 5.4)."""

import asyncio

import pytest

from tests.builders import company, holiday, person, role, user, workweek
from tests.graphql.api import put

pytestmark = pytest.mark.rule("5.4")

NOUNS = {
    "companies": (company, "CompanyInput", {"name": "Other"}),
    "roles": (role, "RoleInput", {"name": "Other"}),
    "users": (user, "UserInput", {"headline": "Other"}),
    "people": (person, "PersonInput", {"jobTitle": "Other"}),
    "workweeks": (workweek, "WorkweekInput", {"effectiveTo": "2030-12-31"}),
    "holidays": (holiday, "HolidayInput", {"name": "Other"}),
}


def upserting(noun):
    """The document that stores items of a noun, and tells why it does not."""
    return f"""
    mutation($items: [{NOUNS[noun][1]}!]!) {{
      answer: upsert{noun.title()}(input: {{{noun}: $items}}) {{
        items: {noun} {{ id version }}
        userErrors {{
          __typename code path
          ... on ItemChangedSince {{ version current {{ __typename id }} }}
        }}
      }}
    }}
    """


async def send(ask, noun, *items):
    answer = await ask(upserting(noun), items=list(items))
    assert "errors" not in answer, answer
    return answer["data"]["answer"]


async def stored_item(ask, noun):
    """The item as its builder has it, stored with what it is of; and what is answered of it."""
    if noun != "companies":
        await put(ask, companies=[company()])
    item = NOUNS[noun][0]()
    payload = await send(ask, noun, item)
    assert payload["userErrors"] == []
    return item, payload["items"][0]


async def test_what_was_changed_since_is_told_and_not_written_over(ask, stored):
    for noun in NOUNS:
        item, seen = await stored_item(ask, noun)
        ours = item | {"ifUnchanged": seen["version"]}
        (same,) = (await send(ask, noun, ours))["items"]
        assert same == seen
        (theirs,) = (await send(ask, noun, item | NOUNS[noun][2]))["items"]
        assert theirs["id"] == seen["id"]
        assert theirs["version"] != seen["version"]
        before = await stored()

        payload = await send(ask, noun, ours)
        # An empty version is that of what was not there.
        again = await send(ask, noun, item | {"ifUnchanged": ""})

        assert payload == again
        (error,) = payload["userErrors"]
        assert (error["__typename"], error["code"]) == ("ItemChangedSince", "CHANGED_SINCE")
        assert error["path"] == [noun, "0", "ifUnchanged"]
        assert error["version"] == theirs["version"]
        assert error["current"]["id"] == seen["id"]
        assert await stored() == before
        # Whoever has looked at it sends what was told.
        after = await send(ask, noun, ours | {"ifUnchanged": error["version"]})
        assert [each["id"] for each in after["items"]] == [seen["id"]]


async def test_what_is_gone_is_not_made_again_and_what_is_new_is_made(ask):
    await put(ask, companies=[company()])
    (made,) = (await send(ask, "holidays", holiday(ifUnchanged="")))["items"]
    delete = "mutation($id: ID!) { deleteHolidays(input: {ids: [$id]}) { deletedIds } }"
    await ask(delete, id=made["id"])

    refused = await send(ask, "holidays", holiday(ifUnchanged=made["version"]))

    (error,) = refused["userErrors"]
    assert (error["code"], error["version"], error["current"]) == ("CHANGED_SINCE", None, None)


async def test_of_several_each_that_was_changed_is_named_and_none_is_stored(ask, stored):
    await put(ask, companies=[company()])
    users = [user(sourceId=str(number), fullName=f"User {number}") for number in (1, 2, 3)]
    seen = (await send(ask, "users", *users))["items"]
    await send(ask, "users", users[0] | {"headline": "x"}, users[2] | {"headline": "x"})
    before = await stored()

    payload = await send(
        ask,
        "users",
        *(
            each | {"ifUnchanged": was["version"], "headline": "y"}
            for each, was in zip(users, seen, strict=True)
        ),
    )

    assert [each["path"] for each in payload["userErrors"]] == [
        ["users", "0", "ifUnchanged"],
        ["users", "2", "ifUnchanged"],
    ]
    assert await stored() == before


async def test_a_list_and_a_node_tell_the_same_version(ask):
    for noun in NOUNS:
        _, seen = await stored_item(ask, noun)
        type_ = NOUNS[noun][1].removesuffix("Input")
        listed = await ask(f"{{ {noun} {{ nodes {{ id version }} }} }}")
        node = f"query($id: ID!) {{ node(id: $id) {{ id ... on {type_} {{ version }} }} }}"

        assert listed["data"][noun]["nodes"] == [seen]
        assert (await ask(node, id=seen["id"]))["data"]["node"] == seen


async def test_of_two_at_once_one_is_stored_and_the_other_told(ask):
    item, seen = await stored_item(ask, "workweeks")

    payloads = await asyncio.gather(
        *(
            send(ask, "workweeks", item | {"ifUnchanged": seen["version"], "monday": minutes})
            for minutes in (60, 120)
        )
    )

    assert sorted(len(each["items"]) for each in payloads) == [0, 1]
    (refused,) = [each for payload in payloads for each in payload["userErrors"]]
    (made,) = [each for payload in payloads for each in payload["items"]]
    assert (refused["code"], refused["version"]) == ("CHANGED_SINCE", made["version"])
