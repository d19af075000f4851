"""Rows of absences, stored as clients write them: Kantata's in batches, Procore's one by one.

A row that was imported before is found by its reference: as it was it changes nothing, otherwise
it takes the place of what it brought.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.db.connections.database import Database, Transaction
from app.db.writing.locks import lock_everything
from app.domain.durations import hours_text
from app.domain.errors import (
    ExternalReferenceConflict,
    InvalidValue,
    Refusals,
    Refused,
)
from app.domain.identifiers import Kind
from app.domain.imported_entries import RowOutcome, RowResult
from app.domain.sync.refusals import ReadOnlySystem
from app.domain.time_off_entries import ReferenceFacts, quarter_hour_warnings
from app.services.caller import Caller
from app.services.importing.absence_columns import ENTRIES
from app.services.importing.files import FileItem
from app.services.importing.made_ids import made_reference
from app.services.importing.options import ImportOptions
from app.services.importing.references import reference_names
from app.services.importing.report import ImportReport
from app.services.importing.source import ImportFile
from app.services.importing.spans import Bad, Row, SpanImport
from app.services.importing.whose import Whose
from app.services.person_time_off.service import PersonTimeOffService
from app.services.time_off_entries.commands import EntryItem
from app.services.time_off_entries.imports import ImportEntries
from app.services.time_off_entries.service import TimeOffEntryService
from app.services.writes import Together

CUT: Final = "CUT_TO_WORKDAY"
_FACTS: Final = ("status", "external_message", "external_link", "external_status")


@dataclass(slots=True)
class AbsenceImport:
    """Stores rows of absences within one transaction; ``seen`` are those of its files so far.

    As numbers, so that a million rows take some 80 MB and not all of their texts.
    """

    connection: Transaction
    entries: TimeOffEntryService
    spans: SpanImport
    caller: Caller
    options: ImportOptions
    report: ImportReport
    seen: set[int] = field(default_factory=set)

    @classmethod
    def on(
        cls,
        connection: Transaction,
        database: Database,
        clock: Callable[[], datetime],
        caller: Caller,
        options: ImportOptions,
        report: ImportReport,
        most_days: int,
    ) -> "AbsenceImport":
        """Return what stores absences by the services of the database."""
        together = Together()
        service = PersonTimeOffService(database, clock, most_days, together)
        return cls(
            connection=connection,
            entries=TimeOffEntryService(database, clock),
            spans=SpanImport(connection, service, together, caller, options, report),
            caller=caller,
            options=options,
            report=report,
        )

    async def lock(self) -> None:
        """Keep everybody else from writing until the import ends."""
        await lock_everything(self.connection)

    async def store(self, file: ImportFile, rows: Sequence[Row]) -> list[Bad]:
        """Store the rows that can be, and return the others with all that is wrong with each."""
        if file.noun.plural != ENTRIES.plural:
            return await self.spans.store(file, rows)
        whose = await Whose.of(
            self.connection,
            Kind.USER,
            [given for _, given in rows],
            makes_ids=self.options.makes_ids,
        )
        bad: list[Bad] = []
        readable: list[tuple[FileItem, EntryItem]] = []
        for item, given in rows:
            if self.options.cuts and given["hours"] == 0:
                self.report.counts[file.name].left_out += 1
                message = "A row of no hours left out."
                self.report.warn(file.told(item, message, "hours", CUT))
                continue
            refusals = Refusals()
            entry = self._entry(given, whose, refusals)
            if entry:
                readable.append((item, entry))
            else:
                bad.append((item, refusals.errors))
        return bad + await self._bring(file, readable)

    def _entry(
        self, given: Mapping[str, Any], whose: Whose, refusals: Refusals
    ) -> EntryItem | None:
        user_id: str | None = None
        reference: ReferenceFacts | None = None
        with refusals.collecting():
            _, user_id = whose.find(given)
        with refusals.collecting():
            reference = self._reference(given, user_id)
        if not (user_id and reference):
            return None
        day, names = given["requested_date"], reference.identity
        if not self._is_first((*names, user_id, day)):
            msg = "An earlier line has the same reference for this user and day."
            refusals.add(ExternalReferenceConflict(msg, ("service_model_ref",)))
            return None
        return EntryItem(user_id, given["hours"], day, reference)

    def _is_first(self, key: tuple[object, ...]) -> bool:
        number, before = hash(key), len(self.seen)
        self.seen.add(number)
        return len(self.seen) > before

    def _reference(self, given: Mapping[str, Any], user_id: str | None) -> ReferenceFacts | None:
        names = reference_names(given, self.options)
        if names is None:
            if not self.options.makes_ids:
                msg = (
                    "A reference is needed, by which the row is found again; --make-ids makes one."
                )
                raise InvalidValue(msg, ("service_model_ref",))
            if user_id is None:
                return None
            names, nth, day = ("", "", ""), 0, given["requested_date"]
            while nth == 0 or hash((*names, user_id, day)) in self.seen:
                nth += 1
                names = made_reference(int(user_id), day, nth, self.options.service)
        facts: dict[str, Any] = {name: given.get(name) for name in _FACTS}
        return ReferenceFacts(*names, locked=bool(given.get("locked")), **facts)

    async def _bring(
        self, file: ImportFile, rows: Sequence[tuple[FileItem, EntryItem]]
    ) -> list[Bad]:
        """Store the rows without those that are refused: nothing will be stored then."""
        bad: list[Bad] = []
        while rows:
            command = ImportEntries([entry for _, entry in rows], cuts=self.options.cuts)
            try:
                imported = await self.entries.bring(self.caller, command)
            except Refused as refused:
                of_row = defaultdict(list)
                for error in refused.errors:
                    _, index, *rest = error.path
                    error.path = (_column(rest),)
                    of_row[int(index)].append(error)
                bad += [(rows[index][0], errors) for index, errors in of_row.items()]
                rows = [row for index, row in enumerate(rows) if index not in of_row]
            except ReadOnlySystem as refused:
                return bad + [(item, [refused]) for item, _ in rows]
            else:
                for result in imported.results:
                    self._tell(file, rows[result.wish.index][0], result)
                break
        return bad

    def _tell(self, file: ImportFile, item: FileItem, result: RowResult) -> None:
        counts, outcome = self.report.counts[file.name], result.outcome
        if outcome is RowOutcome.LEFT_OUT:
            counts.left_out += 1
        else:
            self.report.stored += 1
        counts.new += outcome in (RowOutcome.NEW, RowOutcome.COMBINED)
        counts.changed += outcome is RowOutcome.CHANGED
        counts.same += outcome is RowOutcome.SAME
        said, brought = hours_text(result.wish.seconds), hours_text(result.brought)
        if outcome is RowOutcome.LEFT_OUT:
            message = f"{said} left out: the workday has no room for them."
            self.report.warn(file.told(item, message, "hours", CUT))
        elif result.brought < result.wish.seconds:
            message = f"{said} cut to {brought}: the workday has no room for more."
            self.report.warn(file.told(item, message, "hours", CUT))
        if outcome is RowOutcome.COMBINED:
            total = hours_text(result.taken + result.brought)
            message = f"Added to {hours_text(result.taken)} of the same day: {total} now."
            self.report.warn(file.told(item, message, "hours", outcome.value))
        for warning in quarter_hour_warnings(result.wish.seconds, ("hours",)):
            self.report.warn(file.told(item, warning.message, "hours", warning.code.value))


def _column(path: Sequence[str | int]) -> str:
    """Return the column that a path below an item is about."""
    last = str(path[-1]) if path else "user_id"
    return "service_model_ref" if last == "external_reference" else last
