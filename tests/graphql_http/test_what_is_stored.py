"""What a mutation would store is part of its cost, and a record's days are bounded."""

from datetime import date, timedelta

import pytest

from app.allowances import COST_OF_AN_ITEM
from tests import builders
from tests.graphql.api import refusal

pytestmark = pytest.mark.only_on("sqlite")

CREATE = """
mutation ($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { userErrors { code path } }
}
"""
UPDATE = """
mutation ($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { userErrors { code path } }
}
"""
DIRECTORY = """
mutation ($companies: [CompanyInput!]!, $people: [PersonInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
  upsertPeople(input: { people: $people }) { userErrors { code } }
}
"""
EVERY_DAY = {"applyToSaturday": True, "applyToSunday": True}
FIRST = date(2026, 3, 2)


def days(count, **given):
    """A record of so many days."""
    last = (FIRST + timedelta(days=count - 1)).isoformat()
    return builders.person_time_off(startDay=FIRST.isoformat(), endDay=last, **EVERY_DAY, **given)


def weeks(count, **given):
    """A record of two days in each of so many weeks."""
    until = (FIRST + timedelta(weeks=count - 1)).isoformat()
    return days(2, repeat="WEEKLY", cadence=1, repeatEndDay=until, **given)


async def put_person(http):
    people = {"companies": [builders.company()], "people": [builders.person()]}
    assert "errors" not in (await http.post(DIRECTORY, variables=people)).json()


async def create(http, record):
    answer = (await http.post(CREATE, variables={"input": record})).json()
    return answer["data"]["createPersonTimeOff"]["userErrors"]


def told(code, place):
    return [{key: refusal(code, place)[key] for key in ("code", "path")}]


@pytest.mark.rule("3.4")
async def test_a_record_counts_no_more_days_than_the_limit(gateway):
    async with gateway(limit_record_days=20) as http:
        await put_person(http)

        assert await create(http, days(20)) == []
        assert await create(http, days(21)) == told("TOO_MANY_DAYS", "endDay")
        assert await create(http, weeks(10)) == []
        assert await create(http, weeks(11)) == told("TOO_MANY_DAYS", "repeatEndDay")
        assert (
            await create(http, {**days(28), "applyToSaturday": False, "applyToSunday": False}) == []
        )
        assert await create(http, days(21, dryRun=True)) == told("TOO_MANY_DAYS", "endDay")


@pytest.mark.rule("3.4")
async def test_an_update_may_not_make_a_record_longer_than_the_limit(gateway):
    async with gateway(limit_record_days=20) as http:
        await put_person(http)
        await create(http, days(20))
        found = await http.post("{ personTimeOffs { nodes { id } } }")
        (record,) = found.json()["data"]["personTimeOffs"]["nodes"]

    async def update(http, **change):
        answer = await http.post(UPDATE, variables={"input": {"id": record["id"], **change}})
        return answer.json()["data"]["updatePersonTimeOff"]["userErrors"]

    async with gateway(limit_record_days=20) as http:
        assert await update(http, endDay=days(21)["endDay"]) == told("TOO_MANY_DAYS", "endDay")
    async with gateway(limit_record_days=10) as http:  # stored under a higher limit
        assert await update(http, reason="another") == []
        assert await update(http, endDay=days(19)["endDay"]) == []
        assert await update(http, endDay=days(20)["endDay"]) == told("TOO_MANY_DAYS", "endDay")


def many(count, record):
    """One operation that creates the record so many times."""
    fields = " ".join(
        f"r{each}: createPersonTimeOff(input: $input) {{ __typename }}" for each in range(count)
    )
    return {
        "query": f"mutation ($input: CreatePersonTimeOffInput!) {{ {fields} }}",
        "variables": {"input": record},
    }


async def is_admitted(http, request):
    response = await http.post(**request)
    if response.status_code == 200:
        return True
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "REQUEST_TOO_LARGE")
    assert "stored" in error["message"]
    return False


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(days(10), id="a span"),
        pytest.param(weeks(5), id="a repeat"),
    ],
)
async def test_days_cost_what_they_cost_to_store(gateway, record):
    # Each field of the answer costs 1, and has one field below.
    cost = 3 * (10 * COST_OF_AN_ITEM + 2)
    async with gateway(limit_cost=cost) as http:
        await put_person(http)
        assert await is_admitted(http, many(3, record))
    async with gateway(limit_cost=cost - 1) as http:
        assert not await is_admitted(http, many(3, record))


