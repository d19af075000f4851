"""Kantata time off entries: create, update and delete, one transaction each (section 2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from app.db.connections.database import Database
from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import ENTRIES
from app.db.writing import time_off_entries as store
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS
from app.domain.days import DaySpan, within_calendar
from app.domain.errors import NotFound, Refusals, Refused, TimeOffError
from app.domain.identifiers import Kind, read_kantata_id, user_subject
from app.domain.schedule import WorkerDay
from app.domain.time_off_entries import (
    MAX_ENTRIES_OF_A_CREATE,
    MAX_ENTRIES_OF_A_DELETE,
    ChangedDay,
    Combined,
    EntryOutcome,
    EntryWish,
    ExternalReference,
    ReferenceFacts,
    TimeOffEntry,
    combine,
    quarter_hour_warnings,
    read_hours,
    reference_to_overwrite,
    refuse_count,
    refuse_growth_above_workday,
    refuse_other_place,
)
from app.domain.warnings import Warning
from app.services.caller import Caller
from app.services.changes import change
from app.services.idempotency import KeyedRequest
from app.services.schedule import SubjectDay
from app.services.writes import Write, run_write


@dataclass(frozen=True, slots=True)
class EntryItem:
    """One item of a create, as sent: ``user_id`` is a source id or a node id."""

    user_id: str
    hours: float
    requested_date: date
    external_reference: ReferenceFacts | None = None


@dataclass(frozen=True, slots=True)
class CreateEntries:
    """1 to 1,000 items, all or nothing."""

    items: Sequence[EntryItem]
    dry_run: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item."""

    index: int
    outcome: EntryOutcome
    entry_id: int


@dataclass(frozen=True, slots=True)
class CreatedEntries:
    """Results in input order; each resulting entry once, in first-mention order (2.6)."""

    results: Sequence[ItemResult]
    entries: Sequence[TimeOffEntry]
    warnings: Sequence[Warning]
    days_if_stored: Sequence[WorkerDay] | None = None
    """Of a dry run: the touched days as they would become (rule 6.5)."""

    @property
    def touched(self) -> list[SubjectDay]:
        """The days that it is about."""
        return [(user_subject(entry.user_id), entry.requested_date) for entry in self.entries]


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """The day's new total, and a reference to add or to overwrite (2.9).

    The last two can only be what they are: an entry keeps its user and its day.
    """

    id: str
    hours: float
    external_reference: ReferenceFacts | None = None
    idempotency_key: str | None = None
    user_id: int | None = None
    requested_date: date | None = None


@dataclass(frozen=True, slots=True)
class UpdatedEntry:
    """The entry as it is now."""

    entry: TimeOffEntry
    warnings: Sequence[Warning]


@dataclass(frozen=True, slots=True)
class DeleteEntries:
    """1 to 100 entries, all or nothing."""

    ids: Sequence[str]
    dry_run: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class DeletedEntries:
    """The ids in the order of the request, each once, and the days that they were on."""

    ids: Sequence[int]
    touched: Sequence[SubjectDay] = ()
    days_if_stored: Sequence[WorkerDay] | None = None


@dataclass(frozen=True, slots=True)
class _ParsedCreate:
    wishes: Sequence[EntryWish]


@dataclass(frozen=True, slots=True)
class _ParsedUpdate:
    id: int
    seconds: int
    reference: ReferenceFacts | None
    user_id: int | None
    requested_date: date | None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a create has made of its days."""

    created: Sequence[TimeOffEntry]
    changed: Sequence[tuple[TimeOffEntry, TimeOffEntry]]
    references: Sequence[ExternalReference]
    entries: Sequence[TimeOffEntry]


@dataclass(frozen=True, slots=True)
class TimeOffEntryService:
    """Write Kantata entries."""

    database: Database
    clock: Callable[[], datetime]

    async def create(self, caller: Caller, command: CreateEntries) -> CreatedEntries:
        """Combine the items with what is stored, or raise Refused naming each bad item."""
        refuse_count(len(command.items), MAX_ENTRIES_OF_A_CREATE, ("time_off_entries",))
        refusals = Refusals()
        request = KeyedRequest(
            caller,
            "createTimeOffEntries",
            command.idempotency_key,
            _ParsedCreate(_read_wishes(command.items, refusals)),
            dry_run=command.dry_run,
            refusals=refusals,
        )
        return await run_write(self, request, CreatedEntries, _create)

    async def update(self, caller: Caller, command: UpdateEntry) -> UpdatedEntry:
        """Set the day's total and its reference, or raise Refused."""
        request = KeyedRequest(
            caller, "updateTimeOffEntry", command.idempotency_key, _read_update(command)
        )
        return await run_write(self, request, UpdatedEntry, _update)

    async def delete(self, caller: Caller, command: DeleteEntries) -> DeletedEntries:
        """Delete the entries with their references, or raise Refused naming each bad id."""
        refuse_count(len(command.ids), MAX_ENTRIES_OF_A_DELETE, ("ids",))
        refusals = Refusals()
        places: dict[int, int] = {}
        for index, text in enumerate(command.ids):
            with refusals.collecting("ids", index):
                places.setdefault(read_kantata_id(Kind.ENTRY, text), index)
        request = KeyedRequest(
            caller,
            "deleteTimeOffEntries",
            command.idempotency_key,
            DeletedEntries(list(places)),
            dry_run=command.dry_run,
            refusals=refusals,
        )
        return await run_write(self, request, DeletedEntries, partial(_delete, places=places))


