"""A CSV file of an import, as spreadsheets really write it, read row by row."""

import csv
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import accumulate, chain
from pathlib import Path
from typing import BinaryIO, Final

from app.services.importing.columns import FileNoun
from app.services.importing.files import (
    HEAD_BYTES,
    FileItem,
    UnreadableFile,
    encoding_of,
    not_in,
    reading,
)
from app.services.importing.options import PLAIN, ImportOptions

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
_QUOTED: Final = re.compile(r'"[^"]*"?')
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""By which Excel is told the delimiter; it is written before the header."""


def read_csv(
    path: Path,
    noun: FileNoun,
    check_headers: Callable[[list[str], int], None],
    note: Callable[[str], None],
    options: ImportOptions = PLAIN,
) -> Iterator[FileItem]:
    """Yield the items of a CSV file.

    ``check_headers`` hears the names of the header and its line first; ``note`` what was
    passed over or taken otherwise than it is usually written.
    """
    with reading(path) as file:
        size = path.stat().st_size
        lines = _Lines.of(file, note, options.encoding)
        table = _Table(noun, note, ignores_unknown=options.ignores_unknown)
        rows = _rows(lines, table, options.delimiter)
        for cells in rows:
            if table.is_empty(cells):
                continue
            headers = [cell.strip() for cell in cells]
            check_headers([each for each in headers if each], lines.first)
            table.begin(headers)
            break
        else:
            check_headers([], 1)
        for cells in rows:
            if not table.is_empty(cells):
                yield table.item(cells, lines.first, file.tell(), size)
        table.tell()


@dataclass
class _Lines:
    """The lines of a text; remembers those of the row that is being read."""

    text: Iterator[str]
    encoding: str
    number: int = 0
    first: int = 1
    row: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, file: BinaryIO, note: Callable[[str], None], declared: str | None) -> "_Lines":
        head = file.read(HEAD_BYTES)
        file.seek(0)
        encoding = encoding_of(head, declared)
        if encoding == "utf-16":
            note("Read as UTF-16.")
        elif encoding == declared:
            note(f"Read as {encoding}.")
        # Line ends are left as they are: csv knows them all. What is no text of the encoding
        # is marked instead of refused at once, for it is decoded long before its line comes.
        errors = "replace" if encoding == "utf-16" else "surrogateescape"
        return cls(TextIOWrapper(file, encoding, errors, newline=""), encoding)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.text)
        self.number += 1
        is_damaged = (
            "\ufffd" in line
            if self.encoding == "utf-16"
            else not line.isascii() and any("\udc80" <= each <= "\udcff" for each in line)
        )
        if is_damaged:
            raw = line.encode("utf-8", "surrogateescape")
            raise UnreadableFile(self.number, not_in(self.encoding, raw))
        self.row.append(line)
        return line

    def begin_row(self) -> None:
        """Say that the next line begins a row."""
        self.row.clear()
        self.first = self.number + 1


def _rows(lines: _Lines, table: "_Table", delimiter: str | None) -> Iterator[list[str]]:
    """Yield the rows, the header among them, once it is known what parts their cells."""
    line = next(lines, "")
    if declared := _SEPARATOR_LINE.fullmatch(line.strip(" \r\n")):
        delimiter = delimiter or declared[1]
        lines.begin_row()
        line = next(lines, "")
    while line and not line.strip(" \t\r\n,;"):
        table.empty_rows += 1
        lines.begin_row()
        line = next(lines, "")
    delimiter = delimiter or _delimiter(line, lines.number, table.noun)
    if delimiter != ",":
        table.note(f"Read with {DELIMITERS.get(delimiter, repr(delimiter))} between the cells.")
    rows = csv.reader(
        chain([line] if line else [], lines),
        delimiter=delimiter,
        strict=True,
        skipinitialspace=True,
    )
    try:
        for cells in rows:
            yield cells
            lines.begin_row()
    except csv.Error as error:
        raise _no_csv(error, lines, delimiter) from None


def _delimiter(header: str, line: int, noun: FileNoun) -> str:
    """Return what parts the cells of a header: of several, what makes the most known columns."""
    bare = _QUOTED.sub("", header)
    known = {
        each: sum(noun.find_column(name.strip(' "\r\n')) is not None for name in header.split(each))
        for each in DELIMITERS
        if each in bare
    }
    if not known:
        if (name := header.strip()) and noun.find_column(name.strip('"')) is None:
            msg = "The header is a single cell. Cells are parted by commas, semicolons or tabs."
            raise UnreadableFile(line, msg)
        return ","
    best = [each for each, count in known.items() if count == max(known.values())]
    if len(best) > 1:
        words = " and ".join(DELIMITERS[each] for each in best)
        msg = (
            f"The header has {words}: which of them part the cells cannot be told. "
            "A first line such as sep=; tells it."
        )
        raise UnreadableFile(line, msg)
    return best[0]


def _no_csv(error: csv.Error, lines: _Lines, delimiter: str) -> UnreadableFile:
    """Say where the quote opened by which a cell does not end, or else what csv says."""
    opened, is_open = _last_opening(lines.row, delimiter)
    if opened is None:
        return UnreadableFile(lines.number, f"This is no CSV: {error}.")
    if is_open:
        return UnreadableFile(lines.first + opened, "The quote that opens here is never closed.")
    msg = (
        f"The quote that opens here closes within a cell, on line {lines.number}. A cell is in "
        "quotes as a whole, and a quote inside it is written twice."
    )
    return UnreadableFile(lines.first + opened, msg)


def _last_opening(row: Sequence[str], delimiter: str) -> tuple[int | None, bool]:
    """Return in which line of a row its last quote opens, and whether that is still open."""
    cells = re.compile(rf'(?:^|[\r\n]|{re.escape(delimiter)}) *(")[^"]*(?:""[^"]*)*("?)')
    quoted = deque(cells.finditer("".join(row)), maxlen=1)
    if not quoted:
        return None, False
    last = quoted.pop()
    ends = list(accumulate(map(len, row)))
    return bisect_right(ends, last.start(1)), not last[2]


@dataclass
class _Table:
    """Makes items of rows, and counts what it passes over."""

    noun: FileNoun
    note: Callable[[str], None]
    ignores_unknown: bool = False
    headers: list[str] = field(default_factory=list)
    unknown: set[int] = field(default_factory=set)
    needed: int = 0
    empty_rows: int = 0
    short_rows: int = 0

    def begin(self, headers: list[str]) -> None:
        """Take the header: a row has at least the cells up to the last that is required."""
        self.headers = headers
        columns = [self.noun.find_column(each) for each in headers]
        required = [place for place, each in enumerate(columns, 1) if each and each.is_required]
        self.needed = max(required, default=0)
        if self.ignores_unknown:
            self.unknown = {place for place, each in enumerate(columns) if each is None}
            names = [headers[place] for place in sorted(self.unknown) if headers[place]]
            if names:
                self.note(f"Unknown columns left out: {', '.join(names)}.")
        if renamed := [
            f"{header} is {column.name}"
            for header, column in zip(headers, columns, strict=True)
            if column and not column.is_spelt(header)
        ]:
            self.note(f"Columns by other names: {', '.join(renamed)}.")

    def is_empty(self, cells: Sequence[str]) -> bool:
        """Say whether no cell of a row has a value, and count it then."""
        is_empty = not any(map(str.strip, cells))
        self.empty_rows += is_empty
        return is_empty

    def item(self, cells: Sequence[str], line: int, read: int, size: int) -> FileItem:
        """Return the item of a row. An empty cell is left out; blanks around a value are not it."""
        cells = [cell.strip() for cell in cells]
        if problem := self._problem(cells):
            return FileItem(line=line, number=0, values={}, read=read, size=size, problem=problem)
        pairs = zip(self.headers, cells, strict=False)  # what is missing or beyond is empty
        return FileItem(
            line=line,
            number=0,
            values={
                header: cell
                for place, (header, cell) in enumerate(pairs)
                if cell and place not in self.unknown
            },
            read=read,
            size=size,
        )

    def _problem(self, cells: Sequence[str]) -> str | None:
        width = len(self.headers)
        if any(cells[width:]) or len(cells) < self.needed:
            return f"The row has {len(cells)} cells, the header {width}."
        self.short_rows += len(cells) < width
        for place, (header, cell) in enumerate(zip(self.headers, cells, strict=False), start=1):
            if cell and not header and not self.ignores_unknown:
                return f"Cell {place} has a value, but no name in the header."
        return None

    def tell(self) -> None:
        """Note what was counted."""
        nameless = self.headers.count("")
        for count, what in (
            (nameless, "empty column{s} without a name left out."),
            (self.empty_rows, "empty row{s} left out."),
            (self.short_rows, "row{s} with fewer cells than the header: the last ones are empty."),
        ):
            if count:
                self.note(f"{count} {what.format(s='' if count == 1 else 's')}")
