"""The application over each database, and what its tests need beside it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.graphql.api import Ask, Rows, api, put_everyone, rows_of


@pytest.fixture
def beginnings() -> dict[str, Callable[[str], None]]:
    """How tests of the API begin, by the fixture that they ask for."""
    return {"everyone": _everyone}


@pytest.fixture
async def ask(database_url: str) -> AsyncIterator[Ask]:
    async with api(database_url) as ask:
        yield ask


@pytest.fixture
def another_api(database_url: str) -> Callable[[], AbstractAsyncContextManager[Ask]]:
    """Starts the application once more over the same database, as another process would."""
    return lambda: api(database_url)


@pytest.fixture
def everyone(database_url: str) -> None:
    """A company with one user and one person, who are two humans: they are there already."""


def _everyone(database_url: str) -> None:
    async def fill() -> None:
        async with api(database_url) as ask:
            await put_everyone(ask)

    asyncio.run(fill())


@pytest.fixture
def stored(database_url: str) -> Callable[[], Awaitable[Rows]]:
    """Reads everything that the database holds, to say that nothing of it has changed."""
    return lambda: rows_of(database_url)
