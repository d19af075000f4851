"""Procore Workforce Planning's answers, read with suspicion: what does not fit is told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

import orjson

from app.domain.days import DaySpan, within_calendar
from app.domain.errors import InvalidValue, TimeOffError
from app.domain.pattern import Pattern
from app.domain.person_time_off import MAX_REASON_LENGTH
from app.domain.recurrence import MAX_INSTANCES, Repeat, RepeatRule
from app.domain.sync.given_instances import first_span
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.remote_people import (
    NO_REASON,
    GivenInstance,
    RemoteTimeOff,
    SurveyPage,
    TimeOffPage,
)
from app.domain.sync.sweeping import PEOPLE_OF_A_PAGE
from app.domain.texts import is_blank
from app.domain.wire_formats import fit_text, is_uuid, parse_clock, parse_day
from app.vendors.client import unreadable

Json = Mapping[str, Any]

MOST_ROWS: Final = 5 * PEOPLE_OF_A_PAGE
"""Of one answer, whatever it calls a page."""
LARGEST_CADENCE: Final = 10_000
"""Nothing comes back more rarely within the calendar: not even weeks."""
_ONE_INSTANCE: Final = UUID("6d2e0b7a-0f0e-5a53-8f5e-7f0a4d1a9b10")
"""The namespace of the id of an instance that the vendor does not list."""
_OF_SURVEYS: Final = (
    "start_day",
    "end_day",
    "start_time",
    "end_time",
    "batch_start_time",
    "batch_end_time",
    "is_paid",
    "repeat",
)
"""Not why: from a digest a word is easily guessed."""


def read_time_off(document: Json, person_id: str) -> TimeOffPage:
    """Read a page of a person's time off.

    Raises VendorFailure where it is no such page, or one of somebody else; a record that no rule
    can hold is a problem.
    """
    ids, records, problems = [], [], []
    for row in rows(document):
        id_ = row.get("id")
        if not isinstance(id_, str) or not is_uuid(id_):
            raise unreadable("It lists time off without an id.")
        whose = row.get("person_id", person_id)
        if not isinstance(whose, str) or whose.lower() != person_id:
            raise unreadable("It answers about somebody else than it was asked about.")
        ids.append(id_.lower())
        try:
            records.append(_record(id_.lower(), person_id, row))
        except TimeOffError as unfit:
            problems.append(RemoteProblem(id_.lower(), unfit.code, unfit.message))
    pagination = document.get("pagination")
    total = pagination.get("total_possible") if isinstance(pagination, Mapping) else None
    return TimeOffPage(ids, records, problems, read_count(total))


def read_record(document: Json, person_id: str, id_: str | None = None) -> RemoteTimeOff:
    """Read one record of a person's; None as id: whichever it is.

    Raises VendorFailure where it is none, of somebody else, another one, or no rule can hold it.
    """
    data = document.get("data", document)
    page = read_time_off({"data": data if isinstance(data, list) else [data]}, person_id)
    if len(page.records) != 1 or id_ not in {None, page.records[0].id}:
        raise unreadable("It answers no such record, or another one than it was asked about.")
    return page.records[0]


def read_survey(document: Json) -> SurveyPage:
    """Read a page of a survey: of each person a digest of their time off, in whatever order."""
    page = _unwrapped(document)
    found = {}
    listed = rows(page)
    for row in listed:
        person = row.get("person_id")
        if isinstance(person, str) and is_uuid(person):
            found[person.lower()] = _digest(row.get("timeoff"))
    return SurveyPage(found, len(listed), read_count(page.get("possible_pages")))


def rows(document: Json) -> Sequence[Json]:
    """Return the objects of a list, or raise VendorFailure."""
    listed = document.get("data")
    if not isinstance(listed, list) or len(listed) > MOST_ROWS:
        raise unreadable("Its answer has no list, or one that is too long.")
    if not all(isinstance(each, dict) for each in listed):
        raise unreadable("Its list has something else than objects.")
    return listed


def word(value: object) -> str:
    """Return a text, a number or a flag as text; of anything else, however deep, nothing."""
    return str(value) if isinstance(value, str | int | float) else ""


def read_count(value: object) -> int | None:
    """Return a number of rows or pages; None where it is none."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and isinstance(value, int) and value >= 0 else None


def _unwrapped(document: Json) -> Json:
    """Return a page that is documented to be the one object of a list."""
    listed = document.get("data")
    if "possible_pages" not in document and isinstance(listed, list) and len(listed) == 1:
        only = listed[0]
        if isinstance(only, dict) and isinstance(only.get("data"), list):
            return only
    return document