def _read_wishes(items: Sequence[EntryItem], refusals: Refusals) -> list[EntryWish]:
    """Return the items that can be read; what cannot goes into ``refusals``."""
    wishes = []
    for index, item in enumerate(items):
        try:
            user_id, seconds, day, reference = [read(item) for read in _READERS.values()]
        except (TimeOffError, Refused):
            for error in _faults(item):
                refusals.add(error.below("time_off_entries", index))
        else:
            wishes.append(EntryWish(index, user_id, day, seconds, reference))
    return wishes


def _read_reference(item: EntryItem) -> ReferenceFacts | None:
    if item.external_reference:
        item.external_reference.refuse_unfit()
    return item.external_reference


_READERS: Final[dict[str, Callable[[EntryItem], Any]]] = {
    "user_id": lambda item: read_kantata_id(Kind.USER, item.user_id),
    "hours": lambda item: read_hours(item.hours),
    "requested_date": lambda item: within_calendar(item.requested_date),
    "external_reference": _read_reference,
}
"""How each field of an item is read, or refused."""


def _faults(item: EntryItem) -> Sequence[TimeOffError]:
    """Return every refusal of the item's fields, where reading has stopped at the first."""
    wrong = Refusals()
    for name, read in _READERS.items():
        with wrong.collecting(name):
            read(item)
    return wrong.errors


async def _create(write: Write[_ParsedCreate]) -> CreatedEntries:
    wishes = write.asked.wishes
    combined, companies = await _combine(write)
    write.refusals.raise_any()
    stored = await _store(write, combined, companies)
    ids = {(entry.user_id, entry.requested_date): entry.id for entry in stored.entries}
    await write.record(
        [
            *(change(None, entry) for entry in stored.created),
            *(change(before, after) for before, after in stored.changed),
            *(change(None, reference) for reference in stored.references),
        ]
    )
    created = CreatedEntries(
        [
            ItemResult(wish.index, outcome, ids[wish.user_id, wish.day])
            for wish, outcome in combined.outcomes
        ],
        stored.entries,
        [
            warning
            for wish in wishes
            for warning in quarter_hour_warnings(
                wish.seconds, ("time_off_entries", wish.index, "hours")
            )
        ],
    )
    return await write.with_days(created)


async def _combine(write: Write[_ParsedCreate]) -> tuple[Combined, dict[int, str]]:
    """Judge the wishes of known users under the lock of their days; return their companies."""
    wishes = write.asked.wishes
    companies = await store.lock_users(
        write.connection, write.caller.companies, {wish.user_id for wish in wishes}
    )
    known = []
    for wish in wishes:
        if wish.user_id in companies:
            known.append(wish)
        else:
            path = ("time_off_entries", wish.index, "user_id")
            write.refusals.add(NotFound(Kind.USER.words, path))
    if not known:
        return Combined([], []), companies
    places = {(wish.user_id, wish.day) for wish in known}
    days = [day for _, day in places]
    combined = combine(
        known,
        await store.stored_days(write.connection, places),
        await calendars(write.connection, companies, DaySpan(min(days), max(days))),
        write.refusals,
    )
    return combined, companies


async def _store(
    write: Write[_ParsedCreate], combined: Combined, companies: dict[int, str]
) -> _Stored:
    new_days = [day for day in combined.days if day.stored is None]
    ids = iter(await write.new_ids(ENTRY_IDS, len(new_days)))
    entries, created, changed = [], [], []
    for day in combined.days:
        if day.stored is None:
            entry = TimeOffEntry(
                id=next(ids),
                company_id=companies[day.user_id],
                user_id=day.user_id,
                requested_date=day.day,
                submission_date=write.now.date(),
                seconds=day.seconds,
                created_at=write.now,
                updated_at=write.now,
            )
            created.append(entry)
        elif day.is_changed:
            entry = replace(day.stored.entry, seconds=day.seconds, updated_at=write.now)
            changed.append((day.stored.entry, entry))
        else:
            entry = day.stored.entry
        entries.append(entry)
    references = await _new_references(write, combined.days, entries)
    await store.add_entries(write.connection, created)
    await store.change_entries(write.connection, [after for _, after in changed])
    await store.add_references(write.connection, references)
    return _Stored(created, changed, references, entries)


