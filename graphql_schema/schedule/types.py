"""The worker's day of both systems together, as clients see it."""

import datetime as dt  # fields are named date
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from app.domain import contributions
from app.domain import schedule as domain
from app.domain.acknowledgements import version_of_day
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Key, Kind
from app.domain.sync.deliveries import day_key, is_under_way, record_key
from app.domain.workers import Worker as DomainWorker
from app.services.caller import READERS_OF_REASONS
from app.services.merged_days import Schedule
from graphql_schema.access.requires import OF_REASONS
from graphql_schema.acknowledgements.types import DiscrepancyAcknowledgement
from graphql_schema.context import Info
from graphql_schema.hours import in_hours
from graphql_schema.links import link
from graphql_schema.node import load_node
from graphql_schema.schedule.enums import DayNoteCode, DiscrepancyKind
from graphql_schema.shared_items import Sharing
from graphql_schema.time_off import TimeOff

if TYPE_CHECKING:
    from graphql_schema.directory.types import Holiday, Worker

_DIRECTORY = strawberry.lazy("graphql_schema.directory.types")


@strawberry.type(description="What one record brings to one worker's day.")
class Contribution:
    time_off: TimeOff = link(
        lambda contribution: _kind_and_key(contribution.brought), description="The record."
    )
    brought: strawberry.Private[contributions.Contribution]

    def __init__(self, brought: contributions.Contribution) -> None:
        # By place: a page has thousands, and a dataclass of Strawberry takes names only.
        self.brought = brought

    hours: float = in_hours(
        "self.brought.seconds", description="The record's hours on the day, uncapped."
    )

    @strawberry.field(description="When they start; null for Kantata, which knows no clock times.")
    def start_time(self) -> dt.time | None:
        clock = _clock_of(self.brought)
        return contributions.clock_time(clock.starts) if clock else None

    @strawberry.field(description="When they end; before the start: on the next day.")
    def end_time(self) -> dt.time | None:
        clock = _clock_of(self.brought)
        return contributions.clock_time(clock.ends) if clock else None

    @strawberry.field(description="Whether they are paid; null for Kantata, which does not say.")
    def is_paid(self) -> bool | None:
        clock = _clock_of(self.brought)
        return clock.is_paid if clock else None

    @strawberry.field(
        description=f"Why; null for Kantata, which does not say. {READERS_OF_REASONS}",
        directives=OF_REASONS,
    )
    async def reason(self, info: Info) -> str | None:
        clock = _clock_of(self.brought)
        if clock is None:
            return None
        record = await info.context.loaders.person_time_offs.load(clock.record_id)
        return record.reason if record else None


def _clock_of(brought: contributions.Contribution) -> contributions.ClockHours | None:
    """Return what Procore brings; None for Kantata's hours, of which only the amount is known."""
    return brought if isinstance(brought, contributions.ClockHours) else None


def _kind_and_key(brought: contributions.Contribution) -> tuple[Kind, Key]:
    if isinstance(brought, contributions.EntryHours):
        return Kind.ENTRY, brought.entry_id
    return Kind.PERSON_TIME_OFF, brought.record_id


@strawberry.type(description="An explanation of a day, with the records that it is about.")
class DayNote:
    code: DayNoteCode = strawberry.field(description="What it is about, for programs.")
    message: str = strawberry.field(description="What it is about, for people.")
    records: strawberry.Private[Sequence[contributions.Contribution]]

    @strawberry.field(description="The records that it is about.")
    async def time_off(self, info: Info) -> list[TimeOff]:
        return [await load_node(info, *_kind_and_key(each)) for each in self.records]


