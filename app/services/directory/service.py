"""The directory, written in bulk: some items at a time, all or nothing, idempotent (rule 6.3)."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from app.db.connections.database import Database, Transaction
from app.db.reading.lists_of_nouns import COMPANIES, HOLIDAYS, PEOPLE, USERS, WORKWEEKS
from app.db.writing import directory as store
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_directory
from app.db.writing.objects import add_objects, change_objects
from app.domain.access import Permission
from app.domain.changed_since import ItemChangedSince
from app.domain.changes import Change
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek, version_of
from app.domain.errors import HeldElsewhere, NotFound, Refusals
from app.domain.identifiers import Key, Kind, read_id
from app.domain.time_off_entries import refuse_count
from app.domain.warnings import Warning
from app.services.caller import Caller
from app.services.changes import change
from app.services.directory import items as nouns
from app.services.directory.items import Noun, UpsertItem
from app.services.directory.warnings import warnings_of

MAX_ITEMS: Final = 1_000

T = TypeVar("T")


@dataclass(slots=True)
class _Batch(Generic[T]):
    """The objects as they were, and as the items leave them, in first-mention order."""

    before: Mapping[Key, T]
    after: dict[Key, T] = field(default_factory=dict)

    def current(self, key: Key) -> T | None:
        """Return the object as the earlier items leave it."""
        return self.after.get(key) or self.before.get(key)

    def changed(self) -> list[tuple[T | None, T]]:
        """Return each object that is new (None) or another, as it was and as it is."""
        pairs = ((self.before.get(key), now) for key, now in self.after.items())
        return [(before, now) for before, now in pairs if before != now]


@dataclass(frozen=True, slots=True)
class Upserted(Generic[T]):
    """Each object that was named, once, as it is now; and what deserves a look.

    ``new`` and ``changed`` say how many of them are; the others were so already.
    """

    objects: list[T]
    warnings: list[Warning]
    new: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class DirectoryService:
    """Write companies, roles, users, people, workweeks and holidays."""

    database: Database
    clock: Callable[[], datetime]

    async def upsert_companies(
        self, caller: Caller, items: Sequence[UpsertItem]
    ) -> Upserted[Company]:
        """Create or rename companies; a new one gets the counter of its changes (rule 5.3)."""
        return await self._upsert(caller, nouns.COMPANIES, items)

    async def upsert_roles(self, caller: Caller, items: Sequence[UpsertItem]) -> Upserted[Role]:
        """Create or rename account roles."""
        return await self._upsert(caller, nouns.ROLES, items)

    async def upsert_users(self, caller: Caller, items: Sequence[UpsertItem]) -> Upserted[User]:
        """Create or change users; who is one worker with whom follows (rule 4.1)."""
        return await self._upsert(caller, nouns.USERS, items)

    async def upsert_people(self, caller: Caller, items: Sequence[UpsertItem]) -> Upserted[Person]:
        """Create or change people; who is one worker with whom follows (rule 4.1)."""
        return await self._upsert(caller, nouns.PEOPLE, items)

    async def upsert_workweeks(
        self, caller: Caller, items: Sequence[UpsertItem]
    ) -> Upserted[Workweek]:
        """Create or change workweeks, keyed by company, user and first day.

        Stored entries are neither asked nor changed (rule 2.2).
        """
        return await self._upsert(caller, nouns.WORKWEEKS, items)

    async def upsert_holidays(
        self, caller: Caller, items: Sequence[UpsertItem]
    ) -> Upserted[Holiday]:
        """Create or move holidays. Stored entries are neither asked nor changed (rule 2.2)."""
        return await self._upsert(caller, nouns.HOLIDAYS, items)

    async def delete_workweeks(self, caller: Caller, ids: Sequence[str]) -> list[Key]:
        """Delete workweeks by id, all or nothing; return the ids, each once."""
        return await self._delete(caller, Kind.WORKWEEK, WORKWEEKS, store.remove_workweeks, ids)

    async def delete_holidays(self, caller: Caller, ids: Sequence[str]) -> list[Key]:
        """Delete holidays by id, all or nothing; return the ids, each once."""
        return await self._delete(caller, Kind.HOLIDAY, HOLIDAYS, store.remove_holidays, ids)

    async def _upsert(
        self, caller: Caller, noun: Noun[T], items: Sequence[UpsertItem]
    ) -> Upserted[T]:
        caller.require(Permission.WRITE_DIRECTORY)
        refuse_count(len(items), MAX_ITEMS, (noun.path,))
        refusals = Refusals()
        places: dict[int, tuple[Key, str]] = {}
        for index, item in enumerate(items):
            with refusals.collecting(noun.path, index):
                places[index] = noun.read_place(item)
        company_ids = {company_id for _, company_id in places.values()}
        async with self.database.writing() as connection:
            await lock_directory(connection, company_ids)
            companies = await COMPANIES.find_many(connection, caller.companies, company_ids)
            before = await noun.listing.find_many(
                connection, None, {key for key, _ in places.values()}
            )
            related = await _related(connection, caller, noun, items)
            batch = _Batch(before)
            for index, (key, company_id) in places.items():
                with refusals.collecting(noun.path, index):
                    _refuse_foreign(caller, noun, batch.current(key), company_id, companies)
                    _refuse_changed(noun, key, before.get(key), items[index])
                    batch.after[key] = noun.build(
                        items[index], key, company_id, batch.current(key), related
                    )
            refusals.raise_any()
            changed = batch.changed()
            await self._store(connection, caller, changed)
            found = await warnings_of(connection, batch.after.values())
        last_place = {key: index for index, (key, _) in places.items()}
        warnings = [
            replace(each, path=(noun.path, index, *each.path))
            for key, index in sorted(last_place.items(), key=itemgetter(1))
            for each in found.get(key, ())
        ]
        new = sum(1 for before, _ in changed if before is None)
        return Upserted(list(batch.after.values()), warnings, new, len(changed) - new)

    async def warnings_of(
        self, caller: Caller, kind: Kind, keys: Collection[Key]
    ) -> Mapping[Key, Sequence[Warning]]:
        """Return what still deserves a look about users or people, each by its field."""
        caller.require(Permission.WRITE_DIRECTORY)
        listing: Any = USERS if kind is Kind.USER else PEOPLE
        async with self.database.reading() as connection:
            found = await listing.find_many(connection, caller.companies, keys)
            return await warnings_of(connection, found.values())

    async def _store(
        self, connection: Transaction, caller: Caller, changed: Sequence[tuple[T | None, T]]
    ) -> None:
        created = [now for before, now in changed if before is None]
        await add_objects(connection, created)
        await change_objects(connection, [now for before, now in changed if before is not None])
        await store.start_counters(
            connection, [each for each in created if isinstance(each, Company)]
        )
        changes = [change(before, now) for before, now in changed]
        humans = [each for pair in changed for each in pair if isinstance(each, User | Person)]
        changes += await rejoin_humans(connection, humans)
        await record_changes(connection, caller.origin, self.clock(), changes)

    async def _delete(
        self,
        caller: Caller,
        kind: Kind,
        listing: Any,  # noqa: ANN401
        remove: Callable[[Transaction, Collection[Key]], Awaitable[None]],
        ids: Sequence[str],
    ) -> list[Key]:
        caller.require(Permission.WRITE_DIRECTORY)
        refuse_count(len(ids), MAX_ITEMS, ("ids",))
        refusals = Refusals()
        parsed: dict[Key, int] = {}
        for index, text in enumerate(ids):
            with refusals.collecting("ids", index):
                parsed.setdefault(read_id(kind, text), index)
        async with self.database.writing() as connection:
            found = await listing.find_many(connection, caller.companies, list(parsed))
            await lock_directory(connection, {each.company_id for each in found.values()})
            found = await listing.find_many(connection, caller.companies, list(parsed))
            for key, index in parsed.items():
                if key not in found:
                    refusals.add(NotFound(kind.words, ("ids", index)))
            refusals.raise_any()
            await remove(connection, parsed)
            changes = [change(found[key], None) for key in parsed]
            await record_changes(connection, caller.origin, self.clock(), changes)
        return list(parsed)


async def _related(
    connection: Transaction, caller: Caller, noun: Noun[Any], items: Sequence[UpsertItem]
) -> Mapping[Key, Any]:
    """Return the objects that the items refer to, as far as the caller sees them."""
    if noun.related is None:
        return {}
    wanted = set()
    for item in items:
        if text := item.given.get(noun.related.field):
            with Refusals().collecting():  # whoever refers to it says what is wrong with it
                wanted.add(read_id(noun.related.kind, text))
    return await noun.related.listing.find_many(connection, caller.companies, wanted)


def _refuse_foreign(
    caller: Caller,
    noun: Noun[Any],
    current: Any,  # noqa: ANN401 - an object of the noun, or None
    company_id: str,
    companies: Mapping[Key, Company],
) -> None:
    """Refuse a company that the caller does not see, and an id another company holds (rule 6.2)."""
    if noun.kind is Kind.COMPANY:
        if not caller.sees(company_id):
            raise NotFound(noun.kind.words, ("source_id",))
        return
    if company_id not in companies:
        raise NotFound(Kind.COMPANY.words, ("company_id",))
    if current is not None and current.company_id != company_id:
        known = current.company_id if caller.sees(current.company_id) else None
        raise HeldElsewhere(noun.kind.words, ("source_id",), known)


def _refuse_changed(
    noun: Noun[Any],
    key: Key,
    stored: Any,  # noqa: ANN401 - an object of the noun, or None
    item: UpsertItem,
) -> None:
    """Refuse an item whose object is not as the caller has seen it, if that was said (rule 5.4).

    An empty version is that of what was not there.
    """
    seen = item.given.get("if_unchanged")
    now = None if stored is None else version_of(stored)
    if seen is not None and seen != (now or ""):
        raise ItemChangedSince(noun.kind, key, now, ("if_unchanged",))


async def rejoin_humans(connection: Transaction, humans: Collection[User | Person]) -> list[Change]:
    """Join the changed users and people anew, company by company."""
    humans_of: dict[str, list[User | Person]] = defaultdict(list)
    for human in humans:
        humans_of[human.company_id].append(human)
    changes = []
    for company_id, mine in humans_of.items():
        gone, come = await store.rejoin(
            connection,
            company_id,
            {each.id for each in mine if isinstance(each, User)},
            {each.id for each in mine if isinstance(each, Person)},
            store.emails_of(mine),
        )
        changes += worker_changes(gone, come)
    return changes


def worker_changes(gone: Sequence[Any], come: Sequence[Any]) -> list[Change]:
    """Return what became of workers; one that keeps its id has changed."""
    before = {worker.id: worker for worker in gone}
    after = {worker.id: worker for worker in come}
    return [change(before.get(id_), after.get(id_)) for id_ in before | after]
