"""Entries and person time off, compared with their days and instances."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.data_check import scan
from app.db.reading.calendars import calendars
from app.db.schema import conversions
from app.db.schema.tables import PersonTimeOffRow, TimeOffEntryRow
from app.domain.days import DaySpan
from app.domain.durations import hours_text
from app.domain.errors import TimeOffError
from app.domain.identifiers import person_subject, user_subject
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.domain.wire_formats import MAX_KANTATA_ID, is_kantata_id, is_uuid
from app.domain.workweek import Calendar
from app.services.data_check.findings import Findings, Kind

DAYS_A_PIECE: Final = 50_000
"""A record may have tens of thousands of days: about so many are compared at a time."""

Step = Callable[[int], None]
"""Hears how many more rows have been looked at."""


@dataclass(frozen=True, slots=True)
class _Day:
    """A day row, as it is or as it should be."""

    company_id: str
    day: date
    subject: str
    seconds: int
    starts: int | None = None
    ends: int | None = None
    is_paid: bool | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> "_Day":
        """Return what the row says."""
        return cls(
            row.company_id, row.day, row.subject, row.seconds, row.starts, row.ends, row.is_paid
        )


@dataclass(frozen=True, slots=True)
class _Expansion:
    """A record with the spans and the days that its own fields make."""

    record: PersonTimeOff
    spans: Sequence[DaySpan]
    days: Sequence[_Day]


async def check_entries(connection: AsyncConnection, findings: Findings, step: Step) -> None:
    """Compare each entry with its day row, and with the hours possible on its day."""
    table = TimeOffEntryRow
    keys = col(table.user_id), col(table.requested_date), col(table.id)
    async for piece in scan.pieces(connection, table, *keys):
        entries = [conversions.to_entry(row) for row in piece]
        days_of = await scan.days_of(connection, [str(entry.id) for entry in entries])
        dates = [entry.requested_date for entry in entries]
        calendar_of = await calendars(
            connection,
            {entry.user_id: entry.company_id for entry in entries},
            DaySpan(min(dates), max(dates)),
        )
        for entry in entries:
            _compare_entry(entry, [_Day.of(row) for row in days_of[str(entry.id)]], findings)
            _look_at_hours(entry, calendar_of[entry.user_id], findings)
        step(len(piece))


async def check_person_time_offs(
    connection: AsyncConnection, findings: Findings, step: Step
) -> None:
    """Compare each record with the instances and the day rows that it should have."""
    async for piece in scan.pieces(connection, PersonTimeOffRow, col(PersonTimeOffRow.id)):
        for some in _batches(piece, findings):
            ids = [each.record.id for each in some]
            instances_of = await scan.instances_of(connection, ids)
            days_of = await scan.days_of(connection, ids)
            for each in some:
                _compare_instances(each, instances_of[each.record.id], findings)
                _compare_days(each, days_of[each.record.id], findings)
        step(len(piece))


async def check_lone_days(connection: AsyncConnection, findings: Findings, step: Step) -> None:
    """Look for day rows whose record there is not."""
    async for piece in scan.records_of_days(connection):
        entry_ids = [int(text) for text in piece if is_kantata_id(text)]
        known = set[str]()
        known |= await scan.known(connection, PersonTimeOffRow, list(filter(is_uuid, piece)))
        numbers = [id_ for id_ in entry_ids if id_ <= MAX_KANTATA_ID]
        known |= set(map(str, await scan.known(connection, TimeOffEntryRow, numbers)))
        for record in piece:
            if record not in known:
                findings.add(Kind.LONE_DAY, f"there are day rows of {record}, but no such record")
        step(len(piece))


def _compare_entry(entry: TimeOffEntry, days: Sequence[_Day], findings: Findings) -> None:
    expected = _Day(
        entry.company_id, entry.requested_date, user_subject(entry.user_id), entry.seconds
    )
    name = _name_of(entry)
    if not days:
        findings.add(Kind.ENTRY_DAY, f"{name} has no day row")
    elif list(days) != [expected]:
        said = ", ".join(_words(day) for day in days)
        findings.add(Kind.ENTRY_DAY, f"{name} has {_words(expected)}; its day row has {said}")


def _look_at_hours(entry: TimeOffEntry, calendar: Calendar, findings: Findings) -> None:
    possible = calendar.possible_seconds(entry.requested_date)
    if entry.seconds > possible:
        hours = f"{hours_text(entry.seconds)} of {hours_text(possible)} possible"
        findings.add(Kind.OVERFULL_DAY, f"{_name_of(entry)} takes {hours}; it may be lowered")


def _batches(piece: Sequence[Row[Any]], findings: Findings) -> Iterator[list[_Expansion]]:
    """Yield the records that can be expanded, so many that their days fit into memory."""
    batch: list[_Expansion] = []
    size = 0
    for row in piece:
        if expansion := _expand(row, findings):
            batch.append(expansion)
            size += len(expansion.days)
        if size > DAYS_A_PIECE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _expand(row: Row[Any], findings: Findings) -> _Expansion | None:
    name = f"person time off {row.id}"
    try:
        record = conversions.to_person_time_off(row)
        spans, days = record.spans, _days_of(record)
    except (TimeOffError, ValueError, TypeError, ArithmeticError) as error:
        why = error.message if isinstance(error, TimeOffError) else "no rule admits its fields"
        findings.add(Kind.RECORD, f"{name} cannot be expanded: {why}")
        return None
    if not days or record.pattern.seconds_a_day == 0:
        findings.add(Kind.RECORD, f"{name} has no hours on any day")
    elif record.last_day != spans[-1].last:
        ends = f"ends on {record.last_day}, its last instance on {spans[-1].last}"
        findings.add(Kind.RECORD, f"{name} {ends}")
    return _Expansion(record, spans, days)


def _days_of(record: PersonTimeOff) -> list[_Day]:
    starts, ends = record.pattern.interval
    subject = person_subject(record.person_id)
    return [
        _Day(record.company_id, day, subject, ends - starts, starts, ends, record.is_paid)
        for day in record.counted_days()
    ]


def _compare_instances(
    expansion: _Expansion, instances: Sequence[Row[Any]], findings: Findings
) -> None:
    expected = [(span.first, span.last) for span in expansion.spans]
    stored = sorted((row.start_day, row.end_day) for row in instances)
    if stored != expected:
        findings.add(
            Kind.INSTANCES,
            f"person time off {expansion.record.id} has {len(stored)} instances, "
            f"its rule makes {len(expected)}; they {_differ(expected, stored)}",
        )


def _compare_days(expansion: _Expansion, found: Sequence[Row[Any]], findings: Findings) -> None:
    key = _sort_key
    expected = sorted(expansion.days, key=key)
    stored = sorted(map(_Day.of, found), key=key)
    if stored != expected:
        differ = _differ([(each.day, each) for each in expected], [(d.day, d) for d in stored])
        findings.add(
            Kind.RECORD_DAYS,
            f"person time off {expansion.record.id} has {len(stored)} day rows, "
            f"its fields make {len(expected)}; they {differ}",
        )


def _differ(expected: Sequence[tuple[date, Any]], stored: Sequence[tuple[date, Any]]) -> str:
    """Say on which day the two differ first."""
    one_sided = set(expected) ^ set(stored)
    if not one_sided:
        return "are partly doubled"
    return f"differ first on {min(day for day, _ in one_sided)}"


def _sort_key(day: _Day) -> tuple[date, str, str]:
    return day.day, day.company_id, day.subject


def _name_of(entry: TimeOffEntry) -> str:
    return f"entry {entry.id} of user {entry.user_id} on {entry.requested_date}"


def _words(day: _Day) -> str:
    clock = "" if day.starts is None else " with clock times"
    return f"{hours_text(day.seconds)} of {day.subject} on {day.day} in {day.company_id}{clock}"
