"""References to other systems: required fields, unique services, and retries that are safe."""

import asyncio

import pytest

from tests.builders import COMPANY, MONDAY, TUESDAY, entry, node_id, reference, user
from tests.graphql.api import REFUSAL, put, put_entries, refusal

pytestmark = pytest.mark.usefixtures("everyone")

CREATE = (
    """
    mutation Create($input: CreateTimeOffEntriesInput!) {
      createTimeOffEntries(input: $input) {
        results { outcome }
        timeOffEntries {
          sourceId hours externalReferences { serviceName serviceModelRef }
        }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
UPDATE = (
    """
    mutation Update($input: UpdateTimeOffEntryInput!) {
      updateTimeOffEntry(input: $input) {
        timeOffEntry { hours externalReferences { serviceName serviceModelRef status } }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
DELETE = "mutation Delete($id: ID!) { deleteTimeOffEntries(input: {ids: [$id]}) { deletedIds } }"
JIRA = {"serviceName": "jira", "serviceModelRef": "TIME-7"}
ITEM_0 = ("timeOffEntries", "0", "externalReference")


async def create(ask, *entries):
    answer = await ask(CREATE, input={"timeOffEntries": list(entries)})
    return answer["data"]["createTimeOffEntries"]


async def update(ask, **given):
    answer = await ask(UPDATE, input={"id": "1", "hours": 4} | given)
    return answer["data"]["updateTimeOffEntry"]


def outcome(what, hours, *references, source_id="1"):
    shown = {"sourceId": source_id, "hours": hours, "externalReferences": list(references)}
    return {"results": [{"outcome": what}], "timeOffEntries": [shown], "userErrors": []}


def conflict(*path, existing=None, existing_path=None):
    return {
        "results": [],
        "timeOffEntries": [],
        "userErrors": [
            refusal(
                "EXTERNAL_REFERENCE_CONFLICT",
                *path,
                typename="ExternalReferenceConflict",
                existing=existing,
                existingPath=existing_path,
            )
        ],
    }


@pytest.mark.rule("2.7")
async def test_a_reference_answers_what_was_said_of_it(ask):
    said = reference(
        status="PENDING",
        externalMessage="waits for approval 🏖️",
        externalLink="https://jira.example/browse/TIME-7",
        externalStatus="In review",
        locked=True,
    )
    await put_entries(ask, entry(externalReference=said))

    answer = await ask(
        """
        { externalReferences { nodes {
            id serviceName serviceModel serviceModelRef status
            externalMessage externalLink externalStatus locked broughtHours
            subject { __typename id sourceId totalHours }
        } } }
        """
    )

    expected = {
        "id": node_id("ExternalReference", 1),
        **said,
        "broughtHours": 4.0,
        "subject": {
            "__typename": "TimeOffEntry",
            "id": node_id("TimeOffEntry", 1),
            "sourceId": "1",
            "totalHours": 4.0,
        },
    }
    assert answer == {"data": {"externalReferences": {"nodes": [expected]}}}


@pytest.mark.rule("2.7")
async def test_what_is_left_out_of_a_reference_is_null_and_not_locked(ask):
    await put_entries(ask, entry(externalReference=reference()))

    answer = await ask(
        """
        { timeOffEntry(id: 1) { externalReferences {
            status externalMessage externalLink externalStatus locked
        } } }
        """
    )

    expected = {
        "status": None,
        "externalMessage": None,
        "externalLink": None,
        "externalStatus": None,
        "locked": False,
    }
    assert answer == {"data": {"timeOffEntry": {"externalReferences": [expected]}}}


@pytest.mark.rule("2.7")
@pytest.mark.parametrize("field", ["serviceName", "serviceModel", "serviceModelRef"])
@pytest.mark.parametrize("blank", ["", " \t"], ids=["empty", "blank"])
async def test_a_reference_names_service_model_and_object(ask, field, blank):
    answer = await create(ask, entry(externalReference=reference(**{field: blank})))

    assert answer == {
        "results": [],
        "timeOffEntries": [],
        "userErrors": [refusal("INVALID_VALUE", *ITEM_0, field)],
    }


@pytest.mark.rule("2.7")
async def test_another_reference_of_the_same_service_is_refused_naming_the_one_that_stands(ask):
    await create(ask, entry(externalReference=reference()))

    answer = await create(
        ask, entry(hours=1, externalReference=reference(serviceModelRef="TIME-8"))
    )

    assert answer == conflict(*ITEM_0, existing=JIRA)


@pytest.mark.rule("2.7")
async def test_another_reference_of_the_same_service_in_the_request_is_named_by_its_path(ask):
    answer = await create(
        ask,
        entry(externalReference=reference()),
        entry(hours=1, externalReference=reference(serviceModelRef="TIME-8")),
    )

    assert answer == conflict(
        "timeOffEntries",
        "1",
        "externalReference",
        existing_path=["timeOffEntries", "0", "externalReference"],
    )


@pytest.mark.rule("2.7")
async def test_references_of_several_services_stand_on_one_entry_oldest_first(ask):
    await create(ask, entry(hours=1, externalReference=reference()))
    answer = await create(
        ask, entry(hours=2, externalReference=reference(serviceName="adp", serviceModelRef="9"))
    )

    assert answer == outcome("COMBINED", 3.0, JIRA, {"serviceName": "adp", "serviceModelRef": "9"})


@pytest.mark.rule("2.8")
async def test_a_replay_adds_nothing_in_another_request_and_in_the_same(ask, stored):
    item = entry(externalReference=reference())
    created = await create(ask, item, item)
    before = await stored()
    replayed = await create(ask, item)

    twice = outcome("CREATED", 4.0, JIRA)
    twice["results"].append({"outcome": "UNCHANGED"})
    assert created == twice
    assert replayed == outcome("UNCHANGED", 4.0, JIRA)
    assert await stored() == before


@pytest.mark.rule("2.8")
async def test_the_other_attributes_of_a_replay_are_ignored(ask, stored):
    await create(ask, entry(externalReference=reference(status="PENDING")))
    before = await stored()

    answer = await create(
        ask, entry(externalReference=reference(status="FAILED", externalMessage="no"))
    )

    assert answer == outcome("UNCHANGED", 4.0, JIRA)
    assert await stored() == before


@pytest.mark.rule("2.8")
async def test_a_replay_on_a_full_day_is_no_refusal(ask):
    await create(ask, entry(hours=8, externalReference=reference()))

    answer = await create(ask, entry(hours=8, externalReference=reference()))

    assert answer == outcome("UNCHANGED", 8.0, JIRA)


@pytest.mark.rule("2.8")
async def test_a_replay_with_other_hours_is_refused(ask, stored):
    await create(ask, entry(hours=4, externalReference=reference()))
    before = await stored()

    answer = await create(ask, entry(hours=3.75, externalReference=reference()))

    assert answer == conflict(*ITEM_0, existing=JIRA)
    assert await stored() == before


@pytest.mark.rule("2.8")
async def test_a_replay_after_an_update_still_adds_nothing(ask):
    await create(ask, entry(hours=4, externalReference=reference()))
    await update(ask, hours=6)

    same_hours = await create(ask, entry(hours=4, externalReference=reference()))
    new_hours = await create(ask, entry(hours=6, externalReference=reference()))

    assert same_hours == outcome("UNCHANGED", 6.0, JIRA)
    assert new_hours == conflict(*ITEM_0, existing=JIRA)


@pytest.mark.rule("2.8")
async def test_a_replay_after_a_delete_creates_anew(ask):
    await create(ask, entry(externalReference=reference()))
    await ask(DELETE, id="1")

    answer = await create(ask, entry(externalReference=reference()))

    assert answer == outcome("CREATED", 4.0, JIRA, source_id="2")
    left = await ask("{ externalReferences { totalCount } }")
    assert left == {"data": {"externalReferences": {"totalCount": 1}}}


@pytest.mark.rule("2.8")
async def test_the_same_reference_on_other_days_and_users_is_independent(ask):
    await put(ask, users=[user(sourceId="2", fullName="Bob")])

    answer = await create(
        ask,
        entry(externalReference=reference()),
        entry(hours=1, requestedDate=TUESDAY, externalReference=reference()),
        entry(hours=2, userId="2", externalReference=reference()),
    )

    assert answer["userErrors"] == []
    assert [each["outcome"] for each in answer["results"]] == ["CREATED"] * 3


@pytest.mark.rule("2.8")
async def test_a_reference_sent_ten_times_at_once_adds_its_hours_once(ask):
    item = entry(hours=1, externalReference=reference())

    answers = await asyncio.gather(*(create(ask, item) for _ in range(10)))

    outcomes = sorted(answer["results"][0]["outcome"] for answer in answers)
    assert outcomes == ["CREATED"] + ["UNCHANGED"] * 9
    assert {answer["timeOffEntries"][0]["hours"] for answer in answers} == {1.0}


@pytest.mark.rule("2.9")
async def test_an_update_overwrites_the_reference_of_its_service_and_keeps_what_it_brought(ask):
    await create(ask, entry(hours=4, externalReference=reference(status="PENDING")))

    answer = await update(
        ask, hours=5, externalReference=reference(serviceModelRef="TIME-9", status="SUCCESSFUL")
    )

    shown = {"serviceName": "jira", "serviceModelRef": "TIME-9", "status": "SUCCESSFUL"}
    assert answer == {
        "timeOffEntry": {"hours": 5.0, "externalReferences": [shown]},
        "userErrors": [],
    }
    replay = await create(
        ask, entry(hours=4, externalReference=reference(serviceModelRef="TIME-9"))
    )
    assert [each["outcome"] for each in replay["results"]] == ["UNCHANGED"]


@pytest.mark.rule("2.9")
async def test_an_update_adds_a_reference_of_a_new_service_that_brought_the_new_hours(ask):
    await create(ask, entry(hours=4, externalReference=reference()))
    adp = reference(serviceName="adp", serviceModelRef="9")

    answer = await update(ask, hours=6.5, externalReference=adp)

    assert answer == {
        "timeOffEntry": {
            "hours": 6.5,
            "externalReferences": [
                JIRA | {"status": None},
                {"serviceName": "adp", "serviceModelRef": "9", "status": None},
            ],
        },
        "userErrors": [],
    }
    replay = await create(ask, entry(hours=6.5, externalReference=adp))
    assert [each["outcome"] for each in replay["results"]] == ["UNCHANGED"]


@pytest.mark.rule("2.9")
async def test_an_update_that_says_the_same_again_changes_nothing(ask, stored):
    await create(ask, entry(hours=4, externalReference=reference()))
    before = await stored()

    await update(ask, hours=4, externalReference=reference())

    assert await stored() == before


@pytest.mark.rule("2.9")
async def test_a_refused_update_says_where_its_reference_is_unfit(ask):
    await create(ask, entry())

    answer = await update(ask, externalReference=reference(serviceName="", externalLink="a\x00b"))

    assert answer == {
        "timeOffEntry": None,
        "userErrors": [
            refusal("INVALID_VALUE", "externalReference", "serviceName"),
            refusal("INVALID_VALUE", "externalReference", "externalLink"),
        ],
    }


async def test_deleting_an_entry_deletes_its_references(ask):
    await create(ask, entry(externalReference=reference()))
    await ask(DELETE, id="1")

    answer = await ask(
        "query Gone($id: ID!) { node(id: $id) { id } externalReferences { totalCount } }",
        id=node_id("ExternalReference", 1),
    )

    assert answer == {"data": {"node": None, "externalReferences": {"totalCount": 0}}}


async def test_a_conflict_shows_the_whole_reference_that_stands(ask):
    await create(ask, entry(externalReference=reference(status="FAILED")))

    answer = await ask(
        """
        mutation Create($input: CreateTimeOffEntriesInput!) {
          createTimeOffEntries(input: $input) { userErrors { ... on ExternalReferenceConflict {
            existing { id status subject {
              sourceId worker { company { sourceId } } days { date }
            } }
          } } }
        }
        """,
        input={"timeOffEntries": [entry(hours=2, externalReference=reference())]},
    )

    existing = {
        "id": node_id("ExternalReference", 1),
        "status": "FAILED",
        "subject": {
            "sourceId": "1",
            "worker": {"company": {"sourceId": COMPANY}},
            "days": [{"date": MONDAY}],
        },
    }
    assert answer == {"data": {"createTimeOffEntries": {"userErrors": [{"existing": existing}]}}}
