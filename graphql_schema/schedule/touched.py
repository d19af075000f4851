"""The worker days that a mutation touches, as they become (rule 6.5)."""

from collections.abc import Iterable, Sequence
from typing import Final

import strawberry

from app.domain import schedule as domain
from app.domain.kantata import TimeOffEntry
from app.domain.procore import PersonTimeOff
from app.services.schedule import SubjectDay
from graphql_schema.context import Info
from graphql_schema.schedule.types import WorkerDay

DAYS: Final = (
    "The touched worker days as they become, with a dry run too; empty when it was refused."
)

Touched = strawberry.Private[Sequence[SubjectDay]]
DaysIfStored = strawberry.Private[Sequence[domain.WorkerDay] | None]


async def touched_days(
    info: Info, touched: Sequence[SubjectDay], days: Sequence[domain.WorkerDay] | None
) -> list[WorkerDay]:
    """Return the days of a dry run as they would be, else as they now are."""
    if days is None:
        days = await info.context.services.schedule.of_days(touched)
    return [WorkerDay.from_domain(day, domain.Combine.MAX) for day in days]


def show_provisional(
    info: Info, entries: Iterable[TimeOffEntry] = (), records: Iterable[PersonTimeOff] = ()
) -> None:
    """Let links within a dry run's answer find what is not stored."""
    for entry in entries:
        info.context.loaders.entries.prime(entry.id, entry)
    for record in records:
        info.context.loaders.person_time_offs.prime(record.id, record)
