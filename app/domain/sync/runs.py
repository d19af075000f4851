"""A run: one pass of reading, which kind is due, and what it has counted."""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from app.domain.sync.upstreams import Upstream, UpstreamState, Wanted

LISTED_FOR: Final = timedelta(days=90)
"""How long runs are listed."""


_WHOLE: Final = frozenset({Wanted.WHOLE, Wanted.APPROVED})


class RunKind(StrEnum):
    """What a pass reads."""

    DIRECTORY = "DIRECTORY"
    FULL = "FULL"
    INCREMENTAL = "INCREMENTAL"
    SURVEY = "SURVEY"
    """What Procore says of everybody's time off at once, which tells whose list to read first."""
    SWEEP = "SWEEP"
    """The lists of some people, one by one."""


class RunState(StrEnum):
    """What became of a pass."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a pass has done so far; ``drift_repaired`` of what was created, updated, deleted."""

    requests: int = 0
    read: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    drift_repaired: int = 0

    def __add__(self, other: Self) -> Self:
        """Return both together."""
        added = {
            each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)
        }
        return replace(self, **added)


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One pass; ``checkpoint`` is the slice at which one that was ended goes on."""

    id: str
    upstream_id: str
    kind: RunKind
    started_at: datetime
    state: RunState = RunState.RUNNING
    checkpoint: str | None = None
    ended_at: datetime | None = None
    counts: RunCounts = field(default_factory=RunCounts)
    message: str | None = None

    def ended(self, state: RunState, now: datetime, message: str | None = None) -> Self:
        """Return it ended."""
        return replace(self, state=state, ended_at=now, message=message)

    def goes_on(self, now: datetime, within: timedelta) -> bool:
        """Say whether it stopped on its way, and began so short a time ago that it may go on."""
        is_on_its_way = self.state is not RunState.SUCCEEDED and self.checkpoint is not None
        return is_on_its_way and timedelta(0) <= now - self.started_at < within

    def gone_on(self) -> Self:
        """Return it going on after the last slice that was stored."""
        return replace(self, state=RunState.RUNNING, ended_at=None, message=None)


LATE: Final = timedelta(minutes=10)
"""What waits to be written goes before reading, but not for longer than this."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often each kind of pass is made."""

    incremental: timedelta = timedelta(seconds=60)
    full: timedelta = timedelta(hours=6)
    survey: timedelta = timedelta(minutes=10)

    def is_late(self, upstream: Upstream, now: datetime) -> bool:
        """Say whether reading has waited for so long that what is to be written waits for it."""
        return _is_over(upstream.last_read_at, max(LATE, self.incremental), now)

    def due(self, upstream: Upstream, now: datetime) -> RunKind | None:
        """Return which pass is due; None where none is. The directory is read before a full one."""
        if upstream.state is UpstreamState.CHECKING:
            return None
        wanted = upstream.wanted
        if wanted in _WHOLE or _is_over(upstream.last_full_read_at, self.full, now):
            return RunKind.FULL
        is_due = wanted is not None or _is_over(upstream.last_read_at, self.incremental, now)
        return RunKind.INCREMENTAL if is_due else None


def _is_over(since: datetime | None, time: timedelta, now: datetime) -> bool:
    """Say whether the time is over; a clock that was set back makes it so."""
    return since is None or not timedelta(0) <= now - since < time
