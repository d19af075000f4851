"""What an export is asked for: read from text, as an address or a command line has it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self, TypeVar

from app.domain.days import DaySpan, within_calendar
from app.domain.errors import InvalidValue, Refusals
from app.domain.filters import WorkerFilter
from app.domain.identifiers import Kind, read_kantata_id, read_text_id
from app.domain.schedule_csv import Separator
from app.domain.wire_formats import fit_text, parse_iso_day

T = TypeVar("T")
Given = Mapping[str, Sequence[str]]
"""What was written for each parameter, in the order in which it was."""

PARAMETERS: Final = (
    "from",
    "to",
    "company",
    "role",
    "job_title",
    "name",
    "only_off",
    "all_days",
    "bom",
    "separator",
)
_REPEATABLE: Final = ("role", "job_title")
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class ExportWish:
    """Whose days of which window; without ``all_days`` only those with a record.

    ``bom``: whether the file begins with a byte order mark, as spreadsheets need it.
    """

    window: DaySpan
    workers: WorkerFilter = field(default_factory=WorkerFilter)
    all_days: bool = False
    bom: bool = True
    separator: Separator = Separator.COMMA

    @classmethod
    def read(cls, given: Given) -> Self:
        """Read the parameters, or refuse every bad one by its name."""
        reader = _Reader(given)
        reader.refuse_strange_ones()
        first, last = reader.required("from", _day), reader.required("to", _day)
        workers = WorkerFilter(
            company_id=reader.one("company", _company),
            role_ids=reader.many("role", _role),
            job_titles=reader.many("job_title", fit_text),
            name=reader.one("name", fit_text),
            only_absent=bool(reader.one("only_off", _boolean)),
        )
        all_days = bool(reader.one("all_days", _boolean))
        bom = reader.one("bom", _boolean) is not False
        separator = reader.one("separator", _separator) or Separator.COMMA
        return cls(reader.window(first, last), workers, all_days, bom, separator)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one parameter after another and remembers what is refused."""

    given: Given
    refusals: Refusals = field(default_factory=Refusals)

    def refuse_strange_ones(self) -> None:
        """Refuse names that mean nothing here: a misspelt filter would let everybody in."""
        for name, texts in self.given.items():
            with self.refusals.collecting(name[:_LONGEST_NAME]):
                if name not in PARAMETERS:
                    known = ", ".join(PARAMETERS)
                    raise InvalidValue(f"There is no such parameter. There are: {known}.")
                if len(texts) > 1 and name not in _REPEATABLE:
                    raise InvalidValue("This can be given once.")

    def one(self, name: str, read: Callable[[str], T]) -> T | None:
        """Return the value, or None where none was given or it is refused."""
        for text in self.given.get(name, ())[:1]:
            with self.refusals.collecting(name):
                return read(text)
        return None

    def required(self, name: str, read: Callable[[str], T]) -> T | None:
        """Return the value; that none was given is refused as well."""
        if not self.given.get(name):
            with self.refusals.collecting(name):
                raise InvalidValue("This is required.")
        return self.one(name, read)

    def many(self, name: str, read: Callable[[str], T]) -> tuple[T, ...] | None:
        """Return the values, or None where none was given."""
        values = []
        for text in self.given.get(name, ()):
            with self.refusals.collecting(name):
                values.append(read(text))
        return tuple(values) if self.given.get(name) else None

    def window(self, first: date | None, last: date | None) -> DaySpan:
        """Return the days from first to last. Raises Refused with all that was wrong so far."""
        with self.refusals.collecting("to"):
            if first and last:
                window = DaySpan(first, last)
        self.refusals.raise_any()
        return window


def _day(text: str) -> date:
    return within_calendar(parse_iso_day(text))


def _company(text: str) -> str:
    return read_text_id(Kind.COMPANY, text)


def _role(text: str) -> int:
    return read_kantata_id(Kind.ROLE, text)


def _separator(text: str) -> Separator:
    try:
        return Separator(text)
    except ValueError:
        raise InvalidValue("Say comma or semicolon.") from None


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidValue("Say true or false.")
    return text == "true"
