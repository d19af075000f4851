"""An update or delete of what somebody else has changed since is refused, and says what it is."""

from datetime import datetime, timedelta

import pytest

from tests.builders import MONDAY, TUESDAY, WEDNESDAY, entry, node_id, reference
from tests.graphql.api import put_entries, refusal
from tests.graphql.expected_versions import (
    DELETE_ENTRIES,
    EACH,
    UPDATE_ENTRY,
    both,
    change_both,
    entry_version,
    given_for,
)

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("5.4")]


@EACH
async def test_what_is_as_it_was_seen_is_written(ask, name):
    document, given, seen = await given_for(ask, name, await both(ask))

    answer = await ask(document, input=given | {"ifUnchangedSince": seen})

    assert answer["data"]["answer"]["userErrors"] == []


@EACH
async def test_what_was_changed_since_is_refused_with_what_it_is_now(ask, stored, name):
    record = await both(ask)
    document, given, seen = await given_for(ask, name, record)
    await change_both(ask, record)
    before = await stored()

    answer = await ask(document, input=given | {"ifUnchangedSince": seen})

    assert await stored() == before
    (error,) = answer["data"]["answer"]["userErrors"]
    _, _, now = await given_for(ask, name, record)
    place = ["ids", "0"] if name == "deleteTimeOffEntries" else ["ifUnchangedSince"]
    is_entry = "Entr" in name
    current = (
        {"id": node_id("TimeOffEntry", 1), "totalHours": 6.0, "externalReferences": []}
        if is_entry
        else {
            "id": node_id("PersonTimeOff", record),
            "totalHours": 8.0,
            "isPaid": True,
            "reason": "theirs",
        }
    )
    assert error == refusal(
        "CHANGED_SINCE",
        *place,
        typename="ChangedSince",
        updatedAt=now,
        current=current | {"updatedAt": now},
    )
    assert seen < now
    # What the refusal says is what to send once it was looked at.
    again = await ask(document, input=given | {"ifUnchangedSince": error["updatedAt"]})
    assert again["data"]["answer"]["userErrors"] == []


@EACH
async def test_null_is_the_same_as_left_out(ask, name):
    record = await both(ask)
    document, given, _ = await given_for(ask, name, record)
    await change_both(ask, record)

    answer = await ask(document, input=given | {"ifUnchangedSince": None})

    assert answer["data"]["answer"]["userErrors"] == []


@pytest.mark.parametrize("name", ["updateTimeOffEntry", "updatePersonTimeOff"])
async def test_what_an_update_answers_is_the_version_for_the_next(ask, name):
    document, given, seen = await given_for(ask, name, await both(ask))
    shown = {"updateTimeOffEntry": "timeOffEntry", "updatePersonTimeOff": "personTimeOff"}[name]

    versions = [seen]
    for value in (3, 4, 5):
        changed = {"hours": value} if "hours" in given else {"reason": str(value)}
        answer = await ask(document, input=given | changed | {"ifUnchangedSince": versions[-1]})
        assert answer["data"]["answer"]["userErrors"] == []
        versions.append(answer["data"]["answer"][shown]["updatedAt"])

    assert versions == sorted(set(versions))


@pytest.mark.parametrize("name", ["updateTimeOffEntry", "updatePersonTimeOff"])
async def test_an_update_that_changes_nothing_leaves_the_version(ask, name):
    document, given, seen = await given_for(ask, name, await both(ask))
    same = {"hours": 4} if "hours" in given else {"isPaid": True, "reason": "vacation"}

    answer = await ask(document, input=given | same | {"ifUnchangedSince": seen})

    assert answer["data"]["answer"]["userErrors"] == []
    assert (await given_for(ask, name, given.get("id")))[2] == seen


@pytest.mark.parametrize("name", ["updateTimeOffEntry", "updatePersonTimeOff"])
@pytest.mark.parametrize("later", [-1, 1])
async def test_a_version_that_never_was_is_refused(ask, stored, name, later):
    document, given, seen = await given_for(ask, name, await both(ask))
    never = datetime.fromisoformat(seen) + timedelta(milliseconds=later)
    before = await stored()

    answer = await ask(document, input=given | {"ifUnchangedSince": never.isoformat()})

    assert [each["code"] for each in answer["data"]["answer"]["userErrors"]] == ["CHANGED_SINCE"]
    assert await stored() == before


async def test_the_same_instant_in_another_offset_is_the_same_version(ask):
    await put_entries(ask, entry())
    seen = datetime.fromisoformat(await entry_version(ask))
    elsewhere = seen.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo)

    answer = await ask(
        UPDATE_ENTRY, input={"id": "1", "hours": 2, "ifUnchangedSince": elsewhere.isoformat()}
    )

    assert answer["data"]["answer"]["userErrors"] == []


