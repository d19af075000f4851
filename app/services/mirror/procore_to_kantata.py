"""Procore to Kantata: each day of a person becomes what the person's records say (rule 4.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.db.connections.database import Transaction
from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import PEOPLE, PERSON_TIME_OFFS
from app.db.reading.schedule import clock_hours
from app.db.reading.workers import workers_of_subjects
from app.db.writing import mirror as store
from app.db.writing import time_off_entries as entry_store
from app.db.writing.locks import lock_companies, lock_people
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS
from app.domain.contributions import union_seconds
from app.domain.days import DayRange, DaySpan
from app.domain.errors import NotConvertible, NotFound
from app.domain.identifiers import Kind, person_subject, user_subject
from app.domain.losses import Loss
from app.domain.mirror import MirrorOutcome, person_of_mark
from app.domain.mirror_days import DayPlan, service_reference
from app.domain.mirror_words import left_out, lost_of_record, warnings_of_days
from app.domain.person_time_off import PersonTimeOff
from app.domain.schedule import WorkerDay
from app.domain.time_off_entries import (
    ExternalReference,
    StoredDay,
    TimeOffEntry,
    UserDay,
)
from app.domain.warnings import Warning
from app.domain.wire_formats import is_uuid
from app.domain.workers import Worker
from app.services.changes import change
from app.services.merged_days import SubjectDay
from app.services.seen_days import refuse_changed_days
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class RecordWish:
    """The record whose days are to be settled, also one that was deleted, and which of them."""

    id: str
    window: DayRange


@dataclass(frozen=True, slots=True)
class SettledDay:
    """What became of a user's day; ``entry_id`` is None where it was taken back whole."""

    date: date
    user_id: int
    outcome: MirrorOutcome
    entry_id: int | None
    seconds_before: int
    seconds_after: int


@dataclass(frozen=True, slots=True)
class MirroredPersonTimeOff:
    """Each settled day by date, the entries that stand on them, and what is lost."""

    results: Sequence[SettledDay]
    entries: Sequence[TimeOffEntry]
    lost: Sequence[str]
    warnings: Sequence[Warning]
    touched: Sequence[SubjectDay]
    days_if_stored: Sequence[WorkerDay] | None = None
    losses: Sequence[Loss] = ()
    """What ``lost`` says, coded; an answer that was kept before there were codes has none."""


NOTHING = MirroredPersonTimeOff(results=[], entries=[], lost=[], warnings=[], touched=[])


@dataclass(frozen=True, slots=True)
class _Locked:
    """A record, or none if it was deleted; its person's worker, and where the marks stand.

    ``worker_ids`` are of all whose days may be settled: the worker, and whoever has a mark.
    """

    record: PersonTimeOff | None
    worker: Worker
    worker_ids: set[str]
    marked: set[UserDay]


NONE_MIRRORED: Final = frozenset[str]()


async def settle_record(
    write: Write[RecordWish], *, mirrored: frozenset[str] = NONE_MIRRORED
) -> MirroredPersonTimeOff:
    """Settle every day that the record counts, and every day converted for its person.

    The latter wherever the mark stands: on another user's entry after a link was corrected.
    Days outside the window are left as they are. ``mirrored`` are records that a flow has made of
    entries: they bring nothing back to those.
    """
    window = write.asked.window
    locked = await _locked(write)
    record, worker = locked.record, locked.worker
    await refuse_changed_days(write, locked.worker_ids)
    write.refusals.raise_any()
    counted = {day for day in record.counted_days() if day in window} if record else set()
    marked = {(user_id, day) for user_id, day in locked.marked if day in window}
    if worker.user_id is None and counted and not marked:
        msg = "The person is not known to Kantata OX: link the worker to a user first."
        raise NotConvertible(msg, ("id",))
    own = {(worker.user_id, day) for day in counted} if worker.user_id is not None else set()
    settled = await write.with_days(await _settle_days(write, worker, own | marked, mirrored))
    if record is None or not counted:
        return settled
    if worker.user_id is None:
        return replace(settled, warnings=[*settled.warnings, left_out(counted)])
    losses = lost_of_record(record, window)
    return replace(settled, lost=[each.message for each in losses], losses=losses)


async def _locked(write: Write[RecordWish]) -> _Locked:
    """Lock everybody whom the record is about, in the order of all writers: the company, so
    that links stay as they are, then the users by their ids, then the people.
    """  # noqa: D205 - one sentence
    connection, id_ = write.connection, write.asked.id
    owner = await store.owner_of_record(connection, write.caller.companies, id_)
    if owner is None:
        raise NotFound(Kind.PERSON_TIME_OFF.words, ("id",))
    company_id, person_id = owner
    await lock_companies(connection, [company_id])
    marked = await store.marked_days(connection, company_id, person_id)
    subject = person_subject(person_id)
    subjects = {subject, *(user_subject(user_id) for user_id, _ in marked)}
    found = await workers_of_subjects(connection, subjects)
    workers = list(found.values())
    users = {each.user_id for each in workers if each.user_id is not None}
    mine = frozenset([company_id])
    await entry_store.lock_users(connection, mine, users)
    await lock_people(connection, {each.person_id for each in workers if each.person_id})
    record = (await PERSON_TIME_OFFS.find_many(connection, mine, [id_])).get(id_)
    # Read again: somebody may have deleted an entry, or mirrored, until the locks were had.
    marked = await store.marked_days(connection, company_id, person_id)
    standing = {place for place in marked if place[0] in users}
    return _Locked(record, found[subject], {each.id for each in workers}, standing)


