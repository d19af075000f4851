"""The same key twice: one thing done, one answer; another input is refused."""

import asyncio
from typing import Any

import pytest

from tests.builders import (
    COMPANY,
    MONDAY,
    PERSON,
    TUESDAY,
    entry,
    node_id,
    person_time_off,
    reference,
)
from tests.graphql.api import REFUSAL, put_entries, put_person_time_off, refusal

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("5.1")]

ENTRY = """
fragment Entry on TimeOffEntry {
  id sourceId hours requestedDate submissionDate createdAt updatedAt user { sourceId fullName }
}
"""
RECORD = """
fragment Record on PersonTimeOff {
  id sourceId startDay endDay isPaid reason repeat cadence repeatEndDay
  batchStartTime batchEndTime createdAt updatedAt person { sourceId }
  instances { id startDay }
}
"""
CREATE_ENTRIES = (
    """
    mutation Create($input: CreateTimeOffEntriesInput!) {
      createTimeOffEntries(input: $input) {
        results { index outcome timeOffEntry { id } }
        timeOffEntries { ...Entry }
        userErrors { ...Refusal }
        warnings { code message path }
      }
    }
    """
    + ENTRY
    + REFUSAL
)
UPDATE_ENTRY = (
    """
    mutation Update($input: UpdateTimeOffEntryInput!) {
      updateTimeOffEntry(input: $input) {
        timeOffEntry { ...Entry } userErrors { ...Refusal } warnings { code message path }
      }
    }
    """
    + ENTRY
    + REFUSAL
)
DELETE_ENTRIES = (
    """
    mutation Delete($input: DeleteTimeOffEntriesInput!) {
      deleteTimeOffEntries(input: $input) { deletedIds userErrors { ...Refusal } }
    }
    """
    + REFUSAL
)
CREATE_RECORD = (
    """
    mutation Create($input: CreatePersonTimeOffInput!) {
      createPersonTimeOff(input: $input) {
        personTimeOff { ...Record } userErrors { ...Refusal } warnings { code message path }
      }
    }
    """
    + RECORD
    + REFUSAL
)
UPDATE_RECORD = (
    """
    mutation Update($input: UpdatePersonTimeOffInput!) {
      updatePersonTimeOff(input: $input) {
        personTimeOff { ...Record } userErrors { ...Refusal } warnings { code message path }
      }
    }
    """
    + RECORD
    + REFUSAL
)
DELETE_RECORD = (
    """
    mutation Delete($input: DeletePersonTimeOffInput!) {
      deletePersonTimeOff(input: $input) { deletedId userErrors { ...Refusal } }
    }
    """
    + REFUSAL
)

ENTRIES = {"timeOffEntries": [entry(hours=1.1), entry(requestedDate=TUESDAY)]}
WEEKLY = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-16"}
REUSED = refusal("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")


async def make_both(ask):
    """Store entry 1 and a record of person time off; return the record's id."""
    await put_entries(ask, entry())
    return await put_person_time_off(ask)


async def requests_of(ask):
    """Each keyed mutation: its document, an input, and another input."""
    record_id = await make_both(ask)
    return {
        "createTimeOffEntries": (
            CREATE_ENTRIES,
            ENTRIES,
            {"timeOffEntries": [entry(hours=1.2), entry(requestedDate=TUESDAY)]},
        ),
        "updateTimeOffEntry": (UPDATE_ENTRY, {"id": "1", "hours": 3.3}, {"id": "1", "hours": 3.4}),
        "deleteTimeOffEntries": (DELETE_ENTRIES, {"ids": ["1"]}, {"ids": ["2"]}),
        "createPersonTimeOff": (
            CREATE_RECORD,
            person_time_off(**WEEKLY, batchStartTime="07:01"),
            person_time_off(**WEEKLY, batchStartTime="07:01", isPaid=False),
        ),
        "updatePersonTimeOff": (
            UPDATE_RECORD,
            {"id": record_id, "reason": "family", "batchEndTime": "14:59"},
            {"id": record_id, "reason": "other", "batchEndTime": "14:59"},
        ),
        "deletePersonTimeOff": (DELETE_RECORD, {"id": record_id}, {"id": PERSON}),
    }


