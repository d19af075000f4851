"""The files of an import, read item by item with the line of each: what is common, and JSON.

Nothing is judged here.
"""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.domain.errors import InvalidValue

LINES_SUFFIXES: Final = (".jsonl", ".ndjson")
SUFFIXES: Final = (".csv", ".json", *LINES_SUFFIXES)
HEAD_BYTES: Final = 4096
_NO_TEXTS: Final = {
    b"PK\x03\x04": "a workbook (.xlsx, .ods)",
    b"\xd0\xcf\x11\xe0": "a workbook (.xls)",
}
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


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """Open a file; where that fails, it is refused as a whole."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise UnreadableFile(None, f"The file cannot be read: {error.strerror}.") from None


def encoding_of(head: bytes, declared: str | None = None) -> str:
    """Return the encoding that the first bytes of a text tell: UTF-8, or UTF-16 by its mark.

    Which of the many 8-bit encodings a file is in cannot be told, and a guess would change names
    without a word: it has to be ``declared``. A mark goes before that.
    """
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnreadableFile(None, "The file is in UTF-32. Save it as UTF-8.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for mark, kind in _NO_TEXTS.items():
        if head.startswith(mark):
            msg = f"This is {kind} under another name. Open it there and save it as UTF-8 text."
            raise UnreadableFile(None, msg)
    if max(head[::2].count(0), head[1::2].count(0)) * 4 > len(head):
        msg = "The file seems to be in UTF-16 without a byte order mark. Save it as UTF-8."
        raise UnreadableFile(None, msg)
    if declared and not head.startswith(codecs.BOM_UTF8):
        return declared
    return "utf-8-sig"


def read_json_lines(path: Path, declared: str | None = None) -> Iterator[FileItem]:
    """Yield the objects of a file with one on each line; empty lines are passed over."""
    with reading(path) as file:
        size = path.stat().st_size
        encoding = encoding_of(file.read(HEAD_BYTES), declared)
        if encoding == "utf-16":
            raise UnreadableFile(None, "Lines of JSON are in UTF-8. Save the file as that.")
        file.seek(0)
        read = number = 0
        for line, raw in enumerate(file, start=1):
            read += len(raw)
            if not raw.strip():
                continue
            number += 1
            text = _decoded(raw, encoding, line)
            try:
                value = _JSON.decode(text.strip(_JSON_BLANKS + "\ufeff"))
            except JSONDecodeError as error:
                problem = f"This is no JSON: {error.msg}."
            except (InvalidValue, ValueError, RecursionError) as error:
                problem = f"This is no JSON: {_reason(error)}"
            else:
                yield _item(value, line, number, read, size)
                continue
            yield FileItem(
                line=line, number=number, values={}, read=read, size=size, problem=problem
            )


def _decoded(raw: bytes, encoding: str, line: int) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableFile(line, not_in(encoding, raw)) from None


def _item(value: Any, line: int, number: int, read: int, size: int) -> FileItem:  # noqa: ANN401
    is_object = isinstance(value, dict)
    return FileItem(
        line=line,
        number=number,
        values=value if is_object else {},
        read=read,
        size=size,
        problem=None if is_object else "An item is an object of fields.",
    )


def read_json(path: Path, declared: str | None = None) -> Iterator[FileItem]:
    """Yield the objects of a JSON array, one at a time: only the text is held as a whole."""
    with reading(path) as file:
        raw = file.read()
    encoding = encoding_of(raw[:HEAD_BYTES], declared)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(line, not_in(encoding, raw)) from None
    del raw
    line, counted = 1, 0
    for number, (start, value) in enumerate(_elements(text), start=1):
        line, counted = line + text.count("\n", counted, start), start
        yield _item(value, line, number, start, len(text))


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    at = _after_blanks(text, 0)
    try:
        at = _after(text, at, "[")
        while text[at : at + 1] != "]":
            value, end = _JSON.raw_decode(text, at)
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
        raise UnreadableFile(line, f"This is no JSON array: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, InvalidValue) else "a value is too large."


def not_in(encoding: str, raw: bytes = b"") -> str:
    """Say that a text is not in the encoding, and what to do; ``raw`` is some of it."""
    if encoding == "utf-16":
        return "The file is damaged: this is not UTF-16, as its first bytes say."
    if encoding != "utf-8-sig":
        return f"The file is not in {encoding} either."
    words = (
        "The file is not in UTF-8. Save it as UTF-8; Excel calls that "
        '"CSV UTF-8 (Comma delimited)".'
    )
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return words
    return f"{words} If it is in Windows-1252 (cp1252), --encoding cp1252 reads it."


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


_JSON: Final = JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
