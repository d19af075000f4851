"""What Procore has of a person's time off, laid over what is stored here: by three versions.

Where the company only reads from it, whatever differs becomes the vendor's; where it also writes,
what was changed here stays (settling_records.py). A reason that was removed here stays so in any
case (rules 4.7, 4.8). What is kept of the vendor's has nothing of a reason, not
even a digest: from one a word is easily guessed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from hashlib import sha256
from typing import Self

import orjson

from app.domain.days import DaySpan
from app.domain.durations import HOUR, MINUTE
from app.domain.erasure import REMOVED
from app.domain.errors import NoDayCounts, TooManyDays
from app.domain.person_time_off import PersonTimeOff, refuse_more_days
from app.domain.recurrence import DAYS_OF_A_WEEK, Repeat
from app.domain.sync.comparing import Content, Verdict, compare
from app.domain.sync.given_instances import fitted_instances
from app.domain.sync.remote import BaseRecord
from app.domain.sync.remote_people import RemoteTimeOff
from app.domain.versions import next_version


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """A record as one side has it, without its words.

    Days are ISO texts, times minutes since midnight; ``instances`` is a digest of all of them.
    """

    first: str
    last: str
    starts: int
    ends: int
    saturday: bool
    sunday: bool
    is_paid: bool
    repeat: str
    cadence: int | None
    until: str | None
    instances: str

    @classmethod
    def of_remote(cls, record: RemoteTimeOff) -> Self:
        """Return the version that the vendor has."""
        pattern = record.pattern
        times = pattern.start_time, pattern.end_time
        instances = [(each.span.first, each.span.last, *times) for each in record.instances]
        return cls._of(record, [(*each, record.is_paid) for each in instances])

    @classmethod
    def of_stored(cls, record: PersonTimeOff) -> Self:
        """Return the version that is here."""
        instances = [
            (
                each.span.first,
                each.span.last,
                each.pattern.start_time,
                each.pattern.end_time,
                each.is_paid,
            )
            for each in record.instances
        ]
        return cls._of(record, instances)

    @classmethod
    def of_content(cls, content: Content) -> Self:
        """Return the version that was kept as JSON."""
        return cls(**content)

    def content(self) -> Content:
        """Return the version as JSON."""
        return asdict(self)

    @property
    def first_day(self) -> date:
        """The first day of its first occurrence."""
        return date.fromisoformat(self.first)

    @property
    def start_time(self) -> str:
        """When each day's time off starts, as `07:00`."""
        return _clock(self.starts)

    @property
    def end_time(self) -> str:
        """When it ends."""
        return _clock(self.ends)

    @property
    def summary(self) -> str:
        """When it is, for people."""
        days = self.first if self.first == self.last else f"{self.first} to {self.last}"
        times = f"{self.start_time} to {self.end_time}"
        repeats = f", {self.repeat} until {self.until}" if self.until else ""
        return f"{days}, {times}{repeats}, {'paid' if self.is_paid else 'unpaid'}"

    @property
    def fingerprint(self) -> str:
        """What tells whether two say the same: all but how instances were expanded, and why."""
        return _digest({name: value for name, value in asdict(self).items() if name != "instances"})

    @classmethod
    def _of(
        cls,
        record: RemoteTimeOff | PersonTimeOff,
        instances: Sequence[tuple[date, date, time, time, bool]],
    ) -> Self:
        rule, pattern = record.rule, record.pattern
        return cls(
            first=record.span.first.isoformat(),
            last=record.span.last.isoformat(),
            starts=_minute(pattern.start_time),
            ends=_minute(pattern.end_time),
            saturday=pattern.apply_to_saturday,
            sunday=pattern.apply_to_sunday,
            is_paid=record.is_paid,
            repeat=(rule.repeat if rule else Repeat.NEVER).value,
            cadence=rule.cadence if rule else None,
            until=rule.until.isoformat() if rule else None,
            instances=_digest([list(map(str, each)) for each in instances]),
        )


