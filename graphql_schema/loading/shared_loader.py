"""A loader that many wait for, of whom each may stop waiting."""

import asyncio
from collections.abc import Awaitable, Collection
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K")
V = TypeVar("V")


class SharedLoader(DataLoader[K, V]):
    """Fetches together what is asked for one by one.

    When a field fails, graphql-core cancels the fields beside it. What one of them waited
    for is still there for all others.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as DataLoader's
        super().__init__(*arguments, **options)
        self._under_way: set[asyncio.Future[V]] = set()

    def load(self, key: K) -> Awaitable[V]:
        """Return what will be the key's value; who cancels it cancels only that."""
        value = asyncio.ensure_future(super().load(key))
        if not value.done():
            self._under_way.add(value)
            value.add_done_callback(self._under_way.discard)
        return asyncio.shield(value)

    async def load_together(self, keys: Collection[K]) -> list[V]:
        """Return the values of different keys; those that nobody has asked for yet in one go."""
        missing = [key for key in keys if self.cache_map.get(key) is None]
        if missing:
            found: Any = await self.load_fn(missing)
            self.prime_many(dict(zip(missing, found, strict=True)))
        load = super().load
        values: list[Any] = [load(key) for key in keys]
        return [
            each.result() if each.done() else await self.load(key)
            for key, each in zip(keys, values, strict=True)
        ]

    async def settle(self) -> None:
        """Await loads whose fields were cancelled, so that none outlives its request's session."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
