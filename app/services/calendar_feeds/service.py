"""Calendar feeds: made, renewed and revoked by those who may; read by whoever has the link."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_urlsafe
from typing import Final, TypeVar
from uuid import uuid4

from app.db.connections.database import Database, Transaction
from app.db.reading.calendar_feeds import CALENDAR_FEEDS, count_feeds, find_by_hash
from app.db.reading.lists_of_nouns import COMPANIES, ROLES
from app.db.reading.workers import find_worker
from app.db.writing import calendar_feeds as store
from app.domain.access import Permission
from app.domain.errors import NotFound, NotPermitted, Refusals, TooManyItems
from app.domain.feeds import CalendarFeed, CalendarFeedFilter, judge_feed
from app.domain.identifiers import Key, Kind, read_kantata_id, read_text_id
from app.services.access.events import AccessEvents
from app.services.calendar_feeds.content import FeedContent, feed_content
from app.services.caller import Caller
from app.services.catalogue import Shelf
from app.services.idempotency import KeyedRequest
from app.services.own_writes import NOTHING_SENT, OwnWrites
from app.services.secrets import hash_of
from app.services.writes import Write, run_write

Parsed = TypeVar("Parsed")

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class CreateCalendarFeed:
    """A feed of a worker, or of a company's workers that a filter finds; ids as sent."""

    worker_id: str | None = None
    company_id: str | None = None
    role_ids: Sequence[str] | None = None
    job_titles: Sequence[str] | None = None
    name: str | None = None
    dry_run: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeCalendarFeed:
    """A feed whose link is to be renewed or revoked."""

    id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedFeed:
    """A feed with its link's new secret; None where nothing was done, or a key came again."""

    feed: CalendarFeed
    secret: str | None


@dataclass(frozen=True, slots=True)
class DeletedCalendarFeed:
    """A feed that is no more, by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class _ParsedCreate:
    worker_id: str | None
    company_id: str | None
    role_ids: tuple[int, ...]
    job_titles: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class CalendarFeedService:
    """Write and read feeds. The secret of a link is kept as its hash only."""

    database: Database
    clock: Callable[[], datetime]
    most_feeds: int
    events: AccessEvents

    @property
    def shelf(self) -> Shelf[CalendarFeed, CalendarFeedFilter]:
        """All feeds, also those that were revoked; ``visible`` says which a caller may know."""
        return Shelf(self.database, CALENDAR_FEEDS)

    def visible(self, caller: Caller, wanted: CalendarFeedFilter) -> CalendarFeedFilter:
        """Return the filter for those of the feeds that the caller manages, or raise NotPermitted.

        Without the permission that are those of the caller's own worker.
        """
        if caller.may(Permission.MANAGE_FEEDS):
            return wanted
        own = caller.own_subjects
        if not own:
            raise NotPermitted(Permission.MANAGE_FEEDS)
        asked = own if wanted.worker_ids is None else own & set(wanted.worker_ids)
        return replace(wanted, worker_ids=sorted(asked))

    async def find_many(self, caller: Caller, ids: Collection[Key]) -> dict[Key, CalendarFeed]:
        """Return the feeds by id, as far as the caller manages them."""
        found = await self.shelf.find_many(caller, ids)
        return {id_: feed for id_, feed in found.items() if _is_managed_by(caller, feed)}

    async def create(self, caller: Caller, command: CreateCalendarFeed) -> IssuedFeed:
        """Make a feed and its link, or raise Refused."""
        refusals = Refusals()
        request = KeyedRequest(
            caller,
            "createCalendarFeed",
            command.idempotency_key,
            _read_create(command, refusals),
            dry_run=command.dry_run,
            refusals=refusals,
        )
        refusals.raise_any()

        async def create(write: Write[_ParsedCreate], secret: str) -> CalendarFeed:
            feed = await _new_feed(write)
            await self._refuse_more(write.connection, feed)
            await store.add_feed(write.connection, feed, hash_of(secret))
            return feed

        return await self._issue(request, create)

    async def renew(self, caller: Caller, command: ChangeCalendarFeed) -> IssuedFeed:
        """Give a feed a new link; the one before answers no more."""

        async def renew(write: Write[str], secret: str) -> CalendarFeed:
            feed = replace(await _get(write), renewed_at=write.now, revoked_at=None)
            await store.change_feed(write.connection, feed, hash_of(secret))
            return feed

        return await self._issue(_read_change(caller, "renewCalendarFeed", command), renew)

    async def revoke(self, caller: Caller, command: ChangeCalendarFeed) -> CalendarFeed:
        """Let the feed's link answer no more; again changes nothing."""
        request = _read_change(caller, "revokeCalendarFeed", command)
        return await run_write(self, request, CalendarFeed, _revoke)

    async def delete(self, caller: Caller, command: ChangeCalendarFeed) -> DeletedCalendarFeed:
        """Delete a feed, so that its link answers no more."""
        request = _read_change(caller, "deleteCalendarFeed", command)
        return await run_write(self, request, DeletedCalendarFeed, _delete)

    async def _refuse_more(self, connection: Transaction, feed: CalendarFeed) -> None:
        """Refuse a feed beyond those that its company may have."""
        await store.lock_feeds_of_company(connection, feed.company_id)
        if await count_feeds(connection, feed.company_id) >= self.most_feeds:
            msg = (
                f"The company has {self.most_feeds} calendar feeds, as many as it may have: "
                "delete those that nobody reads."
            )
            raise TooManyItems(msg, ("worker_id" if feed.worker_id else "company_id",))

    async def _issue(
        self,
        request: KeyedRequest[Parsed],
        do: Callable[[Write[Parsed], str], Awaitable[CalendarFeed]],
    ) -> IssuedFeed:
        """Do it once with a new secret, which is answered and in no way kept.

        So a key that comes again is answered without: whoever has lost a link renews it.
        """
        issued: list[str] = []

        async def do_with_secret(write: Write[Parsed]) -> CalendarFeed:
            secret = token_urlsafe(SECRET_BYTES)
            feed = await do(write, secret)
            issued.append(secret)
            return feed

        feed = await run_write(self, request, CalendarFeed, do_with_secret)
        return IssuedFeed(feed, issued[0] if issued and not request.dry_run else None)

    async def read(
        self,
        secret: str,
        request_id: str = "",
        peer: str | None = None,
        own_writes: OwnWrites | None = None,
    ) -> FeedContent | None:
        """Return what the link shows today, or None where there is no such link.

        That a link is used for the first time, and from where, is an access event. The
        statements do not grow with the workers, nor with their time off.
        """
        async with self.database.reading() as connection:
            found = await find_by_hash(connection, hash_of(secret))
            if found is None:
                return None
            feed, is_use_known = found
            if not is_use_known:
                self.events.note_use(feed, hash_of(secret), request_id, peer)
            if own_writes is None:
                return await feed_content(connection, feed, self.clock().date())

        # Whether the link is still good is the primary's to say; what it shows, a replica's too.
        async def content() -> FeedContent:
            async with self.database.reading() as connection:
                return await feed_content(connection, feed, self.clock().date())

        return await own_writes.reading(f"feed {feed.id}", NOTHING_SENT, content)


