"""An entry goes to another day with its references, whole or not at all (rule 2.11)."""

import pytest

from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    SATURDAY,
    TUESDAY,
    WEDNESDAY,
    entry,
    node_id,
    reference,
)
from tests.graphql.api import REFUSAL, put_entries, refusal

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("2.11")]

MOVE = (
    """
    mutation Move($input: MoveTimeOffEntryInput!) {
      moveTimeOffEntry(input: $input) {
        timeOffEntry {
          sourceId hours requestedDate submissionDate updatedAt
          externalReferences { serviceName serviceModelRef externalMessage }
        }
        deletedId
        days { date hoursOff availableHours }
        warnings { code path }
        userErrors { ...Refusal }
      }
    }
    """
    + REFUSAL
)
LIST = """{ timeOffEntries { nodes {
  sourceId hours requestedDate externalReferences { serviceModelRef } } } }"""


async def move(ask, id_, day, **given):
    answer = await ask(MOVE, input={"id": id_, "requestedDate": day, **given})
    return answer["data"]["moveTimeOffEntry"]


async def days(ask):
    answer = await ask(LIST)
    return {
        each["requestedDate"]: (
            each["hours"],
            [one["serviceModelRef"] for one in each["externalReferences"]],
        )
        for each in answer["data"]["timeOffEntries"]["nodes"]
    }


@pytest.fixture
async def made(ask):
    """Four hours of a ticket on a Monday."""
    (id_,) = await put_entries(ask, entry(externalReference=reference(externalMessage="Moving")))
    return id_


async def test_it_is_on_the_other_day_with_its_reference_and_nowhere_else(ask, made):
    moved = await move(ask, made, WEDNESDAY)

    assert moved["userErrors"] == []
    assert moved["warnings"] == []
    assert moved["timeOffEntry"]["sourceId"] != made
    assert moved["timeOffEntry"]["hours"] == 4
    (kept,) = moved["timeOffEntry"]["externalReferences"]
    assert (kept["serviceModelRef"], kept["externalMessage"]) == ("TIME-7", "Moving")
    assert await days(ask) == {WEDNESDAY: (4, ["TIME-7"])}


async def test_it_may_have_other_hours_there(ask, made):
    moved = await move(ask, made, TUESDAY, hours=7.1)

    assert [each["code"] for each in moved["warnings"]] == ["NOT_QUARTER_HOUR"]
    assert await days(ask) == {TUESDAY: (7.1, ["TIME-7"])}


async def test_a_dry_run_tells_both_days_and_moves_nothing(ask, made):
    foreseen = await move(ask, made, WEDNESDAY, hours=6, dryRun=True)

    assert [(each["date"], each["hoursOff"]) for each in foreseen["days"]] == [
        (MONDAY, 0),
        (WEDNESDAY, 6),
    ]
    assert await days(ask) == {MONDAY: (4, ["TIME-7"])}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"requestedDate": TUESDAY}, refusal("DAY_TAKEN", "requestedDate")),
        ({"requestedDate": MONDAY}, refusal("INVALID_VALUE", "requestedDate")),
        ({"requestedDate": FRIDAY, "hours": 0}, refusal("INVALID_VALUE", "hours")),
        ({"requestedDate": FRIDAY, "id": "77"}, refusal("NOT_FOUND", "id")),
        ({"requestedDate": "2150-01-01"}, refusal("INVALID_VALUE", "requestedDate")),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_moves(ask, made, given, expected):
    await put_entries(ask, entry(requestedDate=TUESDAY, hours=3))
    answer = await ask(MOVE, input={"id": made} | given)

    assert answer["data"]["moveTimeOffEntry"]["userErrors"] == [expected]
    assert await days(ask) == {MONDAY: (4, ["TIME-7"]), TUESDAY: (3, [])}


async def test_a_day_without_room_takes_nothing(ask, made):
    refused = await move(ask, made, SATURDAY)

    (error,) = refused["userErrors"]
    assert (error["code"], error["possibleHours"], error["requestedHours"]) == (
        "WORKDAY_HOURS_EXCEEDED",
        0,
        4,
    )
    assert await days(ask) == {MONDAY: (4, ["TIME-7"])}


async def test_who_has_seen_another_version_moves_nothing(ask, made):
    refused = await move(ask, made, FRIDAY, ifUnchangedSince="2020-01-01T00:00:00Z")

    assert [each["code"] for each in refused["userErrors"]] == ["CHANGED_SINCE"]


async def test_a_key_moves_once(ask, made):
    first = await move(ask, made, FRIDAY, idempotencyKey="move-1")
    again = await move(ask, made, FRIDAY, idempotencyKey="move-1")

    assert again == first
    assert await days(ask) == {FRIDAY: (4, ["TIME-7"])}


async def test_the_change_feed_tells_of_one_that_went_and_one_that_came(ask, made):
    moved = await move(ask, made, FRIDAY)
    answer = await ask(
        """query ($company: ID!) { changes(companyId: $company, last: 4) { nodes {
             operation subjectType subjectId } } }""",
        company=COMPANY,
    )

    told = answer["data"]["changes"]["nodes"]
    assert [(each["operation"], each["subjectType"]) for each in told] == [
        ("DELETED", "ExternalReference"),
        ("DELETED", "TimeOffEntry"),
        ("CREATED", "TimeOffEntry"),
        ("CREATED", "ExternalReference"),
    ]
    ids = [node_id("TimeOffEntry", each) for each in (made, moved["timeOffEntry"]["sourceId"])]
    assert [each["subjectId"] for each in told[1:3]] == ids
