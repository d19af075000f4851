"""How a write with an idempotency key runs: one transaction, from the key to the answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from app.db.connections.database import Database, Transaction
from app.db.writing.changes import record_changes
from app.db.writing.statements import next_ids
from app.domain.actors import Origin
from app.domain.changes import Change
from app.domain.errors import Refusals
from app.domain.identifiers import Kind
from app.domain.schedule import WorkerDay
from app.domain.sync.refusals import SYSTEMS, ReadOnlySystem
from app.domain.sync.upstreams import UpstreamApi
from app.services.caller import Caller
from app.services.idempotency import KeyedRequest, as_it_is
from app.services.merged_days import SubjectDay, subject_days

_KEPT_BY: Final = {
    Kind.ENTRY: UpstreamApi.KANTATA_OX,
    Kind.REFERENCE: UpstreamApi.KANTATA_OX,
    Kind.PERSON_TIME_OFF: UpstreamApi.PROCORE_REST,
}
"""The system that has a kind of time off."""

Parsed = TypeVar("Parsed")
Answer = TypeVar("Answer")


class WritingService(Protocol):
    """What a service needs to write: the database, and what time it is."""

    @property
    def database(self) -> Database:
        """Where it writes."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The moment at which a write is said to have happened, in UTC."""


class AboutDays(Protocol):
    """An answer that touches days of users or people, and shows them after a dry run."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def touched(self) -> Sequence[SubjectDay]:
        """The days that it is about."""

    @property
    def days_if_stored(self) -> Sequence[WorkerDay] | None:
        """Of a dry run: these days as they would become (rule 6.5)."""


DayAnswer = TypeVar("DayAnswer", bound=AboutDays)


@dataclass(slots=True)
class Together:
    """The changes of many writes of one transaction, which are numbered together.

    One by one they make the counter's row anew each time, and PostgreSQL goes through all that it
    was since the transaction began: a hundred thousand writes would take hours.
    """

    changes: list[Change] = field(default_factory=list)

    async def record(self, connection: Transaction, origin: Origin, now: datetime) -> None:
        """Number and store what has come together."""
        changes, self.changes = self.changes, []
        await _record(connection, origin, now, changes)


async def _record(
    connection: Transaction,
    origin: Origin,
    now: datetime,
    changes: Sequence[Change],
    marks: Sequence[Change] = (),
) -> None:
    """Number and store changes, or raise ReadOnlySystem.

    Here passes whatever a caller writes of time off, by any face: what a connected system has is
    refused, for it would be shown here and nowhere else. ``marks`` are not: they are the gateway's
    own, and are to be here alone where a system is only read.
    """
    reads_only = await record_changes(connection, origin, now, [*changes, *marks])
    for each in changes if reads_only else ():
        api = _KEPT_BY.get(each.kind)
        if api is not None and (each.company_id, api) in reads_only:
            raise ReadOnlySystem(SYSTEMS[api])


@dataclass(frozen=True, slots=True)
class Write(Generic[Parsed]):
    """A write under way: its open transaction, what was asked for, and its moment.

    ``refusals`` has what was wrong with the input as it was read. Whatever the database finds
    wrong is added, and all of it is raised together.
    """

    connection: Transaction
    request: KeyedRequest[Parsed]
    now: datetime
    refusals: Refusals
    together: Together | None = None
    """Where changes go that are numbered later, in the same transaction."""

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.request.caller

    @property
    def asked(self) -> Parsed:
        """The parsed input."""
        return self.request.parsed

    async def new_ids(self, name: str, count: int) -> Sequence[int]:
        """Hand out new Kantata ids, increasing; those of a dry run name nothing ever."""
        return await next_ids(self.connection, name, count, provisional=self.request.dry_run)

    async def record(self, changes: Sequence[Change], *, marks: Sequence[Change] = ()) -> None:
        """Number and store what has changed; the last thing that a write does (rule 5.3).

        ``marks`` are changes of references that say which records are one absence.
        """
        if self.together is not None:
            self.together.changes += [*changes, *marks]
            return
        await _record(self.connection, self.caller.origin, self.now, changes, marks)

    async def with_days(self, answer: DayAnswer) -> DayAnswer:
        """Add to the answer of a dry run the days as they would become (rule 6.5)."""
        if not self.request.dry_run:
            return answer
        days = await subject_days(self.connection, answer.touched)
        return replace(answer, days_if_stored=days)


async def run_write(
    service: WritingService,
    request: KeyedRequest[Parsed],
    answer_type: type[Answer],
    do: Callable[[Write[Parsed]], Awaitable[Answer]],
    *,
    to_keep: Callable[[Answer], Answer] = as_it_is,
    show: Callable[[Write[Parsed], Answer], Awaitable[Answer]] | None = None,
    together: Together | None = None,
) -> Answer:
    """Do it once in a transaction, or return what the key was answered before (rule 5.1).

    ``answer_type`` is what ``do`` answers, a dataclass; ``to_keep`` makes of the answer what is
    stored beside the key, and ``show`` of the answer, new or kept, what the caller gets. What
    is refused, and a dry run, leave nothing behind.
    """
    async with service.database.writing(dry_run=request.dry_run) as connection:
        refusals = request.refusals or Refusals()
        write = Write(connection, request, service.clock(), refusals, together)
        answer = await request.once(
            connection, write.now, answer_type, lambda: do(write), to_keep=to_keep
        )
        write.refusals.raise_any()
        return await show(write, answer) if show else answer
