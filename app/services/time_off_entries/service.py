"""Kantata time off entries: create, update and delete, one transaction each (section 2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from app.db.connections.database import Database
from app.db.writing import time_off_entries as store
from app.db.writing.statements import REFERENCE_IDS
from app.domain.errors import NotFound, Refusals
from app.domain.identifiers import Kind, read_kantata_id, user_subject
from app.domain.time_off_entries import (
    MAX_ENTRIES_OF_A_CREATE,
    MAX_ENTRIES_OF_A_DELETE,
    EntryWish,
    ExternalReference,
    ReferenceFacts,
    TimeOffEntry,
    quarter_hour_warnings,
    read_hours,
    reference_to_overwrite,
    refuse_count,
    refuse_growth_above_workday,
    refuse_other_place,
)
from app.domain.versions import next_version, refuse_changed, refuse_changed_after, seen_of_each
from app.services.caller import Caller
from app.services.changes import change
from app.services.idempotency import KeyedRequest, versions_of
from app.services.time_off_entries.commands import (
    CreatedEntries,
    CreateEntries,
    DeletedEntries,
    DeleteEntries,
    EntryItem,
    MovedEntry,
    MoveEntry,
    UpdatedEntry,
    UpdateEntry,
)
from app.services.time_off_entries.create import (
    ParsedCreate,
    create_entries,
    new_reference,
    read_wishes,
)
from app.services.time_off_entries.imports import (
    ImportedEntries,
    ImportEntries,
    ParsedImport,
    import_entries,
)
from app.services.time_off_entries.locked import calendar_on, lock_entries
from app.services.time_off_entries.move import move_entry, read_move
from app.services.writes import Write, run_write


@dataclass(frozen=True, slots=True)
class _ParsedUpdate:
    id: int
    seconds: int
    reference: ReferenceFacts | None
    user_id: int | None
    requested_date: date | None


@dataclass(frozen=True, slots=True)
class TimeOffEntryService:
    """Write Kantata entries."""

    database: Database
    clock: Callable[[], datetime]

    async def create(self, caller: Caller, command: CreateEntries) -> CreatedEntries:
        """Combine the items with what is stored, or raise Refused naming each bad item."""
        caller.require_writing()
        refusals = Refusals()
        wishes = _read_wishes(caller, command.items, refusals)
        request = KeyedRequest(
            caller,
            "createTimeOffEntries",
            command.idempotency_key,
            ParsedCreate(wishes),
            dry_run=command.dry_run,
            refusals=refusals,
        )
        return await run_write(self, request, CreatedEntries, create_entries)

    async def bring(self, caller: Caller, command: ImportEntries) -> ImportedEntries:
        """Lay the rows of a file over what is stored, or raise Refused naming each bad one."""
        caller.require_writing()
        refusals = Refusals()
        parsed = ParsedImport(_read_wishes(caller, command.items, refusals), command.cuts)
        request = KeyedRequest(caller, "import", None, parsed, refusals=refusals)
        return await run_write(self, request, ImportedEntries, import_entries)

    async def update(self, caller: Caller, command: UpdateEntry) -> UpdatedEntry:
        """Set the day's total and its reference, or raise Refused."""
        caller.require_writing()
        request = KeyedRequest(
            caller,
            "updateTimeOffEntry",
            command.idempotency_key,
            _read_update(command),
            dry_run=command.dry_run,
            versions=versions_of(command.if_unchanged_since),
        )
        return await run_write(self, request, UpdatedEntry, _update)

    async def move(self, caller: Caller, command: MoveEntry) -> MovedEntry:
        """Take an entry to another day with its references, or raise Refused (rule 2.11)."""
        caller.require_writing()
        request = KeyedRequest(
            caller,
            "moveTimeOffEntry",
            command.idempotency_key,
            read_move(command),
            dry_run=command.dry_run,
            versions=versions_of(command.if_unchanged_since),
        )
        return await run_write(self, request, MovedEntry, move_entry)

    async def delete(self, caller: Caller, command: DeleteEntries) -> DeletedEntries:
        """Delete the entries with their references, or raise Refused naming each bad id."""
        caller.require_writing()
        refuse_count(len(command.ids), MAX_ENTRIES_OF_A_DELETE, ("ids",))
        refusals = Refusals()
        versions = seen_of_each(len(command.ids), command.if_unchanged_since)
        places: dict[int, int] = {}
        seen: dict[int, datetime] = {}
        for index, (text, version) in enumerate(zip(command.ids, versions, strict=True)):
            with refusals.collecting("ids", index):
                id_ = read_kantata_id(Kind.ENTRY, text)
                places.setdefault(id_, index)
                if version:
                    seen[id_] = min(version, seen.get(id_, version))
        request = KeyedRequest(
            caller,
            "deleteTimeOffEntries",
            command.idempotency_key,
            DeletedEntries(list(places)),
            dry_run=command.dry_run,
            refusals=refusals,
            versions=command.if_unchanged_since or (),
        )
        return await run_write(
            self, request, DeletedEntries, partial(_delete, places=places, seen=seen)
        )


