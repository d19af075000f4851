"""Events of subscriptions are answered alike by compiled functions and by graphql-core."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from itertools import count

import pytest

from app.domain.changes import FEED_ORDER
from app.domain.errors import InvalidValue, Unavailable
from app.domain.paging import write_cursor
from app.services.caller import LOCAL
from app.services.sample_data.demo_directory import BUILDERS
from graphql_schema.context import Context
from graphql_schema.execution.event_source import answered_at_once
from graphql_schema.execution.run import Run
from graphql_schema.http.errors import NotAdmitted, NotRun
from graphql_schema.http.limits import Limits
from graphql_schema.http.parameters import Parameters
from graphql_schema.http.subscriptions import AT_ONCE, Event, Subscriptions
from tests.execution.both_ways import OPERATIONS, UNCOMPILED, gateway

START = write_cursor(FEED_ORDER, (0,))
MANY = 120
PIECES = 3
CHANGES = """
subscription Changes($company: ID!, $after: String, $filter: ChangeFilter, $long: Boolean!) {
  changes(companyId: $company, after: $after, filter: $filter) {
    cursor
    node {
      __typename sequence at operation subjectType subjectId before after days { from to }
      actor { id kind name } via requestId
      subject @include(if: $long) {
        id ... on User { fullName role { name } worker { id } }
        ... on TimeOffEntry { hours user { fullName } externalReferences { serviceName } }
        ... on PersonTimeOff { startDay instances { startDay } person { worker { fullName } } }
      }
    }
  }
}
"""
DAYS = """
subscription Days($company: ID!, $after: String, $workers: [ID!], $from: Date) {
  days: daysChanged(companyId: $company, after: $after, workerIds: $workers, from: $from) {
    cursor days { from to } workers { id fullName user { id } person { id } }
  }
}
"""
FLAGS = ", ".join(f"$f{each}: Boolean = true" for each in range(5))
TOO_MANY_FLAGS = (
    f"subscription Flags($company: ID!, $after: String, {FLAGS}) {{ "
    "changes(companyId: $company, after: $after) { "
    + " ".join(f"c{each}: cursor @include(if: $f{each})" for each in range(5))
    + " } }"
)


async def again():
    return LOCAL


async def answers(services, query, variables, *, compiles, most=MANY, limits=Limits()):  # noqa: B008 - it is frozen
    """Return the first answers, and the subscriptions that gave them."""
    subscriptions = Subscriptions(OPERATIONS, limits)
    operation = OPERATIONS.prepare(Parameters(query, None, variables))
    if not compiles:
        operation = replace(operation, compiled=UNCOMPILED)
    found: list[Event] = []
    stream = subscriptions.answers(operation, variables, Context(services, LOCAL), again)
    async with aclosing(stream) as events:
        async for piece in events:
            if not piece and found:  # there is none at the start, and where nothing more comes
                break
            found += piece
            if len(found) >= most:
                break
    return found[:most]


@pytest.fixture
async def services(module_twins):
    async with gateway(module_twins[0], compiles=True) as built:
        yield built.services
        await built.services.change_streams.followers.close()


COMPANY = {"company": BUILDERS, "after": START}


async def test_others_have_their_turn_between_the_events_of_a_history(services):
    """Else whoever reads all of it keeps everybody waiting for a piece of it at a time."""
    turns = 0

    async def take_turns():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    given = COMPANY | {"long": False}
    operation = OPERATIONS.prepare(Parameters(CHANGES, None, given))
    stream = Subscriptions(OPERATIONS, Limits()).answers(
        operation, given, Context(services, LOCAL), again
    )
    seen: list[int] = []
    other = asyncio.create_task(take_turns())
    async with aclosing(stream) as events:
        async for piece in events:
            if piece:
                assert len(piece) <= AT_ONCE
                seen.append(turns)
            if len(seen) == PIECES:
                break
    other.cancel()

    assert len(set(seen)) == PIECES


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        pytest.param(CHANGES, {"long": False}, id="changes"),
        pytest.param(CHANGES, {"long": True}, id="changes with what they are about"),
        pytest.param(
            CHANGES,
            {"long": True, "filter": {"subjectTypes": ["PersonTimeOff", "TimeOffEntry"]}},
            id="changes of time off",
        ),
        pytest.param(DAYS, {}, id="days"),
        pytest.param(DAYS, {"from": "2026-01-01"}, id="days of a window"),
    ],
)
async def test_events_are_answered_alike(services, query, variables):
    given = COMPANY | variables
    before = OPERATIONS.executions.by_reference.total()
    compiled = await answers(services, query, given, compiles=True)
    assert OPERATIONS.executions.by_reference.total() == before
    by_core = await answers(services, query, given, compiles=False)

    assert len(compiled) == MANY
    assert [each.cursor for each in compiled] == [each.cursor for each in by_core]
    for one, other in zip(compiled, by_core, strict=True):
        assert json.dumps(one.answer) == json.dumps(other.answer)
        assert "errors" not in one.answer


def test_events_are_answered_at_once_up_to_one_that_cannot_be():
    """By itself it is answered as by graphql-core, which says what is wrong."""
    run = Run(None, (), {})

    def complete(event, _):
        return {"hundredth": 100 // event}

    assert answered_at_once([1, 2, 0, 4], complete, run) == [{"hundredth": 100}, {"hundredth": 50}]


async def test_what_is_not_compiled_is_answered_all_the_same(services):
    (event,) = await answers(services, TOO_MANY_FLAGS, COMPANY, compiles=True, most=1)

    (first,) = await answers(services, CHANGES, COMPANY | {"long": False}, compiles=True, most=1)
    cursor = first.answer["data"]["changes"]["cursor"]
    assert event.answer == {"data": {"changes": {f"c{each}": cursor for each in range(5)}}}


REFUSED = [
    pytest.param({"company": None}, "BAD_USER_INPUT", id="a variable that cannot be read"),
    pytest.param({"after": "nonsense"}, "BAD_USER_INPUT", id="no cursor"),
    pytest.param({"company": "nonsense"}, "BAD_USER_INPUT", id="no company"),
    pytest.param({"filter": {"subjectTypes": ["X"]}}, "BAD_USER_INPUT", id="no such type"),
]


@pytest.mark.parametrize("compiles", [True, False])
@pytest.mark.parametrize(("variables", "code"), REFUSED)
async def test_refusals_are_alike(services, variables, code, compiles):
    given = COMPANY | {"long": False} | variables
    with pytest.raises(NotRun) as refused:
        await answers(services, CHANGES, given, compiles=compiles)

    assert refused.value.errors[0]["extensions"]["code"] == code


@pytest.mark.parametrize("compiles", [True, False])
async def test_an_error_below_an_event_is_told_in_its_answer(services, monkeypatch, compiles):
    numbers = count()

    async def sometimes_not(*_, **__):
        if next(numbers) < 2:
            raise InvalidValue("gone")
        return {}

    monkeypatch.setattr(type(services.catalogue), "find_workers", sometimes_not)
    begun, first, *_, last = await answers(services, DAYS, COMPANY, compiles=compiles, most=4)

    assert begun.answer["data"]["days"]["workers"] == []
    assert first.answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert first.answer["errors"][0]["path"] == ["days", "workers"]
    assert last.answer["data"]["days"]["workers"] is None  # they are gone: everybody's


@pytest.mark.parametrize("compiles", [True, False])
@pytest.mark.parametrize(
    ("failure", "code"),
    [(Unavailable("gone"), "SERVICE_UNAVAILABLE"), (TimeoutError(), "OPERATION_TIMED_OUT")],
)
async def test_what_cannot_be_read_ends_it_before_half_an_event(
    services, monkeypatch, compiles, failure, code
):
    async def never(*_, **__):
        if isinstance(failure, Unavailable):
            raise failure
        await asyncio.sleep(60)

    monkeypatch.setattr(type(services.catalogue), "find_workers", never)
    with pytest.raises(NotAdmitted) as ended:
        await answers(services, DAYS, COMPANY, compiles=compiles, limits=Limits(query_seconds=0.2))

    assert ended.value.code == code
