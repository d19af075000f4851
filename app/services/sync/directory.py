"""The vendor's people and calendars, stored as clients would store them: by the same service.

Who is gone there is inactive here; nobody is deleted. Workweeks and holidays that are gone there
are deleted, for they decide whose day is a workday. Only what the vendor once had can be gone
there, and only from a list that is whole: what was typed here stays.
"""

from dataclasses import dataclass
from functools import partial

from app.db.connections.database import Database
from app.db.reading import sync_directory as here
from app.db.writing import sync as kept
from app.domain.directory import Holiday, User, UserStatus, Workweek
from app.domain.erasure import erased_name, is_erased
from app.domain.identifiers import Kind, node_id
from app.domain.sync.remote import (
    BaseRecord,
    RemoteDirectory,
    RemoteHoliday,
    RemoteRole,
    RemoteUser,
    RemoteWorkweek,
)
from app.domain.sync.upstreams import Upstream
from app.domain.workweek import WEEKDAYS
from app.services.directory.service import DirectoryService
from app.services.sync import leaving
from app.services.sync.storing import (
    Becoming,
    DirectoryTakenIn,
    Item,
    Storing,
    batches,
    keep_seen,
)


@dataclass(frozen=True, slots=True)
class TakeInDirectory:
    """Stores a vendor's directory as the company's."""

    database: Database
    service: DirectoryService

    async def store(self, upstream: Upstream, remote: RemoteDirectory) -> DirectoryTakenIn:
        """Store all of it that can be; what is refused is a problem and stops nothing else.

        Raises Overtaken where somebody has changed the upstream since it was read.
        """
        listed = leaving.keys_of(remote)
        seen = {key: BaseRecord(key, key, key, day, {}) for key, day in listed.items()}
        known = await keep_seen(self.database, upstream, seen)
        storing = Storing(self.database, upstream)
        storing.taken.problems = list(remote.problems)
        service = self.service
        await storing.store("role", service.upsert_roles, map(_role, remote.roles))
        await self._store_users(
            storing, {str(each.id): partial(_user, each) for each in remote.users}
        )
        await storing.store("workweek", service.upsert_workweeks, map(_workweek, remote.workweeks))
        await storing.store("holiday", service.upsert_holidays, map(_holiday, remote.holidays))
        await self._part(storing, leaving.Leaving(remote, known))
        return storing.taken

    async def _store_users(self, storing: Storing, becoming: Becoming[User]) -> None:
        await storing.people("user", self.service.upsert_users, here.users_of_company, becoming)

    async def _part(self, storing: Storing, parting: leaving.Leaving) -> None:
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
        await self._store_users(storing, {str(each.id): partial(_left, each) for each in gone})
        for some in batches([node_id(Kind.WORKWEEK, each.id) for each in weeks]):
            taken.deleted += len(await self.service.delete_workweeks(storing.caller, some))
        for some in batches([str(each.id) for each in days]):
            taken.deleted += len(await self.service.delete_holidays(storing.caller, some))
        standing: set[User | Workweek | Holiday] = {*users, *workweeks, *holidays}
        over = parting.over(standing - {*weeks, *days})
        async with self.database.writing() as connection:
            await kept.forget_bases(connection, upstream.id, over)


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