MUTATIONS = pytest.mark.parametrize(
    "mutation",
    [
        "createTimeOffEntries",
        "updateTimeOffEntry",
        "deleteTimeOffEntries",
        "createPersonTimeOff",
        "updatePersonTimeOff",
        "deletePersonTimeOff",
    ],
)


@MUTATIONS
async def test_the_same_key_does_one_thing_and_answers_alike_with_ids_and_warnings(
    ask, stored, mutation
):
    document, given, _ = (await requests_of(ask))[mutation]

    first = await ask(document, input=given | {"idempotencyKey": "k-1"})
    before = await stored()
    second = await ask(document, input=given | {"idempotencyKey": "k-1"})

    assert first["data"][mutation]["userErrors"] == []
    assert first["data"][mutation].get("warnings") != []
    assert second == first
    assert await stored() == before


@MUTATIONS
async def test_the_same_key_at_once_does_one_thing_and_answers_alike(ask, another_api, mutation):
    document, given, _ = (await requests_of(ask))[mutation]

    async with another_api() as other:
        answers = await asyncio.gather(
            *(each(document, input=given | {"idempotencyKey": "k-1"}) for each in (ask, other) * 4)
        )

    assert answers[0]["data"][mutation]["userErrors"] == []
    assert answers == [answers[0]] * 8


@MUTATIONS
async def test_the_same_key_with_another_input_is_refused(ask, stored, mutation):
    document, given, other = (await requests_of(ask))[mutation]
    await ask(document, input=given | {"idempotencyKey": "k-1"})
    before = await stored()

    answer = await ask(document, input=other | {"idempotencyKey": "k-1"})

    assert answer["data"][mutation]["userErrors"] == [REUSED]
    assert not any(
        value for name, value in answer["data"][mutation].items() if name != "userErrors"
    )
    assert await stored() == before


@MUTATIONS
async def test_a_request_that_was_refused_keeps_no_key(ask, mutation):
    document, given, _ = (await requests_of(ask))[mutation]
    bad: Any = {
        "createTimeOffEntries": {"timeOffEntries": [entry(hours=9)]},
        "updateTimeOffEntry": {"id": "1", "hours": 9},
        "deleteTimeOffEntries": {"ids": ["404"]},
        "createPersonTimeOff": person_time_off(personId="ffffffff-ffff-4fff-8fff-ffffffffffff"),
        "updatePersonTimeOff": {"id": given.get("id"), "batchEndTime": "07:00"},
        "deletePersonTimeOff": {"id": PERSON},
    }[mutation]

    refused = await ask(document, input=bad | {"idempotencyKey": "k-1"})
    carried_out = await ask(document, input=given | {"idempotencyKey": "k-1"})

    assert refused["data"][mutation]["userErrors"] != []
    assert carried_out["data"][mutation]["userErrors"] == []


