"""A webhook: where it stands in the change feed, and what becomes of it when it is not heard.

It is a cursor over the company's changes: nothing else is kept of what is to be sent, so nothing
can be lost. The next message waits for the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Self

from app.domain.webhook_events import EventTypes

RETRY_DELAYS: Final[Sequence[timedelta]] = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Standard Webhooks' own example, from one failure to the next try; then the last again."""
JITTER: Final = 0.1
"""By which part a delay is longer at most, so that not all are tried again at once."""
LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
_LONGEST_WAIT: Final = RETRY_DELAYS[-1] * (1 + JITTER)
"""Whatever puts a message off for longer is no delay of ours, but a clock that was ahead."""
GIVEN_UP_AFTER: Final = timedelta(days=5)
"""A webhook that has failed for so long is disabled."""
KEPT_FOR: Final = timedelta(days=14)
"""How long attempts are listed."""
SHOWN_CHARACTERS: Final = 200
"""Of a receiver's answer."""


class WebhookStatus(StrEnum):
    """How a webhook does."""

    ACTIVE = "ACTIVE"
    FAILING = "FAILING"
    DISABLED = "DISABLED"


class DisabledReason(StrEnum):
    """Why nothing is sent any more."""

    GONE = "GONE"
    FAILED = "FAILED"


class Outcome(StrEnum):
    """What became of one attempt to deliver a message."""

    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"
    GONE = "GONE"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    FORBIDDEN_ADDRESS = "FORBIDDEN_ADDRESS"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered, or why it did not.

    ``status`` is None where there was no answer; ``text`` its first characters, or a word for what
    went wrong; ``retry_after`` how long it asks to be left alone.
    """

    outcome: Outcome
    milliseconds: int
    status: int | None = None
    text: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as it is listed."""

    webhook_id: str
    message_id: str
    type: str
    at: datetime
    answer: Answer


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of a company's changes. Its secrets are no part of it.

    ``passed`` is the number of the last change that it was told of, or that was none of its
    types. ``gathered_to``: where the message under way ends, if it was tried or stands for many:
    until it is taken it stays the same. ``revision`` grows with each change that somebody makes,
    so that a sender notices that its copy is old. ``behind`` is how many changes it has not
    passed, when it was read.
    """

    id: str
    company_id: str
    url: str
    types: EventTypes
    created_at: datetime
    passed: int
    revision: int = 0
    gathered_to: int | None = None
    failures: int = 0
    failing_since: datetime | None = None
    next_attempt_at: datetime | None = None
    last_delivered_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: DisabledReason | None = None
    rotated_at: datetime | None = None
    behind: int = 0

    @property
    def status(self) -> WebhookStatus:
        """How it does."""
        if self.disabled_at is not None:
            return WebhookStatus.DISABLED
        return WebhookStatus.ACTIVE if self.failing_since is None else WebhookStatus.FAILING

    def is_due(self, now: datetime) -> bool:
        """Say whether a message may be sent now."""
        return self.status is not WebhookStatus.DISABLED and not self.wait(now)

    def wait(self, now: datetime) -> timedelta:
        """Return how long the next message has to wait; nothing where a clock was set back.

        It was, if the first failure is still to come, or the next try further off than any delay.
        """
        wait = (self.next_attempt_at or now) - now
        is_set_back = wait > _LONGEST_WAIT or (self.failing_since or now) > now
        return timedelta(0) if is_set_back else max(wait, timedelta(0))

    def heard(self, passed: int, now: datetime) -> Self:
        """Return the webhook after a message was taken that told of all up to this number."""
        calm = self._untroubled()
        return replace(calm, passed=passed, last_delivered_at=now)

    def trying(self, first: int, last: int) -> Self:
        """Return the webhook with the message under way that tells of these changes."""
        return replace(self, passed=first - 1, gathered_to=last)

    def not_heard(self, answer: Answer, now: datetime, chance: float) -> Self:
        """Return the webhook after a message was not taken; ``chance`` is from 0 to 1.

        It waits longer each time, and is disabled once it has failed for too long, or at once
        where the receiver says that it is gone.
        """
        since = min(self.failing_since or now, now)
        failing = replace(self, failures=self.failures + 1, failing_since=since)
        if answer.outcome is Outcome.GONE:
            reason = DisabledReason.GONE
        elif now - since >= GIVEN_UP_AFTER:
            reason = DisabledReason.FAILED
        else:
            return replace(failing, next_attempt_at=now + _delay(self.failures, answer, chance))
        return replace(failing, next_attempt_at=None, disabled_at=now, disabled_reason=reason)

    def changed(self, **given: object) -> Self:
        """Return the webhook as somebody has changed it: it is tried anew, at once."""
        fresh = replace(self._untroubled(), revision=self.revision + 1)
        return replace(fresh, **given)  # type: ignore[arg-type]

    def enabled(self) -> Self:
        """Return the webhook as it goes on from where it stopped, with the message that failed."""
        return self.changed(disabled_at=None, disabled_reason=None, gathered_to=self.gathered_to)

    def _untroubled(self) -> Self:
        return replace(self, gathered_to=None, failures=0, failing_since=None, next_attempt_at=None)


def _delay(failures: int, answer: Answer, chance: float) -> timedelta:
    """Return how long to wait after so many failures before: never less than the schedule says."""
    planned = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)] * (1 + JITTER * chance)
    asked = min(answer.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    return max(planned, asked)


def outcome_of(status: int) -> Outcome:
    """Return what an answer of this status means; a redirect is not followed, and is none.

    >>> [outcome_of(status).value for status in (204, 302, 410, 500)]
    ['DELIVERED', 'REFUSED', 'GONE', 'REFUSED']
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome.DELIVERED
    return Outcome.GONE if status == HTTPStatus.GONE else Outcome.REFUSED


def read_retry_after(text: str, now: datetime) -> timedelta | None:
    """Return how long `Retry-After` asks to wait; None where that cannot be read.

    >>> at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    >>> read_retry_after("120", at) == read_retry_after("Mon, 02 Mar 2026 08:02:00 GMT", at)
    True
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        longest = int(LONGEST_RETRY_AFTER.total_seconds())
        return timedelta(seconds=min(int(text[:9]), longest))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # of numbers that are none of a date
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(0), zoned - now)


def shown_text(answered: bytes) -> str:
    r"""Return the beginning of an answer as it can be kept and shown.

    >>> shown_text(b"fine\x00\xff\n  thanks")
    'fine thanks'
    """
    decoded = answered.decode("utf-8", "ignore")
    plain = "".join(letter if letter.isprintable() else " " for letter in decoded)
    return " ".join(plain.split())[:SHOWN_CHARACTERS]
