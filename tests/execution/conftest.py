"""Two databases with the same data, and time and chance that are the same for both."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from app.services.caller import LOCAL, Caller
from app.services.sample_data import demo
from graphql_schema.http.parameters import Parameters
from tests.databases import Databases, Templates
from tests.execution.both_ways import OPERATIONS, TODAY, Fate, Ran, both_gateways, gateway
from tests.execution.company import fill

# Run in an environment of its own.
collect_ignore = ["made_selections.py"]


@pytest.fixture(scope="module")
def fate() -> Iterator[Fate]:
    with pytest.MonkeyPatch.context() as patch:
        yield Fate(patch)


@pytest.fixture
def twins(databases: Databases, templates: Templates, fate: Fate) -> Iterator[tuple[str, str]]:
    """The addresses of two databases: the demo company, and one whose data is odd."""
    yield from _twins(databases, templates)


@pytest.fixture(scope="module")
def module_twins(
    databases: Databases, templates: Templates, fate: Fate
) -> Iterator[tuple[str, str]]:
    """As twins, but for all tests of a module."""
    yield from _twins(databases, templates)


def _twins(databases: Databases, templates: Templates) -> Iterator[tuple[str, str]]:
    company, _ = templates.filled(_company)
    urls = (databases.create(company), databases.create(company))
    yield urls
    for url in urls:
        databases.drop(url)


def _company(url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Fate(patch).set(0)
        demo.load(url, lambda *_: None, TODAY)
        asyncio.run(_fill(url))


async def _fill(url: str) -> None:
    async with gateway(url, compiles=False) as odd:
        await fill(odd.ask, TODAY)


@pytest.fixture
async def same(module_twins: tuple[str, str], fate: Fate) -> AsyncIterator[Callable[..., Any]]:
    """Runs an operation on both, and returns what the compiled one answered, and how."""
    async with both_gateways(module_twins) as (compiling, reference):

        async def run(
            query: str, variables: Any = None, caller: Caller = LOCAL, name: str | None = None
        ) -> Ran:
            variables = variables or {}
            operation = OPERATIONS.prepare(Parameters(query, name, variables))
            fate.turn += 1
            fate.set(fate.turn)
            compiled = await compiling.run(operation, variables, caller)
            fate.set(fate.turn)
            expected = await reference.run(operation, variables, caller)
            assert json.dumps(compiled.answer) == json.dumps(expected.answer)
            return compiled

        yield run
