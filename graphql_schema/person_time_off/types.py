"""Procore's person time off, as clients see it."""

from collections import defaultdict
from datetime import date, time
from typing import Annotated, Optional, Self

import strawberry

from app.domain import person_time_off as domain
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind, node_id, person_subject
from app.domain.instances import Instance, by_day
from app.domain.recurrence import Repeat as DomainRepeat
from app.domain.sync.deliveries import record_key, sync_state
from app.services.caller import READERS_OF_REASONS
from graphql_schema.access.requires import OF_REASONS
from graphql_schema.arguments import From, To
from graphql_schema.context import Info
from graphql_schema.directory.types import Company, Person, Worker
from graphql_schema.input_values import window
from graphql_schema.links import link
from graphql_schema.node import LOADED_BY, LoadedBy
from graphql_schema.person_time_off.enums import OccurrenceStatus, Repeat
from graphql_schema.sync.enums import SyncState
from graphql_schema.time_off import TimeOff, TimeOffDay, TimeOffSource

IncludeSkipped = Annotated[
    bool,
    strawberry.argument(description="Whether occurrences that are skipped are shown as well."),
]


@strawberry.type(description="One occurrence of a person's time off.")
class TimeOffInstance:
    id: strawberry.ID = strawberry.field(
        description="Opaque, and unique over all types. No node has it: an instance is reached "
        "through its record."
    )
    source_id: strawberry.ID = strawberry.field(
        description="The id by which the source system's REST API knows it."
    )
    original_day: date = strawberry.field(
        description="The day on which the record's rule starts it. It names the occurrence, "
        "wherever that was moved to, and never changes."
    )
    status: OccurrenceStatus = strawberry.field(
        description="Whether it is as the record's rule has it."
    )
    start_day: date = strawberry.field(
        description="The first day; of one that is skipped, where the rule has it."
    )
    end_day: date = strawberry.field(description="The last day.")
    batch_start_time: time = strawberry.field(
        description="When each day's time off starts, on the quarter hour."
    )
    batch_end_time: time = strawberry.field(
        description="When each day's time off ends; before the start: on the next day."
    )
    is_paid: bool = strawberry.field(description="Whether it is paid.")
    instance: strawberry.Private[Instance]

    @strawberry.field(
        description="The hours of its counted days, uncapped; holidays are not taken out. None "
        "of one that is skipped."
    )
    def hours(self) -> float:
        days = sum(1 for _ in self.instance.counted_days())
        return hours_of_seconds(days * self.instance.pattern.seconds_a_day)

    @classmethod
    def from_domain(cls, instance: Instance) -> Self:
        """Show an instance of a record."""
        return cls(
            id=strawberry.ID(node_id(Kind.INSTANCE, instance.id)),
            source_id=strawberry.ID(instance.id),
            original_day=instance.original_day,
            status=OccurrenceStatus(instance.status),
            start_day=instance.span.first,
            end_day=instance.span.last,
            batch_start_time=instance.pattern.start_time,
            batch_end_time=instance.pattern.end_time,
            is_paid=instance.is_paid,
            instance=instance,
        )


