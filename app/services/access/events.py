"""What happens that changes no record: told where it happens, stored soon, read by who audits.

Whoever changes something anyway records the event in that transaction. All else is only noted:
reading never waits for a writer's lock, nor does a refusal for a database.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.db.connections.database import Database, Transaction
from app.db.reading.access_events import ACCESS_EVENTS
from app.db.writing import access_events as store
from app.domain.access import Permission, Via
from app.domain.access_events import AccessEvent, AccessEventFilter, AccessEventKind
from app.domain.feeds import CalendarFeed
from app.domain.identifiers import Kind, node_id
from app.domain.paging import Page, PageRequest
from app.services.caller import Caller

_log = logging.getLogger(__name__)

MOST_NOTED: Final = 10_000
"""Events that wait to be stored, while the database cannot be written; beyond, the log tells."""

MOST_PEERS: Final = 1_000
"""Whose refusals of one minute are told apart; those of all others are counted together."""

OTHERS: Final = "others"

_Minute = tuple[datetime, str, Via]
"""Whose refusals are one event: those of a minute, a peer and a door."""


@dataclass(frozen=True, slots=True)
class _Noted:
    """An event that waits; ``link`` is the feed whose use it tells, and the hash of its link."""

    event: AccessEvent
    link: tuple[str, str] | None = None


@dataclass(slots=True)
class AccessEvents:
    """The events of one process, and those of all that are stored."""

    database: Database
    clock: Callable[[], datetime]
    _noted: list[_Noted] = field(default_factory=list)
    _refused: dict[_Minute, AccessEvent] = field(default_factory=dict)
    _numbers: dict[_Minute, int] = field(default_factory=dict)
    """Of the refusals that are stored already: more of the same minute are counted there."""
    _told: set[tuple[str, str]] = field(default_factory=set)
    """The links whose first use was stored the last time: a request may still be under way."""
    _left_out: int = 0
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def page(
        self, caller: Caller, wanted: AccessEventFilter, request: PageRequest
    ) -> Page[AccessEvent]:
        """Return events of the caller's companies; those of none are for callers of all.

        Raises NotPermitted without READ_AUDIT.
        """
        caller.require(Permission.READ_AUDIT)
        async with self.database.reading() as connection:
            return await ACCESS_EVENTS.page(connection, caller.companies, wanted, request)

    async def count(self, caller: Caller, wanted: AccessEventFilter) -> int:
        """Return how many events there are."""
        caller.require(Permission.READ_AUDIT)
        async with self.database.reading() as connection:
            return await ACCESS_EVENTS.count(connection, caller.companies, wanted)

    async def record(self, connection: Transaction, event: AccessEvent) -> None:
        """Store an event in the transaction of what it tells."""
        await store.add_events(connection, [event])

    async def record_access(
        self,
        connection: Transaction,
        caller: Caller,
        kind: AccessEventKind,
        companies: frozenset[str] | None,
        details: Mapping[str, Any],
        peer: str | None = None,
    ) -> None:
        """Store what became of a token or a session that reaches these companies (None: all).

        Who audits its one company reads it; what reaches several is for who audits all.
        """
        event = self.event_of(
            caller, kind, company_id=only_one(companies), peer=peer, details=details
        )
        await self.record(connection, event)

    def note(self, event: AccessEvent) -> None:
        """Have an event stored soon."""
        self._keep(_Noted(event))

    def note_use(
        self, feed: CalendarFeed, secret_hash: str, request_id: str, peer: str | None
    ) -> None:
        """Have it stored that a feed's link was used for the first time, if nobody knows yet."""
        event = AccessEvent(
            at=self.clock(),
            kind=AccessEventKind.FEED_LINK_FIRST_USED,
            via=Via.PAGE,
            request_id=request_id,
            company_id=feed.company_id,
            peer=peer,
            details={"calendarFeedId": node_id(Kind.CALENDAR_FEED, feed.id)},
        )
        self._keep(_Noted(event, (feed.id, secret_hash)))

    def note_refused(self, peer: str, via: Via, request_id: str) -> None:
        """Count that bad credentials came from a peer: one event for each of its minutes."""
        now = self.clock()
        minute = now.replace(second=0, microsecond=0)
        key = minute, peer, via
        if key not in self._refused and len(self._refused) >= MOST_PEERS:
            key = minute, OTHERS, via
        earlier = self._refused.get(key)
        if earlier is None:
            self._refused[key] = AccessEvent(
                now, AccessEventKind.REFUSED, via, request_id, peer=key[1]
            )
        else:
            self._refused[key] = replace(earlier, count=earlier.count + 1)

    def event_of(
        self,
        caller: Caller,
        kind: AccessEventKind,
        *,
        company_id: str | None = None,
        peer: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> AccessEvent:
        """Return what a caller does now. Of ``details`` none may be a secret or a reason."""
        origin = caller.origin
        return AccessEvent(
            at=self.clock(),
            kind=kind,
            via=origin.via,
            request_id=origin.request_id,
            company_id=company_id,
            actor=origin.actor,
            peer=peer,
            details=details or {},
        )

    async def store_noted(self) -> None:
        """Store what was noted. What cannot be stored now is kept for the next time."""
        async with self._storing:
            noted, self._noted = self._noted, []
            refused, self._refused = self._refused, {}
            if not noted and not refused:
                return
            if self.database.is_read_only:
                _tell(noted, refused)
                return
            try:
                async with self.database.writing() as connection:
                    numbers = await self._store(connection, noted, refused)
            except BaseException:
                self._take_back(noted, refused)
                raise
            self._told = {each.link for each in noted if each.link}
            newest = max((minute for minute, _, _ in numbers), default=None)
            self._numbers = {key: each for key, each in numbers.items() if key[0] == newest}
            left_out, self._left_out = self._left_out, 0
            if left_out:
                _log.error("%d access events could not be kept until they were stored.", left_out)

    async def _store(
        self,
        connection: Transaction,
        noted: list[_Noted],
        refused: Mapping[_Minute, AccessEvent],
    ) -> dict[_Minute, int]:
        """Store the events; return the numbers of the refusals that are stored by now."""
        events = [each.event for each in noted if not each.link]
        first_uses = {each.link: each.event for each in reversed(noted) if each.link}
        for link, event in first_uses.items():
            # Of a link that is renewed by now the database does not know any more.
            if link not in self._told and await store.note_use_of_feed(connection, *link):
                events.append(event)
        events.sort(key=lambda event: event.at)
        numbers = dict(self._numbers)
        new: list[_Minute] = []
        for key, event in refused.items():
            number = numbers.get(key)
            if number is None or not await store.count_more(connection, number, event.count):
                new.append(key)
        ids = await store.add_events(connection, [*events, *(refused[key] for key in new)])
        return numbers | dict(zip(new, list(ids)[len(events) :], strict=True))

    def _keep(self, noted: _Noted) -> None:
        if len(self._noted) < MOST_NOTED:
            self._noted.append(noted)
        else:
            self._left_out += 1

    def _take_back(self, noted: list[_Noted], refused: Mapping[_Minute, AccessEvent]) -> None:
        since, self._noted = self._noted, []
        for each in (*noted, *since):
            self._keep(each)
        for key, event in refused.items():
            later = self._refused.get(key)
            more = later.count if later else 0
            self._refused[key] = replace(event, count=event.count + more)


def only_one(companies: frozenset[str] | None) -> str | None:
    """Return the company that an event about these is of: the only one, if there is one."""
    (company_id,) = companies if companies and len(companies) == 1 else (None,)
    return company_id


def _tell(noted: list[_Noted], refused: Mapping[_Minute, AccessEvent]) -> None:
    """Log what a database that only reads cannot keep; the use of links is told elsewhere."""
    for event in (*(each.event for each in noted if not each.link), *refused.values()):
        who = event.actor.name if event.actor else event.peer
        said = (event.kind.value, who, event.via.value, event.request_id, event.count)
        _log.info("access event %s by %s via %s, request %s: %d", *said)


async def forget_old_events(database: Database, now: datetime, days: int) -> int:
    """Delete the events that were kept for so many days; return how many."""
    forgotten = 0
    while True:
        async with database.writing() as connection:
            some = await store.forget_before(connection, now - timedelta(days=days))
        if not some:
            return forgotten
        forgotten += some