def delete(count):
    return {
        "query": "mutation ($ids: [ID!]!) { deleteTimeOffEntries(input: { ids: $ids }) "
        "{ __typename } }",
        "variables": {"ids": [str(each) for each in range(1, count + 1)]},
    }


def through_a_fragment(count):
    request = delete(count)
    query = request["query"].replace("{ delete", "{ ...Part } fragment Part on Mutation { delete")
    return request | {"query": query}


def by_a_default(count):
    ids = ", ".join(f'"{each}"' for each in range(1, count + 1))
    return {
        "query": f"mutation ($ids: [ID!]! = [{ids}]) "
        "{ deleteTimeOffEntries(input: { ids: $ids }) { __typename } }"
    }


def literally(count):
    ids = ", ".join(f'"{each}"' for each in range(1, count + 1))
    return {
        "query": f"mutation {{ deleteTimeOffEntries(input: {{ ids: [{ids}] }}) {{ __typename }} }}"
    }


@pytest.mark.parametrize("written", [delete, through_a_fragment, by_a_default, literally])
async def test_items_cost_what_they_cost_to_store_however_they_are_written(gateway, written):
    async with gateway(limit_cost=10 * COST_OF_AN_ITEM + 2) as http:
        assert await is_admitted(http, written(10))
        assert not await is_admitted(http, written(11))


DELETE_ONCE = "deleteTimeOffEntries(input: { ids: $ids }) { __typename }"


@pytest.mark.parametrize(
    "selection",
    [
        "{ ...Part ...Part } fragment Part on Mutation { %s }",
        "{ ...Part ... { ...Part } } fragment Part on Mutation { %s }",
        "{ %s ...Part } fragment Part on Mutation { %s }",
        "{ %s %s }",
    ],
)
async def test_what_is_asked_for_twice_is_stored_once_and_costs_once(gateway, selection):
    query = "mutation ($ids: [ID!]!) " + selection.replace("%s", DELETE_ONCE)
    # The answer's fields are counted as they are written.
    async with gateway(limit_cost=10 * COST_OF_AN_ITEM + 4) as http:
        assert await is_admitted(http, delete(10) | {"query": query})
        assert not await is_admitted(http, delete(11) | {"query": query})


@pytest.mark.parametrize(
    "change",
    [
        {"startDay": "no day"},
        {"endDay": None},
        {"endDay": "2026-03-01"},
        {"repeat": "WEEKLY"},
        {"repeat": "HOURLY"},
        {"repeat": "WEEKLY", "cadence": 0, "repeatEndDay": "2026-03-01"},
        {"repeat": "WEEKLY", "cadence": "x", "repeatEndDay": "2026-03-01"},
        {"repeat": "WEEKLY", "cadence": float("nan"), "repeatEndDay": "2026-03-01"},
        {"repeat": "WEEKLY", "cadence": float("inf"), "repeatEndDay": "2026-03-01"},
        {"repeat": "WEEKLY", "cadence": 1.5, "repeatEndDay": "2026-03-01"},
        {"repeat": "YEARLY", "cadence": 2**31, "repeatEndDay": "2099-03-01"},
        {"repeat": ["WEEKLY"], "cadence": 1, "repeatEndDay": "2026-03-01"},
    ],
)
async def test_what_no_rule_admits_is_refused_by_the_rule_that_it_breaks(gateway, change):
    async with gateway(limit_cost=100 + COST_OF_AN_ITEM) as http:
        await put_person(http)
        answer = await http.post(CREATE, variables={"input": {**days(1), **change}})

    errors = answer.json().get("errors") or [
        {"extensions": {"code": each["code"]}}
        for each in answer.json()["data"]["createPersonTimeOff"]["userErrors"]
    ]
    assert errors
    assert "REQUEST_TOO_LARGE" not in {each["extensions"]["code"] for each in errors}


async def test_a_request_of_a_few_bytes_cannot_fill_the_disk(http):
    await put_person(http)
    century = builders.person_time_off(startDay="2000-01-01", endDay="2099-12-31", **EVERY_DAY)

    assert not await is_admitted(http, many(20, century))
    assert await create(http, century) == told("TOO_MANY_DAYS", "endDay")
