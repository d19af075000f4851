"""What clients send about acknowledged discrepancies."""

import datetime as dt  # a field is named date

import strawberry

from app.domain.acknowledgements import MAX_ACKNOWLEDGEMENTS
from app.services.acknowledgements.commands import (
    AcknowledgeDiscrepancy,
    DayToAcknowledge,
    DeleteAcknowledgements,
)
from app.services.seen_days import MAX_SEEN_DAYS, DayAsSeen
from graphql_schema.arguments import DRY_RUN, IDEMPOTENCY_KEY, IF_UNCHANGED


@strawberry.input(description="A worker's day.")
class WorkerDayInput:
    worker_id: strawberry.ID = strawberry.field(description="Whose day it is.")
    date: dt.date = strawberry.field(description="The day.")

    def to_domain(self) -> DayToAcknowledge:
        return DayToAcknowledge(self.worker_id, self.date)


@strawberry.input(
    description=f"A worker's day as it was seen. A request brings at most {MAX_SEEN_DAYS} of them."
)
class SeenDayInput:
    worker_id: strawberry.ID = strawberry.field(description="Whose day it is.")
    date: dt.date = strawberry.field(description="The day.")
    version: str = strawberry.field(
        description="The `version` of its discrepancy, or of the refusal that told what it was "
        "then."
    )

    def to_domain(self) -> DayAsSeen:
        return DayAsSeen(self.worker_id, self.date, self.version)


def seen_days(days: list[SeenDayInput] | None) -> list[DayAsSeen]:
    """Return what was seen; null is the same as nothing."""
    return [each.to_domain() for each in days or ()]


@strawberry.input(
    description=f"1 to {MAX_ACKNOWLEDGEMENTS} days about which the systems may differ, all or "
    "nothing."
)
class AcknowledgeDiscrepancyInput:
    days: list[WorkerDayInput] = strawberry.field(
        description="Days on which the systems differ now. One that is acknowledged already stays "
        "as it is."
    )
    if_unchanged: list[SeenDayInput] | None = strawberry.field(
        default=None, description=IF_UNCHANGED
    )
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> AcknowledgeDiscrepancy:
        return AcknowledgeDiscrepancy(
            days=[each.to_domain() for each in self.days],
            dry_run=self.dry_run,
            idempotency_key=self.idempotency_key,
            if_unchanged=seen_days(self.if_unchanged),
        )


@strawberry.input(
    description=f"1 to {MAX_ACKNOWLEDGEMENTS} acknowledgements to take back, all or nothing."
)
class DeleteDiscrepancyAcknowledgementInput:
    ids: list[strawberry.ID] = strawberry.field(description="The acknowledgements.")
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def to_domain(self) -> DeleteAcknowledgements:
        return DeleteAcknowledgements(
            ids=self.ids, dry_run=self.dry_run, idempotency_key=self.idempotency_key
        )
