"""Kantata time off entries: create, update and delete, one transaction each (section 2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from app.db.connections.database import Connection, Database
from app.db.reading.calendars import calendars
from app.db.reading.lists_of_nouns import ENTRIES
from app.db.writing import time_off_entries as store
from app.db.writing.changes import record_changes
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS, next_ids
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
from app.services.schedule import SubjectDay, subject_days


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
        refusals = Refusals()
        with refusals.collecting():
            refuse_count(len(command.items), MAX_ENTRIES_OF_A_CREATE, ("time_off_entries",))
        refusals.raise_any()
        wishes = _read_wishes(command.items, refusals)
        request = KeyedRequest(
            caller, "createTimeOffEntries", command.idempotency_key, _ParsedCreate(wishes)
        )
        with refusals.collecting():
            request.refuse_bad_key()
        async with self.database.writing(dry_run=command.dry_run) as connection:
            return await request.once(
                connection,
                now := self.clock(),
                CreatedEntries,
                lambda: self._combine_and_store(
                    connection, caller, wishes, refusals, now, dry_run=command.dry_run
                ),
                dry_run=command.dry_run or bool(refusals.errors),
            )

    async def _combine_and_store(
        self,
        connection: Connection,
        caller: Caller,
        wishes: Sequence[EntryWish],
        refusals: Refusals,
        now: datetime,
        *,
        dry_run: bool,
    ) -> CreatedEntries:
        combined, companies = await _combine(connection, caller, wishes, refusals)
        refusals.raise_any()
        stored = await _store(connection, combined, companies, now, dry_run=dry_run)
        ids = {(entry.user_id, entry.requested_date): entry.id for entry in stored.entries}
        await record_changes(
            connection,
            now,
            [
                *(change(None, entry) for entry in stored.created),
                *(change(before, after) for before, after in stored.changed),
                *(change(None, reference) for reference in stored.references),
            ],
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
        if not dry_run:
            return created
        return replace(created, days_if_stored=await subject_days(connection, created.touched))

    async def update(self, caller: Caller, command: UpdateEntry) -> UpdatedEntry:
        """Set the day's total and its reference, or raise Refused."""
        parsed = _read_update(command)
        request = KeyedRequest(caller, "updateTimeOffEntry", command.idempotency_key, parsed)
        request.refuse_bad_key()
        async with self.database.writing() as connection:
            now = self.clock()
            return await request.once(
                connection, now, UpdatedEntry, lambda: _update(connection, caller, parsed, now)
            )

    async def delete(self, caller: Caller, command: DeleteEntries) -> DeletedEntries:
        """Delete the entries with their references, or raise Refused naming each bad id."""
        refuse_count(len(command.ids), MAX_ENTRIES_OF_A_DELETE, ("ids",))
        refusals = Refusals()
        parsed: dict[int, int] = {}
        for index, text in enumerate(command.ids):
            with refusals.collecting("ids", index):
                parsed.setdefault(read_kantata_id(Kind.ENTRY, text), index)
        request = KeyedRequest(
            caller, "deleteTimeOffEntries", command.idempotency_key, DeletedEntries(list(parsed))
        )
        with refusals.collecting():
            request.refuse_bad_key()
        async with self.database.writing(dry_run=command.dry_run) as connection:
            now = self.clock()
            return await request.once(
                connection,
                now,
                DeletedEntries,
                lambda: _delete(connection, caller, parsed, refusals, now, dry_run=command.dry_run),
                dry_run=command.dry_run or bool(refusals.errors),
            )


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


async def _combine(
    connection: Connection, caller: Caller, wishes: Sequence[EntryWish], refusals: Refusals
) -> tuple[Combined, dict[int, str]]:
    """Judge the wishes of known users under the lock of their days; return their companies."""
    companies = await store.lock_users(
        connection, caller.companies, {wish.user_id for wish in wishes}
    )
    known = []
    for wish in wishes:
        if wish.user_id in companies:
            known.append(wish)
        else:
            path = ("time_off_entries", wish.index, "user_id")
            refusals.add(NotFound(Kind.USER.words, path))
    if not known:
        return Combined([], []), companies
    places = {(wish.user_id, wish.day) for wish in known}
    days = [day for _, day in places]
    combined = combine(
        known,
        await store.stored_days(connection, places),
        await calendars(connection, companies, DaySpan(min(days), max(days))),
        refusals,
    )
    return combined, companies


