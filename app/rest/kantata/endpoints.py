"""What each of Kantata's endpoints does; table.py says where it is found."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from app.domain.directory import Role, User
from app.domain.errors import InvalidValue, NotFound, Path, Refused, Unavailable
from app.domain.filters import DirectoryFilter, ReferencesFilter
from app.domain.identifiers import Key, Kind
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.rest.endpoint import Call, NoQuery, Reply
from app.rest.kantata.bodies import (
    SUBJECT_TYPE,
    KantataCreateEntries,
    KantataDeleteEntries,
    KantataEntries,
    KantataEntry,
    KantataMeta,
    KantataReference,
    KantataReferences,
    KantataRole,
    KantataRoles,
    KantataUpdateEntry,
    KantataUser,
    KantataUsers,
    results,
)
from app.rest.kantata.queries import (
    PAGE_SIZE,
    DeleteQuery,
    EntriesQuery,
    IncludeQuery,
    PageQuery,
    ReferencesQuery,
    UserQuery,
    UsersQuery,
)
from app.services.caller import Caller
from app.services.catalogue import Catalogue, Shelf
from app.services.time_off_entries.commands import CreateEntries, DeleteEntries, UpdateEntry
from app.services.time_off_entries.service import TimeOffEntryService


@dataclass(frozen=True)
class _Found:
    """A page of a list, or some of it by their ids."""

    items: Sequence[Any]
    count: int
    number: int
    size: int

    @property
    def ids(self) -> list[int]:
        """The ids of the items, in their order."""
        return [item.id for item in self.items]

    @property
    def envelope(self) -> dict[str, Any]:
        """What every list is wrapped in, but for its results."""
        meta = KantataMeta(
            count=self.count,
            page_count=-(-self.count // self.size) if self.count else 0,
            page_number=self.number if self.count else 0,
            page_size=self.size,
        )
        return {"count": self.count, "meta": meta}


@dataclass(frozen=True)
class KantataEndpoints:
    """What Kantata's endpoints do, over the services."""

    catalogue: Catalogue
    entries: TimeOffEntryService

    async def create(self, call: Call[IncludeQuery, KantataCreateEntries]) -> Reply:
        """Add hours to users' days; one entry or many, and refusals name the places as sent."""
        command = CreateEntries(call.body.to_domain(), idempotency_key=call.idempotency_key)
        as_sent = _as_single if call.body.is_single else _as_it_is
        with _naming(as_sent):
            created = await self.entries.create(call.caller, command)
        with Unavailable.after_storing():
            answer = await self._entries(call.caller, call.query, _all(created.entries))
        warnings = [replace(each, path=as_sent(each.path)) for each in created.warnings]
        return Reply(answer, warnings)

    async def list_entries(self, call: Call[EntriesQuery, None]) -> Reply:
        """Return a page of the entries that match."""
        shelf, wanted = self.catalogue.entries, call.query.to_domain()
        found = await _find(shelf, call.caller, wanted, "REQUESTED_DATE", call.query)
        return Reply(await self._entries(call.caller, call.query, found))

    async def update(self, call: Call[IncludeQuery, KantataUpdateEntry]) -> Reply:
        """Set a day's total hours, and add or overwrite the reference of a service (rule 2.9)."""
        change = call.body.time_off_entry
        command = UpdateEntry(
            id=call.path["id"],
            hours=change.hours,
            external_reference=change.facts,
            idempotency_key=call.idempotency_key,
            user_id=change.user_id,
            requested_date=change.requested_date,
        )
        updated = await self.entries.update(call.caller, command)
        with Unavailable.after_storing():
            answer = await self._entries(call.caller, call.query, _all([updated.entry]))
        return Reply(answer, updated.warnings)

    async def delete(self, call: Call[NoQuery, None]) -> Reply:
        """Delete one entry with its references; the answer has no body."""
        with _naming(_as_single):
            return await self._delete(call, [call.path["id"]])

    async def delete_many(self, call: Call[DeleteQuery, KantataDeleteEntries | None]) -> Reply:
        """Delete up to 100 entries, all or none; the ids stand in the query or in the body."""
        in_body = call.body.ids if call.body else ()
        if call.query.ids and in_body:
            raise InvalidValue("Send the ids in the query or in the body, not in both.", ("ids",))
        return await self._delete(call, call.query.ids or in_body)

    async def list_users(self, call: Call[UsersQuery, None]) -> Reply:
        """Return a page of users by name, with what `include` asks for."""
        wanted = DirectoryFilter(keys=call.query.only)
        found = await _find(self.catalogue.users, call.caller, wanted, "FULL_NAME", call.query)
        return Reply(await self._users(call.caller, call.query.include, found))

    async def get_user(self, call: Call[UserQuery, None]) -> Reply:
        """Return one user, with what `include` asks for. Raises NotFound."""
        key = int(call.path["id"])
        found = await self.catalogue.users.list_all(
            call.caller, DirectoryFilter(keys=[key]), "FULL_NAME"
        )
        if not found:
            raise NotFound(Kind.USER.words, ("id",))
        return Reply(await self._users(call.caller, call.query.include, _all(found)))

    async def list_roles(self, call: Call[PageQuery, None]) -> Reply:
        """Return a page of account roles by name."""
        wanted = DirectoryFilter(keys=call.query.only)
        found = await _find(self.catalogue.roles, call.caller, wanted, "NAME", call.query)
        named = results("roles", found.ids)
        return Reply(KantataRoles(**found.envelope, results=named, roles=_roles(found.items)))

    async def list_references(self, call: Call[ReferencesQuery, None]) -> Reply:
        """Return a page of external references, oldest first."""
        query = call.query
        is_ours = query.subject_type in (None, SUBJECT_TYPE)
        wanted = ReferencesFilter(ids=query.only if is_ours else ())
        found = await _find(self.catalogue.references, call.caller, wanted, "ID", query)
        answer = KantataReferences(
            **found.envelope,
            results=results("external_references", found.ids),
            external_references=_references(found.items),
        )
        return Reply(answer)

    async def _delete(self, call: Call[Any, Any], ids: Sequence[str]) -> Reply:
        command = DeleteEntries(ids, idempotency_key=call.idempotency_key)
        await self.entries.delete(call.caller, command)
        return Reply(None)

    async def _entries(self, caller: Caller, query: IncludeQuery, found: _Found) -> KantataEntries:
        """Show entries with what was asked for: one statement for each kind of it."""
        entries: Sequence[TimeOffEntry] = found.items
        shown: dict[int, dict[str, Any]] = {entry.id: {} for entry in entries}
        maps: dict[str, Any] = {}
        if "external_references" in query.include:
            of = await self.catalogue.references.list_by_parent(caller, list(shown), "ID")
            maps["external_references"] = _references(each for some in of.values() for each in some)
            for id_, mine in shown.items():
                mine["external_reference_ids"] = [str(each.id) for each in of[id_]]
        users: Mapping[Key, User] = {}
        if query.include & {"role", "user"}:
            user_ids = {entry.user_id for entry in entries}
            users = await self.catalogue.users.find_many(caller, user_ids)
        if "user" in query.include:
            maps["users"] = _users(users.values())
        if "role" in query.include:
            maps["roles"] = await self._roles(caller, users.values())
            for entry in entries:
                shown[entry.id]["role_id"] = _role_id(users.get(entry.user_id))
        return KantataEntries(
            **found.envelope,
            results=results("time_off_entries", found.ids),
            time_off_entries={
                str(entry.id): KantataEntry.from_domain(entry, **shown[entry.id])
                for entry in entries
            },
            **maps,
        )

    async def _users(self, caller: Caller, include: Collection[str], found: _Found) -> KantataUsers:
        roles = {}
        with_role = "role" in include
        if with_role:
            roles["roles"] = await self._roles(caller, found.items)
        return KantataUsers(
            **found.envelope,
            results=results("users", found.ids),
            users=_users(found.items, with_role=with_role),
            **roles,
        )

    async def _roles(self, caller: Caller, users: Collection[User]) -> dict[str, KantataRole]:
        role_ids = {user.role_id for user in users if user.role_id is not None}
        return _roles((await self.catalogue.roles.find_many(caller, role_ids)).values())


