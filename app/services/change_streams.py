"""What a caller follows of a company: its changes, or whose days they touch (rule 5.3)."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from app.db.connections.database import Database
from app.db.reading import changes
from app.db.reading.workers import workers_of_subjects
from app.domain.access import Permission
from app.domain.changed_days import ChangedDays, ChangedDaysFilter, changed_days
from app.domain.changes import (
    EVERY_CHANGE,
    FEED_ORDER,
    ChangeFilter,
    CommittedChange,
    FeedState,
    feed_position,
)
from app.domain.errors import NotFound
from app.domain.identifiers import Kind
from app.domain.paging import read_cursor
from app.services.caller import Caller
from app.services.changes import without_message
from app.services.following import Followers


@dataclass(frozen=True, slots=True)
class ChangeStreams:
    """The change feed from a cursor on: what was committed since, then what is.

    Streams end when the process is stopped. They yield what was read together; nothing where
    nothing was read for a while, or nothing that is asked for, so that whoever passes them on can
    see whether anybody still listens, and may.
    """

    database: Database
    followers: Followers

    async def changes(
        self, caller: Caller, company_id: str, wanted: ChangeFilter, after: str | None
    ) -> AsyncGenerator[list[tuple[CommittedChange, str]]]:
        """Yield the changes that are asked for, with their cursors; ``after`` None: from now on.

        Raises NotPermitted, NotFound for a company that the caller does not see, CursorExpired.
        """
        caller.require(Permission.READ_CHANGES)
        state, number = await self._start(caller, company_id, after)
        async with aclosing(self.followers.follow(company_id, number)) as pieces:
            async for piece in pieces:
                admitted = piece if wanted == EVERY_CHANGE else filter(wanted.admits, piece)
                shown = admitted if caller.reads_reasons else map(without_message, admitted)
                told = list(shown)
                cursors = state.cursors(each.sequence for each in told)
                yield list(zip(told, cursors, strict=True))

    async def changed_days(
        self, caller: Caller, company_id: str, wanted: ChangedDaysFilter, after: str | None
    ) -> AsyncGenerator[list[tuple[ChangedDays | None, str]]]:
        """Yield whose days were touched, with a cursor behind all that was told; as ``changes``.

        First comes the cursor from which it begins, of nobody's days: who has read days before that
        knows what to read again, and who hears of nothing else can go on from there.
        It says no more than that days have to be read anew, so whoever may read them may know.
        """
        caller.require(Permission.READ_TIME_OFF)
        state, number = await self._start(caller, company_id, after)
        wanted = await self._with_all_subjects(wanted)
        async with aclosing(self.followers.follow(company_id, number)) as pieces:
            await anext(pieces)  # the first one is empty
            (cursor,) = state.cursors([number])
            yield [(None, cursor)]
            async for piece in pieces:
                told, wanted = changed_days(piece, wanted)
                cursors = state.cursors(each.sequence for each in told)
                yield list(zip(told, cursors, strict=True))

    async def _start(
        self, caller: Caller, company_id: str, after: str | None
    ) -> tuple[FeedState, int]:
        """Return what the feed has, and the number from which it is followed."""
        position = None
        if after is not None:
            position = feed_position(read_cursor(FEED_ORDER, after, "after"), "after")
        state: FeedState | None = None
        if caller.sees(company_id):
            async with self.database.reading() as connection:
                state = await changes.feed_state(connection, company_id)
        if state is None:
            raise NotFound(Kind.COMPANY.words, ("company_id",))
        if position is not None:
            position.refuse_unless_in(state, "after")
        return state, position.sequence if position else state.last

    async def _with_all_subjects(self, wanted: ChangedDaysFilter) -> ChangedDaysFilter:
        """Return the filter with both ids of workers who are a user and a person."""
        if wanted.subjects is None:
            return wanted
        async with self.database.reading() as connection:
            workers = await workers_of_subjects(connection, wanted.subjects)
        return ChangedDaysFilter(wanted.subjects | workers.keys(), wanted.days)