def _read_wishes(caller: Caller, items: Sequence[EntryItem], refusals: Refusals) -> list[EntryWish]:
    """Return the items that can be read and that the caller may write."""
    refuse_count(len(items), MAX_ENTRIES_OF_A_CREATE, ("time_off_entries",))
    wishes = read_wishes(items, refusals)
    for wish in wishes:
        with refusals.collecting("time_off_entries", wish.index, "user_id"):
            caller.require_writing_of(user_subject(wish.user_id))
    return wishes


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
        id=id_,
        seconds=seconds,
        reference=command.external_reference,
        user_id=command.user_id,
        requested_date=command.requested_date,
    )


async def _update(write: Write[_ParsedUpdate]) -> UpdatedEntry:
    asked = write.asked
    before = (await lock_entries(write, [asked.id])).get(asked.id)
    if before is None:
        raise NotFound(Kind.ENTRY.words, ("id",))
    write.caller.require_writing_of(user_subject(before.user_id), ("id",))
    refuse_changed(Kind.ENTRY, before, write.request.seen)
    refuse_other_place(before, asked.user_id, asked.requested_date)
    calendar = await calendar_on(write, before, before.requested_date)
    refuse_growth_above_workday(before, asked.seconds, calendar)
    after = replace(before, seconds=asked.seconds)
    of_entry = [change(before, after)] if after != before else []
    of_reference = []
    if asked.reference:
        old, new = await _put_reference(write, after, asked.reference)
        of_reference = [change(old, new)] if old != new else []
    if of_entry or of_reference:
        # A reference too is what another update would overwrite unseen (rule 5.4).
        after = replace(after, updated_at=next_version(before.updated_at, write.now))
        await store.change_entries(write.connection, [after])
    await write.record([*of_entry, *of_reference])
    warnings = quarter_hour_warnings(asked.seconds, ("hours",))
    return await write.with_days(UpdatedEntry(after, warnings))


async def _put_reference(
    write: Write[_ParsedUpdate], entry: TimeOffEntry, facts: ReferenceFacts
) -> tuple[ExternalReference | None, ExternalReference]:
    """Overwrite the reference of the same service, else add one (rule 2.9).

    Who may not read a message neither takes it away by leaving it out, nor learns by guessing it:
    one that is sent is a change, whatever stood there.
    """
    standing = (await store.references_of(write.connection, [entry.id]))[entry.id]
    is_blind = not write.caller.reads_message_of(entry.user_id)
    if old := reference_to_overwrite(standing, facts):
        is_guess = is_blind and facts.external_message is not None
        if is_blind and not is_guess:
            facts = replace(facts, external_message=old.facts.external_message)
        if old.facts == facts and not is_guess:
            return old, old
        new = replace(old, facts=facts, updated_at=write.now)
        await store.change_references(write.connection, [new])
        return old, new
    (id_,) = await write.new_ids(REFERENCE_IDS, 1)
    new = new_reference(id_, entry, facts, entry.seconds, write.now)
    await store.add_references(write.connection, [new])
    return None, new


async def _delete(
    write: Write[DeletedEntries], *, places: Mapping[int, int], seen: Mapping[int, datetime]
) -> DeletedEntries:
    """Delete the entries; ``places`` has the index in the request of each id.

    ``seen`` has the version of each that the caller has seen, where one is given.
    """
    ids = list(places)
    found = await lock_entries(write, ids)
    for id_, index in places.items():
        with write.refusals.collecting("ids", index):
            if id_ not in found:
                raise NotFound(Kind.ENTRY.words)
            write.caller.require_writing_of(user_subject(found[id_].user_id))
            refuse_changed_after(Kind.ENTRY, found[id_], seen.get(id_))
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
