"""One file of an import: what it holds, how its items are read, and how its fields are named."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from app.domain.errors import Refused, TimeOffError
from app.services.importing.columns import Column, FileNoun
from app.services.importing.csv import read_csv
from app.services.importing.files import (
    LINES_SUFFIXES,
    FileItem,
    UnreadableFile,
    read_json,
    read_json_lines,
)
from app.services.importing.options import ImportOptions
from app.services.importing.report import FileRefusal, ImportReport, field_of

OF_A_REFERENCE: Final = ("externalReference", "external_reference")
MOST_UNKNOWN: Final = 100
"""So many fields that were ignored are named."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file of a noun; a CSV file has the columns of its header."""

    path: Path
    noun: FileNoun
    options: ImportOptions
    report: ImportReport
    columns: dict[str, Column] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    """Of JSON: the fields that were ignored."""

    @property
    def name(self) -> str:
        """The name without its folder."""
        return self.path.name

    def items(self, refuse: Callable[[FileRefusal], None]) -> Iterator[FileItem]:
        """Yield the items; ``refuse`` hears what is wrong with a header besides what is raised."""
        suffix = self.path.suffix.lower()
        if suffix == ".json":
            return map(_flat, read_json(self.path, self.options.encoding))
        if suffix in LINES_SUFFIXES:
            return map(_flat, read_json_lines(self.path, self.options.encoding))

        def check_headers(headers: list[str], line: int) -> None:
            self._read_header(headers, line, refuse)

        return read_csv(self.path, self.noun, check_headers, self.note, self.options)

    def note(self, text: str) -> None:
        """Tell something about the file."""
        self.report.note(self.name, text)

    def columns_of(self, values: Mapping[str, object]) -> Mapping[str, Column]:
        """Return the column of each field of an item."""
        if self.columns:
            return self.columns
        ignores = self.options.ignores_unknown
        found = self.noun.columns_of(list(values), ignore_unknown=ignores)
        if ignores and len(found) < len(values) and len(self.unknown) < MOST_UNKNOWN:
            self.unknown.update(values.keys() - found.keys())
        return found

    def tell_unknown(self) -> None:
        """Note which fields of JSON were ignored."""
        if self.unknown:
            self.note(f"Unknown fields left out: {', '.join(sorted(self.unknown))}.")

    def header_of(self, name: str, item: FileItem) -> str:
        """Return a field as the file writes it."""
        for header in (*self.columns, *item.values):
            column = self.noun.find_column(header)
            if column and column.name == name:
                return header
        return name

    def told(self, item: FileItem, message: str, name: str, code: str) -> FileRefusal:
        """Return what is told of a field of an item."""
        return FileRefusal(
            file=self.name,
            message=message,
            line=item.line,
            item=item.number,
            field=self.header_of(name, item),
            code=code,
        )

    def _read_header(
        self, headers: Collection[str], line: int, refuse: Callable[[FileRefusal], None]
    ) -> None:
        """Note the columns of a CSV file, or refuse it as a whole."""
        ignores = self.options.ignores_unknown
        try:
            self.columns.update(self.noun.columns_of(headers, ignore_unknown=ignores))
        except Refused as refused:
            *others, last = refused.errors
            for error in others:
                refuse(self._of_header(error, line))
            raise UnreadableFile(line, last.message, field_of(last)) from None
        if missing := self.noun.missing_columns(list(self.columns.values())):
            raise UnreadableFile(line, f"The header lacks {', '.join(missing)}.")

    def _of_header(self, error: TimeOffError, line: int) -> FileRefusal:
        return FileRefusal(
            file=self.name,
            message=error.message,
            line=line,
            field=field_of(error),
            code=error.code,
        )


def _flat(item: FileItem) -> FileItem:
    """Return an item with the fields of its reference among its own, as a CSV file has them."""
    values = dict(item.values)
    for name in OF_A_REFERENCE:
        nested = values.get(name)
        if isinstance(nested, dict) and not nested.keys() & values.keys():
            del values[name]
            values |= nested
    return replace(item, values=values)
