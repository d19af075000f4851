"""What the payloads of mutations have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from app.domain import errors as domain
from app.domain.person_time_off import PersonTimeOff
from app.domain.schedule import Combine
from app.domain.schedule import WorkerDay as DomainWorkerDay
from app.domain.time_off_entries import TimeOffEntry
from app.services.merged_days import SubjectDay
from graphql_schema.context import Info
from graphql_schema.errors import UserError, Warning, to_user_error
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
    days_if_stored: strawberry.Private[Sequence[DomainWorkerDay] | None] = None

    @strawberry.field(
        description="The touched worker days as they become, with a dry run too; empty when it "
        "was refused."
    )
    async def days(self, info: Info) -> list[WorkerDay]:
        """Show the days of a dry run as they would be, else as they now are."""
        days = self.days_if_stored
        if days is None:
            days = await info.context.services.schedule.of_days(self.touched)
        return [WorkerDay.from_domain(day, Combine.MAX) for day in days]


def show_provisional(
    info: Info, entries: Iterable[TimeOffEntry] = (), records: Iterable[PersonTimeOff] = ()
) -> None:
    """Let links within a dry run's answer find what is not stored."""
    for entry in entries:
        info.context.loaders.entries.prime(entry.id, entry)
    for record in records:
        info.context.loaders.person_time_offs.prime(record.id, record)


class RefusalsAsUserErrors(FieldExtension):
    """Answers a refused mutation with its payload: nothing but ``userErrors``."""

    def __init__(self, payload: type[Any]) -> None:
        self._payload = payload

    async def resolve_async(
        self,
        next_: Any,  # noqa: ANN401 - fixed by Strawberry
        source: Any,  # noqa: ANN401
        info: strawberry.Info,
        **arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run the mutation on loaders that have seen nothing of earlier ones."""
        info.context.renew_loaders()
        try:
            if info.context.idempotency_key is not None:
                arguments["input"] = _keyed(arguments["input"], info.context.idempotency_key)
            return await next_(source, info, **arguments)
        except domain.TimeOffError as error:
            return self._payload(user_errors=[to_user_error(error)])
        except domain.Refused as refused:
            return self._payload(user_errors=list(map(to_user_error, refused.errors)))


def _keyed(input_: Any, key: str) -> Any:  # noqa: ANN401 - the input of any mutation with a key
    """Return the input with the key; one that has another is refused."""
    if input_.idempotency_key not in (None, key):
        msg = "The header Idempotency-Key and this field differ: send one of them."
        raise domain.InvalidValue(msg, ("idempotency_key",))
    return replace(input_, idempotency_key=key)


def mutation(payload: type[Any], description: str, directives: Sequence[object]) -> Any:  # noqa: ANN401 - Strawberry's field
    """Return the decorator of a mutation whose refusals are answered in the payload.

    ``directives`` say which permission it needs: ``requires(...)``.
    """
    return strawberry.mutation(
        description=description,
        directives=directives,
        extensions=[RefusalsAsUserErrors(payload)],
    )
