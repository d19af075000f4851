"""Erasing people, and moving them between companies."""

from dataclasses import asdict
from typing import Annotated, Self

import strawberry

from app.domain import erasure as domain
from app.domain import moving
from app.domain.access import Permission
from app.services.personal_data.moving import MovedWorker
from app.services.personal_data.service import ErasedWorker
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.directory.types import Worker
from graphql_schema.errors import Warning
from graphql_schema.mutation import Refusable, WithWarnings, mutation
from graphql_schema.personal_data.inputs import ErasePersonInput, MoveWorkerInput


@strawberry.type(description="How much was erased; of a dry run, how much would be.")
class Erasure:
    directory: int = strawberry.field(
        description="Users and people who lost their names, e-mails and titles."
    )
    reasons: int = strawberry.field(description="Records of person time off that lost a reason.")
    messages: int = strawberry.field(
        description="External references of the worker's entries that lost their "
        "`externalMessage`, or a text with a name."
    )
    changes: int = strawberry.field(description="Changes of the feed that say less now.")
    answers: int = strawberry.field(
        description="Answers kept beside idempotency keys that say less now."
    )
    sessions: int = strawberry.field(description="Sessions of browsers that were ended.")
    tokens: int = strawberry.field(
        description="API tokens for the worker's own time off that were revoked."
    )
    feeds: int = strawberry.field(description="Calendar feeds of the worker that were deleted.")
    texts: int = strawberry.field(
        description="Other rows that named the worker: labels of the audit, names of tokens, "
        "texts of others."
    )

    @classmethod
    def from_domain(cls, erased: domain.Erasure) -> Self:
        return cls(**asdict(erased))


@strawberry.type(description="What became of an erasure.")
class ErasePersonPayload(Refusable):
    worker: Worker | None = strawberry.field(
        default=None,
        description="The worker under its pseudonym. Links of a dry run show what is stored.",
    )
    erased: Erasure | None = strawberry.field(
        default=None, description="How much was erased; all 0 where it had been before."
    )
    remains: list[str] = strawberry.field(
        default_factory=list,
        description="Where copies still are that no erasure reaches, backups among them, and what "
        "to do; a sentence each.",
    )

    @classmethod
    def from_domain(cls, done: ErasedWorker) -> Self:
        return cls(
            worker=Worker.from_domain(done.worker),
            erased=Erasure.from_domain(done.erased),
            remains=list(done.remains),
        )


@strawberry.type(
    description="What goes along with a worker who moves to another company, and what does not; of "
    "a dry run, what would."
)
class WorkerMove:
    entries: int = strawberry.field(description="Time off entries that went along.")
    references: int = strawberry.field(
        description="External references of these entries, which went along."
    )
    records: int = strawberry.field(
        description="Records of person time off that went along, with those that were deleted and "
        "can still be brought back."
    )
    workweeks: int = strawberry.field(description="Workweeks of its own that went along.")
    acknowledgements: int = strawberry.field(
        description="Acknowledged discrepancies that went along."
    )
    roles: int = strawberry.field(
        description="Account roles that were taken off: they are the company's before."
    )
    splits: int = strawberry.field(
        description="How many users and people it was kept apart from by `unlinkWorker`; that is "
        "forgotten."
    )
    sessions: int = strawberry.field(description="Sessions of browsers that were ended.")
    tokens: int = strawberry.field(
        description="API tokens for the worker's own time off that were revoked."
    )
    feeds: int = strawberry.field(description="Calendar feeds of the worker that were deleted.")
    overfull_days: int = strawberry.field(
        description="Entries with more hours than the company's calendar has for the day. They "
        "stay as they are, and may be lowered."
    )
    unsettled_days: int = strawberry.field(
        description="Days whose hours were mirrored between the worker and somebody who does not "
        "move. Settle them before by `mirrorPersonTimeOff`: afterwards `timeoff check` lists them "
        "no more, and they are taken back only when the day is settled for who is linked by then."
    )

    @classmethod
    def from_domain(cls, move: moving.Move) -> Self:
        return cls(**asdict(move))


@strawberry.type(description="What became of a move.")
class MoveWorkerPayload(Refusable, WithWarnings):
    worker: Worker | None = strawberry.field(
        default=None,
        description="The worker in its new company. Links of a dry run show what is stored.",
    )
    moved: WorkerMove | None = strawberry.field(
        default=None, description="What went along, and what did not."
    )
    remains: list[str] = strawberry.field(
        default_factory=list,
        description="What a move does not reach, and what to do; a sentence each.",
    )

    @classmethod
    def from_domain(cls, done: MovedWorker) -> Self:
        return cls(
            worker=Worker.from_domain(done.worker),
            moved=WorkerMove.from_domain(done.move),
            remains=list(moving.STAYS),
            warnings=Warning.list_from_domain(done.warnings),
        )


@strawberry.type
class PersonalDataMutations:
    @mutation(
        ErasePersonPayload,
        "Erase a person: name, e-mail, titles and reasons are gone from everything that is kept, "
        "its hours stay under a pseudonym. Its sessions, tokens and feeds end. Cannot be taken "
        "back; again changes nothing.",
        requires(Permission.MANAGE_PERSONAL_DATA),
    )
    async def erase_person(
        self, info: Info, input: Annotated[ErasePersonInput, INPUT]
    ) -> ErasePersonPayload:
        done = await info.context.services.personal_data.erase(
            info.context.caller, input.worker_id, dry_run=input.dry_run
        )
        return ErasePersonPayload.from_domain(done)

    @mutation(
        MoveWorkerPayload,
        "Move a worker to another company of the caller, with its time off: user, person, entries, "
        "records, own workweeks. Its account role and its ways in do not go along. The change "
        "feeds of both companies tell it.",
        requires(Permission.MANAGE_PERSONAL_DATA),
    )
    async def move_worker(
        self, info: Info, input: Annotated[MoveWorkerInput, INPUT]
    ) -> MoveWorkerPayload:
        done = await info.context.services.moving.move(
            info.context.caller, input.worker_id, input.company_id, dry_run=input.dry_run
        )
        return MoveWorkerPayload.from_domain(done)
