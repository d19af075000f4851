"""Importing a directory of files: companies, roles, users, people, workweeks, holidays.

All or nothing: where one line is refused, nothing of any file is stored, so that what is
stored is never half of what the files say. What they say is written as clients write it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from app.db.database import Database
from app.db.joined import JoinedDatabase
from app.domain.errors import InvalidValue, Refused, TimeOffError
from app.services.caller import LOCAL
from app.services.directory import MAX_ITEMS, DirectoryService
from app.services.directory_nouns import UpsertItem
from app.services.importing_fields import NOUNS, Column, FileNoun
from app.services.importing_files import SUFFIXES, FileItem, UnreadableFile, read_items
from app.services.progress import Progress

MOST_REFUSALS: Final = 1_000
"""Then the import stops: the files are not what they are taken for."""

LONGEST_FIELD: Final = 80

Placed = tuple[FileItem, UpsertItem]


@dataclass(frozen=True, slots=True)
class FileRefusal:
    """What is wrong with a file, a line of it, or a field of that line. Repeats no value."""

    file: str
    message: str
    line: int | None = None
    item: int = 0
    field: str = ""

    def __str__(self) -> str:
        """Write it as compilers do: file:line: field: message."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        item = f"item {self.item}" if self.item else ""
        text = ": ".join(filter(None, (where, item, self.field, self.message)))
        return "".join(map(_printable, text))


@dataclass(slots=True)
class ImportReport:
    """How many items were stored, or everything that was refused.

    ``stopped_early`` says that there may be more refusals than are listed.
    """

    stored: int = 0
    refusals: list[FileRefusal] = field(default_factory=list)
    stopped_early: bool = False


class _NothingToStore(Exception):
    """Takes back what was written so far."""


class _TooManyRefusals(Exception):
    """There are as many refusals as anybody reads."""


def load(database_url: str, directory: Path, progress: Progress) -> ImportReport:
    """Store what the files of the directory say, or nothing and why not."""
    return asyncio.run(_load(database_url, directory, progress))


async def _load(database_url: str, directory: Path, progress: Progress) -> ImportReport:
    report = ImportReport()
    files = _files(directory, report)
    if report.refusals:
        return report
    database = Database(database_url)
    try:
        with suppress(_NothingToStore):
            async with database.writing() as connection:
                service = DirectoryService(JoinedDatabase(connection), _now)
                await _Import(service, progress, report).load(files)
                if report.refusals:
                    report.stored = 0
                    raise _NothingToStore
    finally:
        await database.close()
    return report


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a noun; a CSV file has the columns of its header."""

    path: Path
    noun: FileNoun
    columns: dict[str, Column] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name without its folder."""
        return self.path.name

    def header_of(self, name: str, item: FileItem) -> str:
        """Return a field as the file writes it."""
        for header in (*self.columns, *item.values):
            column = self.noun.find_column(header)
            if column and column.name == name:
                return header
        return name


