"""The vendor's people and calendars, stored as clients would store them: by the same service.

Who is gone there is inactive here; nobody is deleted. Workweeks and holidays that are gone there
are deleted, for they decide whose day is a workday. A row that could not be read is not gone.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from app.db.connections.database import Database
from app.db.reading import sync_directory as here
from app.domain.directory import UserStatus
from app.domain.erasure import erased_name, is_erased
from app.domain.errors import Refused
from app.domain.identifiers import Kind, node_id
from app.domain.sync.listings import needs_review
from app.domain.sync.remote import (
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

MANY_GONE: Final = "MANY_USERS_GONE"

Item = dict[str, Any]
T = TypeVar("T")
Upsert = Callable[[Caller, Sequence[UpsertItem]], Awaitable[Upserted[Any]]]


@dataclass(slots=True)
class DirectoryTakenIn:
    """What became of a directory: how many objects are new and changed, and what is the matter."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    problems: Sequence[RemoteProblem] = ()


@dataclass(frozen=True, slots=True)
class TakeInDirectory:
    """Stores a vendor's directory as the company's."""

    database: Database
    service: DirectoryService

    async def store(self, upstream: Upstream, remote: RemoteDirectory) -> DirectoryTakenIn:
        """Store all of it that can be; what is refused is a problem and stops nothing else."""
        taken = DirectoryTakenIn(problems=list(remote.problems))
        company = {"company_id": upstream.company_id}
        async with self.database.reading() as connection:
            here_before = await here.users_of_company(connection, upstream.company_id)
        erased = {each.id for each in here_before if is_erased(each)}
        service, caller = self.service, _caller(upstream)
        for noun, upsert, items in (
            ("role", service.upsert_roles, [_role(each) for each in remote.roles]),
            ("user", service.upsert_users, [_user(each, erased) for each in remote.users]),
            ("workweek", service.upsert_workweeks, [_workweek(each) for each in remote.workweeks]),
            ("holiday", service.upsert_holidays, [_holiday(each) for each in remote.holidays]),
        ):
            for some in _batches([company | item for item in items]):
                await _upsert(caller, noun, upsert, some, taken)
        await self._take_leave(upstream, caller, remote, taken)
        await self._delete(upstream, caller, remote, taken)
        return taken

    async def _take_leave(
        self,
        upstream: Upstream,
        caller: Caller,
        remote: RemoteDirectory,
        taken: DirectoryTakenIn,
    ) -> None:
        """Have users who are gone there be inactive here, unless suddenly many are."""
        async with self.database.reading() as connection:
            users = await here.users_of_company(connection, upstream.company_id)
        listed = {str(each.id) for each in remote.users} | _unread(remote, "users")
        active = [each for each in users if each.status is UserStatus.ACTIVE]
        gone = [each for each in active if str(each.id) not in listed]
        if needs_review(len(gone), len(active)):
            message = (
                f"{len(gone)} of {len(active)} users are not listed any more: none was changed."
            )
            taken.problems = [*taken.problems, RemoteProblem("users", MANY_GONE, message)]
            return
        items = [
            {
                "source_id": str(each.id),
                "company_id": upstream.company_id,
                "full_name": each.full_name,
                "status": UserStatus.INACTIVE,
            }
            for each in gone
        ]
        for some in _batches(items):
            await _upsert(caller, "user", self.service.upsert_users, some, taken)

    async def _delete(
        self,
        upstream: Upstream,
        caller: Caller,
        remote: RemoteDirectory,
        taken: DirectoryTakenIn,
    ) -> None:
        """Delete workweeks and holidays that are gone there."""
        listed_weeks = {(each.user_id, each.effective_from) for each in remote.workweeks}
        listed_days = {each.id for each in remote.holidays}
        async with self.database.reading() as connection:
            workweeks = await here.workweeks_of_company(connection, upstream.company_id)
            holidays = await here.holidays_of_company(connection, upstream.company_id)
        weeks = [
            node_id(Kind.WORKWEEK, each.id)
            for each in workweeks
            if (each.user_id, each.effective_from) not in listed_weeks
        ]
        days = [str(each.id) for each in holidays if each.id not in listed_days]
        if _unread(remote, "workweeks", "workweek_memberships"):
            weeks = []
        if _unread(remote, "holiday_calendars", "holiday_calendar_associations"):
            days = []
        for some in _batches(weeks):
            taken.deleted += len(await self.service.delete_workweeks(caller, some))
        for some in _batches(days):
            taken.deleted += len(await self.service.delete_holidays(caller, some))


async def _upsert(
    caller: Caller, noun: str, upsert: Upsert, items: Sequence[Item], taken: DirectoryTakenIn
) -> None:
    """Store the items; without those that are refused, which are told."""
    while items:
        try:
            stored = await upsert(caller, [UpsertItem(item) for item in items])
        except Refused as refused:
            bad: dict[int, str] = {}
            for error in refused.errors:
                bad.setdefault(int(error.path[1]), error.message)
            found = [
                RemoteProblem(f"{noun}:{items[index].get('source_id', '')}", "REFUSED", message)
                for index, message in bad.items()
            ]
            taken.problems = [*taken.problems, *found]
            items = [item for index, item in enumerate(items) if index not in bad]
        else:
            taken.created += stored.new
            taken.updated += stored.changed
            return


def _unread(remote: RemoteDirectory, *lists: str) -> set[str]:
    """Return the ids of the rows of these lists that could not be read."""
    places = (each.remote_id.partition(":") for each in remote.problems)
    return {id_ for list_, _, id_ in places if list_ in lists}


def _caller(upstream: Upstream) -> Caller:
    """Return the gateway as it may write this company alone."""
    identity = replace(SYNC.identity, companies=frozenset({upstream.company_id}))
    return replace(SYNC, identity=identity)


def _role(role: RemoteRole) -> Item:
    return {"source_id": str(role.id), "name": role.name}


def _user(user: RemoteUser, erased: Collection[int]) -> Item:
    """Return the user as they are there; who was erased here is not named again."""
    is_named = user.id not in erased
    return {
        "source_id": str(user.id),
        "full_name": user.full_name if is_named else erased_name(user.id),
        "email_address": user.email_address if is_named else None,
        "headline": user.headline if is_named else None,
        "role_id": None if user.role_id is None else str(user.role_id),
        "status": user.status,
    }


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