@strawberry.type(
    description="Time off of a Procore Workforce Planning person: a span of days with daily "
    "clock times, which may come back weekly, monthly or yearly."
)
class PersonTimeOff(TimeOff):
    start_day: date = strawberry.field(description="The first day of the first instance.")
    end_day: date = strawberry.field(
        description="The end of the last instance. The span of one occurrence is "
        "`instances[0]`, if that is `PLANNED`: sending this back as an `endDay` would make another "
        "series."
    )
    apply_to_saturday: bool = strawberry.field(description="Whether Saturdays count.")
    apply_to_sunday: bool = strawberry.field(description="Whether Sundays count.")
    is_paid: bool = strawberry.field(description="Whether the time off is paid.")
    reason: str | None = strawberry.field(
        description=f"Why. {READERS_OF_REASONS} Null of a record that was deleted since.",
        directives=OF_REASONS,
    )
    repeat: Repeat = strawberry.field(description="How often it comes back.")
    cadence: int | None = strawberry.field(
        description="Every how many weeks, months or years; null if it never repeats."
    )
    repeat_end_day: date | None = strawberry.field(
        description="The last day on which an instance may start; null if it never repeats."
    )
    batch_start_time: time = strawberry.field(
        description="When each day's time off starts, on the quarter hour."
    )
    batch_end_time: time = strawberry.field(
        description="When each day's time off ends; before the start: on the next day, and the "
        "hours belong to the day on which it starts."
    )
    worker: Worker = link(
        lambda shown: (Kind.WORKER, person_subject(shown.record.person_id)),
        description="Who is off.",
    )
    company: Company = link(
        lambda shown: (Kind.COMPANY, shown.record.company_id),
        description="The tenant that the person belongs to.",
    )
    person: Person = link(
        lambda shown: (Kind.PERSON, shown.record.person_id), description="The person who is off."
    )
    split_from: Optional["PersonTimeOff"] = link(
        lambda shown: (Kind.PERSON_TIME_OFF, shown.record.split_from),
        description="The record from which this one goes on; null if it goes on from none, or "
        "that was deleted.",
    )
    record: strawberry.Private[domain.PersonTimeOff]

    @strawberry.field(
        description="The hours of all counted days, uncapped; holidays are not taken out."
    )
    def total_hours(self) -> float:
        return hours_of_seconds(self.record.total_seconds)

    @strawberry.field(
        description="The counted days inside the window (all of them if it is left out)."
    )
    def days(self, from_: From = None, to: To = None) -> list[TimeOffDay]:
        seconds: dict[date, int] = defaultdict(int)
        for day, brought in self.record.clocked_days(window(from_, to)):
            seconds[day] += brought.seconds
        return [
            TimeOffDay(date=day, hours=hours_of_seconds(of_day)) for day, of_day in seconds.items()
        ]

    @strawberry.field(
        description="Each occurrence as it is now, earliest first; each has an id of its own."
    )
    def instances(self, include_skipped: IncludeSkipped = False) -> list[TimeOffInstance]:  # noqa: FBT002 - an argument of the schema
        occurrences = self.record.instances
        if include_skipped:
            occurrences = sorted(self.record.occurrences, key=by_day)
        return list(map(TimeOffInstance.from_domain, occurrences))

    @strawberry.field(
        description="The records that go on where changes of all following occurrences ended "
        "this one, earliest first."
    )
    async def split_into(self, info: Info) -> list["PersonTimeOff"]:
        found = await info.context.loaders.split_into.load(self.record.id)
        return list(map(PersonTimeOff.from_domain, found))

    @strawberry.field(
        description="The id by which a connected Procore Workforce Planning knows it; null if "
        "none has it. Of a record that came from there it is mostly `sourceId` too."
    )
    async def remote_id(self, info: Info) -> strawberry.ID | None:
        found = await info.context.sync.remote_ids.load(self.record.id)
        return None if found is None else strawberry.ID(found)

    @strawberry.field(
        description="Whether a connected Procore Workforce Planning has it as it is here, or what "
        "it waits for."
    )
    async def sync_state(self, info: Info) -> SyncState:
        sync = info.context.sync
        found = await sync.remote_ids.load(self.record.id)
        waiting = await sync.deliveries_of.load(_place(self.record))
        return SyncState(sync_state(waiting, is_there=found is not None))

    @strawberry.field(
        description="Why a connected Procore Workforce Planning does not have it as it is here, in "
        "words for people; null where nobody is needed."
    )
    async def sync_message(self, info: Info) -> str | None:
        waiting = await info.context.sync.deliveries_of.load(_place(self.record))
        return None if waiting is None else waiting.message

    @classmethod
    def from_domain(cls, record: domain.PersonTimeOff) -> Self:
        """Show a record."""
        rule, pattern = record.rule, record.pattern
        return cls(
            id=strawberry.ID(node_id(Kind.PERSON_TIME_OFF, record.id)),
            source_id=strawberry.ID(record.id),
            source=TimeOffSource.PROCORE_WORKFORCE_PLANNING,
            created_at=record.created_at,
            updated_at=record.updated_at,
            start_day=record.span.first,
            end_day=record.last_day,
            apply_to_saturday=pattern.apply_to_saturday,
            apply_to_sunday=pattern.apply_to_sunday,
            is_paid=record.is_paid,
            reason=record.reason,
            repeat=Repeat(rule.repeat if rule else DomainRepeat.NEVER),
            cadence=rule.cadence if rule else None,
            repeat_end_day=rule.until if rule else None,
            batch_start_time=pattern.start_time,
            batch_end_time=pattern.end_time,
            record=record,
        )


LOADED_BY.update(
    {
        Kind.PERSON_TIME_OFF: LoadedBy(
            lambda context: context.loaders.person_time_offs, PersonTimeOff.from_domain
        ),
    }
)


def _place(record: domain.PersonTimeOff) -> tuple[str, str]:
    """Return under which company and key the record waits to be written."""
    return record.company_id, record_key(record.person_id, record.id)
