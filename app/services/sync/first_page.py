"""The first page of a list, as commands show it, and how many more there are."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.domain.paging import Page

T = TypeVar("T")


async def beyond(page: Page[T], count: Callable[[], Awaitable[int]]) -> int:
    """Return how many more there are than the page has; nothing is counted where it has all."""
    return await count() - len(page.items) if page.has_next else 0
