"""A pass over people: somebody's list after the other, each stored before more is asked for.

What a vendor has no more is taken away at the end, and only where a whole list and a second look
agree; and where suddenly much is gone, when a person has looked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from app.db.connections.database import Database
from app.db.reading import sync as told
from app.db.reading import sync_people as known
from app.db.writing import sync as kept
from app.domain.days import DaySpan
from app.domain.sync.failures import VendorFailure
from app.domain.sync.listings import needs_review
from app.domain.sync.remote import UNSEEN, BaseRecord, RemoteProblem
from app.domain.sync.remote_people import list_of
from app.domain.sync.runs import RunCounts, SyncRun
from app.domain.sync.sweeping import PEOPLE_AT_ONCE, PersonToRead
from app.domain.sync.upstreams import FAILURES_UNTIL_IT_WAITS, Upstream, Wanted
from app.services.sync.person_list import OF_A_PERSON, PersonList, is_active, read_person
from app.services.sync.pieces import pieces
from app.services.sync.reading import MOST_TOLD
from app.services.sync.take_in import GONE, refuse_overtaken
from app.services.sync.take_in_records import RECORDS_A_TRANSACTION, TakeInRecords
from app.services.sync.vendor import Procore

MOST_IN_A_ROW: Final = 50
"""So many in a row are the vendor's, also where others are shown; a few where nobody is."""
MOST_ASKED: Final = 500
"""So many records are asked for by their ids in one pass: each is a request."""
PERSON_GONE: Final = "PERSON_GONE"
_PERSON_GONE_WORDS: Final = (
    "It went with its person, who is not active there, and of whom nothing is listed any more: "
    "it stays here."
)


async def nothing() -> None:
    """Do nothing between people."""


