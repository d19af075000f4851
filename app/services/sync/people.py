"""Procore's people, stored as clients would store them: by the same service.

Who is gone there is inactive here; nobody is deleted. Only whom the vendor once had can be gone
there, and only from a list that is whole: who was typed here stays as they are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.db.connections.database import Database
from app.db.reading import sync_people as here
from app.db.writing import sync as kept
from app.db.writing import sync_people as swept
from app.domain.days import FIRST_DAY
from app.domain.directory import Person, PersonStatus
from app.domain.erasure import is_erased_person
from app.domain.sync.listings import needs_review
from app.domain.sync.remote import BaseRecord, RemoteProblem
from app.domain.sync.remote_people import PEOPLE, RemotePeople, RemotePerson
from app.domain.sync.upstreams import Upstream
from app.domain.wire_formats import is_uuid
from app.services.directory.service import DirectoryService
from app.services.sync.storing import (
    Becoming,
    DirectoryTakenIn,
    Item,
    Storing,
    keep_seen,
)
from app.services.sync.take_in import refuse_overtaken

MANY_GONE: Final = "MANY_PEOPLE_GONE"
_PERSON: Final = "person:"


@dataclass(frozen=True, slots=True)
class TakeInPeople:
    """Stores a company's people, and whose time off is read from now on."""

    database: Database
    service: DirectoryService

    async def store(self, upstream: Upstream, remote: RemotePeople) -> DirectoryTakenIn:
        """Store all that can be; who is refused is a problem and stops nobody else.

        Raises Overtaken where somebody has changed the upstream since it was read.
        """
        seen = {_key(each.id): _base(each.id) for each in remote.people}
        known = await keep_seen(self.database, upstream, seen)
        storing = Storing(self.database, upstream)
        storing.taken.problems = list(remote.problems)
        await self._store(storing, {each.id: partial(_item, each) for each in remote.people})
        await self._part(storing, remote, known)
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            await swept.follow_people(
                connection,
                upstream.id,
                upstream.company_id,
                {each for each in _listed(remote) if is_uuid(each)},
                has_everybody=storing.taken.has_everybody,
            )
        return storing.taken

    async def _store(self, storing: Storing, becoming: Becoming[Person]) -> None:
        await storing.people("person", self.service.upsert_people, here.people_of_company, becoming)

    async def _part(self, storing: Storing, remote: RemotePeople, known: Collection[str]) -> None:
        """Have people who are gone there be inactive here, unless suddenly many are."""
        upstream, taken = storing.upstream, storing.taken
        async with self.database.reading() as connection:
            people = await here.people_of_company(connection, upstream.company_id)
        gone = _gone(people, remote, known, taken)
        await self._store(storing, {each.id: partial(_left, each) for each in gone})
        # Of whom neither side knows anything is forgotten: typed here anew, they are ours.
        standing = {_key(each.id) for each in people} | {_key(each) for each in _listed(remote)}
        async with self.database.writing() as connection:
            await kept.forget_bases(connection, upstream.id, {*known} - standing)


def _gone(
    people: Sequence[Person],
    remote: RemotePeople,
    known: Collection[str],
    taken: DirectoryTakenIn,
) -> list[Person]:
    """Return who is active here, was there and is listed no more, if that is to be believed."""
    listed = _listed(remote)
    if any(not is_uuid(each) for each in listed):
        taken.has_everybody = False  # who that is, or who else there is, nobody knows
        return []
    active = [
        each for each in people if each.status is PersonStatus.ACTIVE and _key(each.id) in known
    ]
    gone = [each for each in active if each.id not in listed]
    if gone and (not remote.people or needs_review(len(gone), len(active))):
        message = f"{len(gone)} of {len(active)} are not listed any more: none was changed."
        taken.problems = [*taken.problems, RemoteProblem(PEOPLE, MANY_GONE, message)]
        taken.has_everybody = False
        return []
    return gone


def _key(person_id: str) -> str:
    return f"N:{person_id}"


def _base(person_id: str) -> BaseRecord:
    key = _key(person_id)
    return BaseRecord(key, key, key, FIRST_DAY, {}, person_id)


def _listed(remote: RemotePeople) -> set[str]:
    """Return the ids of all who are there, also of those who could not be read.

    One that is no UUID stands for somebody of whom nobody knows who it is, or for a whole list.
    """
    unread = {each.remote_id.removeprefix(_PERSON) for each in remote.problems}
    return {each.id for each in remote.people} | unread


def _item(person: RemotePerson, stored: Person | None) -> Item:
    """Return somebody as they are there; who was erased here is not named again."""
    state = {"source_id": person.id, "status": person.status}
    if stored is not None and is_erased_person(stored):
        return state | {"first_name": stored.first_name, "last_name": stored.last_name}
    return state | {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "employee_number": person.employee_number,
        "job_title": person.job_title,
    }


def _left(person: Person, stored: Person | None) -> Item:
    """Return somebody as they are here, and inactive."""
    known = stored or person
    return {
        "source_id": person.id,
        "first_name": known.first_name,
        "last_name": known.last_name,
        "status": PersonStatus.INACTIVE,
    }
