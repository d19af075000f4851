"""Reading: every type by id, by parent and in pages, held to the caller's tenants."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, Literal, NamedTuple, TypeVar, cast

from app.db.connections.database import Database, Transaction
from app.db.connections.direct_reads import Ready
from app.db.reading import lists_of_nouns
from app.db.reading.by_key import ByKey
from app.db.reading.calendars import calendars
from app.db.reading.changes import deleted_object
from app.db.reading.chosen_columns import Projection
from app.db.reading.lists import Listing, cut_page
from app.db.reading.lists_of_nouns import entries_of_user
from app.db.reading.workers import job_titles, workers_of_subjects
from app.db.writing.time_off_entries import companies_of
from app.domain.access import Permission, PersonalScope
from app.domain.days import DaySpan
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.filters import (
    CalendarFilter,
    DirectoryFilter,
    EntryFilter,
    PersonTimeOffFilter,
    ReferencesFilter,
    WorkerFilter,
)
from app.domain.identifiers import Key, Kind
from app.domain.paging import Page, PageRequest, Row
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.workers import Worker, name_key
from app.services.caller import Caller
from app.services.sync.fill_outbox import asked_with_news

T = TypeVar("T")
F = TypeVar("F")

Hide = Callable[[Transaction, PersonalScope, Collection[T]], Awaitable[list[T]]]
"""Returns the objects without the personal texts that are outside of the scope."""


class RowPage(NamedTuple):
    """A page as rows of chosen columns, before anything is made of them.

    A row of ``children`` begins with the first column of the row that it belongs to, unless
    the page is of a single object.
    """

    rows: Sequence[Row]
    children: Mapping[str, Sequence[Row]]
    has_next: bool
    has_previous: bool
    cursor: Callable[[Row], str]
    request: PageRequest | None = None

    def cursor_at(self, end: Literal[0, -1]) -> str | None:
        """Return the cursor of the first (0) or last (-1) row; an empty page has its request's."""
        if self.rows:
            return self.cursor(self.rows[end])
        return self.request.cursors_of_nothing[end] if self.request else None


