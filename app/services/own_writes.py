"""What a caller has written, so that what it reads next shows it: from a replica or not."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar

from app.db.connections.replica import Replica
from app.domain.errors import Unavailable
from app.positions import READING, WRITING, Reads, Writes

T = TypeVar("T")

Position = int | None
"""A place in the log; None is one that nobody can tell."""

NOTHING_SENT: Final = 0
"""What a request brings that brings no position: everything is behind it."""

MOST_CALLERS: Final = 10_000
"""Whose last position one process remembers."""

SLACK_SECONDS: Final = 5
"""Beyond twice the lag at which a replica is read no more."""


async def again_if_lost(work: Callable[[], Awaitable[T]]) -> T:
    """Do a part of what ``begin_reading`` began; again on the primary, if the replica is lost."""
    reads = READING.get()
    try:
        return await work()
    except Unavailable:
        if reads is None or not reads.met_outage:
            raise
        reads.met_outage = False  # from here on it is the primary
    return await work()


class OwnWrites:
    """Has requests read from the replica, as far as it shows their callers' own writes."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self.seconds = int(2 * replica.most_lag_seconds) + SLACK_SECONDS
        """After so long a replica that is still read has everything."""
        self._last: OrderedDict[str, tuple[int | None, float]] = OrderedDict()

    async def reading(self, caller: str, sent: Position, work: Callable[[], Awaitable[T]]) -> T:
        """Do what only reads; again on the primary, if the replica is lost in the middle of it.

        ``sent`` is the position that the request brings.
        """
        reads = await self._reads_of(caller, sent)
        if reads is None:
            return await work()
        token = READING.set(reads)
        try:
            done = await work()
        except Exception:  # by whatever name the outage comes up here
            if not reads.met_outage:
                raise
        else:
            if not reads.met_outage:
                return done
        finally:
            READING.reset(token)
        return await work()

    async def begin_reading(self, caller: str, sent: Position) -> None:
        """Have all that this task reads from now on read so: of an answer that goes on."""
        READING.set(await self._reads_of(caller, sent))

    @staticmethod
    def end_reading() -> None:
        """Have all that this task reads from now on read from the primary."""
        READING.set(None)

    def writes_of(self, caller: str) -> Writes:
        """Return what is to be told of a request that writes."""
        return Writes(lambda position: self._note(caller, position))

    async def writing(self, writes: Writes, work: Awaitable[T]) -> T:
        """Do what writes, and note how far that came."""
        token = WRITING.set(writes)
        try:
            return await work
        finally:
            WRITING.reset(token)

    async def _reads_of(self, caller: str, sent: Position) -> Reads | None:
        """Return what the caller has to see; None where nobody can say how far it wrote."""
        position = self._remembered(caller)
        if position is not None:
            position = None if sent is None else max(position, sent)
        if position is None:
            try:
                position = await self._replica.primary_position()  # beyond all that it has ended
            except Unavailable:
                return None
            if self._remembered(caller) is None:
                self._last[caller] = (position, monotonic())
        return Reads(position or None)

    def _remembered(self, caller: str) -> int | None:
        """Return the caller's position, 0 where it has none; None: it is not known."""
        position, noted_at = self._last.get(caller, (0, 0.0))
        if position != 0 and monotonic() > noted_at + self.seconds:
            del self._last[caller]
            return 0
        return position

    def _note(self, caller: str, position: int | None) -> None:
        before = self._remembered(caller)
        is_known = position is not None and before is not None
        self._last[caller] = (max(position or 0, before or 0) if is_known else None, monotonic())
        self._last.move_to_end(caller)
        if len(self._last) > MOST_CALLERS:
            self._last.popitem(last=False)
