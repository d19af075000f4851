"""Settling one system's time off into the other, one transaction each (rule 4.4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from typing import Any

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.domain.access import Permission
from app.domain.days import DayRange, within_calendar
from app.domain.errors import Refusals
from app.domain.identifiers import Kind, read_kantata_id, read_text_id
from app.domain.person_time_off import judge_reason
from app.domain.time_off_entries import MAX_ENTRIES_OF_A_CREATE, refuse_count
from app.services.caller import Caller
from app.services.idempotency import KeyedRequest
from app.services.mirror.carried_days import CarriedDays, DaysWish, carry_days
from app.services.mirror.handed_over import HandedOver, RecordLook, hand_over
from app.services.mirror.kantata_to_procore import EntriesWish, MirroredEntries, span_entries
from app.services.mirror.procore_to_kantata import (
    NONE_MIRRORED,
    MirroredPersonTimeOff,
    RecordWish,
    settle_record,
)
from app.services.seen_days import DayAsSeen, read_seen_days
from app.services.writes import Write, run_write


@dataclass(frozen=True, slots=True)
class MirrorPersonTimeOff:
    """A record of person time off, or one that was deleted, by its id; the days to settle.

    ``mirrored`` are records that a flow has made of entries: they bring nothing back to those.
    """

    id: str
    dry_run: bool = False
    idempotency_key: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    if_unchanged: Sequence[DayAsSeen] = ()
    mirrored: frozenset[str] = NONE_MIRRORED


@dataclass(frozen=True, slots=True)
class MirrorEntries:
    """Entries, what Procore wants to know besides, and the days to settle."""

    ids: Sequence[str]
    is_paid: bool
    reason: str
    batch_start_time: time
    dry_run: bool = False
    idempotency_key: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    round_to_quarter_hours: bool = False
    if_unchanged: Sequence[DayAsSeen] = ()


@dataclass(frozen=True, slots=True)
class MirrorService:
    """Convert, idempotently: doing it twice changes nothing."""

    database: Database
    clock: Callable[[], datetime]

    async def person_time_off(
        self, caller: Caller, command: MirrorPersonTimeOff
    ) -> MirroredPersonTimeOff:
        """Settle every day that the record counts, and all that was converted before."""
        caller.require(Permission.WRITE_TIME_OFF)
        refusals = Refusals()
        with refusals.collecting("id"):
            id_ = read_text_id(Kind.PERSON_TIME_OFF, command.id)
        window = _window(command.first_day, command.last_day, refusals)
        seen_days = read_seen_days(command.if_unchanged, refusals)
        refusals.raise_any()
        request = KeyedRequest(
            caller,
            "mirrorPersonTimeOff",
            command.idempotency_key,
            RecordWish(id_, window),
            dry_run=command.dry_run,
            seen_days=seen_days,
        )
        settle = partial(settle_record, mirrored=command.mirrored)
        return await run_write(self, request, MirroredPersonTimeOff, settle)

    async def entries(self, caller: Caller, command: MirrorEntries) -> MirroredEntries:
        """Write the entries as few spans and weekly repeats of their persons."""
        caller.require(Permission.WRITE_TIME_OFF)
        refuse_count(len(command.ids), MAX_ENTRIES_OF_A_CREATE, ("ids",))
        refusals = Refusals()
        places: dict[int, int] = {}
        for index, text in enumerate(command.ids):
            with refusals.collecting("ids", index):
                places.setdefault(read_kantata_id(Kind.ENTRY, text), index)
        judge_reason(command.reason, refusals)
        wish = EntriesWish(
            ids=list(places),
            is_paid=command.is_paid,
            reason=command.reason,
            batch_start_time=command.batch_start_time,
            window=_window(command.first_day, command.last_day, refusals),
            round_to_quarter_hours=command.round_to_quarter_hours,
        )
        request = KeyedRequest(
            caller,
            "mirrorTimeOffEntries",
            command.idempotency_key,
            wish,
            dry_run=command.dry_run,
            refusals=refusals,
            seen_days=read_seen_days(command.if_unchanged, refusals),
        )
        span = partial(span_entries, places=places)
        return await run_write(self, request, MirroredEntries, span, show=_with_reasons)

    async def days(self, caller: Caller, wish: DaysWish) -> CarriedDays:
        """Have records that a flow made of a user's entries be what these are now."""
        request = KeyedRequest(caller, "carryDays", None, wish)
        return await run_write(self, request, CarriedDays, carry_days)

    async def look(self, caller: Caller, wish: RecordLook) -> HandedOver:
        """Have a record that a flow made, and others have changed, be theirs."""
        request = KeyedRequest(caller, "handOver", None, wish)
        return await run_write(self, request, HandedOver, hand_over)


def _window(first: date | None, last: date | None, refusals: Refusals) -> DayRange:
    """Read the two ends of a window; all days where it is refused."""
    for name, day in (("from", first), ("to", last)):
        with refusals.collecting(name):
            if day:
                within_calendar(day)
    with refusals.collecting("to"):
        return DayRange(first, last)
    return DayRange()


async def _with_reasons(write: Write[Any], mirrored: MirroredEntries) -> MirroredEntries:
    """Give the reasons back to a caller who may read them; a deleted record has none."""
    caller = write.caller
    ids = [each.id for each in mirrored.records if caller.reads_reason_of(each.person_id)]
    found = await PERSON_TIME_OFFS.find_many(write.connection, caller.companies, ids)
    reasons = {record.id: record.reason for record in found.values()}
    return replace(
        mirrored,
        records=[replace(each, reason=reasons.get(each.id)) for each in mirrored.records],
    )
