"""What the payloads of mutations have in common."""

from collections.abc import Iterable, Sequence

import strawberry

from app.domain import schedule as domain
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.services.schedule import SubjectDay
from graphql_schema.context import Info
from graphql_schema.errors import UserError, Warning
from graphql_schema.schedule.types import WorkerDay


@strawberry.type
class Refusable:
    """A part of every payload: a refusal is nothing but its errors."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="Why the request was refused; empty when it was carried out.",
    )


@strawberry.type
class WithWarnings:
    """A part of the payloads of requests that may store otherwise than sent."""

    warnings: list[Warning] = strawberry.field(
        default_factory=list,
        description="What deserves a look although the request was carried out.",
    )


@strawberry.type
class WithDays:
    """A part of the payloads of requests that touch workers' days (rule 6.5)."""

    touched: strawberry.Private[Sequence[SubjectDay]] = ()
    days_if_stored: strawberry.Private[Sequence[domain.WorkerDay] | None] = None

    @strawberry.field(
        description="The touched worker days as they become, with a dry run too; empty when it "
        "was refused."
    )
    async def days(self, info: Info) -> list[WorkerDay]:
        """Show the days of a dry run as they would be, else as they now are."""
        days = self.days_if_stored
        if days is None:
            days = await info.context.services.schedule.of_days(self.touched)
        return [WorkerDay.from_domain(day, domain.Combine.MAX) for day in days]


def show_provisional(
    info: Info, entries: Iterable[TimeOffEntry] = (), records: Iterable[PersonTimeOff] = ()
) -> None:
    """Let links within a dry run's answer find what is not stored."""
    for entry in entries:
        info.context.loaders.entries.prime(entry.id, entry)
    for record in records:
        info.context.loaders.person_time_offs.prime(record.id, record)
