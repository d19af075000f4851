"""The application over each database, and what its tests need beside it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.graphql.api import Ask, Rows, api, put_everyone, rows_of


@pytest.fixture
async def ask(database_url: str) -> AsyncIterator[Ask]:
    async with api(database_url) as ask:
        yield ask


@pytest.fixture
def another_api(database_url: str) -> Callable[[], AbstractAsyncContextManager[Ask]]:
    """Starts the application once more over the same database, as another process would."""
    return lambda: api(database_url)


@pytest.fixture
async def everyone(ask: Ask) -> None:
    """A company with one user and one person, who are two humans."""
    await put_everyone(ask)


@pytest.fixture
def stored(database_url: str) -> Callable[[], Awaitable[Rows]]:
    """Reads everything that the database holds, to say that nothing of it has changed."""
    return lambda: rows_of(database_url)
