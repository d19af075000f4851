"""An upstream: one vendor account of a company, and what it may be in the middle of.

People read *connected system*; the word connection belongs to Relay's lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from app.domain.days import FIRST_DAY, LAST_DAY, DaySpan
from app.domain.errors import InvalidValue, Refusals
from app.domain.sync.budget import Budget
from app.domain.sync.conflicts import ConflictPolicy

DAYS_BACK: Final = 90
DAYS_AHEAD: Final = 730
"""The window unless somebody says otherwise; both are counted from today in UTC."""
MOST_DAYS: Final = 3_650
"""A window reaches over ten years at most."""
FIRST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(minutes=15)
FAULT: Final = "FAULT"
"""Why it waits where not the vendor failed but the gateway: its log says how."""
FAULT_WORDS: Final = "A fault of the gateway, which its log tells."
FAILURES_UNTIL_IT_WAITS: Final = 5
"""So many failed requests in a row: from then on one probe at a time is sent."""


class UpstreamApi(StrEnum):
    """Which of the vendors' APIs is spoken."""

    KANTATA_OX = "KANTATA_OX"
    PROCORE_REST = "PROCORE_REST"


class SyncDirection(StrEnum):
    """Who may change the records that an upstream has."""

    READ_ONLY = "READ_ONLY"
    TWO_WAY = "TWO_WAY"


class UpstreamState(StrEnum):
    """How an upstream does."""

    CHECKING = "CHECKING"
    IMPORTING = "IMPORTING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    NEEDS_CREDENTIALS = "NEEDS_CREDENTIALS"
    NEEDS_REVIEW = "NEEDS_REVIEW"
    PAUSED = "PAUSED"
    DISCONNECTED = "DISCONNECTED"


class Wanted(StrEnum):
    """A pass that a person asks for, whether one is due or not.

    ``APPROVED`` is a whole one that takes away what was listed as gone, however much that is:
    somebody has looked at it.
    """

    RECENT = "RECENT"
    WHOLE = "WHOLE"
    APPROVED = "APPROVED"


class ReviewReason(StrEnum):
    """Why a person has to look before anything is deleted here, or written there."""

    MASS_DELETION = "MASS_DELETION"
    FIRST_WRITE = "FIRST_WRITE"
    FLAPPING = "FLAPPING"


AT_WORK: Final = frozenset(
    {
        UpstreamState.CHECKING,
        UpstreamState.IMPORTING,
        UpstreamState.RUNNING,
        UpstreamState.WAITING,
        UpstreamState.NEEDS_REVIEW,
    }
)
"""The states in which the vendor is asked."""


_NOT_AT_WORK: Final = {
    UpstreamState.PAUSED: "It is paused: resume it first.",
    UpstreamState.NEEDS_CREDENTIALS: "Its credentials are refused: replace them first.",
    UpstreamState.DISCONNECTED: "It is connected no more.",
}


@dataclass(frozen=True, slots=True)
class Window:
    """Which days are kept alike, counted from today: outside of it nothing is read or deleted."""

    days_back: int = DAYS_BACK
    days_ahead: int = DAYS_AHEAD

    def refuse_unfit(self) -> None:
        """Raise Refused where an end is negative or the whole is too long."""
        refusals = Refusals()
        for name in ("days_back", "days_ahead"):
            with refusals.collecting(name):
                if not 0 <= getattr(self, name) <= MOST_DAYS:
                    raise InvalidValue(f"A window begins and ends within {MOST_DAYS:,} days.")
        refusals.raise_any()
        if self.days_back + self.days_ahead > MOST_DAYS:
            raise InvalidValue(f"A window has {MOST_DAYS:,} days at most.")

    def around(self, today: date) -> DaySpan:
        """Return its days; what lies outside of 2000 to 2099 is left out (rule 1.5)."""
        first = max(FIRST_DAY, today - timedelta(days=self.days_back))
        last = min(LAST_DAY, today + timedelta(days=self.days_ahead))
        return DaySpan(first, last)


