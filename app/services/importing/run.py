"""Importing files: companies, roles, users, people, workweeks, holidays, and absences.

All or nothing: where one line is refused, nothing of any file is stored, so that what is
stored is never half of what the files say. What they say is written as clients write it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from app.db.connections.database import Database, Transaction
from app.db.connections.one_transaction import JoinedDatabase, WholeDatabase
from app.db.reading.lists import Listing
from app.db.reading.lists_of_nouns import COMPANIES, ROLES, USERS
from app.domain.errors import InvalidValue, NotFound, Refusals, Refused, TimeOffError
from app.domain.filters import DirectoryFilter
from app.domain.identifiers import Key, Kind, read_id
from app.domain.warnings import Warning
from app.progress import Progress
from app.services.caller import IMPORT, Caller
from app.services.directory import items as nouns
from app.services.directory.items import UpsertItem
from app.services.directory.service import MAX_ITEMS, DirectoryService, Upserted
from app.services.importing.absence_columns import ABSENCES
from app.services.importing.absences import AbsenceImport
from app.services.importing.columns import FileNoun
from app.services.importing.files import FileItem, UnreadableFile
from app.services.importing.folder import Folder
from app.services.importing.kinds import FILES
from app.services.importing.made_ids import fill_ids
from app.services.importing.options import PLAIN, ImportOptions
from app.services.importing.report import (
    MOST_REFUSALS,
    FileCounts,
    FileRefusal,
    ImportReport,
    field_of,
    place,
)
from app.services.importing.source import ImportFile
from app.services.importing.warnings import WarnedLines
from app.services.storage_limits import StorageLimits

UNREADABLE: Final = "UNREADABLE_FILE"
_ABSENCES: Final = [noun.plural for noun in ABSENCES]
_NAMED_BY_ABSENCES: Final = ("companies", "users", "people")

_NAMED: Final[Mapping[str, tuple[Kind, Listing[Any, Any]]]] = {
    "companies": (Kind.COMPANY, COMPANIES),
    "roles": (Kind.ROLE, ROLES),
    "users": (Kind.USER, USERS),
}
"""How objects that other files name are looked up."""

Placed = tuple[FileItem, UpsertItem]


class _NothingToStore(Exception):
    """Raised to roll back the import: something was refused, or it is a dry run."""


class _TooManyRefusals(Exception):
    """Raised at MOST_REFUSALS: the import stops early and says so."""


def load(
    database_url: str,
    path: Path,
    progress: Progress,
    options: ImportOptions = PLAIN,
    limits: StorageLimits | None = None,
) -> ImportReport:
    """Store what the files of a directory say, or one file, or nothing and why not."""
    return asyncio.run(_load(database_url, path, progress, options, limits or StorageLimits()))


async def _load(
    database_url: str,
    path: Path,
    progress: Progress,
    options: ImportOptions,
    limits: StorageLimits,
) -> ImportReport:
    report = ImportReport()
    files, misnamed = _find_files(path, report, options)
    database = Database(database_url)
    try:
        with suppress(_NothingToStore):
            async with database.writing() as connection:
                caller, whole = _caller(), WholeDatabase(connection)
                import_ = _Import(
                    service=DirectoryService(JoinedDatabase(connection), now),
                    absences=AbsenceImport.on(
                        connection, whole, now, caller, options, report, limits.record_days
                    ),
                    connection=connection,
                    progress=progress,
                    report=report,
                    options=options,
                    doubtful=misnamed,
                    caller=caller,
                )
                await import_.load(files)
                if report.refusals:
                    report.stored = 0
                if report.refusals or options.dry_run:
                    raise _NothingToStore
    finally:
        await database.close()
    return report


def _caller() -> Caller:
    """Return who imports: all changes of one import say the same id."""
    return replace(IMPORT, request_id=f"import-{token_hex(6)}")


@dataclass(slots=True)
class _Import:
    """Goes through the files in their order and remembers all that is refused."""

    service: DirectoryService
    absences: AbsenceImport
    connection: Transaction
    progress: Progress
    report: ImportReport
    options: ImportOptions
    caller: Caller
    doubtful: set[str] = field(default_factory=set)
    """The nouns of which not all can be read: nothing that refers to them can be judged."""
    warned: WarnedLines[FileRefusal] = field(default_factory=WarnedLines)
    only_company: str | None = None

    async def load(self, files: Sequence[ImportFile]) -> None:
        """Write every file, with whatever is refused left out."""
        with suppress(_TooManyRefusals):
            if any(file.noun.plural in _ABSENCES for file in files):
                await self.absences.lock()
            for file in files:
                await self._load_unless_doubtful(file)
        self.report.refusals.sort(key=place)
        if self.report.refusals:
            self.report.warnings, self.report.more_warnings = [], 0
        else:
            warnings = await self.warned.settled(self.service, _with_message)
            self.report.warnings = sorted([*warnings, *self.report.warnings], key=place)

    async def _load_unless_doubtful(self, file: ImportFile) -> None:
        is_absences = file.noun.plural in _ABSENCES
        wanted = _NAMED_BY_ABSENCES if is_absences else dict.fromkeys(file.noun.references.values())
        if missed := [name for name in wanted if name in self.doubtful]:
            msg = (
                f"Whether the {' and '.join(missed)} that it names are there is not "
                "known, because not all of those can be read."
            )
            self.doubtful.add(file.noun.plural)
            self._refuse(FileRefusal(file.name, msg, code=UNREADABLE))
            if is_absences:
                return
        self.only_company = await self._only_company() if self.options.makes_ids else None
        await self._load_file(file)

    async def _only_company(self) -> str | None:
        """Return the company, if there is one only: whose rows need not name it."""
        found = await COMPANIES.list_all(self.connection, None, DirectoryFilter(), "NAME")
        return found[0].id if len(found) == 1 else None

    async def _load_file(self, file: ImportFile) -> None:
        label, size = f"Importing {file.name}", 0
        self.report.counts[file.name] = FileCounts()
        store = self._store_absences if file.noun.plural in _ABSENCES else self._store
        try:
            items = file.items(self._refuse)
            while batch := list(islice(items, MAX_ITEMS)):
                await store(file, batch)
                last = batch[-1]
                size = last.size
                self.progress(label, last.read, size)
            self.progress(label, size, size)
            file.tell_unknown()
        except UnreadableFile as problem:
            self.doubtful.add(file.noun.plural)
            self._refuse(
                FileRefusal(
                    file=file.name,
                    message=problem.message,
                    line=problem.line,
                    field=problem.field,
                    code=UNREADABLE,
                )
            )

    async def _store_absences(self, file: ImportFile, items: Sequence[FileItem]) -> None:
        """Write rows of absences without those that are refused."""
        rows, _ = self._readable(file, items)
        refused = await self.absences.store(file, [(item, row.given) for item, row in rows])
        for item, errors in refused:
            self._refuse_each(file, item, errors)

    async def _store(self, file: ImportFile, items: Sequence[FileItem]) -> None:
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
                self._count(file, upserted)
                self._warn(file, batch, upserted.warnings)
                break
        await self._refuse_unknown(file, unfit)

    def _readable(
        self, file: ImportFile, items: Sequence[FileItem]
    ) -> tuple[list[Placed], list[Placed]]:
        """Return the items that can be read, and what can be read of those that are refused."""
        whole, unfit = [], []
        for item in items:
            if item.problem:
                self._refuse_each(file, item, [InvalidValue(item.problem)])
                continue
            try:
                read = file.noun.read_item(item.values, file.columns_of(item.values))
                whole.append((item, self._with_ids(file, read)))
            except Refused as refused:
                self._refuse_each(file, item, refused.errors)
                unfit.append((item, file.noun.read_references(item.values)))
        return whole, unfit

    def _with_ids(self, file: ImportFile, item: UpsertItem) -> UpsertItem:
        """Make up the ids that an item lacks, if that is wanted; Refused if it cannot be done."""
        if not self.options.makes_ids or file.noun.plural in _ABSENCES:
            return item
        given = dict(item.given)
        if self.only_company and file.noun.plural != "companies":
            given.setdefault("company_id", self.only_company)
        fill_ids(file.noun.plural, given)
        needed = [each for each in ("source_id", "company_id") if each in _names(file.noun)]
        lacking = [InvalidValue("A value is required.", (n,)) for n in needed if not given.get(n)]
        if lacking:
            raise Refused(lacking)
        return UpsertItem(given)

    def _count(self, file: ImportFile, upserted: Upserted[Any]) -> None:
        counts = self.report.counts[file.name]
        counts.new += upserted.new
        counts.changed += upserted.changed
        counts.same += len(upserted.objects) - upserted.new - upserted.changed

    async def _refuse_unknown(self, file: ImportFile, unfit: Sequence[Placed]) -> None:
        """Refuse what items name that is not there; they are refused for something else."""
        for name, plural in file.noun.references.items():
            kind, listing = _NAMED[plural]
            named: dict[int, Key] = {}
            for number, (_, item) in enumerate(unfit):
                if text := item.given.get(name):
                    with Refusals().collecting():  # whoever reads it says what is wrong with it
                        named[number] = read_id(kind, text)
            found = await listing.find_many(self.connection, None, set(named.values()))
            for number, key in named.items():
                if key not in found:
                    error = NotFound(kind.words, (name,))
                    self._refuse_each(file, unfit[number][0], [error])

    def _refuse_each(
        self, file: ImportFile, item: FileItem, errors: Sequence[TimeOffError]
    ) -> None:
        """Refuse an item, but not for what may stand in a file that cannot be read."""
        for error in errors:
            if _other_file(file, error) not in self.doubtful:
                self._refuse_item(file, item, error)

    def _warn(self, file: ImportFile, batch: list[Placed], warnings: Sequence[Warning]) -> None:
        for warning in warnings:
            _, index, name = warning.path
            item, upsert_item = batch[int(index)]
            line = file.told(item, warning.message, str(name), warning.code.value)
            self.warned.add(warning, upsert_item, line)

    def _refuse_item(self, file: ImportFile, item: FileItem, error: TimeOffError) -> None:
        self._refuse(file.told(item, error.message, field_of(error), error.code))

    def _refuse(self, refusal: FileRefusal) -> None:
        self.report.refusals.append(refusal)
        if len(self.report.refusals) >= MOST_REFUSALS:
            self.report.stopped_early = True
            raise _TooManyRefusals


def _find_files(
    path: Path, report: ImportReport, options: ImportOptions
) -> tuple[list[ImportFile], set[str]]:
    """Return the files in their order, and the nouns whose files may be those of bad names."""
    folder = Folder.of_file(path, options.kind) if path.is_file() else Folder.of(path)
    for name in folder.shadows:
        report.note(name, "Left out: a file of the system or of an editor.")
    report.refusals += [
        FileRefusal(each.name, each.message, code=UNREADABLE) for each in folder.misnamed
    ]
    if not folder.files and not report.refusals:
        plurals = ", ".join(noun.plural for noun in FILES)
        msg = f"There is nothing to import: it has none of {plurals} as .csv, .json or .jsonl."
        report.refusals.append(FileRefusal(path.name, msg, code=UNREADABLE))
    files = [
        ImportFile(file, _lenient(noun, options), options, report) for file, noun in folder.files
    ]
    return files, {each.noun.plural for each in folder.misnamed if each.noun}


def _lenient(noun: FileNoun, options: ImportOptions) -> FileNoun:
    """Return the noun without the columns that the options make up for."""
    given = {
        "source_id": options.makes_ids,
        "company_id": options.makes_ids,
        "batch_start_time": options.day_times is not None,
        "batch_end_time": options.day_times is not None,
        "is_paid": options.is_paid is not None,
    }
    return noun.without(*(name for name, is_given in given.items() if is_given))


def _names(noun: FileNoun) -> list[str]:
    return [each.name for each in noun.columns]


def _errors_of_its_own(file: ImportFile, item: UpsertItem) -> list[TimeOffError]:
    """Return what is wrong with an item besides what it names in other files."""
    noun = getattr(nouns, file.noun.plural.upper())
    given = {name: item.given[name] for name in item.given.keys() - file.noun.references.keys()}
    refusals = Refusals()
    with refusals.collecting():
        key, company_id = noun.read_place(item)
        noun.build(UpsertItem(given), key, company_id, None, {})
    return refusals.errors


def _other_file(file: ImportFile, error: TimeOffError) -> str | None:
    """Return the plural of which an item names an object that is not there, if that is it."""
    is_unknown = isinstance(error, NotFound)
    return file.noun.references.get(field_of(error)) if is_unknown else None


def _with_message(line: FileRefusal, warning: Warning) -> FileRefusal:
    return replace(line, message=warning.message)


def now() -> datetime:
    """Return the moment, in UTC and whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