@pytest.mark.rule("2.9")
async def test_a_reference_that_was_put_on_an_entry_is_a_change_of_it(ask, stored):
    """Whoever has not seen it would overwrite it, or delete it with the entry."""
    await put_entries(ask, entry())
    seen = await entry_version(ask)
    with_reference = {"id": "1", "hours": 4, "externalReference": reference()}
    put_on = await ask(UPDATE_ENTRY, input=with_reference | {"ifUnchangedSince": seen})
    assert put_on["data"]["answer"]["timeOffEntry"]["updatedAt"] > seen
    before = await stored()

    other = reference(serviceModelRef="TIME-8")
    updated = await ask(
        UPDATE_ENTRY,
        input={"id": "1", "hours": 4, "externalReference": other, "ifUnchangedSince": seen},
    )
    deleted = await ask(DELETE_ENTRIES, input={"ids": ["1"], "ifUnchangedSince": [seen]})

    for answer in (updated, deleted):
        (error,) = answer["data"]["answer"]["userErrors"]
        assert error["code"] == "CHANGED_SINCE"
        assert error["current"]["externalReferences"] == [{"serviceModelRef": "TIME-7"}]
    assert await stored() == before
    # Sent as it stands it changes nothing.
    now = await entry_version(ask)
    await ask(UPDATE_ENTRY, input=with_reference)
    assert await entry_version(ask) == now


async def test_of_many_each_that_was_changed_is_named_by_its_place(ask, stored):
    days = (MONDAY, TUESDAY, WEDNESDAY)
    await put_entries(ask, *(entry(requestedDate=day) for day in days))
    seen = [await entry_version(ask, id_) for id_ in ("3", "2", "1")]
    for id_ in ("1", "3"):
        await ask(UPDATE_ENTRY, input={"id": id_, "hours": 5})
    before = await stored()

    answer = await ask(DELETE_ENTRIES, input={"ids": ["3", "2", "1"], "ifUnchangedSince": seen})

    errors = answer["data"]["answer"]["userErrors"]
    assert [(each["code"], each["path"]) for each in errors] == [
        ("CHANGED_SINCE", ["ids", "0"]),
        ("CHANGED_SINCE", ["ids", "2"]),
    ]
    assert [each["current"]["id"] for each in errors] == [
        node_id("TimeOffEntry", id_) for id_ in (3, 1)
    ]
    assert await stored() == before


async def test_one_of_many_that_was_changed_before_another_was_seen_is_refused(ask):
    """Each is compared with what was seen of itself, not with the latest of all."""
    await put_entries(ask, entry(), entry(requestedDate=TUESDAY))
    seen_first = await entry_version(ask, "1")
    await ask(UPDATE_ENTRY, input={"id": "1", "hours": 5})
    mine = await ask(UPDATE_ENTRY, input={"id": "2", "hours": 5})
    seen = [seen_first, mine["data"]["answer"]["timeOffEntry"]["updatedAt"]]

    answer = await ask(DELETE_ENTRIES, input={"ids": ["1", "2"], "ifUnchangedSince": seen})

    errors = answer["data"]["answer"]["userErrors"]
    assert [each["path"] for each in errors] == [["ids", "0"]]


async def test_one_instant_for_all_refuses_what_was_changed_later(ask):
    await put_entries(ask, entry(), entry(requestedDate=TUESDAY))
    looked_at = max([await entry_version(ask, "1"), await entry_version(ask, "2")])
    await ask(UPDATE_ENTRY, input={"id": "2", "hours": 5})

    many = {"ids": ["1", "2"], "ifUnchangedSince": looked_at}
    answer = await ask(DELETE_ENTRIES, input=many)
    one = await ask(DELETE_ENTRIES, input=many | {"ids": ["1"]})

    errors = answer["data"]["answer"]["userErrors"]
    assert [each["path"] for each in errors] == [["ids", "1"]]
    assert one["data"]["answer"]["userErrors"] == []


async def test_an_entry_named_twice_is_held_to_the_earlier_version(ask):
    await put_entries(ask, entry())
    seen = await entry_version(ask)
    await ask(UPDATE_ENTRY, input={"id": "1", "hours": 5})
    now = await entry_version(ask)

    for versions in ([seen, now], [now, seen]):
        answer = await ask(DELETE_ENTRIES, input={"ids": ["1", "1"], "ifUnchangedSince": versions})
        assert [each["path"] for each in answer["data"]["answer"]["userErrors"]] == [["ids", "0"]]


@pytest.mark.parametrize("count", [0, 2, 4])
async def test_so_many_versions_as_ids_are_expected(ask, stored, count):
    ids = await put_entries(
        ask, *(entry(requestedDate=day) for day in (MONDAY, TUESDAY, WEDNESDAY))
    )
    seen = await entry_version(ask)
    before = await stored()

    answer = await ask(DELETE_ENTRIES, input={"ids": ids, "ifUnchangedSince": [seen] * count})

    assert answer["data"]["answer"] == {
        "deletedIds": [],
        "userErrors": [refusal("INVALID_VALUE", "ifUnchangedSince")],
    }
    assert await stored() == before


async def test_beside_what_was_changed_the_unknown_are_named(ask):
    await put_entries(ask, entry())
    seen = await entry_version(ask)
    await ask(UPDATE_ENTRY, input={"id": "1", "hours": 5})

    answer = await ask(DELETE_ENTRIES, input={"ids": ["404", "1"], "ifUnchangedSince": seen})

    errors = answer["data"]["answer"]["userErrors"]
    assert [(each["code"], each["path"]) for each in errors] == [
        ("NOT_FOUND", ["ids", "0"]),
        ("CHANGED_SINCE", ["ids", "1"]),
    ]
