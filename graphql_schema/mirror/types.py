"""What a conversion loses, as clients see it."""

import datetime as dt
from enum import Enum
from typing import Self

import strawberry

from app.domain import losses as domain
from app.domain.durations import hours_of_seconds


@strawberry.enum(description="What the other system cannot keep; stable, for programs.")
class LossCode(Enum):
    CLOCK_TIMES = strawberry.enum_value(
        domain.LossCode.CLOCK_TIMES,
        description="From when to when: an entry has hours only. `times` has them.",
    )
    REASON = strawberry.enum_value(
        domain.LossCode.REASON, description="The reason: an entry has none."
    )
    PAID = strawberry.enum_value(
        domain.LossCode.PAID, description="Whether it is paid: an entry does not say."
    )
    SERIES = strawberry.enum_value(
        domain.LossCode.SERIES,
        description="That it repeats: `instances` of `ofInstances` become entries of their own.",
    )
    ENTRY_IDENTITY = strawberry.enum_value(
        domain.LossCode.ENTRY_IDENTITY,
        description="Which entry was which: `records` stand for `entries`.",
    )
    EXTERNAL_REFERENCES = strawberry.enum_value(
        domain.LossCode.EXTERNAL_REFERENCES,
        description="Other systems' references: they stay on the entries.",
    )
    SUBMITTED = strawberry.enum_value(
        domain.LossCode.SUBMITTED, description="When each entry was submitted."
    )
    QUARTER_HOURS = strawberry.enum_value(
        domain.LossCode.QUARTER_HOURS,
        description="Hours beside quarter hours: `entries` of `hoursBefore` stand as `hoursAfter` "
        "each.",
    )


@strawberry.type(description="From when to when; an end that is not later is on the next day.")
class ClockTimes:
    start_time: dt.time = strawberry.field(description="When it starts.")
    end_time: dt.time = strawberry.field(description="When it ends.")


@strawberry.type(
    description="One thing that the other system cannot keep. The code says which of the facts "
    "belong to it; the others are null."
)
class Loss:
    code: LossCode = strawberry.field(description="What it is, for programs.")
    message: str = strawberry.field(description="What it is, for people.")
    times: list[ClockTimes] = strawberry.field(description="The clock times, each once.")
    instances: int | None = strawberry.field(description="So many instances become entries.")
    of_instances: int | None = strawberry.field(description="So many instances the record has.")
    entries: int | None = strawberry.field(description="So many entries it is about.")
    records: int | None = strawberry.field(description="So many records stand for them.")
    hours_before: float | None = strawberry.field(description="The hours of each entry.")
    hours_after: float | None = strawberry.field(description="The hours that stand for each.")

    @classmethod
    def from_domain(cls, loss: domain.Loss) -> Self:
        return cls(
            code=LossCode(loss.code),
            message=loss.message,
            times=[ClockTimes(start_time=each.starts, end_time=each.ends) for each in loss.times],
            instances=loss.instances,
            of_instances=loss.of_instances,
            entries=loss.entries,
            records=loss.records,
            hours_before=_hours(loss.seconds_before),
            hours_after=_hours(loss.seconds_after),
        )


def _hours(seconds: int | None) -> float | None:
    return None if seconds is None else hours_of_seconds(seconds)
