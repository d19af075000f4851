"""Kantata to Procore: few spans and weekly repeats that count exactly the entries (4.4)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from app.db.connections.database import Connection
from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import ENTRIES
from app.db.reading.schedule import clock_hours
from app.db.reading.workers import workers_of_subjects
from app.db.writing import person_time_off as record_store
from app.db.writing import time_off_entries as entry_store
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_people
from app.db.writing.statements import REFERENCE_IDS, next_ids
from app.domain.days import DayRange, DaySpan
from app.domain.durations import hours_text
from app.domain.errors import NotConvertible, NotFound, Refusals
from app.domain.identifiers import Kind, person_subject, user_subject
from app.domain.mirror import (
    SERVICE_NAME,
    SpanPlan,
    does_procore_lack,
    end_time,
    mirror_facts,
    person_of_mark,
    plan_spans,
    rounded_to_quarter_hours,
    seconds_to_clock,
)
from app.domain.mirror_days import service_reference
from app.domain.person_time_off import (
    Instance,
    PersonTimeOff,
    PersonTimeOffWish,
    plan,
    rounded_to_quarter,
)
from app.domain.recurrence import Repeat
from app.domain.schedule import WorkerDay, union_seconds
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.warnings import Warning, WarningCode
from app.domain.workers import Worker
from app.services.caller import Caller
from app.services.changes import change
from app.services.person_time_off import new_record
from app.services.schedule import SubjectDay


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
    instances: Sequence[Instance]
    lost: Sequence[str]
    warnings: Sequence[Warning]
    touched: Sequence[SubjectDay]
    days_if_stored: Sequence[WorkerDay] | None = None


@dataclass(frozen=True, slots=True)
class _Convertible:
    """An entry whose day Procore knows nothing of yet, its worker, and its mirror reference.

    ``seconds`` are what Procore can record of its hours.
    """

    entry: TimeOffEntry
    seconds: int
    worker: Worker
    person_id: str
    reference: ExternalReference | None


async def span_entries(
    connection: Connection,
    caller: Caller,
    wish: EntriesWish,
    places: Mapping[int, int],
    refusals: Refusals,
    now: datetime,
    *,
    dry_run: bool,
) -> MirroredEntries:
    """Write the entries as records of their persons; ``places`` has each id's index."""
    named = await _locked(connection, caller, places, refusals)
    found = {id_: each for id_, each in named.items() if each.requested_date in wish.window}
    convertible = await _convertible(
        connection, found, places, refusals, rounds=wish.round_to_quarter_hours
    )
    refusals.raise_any()
    entries_of: dict[str, list[_Convertible]] = defaultdict(list)
    for each in convertible:
        entries_of[each.person_id].append(each)
    records, instances = [], []
    warnings = _outside_window(len(named) - len(found), len(named))
    for person_id in sorted(entries_of):
        mine = entries_of[person_id]
        for span in plan_spans((each.entry.requested_date, each.seconds) for each in mine):
            planned = plan(_wish(span, wish))
            record, parts = new_record(
                mine[0].worker.company_id,
                person_id,
                planned,
                now,
                is_paid=wish.is_paid,
                reason=wish.reason,
            )
            await record_store.add_record(connection, record, parts)
            records.append(record)
            instances += parts
            warnings += [each for each in planned.warnings if each not in warnings]
    references = await _mark(connection, convertible, now, dry_run=dry_run)
    changes = [change(None, each) for each in (*records, *references)]
    await record_changes(connection, now, changes)
    return MirroredEntries(
        [replace(each, reason=None) for each in records],
        instances,
        _lost(convertible, len(records)),
        warnings,
        [(person_subject(each.person_id), each.entry.requested_date) for each in convertible],
    )


async def _locked(
    connection: Connection, caller: Caller, places: Mapping[int, int], refusals: Refusals
) -> dict[int, TimeOffEntry]:
    """Return the entries that the caller sees, as they are under the lock of their users."""
    seen = await ENTRIES.find_many(connection, caller.companies, list(places))
    users = {entry.user_id for entry in seen.values()}
    await entry_store.lock_users(connection, caller.companies, users)
    found = await ENTRIES.find_many(connection, caller.companies, list(places))
    for id_, index in places.items():
        if id_ not in found:
            refusals.add(NotFound(Kind.ENTRY.words, ("ids", index)))
    return {entry.id: entry for entry in found.values()}