async def _settle_days(
    write: Write[RecordWish],
    worker: Worker,
    places: Collection[UserDay],
    mirrored: frozenset[str],
) -> MirroredPersonTimeOff:
    if not places:
        return NOTHING
    plans = await _plans(write.connection, worker, sorted(places, key=_by_day), mirrored)
    new = sum(each.stored is None for each in plans)
    ids = iter(await write.new_ids(ENTRY_IDS, new))
    entries = [(each.entry, each.entry_after(ids, write.now)) for each in plans]
    count = sum(each.needs_reference for each in plans)
    reference_ids = iter(await write.new_ids(REFERENCE_IDS, count))
    references = [
        pair
        for each, (_, after) in zip(plans, entries, strict=True)
        for pair in each.references_after(after, reference_ids, write.now)
    ]
    await _store_entries(write.connection, entries)
    await _store_references(write.connection, references)
    changes = [change(before, after) for before, after in entries if before != after]
    changes += [change(before, after) for before, after in references if before != after]
    await write.record(changes)
    return MirroredPersonTimeOff(
        results=[_settled(each, after) for each, (_, after) in zip(plans, entries, strict=True)],
        entries=[after for _, after in entries if after],
        lost=[],
        warnings=warnings_of_days(plans),
        touched=[(user_subject(each.user_id), each.day) for each in plans],
    )


async def _plans(
    connection: Transaction,
    worker: Worker,
    places: Sequence[UserDay],
    mirrored: frozenset[str],
) -> list[DayPlan]:
    """Plan the days on which Procore has, or had, anything that entries do not follow from."""
    stored = await entry_store.stored_days(connection, places)
    clocked, of_entries = await _clocked(connection, worker, [day for _, day in places], mirrored)
    others = await _other_people(connection, worker, stored)
    plans = []
    for place in places:
        user_id, day = place
        seconds = clocked[day] if user_id == worker.user_id else 0
        each = DayPlan.of(worker, place, stored.get(place), seconds, others)
        is_of_entry = user_id == worker.user_id and day in of_entries
        if each.is_of_interest and not (is_of_entry and not seconds and not each.brought):
            plans.append(each)
    return plans


async def _clocked(
    connection: Transaction, worker: Worker, days: Sequence[date], mirrored: frozenset[str]
) -> tuple[dict[date, int], set[date]]:
    """Return the union of the person's own records on each day, within the user's workday.

    And the days on which there are mirrored records.
    """
    if worker.user_id is None or worker.person_id is None:
        return {}, set()
    window = DaySpan(min(days), max(days))
    clocks = await clock_hours(connection, [worker.person_id], window)
    found = await calendars(connection, {worker.user_id: worker.company_id}, window)
    calendar, union, of_entries = found[worker.user_id], dict[date, int](), set[date]()
    for day in days:
        of_day = clocks.get((worker.person_id, day), ())
        own = [each for each in of_day if each.record_id not in mirrored]
        of_entries |= {day} if len(own) < len(of_day) else set()
        union[day] = min(union_seconds(own), calendar.workday_seconds(day))
    return union, of_entries


async def _other_people(
    connection: Transaction, worker: Worker, stored: dict[UserDay, StoredDay]
) -> set[str]:
    """Return the people other than the worker's whose marks stand there.

    Of whatever company: one of them, or who has the entry, may have moved since (rule 4.10).
    """
    named = set[str]()
    for (_, day), each in stored.items():
        reference = service_reference(each.references)
        person_id = person_of_mark(reference.facts, day) if reference else None
        if person_id and is_uuid(person_id):
            named.add(person_id)
    named.discard(worker.person_id or "")
    found = await PEOPLE.find_many(connection, None, named)
    return {person.id for person in found.values()}


def _by_day(place: UserDay) -> tuple[date, int]:
    user_id, day = place
    return day, user_id


def _settled(plan: DayPlan, after: TimeOffEntry | None) -> SettledDay:
    return SettledDay(
        date=plan.day,
        user_id=plan.user_id,
        outcome=plan.outcome,
        entry_id=after.id if after else None,
        seconds_before=plan.seconds_before,
        seconds_after=plan.settlement.seconds,
    )


async def _store_entries(
    connection: Transaction,
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
    connection: Transaction,
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
