"""Introspection in pieces: the same answer, and others are heard while it is made."""

import asyncio
import gc

import pytest
import strawberry
from graphql import get_introspection_query

from graphql_schema.execution import pausing_executor
from graphql_schema.http.parameters import Parameters
from tests.execution.both_ways import OPERATIONS, gateway

FEW, MANY = 50, 500
SEVERAL = "query {{ {} }}".format(
    " ".join(
        f"a{number}: __schema {{ types {{ name fields {{ name args {{ name }} }} }} }}"
        for number in range(5)
    )
)
DOCUMENTS = {"GraphiQL's": get_introspection_query(), "several side by side": SEVERAL}


async def passes(seconds):
    """Count the passes of the event loop until cancelled."""
    while True:
        seconds.append(None)
        await asyncio.sleep(0)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_pieces_make_the_whole(document, module_twins, monkeypatch):
    answers, counts = [], []
    for seconds in (1000.0, 0.0):
        monkeypatch.setattr(pausing_executor, "SECONDS_OF_A_PIECE", seconds)
        async with gateway(module_twins[0], compiles=False) as running:
            seen: list[None] = []
            counting = asyncio.ensure_future(passes(seen))
            operation = OPERATIONS.prepare(Parameters(document))
            answers.append((await running.run(operation, {})).answer)
            counting.cancel()
            counts.append(len(seen))

    assert answers[0] == answers[1]
    assert "errors" not in answers[0]
    assert counts[0] < FEW
    assert counts[1] > MANY


async def test_who_gives_up_leaves_no_turn_behind(module_twins, monkeypatch):
    """A deadline, or a client that leaves, cancels what waits: the turns of the others go on."""
    monkeypatch.setattr(pausing_executor, "SECONDS_OF_A_PIECE", 0.0)
    async with gateway(module_twins[0], compiles=False) as running:
        operation = OPERATIONS.prepare(Parameters(SEVERAL))
        given_up = asyncio.ensure_future(running.run(operation, {}))
        for _ in range(FEW):
            await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up

        assert "errors" not in (await running.run(operation, {})).answer


@strawberry.type
class Slow:
    @strawberry.field
    async def name(self) -> str:
        return "Ada"

    @strawberry.field
    def same(self) -> "Slow":
        return self

    @strawberry.field
    def others(self) -> list["Slow"]:
        return [Slow(), Slow()]


@strawberry.type
class Query:
    @strawberry.field
    async def slow(self, passes: int) -> list[Slow]:
        await let_pass(passes)
        return [Slow(), Slow()]

    @strawberry.field
    async def broken(self) -> int:
        await let_pass(PASSES // 2)
        raise LookupError


async def let_pass(passes):
    for _ in range(passes):
        await asyncio.sleep(0)


PASSES = 12


async def test_what_is_dropped_before_it_has_begun_is_not_warned_of():
    """A field that fails takes those beside it along; whoever waits for nothing is closed.

    A coroutine that is dropped unawaited is a warning, and here a failure.
    """
    small = strawberry.Schema(Query, execution_context_class=pausing_executor.PausingExecutor)
    for number in range(PASSES):
        document = (
            f"{{ slow(passes: {number}) {{ name same {{ name }} others {{ name }} }} broken }}"
        )
        answer = await small.execute(document)
        assert answer.data is None
        await let_pass(PASSES)
    gc.collect()
