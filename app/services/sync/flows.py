"""Carries time off from one system into the other: in one process at a time, beside the requests.

It follows the change feed of each company for which something is carried. How far it has come is
stored after the records are carried, and carrying twice changes nothing: whoever ends in between,
nothing is left out. A caller waits for none of it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from app.db.connections.database import Database
from app.db.connections.sole import Sole, Task
from app.db.reading import changes
from app.db.reading import flows as known
from app.db.writing import flows as kept
from app.domain.changes import CommittedChange
from app.domain.errors import CursorExpired, NotFound, Refused, TimeOffError, Unavailable
from app.domain.sync.flows import TRIED_AGAIN_AFTER, Flow, first_day_of, joined_by, records_of
from app.services.caller import FLOW
from app.services.changes import ChangeFeed
from app.services.mirror.service import MirrorPersonTimeOff, MirrorService

LOOK_SECONDS: Final = 1.0
"""How often the process that carries looks for what has changed."""
IDLE_SECONDS: Final = 5.0
"""How often one looks whether it is to carry, and whether there is anything to be."""
CHANGES_AT_A_TIME: Final = 200
RECORDS_AT_A_TIME: Final = 50
FAULT: Final = ("FAULT", "A fault of the gateway, which its log tells.")


@dataclass(frozen=True, slots=True)
class Flows:
    """``woken`` is set by whoever has changed what is carried; ``fault`` hears of our mistakes."""

    database: Database
    feed: ChangeFeed
    mirror: MirrorService
    clock: Callable[[], datetime]
    woken: asyncio.Event
    fault: Callable[[Exception], object]

    async def run(self, stopping: asyncio.Event) -> None:
        """Carry whenever it is this process that does, until it is to stop."""
        sole = self.database.sole(Task.CARRYING)
        try:
            while not stopping.is_set():
                wait = IDLE_SECONDS
                with suppress(Unavailable):
                    wait = await self._look(sole, stopping)
                await self._pause(wait, stopping)
        finally:
            await sole.release()

    async def _look(self, sole: Sole, stopping: asyncio.Event) -> float:
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
        for flow in flows:
            if stopping.is_set():
                break
            await self.turn(flow, last.get(flow.company_id, 0))
        return LOOK_SECONDS

    async def turn(self, flow: Flow, last: int) -> None:
        """Carry what is due of one company: changes first, then some of what stands."""
        try:
            while flow.passed < last:
                become = await self._carry_changes(flow)
                if become is None:
                    return
                flow = become
            await self._try_again(flow)
            if flow.settled_after is not None:
                await self._carry_standing(flow)
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - others are carried on
            self.fault(fault)

    async def _carry_changes(self, flow: Flow) -> Flow | None:
        """Carry some changes; return how far that is, or None where somebody has changed it."""
        await self.database.until_shown()
        try:
            found = await self.feed.after(flow.company_id, flow.passed, CHANGES_AT_A_TIME)
        except CursorExpired:  # they are kept no longer: all that stands is compared instead
            async with self.database.reading() as connection:
                last = await changes.last_number(connection, flow.company_id)
            return await self._reach(flow, replace(flow, passed=last, settled_after=""))
        if not found:
            return None
        await self._carry(flow, {**records_of(found), **await self._of_joined(flow, found)})
        return await self._reach(flow, replace(flow, passed=found[-1].sequence))

    async def _of_joined(self, flow: Flow, found: Sequence[CommittedChange]) -> Mapping[str, str]:
        """Return the records of those who are another worker by these changes."""
        people, emails = joined_by(found)
        if not people and not emails:
            return {}
        first = first_day_of(self.clock().astimezone(UTC).date())
        async with self.database.reading() as connection:
            return dict(
                await known.records_of_joined(connection, flow.company_id, people, emails, first)
            )

    async def _carry_standing(self, flow: Flow) -> None:
        """Carry some of the records that stand, by their ids."""
        after = flow.settled_after or ""
        first = first_day_of(self.clock().astimezone(UTC).date())
        async with self.database.reading() as connection:
            records = await known.records_after(
                connection, flow.company_id, after, first, RECORDS_AT_A_TIME
            )
        await self._carry(flow, dict(records))
        is_over = len(records) < RECORDS_AT_A_TIME
        await self._reach(flow, replace(flow, settled_after=None if is_over else records[-1][0]))

    async def _try_again(self, flow: Flow) -> None:
        """Carry what could not be some time ago: its worker may be linked by now."""
        before = self.clock() - TRIED_AGAIN_AFTER
        async with self.database.reading() as connection:
            records = await known.problems_to_try(
                connection, flow.company_id, before, RECORDS_AT_A_TIME
            )
        await self._carry(flow, dict(records))

    async def _carry(self, flow: Flow, records: Mapping[str, str]) -> None:
        """Carry records, each in a transaction of its own; what cannot be is told, and stays."""
        if not records:
            return
        first = first_day_of(self.clock().astimezone(UTC).date())
        async with self.database.reading() as connection:
            problems = await known.records_with_problems(connection, flow.company_id, records)
        for record in records.items():
            told = await self._settle(flow.company_id, record[0], first)
            if told is None and record[0] not in problems:
                continue
            async with self.database.writing() as connection:
                if told is None:
                    await kept.forget_problem(connection, flow.company_id, record[0])
                else:
                    at = self.clock()
                    await kept.keep_problem(connection, flow.company_id, record, told, at)

    async def _settle(self, company_id: str, record_id: str, first: date) -> tuple[str, str] | None:
        """Settle the days of a record; return the code and the words of why it cannot be."""
        identity = replace(FLOW.identity, companies=frozenset({company_id}))
        wish = MirrorPersonTimeOff(record_id, first_day=first)
        try:
            await self.mirror.person_time_off(replace(FLOW, identity=identity), wish)
        except Unavailable:
            raise
        except NotFound:  # it is another company's by now
            return None
        except TimeOffError as refused:
            return refused.code, refused.message
        except Refused as refused:
            return refused.errors[0].code, refused.errors[0].message
        except Exception as fault:  # noqa: BLE001 - others are carried on
            self.fault(fault)
            return FAULT
        return None

    async def _reach(self, before: Flow, after: Flow) -> Flow | None:
        async with self.database.writing() as connection:
            return after if await kept.go_on(connection, before, after) else None

    async def _pause(self, seconds: float, stopping: asyncio.Event) -> None:
        waits = [asyncio.create_task(each.wait()) for each in (self.woken, stopping)]
        _, left = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for each in left:
            each.cancel()
        self.woken.clear()