@dataclass(frozen=True, slots=True)
class Upstream:
    """One vendor account of one company. Its credentials are no part of it.

    ``account_key`` is the vendor's own id of the account, as far as it has told it.
    ``state_reason`` says in a word why a person is needed, or what the vendor answers.
    ``may_write``: a person has looked at what is written there first, or there was nothing.
    ``failures``: failed requests in a row. ``wanted``: the pass that a person asks for.
    ``revision`` grows with each change that somebody makes, so that a driver notices that its copy
    is old; not where a pass is asked for. ``cursors``: how far each kind of listing was read, in
    the vendor's own words.
    """

    id: str
    company_id: str
    api: UpstreamApi
    base_url: str
    connected_at: datetime
    account_key: str | None = None
    direction: SyncDirection = SyncDirection.READ_ONLY
    conflict_policy: ConflictPolicy = ConflictPolicy.VENDOR_WINS
    may_write: bool = False
    state: UpstreamState = UpstreamState.CHECKING
    state_reason: str | None = None
    failures: int = 0
    next_try_at: datetime | None = None
    window: Window = field(default_factory=Window)
    wanted: Wanted | None = None
    credential_hint: str | None = None
    revision: int = 0
    cursors: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    last_read_at: datetime | None = None
    last_full_read_at: datetime | None = None

    @property
    def is_at_work(self) -> bool:
        """Say whether the vendor is asked at all."""
        return self.state in AT_WORK

    @property
    def is_two_way(self) -> bool:
        """Say whether what is changed here is to be there as well."""
        return self.direction is SyncDirection.TWO_WAY

    @property
    def writes(self) -> bool:
        """Say whether anything is written there now: not before all was read and looked at."""
        states = {UpstreamState.RUNNING, UpstreamState.WAITING}
        return self.is_two_way and self.may_write and self.state in states

    def is_due(self, now: datetime) -> bool:
        """Say whether the vendor may be asked now; a clock that was set back delays nothing."""
        wait = (self.next_try_at or now) - now
        return self.is_at_work and not timedelta(0) < wait <= LONGEST_WAIT

    def answered(self) -> Self:
        """Return it after a request was answered: it goes on where it stopped."""
        state = self._at_rest if self.state is UpstreamState.WAITING else self.state
        return replace(self, state=state, failures=0, next_try_at=None, state_reason=self._review)

    def failed(self, reason: str, now: datetime, chance: float) -> Self:
        """Return it after a request that may be sent again; ``chance`` is from 0 to 1.

        It waits for twice as long each time, and after some it is said to wait.
        """
        failures = self.failures + 1
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10))
        waits = failures >= FAILURES_UNTIL_IT_WAITS and self.state is not UpstreamState.NEEDS_REVIEW
        return replace(
            self,
            failures=failures,
            state=UpstreamState.WAITING if waits else self.state,
            state_reason=self.state_reason if self._review else reason,
            next_try_at=now + longest * chance,
        )

    @property
    def is_at_fault(self) -> bool:
        """Say whether the gateway has failed itself, so that somebody has to look."""
        return self.failures > 0 and self.state_reason == FAULT

    def refused(self, reason: str) -> Self:
        """Return it after its credentials were refused: nothing is asked until there are others."""
        state = UpstreamState.NEEDS_CREDENTIALS
        return replace(self, state=state, state_reason=reason, next_try_at=None)

    def checked(self, account_key: str) -> Self:
        """Return it after the vendor has said whose account the credentials open."""
        return replace(
            self, account_key=account_key, state=self._at_rest, state_reason=None, failures=0
        )

    def read(self, now: datetime, *, whole: bool) -> Self:
        """Return it after a pass; a whole one was compared with everything that is listed.

        One that is held back for a person to look is so no longer, unless it is held anew.
        """
        if not whole:
            left = None if self.wanted is Wanted.RECENT else self.wanted
            return replace(self, last_read_at=now, wanted=left)
        reached = replace(self, last_read_at=now, last_full_read_at=now, wanted=None)
        if self.state not in {UpstreamState.IMPORTING, UpstreamState.NEEDS_REVIEW}:
            return reached
        if self._review == ReviewReason.FLAPPING.value:  # no reading tells of it
            return reached
        return replace(reached, state=UpstreamState.RUNNING, state_reason=None)

    def to_be_reviewed(self, reason: ReviewReason) -> Self:
        """Return it held back: reading goes on, nothing is deleted until a person has looked.

        What was approved before was less than what there is to look at now.
        """
        return replace(
            self,
            state=UpstreamState.NEEDS_REVIEW,
            state_reason=reason.value,
            wanted=self._unapproved,
        )

    def is_still_held(self, *, was_told: bool, is_doubtful: bool, is_whole: bool) -> bool:
        """Say whether a person still has to look at deletions that were held back before.

        ``was_told``: something was listed as gone. Until somebody looks, only a pass that is
        ``is_whole``, so that it has seen everything, and that misses nothing ends the review.
        """
        if self.wanted is Wanted.APPROVED:
            return False
        is_held = self._review == ReviewReason.MASS_DELETION.value or was_told
        return is_held and (is_doubtful or not is_whole)

    def renewed(self) -> Self:
        """Return it with other credentials, or gone on with: it is checked first."""
        return replace(
            self, state=UpstreamState.CHECKING, state_reason=None, failures=0, next_try_at=None
        )

    def resumed(self) -> Self:
        """Return it gone on with by a person, who has looked at what it was held back for."""
        if self.state is not UpstreamState.NEEDS_REVIEW:
            return self.renewed()
        if self.state_reason == ReviewReason.MASS_DELETION.value:
            return replace(self.renewed(), wanted=Wanted.APPROVED)
        return replace(self.renewed(), may_write=True)

    def directed(self, direction: SyncDirection) -> Self:
        """Return it with another direction: before anything is written there, all is compared."""
        if direction is self.direction:
            return self
        return replace(self, direction=direction, may_write=False, wanted=Wanted.WHOLE)

    def may_write_if(self, *, is_nothing_due: bool) -> Self:
        """Return it after a whole pass: a person looks at what is to be written for the first time.

        One that is held for another reason stays so; it is judged by the next pass.
        """
        is_judged = not self.is_two_way or self.may_write
        if is_judged or self.state is UpstreamState.NEEDS_REVIEW:
            return self
        if is_nothing_due:
            return replace(self, may_write=True)
        return self.to_be_reviewed(ReviewReason.FIRST_WRITE)

    def wanting(self, wanted: Wanted) -> Self:
        """Return it with a pass asked for, as soon as the vendor may be asked.

        What was asked for before stays where it is more. Raises InvalidValue where nothing is
        asked of the vendor.
        """
        if not self.is_at_work:
            raise InvalidValue(_NOT_AT_WORK[self.state], ("id",))
        more = self.wanted in {Wanted.WHOLE, Wanted.APPROVED}
        return replace(
            self, wanted=self.wanted if more else wanted, next_try_at=self.budget.next_at
        )

    def ended(self, state: UpstreamState) -> Self:
        """Return it paused or disconnected by a person; what was approved is so no longer."""
        return replace(
            self,
            state=state,
            state_reason=None,
            failures=0,
            next_try_at=None,
            wanted=self._unapproved,
        )

    @property
    def _unapproved(self) -> Wanted | None:
        return Wanted.WHOLE if self.wanted is Wanted.APPROVED else self.wanted

    @property
    def _at_rest(self) -> UpstreamState:
        """What it is when nothing is the matter."""
        if self.account_key is None and self.state is not UpstreamState.CHECKING:
            return UpstreamState.CHECKING
        return UpstreamState.IMPORTING if self.last_full_read_at is None else UpstreamState.RUNNING

    @property
    def _review(self) -> str | None:
        is_held = self.state is UpstreamState.NEEDS_REVIEW
        return self.state_reason if is_held else None


@dataclass(frozen=True, slots=True)
class UpstreamFilter:
    """Which upstreams are asked for; what is None narrows nothing."""

    company_id: str | None = None
    states: Sequence[UpstreamState] | None = None
