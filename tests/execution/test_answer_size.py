"""What records are expanded into is counted before it is: on every way, wherever it stands."""

import asyncio
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.services import pauses
from graphql_schema.execution import pausing_executor
from graphql_schema.execution.fields_as_columns import FIELDS_AS_COLUMNS
from graphql_schema.http.errors import NotAdmitted
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operations
from graphql_schema.http.parameters import Parameters
from graphql_schema.schema import schema
from tests import builders
from tests.execution.both_ways import OPERATIONS, UNCOMPILED, both_gateways
from tests.execution.company import COMPANY

WINDOW = 'from: "2026-10-26", to: "2027-03-27"'
ALL_FIELDS = (
    "id sourceId originalDay status startDay endDay batchStartTime batchEndTime isPaid __typename"
)
# What begins with x is counted.
QUERIES = {
    "rows": "{ personTimeOffs(first: 100) { nodes { id xa: instances { id startDay } } } }",
    "rows of aliases, edges and roots": """{
      one: personTimeOffs(first: 20) { nodes { ...Both } edges { cursor node { ...Both } } }
      two: personTimeOffs(last: 30) { totalCount nodes { ...Both } }
    }
    fragment Both on PersonTimeOff {
      xa: instances { id __typename } xb: instances { isPaid ... { isPaid status } endDay }
    }""",
    "objects": """{ personTimeOffs(first: 100) { nodes {
      totalHours xa: instances(includeSkipped: true) { id hours } xb: instances { startDay }
    } } }""",
    "days": f"""{{ personTimeOffs(first: 100) {{ nodes {{
      xa: days {{ date hours }} xb: days({WINDOW}) {{ date }}
    }} }} }}""",
    "rows and objects": """{
      rows: personTimeOffs(first: 50) { nodes { xa: instances { id } } }
      objects: personTimeOffs(first: 50) { nodes { totalHours xa: instances { id } } }
    }""",
    "linked from many places": """{ personTimeOffs(first: 100) { nodes { person {
      timeOff(first: 2) { nodes { xa: instances { id endDay } } }
    } } } }""",
    "on each of a record's days": f"""{{ schedule({WINDOW}, first: 10) {{ nodes {{ days {{
      contributions {{ timeOff {{ id ... on PersonTimeOff {{ xa: instances {{ id }} }} }} }}
      notes {{ timeOff {{ ... on PersonTimeOff {{ xa: instances {{ id endDay }} }} }} }}
    }} }} }} }}""",
    "of entries": "{ timeOffEntries(first: 20) { nodes { xa: days { date hours } } } }",
    "by interface": f"""{{ schedule({WINDOW}, first: 10) {{ nodes {{ days {{
      contributions {{ timeOff {{ xa: days {{ date }} }} }}
    }} }} }} }}""",
}


def counted(answer):
    """Return the fields of the items of the lists under a name that begins with x."""
    if isinstance(answer, list):
        return sum(map(counted, answer))
    if not isinstance(answer, dict):
        return 0
    return sum(
        sum(map(len, value)) if name.startswith("x") else counted(value)
        for name, value in answer.items()
    )


def limited(cost, **limits):
    return Operations(
        schema, Limits(cost=cost, **limits), hides_suggestions=True, introspection=True
    )


async def answers_of(twins, fate, operations, query, ways=2, **variables):
    """Return what it is answered compiled and by graphql-core, or how each was refused.

    The gate does not judge it: only what it holds.
    """
    answers = []
    operation = OPERATIONS.prepare(Parameters(query, None, variables))
    fate.turn += 1
    async with both_gateways(twins) as gateways:
        for each in gateways[:ways]:
            fate.set(fate.turn)
            each._operations = operations  # noqa: SLF001
            try:
                answers.append((await each.run(operation, variables)).answer)
            except NotAdmitted as refusal:
                answers.append(refusal.answer)
    return answers


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
async def test_as_much_as_the_limit_is_answered_and_one_field_more_is_refused(
    module_twins, fate, query
):
    everything, same = await answers_of(module_twins, fate, limited(10**9), query)
    assert everything == same
    fields = counted(everything["data"])
    assert fields > 20

    enough = limited(fields)
    assert await answers_of(module_twins, fate, enough, query) == [everything, everything]
    assert enough.executions.compiled == 1

    too_little = limited(fields - 1)
    # Of several root fields graphql-core drops the other ones, with the connections they read by.
    ways = 1 if "rows:" in query or "one:" in query else 2
    refused, *same = await answers_of(module_twins, fate, too_little, query, ways=ways)
    assert [refused] * (ways - 1) == same
    (error,) = refused["errors"]
    assert "data" not in refused
    assert error["extensions"] == {"code": "REQUEST_TOO_LARGE"}
    assert f"at most {fields - 1} are" in error["message"]
    assert "`first`" in error["message"]
    # It was refused as it was met, and not run again to be refused once more.
    assert too_little.executions.by_reference.total() == ways - 1


