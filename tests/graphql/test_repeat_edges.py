"""Changes of repeats at their edges: nothing left that counts, too many days, dry runs."""

import pytest

from tests.graphql.api import put_person_time_off
from tests.graphql.test_repeat_changes import (
    DELETE,
    MONDAYS,
    PAYLOAD,
    RESTORE,
    UPDATE,
    WEEKLY,
    done,
    move,
    refused,
    skip,
)

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("3.11")]

NOTHING_COUNTS = [("NO_DAY_COUNTS", ["originalDay"])]
SATURDAY = "2026-03-07"


@pytest.mark.rule("3.12")
async def test_a_moved_occurrence_that_alone_goes_on_must_count(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await move(ask, id_, MONDAYS[1], SATURDAY)
    before = await stored()

    given = {"scope": "FOLLOWING", "originalDay": MONDAYS[1], "repeat": "NEVER"}
    assert await refused(ask, UPDATE, id_, **given) == NOTHING_COUNTS
    assert await stored() == before


async def test_an_occurrence_that_alone_is_left_is_restored_only_where_it_counts(ask, stored):
    monthly = {"repeat": "MONTHLY", "cadence": 1, "repeatEndDay": "2026-04-30"}
    id_ = await put_person_time_off(ask, **monthly, startDay=SATURDAY, endDay=SATURDAY)
    await move(ask, id_, SATURDAY, MONDAYS[1])
    await done(ask, DELETE, id_, scope="FOLLOWING", originalDay="2026-04-07")
    before = await stored()

    assert await refused(ask, RESTORE, id_, originalDay=SATURDAY) == NOTHING_COUNTS
    assert await stored() == before


@pytest.mark.rule("3.4")
async def test_days_of_instances_that_lie_on_each_other_count_each(ask, stored):
    id_ = await put_person_time_off(ask, **WEEKLY, applyToSaturday=True, applyToSunday=True)
    long = {"scope": "ONE", "startDay": "2030-01-01", "endDay": "2038-12-31"}
    await done(ask, UPDATE, id_, originalDay=MONDAYS[0], **long)
    before = await stored()

    too_many = [("TOO_MANY_DAYS", ["endDay"])]
    assert await refused(ask, UPDATE, id_, originalDay=MONDAYS[1], **long) == too_many
    assert await stored() == before


@pytest.mark.rule("3.4")
async def test_a_restored_occurrence_does_not_let_a_record_grow_too_large(ask, stored):
    days = {"startDay": "2026-03-02", "endDay": "2028-02-29"}
    yearly = {"repeat": "YEARLY", "cadence": 2, "repeatEndDay": "2034-03-02"}
    id_ = await put_person_time_off(ask, **days, **yearly)
    await skip(ask, id_, "2030-03-02")
    await done(ask, UPDATE, id_, applyToSaturday=True, applyToSunday=True)
    longer = {"scope": "ONE", "startDay": "2034-03-02", "endDay": "2037-03-01"}
    await done(ask, UPDATE, id_, originalDay="2034-03-02", **longer)
    before = await stored()

    too_many = [("TOO_MANY_DAYS", ["originalDay"])]
    assert await refused(ask, RESTORE, id_, originalDay="2030-03-02") == too_many
    assert await stored() == before


@pytest.mark.rule("3.6")
async def test_instances_that_count_no_day_are_told_as_they_are_now(ask):
    id_ = await put_person_time_off(ask, **WEEKLY, applyToSaturday=True)
    await move(ask, id_, MONDAYS[2], SATURDAY)

    payload = await done(ask, UPDATE, id_, applyToSaturday=False)
    assert payload["warnings"] == [
        {"code": "INSTANCE_WITHOUT_COUNTED_DAY", "path": ["instances", "1"]}
    ]
    await skip(ask, id_, MONDAYS[2])
    assert (await done(ask, UPDATE, id_, isPaid=False))["warnings"] == []


@pytest.mark.rule("3.6")
async def test_a_restored_occurrence_that_counts_no_day_is_told(ask):
    monthly = {"repeat": "MONTHLY", "cadence": 1, "repeatEndDay": "2026-04-30"}
    id_ = await put_person_time_off(ask, **monthly, startDay=SATURDAY, endDay=SATURDAY)
    await skip(ask, id_, SATURDAY)

    payload = await done(ask, RESTORE, id_, originalDay=SATURDAY)
    assert payload["warnings"] == [
        {"code": "INSTANCE_WITHOUT_COUNTED_DAY", "path": ["originalDay"]}
    ]


@pytest.mark.rule("6.5")
async def test_a_dry_run_leads_to_the_record_that_would_be_split_off(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await done(ask, UPDATE, id_, scope="FOLLOWING", originalDay=MONDAYS[2], isPaid=False)
    linked = UPDATE.removesuffix(PAYLOAD).replace(
        "...Payload",
        "personTimeOff { splitInto { startDay isPaid } } splitOff { splitInto { id } }"
        " userErrors { code }",
    )
    given = {"scope": "FOLLOWING", "originalDay": MONDAYS[1], "batchEndTime": "12:00"}

    dry, real = [await done(ask, linked, id_, **given, dryRun=dry_run) for dry_run in (True, False)]
    assert dry == real
    assert dry["personTimeOff"]["splitInto"] == [
        {"startDay": MONDAYS[1], "isPaid": True},
        {"startDay": MONDAYS[2], "isPaid": False},
    ]
    assert dry["splitOff"]["splitInto"] == []


@pytest.mark.rule("3.9")
async def test_a_warning_is_about_what_is_changed(ask):
    id_ = await put_person_time_off(ask, **WEEKLY)
    await put_person_time_off(ask, startDay=MONDAYS[0], endDay="2026-03-03")

    unpaid = await done(
        ask, UPDATE, id_, scope="ONE", originalDay=MONDAYS[2], isPaid=False, dryRun=True
    )
    moved = await move(ask, id_, MONDAYS[1], "2026-03-03", dryRun=True)
    every = await done(ask, UPDATE, id_, isPaid=False, dryRun=True)

    assert [each["warnings"] for each in (unpaid, moved, every)] == [
        [],
        *[[{"code": "OVERLAPS_TIME_OFF", "path": ["startDay"]}]] * 2,
    ]


@pytest.mark.rule("3.12")
async def test_a_weekly_repeat_that_becomes_monthly_leaves_no_month_end(ask):
    weekly = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-04-30"}
    id_ = await put_person_time_off(ask, **weekly, startDay="2026-01-30", endDay="2026-01-30")

    monthly = {"repeat": "MONTHLY", "originalDay": "2026-02-13", "scope": "FOLLOWING"}
    assert (await done(ask, UPDATE, id_, **monthly, dryRun=True))["warnings"] == []