async def _store(
    connection: Connection,
    combined: Combined,
    companies: dict[int, str],
    now: datetime,
    *,
    dry_run: bool,
) -> _Stored:
    new_days = [day for day in combined.days if day.stored is None]
    ids = iter(await next_ids(connection, ENTRY_IDS, len(new_days), provisional=dry_run))
    entries, created, changed = [], [], []
    for day in combined.days:
        if day.stored is None:
            entry = TimeOffEntry(
                next(ids),
                companies[day.user_id],
                day.user_id,
                day.day,
                now.date(),
                day.seconds,
                now,
                now,
            )
            created.append(entry)
        elif day.is_changed:
            entry = replace(day.stored.entry, seconds=day.seconds, updated_at=now)
            changed.append((day.stored.entry, entry))
        else:
            entry = day.stored.entry
        entries.append(entry)
    references = await _new_references(connection, combined.days, entries, now, dry_run=dry_run)
    await store.add_entries(connection, created)
    await store.change_entries(connection, [after for _, after in changed])
    await store.add_references(connection, references)
    return _Stored(created, changed, references, entries)


async def _new_references(
    connection: Connection,
    days: Sequence[ChangedDay],
    entries: Sequence[TimeOffEntry],
    now: datetime,
    *,
    dry_run: bool,
) -> list[ExternalReference]:
    wanted = [
        (entry, new) for day, entry in zip(days, entries, strict=True) for new in day.new_references
    ]
    ids = await next_ids(connection, REFERENCE_IDS, len(wanted), provisional=dry_run)
    return [
        ExternalReference(id_, entry.company_id, entry.id, new.facts, new.brought_seconds, now, now)
        for id_, (entry, new) in zip(ids, wanted, strict=True)
    ]


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


async def _lock_entries(
    connection: Connection, caller: Caller, ids: Sequence[int]
) -> dict[int, TimeOffEntry]:
    """Return the entries that the caller sees, as they are under the lock of their users."""
    seen = await ENTRIES.find_many(connection, caller.companies, ids)
    await store.lock_users(connection, caller.companies, {entry.user_id for entry in seen.values()})
    locked = await ENTRIES.find_many(connection, caller.companies, ids)
    return {entry.id: entry for entry in locked.values()}


async def _update(
    connection: Connection, caller: Caller, parsed: _ParsedUpdate, now: datetime
) -> UpdatedEntry:
    before = (await _lock_entries(connection, caller, [parsed.id])).get(parsed.id)
    if before is None:
        raise NotFound(Kind.ENTRY.words, ("id",))
    refuse_other_place(before, parsed.user_id, parsed.requested_date)
    day, companies = before.requested_date, {before.user_id: before.company_id}
    calendar = (await calendars(connection, companies, DaySpan(day, day)))[before.user_id]
    refuse_growth_above_workday(before, parsed.seconds, calendar)
    changes = []
    after = before
    if parsed.seconds != before.seconds:
        after = replace(before, seconds=parsed.seconds, updated_at=now)
        await store.change_entries(connection, [after])
        changes.append(change(before, after))
    if parsed.reference:
        old, new = await _put_reference(connection, after, parsed.reference, now)
        if old != new:
            changes.append(change(old, new))
    await record_changes(connection, now, changes)
    return UpdatedEntry(after, quarter_hour_warnings(parsed.seconds, ("hours",)))


async def _put_reference(
    connection: Connection, entry: TimeOffEntry, facts: ReferenceFacts, now: datetime
) -> tuple[ExternalReference | None, ExternalReference]:
    """Overwrite the reference of the same service, else add one (rule 2.9)."""
    standing = (await store.references_of(connection, [entry.id]))[entry.id]
    if old := reference_to_overwrite(standing, facts):
        if old.facts == facts:
            return old, old
        new = replace(old, facts=facts, updated_at=now)
        await store.change_references(connection, [new])
        return old, new
    (id_,) = await next_ids(connection, REFERENCE_IDS, 1)
    new = ExternalReference(id_, entry.company_id, entry.id, facts, entry.seconds, now, now)
    await store.add_references(connection, [new])
    return None, new


async def _delete(
    connection: Connection,
    caller: Caller,
    parsed: dict[int, int],
    refusals: Refusals,
    now: datetime,
    *,
    dry_run: bool,
) -> DeletedEntries:
    found = await _lock_entries(connection, caller, list(parsed))
    for id_, index in parsed.items():
        if id_ not in found:
            refusals.add(NotFound(Kind.ENTRY.words, ("ids", index)))
    refusals.raise_any()
    references = await store.references_of(connection, list(parsed))
    await store.remove_entries(connection, list(parsed))
    await record_changes(
        connection,
        now,
        [
            *(change(each, None) for mine in references.values() for each in mine),
            *(change(found[id_], None) for id_ in parsed),
        ],
    )
    touched = [(user_subject(found[id_].user_id), found[id_].requested_date) for id_ in parsed]
    days = await subject_days(connection, touched) if dry_run else None
    return DeletedEntries(list(parsed), touched, days)
