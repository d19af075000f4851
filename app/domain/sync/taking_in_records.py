"""What Procore has of a person's time off, laid over what is stored here: by three versions.

The company reads from it, so that whatever differs becomes the vendor's. Only a reason that was
removed here stays so (rules 4.7, 4.8). What is kept of the vendor's has nothing of a reason, not
even a digest: from one a word is easily guessed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any, Self

import orjson

from app.domain.durations import HOUR, MINUTE
from app.domain.erasure import REMOVED
from app.domain.errors import NoDayCounts, TooManyDays
from app.domain.person_time_off import PersonTimeOff, refuse_more_days
from app.domain.recurrence import DAYS_OF_A_WEEK, Repeat
from app.domain.sync.comparing import Verdict, compare
from app.domain.sync.given_instances import fitted_instances
from app.domain.sync.remote import BaseRecord
from app.domain.sync.remote_people import RemoteTimeOff
from app.domain.versions import next_version

Content = Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class LaidRecord:
    """A record as it was and as it is after the vendor's was laid over it.

    ``is_drift``: nothing has changed there since the last look, and yet it was otherwise here.
    ``replaced``: both had changed. ``is_as_ruled``: its instances are those that its rule makes.
    """

    before: PersonTimeOff | None
    after: PersonTimeOff
    is_drift: bool = False
    replaced: bool = False

    @property
    def is_change(self) -> bool:
        """Say whether anything is otherwise now."""
        return self.before != self.after

    @property
    def is_as_ruled(self) -> bool:
        """Say whether its instances are those that its rule makes."""
        return not self.after.exceptions


def lay_record(
    company_id: str,
    local_id: str,
    base: BaseRecord | None,
    stored: PersonTimeOff | None,
    remote: RemoteTimeOff,
    now: datetime,
    most_days: int,
) -> LaidRecord:
    """Return the record with what the vendor has. Raises a TimeOffError that no rule can hold."""
    after = _new(company_id, local_id, remote, now, most_days)
    theirs = RecordVersion.of_remote(remote)
    agreed = None if base is None else RecordVersion.of_content(base.content)
    if stored is None:
        return LaidRecord(None, after, is_drift=agreed == theirs)
    ours = RecordVersion.of_stored(stored)
    after = replace(
        after,
        reason=REMOVED if stored.reason == REMOVED else after.reason,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        split_from=stored.split_from,
    )
    has_other_reason = agreed is None and after.reason != stored.reason
    if after != stored:
        after = replace(after, updated_at=next_version(stored.updated_at, now))
    return LaidRecord(
        stored,
        after,
        is_drift=agreed == theirs and ours != theirs,
        replaced=compare(agreed, ours, theirs) is Verdict.CONFLICT or has_other_reason,
    )


def _new(
    company_id: str, local_id: str, remote: RemoteTimeOff, now: datetime, most_days: int
) -> PersonTimeOff:
    """Return the vendor's record as one of ours, or refuse it (rule 3.4)."""
    if sum(len(each.span) for each in remote.instances) > most_days * DAYS_OF_A_WEEK:
        raise TooManyDays(f"It lies on more days than a record may count: {most_days:,}.", ())
    fitted = fitted_instances(remote.id, remote.span, remote.rule, remote.instances)
    record = PersonTimeOff(
        id=local_id,
        company_id=company_id,
        person_id=remote.person_id,
        span=remote.span,
        last_day=remote.last_day,
        pattern=remote.pattern,
        is_paid=remote.is_paid,
        reason=remote.reason,
        rule=remote.rule,
        instance_ids=fitted.ids,
        created_at=remote.created_at or now,
        updated_at=now,
        exceptions=fitted.exceptions,
    )
    if not record.day_count:
        raise NoDayCounts("None of its days counts.", ())
    refuse_more_days(record, most_days)
    return record


def summary(record: PersonTimeOff) -> str:
    """Return when a record is, for people; nothing of why."""
    span, pattern, rule = record.span, record.pattern, record.rule
    days = f"{span.first}" if span.first == span.last else f"{span.first} to {span.last}"
    times = f"{pattern.start_time:%H:%M} to {pattern.end_time:%H:%M}"
    repeats = f", {rule.repeat.value} until {rule.until}" if rule else ""
    return f"{days}, {times}{repeats}, {'paid' if record.is_paid else 'unpaid'}"


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
) -> Pairing:
    """Return which record here each of the vendor's is.

    ``bases`` are by remote id, ``here`` are the person's records. It is what it was at the last
    look; else what has its id; else one that no other is, and that says the same: our own, or
    typed on both sides. The oldest of several.
    """
    found = {each.id: bases[each.id].local_key for each in remotes if each.id in bases}
    ids = {each.id for each in here}
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


def _says(record: RemoteTimeOff | PersonTimeOff, version: RecordVersion) -> tuple[str, str | None]:
    return version.fingerprint, record.reason


def _untied(here: Iterable[PersonTimeOff], tied: Collection[str]) -> Iterable[PersonTimeOff]:
    return (each for each in here if each.id not in tied)


def _minute(moment: time) -> int:
    return (moment.hour * HOUR + moment.minute * MINUTE) // MINUTE


def _digest(content: object) -> str:
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