@dataclass(slots=True)
class _Import:
    """Goes through the files in their order and remembers all that is refused."""

    service: DirectoryService
    progress: Progress
    report: ImportReport
    unreadable: set[str] = field(default_factory=set)

    async def load(self, files: Sequence[_File]) -> None:
        """Write every file, with whatever is refused left out."""
        with suppress(_TooManyRefusals):
            for file in files:
                missed = [name for name in file.noun.refers_to if name in self.unreadable]
                if missed:
                    msg = f"Not looked at, because {' and '.join(missed)} cannot be read."
                    self.unreadable.add(file.noun.plural)
                    self._refuse(FileRefusal(file.name, msg))
                else:
                    await self._load_file(file)
        self.report.refusals.sort(key=_place)

    async def _load_file(self, file: _File) -> None:
        items = self._readable(file, read_items(file.path, partial(self._read_header, file)))
        label, size = f"Importing {file.name}", 0
        try:
            while batch := list(islice(items, MAX_ITEMS)):
                await self._store(file, batch)
                last = batch[-1][0]
                size = last.size
                self.progress(label, last.read, size)
            self.progress(label, size, size)
        except UnreadableFile as problem:
            self.unreadable.add(file.noun.plural)
            self._refuse(FileRefusal(file.name, problem.message, problem.line, 0, problem.field))

    def _read_header(self, file: _File, headers: list[str]) -> None:
        """Note the columns of a CSV file, or refuse it as a whole."""
        try:
            file.columns.update(file.noun.columns_of(headers))
        except Refused as refused:
            *others, last = refused.errors
            for error in others:
                self._refuse(FileRefusal(file.name, error.message, 1, 0, _field(error)))
            raise UnreadableFile(1, last.message, _field(last)) from None
        if missing := file.noun.missing_columns(list(file.columns.values())):
            raise UnreadableFile(1, f"The header lacks {', '.join(missing)}.")

    def _readable(self, file: _File, items: Iterator[FileItem]) -> Iterator[Placed]:
        """Yield the items that can be read; the others are refused."""
        for item in items:
            try:
                if item.problem:
                    raise InvalidValue(item.problem)
                columns = file.columns or file.noun.columns_of(list(item.values))
                yield item, file.noun.read_item(item.values, columns)
            except (Refused, TimeOffError) as refusal:
                errors = refusal.errors if isinstance(refusal, Refused) else (refusal,)
                for error in errors:
                    self._refuse_item(file, item, error)

    async def _store(self, file: _File, batch: list[Placed]) -> None:
        """Write a batch without the items that are refused.

        Nothing will be stored then; but what refers to the others can still be judged.
        """
        upsert = getattr(self.service, f"upsert_{file.noun.plural}")
        while batch:
            try:
                await upsert(LOCAL, [item for _, item in batch])
            except Refused as refused:
                bad = set()
                for error in refused.errors:
                    _, index, *rest = error.path
                    error.path = tuple(rest)
                    self._refuse_item(file, batch[int(index)][0], error)
                    bad.add(index)
                batch = [placed for index, placed in enumerate(batch) if index not in bad]
            else:
                self.report.stored += len(batch)
                return

    def _refuse_item(self, file: _File, item: FileItem, error: TimeOffError) -> None:
        header = file.header_of(_field(error), item)
        self._refuse(FileRefusal(file.name, error.message, item.line, item.number, header))

    def _refuse(self, refusal: FileRefusal) -> None:
        self.report.refusals.append(refusal)
        if len(self.report.refusals) >= MOST_REFUSALS:
            self.report.stopped_early = True
            raise _TooManyRefusals


def _files(directory: Path, report: ImportReport) -> list[_File]:
    """Return the files in the order of their nouns; any other CSV or JSON is refused."""
    expected = {f"{noun.plural}{suffix}": noun for noun in NOUNS for suffix in SUFFIXES}
    names = sorted(path.name for path in directory.iterdir())
    for name in names:
        if name not in expected and name.lower().endswith(SUFFIXES):
            close = get_close_matches(name.lower(), expected, n=1)
            hint = f"; did you mean {close[0]}?" if close else "."
            msg = f"An import has no file of this name{hint}"
            report.refusals.append(FileRefusal(name, msg))
    found = [_File(directory / name, noun) for name, noun in expected.items() if name in names]
    if not found and not report.refusals:
        plurals = ", ".join(noun.plural for noun in NOUNS)
        msg = f"There is nothing to import: it has none of {plurals} as .csv or .json."
        report.refusals.append(FileRefusal(directory.name, msg))
    return found


def _place(refusal: FileRefusal) -> tuple[int, str, int]:
    """Return by what refusals are listed: files in the order of reading, then lines."""
    order = [noun.plural for noun in NOUNS]
    return order.index(refusal.file.partition(".")[0]), refusal.file, refusal.line or 0


def _field(error: TimeOffError) -> str:
    return ".".join(map(str, error.path))[:LONGEST_FIELD]


def _printable(character: str) -> str:
    """Return the character, or how it is written where a terminal had better not see it."""
    return character if character.isprintable() else repr(character)[1:-1]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
