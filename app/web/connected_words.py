"""How a connected system does, in sentences for people: what it is, and what is to be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.deliveries import MOST_FLAPPING, DeliveryState
from app.domain.sync.failures import FailureKind
from app.domain.sync.refusals import NOUNS, SYSTEMS
from app.domain.sync.runs import RunState, SyncRun
from app.domain.sync.upstreams import ReviewReason, Upstream, UpstreamState
from app.domain.sync.waiting import Waiting
from app.services.sync.passes import KEY_MISSING, OTHER_ACCOUNT
from app.web.languages import ENGLISH
from app.web.words import all_words

_AGES: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class How:
    """How a system does, what is to be done, and whether somebody has to do it."""

    state: str
    do: str
    is_bad: bool = False


NOTHING: Final = "Nothing is to be done."
_FAULT: Final = (
    "The fault is not {system}'s: give the lines of the gateway's log to who looks after it."
)
_DONE_BY_PEOPLE: Final[Mapping[UpstreamState, How]] = {
    UpstreamState.PAUSED: How("It is paused.", "Nothing is asked until resumeUpstream."),
    UpstreamState.DISCONNECTED: How("It is connected no more.", "What was read stays."),
}
_DOES: Final[Mapping[str, str]] = {
    FailureKind.UNREACHABLE: "does not answer",
    FailureKind.THROTTLED: "asks to be left alone for a while",
    FailureKind.UNREADABLE: "answers something that is not as its documentation says",
    FailureKind.REFUSED: "refuses what it is asked",
    FailureKind.NOT_THERE: "says that what it is asked for is not there",
}
_CREDENTIALS: Final[Mapping[str, How]] = {
    FailureKind.CREDENTIALS_REFUSED: How(
        "Its credentials are refused.",
        "Make new ones there, and give them to replaceUpstreamCredentials. Until then nothing "
        "is read; what was read stays.",
        is_bad=True,
    ),
    FailureKind.NOT_PERMITTED: How(
        "Its credentials may not read all that is needed.",
        "Give those of an administrator of the account to replaceUpstreamCredentials. Until "
        "then nothing is read; what was read stays.",
        is_bad=True,
    ),
    OTHER_ACCOUNT: How(
        "Its credentials open another account than before.",
        "Give those of the account that was connected to replaceUpstreamCredentials; another "
        "account is connected after this one was disconnected.",
        is_bad=True,
    ),
    KEY_MISSING: How(
        "Its credentials cannot be opened any more.",
        "They were sealed by a key that this gateway does not have: set TIMEOFF_SYNC_KEYS as it "
        "was, or give them anew to replaceUpstreamCredentials.",
        is_bad=True,
    ),
}


NOTHING_WAITS: Final = Waiting()


def reads(upstream: Upstream, now: datetime) -> str:
    """Say whether it is read only, and when it was compared with what is here."""
    writes = "writes there what is changed here" if upstream.is_two_way else "writes nothing there"
    system = f"Reads from {SYSTEMS[upstream.api]}, and {writes}"
    if upstream.last_full_read_at is None:
        return f"{system}; it was not compared yet."
    full = f"{system}; the last full comparison was {ago(upstream.last_full_read_at, now)}"
    if upstream.last_read_at is None or upstream.last_read_at <= upstream.last_full_read_at:
        return f"{full}."
    return f"{full}, and what was changed since was read {ago(upstream.last_read_at, now)}."


_POLICIES: Final[Mapping[ConflictPolicy, str]] = {
    ConflictPolicy.VENDOR_WINS: "{system}'s version holds",
    ConflictPolicy.GATEWAY_WINS: "what is here holds",
    ConflictPolicy.ASK: "somebody is asked",
}


def in_line(upstream: Upstream, waiting: Waiting, now: datetime) -> str:
    """Say what waits to be written, since when, and whose version holds in a conflict."""
    system, noun = SYSTEMS[upstream.api], NOUNS[upstream.api]
    pending = waiting.deliveries.get(DeliveryState.PENDING, 0)
    uncertain = waiting.deliveries.get(DeliveryState.UNCERTAIN, 0)
    told = [f"{number(pending, noun)} {_do(pending)} to be written."]
    if not pending:
        told = ["" if uncertain else "Nothing waits to be written."]
    if uncertain:
        told.append(
            f"Of {number(uncertain, noun)} it is uncertain whether {system} has done what was "
            "sent: it is looked at again before anything more is sent."
        )
    if waiting.oldest_at is not None:
        moment = all_words()[ENGLISH].sign_in.time(waiting.oldest_at)
        told.append(f"The oldest waits since {moment}, {ago(waiting.oldest_at, now)}.")
    rule = _POLICIES[upstream.conflict_policy].format(system=system)
    told.append(f"Where both sides have changed the same, {rule}.")
    return " ".join(filter(None, told))


def outside_of_window(count: int, noun: str = "day") -> str:
    """Say how many days or absences wait until the window has reached them; nothing of none.

    >>> outside_of_window(1)
    '1 day is outside of the window, and waits until that has reached it.'
    """
    if not count:
        return ""
    if count == 1:
        return f"1 {noun} is outside of the window, and waits until that has reached it."
    return f"{count:,} {noun}s are outside of the window, and wait until that has reached them."


def _do(count: int) -> str:
    return "waits" if count == 1 else "wait"


def seen_within(people: int, longest: timedelta) -> str:
    """Say how long it takes until what somebody changes there is here.

    >>> seen_within(2_000, timedelta(minutes=80))
    'Time off is read of 2,000 people one by one: a change is here after 1 hour 20 minutes or less.'
    """
    whose = number(people, "person", "people")
    return (
        f"Time off is read of {whose} one by one: a change is here after {_long(longest)} or less."
    )


def _long(time: timedelta) -> str:
    """Return a time in hours and minutes, as people say it; what is shorter is a minute."""
    hours, minutes = divmod(max(1, round(time / timedelta(minutes=1))), 60)
    told = ((hours, "hour"), (minutes, "minute"))
    return " ".join(number(count, unit) for count, unit in told if count)


def how(
    upstream: Upstream, last: SyncRun | None, now: datetime, waiting: Waiting = NOTHING_WAITS
) -> How:
    """Say how it does, and what is to be done."""
    told = _DONE_BY_PEOPLE.get(upstream.state)
    if told is not None:
        return told
    reason = upstream.state_reason or ""
    if upstream.state is UpstreamState.NEEDS_CREDENTIALS:
        return _CREDENTIALS.get(reason, _CREDENTIALS[FailureKind.CREDENTIALS_REFUSED])
    if upstream.state is UpstreamState.NEEDS_REVIEW:
        return _review(reason, SYSTEMS[upstream.api])
    if upstream.failures:
        return _failing(upstream, now)
    return _undecided(upstream, waiting) or _reading(upstream, last)


def _undecided(upstream: Upstream, waiting: Waiting) -> How | None:
    """Say that somebody has to decide about something, if so; reading and writing go on."""
    noun = NOUNS[upstream.api]
    told = [
        f"{number(waiting.blocked, noun)} could not be written" if waiting.blocked else "",
        f"{number(waiting.conflicts, 'conflict')} to be decided" if waiting.conflicts else "",
    ]
    what = " and ".join(filter(None, told))
    if not what:
        return None
    return How("Somebody has to decide.", f"It is below: {what}. All else goes on.", is_bad=True)


def _reading(upstream: Upstream, last: SyncRun | None) -> How:
    if upstream.state is UpstreamState.CHECKING:
        return How("Its credentials are tried.", NOTHING)
    if upstream.state is UpstreamState.IMPORTING:
        is_reading = last is not None and last.state is RunState.RUNNING
        so_far = f" {last.counts.read:,} records so far." if last and is_reading else ""
        return How("Everything is read for the first time.", f"{NOTHING}{so_far}")
    return How("All is well.", NOTHING)


_REVIEWED: Final = (
    "They are below. Were they deleted there on purpose, resumeUpstream deletes them here with "
    "the next full comparison, and no others; otherwise have them restored in {system}: it goes on "
    "by itself when all are there again. All else is read meanwhile, and nothing is written there."
)


_FIRST_WRITE: Final = (
    "It is the first time, or the first since a backup was restored. What differs waits, and is "
    "listed below. resumeUpstream has it written, each after one more look at what "
    "{system} has; nothing is written until then. All is read meanwhile."
)
_FLAPPING: Final = (
    "Of {most} or more the same was written four times within ten minutes, and changed back "
    "there each time. Find that program, and have one of the two leave them alone. "
    "resumeUpstream goes on with writing, and nothing is written until then; what is below stays "
    "as it is until somebody decides about each. All is read meanwhile."
)
_REVIEWS: Final[Mapping[str, tuple[str, str]]] = {
    ReviewReason.MASS_DELETION: (
        "Much is gone from {system}: nothing is deleted here until somebody has looked.",
        _REVIEWED,
    ),
    ReviewReason.FIRST_WRITE: (
        "Somebody has to look before anything is written to {system}.",
        _FIRST_WRITE,
    ),
    ReviewReason.FLAPPING: (
        "Another program writes to {system}, too: no more is written until somebody has looked.",
        _FLAPPING,
    ),
}


def _review(reason: str, system: str) -> How:
    state, do = _REVIEWS.get(reason, ("Somebody has to look.", "resumeUpstream goes on."))
    told = {"system": system, "most": MOST_FLAPPING}
    return How(state.format(**told), do.format(**told), is_bad=True)


def _failing(upstream: Upstream, now: datetime) -> How:
    system = SYSTEMS[upstream.api]
    does = _DOES.get(upstream.state_reason or "", "cannot be read")
    if upstream.is_at_fault:
        does = "cannot be read by a fault of this gateway"
    state = f"{system} {does}: {number(upstream.failures, 'attempt')}."
    waits = upstream.next_try_at is not None and upstream.next_try_at > now
    moment = upstream.next_try_at and all_words()[ENGLISH].sign_in.time(upstream.next_try_at)
    following = f"It is asked again at {moment}" if waits else "It is asked again now"
    do = (
        f"{following}, and goes on by itself where it stopped. Nothing that was read is lost or "
        "changed meanwhile."
    )
    if upstream.is_at_fault:
        return How(state, f"{_FAULT.format(system=system)} {do}", is_bad=True)
    return How(state, do, is_bad=upstream.state is UpstreamState.WAITING)


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was: of a clock that was set back, just now."""
    seconds = (now - moment).total_seconds()
    for length, unit in _AGES:
        if seconds >= length:
            return f"{number(int(seconds // length), unit)} ago"
    return "less than a minute ago"


def number(count: int, one: str, more: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def of_them(listed: Sequence[object], count: int) -> str:
    """Say how many are listed, where that is not all.

    >>> of_them(["first", "second"], 5)
    ' (2 of them)'
    """
    return "" if count <= len(listed) else f" ({len(listed)} of them)"
