"""Entries, compared with the hours of their days; person time off, with its day rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Final

from app.db.connections.database import Transaction
from app.db.data_check import scan
from app.db.data_check.scan import DayOfRecord, HoursOfEntry, IdsUnreadable, NoPersonTimeOff
from app.db.reading.calendars import calendars
from app.domain.days import DaySpan
from app.domain.durations import hours_text
from app.domain.errors import TimeOffError
from app.domain.person_time_off import PersonTimeOff
from app.domain.workweek import Calendar
from app.services.data_check.findings import MOST_LISTED, Findings, Step, Topic

DAYS_A_PIECE: Final = 50_000
"""A record may have tens of thousands of days: about so many are compared at a time."""


@dataclass(frozen=True, slots=True)
class _Expansion:
    """A record with the days that its own fields make."""

    record: PersonTimeOff
    days: list[DayOfRecord]


async def check_entries(connection: Transaction, findings: Findings, step: Step) -> None:
    """Compare each entry with the hours possible on its day; see that the rest can be read."""
    for id_ in await scan.unreadable_entries(connection, MOST_LISTED + 1):
        what = f"entry {id_} has a created_at, updated_at or submission_date that cannot be read"
        findings.add(Topic.UNREADABLE, what)
    async for entries in scan.hours_of_entries(connection):
        dates = {day for _, day, _, _ in entries}
        of_users = {id_: list(own) for id_, own in groupby(entries, itemgetter(0))}
        companies = await scan.companies_of(connection, of_users)  # without those who are not there
        calendar_of = await calendars(connection, companies, DaySpan(min(dates), max(dates)))
        shared: dict[str, dict[date, int]] = defaultdict(dict)
        for user_id, calendar in calendar_of.items():
            known = {} if calendar.own else shared[companies[user_id]]
            _look_at_hours(of_users[user_id], calendar, known, findings)
        step(len(entries))


async def check_person_time_offs(connection: Transaction, findings: Findings, step: Step) -> None:
    """Compare each record with the day rows that it should have."""
    async for piece in scan.person_time_off(connection):
        for some in _batches(piece, findings):
            days_of = await scan.days_of(connection, [each.record for each in some])
            for each in some:
                _compare_days(each, days_of[each.record.id], findings)
        step(len(piece))


def _look_at_hours(
    entries: Iterable[HoursOfEntry],
    calendar: Calendar,
    known: dict[date, int],
    findings: Findings,
) -> None:
    """Compare a user's entries with the calendar; ``known`` has of its days what was asked."""
    for user_id, day, id_, seconds in entries:
        possible = known.get(day)
        if possible is None:
            possible = known[day] = calendar.possible_seconds(day)
        if seconds > possible:
            hours = f"{hours_text(seconds)} of {hours_text(possible)} possible"
            what = f"entry {id_} of user {user_id} on {day} takes {hours}; it may be lowered"
            findings.add(Topic.OVERFULL_DAY, what)


def _batches(
    piece: Sequence[PersonTimeOff | NoPersonTimeOff], findings: Findings
) -> Iterator[list[_Expansion]]:
    """Yield the records that can be expanded, so many that their days fit into memory."""
    batch: list[_Expansion] = []
    size = 0
    for record in piece:
        if expansion := _expand(record, findings):
            batch.append(expansion)
            size += len(expansion.days)
        if size > DAYS_A_PIECE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _expand(record: PersonTimeOff | NoPersonTimeOff, findings: Findings) -> _Expansion | None:
    """Return what the record makes; None, and a finding, where no rule admits its fields."""
    name = f"person time off {record.id}"
    if isinstance(record, NoPersonTimeOff):
        findings.add(Topic.RECORD, f"{name} cannot be expanded: {_why(record.error)}")
        return None
    try:
        occurrences, instances, days = record.occurrences, record.instances, _days_of(record)
    except (TimeOffError, ValueError, TypeError, LookupError, ArithmeticError) as error:
        findings.add(Topic.RECORD, f"{name} cannot be expanded: {_why(error)}")
        return None
    if not days or any(day.starts == day.ends for day in days):
        findings.add(Topic.RECORD, f"{name} has no hours on any day")
    elif record.last_day != (last := max(each.span.last for each in instances)):
        findings.add(Topic.RECORD, f"{name} ends on {record.last_day}, its last instance on {last}")
    elif len(record.instance_ids) > len(occurrences):
        kept = f"{len(record.instance_ids)} ids for {len(occurrences)} instances"
        findings.add(Topic.RECORD, f"{name} keeps {kept}")
    elif len({each.id for each in occurrences}) < len(occurrences):
        findings.add(Topic.RECORD, f"{name} has one id for two of its instances")
    elif len(record.excepted) < len(record.exceptions):
        findings.add(Topic.RECORD, f"{name} has exceptions on days that its rule does not have")
    return _Expansion(record, days)


def _why(error: Exception) -> str:
    if isinstance(error, IdsUnreadable):
        return "the ids of its instances cannot be read"
    return error.message if isinstance(error, TimeOffError) else "no rule admits its fields"


def _days_of(record: PersonTimeOff) -> list[DayOfRecord]:
    return [
        DayOfRecord(day, brought.starts, brought.ends, brought.is_paid)
        for day, brought in record.clocked_days()
    ]


def _compare_days(expansion: _Expansion, stored: Sequence[DayOfRecord], findings: Findings) -> None:
    made = expansion.days
    if made == stored:  # in this order: as sets they take three times as long
        return
    if different := set(made) ^ set(stored):
        first = min(day.day for day in different)
        what = (
            f"has {len(stored)} day rows, its fields make {len(made)}; they differ"
            if len(stored) != len(made)
            else f"has day rows with other {_differing(stored, made)} than its fields make,"
        )
        findings.add(
            Topic.RECORD_DAYS, f"person time off {expansion.record.id} {what} first on {first}"
        )


def _differing(stored: Sequence[DayOfRecord], made: Sequence[DayOfRecord]) -> str:
    """Return in words what as many rows have otherwise: days, or else what is said of them."""
    if [row.day for row in stored] != [row.day for row in made]:
        return "days"
    times = any(one[1:3] != other[1:3] for one, other in zip(stored, made, strict=True))
    pay = any(one.is_paid != other.is_paid for one, other in zip(stored, made, strict=True))
    return " and ".join(["clock times"] * times + ["pay"] * pay)