@strawberry.type(
    description="One worker's day, both systems merged. 0 <= hoursOff <= workdayHours, and "
    "availableHours is what is left. A day that lacks less than 0.01 h of being full is full: 7.33 "
    "h of a workday of 7 h 20 min leave nothing."
)
class WorkerDay:
    merged: strawberry.Private[domain.MergedDay]
    combine: strawberry.Private[domain.Combine]
    whose: strawberry.Private[DomainWorker | None]
    """None where nobody asks for the worker: see WorkerSchedule.days."""

    def __init__(
        self,
        merged: domain.MergedDay,
        combine: domain.Combine,
        whose: DomainWorker | None = None,
    ) -> None:
        self.merged = merged
        self.combine = combine
        self.whose = whose

    date: dt.date = strawberry.field(resolver=lambda self: self.merged.date, description="The day.")
    workday_hours: float = in_hours(
        "self.merged.workday",
        description="The possible workday hours: none on holidays and days off.",
    )
    hours_off: float = in_hours(
        "self.merged.off(self.combine)",
        description="The hours off: the low end of the range, with `SUM` the high one.",
    )
    hours_off_low: float = in_hours(
        "self.merged.low", description="If what both systems have is the same absence."
    )
    hours_off_high: float = in_hours(
        "self.merged.high", description="If what both systems have are two absences."
    )
    available_hours: float = in_hours(
        "self.merged.available(self.combine)", description="The free hours."
    )
    paid_hours: float = in_hours(
        "self.merged.paid", description="Hours off that Procore says are paid."
    )
    unpaid_hours: float = in_hours(
        "self.merged.unpaid", description="Hours off that Procore says are unpaid."
    )
    unknown_paid_hours: float = in_hours(
        "self.merged.unknown_paid(self.combine)",
        description="Hours off of which nobody says whether they are paid.",
    )

    @strawberry.field(description="Whose day it is.")
    def worker(self) -> Annotated["Worker", _DIRECTORY]:
        if self.whose is None:
            msg = "a day that workers share was asked whose it is"
            raise LookupError(msg)
        return _shown(self.whose)

    @strawberry.field(description="The holiday of the company, if it is one.")
    def holiday(self) -> Annotated["Holiday", _DIRECTORY] | None:
        from graphql_schema.directory.types import Holiday  # noqa: PLC0415 - they need each other

        found = self.merged.holiday
        return None if found is None else Holiday.from_domain(found)

    @strawberry.field(
        description="What each record brings: Kantata's, then Procore's by the clock.",
        metadata=Sharing(
            records=lambda day: day.merged.contributions,
            show=lambda brought, _: Contribution(brought),
        ).as_metadata,
    )
    def contributions(self) -> list[Contribution]:
        return list(map(Contribution, self.merged.contributions))

    @strawberry.field(
        description="How the two systems differ, up to the workday; null where they agree, and "
        "for a worker whom only one of them knows."
    )
    def discrepancy(self) -> DiscrepancyKind | None:
        """Show how they differ (rule 4.5)."""
        kind = self.merged.discrepancy
        return DiscrepancyKind(kind) if kind else None

    @strawberry.field(
        description="That they may differ, if somebody has said so and both systems still say of "
        "the day what they said then."
    )
    async def acknowledgement(self, info: Info) -> DiscrepancyAcknowledgement | None:
        return await _acknowledgement_of(info, self.merged)

    @strawberry.field(description="What deserves an explanation; each code at most once.")
    def notes(self) -> list[DayNote]:
        return [
            DayNote(code=DayNoteCode(note.code), message=note.message, records=note.records)
            for note in self.merged.notes
        ]

    @classmethod
    def from_domain(cls, day: domain.WorkerDay, combine: domain.Combine) -> Self:
        return cls(day.merged, combine, day.worker)


@strawberry.type(description="A worker's days in a window, also those with nothing booked.")
class WorkerSchedule:
    record: strawberry.Private[Schedule]
    combine: strawberry.Private[domain.Combine]

    from_: dt.date = strawberry.field(
        resolver=lambda self: self.record.window.first,
        name="from",
        description="The first day of the window.",
    )
    to: dt.date = strawberry.field(
        resolver=lambda self: self.record.window.last, description="The last day of the window."
    )
    workday_hours: float = in_hours(
        "self.record.workday", description="The workday hours of all days."
    )
    hours_off: float = in_hours(
        "self.record.off(self.combine)", description="The hours off of all days."
    )
    available_hours: float = in_hours(
        "self.record.workday - self.record.off(self.combine)",
        description="The free hours of all days.",
    )

    @strawberry.field(description="Whose schedule it is.")
    def worker(self) -> Annotated["Worker", _DIRECTORY]:
        return _shown(self.record.worker)

    @strawberry.field(
        description="Each day of the window.",
        metadata=Sharing(
            records=lambda schedule: schedule.record.days,
            show=WorkerDay,
            shown_by=lambda schedule: schedule.combine,
            unless_selected="worker",
        ).as_metadata,
    )
    def days(self) -> list[WorkerDay]:
        worker, combine = self.record.worker, self.combine
        return [WorkerDay(day, combine, worker) for day in self.record.days]

    @classmethod
    def from_domain(cls, schedule: Schedule, combine: domain.Combine) -> Self:
        return cls(record=schedule, combine=combine)


