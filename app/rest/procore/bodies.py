"""What Procore's endpoints are sent and what they answer, property by property."""

from datetime import UTC, datetime, timedelta
from typing import Literal, Self

from pydantic import Field

from app.domain import person_time_off
from app.domain.days import DaySpan
from app.domain.errors import DaysReversed
from app.domain.paging import MAX_PAGE_SIZE
from app.domain.person_time_off import MAX_COUNTED_DAYS, ROUNDING_MINUTES
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.recurrence import Repeat, days_asked_for
from app.domain.wire_formats import format_clock, format_mm_dd_yy
from app.rest.wire import (
    Answer,
    Cadence,
    Clock,
    ClockText,
    Limit,
    QueryUuid,
    Sent,
    TimeZone,
    UsDay,
    UsDayText,
    UuidText,
)
from app.services.caller import READERS_OF_REASONS, REASON

PAGE_SIZE = 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ProcoreNewTimeOff(Sent):
    """Time off to record: every property is required, but for those of a repeat."""

    apply_to_saturday: bool = Field(description="Whether Saturdays count.")
    apply_to_sunday: bool = Field(description="Whether Sundays count.")
    batch_end_time: Clock = Field(
        description=f"When each day's time off ends; rounded to {ROUNDING_MINUTES} minutes, with a "
        "warning. Before the start: on the next day."
    )
    batch_start_time: Clock = Field(
        description=f"When each day's time off starts; rounded to {ROUNDING_MINUTES} minutes, "
        "with a warning."
    )
    cadence: Cadence | None = Field(
        default=None,
        description="Every how many weeks, months or years it comes back. Required unless "
        "`repeat` is `never`, and then ignored.",
    )
    end_day: UsDay = Field(description="The last day of the first instance.")
    is_paid: bool = Field(description="Whether the time off is paid.")
    reason: str = Field(description=REASON)
    repeat: Literal["never", "weekly", "monthly", "yearly"] = Field(
        description="How it comes back."
    )
    repeat_end_day: UsDay | None = Field(
        default=None,
        description="The last day on which an instance may start. Required unless `repeat` is "
        "`never`, and then ignored.",
    )
    start_day: UsDay = Field(description="The first day of the first instance.")

    @property
    def stored_items(self) -> int:
        """How many days the record and its returns lie on."""
        try:
            span = DaySpan(self.start_day, self.end_day)
        except DaysReversed:
            return 1
        days = days_asked_for(span, Repeat(self.repeat), self.cadence, self.repeat_end_day)
        return min(days, MAX_COUNTED_DAYS)  # more are refused before they are stored

    def to_domain(self) -> person_time_off.PersonTimeOffWish:
        """Hand the wish to a service."""
        return person_time_off.PersonTimeOffWish(
            start_day=self.start_day,
            end_day=self.end_day,
            batch_start_time=self.batch_start_time,
            batch_end_time=self.batch_end_time,
            apply_to_saturday=self.apply_to_saturday,
            apply_to_sunday=self.apply_to_sunday,
            is_paid=self.is_paid,
            reason=self.reason,
            repeat=Repeat(self.repeat),
            cadence=self.cadence,
            repeat_end_day=self.repeat_end_day,
        )


class ProcoreChangedTimeOff(Sent):
    """The properties to change; one that is left out or null stays as it is."""

    apply_to_saturday: bool | None = Field(default=None, description="Whether Saturdays count.")
    apply_to_sunday: bool | None = Field(default=None, description="Whether Sundays count.")
    batch_end_time: Clock | None = Field(
        default=None,
        description=f"When each day's time off ends; rounded to {ROUNDING_MINUTES} minutes.",
    )
    batch_start_time: Clock | None = Field(
        default=None,
        description=f"When each day's time off starts; rounded to {ROUNDING_MINUTES} minutes.",
    )
    cadence: Cadence | None = Field(
        default=None, description="Cannot be changed: refused unless it is as it was."
    )
    end_day: UsDay | None = Field(
        default=None,
        description="The last day. Of time off that repeats only as it is: the last day of the "
        "last instance, as answered, or of the first.",
    )
    is_paid: bool | None = Field(default=None, description="Whether the time off is paid.")
    reason: str | None = Field(default=None, description=REASON)
    repeat: Literal["never", "weekly", "monthly", "yearly"] | None = Field(
        default=None, description="Cannot be changed: refused unless it is as it was."
    )
    repeat_end_day: UsDay | None = Field(
        default=None, description="Cannot be changed: refused unless it is as it was."
    )
    start_day: UsDay | None = Field(
        default=None, description="The first day. Of time off that repeats only as it is."
    )

    def to_domain(self) -> PersonTimeOffPatch:
        """Hand the patch to a service."""
        return PersonTimeOffPatch(
            start_day=self.start_day,
            end_day=self.end_day,
            batch_start_time=self.batch_start_time,
            batch_end_time=self.batch_end_time,
            apply_to_saturday=self.apply_to_saturday,
            apply_to_sunday=self.apply_to_sunday,
            is_paid=self.is_paid,
            reason=self.reason,
            repeat=Repeat(self.repeat) if self.repeat else None,
            cadence=self.cadence,
            repeat_end_day=self.repeat_end_day,
        )