class RecordPart(StrEnum):
    """What of a record one side may have changed."""

    EXISTENCE = "EXISTENCE"
    """It was made, or deleted."""
    WHEN = "WHEN"
    """Its days, its times, which weekend days count, and how it repeats."""
    OCCURRENCES = "OCCURRENCES"
    """Single ones of those that its rule makes."""
    IS_PAID = "IS_PAID"


Parts = frozenset[RecordPart]


@dataclass(frozen=True, slots=True)
class KeptHere:
    """What of a record stays as it is here, in a company that also writes.

    ``gives_way``: both had changed it, and the vendor's version holds.
    """

    parts: Parts = frozenset()
    reason: bool = False
    gives_way: bool = False

    def in_place(self, after: PersonTimeOff, stored: PersonTimeOff) -> PersonTimeOff:
        """Return the vendor's record with what stays of the one that is stored."""
        if RecordPart.WHEN in self.parts:
            after = replace(after, span=stored.span, pattern=stored.pattern, rule=stored.rule)
        if RecordPart.OCCURRENCES in self.parts:
            after = replace(
                after,
                last_day=stored.last_day,
                instance_ids=stored.instance_ids,
                exceptions=stored.exceptions,
            )
        if RecordPart.IS_PAID in self.parts:
            after = replace(after, is_paid=stored.is_paid)
        return replace(after, reason=stored.reason) if self.reason else after


@dataclass(frozen=True, slots=True)
class LaidRecord:
    """A record as it was and as it is after the vendor's was laid over it.

    ``is_drift``: nothing has changed there since the last look, and yet it was otherwise here.
    ``replaced``: both had changed. ``is_as_ruled``: the vendor's instances are those
    that its rule makes.
    """

    before: PersonTimeOff | None
    after: PersonTimeOff
    is_drift: bool = False
    replaced: bool = False
    is_as_ruled: bool = True

    @property
    def is_change(self) -> bool:
        """Say whether anything is otherwise now."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class TakingIn:
    """Of which company records are taken in, when, and how many days one may count at most."""

    company_id: str
    now: datetime
    most_days: int


def lay_record(
    taking: TakingIn,
    local_id: str,
    base: BaseRecord | None,
    stored: PersonTimeOff | None,
    remote: RemoteTimeOff,
    kept: KeptHere | None = None,
) -> LaidRecord:
    """Return the record with what the vendor has, but for what is ``kept`` as it is here.

    None: the company only reads from there. Raises a TimeOffError that no rule can hold.
    """
    after = _new(taking, local_id, remote)
    is_as_ruled = not after.exceptions
    theirs = RecordVersion.of_remote(remote)
    agreed = None if base is None else RecordVersion.of_content(base.content)
    if stored is None:
        return LaidRecord(None, after, is_drift=agreed == theirs, is_as_ruled=is_as_ruled)
    ours = RecordVersion.of_stored(stored)
    after = replace(
        after,
        reason=REMOVED if stored.reason == REMOVED else after.reason,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        split_from=stored.split_from,
    )
    after = after if kept is None else kept.in_place(after, stored)
    has_other_reason = agreed is None and after.reason != stored.reason
    if after != stored:
        after = replace(after, updated_at=next_version(stored.updated_at, taking.now))
    gives_way = compare(agreed, ours, theirs) is Verdict.CONFLICT
    if kept is not None:
        gives_way = kept.gives_way
    return LaidRecord(
        stored,
        after,
        is_drift=agreed == theirs and RecordVersion.of_stored(after) != ours,
        replaced=gives_way or has_other_reason,
        is_as_ruled=is_as_ruled,
    )


def _new(taking: TakingIn, local_id: str, remote: RemoteTimeOff) -> PersonTimeOff:
    """Return the vendor's record as one of ours, or refuse it (rule 3.4)."""
    if sum(len(each.span) for each in remote.instances) > taking.most_days * DAYS_OF_A_WEEK:
        raise TooManyDays(
            f"It lies on more days than a record may count: {taking.most_days:,}.", ()
        )
    fitted = fitted_instances(remote.id, remote.span, remote.rule, remote.instances)
    record = PersonTimeOff(
        id=local_id,
        company_id=taking.company_id,
        person_id=remote.person_id,
        span=remote.span,
        last_day=remote.last_day,
        pattern=remote.pattern,
        is_paid=remote.is_paid,
        reason=remote.reason,
        rule=remote.rule,
        instance_ids=fitted.ids,
        created_at=remote.created_at or taking.now,
        updated_at=taking.now,
        exceptions=fitted.exceptions,
    )
    if not record.day_count:
        raise NoDayCounts("None of its days counts.", ())
    refuse_more_days(record, taking.most_days)
    return record


