"""Procore to Kantata: each day of a person becomes what the person's records say (4.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import entries as entry_store
from app.db import mirror as store
from app.db.calendars import calendars
from app.db.listings import PERSON_TIME_OFFS
from app.db.schedule import clock_hours
from app.db.tables import PersonRow
from app.db.writing import ENTRY_IDS, REFERENCE_IDS, lock_rows, next_ids, record_changes
from app.domain.conversion import (
    SERVICE_NAME,
    MirrorOutcome,
    Settlement,
    mirror_facts,
    settle,
    settlement_outcome,
)
from app.domain.days import DaySpan
from app.domain.errors import NotConvertible, NotFound
from app.domain.identifiers import Kind, person_subject, user_subject
from app.domain.kantata import (
    ExternalReference,
    StoredDay,
    TimeOffEntry,
)
from app.domain.procore import PersonTimeOff
from app.domain.schedule import WorkerDay, union_seconds
from app.domain.wire_formats import format_local_time
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.changes import change
from app.services.schedule import SubjectDay, workers_of_subjects


@dataclass(frozen=True, slots=True)
class SettledDay:
    """What became of a day; ``entry_id`` is None where it was taken back whole."""

    date: date
    outcome: MirrorOutcome
    entry_id: int | None


@dataclass(frozen=True, slots=True)
class MirroredPersonTimeOff:
    """Each settled day by date, the entries that stand on them, and what is lost."""

    results: Sequence[SettledDay]
    entries: Sequence[TimeOffEntry]
    lost: Sequence[str]
    touched: Sequence[SubjectDay]
    days_if_stored: Sequence[WorkerDay] | None = None


async def settle_record(
    connection: AsyncConnection, caller: Caller, id_: str, now: datetime, *, dry_run: bool
) -> MirroredPersonTimeOff:
    """Settle every day that the record counts, and every day converted for its person."""
    person_id = await store.person_of_record(connection, caller.companies, id_)
    if person_id is None:
        raise NotFound(Kind.PERSON_TIME_OFF.words, ("id",))
    worker = (await workers_of_subjects(connection, [person_subject(person_id)])).get(
        person_subject(person_id)
    )
    if worker is None or worker.user_id is None:
        msg = "The person is not known to Kantata OX: link the worker to a user first."
        raise NotConvertible(msg, ("id",))
    await entry_store.lock_users(connection, caller.companies, [worker.user_id])
    await lock_rows(connection, PersonRow, [person_id])
    record = (await PERSON_TIME_OFFS.find_many(connection, caller.companies, [id_])).get(id_)
    counted = set(record.counted_days()) if record else set()
    converted = await store.converted_days(connection, worker.user_id, person_id)
    days = sorted(counted | converted)
    settled = await _settle_days(connection, worker, days, now, dry_run=dry_run)
    return replace(settled, lost=_lost_of_record(record))


async def _settle_days(
    connection: AsyncConnection,
    worker: Worker,
    days: Sequence[date],
    now: datetime,
    *,
    dry_run: bool,
) -> MirroredPersonTimeOff:
    if not days or worker.user_id is None or worker.person_id is None:
        return MirroredPersonTimeOff([], [], [], [])
    places = [(worker.user_id, day) for day in days]
    stored = await entry_store.stored_days(connection, places)
    clocked = await _clocked(connection, worker, days)
    plans = [
        _DayPlan.of(worker.person_id, day, stored.get((worker.user_id, day)), clocked[day])
        for day in days
    ]
    plans = [each for each in plans if each.is_of_interest]
    new = sum(each.stored is None for each in plans)
    ids = iter(await next_ids(connection, ENTRY_IDS, new, provisional=dry_run))
    entries = [(each.entry, each.entry_after(worker, ids, now)) for each in plans]
    count = sum(each.needs_reference for each in plans)
    reference_ids = iter(await next_ids(connection, REFERENCE_IDS, count, provisional=dry_run))
    references = [
        pair
        for each, (_, after) in zip(plans, entries, strict=True)
        for pair in each.references_after(after, reference_ids, now)
    ]
    await _store_entries(connection, entries)
    await _store_references(connection, references)
    changes = [change(before, after) for before, after in entries if before != after]
    changes += [change(before, after) for before, after in references if before != after]
    await record_changes(connection, now, changes)
    subject = user_subject(worker.user_id)
    return MirroredPersonTimeOff(
        [
            SettledDay(each.day, each.outcome, after.id if after else None)
            for each, (_, after) in zip(plans, entries, strict=True)
        ],
        [after for _, after in entries if after],
        [],
        [(subject, each.day) for each in plans],
    )


async def _clocked(
    connection: AsyncConnection, worker: Worker, days: Sequence[date]
) -> dict[date, int]:
    """Return the capped union of the person's records on each day."""
    window = DaySpan(min(days), max(days))
    person_id = worker.person_id or ""
    clocks = await clock_hours(connection, [person_id], window)
    user_id = worker.user_id or 0
    calendar = (await calendars(connection, {user_id: worker.company_id}, window))[user_id]
    return {
        day: min(union_seconds(clocks.get((person_id, day), ())), calendar.possible_seconds(day))
        for day in days
    }


