"""Entries and person time off, compared with their days and instances."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.db.connections.database import Transaction
from app.db.data_check import scan
from app.db.data_check.scan import DayOfRecord, NoPersonTimeOff
from app.db.reading.calendars import calendars
from app.domain.days import DaySpan
from app.domain.durations import hours_text
from app.domain.errors import TimeOffError
from app.domain.identifiers import person_subject, user_subject
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.domain.wire_formats import MAX_KANTATA_ID, is_kantata_id, is_uuid
from app.domain.workweek import Calendar
from app.services.data_check.findings import Findings, Step, Topic

DAYS_A_PIECE: Final = 50_000
"""A record may have tens of thousands of days: about so many are compared at a time."""


@dataclass(frozen=True, slots=True)
class _Expansion:
    """A record with the spans and the days that its own fields make."""

    record: PersonTimeOff
    spans: Sequence[DaySpan]
    days: Sequence[DayOfRecord]


async def check_entries(connection: Transaction, findings: Findings, step: Step) -> None:
    """Compare each entry with its day row, and with the hours possible on its day."""
    async for entries in scan.entries(connection):
        days_of = await scan.days_of(connection, [str(entry.id) for entry in entries])
        dates = [entry.requested_date for entry in entries]
        calendar_of = await calendars(
            connection,
            {entry.user_id: entry.company_id for entry in entries},
            DaySpan(min(dates), max(dates)),
        )
        for entry in entries:
            _compare_entry(entry, days_of[str(entry.id)], findings)
            _look_at_hours(entry, calendar_of[entry.user_id], findings)
        step(len(entries))


async def check_person_time_offs(connection: Transaction, findings: Findings, step: Step) -> None:
    """Compare each record with the instances and the day rows that it should have."""
    async for piece in scan.person_time_off(connection):
        for some in _batches(piece, findings):
            ids = [each.record.id for each in some]
            instances_of = await scan.instances_of(connection, ids)
            days_of = await scan.days_of(connection, ids)
            for each in some:
                _compare_instances(each, instances_of[each.record.id], findings)
                _compare_days(each, days_of[each.record.id], findings)
        step(len(piece))


async def check_lone_days(connection: Transaction, findings: Findings, step: Step) -> None:
    """Look for day rows whose record there is not."""
    async for piece in scan.records_of_days(connection):
        records = await scan.known_person_time_off(connection, list(filter(is_uuid, piece)))
        numbers = [int(text) for text in piece if is_kantata_id(text)]
        entries = await scan.known_entries(
            connection, [id_ for id_ in numbers if id_ <= MAX_KANTATA_ID]
        )
        known = records | set(map(str, entries))
        for record in piece:
            if record not in known:
                findings.add(Topic.LONE_DAY, f"there are day rows of {record}, but no such record")
        step(len(piece))


def _compare_entry(entry: TimeOffEntry, days: Sequence[DayOfRecord], findings: Findings) -> None:
    expected = DayOfRecord(
        entry.company_id, entry.requested_date, user_subject(entry.user_id), entry.seconds
    )
    name = _name_of(entry)
    if not days:
        findings.add(Topic.ENTRY_DAY, f"{name} has no day row")
    elif list(days) != [expected]:
        said = ", ".join(_words(day) for day in days)
        findings.add(Topic.ENTRY_DAY, f"{name} has {_words(expected)}; its day row has {said}")


def _look_at_hours(entry: TimeOffEntry, calendar: Calendar, findings: Findings) -> None:
    possible = calendar.possible_seconds(entry.requested_date)
    if entry.seconds > possible:
        hours = f"{hours_text(entry.seconds)} of {hours_text(possible)} possible"
        findings.add(Topic.OVERFULL_DAY, f"{_name_of(entry)} takes {hours}; it may be lowered")


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
        spans, days = record.spans, _days_of(record)
    except (TimeOffError, ValueError, TypeError, ArithmeticError) as error:
        findings.add(Topic.RECORD, f"{name} cannot be expanded: {_why(error)}")
        return None
    if not days or record.pattern.seconds_a_day == 0:
        findings.add(Topic.RECORD, f"{name} has no hours on any day")
    elif record.last_day != spans[-1].last:
        ends = f"ends on {record.last_day}, its last instance on {spans[-1].last}"
        findings.add(Topic.RECORD, f"{name} {ends}")
    return _Expansion(record, spans, days)


def _why(error: Exception) -> str:
    return error.message if isinstance(error, TimeOffError) else "no rule admits its fields"


def _days_of(record: PersonTimeOff) -> list[DayOfRecord]:
    starts, ends = record.pattern.interval
    return [
        DayOfRecord(
            company_id=record.company_id,
            day=day,
            subject=person_subject(record.person_id),
            seconds=ends - starts,
            starts=starts,
            ends=ends,
            is_paid=record.is_paid,
        )
        for day in record.counted_days()
    ]


def _compare_instances(
    expansion: _Expansion, instances: Sequence[tuple[date, date]], findings: Findings
) -> None:
    expected = [(span.first, span.last) for span in expansion.spans]
    stored = sorted(instances)
    if stored != expected:
        findings.add(
            Topic.INSTANCES,
            f"person time off {expansion.record.id} has {len(stored)} instances, "
            f"its rule makes {len(expected)}; they {_differ(expected, stored)}",
        )


def _compare_days(expansion: _Expansion, found: Sequence[DayOfRecord], findings: Findings) -> None:
    expected = sorted(expansion.days, key=_sort_key)
    stored = sorted(found, key=_sort_key)
    if stored != expected:
        differ = _differ([(each.day, each) for each in expected], [(d.day, d) for d in stored])
        findings.add(
            Topic.RECORD_DAYS,
            f"person time off {expansion.record.id} has {len(stored)} day rows, "
            f"its fields make {len(expected)}; they {differ}",
        )


def _differ(expected: Sequence[tuple[date, Any]], stored: Sequence[tuple[date, Any]]) -> str:
    """Say on which day the two differ first."""
    one_sided = set(expected) ^ set(stored)
    if not one_sided:
        return "are partly doubled"
    return f"differ first on {min(day for day, _ in one_sided)}"


def _sort_key(day: DayOfRecord) -> tuple[date, str, str]:
    return day.day, day.company_id, day.subject


def _name_of(entry: TimeOffEntry) -> str:
    return f"entry {entry.id} of user {entry.user_id} on {entry.requested_date}"


def _words(day: DayOfRecord) -> str:
    clock = "" if day.starts is None else " with clock times"
    return f"{hours_text(day.seconds)} of {day.subject} on {day.day} in {day.company_id}{clock}"
