"""The worker's day of both systems together, as clients see it."""

import datetime as dt  # fields are named date
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from app.domain import schedule as domain
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind
from app.services.caller import READERS_OF_REASONS
from app.services.schedule import Schedule
from graphql_schema.access.requires import OF_REASONS
from graphql_schema.context import Info
from graphql_schema.node import load_node
from graphql_schema.schedule.enums import DayNoteCode, DiscrepancyKind
from graphql_schema.time_off import TimeOff

if TYPE_CHECKING:
    from graphql_schema.directory.types import Holiday, Worker

_DIRECTORY = strawberry.lazy("graphql_schema.directory.types")


@strawberry.type(description="What one record brings to one worker's day.")
class Contribution:
    hours: float = strawberry.field(description="The record's hours on the day, uncapped.")
    start_time: dt.time | None = strawberry.field(
        description="When they start; null for Kantata, which knows no clock times."
    )
    end_time: dt.time | None = strawberry.field(
        description="When they end; before the start: on the next day."
    )
    is_paid: bool | None = strawberry.field(
        description="Whether they are paid; null for Kantata, which does not say."
    )
    kind: strawberry.Private[Kind]
    key: strawberry.Private[int | str]

    @strawberry.field(description="The record.")
    async def time_off(self, info: Info) -> TimeOff:
        return await load_node(info, self.kind, self.key)

    @strawberry.field(
        description=f"Why; null for Kantata, which does not say. {READERS_OF_REASONS}",
        directives=OF_REASONS,
    )
    async def reason(self, info: Info) -> str | None:
        if self.kind is Kind.ENTRY:
            return None
        record = await info.context.loaders.person_time_offs.load(str(self.key))
        return record.reason if record else None

    @classmethod
    def from_domain(cls, brought: domain.Contribution) -> Self:
        """Show what a record of either kind brings."""
        hours = hours_of_seconds(brought.seconds)
        if isinstance(brought, domain.EntryHours):
            return cls(
                hours=hours,
                start_time=None,
                end_time=None,
                is_paid=None,
                kind=Kind.ENTRY,
                key=brought.entry_id,
            )
        return cls(
            hours=hours,
            start_time=domain.clock_time(brought.starts),
            end_time=domain.clock_time(brought.ends),
            is_paid=brought.is_paid,
            kind=Kind.PERSON_TIME_OFF,
            key=brought.record_id,
        )


@strawberry.type(description="An explanation of a day, with the records that it is about.")
class DayNote:
    code: DayNoteCode = strawberry.field(description="What it is about, for programs.")
    message: str = strawberry.field(description="What it is about, for people.")
    records: strawberry.Private[list[Contribution]]

    @strawberry.field(description="The records that it is about.")
    async def time_off(self, info: Info) -> list[TimeOff]:
        return [await each.time_off(info) for each in self.records]


