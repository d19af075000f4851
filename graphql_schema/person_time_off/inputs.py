"""What clients send about Procore's person time off."""

from datetime import date, datetime, time
from enum import Enum

import strawberry

from app.domain import filters
from app.domain.identifiers import Kind
from app.domain.person_time_off import ROUNDING_MINUTES, PersonTimeOffWish
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.services.caller import REASON
from app.services.person_time_off.commands import (
    CreatePersonTimeOff,
    DeletePersonTimeOff,
    RestoreOccurrence,
    RestorePersonTimeOff,
    UpdatePersonTimeOff,
)
from graphql_schema.arguments import DRY_RUN, IDEMPOTENCY_KEY, IF_UNCHANGED_SINCE
from graphql_schema.input_values import (
    DateRange,
    domain_value,
    read_filter_company,
    read_filter_ids,
    read_filter_texts,
)
from graphql_schema.pagination import OrderDirection, OrderInput
from graphql_schema.person_time_off.enums import Repeat, Scope
from graphql_schema.sync.enums import SYNC_STATES, SyncState, read_sync_states

ORIGINAL_DAY = (
    "The occurrence that `ONE` and `FOLLOWING` are of: the day on which the record's rule starts "
    "it, wherever it was moved to."
)


@strawberry.input(description="Person time off that matches everything given.")
class PersonTimeOffFilter:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these records."
    )
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of people of this company."
    )
    person_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of one of these people."
    )
    overlaps: DateRange | None = strawberry.field(
        default=None, description="Records with an instance that overlaps the range."
    )
    is_paid: bool | None = strawberry.field(default=None, description="Whether it is paid.")
    repeat: list[Repeat] | None = strawberry.field(
        default=None, description="It repeats in one of these ways."
    )
    remote_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="A connected Procore Workforce Planning knows the record by one of these ids.",
    )
    sync_states: list[SyncState] | None = strawberry.field(default=None, description=SYNC_STATES)

    def to_domain(self) -> filters.PersonTimeOffFilter:
        repeats = self.repeat
        return filters.PersonTimeOffFilter(
            ids=read_filter_ids(Kind.PERSON_TIME_OFF, self.ids, ("filter", "ids")),
            company_id=read_filter_company(self.company_id),
            person_ids=read_filter_ids(Kind.PERSON, self.person_ids, ("filter", "person_ids")),
            overlaps=self.overlaps.to_domain(("filter", "overlaps")) if self.overlaps else None,
            is_paid=self.is_paid,
            repeats=None if repeats is None else tuple(map(domain_value, dict.fromkeys(repeats))),
            remote_ids=read_filter_texts(self.remote_ids, ("filter", "remote_ids")),
            sync=read_sync_states(self.sync_states),
        )


