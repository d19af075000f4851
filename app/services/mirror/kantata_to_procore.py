"""Kantata to Procore: few spans and weekly repeats that count exactly the entries (rule 4.4)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import ENTRIES
from app.db.reading.schedule import clock_hours
from app.db.reading.workers import workers_of_subjects
from app.db.writing import person_time_off as record_store
from app.db.writing import time_off_entries as entry_store
from app.db.writing.locks import lock_people
from app.db.writing.statements import REFERENCE_IDS
from app.domain.contributions import union_seconds
from app.domain.days import DayRange, DaySpan
from app.domain.errors import NotFound
from app.domain.identifiers import Kind, person_subject, user_subject
from app.domain.losses import Loss
from app.domain.mirror import SpanPlan, plan_spans
from app.domain.mirror_entries import NeededEntry, needed_entry, warnings_of_window, wish_of_span
from app.domain.mirror_words import lost_of_entries
from app.domain.person_time_off import PersonTimeOff, PersonTimeOffWish, plan
from app.domain.schedule import WorkerDay
from app.domain.time_off_entries import ExternalReference, StoredDay, TimeOffEntry
from app.domain.warnings import Warning
from app.services.changes import change
from app.services.merged_days import SubjectDay
from app.services.person_time_off.service import new_record
from app.services.seen_days import refuse_changed_days
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class EntriesWish:
    """Which entries, what Procore wants to know besides, and the days to settle."""

    ids: Sequence[int]
    is_paid: bool
    reason: str
    batch_start_time: time
    window: DayRange
    round_to_quarter_hours: bool


@dataclass(frozen=True, slots=True)
class MirroredEntries:
    """The records that stand for the entries, by person and first day, and what is lost."""

    records: Sequence[PersonTimeOff]
    lost: Sequence[str]
    warnings: Sequence[Warning]
    touched: Sequence[SubjectDay]
    days_if_stored: Sequence[WorkerDay] | None = None
    losses: Sequence[Loss] = ()
    """What ``lost`` says, coded; an answer that was kept before there were codes has none."""


async def span_entries(write: Write[EntriesWish], *, places: Mapping[int, int]) -> MirroredEntries:
    """Write the entries as records of their persons; ``places`` has each id's index."""
    named = await _locked(write, places)
    found = {id_: each for id_, each in named.items() if each.requested_date in write.asked.window}
    needed = await _needed(write, found, places)
    await refuse_changed_days(write, await _workers(write, named.values()))
    write.refusals.raise_any()
    entries_of: dict[str, list[NeededEntry]] = defaultdict(list)
    for each in needed:
        entries_of[each.person_id].append(each)
    records = []
    warnings = warnings_of_window(named, found)
    for person_id in sorted(entries_of):
        mine = entries_of[person_id]
        for span in plan_spans((each.entry.requested_date, each.seconds) for each in mine):
            planned = plan(_wish(span, write.asked))
            record = new_record(
                mine[0].worker.company_id,
                person_id,
                planned,
                write.now,
                is_paid=write.asked.is_paid,
                reason=write.asked.reason,
            )
            await record_store.add_record(write.connection, record)
            records.append(record)
            warnings += [each for each in planned.warnings if each not in warnings]
    references = await _mark(write, needed)
    await write.record([change(None, each) for each in (*records, *references)])
    losses = lost_of_entries(needed, len(records))
    mirrored = MirroredEntries(
        records=[replace(each, reason=None) for each in records],
        lost=[each.message for each in losses],
        losses=losses,
        warnings=warnings,
        touched=[(person_subject(each.person_id), each.entry.requested_date) for each in needed],
    )
    return await write.with_days(mirrored)


async def _locked(write: Write[EntriesWish], places: Mapping[int, int]) -> dict[int, TimeOffEntry]:
    """Return the entries that the caller sees, as they are under the lock of their users."""
    connection, companies = write.connection, write.caller.companies
    seen = await ENTRIES.find_many(connection, companies, list(places))
    users = {entry.user_id for entry in seen.values()}
    await entry_store.lock_users(connection, companies, users)
    found = await ENTRIES.find_many(connection, companies, list(places))
    for id_, index in places.items():
        if id_ not in found:
            write.refusals.add(NotFound(Kind.ENTRY.words, ("ids", index)))
    return {entry.id: entry for entry in found.values()}


async def _workers(write: Write[EntriesWish], entries: Iterable[TimeOffEntry]) -> set[str]:
    """Return whose the entries are, by the workers' ids, if the caller has seen days of theirs.

    Also those outside of the window: their users' days can be told as they are.
    """
    users = {user_subject(entry.user_id) for entry in entries if write.request.seen_days}
    found = await workers_of_subjects(write.connection, users) if users else {}
    return {worker.id for worker in found.values()}


async def _needed(
    write: Write[EntriesWish], found: Mapping[int, TimeOffEntry], places: Mapping[int, int]
) -> list[NeededEntry]:
    """Return the entries that Procore still needs; what it cannot say is refused by place."""
    if not found:
        return []
    connection = write.connection
    users = {entry.user_id: entry.company_id for entry in found.values()}
    workers = await workers_of_subjects(connection, list(map(user_subject, users)))
    people = {each.person_id for each in workers.values() if each.person_id}
    await lock_people(connection, people)
    dates = [entry.requested_date for entry in found.values()]
    window = DaySpan(min(dates), max(dates))
    clocks = await clock_hours(connection, people, window)
    calendar_of = await calendars(connection, users, window)
    references = await entry_store.references_of(connection, list(found))
    needed = []
    for id_, entry in found.items():
        worker, day = workers[user_subject(entry.user_id)], entry.requested_date
        with write.refusals.collecting("ids", places[id_]):
            one = needed_entry(
                StoredDay(entry, references[id_]),
                worker,
                clocked=union_seconds(clocks.get((worker.person_id or "", day), ())),
                workday=calendar_of[entry.user_id].workday_seconds(day),
                round_to_quarter_hours=write.asked.round_to_quarter_hours,
            )
            if one:
                needed.append(one)
    return needed


def _wish(span: SpanPlan, asked: EntriesWish) -> PersonTimeOffWish:
    return wish_of_span(
        span,
        batch_start_time=asked.batch_start_time,
        is_paid=asked.is_paid,
        reason=asked.reason,
    )


async def _mark(
    write: Write[EntriesWish], needed: Sequence[NeededEntry]
) -> list[ExternalReference]:
    """Mark the entries as the same absence; return the references that are new."""
    unmarked = [each for each in needed if each.mark is None]
    ids = iter(await write.new_ids(REFERENCE_IDS, len(unmarked)))
    owned = [each.mark_after(ids, write.now) for each in needed if each.mark]
    await entry_store.change_references(write.connection, owned)
    references = [each.mark_after(ids, write.now) for each in unmarked]
    await entry_store.add_references(write.connection, references)
    return references
