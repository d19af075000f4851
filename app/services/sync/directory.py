"""The vendor's people and calendars, stored as clients would store them: by the same service.

Who is gone there is inactive here; nobody is deleted. Workweeks and holidays that are gone there
are deleted, for they decide whose day is a workday. Only what the vendor once had can be gone
there, and only from a list that is whole: what was typed here stays.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from app.db.connections.database import Database
from app.db.reading import sync as kept_before
from app.db.reading import sync_directory as here
from app.db.writing import sync as kept
from app.domain.changed_since import ItemChangedSince
from app.domain.directory import Holiday, User, UserStatus, Workweek, version_of
from app.domain.erasure import erased_name, is_erased
from app.domain.errors import Refused, TimeOffError
from app.domain.identifiers import Kind, node_id
from app.domain.sync.listings import LOOKS
from app.domain.sync.remote import (
    BaseRecord,
    RemoteDirectory,
    RemoteHoliday,
    RemoteProblem,
    RemoteRole,
    RemoteUser,
    RemoteWorkweek,
)
from app.domain.sync.upstreams import Upstream
from app.domain.workweek import WEEKDAYS
from app.services.caller import SYNC, Caller
from app.services.directory.items import UpsertItem
from app.services.directory.service import MAX_ITEMS, DirectoryService, Upserted
from app.services.sync import leaving
from app.services.sync.take_in import refuse_overtaken

REFUSED: Final = "REFUSED"

Item = dict[str, Any]
T = TypeVar("T")
Upsert = Callable[[Caller, Sequence[UpsertItem]], Awaitable[Upserted[Any]]]
Becoming = Mapping[int, Callable[[User | None], Item]]
"""By id, what is sent of a user, made of how the user is here."""


@dataclass(slots=True)
class DirectoryTakenIn:
    """What became of a directory: how many objects are new and changed, and what is the matter.

    ``has_everybody``: the list of users is whole, and not suddenly much shorter.
    """

    created: int = 0
    updated: int = 0
    deleted: int = 0
    problems: Sequence[RemoteProblem] = ()
    has_everybody: bool = True


@dataclass(frozen=True, slots=True)
class TakeInDirectory:
    """Stores a vendor's directory as the company's."""

    database: Database
    service: DirectoryService

    async def store(self, upstream: Upstream, remote: RemoteDirectory) -> DirectoryTakenIn:
        """Store all of it that can be; what is refused is a problem and stops nothing else.

        Raises Overtaken where somebody has changed the upstream since it was read.
        """
        known = await self._keep_seen(upstream, remote)
        storing = _Storing(self.database, self.service, upstream, _caller(upstream))
        storing.taken.problems = list(remote.problems)
        service = self.service
        await storing.store("role", service.upsert_roles, map(_role, remote.roles))
        await storing.users({each.id: partial(_user, each) for each in remote.users})
        await storing.store("workweek", service.upsert_workweeks, map(_workweek, remote.workweeks))
        await storing.store("holiday", service.upsert_holidays, map(_holiday, remote.holidays))
        await self._part(storing, leaving.Leaving(remote, known))
        return storing.taken

    async def _keep_seen(self, upstream: Upstream, remote: RemoteDirectory) -> set[str]:
        """Keep under which keys the vendor has something; return all under which it ever had."""
        listed = leaving.keys_of(remote)
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            known = await kept_before.directory_keys(connection, upstream.id)
            fresh = [
                BaseRecord(key, key, key, day, {})
                for key, day in listed.items()
                if key not in known
            ]
            for some in _batches(fresh):
                await kept.keep_bases(connection, upstream.id, some)
        return known | listed.keys()

    async def _part(self, storing: "_Storing", parting: leaving.Leaving) -> None:
        """Take away what is gone there, and forget what is on neither side any more."""
        upstream, taken = storing.upstream, storing.taken
        async with self.database.reading() as connection:
            users = await here.users_of_company(connection, upstream.company_id)
            workweeks = await here.workweeks_of_company(connection, upstream.company_id)
            holidays = await here.holidays_of_company(connection, upstream.company_id)
        gone = parting.users(users)
        weeks, days = parting.workweeks(workweeks), parting.holidays(holidays)
        taken.problems = [*taken.problems, *parting.problems]
        taken.has_everybody = parting.has_everybody
        await storing.users({each.id: partial(_left, each) for each in gone})
        for some in _batches([node_id(Kind.WORKWEEK, each.id) for each in weeks]):
            taken.deleted += len(await self.service.delete_workweeks(storing.caller, some))
        for some in _batches([str(each.id) for each in days]):
            taken.deleted += len(await self.service.delete_holidays(storing.caller, some))
        standing: set[User | Workweek | Holiday] = {*users, *workweeks, *holidays}
        over = parting.over(standing - {*weeks, *days})
        async with self.database.writing() as connection:
            await kept.forget_bases(connection, upstream.id, over)


@dataclass(frozen=True, slots=True)
class _Storing:
    """One directory being stored, and what has become of it so far."""

    database: Database
    service: DirectoryService
    upstream: Upstream
    caller: Caller
    taken: DirectoryTakenIn = field(default_factory=DirectoryTakenIn)

    async def store(self, noun: str, upsert: Upsert, items: Iterable[Item]) -> None:
        """Store items of one noun."""
        for some in _batches(list(items)):
            await self._upsert(noun, upsert, some)

    async def users(self, becoming: Becoming) -> None:
        """Store users; who is changed here meanwhile is looked at again: they may be erased."""
        left = [*becoming]
        for look in range(1, LOOKS + 1):
            async with self.database.reading() as connection:
                users = await here.users_of_company(connection, self.upstream.company_id)
            by_id = {each.id: each for each in users}
            again: list[int] = []
            for some in _batches(left):
                items = [_as_seen(becoming[id_], by_id.get(id_)) for id_ in some]
                changed = await self._upsert(
                    "user", self.service.upsert_users, items, is_last=look == LOOKS
                )
                again += [int(item["source_id"]) for item in changed]
            left = again

    async def _upsert(
        self, noun: str, upsert: Upsert, items: Sequence[Item], *, is_last: bool = True
    ) -> list[Item]:
        """Store the items; without those that are refused, which are told.

        Returns those that somebody has changed meanwhile, unless it was the last try for them.
        """
        changed: list[Item] = []
        while items:
            try:
                sent = [
                    UpsertItem(item | {"company_id": self.upstream.company_id}) for item in items
                ]
                stored = await upsert(self.caller, sent)
            except Refused as refused:
                bad: dict[int, TimeOffError] = {}
                for error in refused.errors:
                    bad.setdefault(int(error.path[1]), error)
                again = {at for at, error in bad.items() if isinstance(error, ItemChangedSince)}
                again = set() if is_last else again
                changed += [items[at] for at in again]
                found = [
                    RemoteProblem(f"{noun}:{items[at].get('source_id', '')}", REFUSED, each.message)
                    for at, each in bad.items()
                    if at not in again
                ]
                self.taken.problems = [*self.taken.problems, *found]
                items = [item for at, item in enumerate(items) if at not in bad]
            else:
                self.taken.created += stored.new
                self.taken.updated += stored.changed
                break
        return changed


def _caller(upstream: Upstream) -> Caller:
    """Return the gateway as it may write this company alone."""
    identity = replace(SYNC.identity, companies=frozenset({upstream.company_id}))
    return replace(SYNC, identity=identity)


def _role(role: RemoteRole) -> Item:
    return {"source_id": str(role.id), "name": role.name}


def _user(user: RemoteUser, stored: User | None) -> Item:
    """Return the user as they are there; who was erased here is not named again."""
    is_named = stored is None or not is_erased(stored)
    return {
        "source_id": str(user.id),
        "full_name": user.full_name if is_named else erased_name(user.id),
        "email_address": user.email_address if is_named else None,
        "headline": user.headline if is_named else None,
        "role_id": None if user.role_id is None else str(user.role_id),
        "status": user.status,
    }


def _left(user: User, stored: User | None) -> Item:
    """Return the user as they are here, and inactive."""
    name = (stored or user).full_name
    return {"source_id": str(user.id), "full_name": name, "status": UserStatus.INACTIVE}


def _as_seen(become: Callable[[User | None], Item], stored: User | None) -> Item:
    """Return what is sent, refused where the user is not as they were seen."""
    seen = "" if stored is None else version_of(stored)
    return become(stored) | {"if_unchanged": seen}


def _workweek(workweek: RemoteWorkweek) -> Item:
    return {
        "user_id": None if workweek.user_id is None else str(workweek.user_id),
        "effective_from": workweek.effective_from,
        "effective_to": workweek.effective_to,
        **dict(zip(WEEKDAYS, workweek.minutes, strict=True)),
    }


def _holiday(holiday: RemoteHoliday) -> Item:
    return {
        "source_id": str(holiday.id),
        "name": holiday.name,
        "start_date": holiday.first,
        "end_date": holiday.last,
    }


def _batches(items: Sequence[T]) -> Iterator[list[T]]:
    for at in range(0, len(items), MAX_ITEMS):
        yield list(items[at : at + MAX_ITEMS])