@strawberry.type(description="A worker's day on which the two systems disagree, on capped hours.")
class Discrepancy:
    date: dt.date = strawberry.field(description="The day.")
    kind: DiscrepancyKind = strawberry.field(description="How they differ.")
    kantata_hours: float = strawberry.field(description="What Kantata OX has, up to the workday.")
    procore_hours: float = strawberry.field(
        description="What Procore Workforce Planning has, up to the workday."
    )
    record: strawberry.Private[domain.WorkerDay]

    @strawberry.field(description="Whose day it is.")
    def worker(self) -> Annotated["Worker", _DIRECTORY]:
        return _shown(self.record.worker)

    @strawberry.field(
        description="That they may differ, if somebody has said so and both systems still say of "
        "the day what they said then."
    )
    async def acknowledgement(self, info: Info) -> DiscrepancyAcknowledgement | None:
        return await _acknowledgement_of(info, self.record.merged)

    @strawberry.field(
        description="What both systems say of the day, and whether it is acknowledged, as text to "
        "send back: as long as that is so it is the same. The mutations that settle the day take "
        "it as `ifUnchanged`."
    )
    async def version(self, info: Info) -> str:
        """Show by what it is seen whether somebody has changed the day meanwhile (rule 5.4)."""
        day = self.record.merged
        found = (
            await info.context.acknowledged_days.load((day.pair, day.date)) if day.pair else None
        )
        return version_of_day(day, {found.place: found} if found else {})

    @strawberry.field(
        description="Whether the day is just being written to a connected system, so that they may "
        "soon agree, or differ otherwise."
    )
    async def is_settling(self, info: Info) -> bool:
        worker, deliveries = self.record.worker, info.context.sync.deliveries_of
        keys = [] if worker.user_id is None else [day_key(worker.user_id, self.date)]
        for each in self.record.merged.contributions:
            kind, id_ = _kind_and_key(each)
            if kind is Kind.PERSON_TIME_OFF and worker.person_id is not None:
                keys.append(record_key(worker.person_id, str(id_)))
        found = await deliveries.load_many([(worker.company_id, key) for key in keys])
        return any(map(is_under_way, found))

    @strawberry.field(
        description="The records, by whose ids the `mirror…` mutations settle the day."
    )
    async def time_off(self, info: Info) -> list[TimeOff]:
        brought = self.record.merged.contributions
        return [await load_node(info, *_kind_and_key(each)) for each in brought]

    @classmethod
    def from_domain(cls, day: domain.WorkerDay) -> Self:
        merged = day.merged
        return cls(
            date=merged.date,
            kind=DiscrepancyKind(merged.discrepancy),
            kantata_hours=hours_of_seconds(merged.kantata),
            procore_hours=hours_of_seconds(merged.procore),
            record=day,
        )


async def _acknowledgement_of(
    info: Info, day: domain.MergedDay
) -> DiscrepancyAcknowledgement | None:
    """Show the day's acknowledgement, one that is in force (rule 4.5)."""
    if day.pair is None or day.discrepancy is None:
        return None
    found = await info.context.acknowledged_days.load((day.pair, day.date))
    if found is None or not found.is_about(day):
        return None
    return DiscrepancyAcknowledgement.from_domain(found)


def _shown(worker: DomainWorker) -> "Worker":
    from graphql_schema.directory.types import Worker  # noqa: PLC0415 - they need each other

    return Worker.from_domain(worker)