async def _find(
    shelf: Shelf[Any, Any],
    caller: Caller,
    wanted: Any,  # noqa: ANN401 - the filter that the shelf takes
    order: str,
    query: PageQuery,
) -> _Found:
    """Return the page that is asked for, or just the named ones on a single page."""
    if query.only is not None:
        return _all(await shelf.list_all(caller, wanted, order), query.size)
    number, size = query.number, query.size
    items, count = await shelf.numbered_page(caller, wanted, order, number=number, size=size)
    return _Found(items, count, number, size)


def _all(items: Sequence[Any], size: int = PAGE_SIZE) -> _Found:
    """Return what is on one page, however much it is."""
    return _Found(items, len(items), 1, max(len(items), size))


def _references(references: Iterable[ExternalReference]) -> dict[str, KantataReference]:
    return {str(each.id): KantataReference.from_domain(each) for each in references}


def _users(users: Iterable[User], *, with_role: bool = False) -> dict[str, KantataUser]:
    return {
        str(user.id): KantataUser.from_domain(
            user, **({"role_id": _role_id(user)} if with_role else {})
        )
        for user in users
    }


def _roles(roles: Iterable[Role]) -> dict[str, KantataRole]:
    return {str(role.id): KantataRole.from_domain(role) for role in roles}


def _role_id(user: User | None) -> str | None:
    return None if user is None or user.role_id is None else str(user.role_id)


def _as_single(path: Path) -> Path:
    """Name a place as a client wrote it who sent one entry, or one id, and no list."""
    if path[:2] == ("time_off_entries", 0):
        return ("time_off_entry", *path[2:])
    return ("id",) if path == ("ids", 0) else path


def _as_it_is(path: Path) -> Path:
    return path


@contextmanager
def _naming(as_sent: Callable[[Path], Path]) -> Iterator[None]:
    """Name the places of refusals as the client wrote them."""
    try:
        yield
    except Refused as refused:
        for error in refused.errors:
            error.path = as_sent(error.path)
        raise
