"""Carries time off from one system into the other: in one process at a time, beside the requests.

It follows the change feed of each company for which something is carried. How far it has come is
stored after the records are carried, and carrying twice changes nothing: whoever ends in between,
nothing is left out. A caller waits for none of it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from app.db.connections.database import Database
from app.db.connections.sole import Sole, Task
from app.db.reading import changes
from app.db.reading import flows as known
from app.db.writing import flows as kept
from app.domain.changes import CommittedChange
from app.domain.days import DayRange
from app.domain.errors import (
    CursorExpired,
    NotConvertible,
    NotFound,
    Refused,
    TimeOffError,
    Unavailable,
)
from app.domain.sync.flows import (
    EVERY_DAY,
    TRIED_AGAIN_AFTER,
    Due,
    Flow,
    first_day_of,
    joined_by,
    records_of,
)
from app.domain.sync.upstreams import FAULT, FAULT_WORDS
from app.domain.warnings import WarningCode
from app.services.caller import FLOW
from app.services.changes import ChangeFeed
from app.services.mirror.service import MirrorPersonTimeOff, MirrorService
from app.services.sync.pieces import pieces
from app.services.waits import wait_for_any

LOOK_SECONDS: Final = 1.0
"""How often the process that carries looks for what has changed."""
IDLE_SECONDS: Final = 5.0
"""How often one looks whether it is to carry, and whether there is anything to be."""
CHANGES_AT_A_TIME: Final = 200
RECORDS_AT_A_TIME: Final = 50
NO_USER: Final = (
    NotConvertible.code,
    "The person is not known to Kantata OX any more: link the worker to a user.",
)


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
            is_idle = flow.passed >= number and flow.settled_after is None
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
            if await self._try_again(flow) and flow.settled_after is not None:
                await self._carry_standing(flow)
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
            return await self._reach(flow, replace(flow, passed=last, settled_after=""))
        if not found:
            return None
        due = {**records_of(found), **await self._of_joined(flow, found)}
        if not await self._carry(flow, due):
            return None
        return await self._reach(flow, replace(flow, passed=found[-1].sequence))

    async def _of_joined(self, flow: Flow, found: Sequence[CommittedChange]) -> Mapping[str, Due]:
        """Return the records of those who are another worker by these changes."""
        people, emails = joined_by(found)
        if not people and not emails:
            return {}
        first = self._first_day()
        async with self.database.reading() as connection:
            return dict(
                await known.records_of_joined(connection, flow.company_id, people, emails, first)
            )

    async def _carry_standing(self, flow: Flow) -> None:
        """Carry some of the records that stand, by their ids."""
        after = flow.settled_after or ""
        first = self._first_day()
        async with self.database.reading() as connection:
            records = await known.records_after(
                connection, flow.company_id, after, first, RECORDS_AT_A_TIME
            )
        if not await self._carry(flow, dict(records)):
            return
        is_over = len(records) < RECORDS_AT_A_TIME
        await self._reach(flow, replace(flow, settled_after=None if is_over else records[-1][0]))

    async def _try_again(self, flow: Flow) -> bool:
        """Carry what could not be some time ago: its worker may be linked by now.

        Return False where somebody has ended it meanwhile.
        """
        before = self.clock() - TRIED_AGAIN_AFTER
        async with self.database.reading() as connection:
            records = await known.problems_to_try(
                connection, flow.company_id, before, RECORDS_AT_A_TIME
            )
        return await self._carry(flow, dict(records))

    async def _carry(self, flow: Flow, records: Mapping[str, Due]) -> bool:
        """Carry records, each in a transaction of its own; what cannot be is told, and stays.

        Return False where it is to stop, or somebody has changed what is carried meanwhile.
        """
        first = self._first_day()
        for some in pieces(list(records.items()), RECORDS_AT_A_TIME):
            ids = [id_ for id_, _ in some]
            async with self.database.reading() as connection:
                if await known.find_flow(connection, flow.company_id) != flow:
                    return False
                problems = await known.records_with_problems(connection, flow.company_id, ids)
            for id_, due in some:
                if self.stopping.is_set():
                    return False
                is_told = id_ in problems  # of such a one more days may be left
                whole = replace(due, days=EVERY_DAY) if is_told else due
                told = await self._settle(flow.company_id, id_, whole.days, first)
                if told is not None or is_told:
                    await self._tell(flow.company_id, (id_, due.person_id), told)
        return True

    async def _tell(
        self, company_id: str, record: tuple[str, str], told: tuple[str, str] | None
    ) -> None:
        """Keep why a record could not be carried, or forget that it could not."""
        async with self.database.writing() as connection:
            if told is None:
                await kept.forget_problem(connection, company_id, record[0])
            elif await kept.is_carried(connection, company_id):
                await kept.keep_problem(connection, company_id, record, told, self.clock())

    async def _settle(
        self, company_id: str, record_id: str, days: DayRange, first: date
    ) -> tuple[str, str] | None:
        """Settle days of a record; return the code and the words of why it cannot be."""
        if days.last is not None and days.last < first:
            return None
        begin = first if days.first is None else max(first, days.first)
        identity = replace(FLOW.identity, companies=frozenset({company_id}))
        wish = MirrorPersonTimeOff(record_id, first_day=begin, last_day=days.last)
        try:
            done = await self.mirror.person_time_off(replace(FLOW, identity=identity), wish)
        except NotFound:  # it is another company's by now
            return None
        except (TimeOffError, Unavailable) as refused:
            # Where the database is gone it cannot be told either: then all waits.
            return refused.code, refused.message
        except Refused as refused:
            return refused.errors[0].code, refused.errors[0].message
        except Exception as fault:  # noqa: BLE001 - others are carried on
            self.fault(fault)
            return FAULT, FAULT_WORDS
        is_left_out = any(each.code is WarningCode.PERSON_WITHOUT_USER for each in done.warnings)
        return NO_USER if is_left_out else None

    def _first_day(self) -> date:
        return first_day_of(self.clock().astimezone(UTC).date())

    async def _reach(self, before: Flow, after: Flow) -> Flow | None:
        async with self.database.writing() as connection:
            return after if await kept.go_on(connection, before, after) else None