def _digest(timeoff: object) -> str:
    """Return what tells two lists of the same person's time off apart; of none it is empty."""
    if not isinstance(timeoff, list) or not timeoff:
        return ""
    known = sorted(
        orjson.dumps([word(each.get(name)) for name in _OF_SURVEYS])
        for each in timeoff
        if isinstance(each, dict)
    )
    return sha256(b"".join(known)).hexdigest()[:32]


def _record(id_: str, person_id: str, row: Json) -> RemoteTimeOff:
    pattern = Pattern(
        _clock(row, "batch_start_time"),
        _clock(row, "batch_end_time"),
        _flag(row, "apply_to_saturday"),
        _flag(row, "apply_to_sunday"),
    )
    if pattern.start_time == pattern.end_time:
        raise InvalidValue("It starts and ends at the same time of day.", ("batch_end_time",))
    start, rule = _day(row, "start_day"), _rule(row)
    given = _instances(id_, row, rule)
    span = first_span(start, given)
    within_calendar(span.last)
    return RemoteTimeOff(
        id=id_,
        person_id=person_id,
        span=span,
        pattern=pattern,
        is_paid=_flag(row, "is_paid"),
        reason=_reason(row),
        rule=rule,
        instances=given,
        created_at=_instant(row.get("created_at")),
    )


def _instances(id_: str, row: Json, rule: RepeatRule | None) -> Sequence[GivenInstance]:
    """Return its instances by day; one that does not repeat and lists none has one."""
    listed = row.get("instances")
    if listed in (None, []) and rule is None:
        span = DaySpan(_day(row, "start_day"), _day(row, "end_day"))
        return (GivenInstance(str(uuid5(_ONE_INSTANCE, id_)), span),)
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_INSTANCES:
        message = f"It lists its instances, 1 to {MAX_INSTANCES:,} of them."
        raise InvalidValue(message, ("instances",))
    found = [_instance(each) for each in listed]
    if len({each.id for each in found}) < len(found):
        raise InvalidValue("Two of its instances have one id.", ("instances",))
    return sorted(found, key=lambda each: (each.span.first, each.span.last, each.id))


def _instance(row: object) -> GivenInstance:
    if not isinstance(row, dict) or not is_uuid(word(row.get("id"))):
        raise InvalidValue("An instance has an id, and two days.", ("instances",))
    span = DaySpan(_day(row, "start_day"), _day(row, "end_day"))
    return GivenInstance(str(row["id"]).lower(), span)


def _rule(row: Json) -> RepeatRule | None:
    repeat = row.get("repeat")
    if repeat in (None, Repeat.NEVER.value):
        return None
    if not isinstance(repeat, str) or repeat not in set(Repeat):
        raise InvalidValue("How it repeats is no word that is known.", ("repeat",))
    cadence = row.get("cadence")
    if not isinstance(cadence, int) or isinstance(cadence, bool):
        raise InvalidValue("cadence is no number.", ("cadence",))
    if cadence > LARGEST_CADENCE:
        raise InvalidValue(f"cadence is {LARGEST_CADENCE:,} at most.", ("cadence",))
    return RepeatRule(Repeat(repeat), cadence, _day(row, "repeat_end_day"))


def _day(row: Json, name: str) -> date:
    value = row.get(name)
    if not isinstance(value, str):
        raise InvalidValue(f"{name} is no day.", (name,))
    return within_calendar(parse_day(value))


def _clock(row: Json, name: str) -> time:
    value = row.get(name)
    if not isinstance(value, str):
        raise InvalidValue(f"{name} is no time of day.", (name,))
    return parse_clock(value)


def _flag(row: Json, name: str) -> bool:
    value = row.get(name)
    if not isinstance(value, bool):
        raise InvalidValue(f"{name} is neither true nor false.", (name,))
    return value


def _reason(row: Json) -> str:
    """Return the reason, which may be missing there; nothing of it is in a refusal (rule 4.6)."""
    value = row.get("reason")
    if value is None:
        return NO_REASON
    if not isinstance(value, str):
        raise InvalidValue("reason is no text.", ("reason",))
    return NO_REASON if is_blank(value) else fit_text(value, longest=MAX_REASON_LENGTH)


def _instant(value: object) -> datetime | None:
    """Return the instant of milliseconds since 1970; None where that is not what it is."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