async def _new_references(
    write: Write[_ParsedCreate], days: Sequence[ChangedDay], entries: Sequence[TimeOffEntry]
) -> list[ExternalReference]:
    wanted = [
        (entry, new) for day, entry in zip(days, entries, strict=True) for new in day.new_references
    ]
    ids = await write.new_ids(REFERENCE_IDS, len(wanted))
    return [
        _reference(id_, entry, new.facts, new.brought_seconds, write.now)
        for id_, (entry, new) in zip(ids, wanted, strict=True)
    ]


def _reference(
    id_: int, entry: TimeOffEntry, facts: ReferenceFacts, brought_seconds: int, now: datetime
) -> ExternalReference:
    return ExternalReference(
        id=id_,
        company_id=entry.company_id,
        entry_id=entry.id,
        facts=facts,
        brought_seconds=brought_seconds,
        created_at=now,
        updated_at=now,
    )


def _read_update(command: UpdateEntry) -> _ParsedUpdate:
    refusals = Refusals()
    with refusals.collecting("id"):
        id_ = read_kantata_id(Kind.ENTRY, command.id)
    with refusals.collecting("hours"):
        seconds = read_hours(command.hours)
    with refusals.collecting("external_reference"):
        if command.external_reference:
            command.external_reference.refuse_unfit()
    refusals.raise_any()
    return _ParsedUpdate(
        id_, seconds, command.external_reference, command.user_id, command.requested_date
    )


async def _lock_entries(write: Write[Any], ids: Sequence[int]) -> dict[int, TimeOffEntry]:
    """Return the entries that the caller sees, as they are under the lock of their users."""
    connection, companies = write.connection, write.caller.companies
    seen = await ENTRIES.find_many(connection, companies, ids)
    await store.lock_users(connection, companies, {entry.user_id for entry in seen.values()})
    locked = await ENTRIES.find_many(connection, companies, ids)
    return {entry.id: entry for entry in locked.values()}


async def _update(write: Write[_ParsedUpdate]) -> UpdatedEntry:
    asked = write.asked
    before = (await _lock_entries(write, [asked.id])).get(asked.id)
    if before is None:
        raise NotFound(Kind.ENTRY.words, ("id",))
    refuse_other_place(before, asked.user_id, asked.requested_date)
    day, companies = before.requested_date, {before.user_id: before.company_id}
    calendar = (await calendars(write.connection, companies, DaySpan(day, day)))[before.user_id]
    refuse_growth_above_workday(before, asked.seconds, calendar)
    changes = []
    after = before
    if asked.seconds != before.seconds:
        after = replace(before, seconds=asked.seconds, updated_at=write.now)
        await store.change_entries(write.connection, [after])
        changes.append(change(before, after))
    if asked.reference:
        old, new = await _put_reference(write, after, asked.reference)
        if old != new:
            changes.append(change(old, new))
    await write.record(changes)
    return UpdatedEntry(after, quarter_hour_warnings(asked.seconds, ("hours",)))


async def _put_reference(
    write: Write[_ParsedUpdate], entry: TimeOffEntry, facts: ReferenceFacts
) -> tuple[ExternalReference | None, ExternalReference]:
    """Overwrite the reference of the same service, else add one (rule 2.9)."""
    standing = (await store.references_of(write.connection, [entry.id]))[entry.id]
    if old := reference_to_overwrite(standing, facts):
        if old.facts == facts:
            return old, old
        new = replace(old, facts=facts, updated_at=write.now)
        await store.change_references(write.connection, [new])
        return old, new
    (id_,) = await write.new_ids(REFERENCE_IDS, 1)
    new = _reference(id_, entry, facts, entry.seconds, write.now)
    await store.add_references(write.connection, [new])
    return None, new


async def _delete(write: Write[DeletedEntries], *, places: Mapping[int, int]) -> DeletedEntries:
    """Delete the entries; ``places`` has the index in the request of each id."""
    ids = list(places)
    found = await _lock_entries(write, ids)
    for id_, index in places.items():
        if id_ not in found:
            write.refusals.add(NotFound(Kind.ENTRY.words, ("ids", index)))
    write.refusals.raise_any()
    references = await store.references_of(write.connection, ids)
    await store.remove_entries(write.connection, ids)
    await write.record(
        [
            *(change(each, None) for mine in references.values() for each in mine),
            *(change(found[id_], None) for id_ in ids),
        ]
    )
    touched = [(user_subject(found[id_].user_id), found[id_].requested_date) for id_ in ids]
    return await write.with_days(DeletedEntries(ids, touched))
