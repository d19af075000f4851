"""Importing a directory of files: companies, roles, users, people, workweeks, holidays.

All or nothing: where one line is refused, nothing of any file is stored, so that what is
stored is never half of what the files say. What they say is written as clients write it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from app.db.connections.database import Database, Transaction
from app.db.connections.one_transaction import JoinedDatabase
from app.db.reading.lists import Listing
from app.db.reading.lists_of_nouns import COMPANIES, ROLES, USERS
from app.domain.errors import InvalidValue, NotFound, Refusals, Refused, TimeOffError
from app.domain.identifiers import Key, Kind, read_id
from app.domain.warnings import Warning
from app.progress import Progress
from app.services.caller import IMPORT, Caller
from app.services.directory import items as nouns
from app.services.directory.items import UpsertItem
from app.services.directory.service import MAX_ITEMS, DirectoryService
from app.services.importing.columns import NOUNS, Column, FileNoun
from app.services.importing.csv import read_csv
from app.services.importing.files import FileItem, UnreadableFile, read_json
from app.services.importing.folder import Folder
from app.services.importing.warnings import WarnedLines

MOST_REFUSALS: Final = 1_000
"""Then the import stops: the files are not what they are taken for."""

LONGEST_FIELD: Final = 80

_NAMED: Final[Mapping[str, tuple[Kind, Listing[Any, Any]]]] = {
    "companies": (Kind.COMPANY, COMPANIES),
    "roles": (Kind.ROLE, ROLES),
    "users": (Kind.USER, USERS),
}
"""How objects that other files name are looked up."""

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
        return _safe(text)


@dataclass(slots=True)
class ImportReport:
    """How many items were stored, or everything that was refused.

    ``warnings`` are lines that were stored and deserve a look, told as refusals are.
    ``stopped_early`` says that there may be more refusals than are listed. ``notes`` tell
    what was passed over, or read otherwise than it is usually written.
    """

    stored: int = 0
    refusals: list[FileRefusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[FileRefusal] = field(default_factory=list)
    stopped_early: bool = False


class _NothingToStore(Exception):
    """Raised to roll back the import: something was refused."""


class _TooManyRefusals(Exception):
    """Raised at MOST_REFUSALS: the import stops early and says so."""


def load(database_url: str, directory: Path, progress: Progress) -> ImportReport:
    """Store what the files of the directory say, or nothing and why not."""
    return asyncio.run(_load(database_url, directory, progress))


async def _load(database_url: str, directory: Path, progress: Progress) -> ImportReport:
    report = ImportReport()
    files, misnamed = _find_files(directory, report)
    database = Database(database_url)
    try:
        with suppress(_NothingToStore):
            async with database.writing() as connection:
                service = DirectoryService(JoinedDatabase(connection), _now)
                await _Import(
                    service=service,
                    connection=connection,
                    progress=progress,
                    report=report,
                    doubtful=misnamed,
                ).load(files)
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


def _caller() -> Caller:
    """Return who imports: all changes of one import say the same id."""
    return replace(IMPORT, request_id=f"import-{token_hex(6)}")


@dataclass(slots=True)
class _Import:
    """Goes through the files in their order and remembers all that is refused."""

    service: DirectoryService
    connection: Transaction
    progress: Progress
    report: ImportReport
    doubtful: set[str] = field(default_factory=set)
    """The nouns of which not all can be read: nothing that refers to them can be judged."""
    caller: Caller = field(default_factory=_caller)
    warned: WarnedLines[FileRefusal] = field(default_factory=WarnedLines)

    async def load(self, files: Sequence[_File]) -> None:
        """Write every file, with whatever is refused left out."""
        with suppress(_TooManyRefusals):
            for file in files:
                wanted = dict.fromkeys(file.noun.references.values())
                if missed := [name for name in wanted if name in self.doubtful]:
                    msg = (
                        f"Whether the {' and '.join(missed)} that it names are there is not "
                        "known, because not all of those can be read."
                    )
                    self.doubtful.add(file.noun.plural)
                    self._refuse(FileRefusal(file.name, msg))
                await self._load_file(file)
        self.report.refusals.sort(key=_place)
        if not self.report.refusals:
            warnings = await self.warned.settled(self.service, _with_message)
            self.report.warnings = sorted(warnings, key=_place)

    async def _load_file(self, file: _File) -> None:
        label, size = f"Importing {file.name}", 0
        try:
            items = self._items(file)
            while batch := list(islice(items, MAX_ITEMS)):
                await self._store(file, batch)
                last = batch[-1]
                size = last.size
                self.progress(label, last.read, size)
            self.progress(label, size, size)
        except UnreadableFile as problem:
            self.doubtful.add(file.noun.plural)
            self._refuse(
                FileRefusal(
                    file=file.name,
                    message=problem.message,
                    line=problem.line,
                    item=0,
                    field=problem.field,
                )
            )

    def _items(self, file: _File) -> Iterator[FileItem]:
        if file.path.suffix == ".json":
            return read_json(file.path)
        note = partial(self._note, file)
        return read_csv(file.path, file.noun, partial(self._read_header, file), note)

    def _note(self, file: _File, text: str) -> None:
        self.report.notes.append(_safe(f"{file.name}: {text}"))

    def _read_header(self, file: _File, headers: list[str], line: int) -> None:
        """Note the columns of a CSV file, or refuse it as a whole."""
        try:
            file.columns.update(file.noun.columns_of(headers))
        except Refused as refused:
            *others, last = refused.errors
            for error in others:
                self._refuse(
                    FileRefusal(
                        file=file.name,
                        message=error.message,
                        line=line,
                        item=0,
                        field=_field(error),
                    )
                )
            raise UnreadableFile(line, last.message, _field(last)) from None
        if missing := file.noun.missing_columns(list(file.columns.values())):
            raise UnreadableFile(line, f"The header lacks {', '.join(missing)}.")

    async def _store(self, file: _File, items: Sequence[FileItem]) -> None:
        """Write items without those that are refused.

        Nothing will be stored then; but what refers to the others can still be judged. Of an
        item that is refused for its values, what it refers to is judged as well, and the other
        way round.
        """
        batch, unfit = self._readable(file, items)
        upsert = getattr(self.service, f"upsert_{file.noun.plural}")
        while batch:
            try:
                upserted = await upsert(self.caller, [item for _, item in batch])
            except Refused as refused:
                bad = defaultdict(list)
                for error in refused.errors:
                    _, index, *rest = error.path
                    error.path = tuple(rest)
                    bad[int(index)].append(error)
                for index, errors in bad.items():
                    placed, more = batch[index], []
                    if any(_other_file(file, error) for error in errors):
                        more = _errors_of_its_own(file, placed[1])
                    else:
                        unfit.append(placed)
                    self._refuse_each(file, placed[0], [*more, *errors])
                batch = [placed for index, placed in enumerate(batch) if index not in bad]
            else:
                self.report.stored += len(batch)
                self._warn(file, batch, upserted.warnings)
                break
        await self._refuse_unknown(file, unfit)

    def _readable(
        self, file: _File, items: Sequence[FileItem]
    ) -> tuple[list[Placed], list[Placed]]:
        """Return the items that can be read, and what can be read of those that are refused."""
        whole, unfit = [], []
        for item in items:
            if item.problem:
                self._refuse_each(file, item, [InvalidValue(item.problem)])
                continue
            try:
                columns = file.columns or file.noun.columns_of(list(item.values))
                whole.append((item, file.noun.read_item(item.values, columns)))
            except Refused as refused:
                self._refuse_each(file, item, refused.errors)
                unfit.append((item, file.noun.read_references(item.values)))
        return whole, unfit

    async def _refuse_unknown(self, file: _File, unfit: Sequence[Placed]) -> None:
        """Refuse what items name that is not there; they are refused for something else."""
        for name, plural in file.noun.references.items():
            kind, listing = _NAMED[plural]
            named: dict[int, Key] = {}
            for place, (_, item) in enumerate(unfit):
                if text := item.given.get(name):
                    with Refusals().collecting():  # whoever reads it says what is wrong with it
                        named[place] = read_id(kind, text)
            found = await listing.find_many(self.connection, None, set(named.values()))
            for place, key in named.items():
                if key not in found:
                    error = NotFound(kind.words, (name,))
                    self._refuse_each(file, unfit[place][0], [error])

    def _refuse_each(self, file: _File, item: FileItem, errors: Sequence[TimeOffError]) -> None:
        """Refuse an item, but not for what may stand in a file that cannot be read."""
        for error in errors:
            if _other_file(file, error) not in self.doubtful:
                self._refuse_item(file, item, error)

    def _warn(self, file: _File, batch: list[Placed], warnings: Sequence[Warning]) -> None:
        for warning in warnings:
            _, index, name = warning.path
            item, upsert_item = batch[int(index)]
            header = file.header_of(str(name), item)
            line = FileRefusal(
                file=file.name,
                message=warning.message,
                line=item.line,
                item=item.number,
                field=header,
            )
            self.warned.add(warning, upsert_item, line)

    def _refuse_item(self, file: _File, item: FileItem, error: TimeOffError) -> None:
        header = file.header_of(_field(error), item)
        self._refuse(
            FileRefusal(
                file=file.name,
                message=error.message,
                line=item.line,
                item=item.number,
                field=header,
            )
        )

    def _refuse(self, refusal: FileRefusal) -> None:
        self.report.refusals.append(refusal)
        if len(self.report.refusals) >= MOST_REFUSALS:
            self.report.stopped_early = True
            raise _TooManyRefusals


def _find_files(directory: Path, report: ImportReport) -> tuple[list[_File], set[str]]:
    """Return the files in their order, and the nouns whose files may be those of bad names."""
    folder = Folder.of(directory)
    for name in folder.shadows:
        report.notes.append(_safe(f"{name}: Left out: a file of the system or of an editor."))
    report.refusals += [FileRefusal(each.name, each.message) for each in folder.misnamed]
    if not folder.files and not report.refusals:
        plurals = ", ".join(noun.plural for noun in NOUNS)
        msg = f"There is nothing to import: it has none of {plurals} as .csv or .json."
        report.refusals.append(FileRefusal(directory.name, msg))
    files = [_File(path, noun) for path, noun in folder.files]
    return files, {each.noun.plural for each in folder.misnamed if each.noun}


def _errors_of_its_own(file: _File, item: UpsertItem) -> list[TimeOffError]:
    """Return what is wrong with an item besides what it names in other files."""
    noun = getattr(nouns, file.noun.plural.upper())
    given = {name: item.given[name] for name in item.given.keys() - file.noun.references.keys()}
    refusals = Refusals()
    with refusals.collecting():
        key, company_id = noun.read_place(item)
        noun.build(UpsertItem(given), key, company_id, None, {})
    return refusals.errors


def _other_file(file: _File, error: TimeOffError) -> str | None:
    """Return the plural of which an item names an object that is not there, if that is it."""
    is_unknown = isinstance(error, NotFound)
    return file.noun.references.get(_field(error)) if is_unknown else None


def _place(refusal: FileRefusal) -> tuple[int, str, int]:
    """Return by what refusals are listed: files in the order of reading, then lines."""
    order = [noun.plural for noun in NOUNS]
    plural = refusal.file.partition(".")[0]
    place = order.index(plural) if plural in order else -1
    return place, refusal.file, refusal.line or 0


def _with_message(line: FileRefusal, warning: Warning) -> FileRefusal:
    return replace(line, message=warning.message)


def _field(error: TimeOffError) -> str:
    return ".".join(map(str, error.path))[:LONGEST_FIELD]


def _safe(text: str) -> str:
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    """Return the character, or how it is written where a terminal had better not see it."""
    return character if character.isprintable() else repr(character)[1:-1]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
