"""The text forms of days, clock times, ids and free text. Nothing else parses them.

``strptime`` and ``int`` accept far more than the vendors do (non-ASCII digits, ``1_000``,
a century that pivots at 69), so every form is an ASCII pattern (rule 1.7).
"""

import re
from datetime import date, time
from typing import Final

from app.domain.errors import InvalidValue
from app.domain.texts import is_blank

MAX_KANTATA_ID: Final = 2**63 - 1
MAX_NAME_LENGTH: Final = 255
MAX_TEXT_LENGTH: Final = 2_000

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MM_DD_YY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})", re.ASCII)
_CENTURY = 2000
_CLOCK_24 = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_CLOCK_12 = re.compile(r"(0?[1-9]|1[0-2]):([0-5]\d) ?([AaPp])[Mm]", re.ASCII)
_NOON = 12
_NO_SUCH_DAY = "There is no such day in the calendar."
_KANTATA_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
# NUL and lone surrogates cannot be stored by PostgreSQL; the other controls are never text.
_UNFIT_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def parse_iso_day(text: str) -> date:
    """Read an ISO 8601 calendar date, ``YYYY-MM-DD`` and nothing else of ISO (rule 1.5).

    >>> parse_iso_day("2023-11-01")
    datetime.date(2023, 11, 1)
    """
    if _ISO_DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise InvalidValue(_NO_SUCH_DAY) from None
    msg = "A day is written YYYY-MM-DD, such as 2023-11-01."
    raise InvalidValue(msg)


def parse_mm_dd_yy(text: str) -> date:
    """Read a Procore day; its two-digit years are 2000 to 2099 (rule 1.5).

    >>> parse_mm_dd_yy("10/23/69")
    datetime.date(2069, 10, 23)
    """
    if match := _MM_DD_YY.fullmatch(text):
        month, day, year = map(int, match.groups())
        return _real_day(_CENTURY + year, month, day)
    msg = "A day is written MM/DD/YY, such as 10/23/23."
    raise InvalidValue(msg)


def parse_day(text: str) -> date:
    """Read a day in either vendor's form: Procore's if it has a slash (rule 1.5)."""
    if "/" in text:
        return parse_mm_dd_yy(text)
    return parse_iso_day(text)


def format_mm_dd_yy(day: date) -> str:
    """Write a day the way Procore answers it.

    >>> format_mm_dd_yy(date(2023, 11, 1))
    '11/01/23'
    """
    return f"{day.month:02}/{day.day:02}/{day.year % 100:02}"


def parse_clock(text: str) -> time:
    """Read a Procore clock time (rule 1.6).

    >>> parse_clock("7:30 AM"), parse_clock("12:15am")
    (datetime.time(7, 30), datetime.time(0, 15))
    """
    if match := _CLOCK_12.fullmatch(text):
        hour, minute, half = match.groups()
        afternoon = half in "Pp"
        return time(int(hour) % _NOON + _NOON * afternoon, int(minute))
    msg = "A time of day is written H:MM AM or H:MM PM, such as 7:30 AM."
    raise InvalidValue(msg)


def parse_local_time(text: str) -> time:
    """Read a time of day as ``HH:MM``, or in Procore's form (rule 1.6)."""
    if match := _CLOCK_24.fullmatch(text):
        hour, minute = map(int, match.groups())
        return time(hour, minute)
    try:
        return parse_clock(text)
    except InvalidValue:
        msg = "A time of day is written HH:MM or H:MM AM, such as 07:30 or 7:30 AM."
        raise InvalidValue(msg) from None


def format_clock(moment: time) -> str:
    """Write a time of day the way Procore answers it.

    >>> format_clock(time(0, 15)), format_clock(time(15, 30))
    ('12:15 AM', '3:30 PM')
    """
    half = "PM" if moment.hour >= _NOON else "AM"
    return f"{moment.hour % _NOON or _NOON}:{moment.minute:02} {half}"


def format_local_time(moment: time) -> str:
    """Write a time of day as ``HH:MM``, as GraphQL answers it (rule 1.6)."""
    return f"{moment.hour:02}:{moment.minute:02}"


def is_kantata_id(text: str) -> bool:
    """Say whether the text is a number of 1 to 19 digits, as Kantata's ids are (rule 6.2)."""
    return _KANTATA_ID.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Say whether the text has the form of a Procore id: a UUID with its hyphens."""
    return _UUID.fullmatch(text) is not None


def fit_text(text: str, *, longest: int = MAX_TEXT_LENGTH) -> str:
    """Return text that both databases can hold, or refuse it; ``longest`` is in code points."""
    _refuse_unfit_characters(text)
    if len(text) > longest:
        msg = f"Text has at most {longest} characters."
        raise InvalidValue(msg)
    return text


def trim(text: str) -> str:
    """Return the text without blanks around it; control characters are refused, not trimmed."""
    _refuse_unfit_characters(text)
    return text.strip()


def fit_name(text: str) -> str:
    """Return text that says something, on one line, of at most MAX_NAME_LENGTH characters."""
    if is_blank(text):
        msg = "Text must not be blank."
        raise InvalidValue(msg)
    if "\n" in text or "\r" in text:
        msg = "Text must be on one line."
        raise InvalidValue(msg)
    return fit_text(text, longest=MAX_NAME_LENGTH)


def _refuse_unfit_characters(text: str) -> None:
    if _UNFIT_CHARACTER.search(text):
        msg = "Text has no control characters and no lone surrogates."
        raise InvalidValue(msg)


def _real_day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise InvalidValue(_NO_SUCH_DAY) from None
