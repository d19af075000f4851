"""What conversions say in words, either way: what was taken back, and what is lost (rule 4.4)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from app.domain.days import DayRange
from app.domain.durations import hours_text, is_quarter_hours
from app.domain.losses import ClockTimes, Loss, LossCode
from app.domain.mirror import (
    rounded_to_quarter_hours,
)
from app.domain.mirror_days import DayPlan
from app.domain.mirror_entries import NeededEntry
from app.domain.person_time_off import PersonTimeOff
from app.domain.warnings import Warning, WarningCode
from app.domain.wire_formats import format_local_time

K = TypeVar("K", bound=Hashable)


def warnings_of_days(plans: Sequence[DayPlan]) -> list[Warning]:
    """Return warnings of hours taken back (4.4) and of those that are no quarter hours (1.2)."""
    return [*_taken_from_former_users(plans), *_taken_of_former_people(plans), *_uneven(plans)]


def left_out(days: Collection[date]) -> Warning:
    """Return the warning that days of a record went to nobody: its person is no user."""
    message = (
        f"{_days(days)} of the record went to nobody: the person is not known to Kantata OX. "
        "Link the worker to a user, then mirror the record again."
    )
    return Warning(WarningCode.PERSON_WITHOUT_USER, message, ("id",))


def lost_of_record(record: PersonTimeOff, window: DayRange) -> list[Loss]:
    """Say what Kantata cannot keep of a record's days in the window.

    Never its reason.
    """
    instances = record.instances
    inside = [each for each in instances if any(day in window for day in each.counted_days())]
    said = inside or instances
    patterns = (each.pattern for each in said)
    times = list(dict.fromkeys(ClockTimes(each.start_time, each.end_time) for each in patterns))
    spelt = [" to ".join(map(format_local_time, (each.starts, each.ends))) for each in times]
    paid = dict.fromkeys("paid" if each.is_paid else "unpaid" for each in said)
    of_times = f"The clock times {', '.join(spelt)}: an entry has hours only."
    of_paid = f"That it is {' or '.join(paid)}: an entry does not say."
    return [
        Loss(LossCode.CLOCK_TIMES, of_times, times=times),
        Loss(LossCode.REASON, "The reason: an entry has none."),
        Loss(LossCode.PAID, of_paid),
        *_lost_series(len(inside), len(instances)),
    ]


def _lost_series(inside: int, count: int) -> Iterator[Loss]:
    """Say what becomes of so many instances in the window, of so many of the record."""
    if count == 1:
        return
    which = f"its {inside}" if inside == count else f"{inside} of its {count}"
    become = "becomes an entry of its own" if inside == 1 else "become entries of their own"
    message = f"The series: {which} instances {become}."
    yield Loss(LossCode.SERIES, message, instances=inside, of_instances=count)


def _taken_from_former_users(plans: Sequence[DayPlan]) -> Iterator[Warning]:
    former = [plan for plan in plans if plan.is_of_former_user]
    for user_id, of_user in _grouped(former, lambda plan: plan.user_id):
        linked = of_user[0].worker.user_id
        now = "no user" if linked is None else f"user {linked}"
        message = f"{_taken(of_user)} user {user_id}: the person is linked with {now} now."
        yield Warning(WarningCode.HOURS_TAKEN_BACK, message, ("id",))


def _taken_of_former_people(plans: Sequence[DayPlan]) -> Iterator[Warning]:
    former = [plan for plan in plans if plan.former_person]
    by_both = _grouped(former, lambda plan: (plan.user_id, plan.former_person))
    for (user_id, person_id), alike in by_both:
        message = (
            f"{_taken(alike)} user {user_id}: they were of person {person_id}, with whom the user "
            "is not linked now. Mirror a record of that person too."
        )
        yield Warning(WarningCode.HOURS_TAKEN_BACK, message, ("id",))


def _uneven(plans: Sequence[DayPlan]) -> Iterator[Warning]:
    """Yield warnings of hours that Procore brings and Kantata does not recommend (rule 1.2)."""
    uneven = [
        plan
        for plan in plans
        if plan.settlement.brought
        and plan.settlement.seconds != plan.seconds_before
        and not is_quarter_hours(plan.settlement.seconds)
    ]
    for seconds, alike in _grouped(uneven, lambda plan: plan.settlement.seconds):
        message = (
            f"{hours_text(seconds)} on {_days([plan.day for plan in alike])} is no multiple of a "
            "quarter hour, as Kantata OX recommends: the workday has no more."
        )
        yield Warning(WarningCode.NOT_QUARTER_HOUR, message, ("id",))


def _taken(plans: Sequence[DayPlan]) -> str:
    """Say what was taken, up to the word before whom it was taken from."""
    brought = sum(
        min(plan.mark.brought_seconds, plan.seconds_before) for plan in plans if plan.mark
    )
    days = _days([plan.day for plan in plans])
    if not brought:
        return f"The mark of {days} was taken from"
    return f"{hours_text(brought)} on {days} were taken from"


def _days(days: Collection[date]) -> str:
    """Name one day, or say how many there are from which to which."""
    first, last = min(days), max(days)
    return f"{first}" if first == last else f"{len(days)} days ({first} to {last})"


def _grouped(
    plans: Iterable[DayPlan], key: Callable[[DayPlan], K]
) -> Iterable[tuple[K, list[DayPlan]]]:
    grouped: dict[K, list[DayPlan]] = defaultdict(list)
    for plan in plans:
        grouped[key(plan)].append(plan)
    return grouped.items()


def lost_of_entries(entries: Sequence[NeededEntry], records: int) -> list[Loss]:
    """Say what the records cannot keep of the entries that they stand for."""
    if not entries:
        return []
    stand = "1 record stands" if records == 1 else f"{records} records stand"
    count = len(entries)
    of_identity = f"The entries' own identity: {stand} for {_count(count)}."
    of_references = "Other systems' references: they stay on the entries."
    return [
        Loss(LossCode.ENTRY_IDENTITY, of_identity, entries=count, records=records),
        Loss(LossCode.EXTERNAL_REFERENCES, of_references),
        Loss(LossCode.SUBMITTED, "When each entry was submitted."),
        *_lost_hours(entries),
    ]


def _lost_hours(entries: Sequence[NeededEntry]) -> Iterator[Loss]:
    """Say by how much hours were rounded to quarters, each amount once."""
    rounded = Counter(each.entry.seconds for each in entries if each.seconds != each.entry.seconds)
    for seconds, count in sorted(rounded.items()):
        quarters = rounded_to_quarter_hours(seconds)
        by = hours_text(abs(quarters - seconds)) + (" more" if quarters > seconds else " less")
        stand, each = ("stands", "") if count == 1 else ("stand", " each")
        message = (
            f"Hours beside quarter hours: {_count(count)} of {hours_text(seconds)} {stand} as "
            f"{hours_text(quarters)}, {by}{each}."
        )
        yield Loss(
            LossCode.QUARTER_HOURS,
            message,
            entries=count,
            seconds_before=seconds,
            seconds_after=quarters,
        )


def _count(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries} entries"