@dataclass(frozen=True)
class Shelf(Generic[T, F]):
    """All objects of one type.

    ``hide`` takes the personal texts from objects that the caller may not read them of; rows of
    chosen columns never have those (app/db/reading/chosen_columns.py).
    """

    database: Database
    listing: Listing[T, F]
    hide: Hide[T] | None = None

    async def find_many(self, caller: Caller, keys: Collection[Key]) -> dict[Key, T]:
        """Return the objects by key; unknown and foreign ones are left out alike."""
        caller.require(Permission.READ_TIME_OFF)
        if caller.personal is None or self.hide is None:
            read = await self._find_directly(caller, keys)
            if read is not None:
                return read
        async with self.database.reading() as connection:
            found = await self.listing.find_many(connection, caller.companies, keys)
            shown = await self._shown(connection, caller, found.values())
        return dict(zip(found, shown, strict=True))

    async def _find_directly(self, caller: Caller, keys: Collection[Key]) -> dict[Key, T] | None:
        """Read objects by the database's own driver, if it can."""
        direct, scope = self.database.direct, caller.companies
        by_key = ByKey.of(self.listing, direct.dialect, is_scoped=scope is not None)
        first = Ready.of(by_key.statement, by_key.values(keys, scope))
        found = await direct.read(first, lambda _: {})
        return None if found is None else by_key.objects(found[0])

    async def list_by_parent(
        self, caller: Caller, keys: Collection[Key], order: str
    ) -> dict[Key, list[T]]:
        """Return all objects of each parent, in the named order."""
        caller.require(Permission.READ_TIME_OFF)
        async with self.database.reading() as connection:
            found = await self.listing.find_by(connection, caller.companies, keys, order)
            return {key: await self._shown(connection, caller, found.get(key, ())) for key in keys}

    async def page(self, caller: Caller, wanted: F, request: PageRequest) -> Page[T]:
        """Return a page of the filtered list as objects; a cursor of another list is refused."""
        _require_reading(caller, wanted)
        async with self.database.reading() as connection:
            wanted = await _with_news(connection, caller, wanted)
            found = await self.listing.page(connection, caller.companies, wanted, request)
            return replace(found, items=await self._shown(connection, caller, found.items))

    def project(
        self,
        columns: tuple[str, ...],
        children: Mapping[str, tuple[str, ...]],
        *,
        is_single: bool,
    ) -> Projection:
        """Return what reads only these columns of the list, and of the rows beside it."""
        return Projection.of(self.listing, columns, tuple(children.items()), is_single)

    async def projected_page(
        self, caller: Caller, wanted: F, request: PageRequest, projection: Projection
    ) -> RowPage | None:
        """Return a page of the filtered list as rows; None where it cannot be read so."""
        _require_reading(caller, wanted)
        if _asks_for_states(wanted):
            async with self.database.reading() as connection:
                wanted = await _with_news(connection, caller, wanted)
        direct, size, personal = self.database.direct, request.size, caller.personal
        first = projection.page(direct.dialect, caller.companies, wanted, request, personal)
        found = await direct.read(
            Ready.of(*first), lambda rows: self._children(projection, rows[:size], personal)
        )
        if found is None:
            return None
        rows, children = found
        kept, has_next, has_previous = cut_page(rows, request)
        cursor = projection.cursor(direct.dialect, request)
        return RowPage(kept, children, has_next, has_previous, cursor, request)

    async def projected_one(
        self, caller: Caller, key: Key, projection: Projection
    ) -> RowPage | None:
        """Return a page with the one row of the key, or with none."""
        caller.require(Permission.READ_TIME_OFF)
        direct, personal = self.database.direct, caller.personal
        found = await direct.read(
            Ready.of(*projection.one(direct.dialect, caller.companies, key, personal)),
            lambda rows: self._children(projection, rows, personal),
        )
        if found is None:
            return None
        return RowPage(*found, has_next=False, has_previous=False, cursor=str)

    def page_texts(
        self,
        caller: Caller,
        wanted: F,
        request: PageRequest,
        projection: Projection,
        *,
        counts: bool,
    ) -> list[str]:
        """Return the SQL that ``projected_page``, and ``count`` if it counts, would run."""
        dialect, companies = self.database.direct.dialect, caller.companies
        first, _ = projection.page(dialect, companies, wanted, request)
        counted = self.listing.counting(companies, wanted) if counts else None
        return projection.texts(dialect, first, counted)

    def one_texts(self, caller: Caller, key: Key, projection: Projection) -> list[str]:
        """Return the SQL that ``projected_one`` would run."""
        dialect = self.database.direct.dialect
        return projection.texts(dialect, projection.one(dialect, caller.companies, key)[0], None)

    def _children(
        self, projection: Projection, rows: Sequence[Any], personal: PersonalScope | None
    ) -> dict[str, Ready]:
        keys, dialect = [row[0] for row in rows], self.database.direct.dialect
        return {
            name: Ready.of(*projection.many_children(dialect, name, keys, personal))
            for name in projection.children
            if keys
        }

    async def pages_by_parent(
        self, caller: Caller, wanted: F, request: PageRequest, keys: Collection[Key]
    ) -> dict[Key, Page[T]]:
        """Return a page of each parent's filtered list."""
        _require_reading(caller, wanted)
        async with self.database.reading() as connection:
            wanted = await _with_news(connection, caller, wanted)
            found = await self.listing.pages_by(connection, caller.companies, wanted, request, keys)
            return {
                key: replace(page, items=await self._shown(connection, caller, page.items))
                for key, page in found.items()
            }

    async def numbered_page(
        self, caller: Caller, wanted: F, order: str, *, number: int, size: int
    ) -> tuple[list[T], int]:
        """Return the page of this number, from 1 on, and how long the list is.

        For Kantata's REST lists, whose clients know no cursors.
        """
        _require_reading(caller, wanted)
        async with self.database.reading() as connection:
            companies = caller.companies
            wanted = await _with_news(connection, caller, wanted)
            count = await self.listing.count(connection, companies, wanted)
            found = await self.listing.numbered_page(
                connection, companies, wanted, order, number=number, size=size
            )
            return await self._shown(connection, caller, found), count

    async def list_all(self, caller: Caller, wanted: F, order: str) -> list[T]:
        """Return the filtered list as a whole; the filter names what it may be."""
        _require_reading(caller, wanted)
        async with self.database.reading() as connection:
            wanted = await _with_news(connection, caller, wanted)
            found = await self.listing.list_all(connection, caller.companies, wanted, order)
            return await self._shown(connection, caller, found)

    async def count(self, caller: Caller, wanted: F) -> int:
        """Return how many objects of the filtered list the caller may see."""
        _require_reading(caller, wanted)
        async with self.database.reading() as connection:
            wanted = await _with_news(connection, caller, wanted)
            return await self.listing.count(connection, caller.companies, wanted)

    async def counts_by_parent(
        self, caller: Caller, wanted: F, keys: Collection[Key]
    ) -> dict[Key, int]:
        """Return how long each parent's filtered list is."""
        _require_reading(caller, wanted)
        async with self.database.reading() as connection:
            wanted = await _with_news(connection, caller, wanted)
            return await self.listing.counts_by(connection, caller.companies, wanted, keys)

    async def _shown(
        self, connection: Transaction, caller: Caller, items: Collection[T]
    ) -> list[T]:
        """Return the objects as the caller may see them."""
        personal = caller.personal
        if personal is None or self.hide is None or not items:
            return list(items)
        return await self.hide(connection, personal, items)


def _require_reading(caller: Caller, wanted: object) -> None:
    """Raise NotPermitted for who may read nothing, or looks for a text that it may not read."""
    caller.require(Permission.READ_TIME_OFF)
    reference = getattr(wanted, "reference", None)
    if reference is not None and reference.external_message is not None:
        caller.require(Permission.READ_REASONS)


def _asks_for_states(wanted: object) -> bool:
    return getattr(wanted, "sync", None) is not None