@MUTATIONS
async def test_another_key_is_another_request(ask, mutation):
    document, given, _ = (await requests_of(ask))[mutation]

    await ask(document, input=given | {"idempotencyKey": "k-1"})
    await ask(document, input=given | {"idempotencyKey": "k-2"})
    both = await ask(
        "query Changes($id: ID!) { changes(companyId: $id, first: 500) { nodes { sequence } } }",
        id=COMPANY,
    )

    # Deletes are refused the second time, and an update to the same changes nothing.
    expected = {"createTimeOffEntries": 4, "createPersonTimeOff": 2}.get(mutation, 1)
    written_before = 7  # company, user, person, two workers, an entry and a record
    assert len(both["data"]["changes"]["nodes"]) == written_before + expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            {"requestedDate": "2026-03-02"}, {"requestedDate": "3/2/26"}, id="forms of a day"
        ),
        pytest.param({"userId": "1"}, {"userId": node_id("User", 1)}, id="source id, node id"),
        pytest.param({"hours": 4}, {"hours": 4.0}, id="4 and 4.0"),
        pytest.param({"hours": 3.3}, {"hours": 1.1 + 2.2}, id="3.3 and a sum of floats"),
        pytest.param({"externalReference": None}, {}, id="null and left out"),
        pytest.param(
            {"externalReference": reference()},
            {"externalReference": reference(locked=False, status=None)},
            id="defaults of a reference",
        ),
    ],
)
async def test_entries_that_are_equal_after_parsing_are_the_same_request(ask, one, other):
    first = await ask(
        CREATE_ENTRIES, input={"timeOffEntries": [entry(**one)], "idempotencyKey": "k"}
    )
    second = await ask(
        CREATE_ENTRIES,
        input={"timeOffEntries": [entry(**other)], "idempotencyKey": "k", "dryRun": False},
    )

    assert first["data"]["createTimeOffEntries"]["userErrors"] == []
    assert second == first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            {"startDay": "2026-03-02", "endDay": "2026-03-02"},
            {"startDay": "03/02/26", "endDay": "3/2/26"},
            id="forms of a day",
        ),
        pytest.param(
            {"batchStartTime": "07:00"}, {"batchStartTime": "7:00am"}, id="forms of a time"
        ),
        pytest.param(
            {"companyId": COMPANY, "personId": PERSON},
            {"companyId": node_id("Company", COMPANY), "personId": node_id("Person", PERSON)},
            id="source ids, node ids",
        ),
        pytest.param({"personId": PERSON}, {"personId": PERSON.upper()}, id="case of a UUID"),
        pytest.param(
            {},
            {"applyToSaturday": False, "applyToSunday": False, "repeat": "NEVER", "cadence": None},
            id="defaults and left out",
        ),
        pytest.param({}, {"cadence": 7, "repeatEndDay": MONDAY}, id="what NEVER ignores"),
    ],
)
async def test_records_that_are_equal_after_parsing_are_the_same_request(ask, one, other):
    first = await ask(CREATE_RECORD, input=person_time_off(**one, idempotencyKey="k"))
    second = await ask(CREATE_RECORD, input=person_time_off(**other, idempotencyKey="k"))

    assert first["data"]["createPersonTimeOff"]["userErrors"] == []
    assert second == first


async def test_ids_of_either_form_are_the_same_delete(ask):
    await put_entries(ask, entry())

    first = await ask(DELETE_ENTRIES, input={"ids": ["1"], "idempotencyKey": "k"})
    second = await ask(
        DELETE_ENTRIES, input={"ids": [node_id("TimeOffEntry", 1)], "idempotencyKey": "k"}
    )

    deleted = {"deletedIds": [node_id("TimeOffEntry", 1)], "userErrors": []}
    assert first == second == {"data": {"deleteTimeOffEntries": deleted}}


async def test_a_key_belongs_to_one_operation(ask):
    record_id = await make_both(ask)

    answers = [
        await ask(UPDATE_ENTRY, input={"id": "1", "hours": 2, "idempotencyKey": "k"}),
        await ask(UPDATE_RECORD, input={"id": record_id, "isPaid": False, "idempotencyKey": "k"}),
        await ask(DELETE_ENTRIES, input={"ids": ["1"], "idempotencyKey": "k"}),
        await ask(DELETE_RECORD, input={"id": record_id, "idempotencyKey": "k"}),
    ]

    assert [each["userErrors"] for answer in answers for each in answer["data"].values()] == [
        []
    ] * 4


async def test_an_entry_that_was_deleted_since_is_answered_from_what_was_kept(ask):
    given = ENTRIES | {"idempotencyKey": "k"}
    first = await ask(CREATE_ENTRIES, input=given)
    await ask(DELETE_ENTRIES, input={"ids": ["1", "2"]})

    second = await ask(CREATE_ENTRIES, input=given)

    assert second == first
    assert await ask("{ timeOffEntries { totalCount } }") == {
        "data": {"timeOffEntries": {"totalCount": 0}}
    }


