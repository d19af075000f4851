"""The vendors' wire types: how each is read, and how the OpenAPI document describes it.

Everything is strict: a string is no number, a number is no string, and an id is only the
vendor's own (never a node id of GraphQL).
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.domain.errors import InvalidValue, Path
from app.domain.wire_formats import (
    MAX_KANTATA_ID,
    fit_text,
    is_kantata_id,
    is_uuid,
    parse_clock,
    parse_iso_day,
    parse_mm_dd_yy,
)

T = TypeVar("T")

MAX_PROCORE_NUMBER: Final = 2**31 - 1
MAX_IDS: Final = 1_000
_PAGE_NUMBER: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)


class Sent(BaseModel):
    """What a client sends; names that the vendor does not know do not count, and are told."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @property
    def unread_values(self) -> Iterable[Path]:
        """The places of values that do not count, though their names are known."""
        return ()

    @property
    def asked_rows(self) -> int:
        """How many records the answer may have, beside what is included with each."""
        return 0

    @property
    def stored_items(self) -> int:
        """How many records or days would be stored or deleted, before any rule has judged them."""
        return 0


class Answer(BaseModel):
    """What a client is answered: the fields that were set, in the order of the vendor."""

    model_config = ConfigDict(frozen=True)


def unfit(reason: str) -> PydanticCustomError:
    """Return the refusal of a value, in words that do not repeat it."""
    return PydanticCustomError("unfit", "{reason}", {"reason": reason})


def _text_read_by(parse: Callable[[str], T]) -> BeforeValidator:
    def read(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "Input should be a valid string")
        try:
            return parse(value)
        except InvalidValue as refusal:
            raise unfit(refusal.message) from None

    return BeforeValidator(read)


def _schema(type_: str, **more: Any) -> WithJsonSchema:  # noqa: ANN401 - JSON
    return WithJsonSchema({"type": type_, **more})


def _kantata_id(text: str) -> int:
    if not is_kantata_id(text):
        raise InvalidValue("An id is a whole number from 1 on.")
    return min(int(text), MAX_KANTATA_ID)


def _answered_id(value: object) -> object:
    return _kantata_id(value) if isinstance(value, str) and is_kantata_id(value) else value


def _kantata_ids(text: str) -> tuple[int, ...]:
    return tuple(map(_kantata_id, _parts(text)))


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) > MAX_IDS:
        raise InvalidValue(f"A list has at most {MAX_IDS} items.")
    return parts


def _texts(text: str) -> tuple[str, ...]:
    return tuple(map(fit_text, _parts(text)))


def _uuid(text: str) -> str:
    if not is_uuid(text):
        raise InvalidValue("An id is a UUID.")
    return text.lower()


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidValue("Say true or false.")
    return text == "true"


def _number(text: str) -> int:
    if not _PAGE_NUMBER.fullmatch(text):
        raise InvalidValue("This is a whole number of at most nine digits.")
    return int(text)


def _limit(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise InvalidValue("A limit is a whole number from 1 on.")
    return number


def _instant(text: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidValue("An instant is written as in ISO 8601, such as 2023-10-23T14:56:55Z.")


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _timezone(text: str) -> str:
    if text not in _timezones():
        raise InvalidValue("This is no time zone of the IANA list, such as America/Chicago.")
    return text


def _whole(value: object) -> object:
    """Return 2.0 as 2: JSON knows one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _bulk_ids(value: object) -> tuple[str, ...]:
    """Return the ids of "1,2" or [1, 2] or ["1", "2"]."""
    parts: Iterable[object] = value.split(",") if isinstance(value, str) else ()
    if isinstance(value, list):
        parts = value
    elif not isinstance(value, str):
        raise unfit('Ids are text such as "1,2,3", or a list.')
    texts = [str(part) if type(part) in (int, str) else "" for part in parts]
    if not all(map(is_kantata_id, texts)):
        raise unfit("Each id is a whole number from 1 on.")
    return tuple(texts)


IsoDay = Annotated[
    date,
    _text_read_by(parse_iso_day),
    _schema("string", format="date", examples=["2023-11-01"]),
]
UsDay = Annotated[
    date,
    _text_read_by(parse_mm_dd_yy),
    _schema("string", pattern="^[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}$", examples=["11/01/23"]),
]
Clock = Annotated[
    time,
    _text_read_by(parse_clock),
    _schema(
        "string",
        pattern="^(0?[1-9]|1[0-2]):[0-5][0-9] ?[AaPp][Mm]$",
        examples=["7:00 AM"],
    ),
]
Hours = Annotated[float, Field(allow_inf_nan=False), _schema("number", examples=[7.5])]
UserId = Annotated[int, _schema("integer", minimum=1, maximum=MAX_KANTATA_ID, examples=[1])]
AnsweredUserId = Annotated[
    int,
    BeforeValidator(_answered_id),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_KANTATA_ID},
                {"type": "string", "pattern": "^[1-9][0-9]{0,18}$"},
            ],
            "examples": ["1"],
        }
    ),
]
"""As a client has it: sent as a number, answered as text."""
Cadence = Annotated[
    int,
    BeforeValidator(_whole),
    Field(le=MAX_PROCORE_NUMBER),
    _schema("integer", minimum=1, maximum=MAX_PROCORE_NUMBER, examples=[1]),
]
BulkIds = Annotated[
    tuple[str, ...],
    BeforeValidator(_bulk_ids),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18})*$"},
                {"type": "array", "items": {"type": "integer", "minimum": 1}},
                {"type": "array", "items": {"type": "string", "pattern": "^[1-9][0-9]{0,18}$"}},
            ],
            "examples": ["1,2,3"],
        }
    ),
]

# Of the query string, where everything comes as text.
QueryText = Annotated[str, _text_read_by(fit_text), _schema("string")]
QueryTexts = Annotated[tuple[str, ...], _text_read_by(_texts), _schema("string")]
QueryId = Annotated[int, _text_read_by(_kantata_id), _schema("integer", minimum=1)]
QueryIds = Annotated[
    tuple[int, ...],
    _text_read_by(_kantata_ids),
    _schema("string", pattern="^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18})*$", examples=["1,2"]),
]
QueryUuid = Annotated[str, _text_read_by(_uuid), _schema("string", format="uuid")]
QueryBoolean = Annotated[bool, _text_read_by(_boolean), _schema("boolean")]
PageNumber = Annotated[
    int, _text_read_by(_number), _schema("integer", minimum=-999_999_999, maximum=999_999_999)
]
Limit = Annotated[int, _text_read_by(_limit), _schema("integer", minimum=1, maximum=999_999_999)]
QueryInstant = Annotated[
    datetime,
    _text_read_by(_instant),
    _schema("string", format="date-time", examples=["2023-10-23T14:56:55Z"]),
]
TimeZone = Annotated[str, _text_read_by(_timezone), _schema("string", examples=["America/Chicago"])]


# Of answers, which are written already when they are shown.
IsoDayText = Annotated[str, _schema("string", format="date", examples=["2023-11-01"])]
InstantText = Annotated[
    str, _schema("string", format="date-time", examples=["2023-10-23T14:56:55Z"])
]
UsDayText = Annotated[
    str, _schema("string", pattern="^[0-9]{2}/[0-9]{2}/[0-9]{2}$", examples=["11/01/23"])
]
ClockText = Annotated[
    str, _schema("string", pattern="^[0-9]{1,2}:[0-9]{2} [AP]M$", examples=["7:00 AM"])
]
UuidText = Annotated[str, _schema("string", format="uuid")]