def lies_in(first: date, last: date, window: DaySpan) -> bool:
    """Say whether a part of a record, from its first day to its last one, is in the window."""
    return first <= window.last and last >= window.first


def summary(record: PersonTimeOff) -> str:
    """Return when a record is, for people; nothing of why."""
    return RecordVersion.of_stored(record).summary


@dataclass(frozen=True, slots=True)
class SentRecord:
    """A record that may have been made there: its id here, and what was sent.

    ``salt`` and ``words`` make the digest of its reason; without words any reason is its own.
    """

    local_id: str
    fingerprint: str
    salt: str
    words: str | None

    def is_it(self, remote: RemoteTimeOff) -> bool:
        """Say whether this is what was sent."""
        if RecordVersion.of_remote(remote).fingerprint != self.fingerprint:
            return False
        return self.words in {None, words_digest(self.salt, remote.reason)}


def words_digest(salt: str, words: str | None) -> str:
    """Return what tells whether two reasons are the same, without saying which."""
    return _digest([salt, words])


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which record here each of the vendor's is: by its remote id; those that are new have none."""

    local_keys: Mapping[str, str] = field(default_factory=dict)

    def local_key(self, remote_id: str) -> str:
        """Return the id that the record has here, or will have."""
        return self.local_keys.get(remote_id, remote_id)


def pair(
    remotes: Sequence[RemoteTimeOff],
    bases: Mapping[str, BaseRecord],
    here: Collection[PersonTimeOff],
    sent: Sequence[SentRecord] = (),
) -> Pairing:
    """Return which record here each of the vendor's is.

    ``bases`` are by remote id, ``here`` are the person's records, ``sent`` those that may
    have been made there by a write of which nobody knows. It is what it was at the last look; else
    what was sent; else what has its id; else one that no other is, and that says the same: our
    own, or typed on both sides. The oldest of several.
    """
    found = {each.id: bases[each.id].local_key for each in remotes if each.id in bases}
    found |= _made_by_us(remotes, found, sent)
    ids = {each.id for each in here} - {*found.values()}
    found |= {each.id: each.id for each in remotes if each.id not in found and each.id in ids}
    tied = set(found.values()) | {each.local_key for each in bases.values()}
    free: dict[tuple[str, str | None], list[str]] = {}
    for record in sorted(_untied(here, tied), key=lambda one: (one.created_at, one.id)):
        free.setdefault(_says(record, RecordVersion.of_stored(record)), []).append(record.id)
    for each in remotes:
        says = _says(each, RecordVersion.of_remote(each))
        same = None if each.id in found else free.get(says)
        if same:
            found[each.id] = same.pop(0)
    return Pairing(found)


def _made_by_us(
    remotes: Sequence[RemoteTimeOff], found: Mapping[str, str], sent: Sequence[SentRecord]
) -> dict[str, str]:
    """Return which of the vendor's were made by writes of which nobody knows; one by each."""
    made: dict[str, str] = {}
    for each in sent:
        if each.local_id in {*found.values(), *made.values()}:
            continue
        for remote in remotes:
            if remote.id not in found and remote.id not in made and each.is_it(remote):
                made[remote.id] = each.local_id
                break
    return made


def _says(record: RemoteTimeOff | PersonTimeOff, version: RecordVersion) -> tuple[str, str | None]:
    return version.fingerprint, record.reason


def _untied(here: Iterable[PersonTimeOff], tied: Collection[str]) -> Iterable[PersonTimeOff]:
    return (each for each in here if each.id not in tied)


def _minute(moment: time) -> int:
    return (moment.hour * HOUR + moment.minute * MINUTE) // MINUTE


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _digest(content: object) -> str:
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
