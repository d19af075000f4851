"""What the files of an import may say: their columns, and how each value is read."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from app.domain.directory import PersonStatus, UserStatus
from app.domain.errors import InvalidValue, Refusals
from app.domain.wire_formats import parse_day
from app.domain.workweek import WEEKDAYS
from app.services.directory.items import UpsertItem

_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in snake_case, how a value is read, whether each item has one.

    ``refers_to`` is the plural of the noun of which it names an object; ``aliases`` are other
    names that files have for it, in snake_case.
    """

    name: str
    read: Callable[[object], Any]
    is_required: bool = True
    refers_to: str = ""
    aliases: tuple[str, ...] = ()

    def is_named(self, header: str) -> bool:
        """Say whether a header names it: source_id, sourceId, "Source ID", SOURCE-ID."""
        squeezed = _squeezed(header)
        return any(_squeezed(name) == squeezed for name in (self.name, *self.aliases))

    def is_spelt(self, header: str) -> bool:
        """Say whether a header is the column's name as the guide or GraphQL spells it."""
        first, *others = self.name.split("_")
        return header in (self.name, first + "".join(map(str.capitalize, others)))


@dataclass(frozen=True, slots=True)
class FileNoun:
    """What one kind of file holds."""

    plural: str
    columns: tuple[Column, ...]

    @property
    def references(self) -> dict[str, str]:
        """The columns that name objects of other files, with the plurals of those."""
        return {each.name: each.refers_to for each in self.columns if each.refers_to}

    def find_column(self, header: str) -> Column | None:
        """Return the column that a header names."""
        return next((each for each in self.columns if each.is_named(header)), None)

    def columns_of(
        self, headers: Collection[str], *, ignore_unknown: bool = False
    ) -> dict[str, Column]:
        """Return the column of each header; unknown ones and repeated ones are refused.

        Where unknown ones are to be ignored, they are left out.
        """
        refusals = Refusals()
        found: dict[str, Column] = {}
        for header in headers:
            if ignore_unknown and self.find_column(header) is None:
                continue
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
        known = {header: value for header, value in values.items() if header in columns}
        for header, value in known.items():
            with refusals.collecting(header):
                given[columns[header].name] = _read(columns[header], value)
        for name in self.missing_columns([columns[header] for header in known]):
            refusals.add(InvalidValue("A value is required.", (name,)))
        refusals.raise_any()
        return UpsertItem(given)

    def read_references(self, values: Mapping[str, object]) -> UpsertItem:
        """Return what an item names in other files, as far as that can be read."""
        given = {}
        for header, value in values.items():
            column = self.find_column(header)
            if column and column.refers_to:
                with Refusals().collecting():  # read before, and refused
                    given[column.name] = _read(column, value)
        return UpsertItem(given)

    def without(self, *names: str) -> "FileNoun":
        """Return the noun for files in which these columns may be left out."""
        columns = [
            replace(each, is_required=False) if each.name in names else each
            for each in self.columns
        ]
        return replace(self, columns=tuple(columns))

    def _get_column(self, header: str) -> Column:
        if column := self.find_column(header):
            return column
        names = [each.name for each in self.columns]
        close = get_close_matches(header.lower().replace(" ", "_"), names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}."
        msg = f"There is no such column of {self.plural}; {hint}"
        raise InvalidValue(msg)


def _squeezed(header: str) -> str:
    return _BETWEEN_WORDS.sub("", header).lower()


def _read(column: Column, value: object) -> Any:  # noqa: ANN401
    if value is not None:
        return column.read(value)
    if column.is_required:
        msg = "A value is required."
        raise InvalidValue(msg)
    return None


def read_text(value: object) -> str:
    """Return a text."""
    if isinstance(value, str):
        return value
    msg = "This is a text."
    raise InvalidValue(msg)


def read_id_text(value: object) -> str:
    """Return an id; JSON may write Kantata's as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return read_text(value)


def read_day(value: object) -> date:
    """Return a day, in either vendor's form."""
    return parse_day(read_text(value))


def _minutes(value: object) -> int:
    return read_whole_number(value, "Minutes are")


def _workers(value: object) -> int:
    return read_whole_number(value, "Workers are")


def read_whole_number(value: object, what: str) -> int:
    """Return a number; ``what`` begins the sentence that refuses what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        return int(value)
    msg = f"{what} a whole number."
    raise InvalidValue(msg)


Status = TypeVar("Status", PersonStatus, UserStatus)


def _status(value: object) -> PersonStatus:
    return _one_of(PersonStatus, value)


def _status_of_user(value: object) -> UserStatus:
    return _one_of(UserStatus, value)


def _one_of(statuses: type[Status], value: object) -> Status:
    try:
        return statuses(read_text(value).lower())
    except ValueError:
        msg = f"A status is one of {', '.join(each.name for each in statuses)}."
        raise InvalidValue(msg) from None


_SOURCE_ID: Final = Column("source_id", read_id_text)
_COMPANY_ID: Final = Column("company_id", read_id_text, refers_to="companies")

NOUNS: Final = (
    FileNoun(
        "companies",
        (
            _SOURCE_ID,
            Column("name", read_text),
            Column("minimum_workers_available", _workers, is_required=False),
        ),
    ),
    FileNoun("roles", (_SOURCE_ID, _COMPANY_ID, Column("name", read_text))),
    FileNoun(
        "users",
        (
            _SOURCE_ID,
            _COMPANY_ID,
            Column("full_name", read_text),
            Column("email_address", read_text, is_required=False),
            Column("headline", read_text, is_required=False),
            Column("role_id", read_id_text, is_required=False, refers_to="roles"),
            Column("status", _status_of_user, is_required=False),
        ),
    ),
    FileNoun(
        "people",
        (
            _SOURCE_ID,
            _COMPANY_ID,
            Column("first_name", read_text, is_required=False),
            Column("last_name", read_text, is_required=False),
            Column("email", read_text, is_required=False),
            Column("employee_number", read_text, is_required=False),
            Column("status", _status, is_required=False),
            Column("job_title", read_text, is_required=False),
        ),
    ),
    FileNoun(
        "workweeks",
        (
            _COMPANY_ID,
            Column("user_id", read_id_text, is_required=False, refers_to="users"),
            Column("effective_from", read_day),
            Column("effective_to", read_day, is_required=False),
            *(Column(weekday, _minutes) for weekday in WEEKDAYS),
        ),
    ),
    FileNoun(
        "holidays",
        (
            _SOURCE_ID,
            _COMPANY_ID,
            Column("name", read_text),
            Column("start_date", read_day),
            Column("end_date", read_day),
        ),
    ),
)
"""In the order in which they are imported: what is referred to comes first."""
