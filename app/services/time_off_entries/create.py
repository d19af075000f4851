"""Creating entries: items are read, combined with their days, and stored (rules 2.4 to 2.7)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from app.db.reading.calendars import calendars
from app.db.writing import time_off_entries as store
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS
from app.domain.changes import Change
from app.domain.days import DaySpan, within_calendar
from app.domain.errors import NotFound, Refusals, Refused, TimeOffError
from app.domain.identifiers import Kind, read_kantata_id
from app.domain.time_off_entries import (
    ChangedDay,
    Combined,
    EntryWish,
    ExternalReference,
    ReferenceFacts,
    TimeOffEntry,
    combine,
    quarter_hour_warnings,
    read_hours,
)
from app.domain.versions import next_version
from app.services.changes import change
from app.services.time_off_entries.commands import CreatedEntries, EntryItem, ItemResult
from app.services.writes import Write


@dataclass(frozen=True, slots=True)
class ParsedCreate:
    """The items of a create, as far as they could be read."""

    wishes: Sequence[EntryWish]


@dataclass(frozen=True, slots=True)
class StoredDays:
    """The entries that were made and changed, new references, and all entries as mentioned."""

    created: Sequence[TimeOffEntry]
    changed: Sequence[tuple[TimeOffEntry, TimeOffEntry]]
    references: Sequence[ExternalReference]
    entries: Sequence[TimeOffEntry]

    @property
    def changes(self) -> list[Change]:
        """What the change feed tells of them."""
        return [
            *(change(None, entry) for entry in self.created),
            *(change(before, after) for before, after in self.changed),
            *(change(None, reference) for reference in self.references),
        ]


def read_wishes(items: Sequence[EntryItem], refusals: Refusals) -> list[EntryWish]:
    """Return the items that can be read; what cannot goes into ``refusals``."""
    wishes = []
    for index, item in enumerate(items):
        try:
            user_id, seconds, day, reference = [read(item) for read in _READERS.values()]
        except (TimeOffError, Refused):
            for error in _faults(item):
                refusals.add(error.below("time_off_entries", index))
        else:
            wishes.append(
                EntryWish(
                    index=index, user_id=user_id, day=day, seconds=seconds, reference=reference
                )
            )
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


async def create_entries(write: Write[ParsedCreate]) -> CreatedEntries:
    """Combine the items with what is stored of their days; Refused names each bad item."""
    wishes = write.asked.wishes
    combined, companies = await _combine(write)
    write.refusals.raise_any()
    stored = await store_days(write, combined, companies)
    ids = {(entry.user_id, entry.requested_date): entry.id for entry in stored.entries}
    await write.record(stored.changes)
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


async def _combine(write: Write[ParsedCreate]) -> tuple[Combined, dict[int, str]]:
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


async def store_days(
    write: Write[Any], combined: Combined, companies: Mapping[int, str]
) -> StoredDays:
    """Store the days as the items leave them: new and changed entries, and new references."""
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
            before = day.stored.entry
            updated_at = next_version(before.updated_at, write.now)
            entry = replace(before, seconds=day.seconds, updated_at=updated_at)
            changed.append((before, entry))
        else:
            entry = day.stored.entry
        entries.append(entry)
    references = await _new_references(write, combined.days, entries)
    await store.add_entries(write.connection, created)
    await store.change_entries(write.connection, [after for _, after in changed])
    await store.add_references(write.connection, references)
    return StoredDays(created, changed, references, entries)


async def _new_references(
    write: Write[Any], days: Sequence[ChangedDay], entries: Sequence[TimeOffEntry]
) -> list[ExternalReference]:
    wanted = [
        (entry, new) for day, entry in zip(days, entries, strict=True) for new in day.new_references
    ]
    ids = await write.new_ids(REFERENCE_IDS, len(wanted))
    return [
        new_reference(id_, entry, new.facts, new.brought_seconds, write.now)
        for id_, (entry, new) in zip(ids, wanted, strict=True)
    ]


def new_reference(
    id_: int, entry: TimeOffEntry, facts: ReferenceFacts, brought_seconds: int, now: datetime
) -> ExternalReference:
    """Return a new reference on the entry; nothing is stored."""
    return ExternalReference(
        id=id_,
        company_id=entry.company_id,
        entry_id=entry.id,
        facts=facts,
        brought_seconds=brought_seconds,
        created_at=now,
        updated_at=now,
    )