@dataclass(frozen=True, slots=True)
class _DayPlan:
    """One day: what is stored, what an earlier conversion brought, and what it becomes."""

    person_id: str
    day: date
    stored: StoredDay | None
    reference: ExternalReference | None
    settlement: Settlement

    @classmethod
    def of(cls, person_id: str, day: date, stored: StoredDay | None, clocked: int) -> "_DayPlan":
        """Plan a day, or refuse one whose entry has another reference of the service."""
        reference = None
        for each in stored.references if stored else ():
            if each.facts.service_name == SERVICE_NAME:
                reference = each
        if reference and not _is_of_day(reference, person_id, day):
            msg = f"The entry of {day} has another reference of {SERVICE_NAME}."
            raise NotConvertible(msg, ("id",))
        seconds = stored.entry.seconds if stored else 0
        brought = reference.brought_seconds if reference else 0
        return cls(person_id, day, stored, reference, settle(seconds, brought, clocked))

    @property
    def is_of_interest(self) -> bool:
        """Say whether Procore has, or had, anything to do with the day."""
        return self.settlement.keeps_reference or self.reference is not None

    @property
    def needs_reference(self) -> bool:
        """Say whether a new reference will stand on the entry."""
        return self.settlement.keeps_reference and self.reference is None

    @property
    def entry(self) -> TimeOffEntry | None:
        """The day's entry as it is stored."""
        return self.stored.entry if self.stored else None

    @property
    def outcome(self) -> MirrorOutcome:
        """Say what becomes of the day."""
        seconds = self.entry.seconds if self.entry else 0
        brought = self.reference.brought_seconds if self.reference else None
        return settlement_outcome(seconds, brought, self.settlement)

    def entry_after(self, worker: Worker, ids: Iterator[int], now: datetime) -> TimeOffEntry | None:
        """Return the entry as it becomes; None where it is taken back whole."""
        seconds = self.settlement.seconds
        if not seconds:
            return None
        if self.entry is None:
            return TimeOffEntry(
                next(ids),
                worker.company_id,
                worker.user_id or 0,
                self.day,
                now.date(),
                seconds,
                now,
                now,
            )
        if self.entry.seconds == seconds:
            return self.entry
        return replace(self.entry, seconds=seconds, updated_at=now)

    def references_after(
        self, entry: TimeOffEntry | None, ids: Iterator[int], now: datetime
    ) -> Iterator[tuple[ExternalReference | None, ExternalReference | None]]:
        """Yield each of the day's references as it is and as it becomes."""
        if entry is None:
            yield from ((each, None) for each in (self.stored.references if self.stored else ()))
        elif self.reference is None:
            yield None, _new_reference(next(ids), entry, self.person_id, self.settlement, now)
        elif not self.settlement.keeps_reference:
            yield self.reference, None
        elif self.reference.brought_seconds != self.settlement.brought:
            brought = self.settlement.brought
            yield self.reference, replace(self.reference, brought_seconds=brought, updated_at=now)


def _new_reference(
    id_: int, entry: TimeOffEntry, person_id: str, settlement: Settlement, now: datetime
) -> ExternalReference:
    facts = mirror_facts(person_id, entry.requested_date)
    return ExternalReference(id_, entry.company_id, entry.id, facts, settlement.brought, now, now)


def _is_of_day(reference: ExternalReference, person_id: str, day: date) -> bool:
    return reference.facts.identity == mirror_facts(person_id, day).identity


async def _store_entries(
    connection: AsyncConnection,
    pairs: Sequence[tuple[TimeOffEntry | None, TimeOffEntry | None]],
) -> None:
    await entry_store.remove_entries(
        connection, [before.id for before, after in pairs if before and not after]
    )
    await entry_store.add_entries(
        connection, [after for before, after in pairs if after and not before]
    )
    changed = [after for before, after in pairs if before and after and before != after]
    await entry_store.change_entries(connection, changed)


async def _store_references(
    connection: AsyncConnection,
    pairs: Sequence[tuple[ExternalReference | None, ExternalReference | None]],
) -> None:
    await store.remove_references(
        connection, [before.id for before, after in pairs if before and not after]
    )
    await entry_store.add_references(
        connection, [after for before, after in pairs if after and not before]
    )
    changed = [after for before, after in pairs if before and after]
    await entry_store.change_references(connection, changed)


def _lost_of_record(record: PersonTimeOff | None) -> list[str]:
    """Say in plain words what Kantata cannot keep of a record; never its reason."""
    if record is None:
        return []
    start, end = map(format_local_time, (record.pattern.start_time, record.pattern.end_time))
    count = len(record.spans)
    return [
        f"The clock times {start} to {end}: an entry has hours only.",
        "The reason: an entry has none.",
        f"That it is {'paid' if record.is_paid else 'unpaid'}: an entry does not say.",
        *([f"The series: its {count} instances become entries of their own."] if count > 1 else []),
    ]