async def _with_news(connection: Transaction, caller: Caller, wanted: F) -> F:
    """Return the filter; one that asks in which state records are knows what has changed."""
    if not _asks_for_states(wanted):
        return wanted
    return cast(F, await asked_with_news(connection, caller.companies, cast(Any, wanted)))


async def _without_reasons(
    _: Transaction, personal: PersonalScope, records: Collection[PersonTimeOff]
) -> list[PersonTimeOff]:
    return [
        each if each.person_id == personal.person_id else replace(each, reason=None)
        for each in records
    ]


async def _without_messages(
    connection: Transaction, personal: PersonalScope, references: Collection[ExternalReference]
) -> list[ExternalReference]:
    own: Collection[int] = ()
    if personal.user_id is not None:
        entry_ids = {each.entry_id for each in references}
        own = await entries_of_user(connection, personal.user_id, entry_ids)
    return [
        each
        if each.entry_id in own
        else replace(each, facts=replace(each.facts, external_message=None))
        for each in references
    ]


class PlaceOfDeleted(NamedTuple):
    """Where a record that is gone was: whose it was, and its first day in ISO 8601."""

    company_id: str
    person_id: str
    start_day: str


class Catalogue:
    """A shelf for each type, and the few reads that are of no single one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.companies: Shelf[Company, DirectoryFilter] = Shelf(database, lists_of_nouns.COMPANIES)
        self.roles: Shelf[Role, DirectoryFilter] = Shelf(database, lists_of_nouns.ROLES)
        self.users: Shelf[User, DirectoryFilter] = Shelf(database, lists_of_nouns.USERS)
        self.people: Shelf[Person, DirectoryFilter] = Shelf(database, lists_of_nouns.PEOPLE)
        self.workers: Shelf[Worker, WorkerFilter] = Shelf(database, lists_of_nouns.WORKERS)
        self.holidays: Shelf[Holiday, CalendarFilter] = Shelf(database, lists_of_nouns.HOLIDAYS)
        self.workweeks: Shelf[Workweek, CalendarFilter] = Shelf(database, lists_of_nouns.WORKWEEKS)
        self.entries: Shelf[TimeOffEntry, EntryFilter] = Shelf(database, lists_of_nouns.ENTRIES)
        self.references: Shelf[ExternalReference, ReferencesFilter] = Shelf(
            database, lists_of_nouns.REFERENCES, _without_messages
        )
        self.person_time_offs: Shelf[PersonTimeOff, PersonTimeOffFilter] = Shelf(
            database, lists_of_nouns.PERSON_TIME_OFFS, _without_reasons
        )
        self.split_person_time_offs: Shelf[PersonTimeOff, PersonTimeOffFilter] = Shelf(
            database, lists_of_nouns.SPLIT_PERSON_TIME_OFFS, _without_reasons
        )
        self._shelves: Mapping[Kind, Shelf[Any, Any]] = {
            Kind.COMPANY: self.companies,
            Kind.ROLE: self.roles,
            Kind.USER: self.users,
            Kind.PERSON: self.people,
            Kind.ENTRY: self.entries,
            Kind.REFERENCE: self.references,
            Kind.PERSON_TIME_OFF: self.person_time_offs,
        }

    async def place_of_deleted(self, caller: Caller, record_id: str) -> PlaceOfDeleted | None:
        """Return where a deleted record of person time off was; None if none was deleted."""
        caller.require(Permission.READ_TIME_OFF)
        async with self._database.reading() as connection:
            deleted = await deleted_object(
                connection, caller.companies, Kind.PERSON_TIME_OFF, record_id
            )
        if deleted is None:
            return None
        facts = deleted.facts
        return PlaceOfDeleted(deleted.company_id, facts["personId"], facts["startDay"])

    def shelf_of(self, kind: Kind) -> Shelf[Any, Any] | None:
        """Return the shelf on which the objects of a kind stand by their own key."""
        return self._shelves.get(kind)

    async def find_workers(self, caller: Caller, ids: Collection[str]) -> dict[str, Worker]:
        """Return the workers by each id that names them, also one a joined person had alone."""
        caller.require(Permission.READ_TIME_OFF)
        async with self._database.reading() as connection:
            found = await workers_of_subjects(connection, ids)
        return {id_: worker for id_, worker in found.items() if caller.sees(worker.company_id)}

    async def job_titles(self, caller: Caller, company_id: str | None) -> list[str]:
        """Return the job titles that people have, each once, in the order of names."""
        caller.require(Permission.READ_TIME_OFF)
        async with self._database.reading() as connection:
            found = await job_titles(connection, caller.companies, company_id)
        return sorted(found, key=name_key)

    async def possible_seconds(
        self, questions: Sequence[tuple[int, date]]
    ) -> Mapping[tuple[int, date], int]:
        """Return the possible workday hours of users that the caller has seen (rule 2.3)."""
        days = [day for _, day in questions]
        async with self._database.reading() as connection:
            companies = await companies_of(connection, {user_id for user_id, _ in questions})
            known = await calendars(connection, companies, DaySpan(min(days), max(days)))
        return {(user_id, day): known[user_id].possible_seconds(day) for user_id, day in questions}
