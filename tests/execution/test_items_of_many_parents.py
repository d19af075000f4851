"""The days that workers share: shown once, and never to whom they are not the same."""

import json

import pytest

from tests import builders

WINDOW = 'from: "2026-10-26", to: "2026-11-27"'
FIGURES = "date workdayHours hoursOff hoursOffHigh availableHours unknownPaidHours"
BOTH_WAYS = f"""query Both($max: Combine!, $sum: Combine!) {{
  max: schedule({WINDOW}, combine: $max, first: 80) {{ nodes {{ ...Days }} }}
  sum: schedule({WINDOW}, combine: $sum, first: 80) {{ nodes {{ ...Days }} }}
  workers(first: 80) {{ nodes {{
    max: schedule({WINDOW}, combine: $max) {{ ...Days }}
    sum: schedule({WINDOW}, combine: $sum) {{ ...Days }}
  }} }}
}}
fragment Days on WorkerSchedule {{
  worker {{ id }} workdayHours hoursOff
  days {{ {FIGURES} notes {{ code }} }}
}}"""


@pytest.mark.parametrize(
    "days",
    [
        f"days {{ {FIGURES} }}",
        "a: days { date hoursOff } b: days { date availableHours holiday { name company { id } } }",
        "days { worker { id } date }",
        "days { date ... on WorkerDay { worker { fullName company { name } } } }",
        "days { date contributions { hours startTime endTime isPaid reason timeOff { id } } }",
        "days { discrepancy notes { code message timeOff { id } } holiday { id } } hoursOff",
        "days { __typename }",
    ],
)
async def test_days_are_the_same_for_who_shares_them_and_who_does_not(same, days):
    ran = await same(f"{{ schedule({WINDOW}, first: 30) {{ nodes {{ {days} }} }} }}")

    assert ran.was_compiled, ran.answer


async def test_acknowledged_days_are_shown_where_days_are_shared(same):
    shown = "acknowledgement { id kind acknowledgedAt acknowledgedBy { name } worker { id } }"
    company = f'filter: {{companyId: "{builders.OTHER_COMPANY}"}}'

    ran = await same(
        f"{{ schedule({WINDOW}, {company}, first: 80) {{ nodes {{ days {{ date {shown} }} }} }} "
        f"  discrepancies({WINDOW}, {company}, acknowledged: true) {{ nodes {{ {shown} }} }} }}"
    )

    assert ran.was_compiled, ran.answer
    data = ran.answer["data"]
    days = [day for node in data["schedule"]["nodes"] for day in node["days"]]
    found = [each["acknowledgement"] for each in days if each["acknowledgement"]]
    assert found == [each["acknowledgement"] for each in data["discrepancies"]["nodes"]]
    assert 2 < len(found) < len(days)


async def test_one_fragment_shows_days_of_both_combinations(same):
    ran = await same(BOTH_WAYS, {"max": "MAX", "sum": "SUM"})

    assert ran.was_compiled, ran.answer
    # One company of the data has days on which it matters, or nothing would be shown by this.
    data = ran.answer["data"]
    assert json.dumps(data["max"]) != json.dumps(data["sum"])
    for combine in ("max", "sum"):
        of_worker = {
            node[combine]["worker"]["id"]: node[combine] for node in data["workers"]["nodes"]
        }
        for node in data[combine]["nodes"]:
            assert of_worker[node["worker"]["id"]] == node


async def test_a_day_asked_whose_it_is_names_its_own_worker(same):
    ran = await same(
        f"{{ schedule({WINDOW}, first: 30) {{ nodes {{ worker {{ id }} days {{ worker {{ id }} }} "
        "} } }"
    )

    nodes = ran.answer["data"]["schedule"]["nodes"]
    assert len({node["worker"]["id"] for node in nodes}) == len(nodes) > 1
    for node in nodes:
        assert all(day["worker"] == node["worker"] for day in node["days"])


async def test_the_days_of_a_payload_know_their_worker(same):
    item = f'{{ userId: "{builders.node_id("User", 1)}", hours: 1, requestedDate: "2026-12-07" }}'
    ran = await same(
        f"mutation {{ createTimeOffEntries(input: {{ timeOffEntries: [{item}], dryRun: true }}) "
        "{ days { date hoursOff worker { id fullName } } userErrors { code } } }"
    )

    (day,) = ran.answer["data"]["createTimeOffEntries"]["days"]
    assert (day["date"], day["hoursOff"]) == ("2026-12-07", 1)
    assert day["worker"]["fullName"]
