"""Rows of Procore's person time off: each is a record, whose id its reference makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any
from uuid import UUID

from app.db.connections.database import Transaction
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.writing import deleted_person_time_off as kept
from app.domain.erasure import REMOVED
from app.domain.errors import (
    ExternalReferenceConflict,
    HeldElsewhere,
    InvalidValue,
    Refusals,
    Refused,
    TimeOffError,
)
from app.domain.identifiers import Kind
from app.domain.person_time_off import PersonTimeOff, PersonTimeOffWish, plan
from app.domain.person_time_off_patch import PersonTimeOffPatch, laid_over
from app.domain.recurrence import Repeat
from app.domain.repeat_changes import Scope
from app.domain.warnings import Warning
from app.domain.wire_formats import is_uuid
from app.services.caller import Caller
from app.services.importing.files import FileItem
from app.services.importing.made_ids import made_uuid
from app.services.importing.options import ImportOptions
from app.services.importing.references import reference_names
from app.services.importing.report import ImportReport
from app.services.importing.source import ImportFile
from app.services.importing.whose import Whose
from app.services.person_time_off.commands import CreatePersonTimeOff, UpdatePersonTimeOff
from app.services.person_time_off.service import PersonTimeOffService
from app.services.writes import Together

Row = tuple[FileItem, Mapping[str, Any]]
Bad = tuple[FileItem, Sequence[TimeOffError]]


@dataclass(frozen=True, slots=True)
class _Span:
    """A row that could be read: which record it is, whose, and what it says."""

    id: str
    company_id: str
    person_id: str
    given: Mapping[str, Any]

    def patch_of(self, before: PersonTimeOff) -> PersonTimeOffPatch:
        """Return what the row says; what it leaves out stays as it is.

        A reason that was removed is not brought back (rules 4.7 and 4.8).
        """
        patch = PersonTimeOffPatch(**{name: self.given.get(name) for name in _FIELDS})
        return replace(patch, reason=None) if before.reason == REMOVED else patch

    @property
    def wish(self) -> PersonTimeOffWish:
        """What the row says of a new record."""
        given = {name: self.given[name] for name in _FIELDS if self.given.get(name) is not None}
        defaults = {"apply_to_saturday": False, "apply_to_sunday": False, "repeat": Repeat.NEVER}
        return PersonTimeOffWish(**{**defaults, **given})


_FIELDS = tuple(PersonTimeOffPatch.__dataclass_fields__)


@dataclass(slots=True)
class SpanImport:
    """Stores rows of person time off within one transaction."""

    connection: Transaction
    service: PersonTimeOffService
    together: Together
    """Of the service: the changes of a piece of rows are numbered at once."""
    caller: Caller
    options: ImportOptions
    report: ImportReport
    seen: set[int] = field(default_factory=set)

    async def store(self, file: ImportFile, rows: Sequence[Row]) -> list[Bad]:
        """Store the rows that can be, and return the others with all that is wrong with each."""
        whose = await Whose.of(
            self.connection,
            Kind.PERSON,
            [given for _, given in rows],
            makes_ids=self.options.makes_ids,
        )
        bad: list[Bad] = []
        readable: list[tuple[FileItem, _Span]] = []
        for item, given in rows:
            refusals = Refusals()
            if span := self._read(given, whose, refusals):
                readable.append((item, span))
            else:
                bad.append((item, refusals.errors))
        ids = [span.id for _, span in readable]
        stored = await PERSON_TIME_OFFS.find_many(self.connection, None, ids)
        await kept.take(self.connection, [id_ for id_ in ids if id_ not in stored])
        for item, span in readable:
            try:
                await self._write(file, item, span, stored.get(span.id))
            except Refused as refused:
                bad.append((item, refused.errors))
            except TimeOffError as error:
                bad.append((item, [error]))
        await self.together.record(self.connection, self.caller.origin, self.service.clock())
        return bad

    def _read(self, given: Mapping[str, Any], whose: Whose, refusals: Refusals) -> _Span | None:
        given = self._with_defaults(given)
        company_id = person_id = id_ = None
        with refusals.collecting():
            company_id, person_id = whose.find(given)
        with refusals.collecting():
            id_ = self._id(given, company_id, person_id)
        if not (company_id and person_id and id_):
            with refusals.collecting():
                plan(_Span("", "", "", given).wish)  # what else is wrong is told at once
            return None
        return _Span(id_, company_id, person_id, given)

    def _with_defaults(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a row with the times and the paid flag of those that have none."""
        starts, ends = self.options.day_times or (None, None)
        defaults: dict[str, time | bool | None] = {
            "batch_start_time": starts,
            "batch_end_time": ends,
            "is_paid": self.options.is_paid,
        }
        known = {name: value for name, value in given.items() if value is not None}
        return {**{k: v for k, v in defaults.items() if v is not None}, **known}

    def _id(
        self, given: Mapping[str, Any], company_id: str | None, person_id: str | None
    ) -> str | None:
        """Return the id of the record: its own, or the one that its reference makes."""
        id_: str
        if text := given.get("source_id"):
            if not is_uuid(text):
                msg = "This is not an id of the source system."
                raise InvalidValue(msg, ("source_id",))
            id_, column = text.lower(), "source_id"
        elif names := reference_names(given, self.options):
            id_, column = made_uuid("person_time_off", company_id, *names), "service_model_ref"
        elif self.options.makes_ids:
            return self._made(given, company_id, person_id)
        else:
            msg = (
                "A source_id or a reference is needed, by which the row is found again; "
                "--make-ids makes one."
            )
            raise InvalidValue(msg, ("service_model_ref",))
        if company_id and not self._is_first(id_):
            msg = "An earlier line is of the same record."
            raise ExternalReferenceConflict(msg, (column,))
        return id_

    def _made(self, given: Mapping[str, Any], company_id: str | None, person_id: str | None) -> str:
        """Return an id made of person, first day and times; of several such rows each another."""
        first = [given.get(name) for name in ("start_day", "batch_start_time", "repeat")]
        nth = 1
        while True:
            id_ = made_uuid("person_time_off", company_id, person_id, *first, nth)
            if self._is_first(id_):
                return id_
            nth += 1

    def _is_first(self, id_: str) -> bool:
        before = len(self.seen)
        self.seen.add(hash(UUID(id_).int))
        return len(self.seen) > before

    async def _write(
        self, file: ImportFile, item: FileItem, span: _Span, before: PersonTimeOff | None
    ) -> None:
        counts = self.report.counts[file.name]
        if before is None:
            command = CreatePersonTimeOff(span.company_id, span.person_id, span.wish, id=span.id)
            created = await self.service.create(self.caller, command)
            counts.new += 1
            warnings = created.warnings
        else:
            _refuse_other_person(span, before)
            if scope := _change_of(span, before):
                warnings = await self._change(file, item, span, before, scope)
                counts.changed += 1
            else:
                counts.same += 1
                warnings = []
        self.report.stored += 1
        for warning in warnings:
            name = str(warning.path[0]) if warning.path[0] in _FIELDS else "start_day"
            self.report.warn(file.told(item, warning.message, name, warning.code.value))

    async def _change(
        self,
        file: ImportFile,
        item: FileItem,
        span: _Span,
        before: PersonTimeOff,
        scope: Scope,
    ) -> Sequence[Warning]:
        original_day = None if scope is Scope.ALL else before.span.first
        patch = span.patch_of(before)
        command = UpdatePersonTimeOff(span.id, patch, scope=scope, original_day=original_day)
        revised = await self.service.update(self.caller, command)
        if revised.split_off:
            msg = (
                "Some occurrence was moved to before the first day, so the repeat can only be "
                "changed by hand."
            )
            raise InvalidValue(msg, ("start_day",))
        if dropped := len(revised.dropped_exceptions):
            message = f"{dropped} changed occurrences are none of the repeat's any more."
            self.report.warn(file.told(item, message, "repeat", "EXCEPTIONS_DROPPED"))
        return revised.warnings


def _refuse_other_person(span: _Span, before: PersonTimeOff) -> None:
    if before.company_id != span.company_id:
        raise HeldElsewhere(Kind.PERSON_TIME_OFF.words, ("source_id",), before.company_id)
    if before.person_id != span.person_id:
        msg = "This record is of another person, and stays so: delete it, or give another id."
        raise InvalidValue(msg, ("person_id",))


def _change_of(span: _Span, before: PersonTimeOff) -> Scope | None:
    """Return how a row changes its record: all of it, from its first day on, or not at all.

    The rule of a repeat and its days can only be changed from an occurrence on (rule 3.12).
    """
    wish = laid_over(before, before.span, span.patch_of(before))
    planned = plan(wish)
    is_same_series = planned.rule == before.rule
    if is_same_series and (before.rule is None or planned.spans[0] == before.span):
        is_same = (planned.spans[0], planned.pattern, wish.is_paid, wish.reason) == (
            before.span,
            before.pattern,
            before.is_paid,
            before.reason,
        )
        return None if is_same else Scope.ALL
    return Scope.FOLLOWING
