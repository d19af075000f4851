"""This and following where nothing is split, and what is told where something is (rule 3.12)."""

import pytest

from tests.builders import COMPANY
from tests.graphql.api import put_person_time_off
from tests.graphql.test_repeat_changes import (
    CHANGES,
    DELETE,
    MONDAYS,
    RESTORE,
    UPDATE,
    WEEKLY,
    done,
    move,
    refused,
    skip,
)

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("3.12")]


def of(day, **given):
    return {"scope": "FOLLOWING", "originalDay": day, **given}


async def operations(ask):
    """What the change feed says happened to records, the creates of tests left out."""
    nodes = (await ask(CHANGES, company=COMPANY))["data"]["changes"]["nodes"]
    return [each["operation"] for each in nodes if each["subjectType"] == "PersonTimeOff"][1:]


async def test_where_only_skipped_ones_lie_before_the_record_itself_is_changed(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[0])

    payload = await done(ask, UPDATE, id_, **of(MONDAYS[1], isPaid=False))

    assert payload["splitOff"] is None
    record = payload["personTimeOff"]
    assert (record["sourceId"], record["repeatEndDay"]) == (id_, MONDAYS[2])
    assert [each["startDay"] for each in record["instances"]] == [*MONDAYS[1:]]
    assert payload["droppedExceptions"] == [{"originalDay": MONDAYS[0], "status": "SKIPPED"}]
    assert (payload["keptExceptions"], payload["removedDays"]) == ([], [])
    assert payload["keptDays"] == [*MONDAYS[1:]]
    assert await operations(ask) == ["UPDATED"] * 2
    # It begins there now: what is before it is none of its occurrences any more.
    assert await refused(ask, RESTORE, id_, originalDay=MONDAYS[0]) == [
        ("NOT_FOUND", ["originalDay"])
    ]


async def test_where_only_skipped_ones_lie_before_a_delete_deletes_the_record(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[0])

    payload = await done(ask, DELETE, id_, **of(MONDAYS[1]))

    assert payload["deletedId"] is not None
    assert (payload["personTimeOff"], payload["keptExceptions"]) == (None, [])
    assert payload["removedDays"] == [*MONDAYS[1:]]
    assert payload["droppedExceptions"] == [{"originalDay": MONDAYS[0], "status": "SKIPPED"}]
    assert await operations(ask) == ["UPDATED", "DELETED"]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"isPaid": True, "startDay": MONDAYS[1]}, id="what is so"),
        pytest.param({"batchEndTime": "15:04"}, id="what is rounded to it"),
    ],
)
async def test_what_changes_nothing_splits_nothing(ask, stored, given):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await skip(ask, id_, MONDAYS[0])
    await move(ask, id_, MONDAYS[2], "2026-03-17")
    before = await stored()

    payload = await done(ask, UPDATE, id_, **of(MONDAYS[1], **given))

    assert await stored() == before
    assert payload["splitOff"] is None
    moved = [payload[name] for name in ("removedDays", "addedDays", "days", "droppedExceptions")]
    assert moved == [[]] * 4
    assert [each["originalDay"] for each in payload["keptExceptions"]] == [MONDAYS[0], MONDAYS[2]]
    codes = [each["code"] for each in payload["warnings"]]
    rounded = ["TIME_ROUNDED"] if "batchEndTime" in given else []
    assert codes == [*rounded, "NOTHING_CHANGED"]


async def test_what_goes_on_earlier_says_so_and_whom_it_meets(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)

    payload = await done(
        ask, UPDATE, id_, **of(MONDAYS[2], startDay=MONDAYS[1], isPaid=False), dryRun=True
    )

    assert payload["splitOff"]["startDay"] == MONDAYS[1]
    codes = [(each["code"], each["path"]) for each in payload["warnings"]]
    assert codes == [
        ("BEGINS_BEFORE_OCCURRENCE", ["startDay"]),
        ("LENGTH_KEPT", ["endDay"]),
        *[("OVERLAPS_TIME_OFF", ["startDay"])] * 2,  # each of the other
    ]


async def test_a_first_day_alone_moves_one_occurrence_and_says_so(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await done(ask, UPDATE, id_, scope="ONE", originalDay=MONDAYS[1], endDay="2026-03-10")

    payload = await done(
        ask, UPDATE, id_, scope="ONE", originalDay=MONDAYS[1], startDay="2026-03-12"
    )

    assert payload["addedDays"] == ["2026-03-12", "2026-03-13"]
    assert payload["warnings"] == [{"code": "LENGTH_KEPT", "path": ["endDay"]}]


async def test_a_delete_says_which_exceptions_are_kept(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await move(ask, id_, MONDAYS[0], "2026-03-03")
    moved = {"originalDay": MONDAYS[0], "status": "CHANGED"}
    skipped = {"originalDay": MONDAYS[1], "status": "SKIPPED"}

    for dry_run in (True, False):
        payload = await skip(ask, id_, MONDAYS[1], dryRun=dry_run, idempotencyKey="k")
        assert payload["keptExceptions"] == [moved, skipped]
    assert await skip(ask, id_, MONDAYS[1], idempotencyKey="k") == payload
    payload = await done(ask, DELETE, id_, **of(MONDAYS[1]))
    assert payload["keptExceptions"] == [moved]
    assert payload["droppedExceptions"] == [skipped]
    assert (await done(ask, DELETE, id_))["keptExceptions"] == []


ELSEWHERE = """
  userErrors {
    __typename code message path
    ... on OccurrenceElsewhere { personTimeOff { sourceId instances { originalDay } } }
  }
"""
MUTATIONS = {
    "update": (
        "mutation U($input: UpdatePersonTimeOffInput!) {"
        f" updatePersonTimeOff(input: $input) {{ {ELSEWHERE} }} }}"
    ),
    "delete": (
        "mutation D($input: DeletePersonTimeOffInput!) {"
        f" deletePersonTimeOff(input: $input) {{ {ELSEWHERE} }} }}"
    ),
    "restore": (
        "mutation R($input: RestoreOccurrenceInput!) {"
        f" restoreOccurrence(input: $input) {{ {ELSEWHERE} }} }}"
    ),
}


@pytest.mark.parametrize("what", list(MUTATIONS))
async def test_an_occurrence_that_went_to_another_record_says_to_which(ask, stored, what):
    id_ = await put_person_time_off(ask, **WEEKLY)
    first = await done(ask, UPDATE, id_, **of(MONDAYS[1], isPaid=False))
    middle = first["splitOff"]["sourceId"]
    second = await done(ask, UPDATE, middle, **of(MONDAYS[2], isPaid=True))
    last = second["splitOff"]["sourceId"]
    before = await stored()
    scope = {} if what == "restore" else {"scope": "ONE"}

    async def errors_of(day):
        asked = {"id": id_, "originalDay": day, **scope}
        ((_, payload),) = (await ask(MUTATIONS[what], input=asked))["data"].items()
        return payload["userErrors"]

    for day, holder in ((MONDAYS[1], middle), (MONDAYS[2], last)):
        (error,) = await errors_of(day)
        assert error["personTimeOff"] == {
            "sourceId": holder,
            "instances": [{"originalDay": day}],
        }
        assert holder in error["message"]
        assert (error["__typename"], error["code"]) == ("OccurrenceElsewhere", "NOT_FOUND")
        assert error["path"] == ["originalDay"]
    (error,) = await errors_of("2026-03-23")
    assert (error["__typename"], error["code"]) == ("InvalidInput", "NOT_FOUND")
    assert await stored() == before
