"""What asyncpg asks of types that are the same on every PostgreSQL, asked once in a process.

Each new connection asks for each array of numbers, ids or days that it first meets, which costs
the server more than all else that a short test asks of it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

FIRST_OWN_OID = 16_384
"""Below it are PostgreSQL's own objects, of which none is ever changed."""

# Nothing was asked, so no unnamed statement has taken the place of the one in preparation.
_NOT_ASKED = SimpleNamespace(name="known")

Answer = tuple[Any, Any]


@contextmanager
def types_asked_once() -> Iterator[None]:
    """Have this process's connections remember what any of them was told of PostgreSQL's types."""
    ask = asyncpg.Connection._introspect_types  # noqa: SLF001
    known: dict[tuple[int, ...], Any] = {}

    async def ask_once(self: Any, oids: Sequence[int], *given: Any) -> Answer:
        asked = tuple(oids)
        if asked in known:
            return known[asked], _NOT_ASKED
        types, statement = await ask(self, oids, *given)
        if max(asked) < FIRST_OWN_OID:
            known[asked] = types
        return types, statement

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncpg.Connection, "_introspect_types", ask_once)
        yield