@strawberry.enum(description="What person time off can be ordered by.")
class PersonTimeOffOrderField(Enum):
    """Each order ends with a unique key, so that pages never skip or repeat."""

    START_DAY = strawberry.enum_value("START_DAY", description="By the first day.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="By the time of creation.")


@strawberry.input(description="An order of person time off.")
class PersonTimeOffOrder(OrderInput):
    field: PersonTimeOffOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(description="Up or down.")


@strawberry.input(description="Time off for a person of Procore Workforce Planning.")
class CreatePersonTimeOffInput:
    company_id: strawberry.ID = strawberry.field(description="The person's company.")
    person_id: strawberry.ID = strawberry.field(description="Who is off.")
    start_day: date = strawberry.field(description="The first day of the first instance.")
    end_day: date = strawberry.field(description="The last day of the first instance.")
    apply_to_saturday: bool = strawberry.field(
        default=False, description="Whether Saturdays count."
    )
    apply_to_sunday: bool = strawberry.field(default=False, description="Whether Sundays count.")
    is_paid: bool = strawberry.field(description="Whether the time off is paid.")
    reason: str = strawberry.field(description=REASON)
    repeat: Repeat = strawberry.field(default=Repeat.NEVER, description="How often it comes back.")
    cadence: int | None = strawberry.field(
        default=None,
        description="Every how many weeks, months or years; required unless it never repeats, "
        "then ignored.",
    )
    repeat_end_day: date | None = strawberry.field(
        default=None,
        description="The last day on which an instance may start; required unless it never "
        "repeats, then ignored.",
    )
    batch_start_time: time = strawberry.field(
        description=f"When each day's time off starts; rounded to {ROUNDING_MINUTES} minutes."
    )
    batch_end_time: time = strawberry.field(
        description=f"When each day's time off ends; rounded to {ROUNDING_MINUTES} minutes. Before "
        "the start: on the next day."
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> CreatePersonTimeOff:
        wish = PersonTimeOffWish(
            start_day=self.start_day,
            end_day=self.end_day,
            batch_start_time=self.batch_start_time,
            batch_end_time=self.batch_end_time,
            apply_to_saturday=self.apply_to_saturday,
            apply_to_sunday=self.apply_to_sunday,
            is_paid=self.is_paid,
            reason=self.reason,
            repeat=domain_value(self.repeat),
            cadence=self.cadence,
            repeat_end_day=self.repeat_end_day,
        )
        return CreatePersonTimeOff(
            company_id=self.company_id,
            person_id=self.person_id,
            wish=wish,
            dry_run=self.dry_run,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(
    description="Fields to change; one left out or null stays as it is. With the scope `ALL`, how "
    "a record repeats cannot be changed, nor the days of one that does: those may be sent as they "
    "are. `ONE` changes days, times and paid flag of an occurrence, `FOLLOWING` everything."
)
class UpdatePersonTimeOffInput:
    id: strawberry.ID = strawberry.field(description="The record.")
    scope: Scope = strawberry.field(
        default=Scope.ALL,
        description="How much of a repeat is changed. `FOLLOWING` ends the record before the "
        "occurrence and lets a new one go on from there; where no day before the occurrence "
        "counts, as before the first, it changes the record itself.",
    )
    original_day: date | None = strawberry.field(default=None, description=ORIGINAL_DAY)
    start_day: date | None = strawberry.field(
        default=None,
        description="The first day. Sent without `endDay`, with `ONE` and `FOLLOWING`, it moves "
        "the occurrence, which keeps its length; with `ALL` the last day stays.",
    )
    end_day: date | None = strawberry.field(default=None, description="The last day.")
    apply_to_saturday: bool | None = strawberry.field(
        default=None, description="Whether Saturdays count."
    )
    apply_to_sunday: bool | None = strawberry.field(
        default=None, description="Whether Sundays count."
    )
    is_paid: bool | None = strawberry.field(
        default=None, description="Whether the time off is paid."
    )
    reason: str | None = strawberry.field(default=None, description=REASON)
    batch_start_time: time | None = strawberry.field(
        default=None,
        description=f"When each day's time off starts; rounded to {ROUNDING_MINUTES} minutes.",
    )
    batch_end_time: time | None = strawberry.field(
        default=None,
        description=f"When each day's time off ends; rounded to {ROUNDING_MINUTES} minutes.",
    )
    repeat: Repeat | None = strawberry.field(
        default=None, description="How often it comes back from now on."
    )
    cadence: int | None = strawberry.field(
        default=None, description="Every how many weeks, months or years."
    )
    repeat_end_day: date | None = strawberry.field(
        default=None, description="The last day on which an instance may start."
    )
    if_unchanged_since: datetime | None = strawberry.field(
        default=None, description=IF_UNCHANGED_SINCE
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> UpdatePersonTimeOff:
        patch = PersonTimeOffPatch(
            start_day=self.start_day,
            end_day=self.end_day,
            batch_start_time=self.batch_start_time,
            batch_end_time=self.batch_end_time,
            apply_to_saturday=self.apply_to_saturday,
            apply_to_sunday=self.apply_to_sunday,
            is_paid=self.is_paid,
            reason=self.reason,
            repeat=None if self.repeat is None else domain_value(self.repeat),
            cadence=self.cadence,
            repeat_end_day=self.repeat_end_day,
        )
        return UpdatePersonTimeOff(
            self.id,
            patch,
            self.idempotency_key,
            dry_run=self.dry_run,
            if_unchanged_since=self.if_unchanged_since,
            scope=domain_value(self.scope),
            original_day=self.original_day,
        )


@strawberry.input(description="An occurrence that is to be as the rule of its record has it.")
class RestoreOccurrenceInput:
    id: strawberry.ID = strawberry.field(description="The record.")
    original_day: date = strawberry.field(
        description="The occurrence: the day on which the record's rule starts it."
    )
    if_unchanged_since: datetime | None = strawberry.field(
        default=None, description=IF_UNCHANGED_SINCE
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> RestoreOccurrence:
        return RestoreOccurrence(
            self.id,
            self.original_day,
            self.idempotency_key,
            dry_run=self.dry_run,
            if_unchanged_since=self.if_unchanged_since,
        )


@strawberry.input(description="A record that was deleted whole, and is to be there again.")
class RestorePersonTimeOffInput:
    id: strawberry.ID = strawberry.field(description="The record, deleted less than an hour ago.")
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> RestorePersonTimeOff:
        return RestorePersonTimeOff(self.id, self.dry_run, self.idempotency_key)


@strawberry.input(description="A record to delete with all its instances, or some of them.")
class DeletePersonTimeOffInput:
    id: strawberry.ID = strawberry.field(description="The record.")
    scope: Scope = strawberry.field(
        default=Scope.ALL,
        description="How much of a repeat is deleted. `ONE` skips an occurrence, which "
        "`restoreOccurrence` brings back; `FOLLOWING` ends the repeat before it, or deletes the "
        "record where no day before it counts.",
    )
    original_day: date | None = strawberry.field(default=None, description=ORIGINAL_DAY)
    if_unchanged_since: datetime | None = strawberry.field(
        default=None, description=IF_UNCHANGED_SINCE
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> DeletePersonTimeOff:
        return DeletePersonTimeOff(
            self.id,
            self.dry_run,
            self.idempotency_key,
            if_unchanged_since=self.if_unchanged_since,
            scope=domain_value(self.scope),
            original_day=self.original_day,
        )