@dataclass(slots=True)
class SweepPass:
    """Reads the lists of some people, and compares them with what is here.

    The run's checkpoint is how many were read; who is read next is known by whom was read when.
    ``gone`` is what no look had any more; ``needs_review``: so much of it, together with what
    was deleted since the last whole pass, that a person has to look before any is deleted, or
    nobody has looked yet at what was. ``has_skipped``: it went on with a pass that was ended, and
    has not seen what was gone of those before. ``is_complete``: all lists had an end. ``asked``
    are the records that were asked for by their ids, ``approved`` those that may go. ``has_read``:
    somebody's list was shown.
    """

    database: Database
    take_in: TakeInRecords
    vendor: Procore
    upstream: Upstream
    run: SyncRun
    people: Sequence[PersonToRead]
    clock: Callable[[], datetime]
    gone: list[BaseRecord] = field(default_factory=list)
    stays: list[BaseRecord] = field(default_factory=list)
    needs_review: bool = False
    has_skipped: bool = False
    is_complete: bool = True
    failed_in_a_row: int = 0
    has_read: bool = False
    asked: int = 0
    approved: Collection[str] = frozenset()
    between: Callable[[], Awaitable[object]] = nothing

    async def read(self) -> SyncRun:
        """Read them, and return the run as far as it has come."""
        window = self.upstream.window.around(self.clock().astimezone(UTC).date())
        known_before = await self._count_known(window)
        self.has_skipped = self.run.checkpoint is not None
        if self.upstream.wanted is Wanted.APPROVED:
            self.approved = await self._listed()
        for some in pieces(self.people, PEOPLE_AT_ONCE):
            answers = await asyncio.gather(
                *(read_person(self.vendor, each.person_id) for each in some),
                return_exceptions=True,
            )
            for person, answer in zip(some, answers, strict=True):
                read = int(self.run.checkpoint or 0) + 1
                self.run = replace(self.run, checkpoint=str(read))
                await self._take(person, answer, window)
            await self.between()
        await self._take_away(known_before)
        return self.run

    async def _take(
        self, person: PersonToRead, answer: PersonList | BaseException, window: DaySpan
    ) -> None:
        if isinstance(answer, BaseException):
            await self._pass_over(person, answer)
            return
        self.failed_in_a_row, self.has_read = 0, True
        self._count(answer.requests)
        async with self.database.reading() as connection:
            bases = await known.bases_of_person(connection, self.upstream.id, person.person_id)
        wanted = {each.id: each for each in answer.within(window)}
        wanted |= {id_: each for id_, each in answer.records.items() if id_ in bases}
        found = list(pieces(list(wanted.values()), RECORDS_A_TRANSACTION)) or [[]]
        for number, piece in enumerate(found, 1):
            problems = answer.all_problems if number == len(found) else None
            self.run = await self.take_in.records(
                self.upstream, self.run, person.person_id, piece, problems
            )
        self.is_complete &= answer.is_complete
        if answer.is_complete:
            if not answer.problems:  # what cannot be read may be ours
                await self.take_in.unlisted(self.upstream, person.person_id, answer.records, window)
            missing = await self._missing(person, bases.values(), answer.ids, window)
            stays = (
                bool(missing)
                and not answer.ids
                and not await is_active(self.database, self.upstream.company_id, person.person_id)
            )
            (self.stays if stays else self.gone).extend(missing)

    async def _pass_over(self, person: PersonToRead, failure: BaseException) -> None:
        """Tell what is the matter with somebody's list, and go on; nothing of it is deleted.

        Raises what is the matter with the vendor.
        """
        if not isinstance(failure, VendorFailure) or failure.kind not in OF_A_PERSON:
            raise failure
        self.failed_in_a_row += 1
        if self.failed_in_a_row >= (MOST_IN_A_ROW if self.has_read else FAILURES_UNTIL_IT_WAITS):
            raise failure
        self.is_complete = False
        self._count(1)
        found = RemoteProblem(list_of(person.person_id), failure.kind.value, failure.message)
        self.run = await self.take_in.records(
            self.upstream, self.run, person.person_id, [], [found]
        )

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
            if await self._is_gone(person.person_id, base.remote_id):
                missing.append(base)
        return missing

    async def _is_gone(self, person_id: str, remote_id: str) -> bool:
        """Say whether a record that is not listed is not there by its id either.

        Nobody is asked of what was approved, which was looked at before, nor behind MOST_ASKED:
        then a person has to look.
        """
        if remote_id == UNSEEN or remote_id in self.approved or self.asked >= MOST_ASKED:
            return True
        self.asked += 1
        self._count(1)
        try:
            return not await self.vendor.has_time_off(person_id, remote_id)
        except VendorFailure as failure:
            if failure.kind not in OF_A_PERSON:
                raise
            return False

    async def _take_away(self, known_before: int) -> None:
        """Delete what is gone, have a person look at it first, or tell that it stays.

        An approval is one of what was listed when it was given, and of nothing else.
        """
        since, listed = self.upstream.last_full_read_at, await self._listed()
        async with self.database.reading() as connection:
            before = await known.count_deleted(connection, self.upstream.id, since)
        goes = await self.take_in.keys_that_go(self.upstream, self.gone)
        doubtful = [
            each for each in self.gone if each.remote_id not in self.approved and each.key in goes
        ]
        is_much = needs_review(len(doubtful) + before, known_before + before)
        is_still_held = self.upstream.is_still_held(
            was_told=bool(listed),
            is_doubtful=bool(doubtful),
            is_whole=self.is_complete and not self.has_skipped,
        )
        self.needs_review = is_still_held or (
            bool(doubtful) and (is_much or self.asked >= MOST_ASKED)
        )
        held = {each.key for each in doubtful} if self.needs_review else set()
        deletable = [each for each in self.gone if each.key not in held]
        for records in pieces(deletable, RECORDS_A_TRANSACTION):
            self.run = await self.take_in.gone(self.upstream, self.run, records)
        if self.needs_review:
            await self.take_in.held(self.upstream, doubtful)
        await self._tell(self.stays[:MOST_TOLD])

    async def _listed(self) -> set[str]:
        """Return what is listed as gone, for a person to look at."""
        async with self.database.reading() as connection:
            return await told.ids_of_problems(connection, self.upstream.id, GONE)

    async def _tell(self, stays: Sequence[BaseRecord]) -> None:
        """Keep what went with its person as problems, so that somebody sees what it is."""
        problems = [
            RemoteProblem(
                each.remote_id, PERSON_GONE, _PERSON_GONE_WORDS, None, each.day, each.person_id
            )
            for each in stays
        ]
        if not problems:
            return
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, self.upstream)
            await kept.keep_problems(connection, self.upstream.id, problems, self.clock())

    async def _count_known(self, window: DaySpan) -> int:
        async with self.database.reading() as connection:
            return await known.count_known(connection, self.upstream.id, window.first)

    def _count(self, requests: int) -> None:
        self.run = replace(self.run, counts=self.run.counts + RunCounts(requests=requests))
