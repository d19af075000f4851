"""What the files of an import may say: their columns, and how each value is read."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

from app.domain.directory import PersonStatus
from app.domain.errors import InvalidValue, Refusals
from app.domain.wire_formats import parse_day
from app.domain.workweek import WEEKDAYS
from app.services.directory_nouns import UpsertItem

_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in snake_case, how a value is read, whether each item has one."""

    name: str
    read: Callable[[object], Any]
    is_required: bool = True

    @property
    def camel_case(self) -> str:
        """The name as the GraphQL inputs have it."""
        first, *others = self.name.split("_")
        return first + "".join(map(str.title, others))


@dataclass(frozen=True, slots=True)
class FileNoun:
    """What one kind of file holds, and which other files its items refer to."""

    plural: str
    columns: tuple[Column, ...]
    refers_to: tuple[str, ...] = ()

    def find_column(self, header: str) -> Column | None:
        """Return the column that a header names, in either case."""
        return next((each for each in self.columns if header in {each.name, each.camel_case}), None)

    def columns_of(self, headers: Collection[str]) -> dict[str, Column]:
        """Return the column of each header; unknown ones and repeated ones are refused."""
        refusals = Refusals()
        found: dict[str, Column] = {}
        for header in headers:
            with refusals.collecting(header):
                column = self._get_column(header)
                if column in found.values():
                    msg = "This column comes twice."
                    raise InvalidValue(msg)
                found[header] = column
        refusals.raise_any()
        return found

    def missing_columns(self, columns: Collection[Column]) -> list[str]:
        """Return the names of the required columns that are not among the columns."""
        return [each.name for each in self.columns if each.is_required and each not in columns]

    def read_item(self, values: Mapping[str, object], columns: Mapping[str, Column]) -> UpsertItem:
        """Return the item that the values make, or raise Refused naming each bad one."""
        refusals = Refusals()
        given = {}
        for header, value in values.items():
            with refusals.collecting(header):
                given[columns[header].name] = _read(columns[header], value)
        for name in self.missing_columns([columns[header] for header in values]):
            refusals.add(InvalidValue("A value is required.", (name,)))
        refusals.raise_any()
        return UpsertItem(given)

    def _get_column(self, header: str) -> Column:
        if column := self.find_column(header):
            return column
        names = [each.name for each in self.columns]
        close = get_close_matches(header.lower(), names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}."
        msg = f"There is no such column of {self.plural}; {hint}"
        raise InvalidValue(msg)


def _read(column: Column, value: object) -> Any:  # noqa: ANN401
    if value is not None:
        return column.read(value)
    if column.is_required:
        msg = "A value is required."
        raise InvalidValue(msg)
    return None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    msg = "This is a text."
    raise InvalidValue(msg)


def _id(value: object) -> str:
    """Return an id; JSON may write Kantata's as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value)


def _day(value: object) -> date:
    return parse_day(_text(value))


def _minutes(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        return int(value)
    msg = "Minutes are a whole number."
    raise InvalidValue(msg)


def _status(value: object) -> PersonStatus:
    try:
        return PersonStatus(_text(value).lower())
    except ValueError:
        msg = f"A status is one of {', '.join(each.name for each in PersonStatus)}."
        raise InvalidValue(msg) from None


_SOURCE_ID: Final = Column("source_id", _id)
_COMPANY_ID: Final = Column("company_id", _id)

NOUNS: Final = (
    FileNoun("companies", (_SOURCE_ID, Column("name", _text))),
    FileNoun("roles", (_SOURCE_ID, _COMPANY_ID, Column("name", _text)), ("companies",)),
    FileNoun(
        "users",
        (
            _SOURCE_ID,
            _COMPANY_ID,
            Column("full_name", _text),
            Column("email_address", _text, is_required=False),
            Column("headline", _text, is_required=False),
            Column("role_id", _id, is_required=False),
        ),
        ("companies", "roles"),
    ),
    FileNoun(
        "people",
        (
            _SOURCE_ID,
            _COMPANY_ID,
            Column("first_name", _text),
            Column("last_name", _text),
            Column("email", _text, is_required=False),
            Column("employee_number", _text, is_required=False),
            Column("status", _status, is_required=False),
            Column("job_title", _text, is_required=False),
        ),
        ("companies",),
    ),
    FileNoun(
        "workweeks",
        (
            _COMPANY_ID,
            Column("user_id", _id, is_required=False),
            Column("effective_from", _day),
            Column("effective_to", _day, is_required=False),
            *(Column(weekday, _minutes) for weekday in WEEKDAYS),
        ),
        ("companies", "users"),
    ),
    FileNoun(
        "holidays",
        (
            _SOURCE_ID,
            _COMPANY_ID,
            Column("name", _text),
            Column("start_date", _day),
            Column("end_date", _day),
        ),
        ("companies",),
    ),
)
"""In the order in which they are imported: what is referred to comes first."""
