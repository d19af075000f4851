"""How many messages are sent at a time for somebody who waits to hear what becomes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app.domain.errors import Busy

MOST_TRIES: Final = 4
"""Of a process. Each keeps a place for writers while its receiver does not answer."""


class Tries:
    """The tries of one process that are under way: one for each company, and few of all."""

    def __init__(self) -> None:
        self._companies: set[str] = set()

    @contextmanager
    def one_of(self, company_id: str) -> Iterator[None]:
        """Try while the block lasts. Raises Busy where others of the company, or many, do."""
        if company_id in self._companies or len(self._companies) >= MOST_TRIES:
            raise Busy
        self._companies.add(company_id)
        try:
            yield
        finally:
            self._companies.remove(company_id)