def _read_create(command: CreateCalendarFeed, refusals: Refusals) -> _ParsedCreate:
    worker_id = company_id = None
    role_ids: list[int] = []
    judge_feed(
        command.worker_id,
        command.company_id,
        command.role_ids,
        command.job_titles,
        command.name,
        refusals,
    )
    if command.worker_id is not None:
        with refusals.collecting("worker_id"):
            worker_id = read_text_id(Kind.WORKER, command.worker_id)
    if command.company_id is not None:
        with refusals.collecting("company_id"):
            company_id = read_text_id(Kind.COMPANY, command.company_id)
    for index, text in enumerate(command.role_ids or ()):
        with refusals.collecting("role_ids", index):
            role_ids.append(read_kantata_id(Kind.ROLE, text))
    name = None if command.name is None else command.name.strip()
    job_titles = tuple(command.job_titles or ())
    return _ParsedCreate(worker_id, company_id, tuple(role_ids), job_titles, name)


def _read_change(caller: Caller, operation: str, command: ChangeCalendarFeed) -> KeyedRequest[str]:
    refusals = Refusals()
    with refusals.collecting("id"):
        id_ = read_text_id(Kind.CALENDAR_FEED, command.id)
    refusals.raise_any()
    return KeyedRequest(caller, operation, command.idempotency_key, id_)


async def _new_feed(write: Write[_ParsedCreate]) -> CalendarFeed:
    """Return the feed that is wished for, of what the caller sees; nothing is stored."""
    asked, connection, caller = write.asked, write.connection, write.caller
    if asked.worker_id is not None:
        worker = await find_worker(connection, asked.worker_id)
        if worker is None or not caller.sees(worker.company_id):
            raise NotFound(Kind.WORKER.words, ("worker_id",))
        if worker.id not in caller.own_subjects:
            caller.require(Permission.MANAGE_FEEDS, ("worker_id",))
        return CalendarFeed(
            id=str(uuid4()),
            company_id=worker.company_id,
            worker_id=worker.id,
            role_ids=(),
            name=None,
            created_at=write.now,
        )
    caller.require(Permission.MANAGE_FEEDS, ("company_id",))
    company_id = asked.company_id or ""
    if not await COMPANIES.find_many(connection, caller.companies, [company_id]):
        raise NotFound(Kind.COMPANY.words, ("company_id",))
    roles = await ROLES.find_many(connection, frozenset([company_id]), asked.role_ids)
    for index, role_id in enumerate(asked.role_ids):
        if role_id not in roles:
            write.refusals.add(NotFound(Kind.ROLE.words, ("role_ids", index)))
    write.refusals.raise_any()
    return CalendarFeed(
        id=str(uuid4()),
        company_id=company_id,
        worker_id=None,
        role_ids=tuple(dict.fromkeys(asked.role_ids)),
        job_titles=tuple(dict.fromkeys(asked.job_titles)),
        name=asked.name,
        created_at=write.now,
    )


async def _revoke(write: Write[str]) -> CalendarFeed:
    before = await _get(write)
    feed = replace(before, revoked_at=before.revoked_at or write.now)
    await store.change_feed(write.connection, feed, None)
    return feed


async def _delete(write: Write[str]) -> DeletedCalendarFeed:
    feed = await _get(write)
    await store.remove_feed(write.connection, feed)
    return DeletedCalendarFeed(feed.id)


async def _get(write: Write[str]) -> CalendarFeed:
    """Return the feed as it is while nobody else writes it, or raise NotFound."""
    id_ = write.asked
    await store.lock_feed(write.connection, id_)
    found = await CALENDAR_FEEDS.find_many(write.connection, write.caller.companies, [id_])
    if id_ not in found or not _is_managed_by(write.caller, found[id_]):
        raise NotFound(Kind.CALENDAR_FEED.words, ("id",))
    return found[id_]


def _is_managed_by(caller: Caller, feed: CalendarFeed) -> bool:
    """Say whether the caller may know of the feed: it is its own worker's, or it manages all."""
    return caller.may(Permission.MANAGE_FEEDS) or feed.worker_id in caller.own_subjects