class ProcoreListQuery(Sent):
    """Of the list of a person's time off."""

    timezone: TimeZone = Field(
        description="A time zone of the IANA list. Required and checked; days are days in every "
        "zone, so the order does not depend on it."
    )
    limit: Limit = Field(
        default=PAGE_SIZE, description="The most records of a page; more than 500 are 500."
    )
    start_after: QueryUuid | None = Field(
        default=None, description="Start behind this record: `next_starting_after` of a page."
    )
    start_before: QueryUuid | None = Field(
        default=None, description="End before this record: `previous_starting_before` of a page."
    )

    @property
    def size(self) -> int:
        """The most records of a page."""
        return min(self.limit, MAX_PAGE_SIZE)

    @property
    def asked_rows(self) -> int:
        """How many records the answer may have."""
        return self.size


class ProcoreInstance(Answer):
    """One occurrence of a record."""

    id: UuidText = Field(description="The instance's id.")
    start_day: UsDayText = Field(description="Its first day.")
    end_day: UsDayText = Field(description="Its last day.")


class ProcoreTimeOff(Answer):
    """A record, in the vendor's order of keys."""

    apply_to_saturday: bool = Field(description="Whether Saturdays count.")
    apply_to_sunday: bool = Field(description="Whether Sundays count.")
    batch_end_time: ClockText = Field(description="When each day's time off ends.")
    batch_start_time: ClockText = Field(description="When each day's time off starts.")
    cadence: int | None = Field(
        description="Every how many weeks, months or years it comes back; null if never."
    )
    company_id: UuidText = Field(description="The person's company.")
    created_at: int = Field(description="When it was created, in milliseconds since 1970.")
    end_day: UsDayText = Field(description="The last day of the last instance.")
    id: UuidText = Field(description="The record's id.")
    instances: list[ProcoreInstance] = Field(description="Its occurrences, earliest first.")
    is_paid: bool = Field(description="Whether the time off is paid.")
    person_id: UuidText = Field(description="Who is off.")
    reason: str | None = Field(description=f"Why. {READERS_OF_REASONS}")
    repeat_end_day: UsDayText | None = Field(
        description="The last day on which an instance may start; null if it never repeats."
    )
    repeat: str = Field(description="`never`, `weekly`, `monthly` or `yearly`.")
    start_day: UsDayText = Field(description="The first day of the first instance.")

    @classmethod
    def from_domain(cls, record: person_time_off.PersonTimeOff) -> Self:
        """Return a record as the wire has it: days are MM/DD/YY, instants milliseconds."""
        rule, pattern = record.rule, record.pattern
        return cls(
            apply_to_saturday=pattern.apply_to_saturday,
            apply_to_sunday=pattern.apply_to_sunday,
            batch_end_time=format_clock(pattern.end_time),
            batch_start_time=format_clock(pattern.start_time),
            cadence=rule.cadence if rule else None,
            company_id=record.company_id,
            created_at=(record.created_at - _EPOCH) // timedelta(milliseconds=1),
            end_day=format_mm_dd_yy(record.last_day),
            id=record.id,
            instances=[
                ProcoreInstance(
                    id=each.id,
                    start_day=format_mm_dd_yy(each.span.first),
                    end_day=format_mm_dd_yy(each.span.last),
                )
                for each in record.instances
            ],
            is_paid=record.is_paid,
            person_id=record.person_id,
            reason=record.reason,
            repeat_end_day=format_mm_dd_yy(rule.until) if rule else None,
            repeat=(rule.repeat if rule else Repeat.NEVER).value,
            start_day=format_mm_dd_yy(record.span.first),
        )


class ProcoreOneTimeOff(Answer):
    """A record, as it is answered alone."""

    data: ProcoreTimeOff = Field(description="The record.")


class ProcorePagination(Answer):
    """Where a page stands in its list."""

    limit: int = Field(description="The most records of a page.")
    next_starting_after: UuidText | None = Field(
        description="The `start_after` of the next page; null on the last one."
    )
    previous_starting_before: UuidText | None = Field(
        description="The `start_before` of the previous page; null on the first one."
    )
    total_possible: int = Field(description="How long the whole list is.")


class ProcoreTimeOffs(Answer):
    """A page of a person's records."""

    data: list[ProcoreTimeOff] = Field(description="The records.")
    pagination: ProcorePagination = Field(description="Where the page stands.")


class ProcoreDeletedId(Answer):
    """What was deleted."""

    id: UuidText = Field(description="The record's id.")


class ProcoreDeletedTimeOff(Answer):
    """That a record was deleted."""

    data: ProcoreDeletedId = Field(description="Which one.")
