"""A pass over people: somebody's list after the other, each stored before more is asked for.

What a vendor has no more is taken away at the end, and only where a whole list and a second look
agree; and where suddenly much is gone, when a person has looked.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final, TypeVar

from app.db.connections.database import Database
from app.db.reading import sync as kept_before
from app.db.reading import sync_people as known
from app.domain.days import DaySpan
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.listings import needs_review
from app.domain.sync.remote import BaseRecord, RemoteProblem
from app.domain.sync.remote_people import list_of
from app.domain.sync.runs import RunCounts, SyncRun
from app.domain.sync.sweeping import PEOPLE_AT_ONCE, PersonToRead
from app.domain.sync.upstreams import FAILURES_UNTIL_IT_WAITS, Upstream, UpstreamState, Wanted
from app.services.sync.person_list import PersonList, read_person
from app.services.sync.take_in import GONE
from app.services.sync.take_in_records import RECORDS_A_TRANSACTION, TakeInRecords
from app.services.sync.vendor import Procore

OF_A_PERSON: Final = frozenset(
    {
        FailureKind.NOT_PERMITTED,
        FailureKind.NOT_THERE,
        FailureKind.REFUSED,
        FailureKind.UNREADABLE,
    }
)
"""What may be the matter with one person only. So many in a row are the vendor's."""
Item = TypeVar("Item")


@dataclass(slots=True)
class SweepPass:
    """Reads the lists of some people, and compares them with what is here.

    The run's checkpoint is how many were read; who is read next is known by whom was read when.
    ``gone`` is what no look had any more; ``needs_review``: so much of it, together with what
    was deleted since the last whole pass, that a person has to look before any is deleted, or
    nobody has looked yet at what was. ``is_complete``: everybody's whole list was read.
    """

    database: Database
    take_in: TakeInRecords
    vendor: Procore
    upstream: Upstream
    run: SyncRun
    people: Sequence[PersonToRead]
    clock: Callable[[], datetime]
    gone: list[BaseRecord] = field(default_factory=list)
    needs_review: bool = False
    is_complete: bool = True
    failed_in_a_row: int = 0

    async def read(self) -> SyncRun:
        """Read them, and return the run as far as it has come."""
        window = self.upstream.window.around(self.clock().astimezone(UTC).date())
        known_before = await self._count_known(window)
        for some in _pieces(self.people, PEOPLE_AT_ONCE):
            answers = await asyncio.gather(
                *(read_person(self.vendor, each.person_id) for each in some),
                return_exceptions=True,
            )
            for person, answer in zip(some, answers, strict=True):
                read = int(self.run.checkpoint or 0) + 1
                self.run = replace(self.run, checkpoint=str(read))
                await self._take(person, answer, window)
        await self._take_away(known_before)
        return self.run

    async def _take(
        self, person: PersonToRead, answer: PersonList | BaseException, window: DaySpan
    ) -> None:
        if isinstance(answer, BaseException):
            await self._pass_over(person, answer)
            return
        self.failed_in_a_row = 0
        self._count(answer.requests)
        async with self.database.reading() as connection:
            bases = await known.bases_of_person(connection, self.upstream.id, person.person_id)
        wanted = {each.id: each for each in answer.within(window)}
        wanted |= {id_: each for id_, each in answer.records.items() if id_ in bases}
        problems = answer.all_problems
        for piece in list(_pieces(list(wanted.values()), RECORDS_A_TRANSACTION)) or [[]]:
            self.run = await self.take_in.records(
                self.upstream, self.run, person.person_id, piece, problems
            )
            problems = []
        self.is_complete &= answer.is_complete
        if answer.is_complete:
            self.gone += await self._missing(person, bases.values(), answer.ids, window)

    async def _pass_over(self, person: PersonToRead, failure: BaseException) -> None:
        """Tell what is the matter with somebody's list, and go on; nothing of it is deleted.

        Raises what is the matter with the vendor.
        """
        if not isinstance(failure, VendorFailure) or failure.kind not in OF_A_PERSON:
            raise failure
        self.failed_in_a_row += 1
        if self.failed_in_a_row >= FAILURES_UNTIL_IT_WAITS:
            raise failure
        self._count(1)
        self.is_complete = False
        told = RemoteProblem(list_of(person.person_id), failure.kind.value, failure.message)
        self.run = await self.take_in.records(self.upstream, self.run, person.person_id, [], [told])

    async def _missing(
        self,
        person: PersonToRead,
        bases: Iterable[BaseRecord],
        listed: set[str],
        window: DaySpan,
    ) -> list[BaseRecord]:
        """Return what was there and is not any more, by the list and by its id."""
        missing = []
        for base in bases:
            first = base.content["first"]
            is_outside = base.day < window.first or first > window.last.isoformat()
            if base.remote_id in listed or is_outside:
                continue
            self._count(1)
            if not await self._is_there(person.person_id, base.remote_id):
                missing.append(base)
        return missing

    async def _is_there(self, person_id: str, remote_id: str) -> bool:
        """Say whether a record is there; one of which nobody says it is."""
        try:
            return await self.vendor.has_time_off(person_id, remote_id)
        except VendorFailure as failure:
            if failure.kind not in OF_A_PERSON:
                raise
            return True

    async def _take_away(self, known_before: int) -> None:
        """Delete what is gone, unless that is so much that a person has to look first.

        An approval is one of what was listed when it was given, and of nothing else.
        """
        since = self.upstream.last_full_read_at
        async with self.database.reading() as connection:
            before = await known.count_deleted(connection, self.upstream.id, since)
            listed = await kept_before.ids_of_problems(connection, self.upstream.id, GONE)
        approved = listed if self.upstream.wanted is Wanted.APPROVED else set()
        doubtful = [each for each in self.gone if each.remote_id not in approved]
        is_much = needs_review(len(doubtful) + before, known_before + before)
        self.needs_review = is_much or self._is_still_held(
            is_listed=bool(listed), is_doubtful=bool(doubtful)
        )
        held = {each.key for each in doubtful} if self.needs_review else set()
        deletable = [each for each in self.gone if each.key not in held]
        for records in _pieces(deletable, RECORDS_A_TRANSACTION):
            self.run = await self.take_in.gone(self.upstream, self.run, records)
        if self.needs_review:
            await self.take_in.held(self.upstream, doubtful)

    def _is_still_held(self, *, is_listed: bool, is_doubtful: bool) -> bool:
        """Say whether a person still has to look at what was held before.

        Until one does, only a pass that has seen everybody and misses nothing ends the review.
        """
        if self.upstream.wanted is Wanted.APPROVED:
            return False
        is_held = self.upstream.state is UpstreamState.NEEDS_REVIEW or is_listed
        return is_held and (is_doubtful or not self.is_complete)

    async def _count_known(self, window: DaySpan) -> int:
        async with self.database.reading() as connection:
            return await known.count_known(connection, self.upstream.id, window.first)

    def _count(self, requests: int) -> None:
        self.run = replace(self.run, counts=self.run.counts + RunCounts(requests=requests))


def _pieces(items: Sequence[Item], most: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while piece := list(islice(rest, most)):
        yield piece
