"""Carries time off from one system into the other: in one process at a time, beside the requests.

It follows the change feed of each company for which something is carried. How far it has come is
stored after the records are carried, and carrying twice changes nothing: whoever ends in between,
nothing is left out. A caller waits for none of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.db.connections.database import Database
from app.db.connections.sole import Sole, Task
from app.db.reading import changes
from app.db.reading import flows as known
from app.db.writing import flows as kept
from app.domain.changes import CommittedChange
from app.domain.errors import CursorExpired, Unavailable
from app.domain.sync.flows import (
    TRIED_AGAIN_AFTER,
    Due,
    Flow,
    Standing,
    Work,
    days_of_users,
    joined_by,
    records_of,
)
from app.services.changes import ChangeFeed
from app.services.mirror.service import MirrorService
from app.services.sync.carrying import RECORDS_AT_A_TIME, Carrying
from app.services.waits import wait_for_any

LOOK_SECONDS: Final = 1.0
"""How often the process that carries looks for what has changed."""
IDLE_SECONDS: Final = 5.0
"""How often one looks whether it is to carry, and whether there is anything to be."""
CHANGES_AT_A_TIME: Final = 200
USERS_AT_A_TIME: Final = 10


@dataclass(frozen=True, slots=True)
class Flows:
    """``woken`` is set by whoever has changed what is carried; ``fault`` hears of our mistakes."""

    database: Database
    feed: ChangeFeed
    mirror: MirrorService
    clock: Callable[[], datetime]
    woken: asyncio.Event
    fault: Callable[[Exception], object]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stopping: asyncio.Event) -> None:
        """Carry whenever it is this process that does, until it is to stop."""
        await replace(self, stopping=stopping).carry()

    async def carry(self) -> None:
        """Carry until ``stopping`` is set."""
        sole = self.database.sole(Task.CARRYING)
        try:
            while not self.stopping.is_set():
                wait = IDLE_SECONDS
                with suppress(Unavailable):
                    wait = await self.look(sole)
                await wait_for_any(wait, self.woken, self.stopping)
                self.woken.clear()
        finally:
            await sole.release()

    async def look(self, sole: Sole) -> float:
        """Carry some of what is due, of each company; return how long there is nothing more."""
        if self.database.is_read_only:  # a replica's primary does so
            return IDLE_SECONDS
        async with self.database.reading() as connection:
            flows = await known.flows_under_way(connection)
        if not flows:
            await sole.release()
            return IDLE_SECONDS
        if not await sole.take():
            return IDLE_SECONDS
        last = await self.feed.last_numbers([each.company_id for each in flows])
        before = self.clock() - TRIED_AGAIN_AFTER
        async with self.database.reading() as connection:
            to_try = await known.companies_to_try(connection, before)
        is_more = False
        for flow in flows:
            number = last.get(flow.company_id, 0)
            is_idle = flow.passed >= number and flow.settled is None
            if is_idle and flow.company_id not in to_try:
                continue
            is_more |= await self.turn(flow, number)
        return 0 if is_more else LOOK_SECONDS

    async def turn(self, flow: Flow, last: int) -> bool:
        """Carry some of what is due of one company; say whether there are more changes.

        Not all of it at once: others wait for their turn.
        """
        try:
            if flow.passed < last:
                become = await self._carry_changes(flow)
                if become is None:
                    return False
                flow = become
            if await self._try_again(flow) and flow.settled is not None:
                await self._carry_standing(flow, flow.settled)
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - others are carried on
            self.fault(fault)
            return False
        return flow.passed < last

    async def _carry_changes(self, flow: Flow) -> Flow | None:
        """Carry some changes; return how far that is, or None where somebody has changed it."""
        await self.database.until_shown()
        try:
            found = await self.feed.after(flow.company_id, flow.passed, CHANGES_AT_A_TIME)
        except CursorExpired:  # they are kept no longer: all that stands is compared instead
            async with self.database.reading() as connection:
                last = await changes.last_number(connection, flow.company_id)
            return await self._reach(flow, replace(flow, passed=last, settled=flow.beginning))
        if not found:
            return None
        if not await self._carry(flow, await self._due(flow, found)):
            return None
        return await self._reach(flow, replace(flow, passed=found[-1].sequence))

    async def _due(self, flow: Flow, found: Sequence[CommittedChange]) -> Work:
        """Return what has changed, and what is of those who are another worker by the changes."""
        records, users, joined = records_of(found), days_of_users(found), joined_by(found)
        if joined:
            first = self._carrying.first_day()
            async with self.database.reading() as connection:
                theirs = await known.records_of_joined(connection, flow.company_id, joined, first)
                others = await known.users_of_joined(connection, flow.company_id, joined)
            records |= dict(theirs)
            users |= dict.fromkeys(others)
        return Work(records, users)

    async def _carry_standing(self, flow: Flow, place: Standing) -> None:
        """Carry some of what stands: records by their ids, then users by theirs."""
        first, company_id = self._carrying.first_day(), flow.company_id
        records, users = list[tuple[str, Due]](), list[int]()
        async with self.database.reading() as connection:
            if place.is_of_users:
                after = int(place.after or 0)
                users = await known.users_after(
                    connection, company_id, after, first, USERS_AT_A_TIME
                )
            else:
                records += await known.records_after(
                    connection, company_id, place.after, first, RECORDS_AT_A_TIME
                )
        if not await self._carry(flow, Work(dict(records), dict.fromkeys(users))):
            return
        then: Standing | None = None
        if len(users) == USERS_AT_A_TIME:
            then = Standing(is_of_users=True, after=str(users[-1]))
        elif len(records) == RECORDS_AT_A_TIME:
            then = Standing(after=records[-1][0])
        elif not place.is_of_users and flow.flow.is_into_procore:
            then = Standing(is_of_users=True)
        await self._reach(flow, replace(flow, settled=then))

    async def _try_again(self, flow: Flow) -> bool:
        """Carry what could not be some time ago: its worker may be linked by now.

        Return False where somebody has ended it meanwhile.
        """
        before = self.clock() - TRIED_AGAIN_AFTER
        async with self.database.reading() as connection:
            keys = await known.problems_to_try(
                connection, flow.company_id, before, RECORDS_AT_A_TIME
            )
        return await self._carry(flow, Work.of_keys(keys))

    async def _carry(self, flow: Flow, work: Work) -> bool:
        return await self._carrying.carry(flow, work, self.stopping)

    @property
    def _carrying(self) -> Carrying:
        return Carrying(self.database, self.mirror, self.clock, self.fault)

    async def _reach(self, before: Flow, after: Flow) -> Flow | None:
        async with self.database.writing() as connection:
            return after if await kept.go_on(connection, before, after) else None
