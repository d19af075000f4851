"""Procore's people, stored as clients would store them: by the same service.

Who is gone there is inactive here; nobody is deleted. Only who was once there can be gone there,
and only from a list that is to be believed: whoever was typed here stays as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.db.connections.database import Database
from app.db.reading import sync_people as here
from app.db.writing import sync_people as swept
from app.domain.directory import Person, PersonStatus
from app.domain.erasure import is_erased_person
from app.domain.sync.listings import needs_review
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.remote_people import RemotePeople, RemotePerson
from app.domain.sync.upstreams import Upstream
from app.domain.wire_formats import is_uuid
from app.services.directory.service import DirectoryService
from app.services.sync.storing import DirectoryTakenIn, Item, Storing
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
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            known = await here.all_people(connection, upstream.id)
        storing = Storing(self.database, upstream)
        storing.taken.problems = list(remote.problems)
        becoming = {each.id: partial(_item, each) for each in remote.people}
        upsert = self.service.upsert_people
        await storing.everybody("person", upsert, here.people_of_company, becoming)
        await self._take_leave(storing, remote, known.keys())
        listed = {each for each in _listed(remote) if is_uuid(each)}
        followed = listed if storing.taken.has_everybody else listed | known.keys()
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, upstream)
            await swept.follow_people(connection, upstream.id, upstream.company_id, followed)
        return storing.taken

    async def _take_leave(
        self, storing: Storing, remote: RemotePeople, known: Collection[str]
    ) -> None:
        """Have people who are gone there be inactive here, unless suddenly many are."""
        async with self.database.reading() as connection:
            people = await here.people_of_company(connection, storing.upstream.company_id)
        listed, taken = _listed(remote), storing.taken
        theirs = [each for each in people if each.id in known and _is_active(each)]
        gone = [each for each in theirs if each.id not in listed]
        if gone and (not listed or needs_review(len(gone), len(theirs))):
            message = (
                f"{len(gone)} of {len(theirs)} people are not listed any more: none was changed."
            )
            taken.problems = [*taken.problems, RemoteProblem("people", MANY_GONE, message)]
            taken.has_everybody = False
            return
        becoming = {each.id: partial(_left, each) for each in gone}
        upsert = self.service.upsert_people
        await storing.everybody("person", upsert, here.people_of_company, becoming)


def _is_active(person: Person) -> bool:
    return person.status is PersonStatus.ACTIVE


def _listed(remote: RemotePeople) -> set[str]:
    """Return the ids of all who are there, also of those who could not be read."""
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
    named = stored or person
    return {
        "source_id": person.id,
        "first_name": named.first_name,
        "last_name": named.last_name,
        "status": PersonStatus.INACTIVE,
    }