async def _convertible(
    connection: Connection,
    found: Mapping[int, TimeOffEntry],
    places: Mapping[int, int],
    refusals: Refusals,
    *,
    rounds: bool,
) -> list[_Convertible]:
    """Return the entries that Procore still needs; what it cannot say is refused by place."""
    if not found:
        return []
    users = {entry.user_id: entry.company_id for entry in found.values()}
    workers = await workers_of_subjects(connection, list(map(user_subject, users)))
    people = {each.person_id for each in workers.values() if each.person_id}
    await lock_people(connection, people)
    dates = [entry.requested_date for entry in found.values()]
    window = DaySpan(min(dates), max(dates))
    clocks = await clock_hours(connection, people, window)
    calendar_of = await calendars(connection, users, window)
    references = await entry_store.references_of(connection, list(found))
    convertible = []
    for id_, entry in found.items():
        worker, day = workers[user_subject(entry.user_id)], entry.requested_date
        with refusals.collecting("ids", places[id_]):
            person_id = _person_of(worker)
            reference = service_reference(references[id_])
            is_marked = bool(reference and person_of_mark(reference.facts, day) == person_id)
            clocked = union_seconds(clocks.get((person_id, day), ()))
            possible = calendar_of[entry.user_id].possible_seconds(day)
            if does_procore_lack(entry.seconds, clocked, possible, is_marked=is_marked):
                seconds = seconds_to_clock(entry.seconds, round_to_quarter_hours=rounds)
                if reference and not is_marked:
                    raise _other_reference(reference, day)
                convertible.append(_Convertible(entry, seconds, worker, person_id, reference))
    return convertible


def _person_of(worker: Worker) -> str:
    if worker.person_id is None:
        msg = "The user is not known to Procore: link the worker to a person first."
        raise NotConvertible(msg)
    return worker.person_id


def _other_reference(reference: ExternalReference, day: date) -> NotConvertible:
    msg = f"The entry of {day} has another reference of {SERVICE_NAME}."
    if person_id := person_of_mark(reference.facts, day):
        msg += f" It is of person {person_id}: mirror a record of that person first."
    return NotConvertible(msg)


def _wish(span: SpanPlan, wish: EntriesWish) -> PersonTimeOffWish:
    return PersonTimeOffWish(
        start_day=span.span.first,
        end_day=span.span.last,
        batch_start_time=wish.batch_start_time,
        batch_end_time=end_time(rounded_to_quarter(wish.batch_start_time), span.seconds),
        apply_to_saturday=span.apply_to_saturday,
        apply_to_sunday=span.apply_to_sunday,
        is_paid=wish.is_paid,
        reason=wish.reason,
        repeat=span.rule.repeat if span.rule else Repeat.NEVER,
        cadence=span.rule.cadence if span.rule else None,
        repeat_end_day=span.rule.until if span.rule else None,
    )


async def _mark(
    connection: Connection,
    convertible: Sequence[_Convertible],
    now: datetime,
    *,
    dry_run: bool,
) -> list[ExternalReference]:
    """Mark the entries as the same absence; the mirror brought nothing to them (4.4).

    What an earlier conversion had brought is the entry's own from now on.
    """
    marked = [each.reference for each in convertible if each.reference]
    owned = [replace(each, brought_seconds=0, updated_at=now) for each in marked]
    await entry_store.change_references(connection, owned)
    unmarked = [each for each in convertible if each.reference is None]
    ids = await next_ids(connection, REFERENCE_IDS, len(unmarked), provisional=dry_run)
    references = [
        ExternalReference(
            id_,
            each.entry.company_id,
            each.entry.id,
            mirror_facts(each.person_id, each.entry.requested_date),
            0,
            now,
            now,
        )
        for id_, each in zip(ids, unmarked, strict=True)
    ]
    await entry_store.add_references(connection, references)
    return references


def _outside_window(count: int, of: int) -> list[Warning]:
    """Tell how many of the entries were left as they are, because of the window."""
    if not count:
        return []
    lie = f"{count} of {of} entries {'lies' if count == 1 else 'lie'}"
    message = f"{lie} outside the window, and nothing of that was mirrored."
    return [Warning(WarningCode.OUTSIDE_WINDOW, message, ("ids",))]


def _lost(entries: Sequence[_Convertible], records: int) -> list[str]:
    """Say in plain words what Procore cannot keep of entries."""
    if not entries:
        return []
    stand = "1 record stands" if records == 1 else f"{records} records stand"
    return [
        f"The entries' own identity: {stand} for {_count(len(entries))}.",
        "Other systems' references: they stay on the entries.",
        "When each entry was submitted.",
        *_lost_hours(entries),
    ]


def _lost_hours(entries: Sequence[_Convertible]) -> Iterator[str]:
    """Say by how much hours were rounded to quarters, each amount once."""
    rounded = Counter(each.entry.seconds for each in entries if each.seconds != each.entry.seconds)
    for seconds, count in sorted(rounded.items()):
        quarters = rounded_to_quarter_hours(seconds)
        by = hours_text(abs(quarters - seconds)) + (" more" if quarters > seconds else " less")
        stand, each = ("stands", "") if count == 1 else ("stand", " each")
        yield (
            f"Hours beside quarter hours: {_count(count)} of {hours_text(seconds)} {stand} as "
            f"{hours_text(quarters)}, {by}{each}."
        )


def _count(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries} entries"