@strawberry.type(
    description="One worker's day, both systems merged. 0 <= hoursOff <= workdayHours, and "
    "availableHours is what is left. A day that lacks less than 0.01 h of being full is full: 7.33 "
    "h of a workday of 7 h 20 min leave nothing."
)
class WorkerDay:
    date: dt.date = strawberry.field(description="The day.")
    workday_hours: float = strawberry.field(
        description="The possible workday hours: none on holidays and days off."
    )
    hours_off: float = strawberry.field(
        description="The hours off: the low end of the range, with `SUM` the high one."
    )
    hours_off_low: float = strawberry.field(
        description="If what both systems have is the same absence."
    )
    hours_off_high: float = strawberry.field(
        description="If what both systems have are two absences."
    )
    available_hours: float = strawberry.field(description="The free hours.")
    paid_hours: float = strawberry.field(description="Hours off that Procore says are paid.")
    unpaid_hours: float = strawberry.field(description="Hours off that Procore says are unpaid.")
    unknown_paid_hours: float = strawberry.field(
        description="Hours off of which nobody says whether they are paid."
    )
    record: strawberry.Private[domain.WorkerDay]

    @strawberry.field(description="Whose day it is.")
    async def worker(self, info: Info) -> Annotated["Worker", _DIRECTORY]:
        return await load_node(info, Kind.WORKER, self.record.worker_id)

    @strawberry.field(description="The holiday of the company, if it is one.")
    async def holiday(self, info: Info) -> Annotated["Holiday", _DIRECTORY] | None:
        if self.record.holiday_id is None:
            return None
        return await load_node(info, Kind.HOLIDAY, self.record.holiday_id)

    @strawberry.field(
        description="What each record brings: Kantata's, then Procore's by the clock."
    )
    def contributions(self) -> list[Contribution]:
        return [Contribution.from_domain(each) for each in self.record.contributions]

    @strawberry.field(
        description="How the two systems differ, up to the workday; null where they agree, and "
        "for a worker whom only one of them knows."
    )
    def discrepancy(self) -> DiscrepancyKind | None:
        """Show how they differ (rule 4.5)."""
        kind = self.record.discrepancy
        return DiscrepancyKind(kind) if kind else None

    @strawberry.field(description="What deserves an explanation; each code at most once.")
    def notes(self) -> list[DayNote]:
        return [
            DayNote(
                code=DayNoteCode(note.code),
                message=note.message,
                records=[Contribution.from_domain(each) for each in note.records],
            )
            for note in self.record.notes
        ]

    @classmethod
    def from_domain(cls, day: domain.WorkerDay, combine: domain.Combine) -> Self:
        return cls(
            date=day.date,
            workday_hours=hours_of_seconds(day.workday),
            hours_off=hours_of_seconds(day.off(combine)),
            hours_off_low=hours_of_seconds(day.low),
            hours_off_high=hours_of_seconds(day.high),
            available_hours=hours_of_seconds(day.available(combine)),
            paid_hours=hours_of_seconds(day.paid),
            unpaid_hours=hours_of_seconds(day.unpaid),
            unknown_paid_hours=hours_of_seconds(day.unknown_paid(combine)),
            record=day,
        )


@strawberry.type(description="A worker's days in a window, also those with nothing booked.")
class WorkerSchedule:
    from_: dt.date = strawberry.field(name="from", description="The first day of the window.")
    to: dt.date = strawberry.field(description="The last day of the window.")
    workday_hours: float = strawberry.field(description="The workday hours of all days.")
    hours_off: float = strawberry.field(description="The hours off of all days.")
    available_hours: float = strawberry.field(description="The free hours of all days.")
    record: strawberry.Private[Schedule]
    combine: strawberry.Private[domain.Combine]

    @strawberry.field(description="Whose schedule it is.")
    async def worker(self) -> Annotated["Worker", _DIRECTORY]:
        from graphql_schema.directory.types import Worker  # noqa: PLC0415 - they need each other

        return Worker.from_domain(self.record.worker)

    @strawberry.field(description="Each day of the window.")
    def days(self) -> list[WorkerDay]:
        return [WorkerDay.from_domain(day, self.combine) for day in self.record.days]

    @classmethod
    def from_domain(cls, schedule: Schedule, combine: domain.Combine) -> Self:
        days = schedule.days
        return cls(
            from_=schedule.window.first,
            to=schedule.window.last,
            workday_hours=hours_of_seconds(sum(day.workday for day in days)),
            hours_off=hours_of_seconds(sum(day.off(combine) for day in days)),
            available_hours=hours_of_seconds(sum(day.available(combine) for day in days)),
            record=schedule,
            combine=combine,
        )


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
    async def worker(self, info: Info) -> Annotated["Worker", _DIRECTORY]:
        return await load_node(info, Kind.WORKER, self.record.worker_id)

    @strawberry.field(
        description="The records, by whose ids the `mirror…` mutations settle the day."
    )
    async def time_off(self, info: Info) -> list[TimeOff]:
        brought = map(Contribution.from_domain, self.record.contributions)
        return [await load_node(info, each.kind, each.key) for each in brought]

    @classmethod
    def from_domain(cls, day: domain.WorkerDay) -> Self:
        return cls(
            date=day.date,
            kind=DiscrepancyKind(day.discrepancy),
            kantata_hours=hours_of_seconds(day.kantata),
            procore_hours=hours_of_seconds(day.procore),
            record=day,
        )