@pytest.mark.rule("4.6")
@pytest.mark.parametrize("mutation", ["create", "update"])
async def test_a_record_that_was_deleted_since_is_answered_without_its_reason(ask, mutation):
    if mutation == "create":
        document, given = CREATE_RECORD, person_time_off(**WEEKLY)
    else:
        document, given = UPDATE_RECORD, {"id": await put_person_time_off(ask), "isPaid": False}
    first = await ask(document, input=given | {"idempotencyKey": "k"})
    (payload,) = first["data"].values()
    await ask(DELETE_RECORD, input={"id": payload["personTimeOff"]["id"]})

    second = await ask(document, input=given | {"idempotencyKey": "k"})

    assert payload["personTimeOff"]["reason"] == "vacation"
    payload["personTimeOff"]["reason"] = None
    assert second == first


async def test_an_answer_is_the_first_one_though_the_record_changed_since(ask):
    given = person_time_off(idempotencyKey="k")
    first = await ask(CREATE_RECORD, input=given)
    id_ = first["data"]["createPersonTimeOff"]["personTimeOff"]["id"]
    await ask(UPDATE_RECORD, input={"id": id_, "isPaid": False, "startDay": "2026-02-27"})

    assert await ask(CREATE_RECORD, input=given) == first


async def test_what_an_answer_links_to_is_read_afresh(ask):
    given = ENTRIES | {"idempotencyKey": "k"}
    await ask(CREATE_ENTRIES, input=given)
    await ask(
        """
        mutation Rename($user: UserInput!) { upsertUsers(input: {users: [$user]}) {
          userErrors { code }
        } }
        """,
        user={"sourceId": "1", "companyId": COMPANY, "fullName": "Ada King"},
    )

    answer = await ask(CREATE_ENTRIES, input=given)

    names = {
        each["user"]["fullName"]
        for each in answer["data"]["createTimeOffEntries"]["timeOffEntries"]
    }
    assert names == {"Ada King"}


@pytest.mark.parametrize(
    ("document", "given"),
    [
        pytest.param(CREATE_ENTRIES, ENTRIES, id="entries"),
        pytest.param(CREATE_RECORD, person_time_off(), id="person time off"),
    ],
)
async def test_a_dry_run_neither_keeps_a_key_nor_is_answered_by_one(ask, stored, document, given):
    keyed = given | {"idempotencyKey": "k"}
    before = await stored()
    await ask(document, input=keyed | {"dryRun": True})
    assert await stored() == before

    first = await ask(document, input=keyed)
    dry = await ask(document, input=keyed | {"dryRun": True})

    (first_payload,), (dry_payload,) = first["data"].values(), dry["data"].values()
    assert first_payload["userErrors"] == dry_payload["userErrors"] == []
    assert dry_payload != first_payload
    assert await ask(document, input=keyed) == first


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("k" * 256, id="256 characters"),
        pytest.param("schlüssel", id="not ASCII"),
        pytest.param("a\x00", id="NUL"),
    ],
)
@MUTATIONS
async def test_a_key_is_printable_ascii_of_1_to_255_characters(ask, stored, mutation, key):
    document, given, _ = (await requests_of(ask))[mutation]
    before = await stored()

    answer = await ask(document, input=given | {"idempotencyKey": key})

    assert answer["data"][mutation]["userErrors"] == [refusal("INVALID_VALUE", "idempotencyKey")]
    assert await stored() == before


@pytest.mark.parametrize("key", [" ", "~" * 255, "A key: {1}"])
async def test_every_printable_ascii_key_is_taken(ask, key):
    given = ENTRIES | {"idempotencyKey": key}
    first = await ask(CREATE_ENTRIES, input=given)

    assert first["data"]["createTimeOffEntries"]["userErrors"] == []
    assert await ask(CREATE_ENTRIES, input=given) == first


@pytest.mark.rule("4.6")
async def test_no_reason_is_kept_beside_a_key_nor_in_the_changes(ask, stored):
    id_ = (await ask(CREATE_RECORD, input=person_time_off(reason="medical", idempotencyKey="k")))[
        "data"
    ]["createPersonTimeOff"]["personTimeOff"]["id"]
    await ask(UPDATE_RECORD, input={"id": id_, "reason": "surgery", "idempotencyKey": "k"})

    rows = await stored()
    told = repr([rows["idempotency_keys"], rows["changes"]])

    assert len(rows["idempotency_keys"]) == 2
    assert "medical" not in told
    assert "surgery" not in told
