"""The passes over a company of Procore's: its people, their time off one by one, surveys.

There is no list of everybody's time off, so that people are read in turns, the longest unread
first. A survey, which has no ids, says whose time off has changed: they are first in line.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from app.db.connections.database import Database
from app.db.reading import sync_people as known
from app.db.writing import sync as kept
from app.db.writing import sync_people as swept
from app.domain.days import DaySpan
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.runs import LISTED_FOR, Rhythm, RunCounts, RunKind, SyncRun
from app.domain.sync.sweeping import (
    MOST_PAGES,
    PEOPLE_OF_A_PAGE,
    REFUSED_FOR,
    SHORTEST_ROUND,
    PersonToRead,
    SweepShares,
    survey_windows,
    surveyed,
)
from app.domain.sync.upstreams import ReviewReason, Upstream, UpstreamState, Wanted
from app.services.sync.people import TakeInPeople
from app.services.sync.reading import MOST_TOLD
from app.services.sync.storing import batches
from app.services.sync.sweep import SweepPass
from app.services.sync.take_in import refuse_overtaken
from app.services.sync.take_in_records import TakeInRecords
from app.services.sync.vendor import Procore

NEXT_SURVEY: Final = "next_survey"
"""The cursor that says when the next survey is made: an instant of our own clock."""
EVERYBODY: Final = 1_000_000
_REFUSED: Final = {FailureKind.NOT_PERMITTED, FailureKind.NOT_THERE, FailureKind.REFUSED}


class Reading(Protocol):
    """Something that reads, as far as its run has come."""

    @property
    def run(self) -> SyncRun:
        """The run as it is now."""


class Running(Protocol):
    """A run under way."""

    begun: SyncRun
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class ProcorePasses:
    """Makes the passes; ``running`` keeps a run from its beginning to its end.

    ``between`` is done between people, so that nothing waits for a long pass.
    """

    database: Database
    people: TakeInPeople
    records: TakeInRecords
    rhythm: Rhythm
    shares: SweepShares
    clock: Callable[[], datetime]
    running: Callable[[Upstream, RunKind], AbstractAsyncContextManager[Running]]
    between: Callable[[], Awaitable[object]]

    async def whole(self, upstream: Upstream, vendor: Procore) -> tuple[Upstream, bool]:
        """Read everybody, and all time off that was not read for as long as a rhythm is.

        Where somebody asks for it, or has looked at what is gone, all of it is read again. Return
        also whether all was read, so that it is known what there is to be written.
        """
        began = self.clock()
        async with self.running(upstream, RunKind.DIRECTORY) as running:
            remote = await vendor.people()
            taken = await self.people.store(upstream, remote)
            counts = RunCounts(remote.requests, len(remote.people), taken.created, taken.updated)
            running.begun = replace(running.begun, counts=counts)
            async with self.database.writing() as connection:
                await refuse_overtaken(connection, upstream)
                told = taken.problems[:MOST_TOLD]
                await kept.keep_problems(connection, upstream.id, told, self.clock())
        async with self.running(upstream, RunKind.FULL) as running:
            since = running.begun.started_at
            if not self._reads_everybody(upstream):
                since = began - self.rhythm.full
            reading = await self._sweep(upstream, vendor, running, since, EVERYBODY)
        if not reading.has_skipped:
            # Whatever is still the matter has been seen since then.
            async with self.database.writing() as connection:
                await kept.forget_problems_before(connection, upstream.id, min(since, began))
                await kept.forget_replaced_before(connection, upstream.id, began - LISTED_FOR)
        # Of the first pass nothing can be gone; any other is made anew, whole.
        is_first = upstream.last_full_read_at is None and upstream.wanted is None
        is_whole = not reading.has_skipped or is_first
        read = upstream.answered().read(self.clock(), whole=is_whole)
        is_judged = is_whole and reading.is_complete and not reading.needs_review
        return _held(read, reading), is_judged

    @staticmethod
    def _reads_everybody(upstream: Upstream) -> bool:
        """Say whether all are read again, however lately they were: somebody waits for it."""
        is_held = upstream.state is UpstreamState.NEEDS_REVIEW
        return is_held or upstream.wanted in {Wanted.WHOLE, Wanted.APPROVED}

    async def recent(self, upstream: Upstream, vendor: Procore) -> Upstream:
        """Make a survey if it is time, and read whom it names and who was not read for longest.

        Where somebody asks for it, the survey is made at once, and as many are read as else in an
        hour.
        """
        now = self.clock()
        is_asked_for = upstream.wanted is not None
        cursors = upstream.cursors
        due = cursors.get(NEXT_SURVEY)
        if is_asked_for or due is None or datetime.fromisoformat(due) <= now:
            wait = await self._survey(upstream, vendor)
            cursors = {**cursors, NEXT_SURVEY: (self.clock() + wait).isoformat()}
        since = now if is_asked_for else now - SHORTEST_ROUND
        waited = timedelta(hours=1) if is_asked_for else now - (upstream.last_read_at or now)
        most = self.shares.people(waited)
        async with self.running(upstream, RunKind.SWEEP) as running:
            reading = await self._sweep(upstream, vendor, running, since, most)
        read = upstream.answered().read(self.clock(), whole=False)
        return _held(replace(read, cursors=cursors), reading)

    async def _sweep(
        self, upstream: Upstream, vendor: Procore, running: Running, since: datetime, most: int
    ) -> SweepPass:
        async with self.database.reading() as connection:
            people = await known.next_people(connection, upstream.id, since, most)
        running.reading = reading = SweepPass(
            self.database, self.records, vendor, upstream, running.begun, people, self.clock
        )
        reading.between = self.between
        await reading.read()
        return reading

    async def _survey(self, upstream: Upstream, vendor: Procore) -> timedelta:
        """Make a survey, and return how long after it the next one is made."""
        requests = 0
        try:
            async with self.running(upstream, RunKind.SURVEY) as running:
                people = await self._people(upstream)
                changed = dict(people)
                for days in survey_windows(
                    upstream.window.around(self.clock().astimezone(UTC).date())
                ):
                    digests, asked = await _said(vendor, days, people)
                    requests += asked
                    for id_, person in list(changed.items()):
                        changed[id_] = surveyed(person, days, digests.get(id_)) or person
                others = [each for id_, each in changed.items() if each != people[id_]]
                counts = RunCounts(requests, len(people), updated=len(others))
                running.begun = replace(running.begun, counts=counts)
                for some in batches(others):
                    async with self.database.writing() as connection:
                        await swept.keep_surveyed(connection, upstream.id, some)
        except VendorFailure as failure:
            if failure.kind not in _REFUSED:
                raise
            return REFUSED_FOR
        return self.shares.between_surveys(requests, self.rhythm.survey)

    async def _people(self, upstream: Upstream) -> dict[str, PersonToRead]:
        async with self.database.reading() as connection:
            return await known.all_people(connection, upstream.id)


async def _said(
    vendor: Procore, days: DaySpan, people: Collection[str]
) -> tuple[dict[str, str], int]:
    """Return what a survey says of these people's days, and how many requests it took."""
    found: dict[str, str] = {}
    for number in range(MOST_PAGES):
        page = await vendor.survey(days, number)
        found |= {id_: said for id_, said in page.digests.items() if id_ in people}
        is_full = page.rows >= PEOPLE_OF_A_PAGE
        if not (is_full if page.pages is None else number + 1 < page.pages):
            break
    return found, number + 1


def _held(read: Upstream, reading: SweepPass) -> Upstream:
    return read.to_be_reviewed(ReviewReason.MASS_DELETION) if reading.needs_review else read
