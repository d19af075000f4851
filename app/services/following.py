"""Following the change feed as it grows: one reading for all who follow a company (rule 5.3).

A follower is a number in the feed and nothing else. What is new is read once and kept for a while;
who is further behind reads the table from its own number. So a slow follower holds nothing in
memory, and nobody misses a change: after 41 comes 42.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from app.db.connections.database import Database
from app.db.connections.wakeups import Bell
from app.domain.changes import CommittedChange, FeedPosition, FeedState
from app.domain.errors import CursorExpired
from app.services.changes import ChangeFeed

PIECE: Final = 200
"""So many changes are read at a time: some milliseconds of the event loop."""

RECENT: Final = 2_000
"""So many of a company's last changes are kept while somebody follows it."""

APART_SECONDS: Final = 0.025
"""Between two readings, however much is committed: what comes in between is read together."""

WAIT_SECONDS: Final = 60.0
"""For the bell, which is rung more often than that in any case."""

RETRY_SECONDS: Final = 0.5
"""After an outage of the database."""

TICK_SECONDS: Final = 2.0
"""After so long without anything new a follower hears that there is nothing."""


@dataclass(slots=True)
class _Company:
    """A company that is followed: its last number, and its last changes."""

    last: int
    recent: deque[CommittedChange] = field(default_factory=lambda: deque(maxlen=RECENT))
    followers: int = 0
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    lost: CursorExpired | None = None
    """Why nobody can go on from where the readers of this process are."""

    def end(self, why: CursorExpired) -> None:
        """Have all who follow hear that they would miss something."""
        self.lost = why
        self.grown.set()

    def add(self, news: Sequence[CommittedChange]) -> None:
        """Keep what is new, and wake all who wait for it."""
        self.recent.extend(news)
        self.last = news[-1].sequence
        grown, self.grown = self.grown, asyncio.Event()
        grown.set()

    async def grows(self) -> bool:
        """Wait until there is something new; say whether there was, within TICK_SECONDS."""
        try:
            async with asyncio.timeout(TICK_SECONDS):
                return await self.grown.wait()
        except TimeoutError:
            return False

    def after(self, sequence: int) -> Sequence[CommittedChange] | None:
        """Return what follows the number, at most a piece; None where that is not kept here."""
        if sequence >= self.last:
            return () if sequence == self.last else None
        if not self.recent or self.recent[0].sequence > sequence + 1:
            return None
        start = sequence + 1 - self.recent[0].sequence
        return list(islice(self.recent, start, start + PIECE))


class Followers:
    """All who follow a feed in this process. ``tell`` takes what keeps it from being read."""

    def __init__(
        self, database: Database, feed: ChangeFeed, tell: Callable[[Exception], object]
    ) -> None:
        self._database = database
        self._feed = feed
        self._tell = tell
        self._companies: dict[str, _Company] = {}
        self._reading: asyncio.Task[None] | None = None
        self._bell: Bell | None = None
        self._is_stopped = False

    @property
    def count(self) -> int:
        """How many follow a company now."""
        return sum(each.followers for each in self._companies.values())

    async def follow(
        self, company_id: str, number: int
    ) -> AsyncGenerator[Sequence[CommittedChange]]:
        """Yield the changes that follow the number, in pieces, until the process is stopped.

        The first piece is empty: from there on nothing is missed; so is a piece where nothing has
        happened for TICK_SECONDS. Raises CursorExpired where changes are no longer kept,
        Unavailable in an outage.
        """
        last = await self._feed.last(company_id)
        shown = 0
        with self._following(company_id, last) as company:
            yield ()
            while not self._is_stopped:
                if company.lost:
                    raise company.lost
                piece = company.after(number)
                if piece is None:
                    piece = await self._feed.after(company_id, number, PIECE)
                    if piece and piece[-1].sequence > shown:
                        # Once for all that is committed by now: of history that is most of it.
                        shown = max(piece[-1].sequence, company.last)
                        await self._database.until_shown()
                if piece:
                    yield piece
                    number = piece[-1].sequence
                elif number >= company.last and not await company.grows():
                    yield ()

    def stop(self) -> None:
        """Let all who follow come to their end: the process is about to."""
        self._is_stopped = True
        for company in self._companies.values():
            company.grown.set()

    async def close(self) -> None:
        """Read no more."""
        self.stop()
        if self._reading:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    @contextmanager
    def _following(self, company_id: str, last: int) -> Iterator[_Company]:
        company = self._companies.setdefault(company_id, _Company(last))
        company.followers += 1
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_on())
        if self._bell is not None:
            self._bell.ring()  # for what was committed since its last number was read
        try:
            yield company
        finally:
            company.followers -= 1
            if not company.followers and self._companies.get(company_id) is company:
                del self._companies[company_id]

    async def _read_on(self) -> None:
        """Read what is new while anybody follows: at once where nothing was new for a while."""
        loop = asyncio.get_running_loop()
        with self._database.bell() as bell:
            self._bell = bell
            while self._companies:
                read_at = loop.time()
                try:
                    await self._read_news()
                except Exception as fault:  # noqa: BLE001 - who follows would wait for ever
                    self._tell(fault)
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    await bell.rung(WAIT_SECONDS)
                    await asyncio.sleep(read_at + APART_SECONDS - loop.time())

    async def _read_news(self) -> None:
        companies = dict(self._companies)
        last = await self._feed.last_numbers(list(companies))
        if any(last.get(each, 0) > company.last for each, company in companies.items()):
            await self._database.until_shown()  # once for all: it may take as long as it is behind
        for company_id, company in companies.items():
            try:
                await self._read_news_of(company_id, company, last.get(company_id, 0))
            except CursorExpired as expired:
                company.end(expired)
                self._companies.pop(company_id, None)

    async def _read_news_of(self, company_id: str, company: _Company, last: int) -> None:
        """Read up to the last number. Raises CursorExpired, also where the feed has gone back.

        It has if the database was replaced by an older one: its next numbers mean other changes.
        """
        FeedPosition(company.last).refuse_unless_in(FeedState("", 1, last), "after")
        while company.last < last and company.followers:
            piece = await self._feed.after(company_id, company.last, PIECE)
            news = [each for each in piece if each.sequence <= last]  # what is shown by now
            if not news:
                break
            company.add(news)
