"""Dry runs: the same answer by the same code, and nothing stored."""

import pytest

from tests.builders import (
    MONDAY,
    TUESDAY,
    entry,
    node_id,
    person_time_off,
    reference,
)
from tests.graphql.api import REFUSAL, put_entries, put_person_time_off, refusal

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("6.5")]

CREATE_ENTRIES = (
    """
    mutation Create($input: CreateTimeOffEntriesInput!) {
      createTimeOffEntries(input: $input) {
        results { index outcome }
        timeOffEntries {
          id hours requestedDate user { fullName }
          externalReferences { serviceModelRef }
        }
        userErrors { ...Refusal }
        warnings { code path }
      }
    }
    """
    + REFUSAL
)
CREATE_RECORD = (
    """
    mutation Create($input: CreatePersonTimeOffInput!) {
      createPersonTimeOff(input: $input) {
        personTimeOff {
          id endDay totalHours reason days { date } person { fullName timeOff { totalCount } }
          instances { id startDay hours }
        }
        userErrors { ...Refusal }
        warnings { code path }
      }
    }
    """
    + REFUSAL
)
NODE = "query Find($ids: [ID!]!) { nodes(ids: $ids) { id } }"
WEEKLY = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-16"}


async def test_a_dry_create_of_entries_answers_as_the_real_one_but_for_ids(ask, stored):
    await put_entries(ask, entry(hours=1, requestedDate=TUESDAY, externalReference=reference()))
    given = {
        "timeOffEntries": [
            entry(hours=1.1),
            entry(requestedDate=TUESDAY, hours=1, externalReference=reference()),
            entry(requestedDate=TUESDAY, hours=2),
        ]
    }
    before = await stored()

    dry = await ask(CREATE_ENTRIES, input=given | {"dryRun": True})
    after = await stored()
    real = await ask(CREATE_ENTRIES, input=given)

    assert after == before
    dry_entries = dry["data"]["createTimeOffEntries"]["timeOffEntries"]
    provisional, known = (each.pop("id") for each in dry_entries)
    real_entries = real["data"]["createTimeOffEntries"]["timeOffEntries"]
    assert [each.pop("id") for each in real_entries] == [node_id("TimeOffEntry", 2), known]
    assert dry == real
    found = await ask(NODE, ids=[provisional, known])
    assert found == {"data": {"nodes": [None, {"id": known}]}}


async def test_links_from_a_dry_run_show_what_is_stored(ask):
    dry = await ask(
        CREATE_ENTRIES,
        input={"timeOffEntries": [entry(externalReference=reference())], "dryRun": True},
    )

    (shown,) = dry["data"]["createTimeOffEntries"]["timeOffEntries"]
    assert shown == {
        "id": shown["id"],
        "hours": 4.0,
        "requestedDate": MONDAY,
        "user": {"fullName": "Ada Lovelace"},
        "externalReferences": [],
    }


async def test_a_dry_create_is_refused_as_the_real_one(ask):
    given = {"timeOffEntries": [entry(hours=8.25), entry(userId="9")]}

    dry = await ask(CREATE_ENTRIES, input=given | {"dryRun": True})

    assert len(dry["data"]["createTimeOffEntries"]["userErrors"]) == 2
    assert dry == await ask(CREATE_ENTRIES, input=given)


async def test_a_dry_create_of_a_record_answers_as_the_real_one_but_for_ids(ask, stored):
    await put_person_time_off(ask)
    given = person_time_off(**WEEKLY, batchStartTime="07:01")
    before = await stored()

    dry = await ask(CREATE_RECORD, input=given | {"dryRun": True})
    after = await stored()
    real = await ask(CREATE_RECORD, input=given)

    assert after == before
    ids = []
    for answer in (dry, real):
        shown = answer["data"]["createPersonTimeOff"]["personTimeOff"]
        ids.append([shown.pop("id"), *(each.pop("id") for each in shown["instances"])])
    assert len({*ids[0], *ids[1]}) == 8
    dry_shown = dry["data"]["createPersonTimeOff"]["personTimeOff"]
    # Links show what is stored: the person has the one record from before.
    assert dry_shown["person"]["timeOff"] == {"totalCount": 1}
    real_shown = real["data"]["createPersonTimeOff"]["personTimeOff"]
    dry_shown["person"] = real_shown["person"]
    assert dry == real
    assert await ask(NODE, ids=[ids[0][0]]) == {"data": {"nodes": [None]}}


async def test_a_dry_create_of_a_record_is_refused_as_the_real_one(ask):
    given = person_time_off(endDay="2026-03-01", reason=" ")

    dry = await ask(CREATE_RECORD, input=given | {"dryRun": True})

    assert len(dry["data"]["createPersonTimeOff"]["userErrors"]) == 2
    assert dry == await ask(CREATE_RECORD, input=given)


DELETE_ENTRIES = (
    """
    mutation Delete($input: DeleteTimeOffEntriesInput!) {
      deleteTimeOffEntries(input: $input) { deletedIds userErrors { ...Refusal } }
    }
    """
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


async def test_a_dry_delete_of_entries_answers_as_the_real_one(ask, stored):
    await put_entries(ask, entry(externalReference=reference()), entry(requestedDate=TUESDAY))
    before = await stored()

    dry = await ask(DELETE_ENTRIES, input={"ids": ["2", "1"], "dryRun": True})

    assert await stored() == before
    ids = [node_id("TimeOffEntry", 2), node_id("TimeOffEntry", 1)]
    assert dry == {"data": {"deleteTimeOffEntries": {"deletedIds": ids, "userErrors": []}}}
    assert dry == await ask(DELETE_ENTRIES, input={"ids": ["2", "1"]})


async def test_a_dry_delete_of_a_record_answers_as_the_real_one(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    before = await stored()

    dry = await ask(DELETE_RECORD, input={"id": id_, "dryRun": True})

    assert await stored() == before
    deleted = {"deletedId": node_id("PersonTimeOff", id_), "userErrors": []}
    assert dry == {"data": {"deletePersonTimeOff": deleted}}
    assert dry == await ask(DELETE_RECORD, input={"id": id_})


async def test_a_dry_delete_is_refused_as_the_real_one(ask):
    answer = await ask(DELETE_ENTRIES, input={"ids": ["1"], "dryRun": True})

    refused = {"deletedIds": [], "userErrors": [refusal("NOT_FOUND", "ids", "0")]}
    assert answer == {"data": {"deleteTimeOffEntries": refused}}