CREATE = """mutation Create($input: CreatePersonTimeOffInput!, $again: CreatePersonTimeOffInput!) {
  one: createPersonTimeOff(input: $input) {
    userErrors { message } personTimeOff { xa: instances { id startDay } }
  }
  two: createPersonTimeOff(input: $again) {
    userErrors { message } personTimeOff { id xa: instances { id startDay } xb: days { date } }
  }
}"""


def weekly(start, count, **given):
    return {
        "companyId": COMPANY,
        "personId": builders.uuid(3),
        "startDay": str(start),
        "endDay": str(start),
        "isPaid": True,
        "reason": "Swimming",
        "batchStartTime": "08:00",
        "batchEndTime": "10:00",
        "repeat": "WEEKLY",
        "cadence": 1,
        "repeatEndDay": str(start + timedelta(weeks=count - 1)),
        **given,
    }


async def test_what_a_mutation_stores_stays_and_only_its_answer_is_refused(twins, fate):
    variables = {
        "input": weekly(date(2031, 1, 6), 10),
        "again": weekly(date(2032, 1, 5), 10),
    }
    answers = await answers_of(twins, fate, limited(49), CREATE, **variables)

    for answer in answers:
        (error,) = answer["errors"]
        assert answer["data"] is None or "one" in answer["data"]
        assert error["path"][0] == "two"
        assert error["extensions"] == {"code": "REQUEST_TOO_LARGE"}
        assert "stays" in error["message"]
    assert answers[0]["data"] == answers[1]["data"]

    stored = "{ personTimeOffs(last: 2) { nodes { startDay } } }"
    for answer in await answers_of(twins, fate, limited(10**6), stored):
        days = [each["startDay"] for each in answer["data"]["personTimeOffs"]["nodes"]]
        assert days == ["2031-01-06", "2032-01-05"]


CREATE_ONE = """mutation Create($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { userErrors { message } }
}"""


@pytest.fixture
async def largest(twins, fate):
    """Two databases with four records of as many instances as a record may have."""
    for number in range(4):
        start = date(2001, 1, 1) + timedelta(days=number)
        for each in await answers_of(
            twins, fate, limited(10**6), CREATE_ONE, input=weekly(start, 1_000)
        ):
            assert each["data"]["createPersonTimeOff"]["userErrors"] == []
    return twins


async def passes(seen):
    """Count the passes of the event loop until cancelled."""
    while True:
        seen.append(None)
        await asyncio.sleep(0)


async def test_the_largest_records_are_answered_and_others_run_between_them(largest, monkeypatch):
    monkeypatch.setattr(pauses, "SECONDS_AT_A_TIME", 0.0)
    monkeypatch.setattr(pausing_executor, "SECONDS_OF_A_PIECE", 0.0)
    rows = f"{{ personTimeOffs(first: 4) {{ nodes {{ xa: instances {{ {ALL_FIELDS} }} }} }} }}"
    objects = rows.replace("nodes {", "nodes { totalHours xb: days { date hours }")
    async with both_gateways(largest) as gateways:
        for query in (rows, objects):
            operation = OPERATIONS.prepare(Parameters(query))
            answers = []
            for each in gateways:
                small = replace(
                    operation, compiled=operation.compiled if each is gateways[0] else UNCOMPILED
                )
                seen: list[None] = []
                counting = asyncio.ensure_future(passes(seen))
                answers.append((await each.run(small, {})).answer)
                counting.cancel()
                assert len(seen) > 4
            assert json.dumps(answers[0]) == json.dumps(answers[1])
            of_instances = 4 * 1_000 * len(ALL_FIELDS.split())
            assert counted(answers[0]["data"]) == of_instances + (
                4 * 1_000 * 2 if query is objects else 0
            )


EXCEPTIONS = json.dumps(
    [
        {"day": "2026-01-12"},
        {"day": "2026-01-19", "first": "2026-01-20", "last": "2026-01-21"},
        {"day": "2026-01-26"},
    ]
)
"""One that was moved between two that are skipped."""


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "row",
    [
        ("2026-01-05", "never", None, None, None),
        ("2026-01-31", "monthly", 1, "2026-12-30", None),
        ("2026-01-05", "weekly", 2, "2026-12-30", None),
        ("2024-02-29", "yearly", 1, "2031-02-28", None),
        (
            "2026-01-05",
            "weekly",
            1,
            "2026-02-28",
            EXCEPTIONS,
        ),
    ],
)
def test_instances_are_counted_without_being_made(row):
    field: Any = FIELDS_AS_COLUMNS["PersonTimeOff"]["instances"]
    first, repeat, cadence, until, exceptions = row
    columns = {
        "instance_ids": '["5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a7f"]',
        "first_day": first,
        "first_span_end": first,
        "repeat": repeat,
        "cadence": cadence,
        "repeat_end_day": until,
        "exceptions": exceptions,
        "start_minute": 480,
        "end_minute": 960,
        "is_paid": 1,
    }
    made = field.made.make(*(columns[name] for name in field.made.columns))

    assert field.count.make(*(columns[name] for name in field.count.columns)) == len(made) > 0
