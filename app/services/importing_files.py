"""The files of an import, read item by item with the line of each. Nothing is judged here."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.domain.errors import InvalidValue

SUFFIXES: Final = (".csv", ".json")
_BYTE_ORDER_MARK: Final = "\ufeff"
_JSON_BLANKS: Final = " \t\r\n"


class UnreadableFile(Exception):
    """A file of which no item can be read, or none from this line on."""

    def __init__(self, line: int | None, message: str, field: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class FileItem:
    """One item: where it stands, and its values by their headers.

    ``number`` counts the items of JSON from 1; it is 0 in CSV, where the line says it all.
    ``problem`` says why there are no values. ``read`` of ``size`` is how far the file has
    been read.
    """

    line: int
    number: int
    values: dict[str, object]
    read: int
    size: int
    problem: str | None = None


def read_items(path: Path, check_headers: Callable[[list[str]], None]) -> Iterator[FileItem]:
    """Yield the items of a CSV or JSON file; ``check_headers`` hears a CSV's header first."""
    try:
        if path.suffix == ".csv":
            yield from _read_csv(path, check_headers)
        else:
            yield from _read_json(path)
    except OSError as error:
        raise UnreadableFile(None, f"The file cannot be read: {error.strerror}.") from None


def _read_csv(path: Path, check_headers: Callable[[list[str]], None]) -> Iterator[FileItem]:
    size = path.stat().st_size
    with path.open("rb") as file:
        lines = csv.reader(_decoded(file), strict=True)
        try:
            headers = [cell.strip() for cell in next(lines, [])]
            check_headers(headers)
            before = lines.line_num
            for cells in lines:
                first_line, before = before + 1, lines.line_num
                if cells:
                    yield _csv_item(headers, cells, first_line, file.tell(), size)
        except csv.Error as error:
            raise UnreadableFile(lines.line_num, f"This is no CSV: {error}.") from None


def _decoded(file: BinaryIO) -> Iterator[str]:
    """Yield the lines as text; the file stays where it has been read to."""
    for number, line in enumerate(iter(file.readline, b""), start=1):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise UnreadableFile(number, "The file is not in UTF-8.") from None
        yield text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text


def _csv_item(headers: list[str], cells: list[str], line: int, read: int, size: int) -> FileItem:
    """Return the item of a row. An empty cell is left out; blanks around a value are not it."""
    if len(cells) != len(headers):
        problem = f"The row has {len(cells)} cells, the header {len(headers)}."
        return FileItem(line, 0, {}, read, size, problem)
    stripped = zip(headers, (cell.strip() for cell in cells), strict=True)
    return FileItem(line, 0, {header: cell for header, cell in stripped if cell}, read, size)


def _read_json(path: Path) -> Iterator[FileItem]:
    """Yield the objects of a JSON array, one at a time: only the text is held as a whole."""
    raw = path.read_bytes()
    try:
        text = raw.decode().removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(line, "The file is not in UTF-8.") from None
    del raw
    line, counted = 1, 0
    for number, (start, value) in enumerate(_elements(text), start=1):
        line, counted = line + text.count("\n", counted, start), start
        if isinstance(value, dict):
            yield FileItem(line, number, value, start, len(text))
        else:
            problem = "An item is an object of fields."
            yield FileItem(line, number, {}, start, len(text), problem)


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    decoder = JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
    at = _after_blanks(text, 0)
    try:
        at = _after(text, at, "[")
        while text[at : at + 1] != "]":
            value, end = decoder.raw_decode(text, at)
            yield at, value
            at = _after_blanks(text, end)
            if text[at : at + 1] != "]":
                at = _after(text, at, ",")
        _refuse_rest(text, _after_blanks(text, at + 1))
    except JSONDecodeError as error:
        raise UnreadableFile(error.lineno, f"This is no JSON array: {error.msg}.") from None
    except (InvalidValue, ValueError, RecursionError) as error:
        # What the decoder cannot hold: NaN, a number of 5,000 digits, 10,000 brackets.
        line = text.count("\n", 0, at) + 1
        reason = str(error) if isinstance(error, InvalidValue) else "a value is too large."
        raise UnreadableFile(line, f"This is no JSON array: {reason}") from None


def _after(text: str, at: int, mark: str) -> int:
    """Return where the text goes on after the mark, which has to be there."""
    if text[at : at + 1] != mark:
        msg = f"Expecting {mark!r}"
        raise JSONDecodeError(msg, text, at)
    return _after_blanks(text, at + 1)


def _refuse_rest(text: str, at: int) -> None:
    if at < len(text):
        msg = "Nothing may follow it"
        raise JSONDecodeError(msg, text, at)


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _JSON_BLANKS:
        at += 1
    return at


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        msg = "an object has the same field twice."
        raise InvalidValue(msg)
    return fields


def _refuse_constant(name: str) -> object:
    msg = f"{name} is no value."
    raise InvalidValue(msg)
