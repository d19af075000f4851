"""Carries records and days from one system into the other, and tells what cannot be.

Carrying twice changes nothing: whoever ends in between, nothing is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from app.db.connections.database import Database, Transaction
from app.db.reading import flows as known
from app.db.reading.workers import workers_of_subjects
from app.db.writing import flows as kept
from app.domain.days import DayRange
from app.domain.errors import (
    NotConvertible,
    NotFound,
    Refused,
    TimeOffError,
    Unavailable,
)
from app.domain.identifiers import person_subject
from app.domain.sync.deliveries import day_key, record_key
from app.domain.sync.flows import EVERY_DAY, Days, Due, Flow, Work, first_day_of
from app.domain.sync.mirrored import MirroredRecord
from app.domain.sync.upstreams import FAULT, FAULT_WORDS
from app.domain.warnings import WarningCode
from app.services.caller import FLOW, Caller
from app.services.mirror.carried_days import DaysWish
from app.services.mirror.handed_over import RecordLook
from app.services.mirror.service import MirrorPersonTimeOff, MirrorService
from app.services.sync.pieces import pieces

RECORDS_AT_A_TIME: Final = 50
NO_USER: Final = (
    NotConvertible.code,
    "The person is not known to Kantata OX any more: link the worker to a user.",
)

Told = tuple[str, str] | None
"""The code and the words of why something could not be carried; None where it could."""


@dataclass(frozen=True, slots=True)
class Carrying:
    """Carries what is due of a company; ``fault`` hears of our mistakes."""

    database: Database
    mirror: MirrorService
    clock: Callable[[], datetime]
    fault: Callable[[Exception], object]

    async def carry(self, flow: Flow, work: Work, stopping: asyncio.Event) -> bool:
        """Carry records and days, each record and each user in a transaction of its own.

        What cannot be is told, and stays. Return False where it is to stop, or somebody has
        changed what is carried meanwhile.
        """
        for some in pieces(list(work.records.items()), RECORDS_AT_A_TIME):
            if not await self._carry_records(flow, dict(some), stopping):
                return False
        if not flow.flow.is_into_procore:
            return True
        for user_id, days in work.users.items():
            if stopping.is_set() or not await self._is_as_it_was(flow):
                return False
            await self._carry_days(flow, user_id, days)
        return True

    def first_day(self) -> date:
        """Return the first day that is carried."""
        return first_day_of(self.clock().astimezone(UTC).date())

    async def _is_as_it_was(self, flow: Flow) -> bool:
        async with self.database.reading() as connection:
            return await known.find_flow(connection, flow.company_id) == flow

    async def _carry_records(
        self, flow: Flow, records: Mapping[str, Due], stopping: asyncio.Event
    ) -> bool:
        if not await self._is_as_it_was(flow):
            return False
        company_id = flow.company_id
        keys = {id_: record_key(due.person_id, id_) for id_, due in records.items()}
        async with self.database.reading() as connection:
            problems = await known.keys_with_problems(connection, company_id, keys.values())
            mirrored = await known.mirrored_of_records(connection, company_id, records)
        for id_, due in records.items():
            if stopping.is_set():
                return False
            is_told = keys[id_] in problems  # of such a one more days may be left
            whole = replace(due, days=EVERY_DAY) if is_told else due
            told = await self._carry_record(flow, id_, whole, mirrored.get(id_))
            if told is not None or is_told:
                async with self.database.writing() as connection:
                    await self._tell(connection, flow, {keys[id_]: told})
        return True

    async def _carry_record(
        self, flow: Flow, record_id: str, due: Due, row: MirroredRecord | None
    ) -> Told:
        """Carry a record, unless it is one that was made of entries and still is as it was made."""
        caller, days = _caller_of(flow), due.days
        if row is not None:
            look = RecordLook(
                flow.company_id, record_id, self.first_day(), flow.flow.is_into_kantata
            )
            try:
                handed = await self.mirror.look(caller, look)
            except Unavailable:
                raise
            except Exception as fault:  # noqa: BLE001 - others are carried on
                return self._fault(fault)
            if handed.is_mirrored:
                return None
            days = days if handed.days is None else days.hull(handed.days)
        if not flow.flow.is_into_kantata:
            return None
        told = await self._settle(flow, record_id, replace(due, days=days))
        is_of_some = None not in (days.first, days.last)
        if told is None and flow.flow.is_into_procore and is_of_some:
            await self._carry_own(flow, due.person_id, days)
        return told

    async def _carry_own(self, flow: Flow, person_id: str, days: DayRange) -> None:
        """Carry what Kantata has of its own on days of which Procore has changed a record.

        Its entries may be as before, and Procore may lack them now. Not on all days: what nobody
        has changed is carried only where somebody wants it.
        """
        subject = person_subject(person_id)
        async with self.database.reading() as connection:
            worker = (await workers_of_subjects(connection, [subject])).get(subject)
            if worker is None or worker.user_id is None:
                return
            standing = await known.entry_days_of_user(
                connection, flow.company_id, worker.user_id, self.first_day()
            )
        await self._carry_days(
            flow, worker.user_id, frozenset(day for day in standing if day in days)
        )

    async def _settle(self, flow: Flow, record_id: str, due: Due) -> Told:
        """Settle days of a record; return why it cannot be."""
        days, first = due.days, self.first_day()
        if days.last is not None and days.last < first:
            return None
        begin = first if days.first is None else max(first, days.first)
        async with self.database.reading() as connection:
            mirrored = await known.mirrored_ids_of_person(
                connection, flow.company_id, due.person_id
            )
        wish = MirrorPersonTimeOff(
            record_id,
            first_day=begin,
            last_day=days.last,
            mirrored=mirrored,
        )
        told: list[Told] = []

        async def settle() -> None:
            done = await self.mirror.person_time_off(_caller_of(flow), wish)
            codes = {each.code for each in done.warnings}
            told.append(NO_USER if WarningCode.PERSON_WITHOUT_USER in codes else None)

        return await self._why_not(settle()) or (told[0] if told else None)

    async def _carry_days(self, flow: Flow, user_id: int, days: Days) -> None:
        """Carry days of a user, and tell of which it could not be done."""
        asked = await self._all_days(flow, user_id) if days is None else days
        if not asked:
            return
        wish = DaysWish(flow.company_id, user_id, asked, self.first_day(), flow.terms)
        told = dict[str, Told]()

        async def carry() -> None:
            done = await self.mirror.days(_caller_of(flow), wish)
            told.update(
                (day_key(user_id, day), (each.code, each.message))
                for day, each in done.problems.items()
            )

        why = await self._why_not(carry())
        keys = {day_key(user_id, day) for day in asked}
        if why is not None:  # none of them was carried
            told = dict.fromkeys(keys, why)
        async with self.database.reading() as connection:
            before = await known.days_with_problems(connection, flow.company_id, user_id)
        told |= dict.fromkeys((before & keys) - told.keys())
        if told:
            async with self.database.writing() as connection:
                await self._tell(connection, flow, told)

    async def _all_days(self, flow: Flow, user_id: int) -> frozenset[date]:
        """Return all days of a user that have entries, or records that were made of such."""
        async with self.database.reading() as connection:
            company_id = flow.company_id
            entries = await known.entry_days_of_user(
                connection, company_id, user_id, self.first_day()
            )
            mirrored = await known.mirrored_of_user(connection, company_id, user_id)
        return frozenset(entries.union(*(each.seconds for each in mirrored)))

    async def _tell(self, connection: Transaction, flow: Flow, told: Mapping[str, Told]) -> None:
        """Keep why something could not be carried, or forget that it could not."""
        company_id = flow.company_id
        over = [key for key, why in told.items() if why is None]
        if over:
            await kept.forget_problems_of(connection, company_id, over)
        if len(over) == len(told) or not await kept.is_carried(connection, flow):
            return
        for key, why in told.items():
            if why is not None:
                await kept.keep_problem(connection, company_id, key, why, self.clock())

    async def _why_not(self, work: Awaitable[None]) -> Told:
        """Do it, and return why it could not be done."""
        try:
            await work
        except NotFound:  # it is another company's by now
            return None
        except (TimeOffError, Unavailable) as refused:
            # Where the database is gone it cannot be told either: then all waits.
            return refused.code, refused.message
        except Refused as refused:
            return refused.errors[0].code, refused.errors[0].message
        except Exception as fault:  # noqa: BLE001 - others are carried on
            return self._fault(fault)
        return None

    def _fault(self, fault: Exception) -> Told:
        self.fault(fault)
        return FAULT, FAULT_WORDS


def _caller_of(flow: Flow) -> Caller:
    return replace(FLOW, identity=replace(FLOW.identity, companies=frozenset({flow.company_id})))
