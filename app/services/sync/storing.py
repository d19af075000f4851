"""Stores what a vendor lists by the service that clients store it with, as many as it takes."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from app.db.connections.database import Database, Transaction
from app.db.reading import sync as kept_before
from app.db.writing import sync as kept
from app.domain.changed_since import ItemChangedSince
from app.domain.directory import Person, User, version_of
from app.domain.errors import Refused, TimeOffError
from app.domain.sync.listings import LOOKS
from app.domain.sync.remote import BaseRecord, RemoteProblem
from app.domain.sync.upstreams import Upstream
from app.services.caller import SYNC, Caller
from app.services.directory.items import UpsertItem
from app.services.directory.service import MAX_ITEMS, Upserted
from app.services.sync.pieces import pieces
from app.services.sync.take_in import refuse_overtaken

REFUSED: Final = "REFUSED"

Item = dict[str, Any]
T = TypeVar("T")
Somebody = TypeVar("Somebody", User, Person)
Upsert = Callable[[Caller, Sequence[UpsertItem]], Awaitable[Upserted[Any]]]
Becoming = Mapping[str, Callable[[Somebody | None], Item]]
"""By id, what is sent of somebody, made of how they are here."""
Here = Callable[[Transaction, str], Awaitable[Sequence[Somebody]]]
"""Lists everybody of a company who is here."""


@dataclass(slots=True)
class DirectoryTakenIn:
    """What became of a directory: how many objects are new and changed, and what is the matter.

    ``has_everybody``: the list of people is whole, and not suddenly much shorter.
    """

    created: int = 0
    updated: int = 0
    deleted: int = 0
    problems: Sequence[RemoteProblem] = ()
    has_everybody: bool = True


@dataclass(frozen=True, slots=True)
class Storing:
    """One directory being stored, and what has become of it so far."""

    database: Database
    upstream: Upstream
    taken: DirectoryTakenIn = field(default_factory=DirectoryTakenIn)

    @property
    def caller(self) -> Caller:
        """The gateway as it may write this company alone."""
        identity = replace(SYNC.identity, companies=frozenset({self.upstream.company_id}))
        return replace(SYNC, identity=identity)

    async def store(self, noun: str, upsert: Upsert, items: Iterable[Item]) -> None:
        """Store items of one noun."""
        for some in batches(list(items)):
            await self._upsert(noun, upsert, some)

    async def people(
        self, noun: str, upsert: Upsert, here: Here[Somebody], becoming: Becoming[Somebody]
    ) -> None:
        """Store people; who is changed here meanwhile is looked at again: they may be erased."""
        left = [*becoming]
        for look in range(1, LOOKS + 1):
            async with self.database.reading() as connection:
                found = await here(connection, self.upstream.company_id)
            by_id = {str(each.id): each for each in found}
            again: list[str] = []
            for some in batches(left):
                items = [_as_seen(becoming[id_], by_id.get(id_)) for id_ in some]
                changed = await self._upsert(noun, upsert, items, is_last=look == LOOKS)
                again += [item["source_id"] for item in changed]
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


async def keep_seen(
    database: Database, upstream: Upstream, listed: Mapping[str, BaseRecord]
) -> set[str]:
    """Keep under which keys the vendor has something; return all under which it ever had.

    Raises Overtaken where somebody has changed the upstream since it was read.
    """
    async with database.writing() as connection:
        await refuse_overtaken(connection, upstream)
        known = await kept_before.directory_keys(connection, upstream.id)
        for some in batches([each for key, each in listed.items() if key not in known]):
            await kept.keep_bases(connection, upstream.id, some)
    return known | listed.keys()


def batches(items: Sequence[T]) -> Iterator[list[T]]:
    """Return as many at a time as the service takes."""
    return pieces(items, MAX_ITEMS)


def _as_seen(become: Callable[[Somebody | None], Item], stored: Somebody | None) -> Item:
    """Return what is sent, refused where they are not as they were seen."""
    seen = "" if stored is None else version_of(stored)
    return become(stored) | {"if_unchanged": seen}
