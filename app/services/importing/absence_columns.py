"""What the files of absences may say: entries of Kantata OX, person time off of Procore."""

import re
from datetime import date, time
from typing import Any, Final

from app.domain.errors import InvalidValue
from app.domain.recurrence import Repeat
from app.domain.time_off_entries import ReferenceStatus
from app.domain.wire_formats import parse_local_time
from app.services.importing.columns import (
    Column,
    FileNoun,
    read_day,
    read_id_text,
    read_text,
    read_whole_number,
)

_NUMBER: Final = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,12}))?", re.ASCII)
_SHORT_CLOCK: Final = re.compile(r"([0-9]{1,2}:[0-9]{2})(?::00)?", re.ASCII)
_MIDNIGHT: Final = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?Z?", re.ASCII)
_YES: Final = ("true", "yes", "y", "1", "paid")
_NO: Final = ("false", "no", "n", "0", "unpaid")
_HH_MM: Final = len("07:30")


def _hours(value: object) -> float:
    """Return hours; a text may have a decimal comma: nobody has a thousand of them a day."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        whole, fraction = match.groups()
        return float(f"{whole}.{fraction or 0}")
    msg = "Hours are a number, such as 7.5."
    raise InvalidValue(msg)


def _day(value: object) -> date:
    """Return a day; spreadsheets and databases write midnight behind it."""
    return read_day(_MIDNIGHT.sub("", value) if isinstance(value, str) else value)


def _clock(value: object) -> time:
    text = read_text(value)
    if match := _SHORT_CLOCK.fullmatch(text):
        text = match[1].rjust(_HH_MM, "0")
    return parse_local_time(text)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in _YES or text in _NO:
        return text in _YES
    msg = "This is true or false."
    raise InvalidValue(msg)


def _cadence(value: object) -> int:
    return read_whole_number(value, "A cadence is")


def _repeat(value: object) -> Repeat:
    try:
        return Repeat(read_text(value).lower())
    except ValueError:
        msg = f"A repeat is one of {', '.join(each.name for each in Repeat)}."
        raise InvalidValue(msg) from None


def _status(value: object) -> ReferenceStatus:
    try:
        return ReferenceStatus(read_text(value).lower())
    except ValueError:
        msg = f"A status is one of {', '.join(each.name for each in ReferenceStatus)}."
        raise InvalidValue(msg) from None


def _optional(name: str, read: Any = read_text, *aliases: str) -> Column:  # noqa: ANN401
    return Column(name, read, is_required=False, aliases=aliases)


WHO: Final = (
    _optional("company_id", read_id_text),
    _optional("email", read_text, "email_address", "mail", "work_email"),
    _optional(
        "employee_number",
        read_id_text,
        "employee_no",
        "personnel_number",
        "personnel_no",
        "employee_id",
    ),
)
REFERENCE: Final = (
    _optional("service_name"),
    _optional("service_model"),
    _optional(
        "service_model_ref", read_id_text, "reference", "external_id", "absence_id", "request_id"
    ),
)

ENTRIES: Final = FileNoun(
    "time_off_entries",
    (
        _optional("user_id", read_id_text),
        *WHO,
        Column("requested_date", _day, aliases=("date", "day")),
        Column("hours", _hours, aliases=("hours_off",)),
        *REFERENCE,
        _optional("status", _status),
        _optional("external_message"),
        _optional("external_link"),
        _optional("external_status"),
        _optional("locked", _flag),
    ),
)
PERSON_TIME_OFF: Final = FileNoun(
    "person_time_off",
    (
        _optional("source_id", read_id_text),
        _optional("person_id", read_id_text),
        *WHO,
        Column("start_day", _day, aliases=("start_date", "from", "first_day")),
        Column("end_day", _day, aliases=("end_date", "to", "until", "last_day")),
        Column("batch_start_time", _clock, aliases=("start_time",)),
        Column("batch_end_time", _clock, aliases=("end_time",)),
        _optional("apply_to_saturday", _flag),
        _optional("apply_to_sunday", _flag),
        Column("is_paid", _flag, aliases=("paid",)),
        Column("reason", read_text, aliases=("type", "absence_type", "leave_type")),
        _optional("repeat", _repeat),
        _optional("cadence", _cadence),
        _optional("repeat_end_day", _day),
        *REFERENCE,
    ),
)
ABSENCES: Final = (ENTRIES, PERSON_TIME_OFF)
