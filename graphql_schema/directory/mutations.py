"""Writing the directory."""

from typing import Annotated

import strawberry

from app.domain.access import Permission
from app.domain.identifiers import Kind, node_id
from app.services.workers import Rejoined
from graphql_schema.access.requires import requires
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.directory.inputs import (
    DeleteHolidaysInput,
    DeleteWorkweeksInput,
    LinkWorkerInput,
    UnlinkWorkerInput,
    UpsertCompaniesInput,
    UpsertHolidaysInput,
    UpsertPeopleInput,
    UpsertRolesInput,
    UpsertUsersInput,
    UpsertWorkweeksInput,
    to_items,
)
from graphql_schema.directory.types import (
    Company,
    Holiday,
    Person,
    Role,
    User,
    Worker,
)
from graphql_schema.directory.workweeks import Workweek
from graphql_schema.errors import Warning
from graphql_schema.mutation import Refusable, WithWarnings, mutation

_WRITING = requires(Permission.WRITE_DIRECTORY)


@strawberry.type(description="What became of the companies.")
class UpsertCompaniesPayload(Refusable):
    companies: list[Company] = strawberry.field(
        default_factory=list, description="Each of the companies once, as it is now."
    )


@strawberry.type(description="What became of the roles.")
class UpsertRolesPayload(Refusable):
    roles: list[Role] = strawberry.field(
        default_factory=list, description="Each of the roles once, as it is now."
    )


@strawberry.type(description="What became of the users.")
class UpsertUsersPayload(Refusable, WithWarnings):
    users: list[User] = strawberry.field(
        default_factory=list, description="Each of the users once, as it is now."
    )


@strawberry.type(description="What became of the people.")
class UpsertPeoplePayload(Refusable, WithWarnings):
    people: list[Person] = strawberry.field(
        default_factory=list, description="Each of the people once, as it is now."
    )


@strawberry.type(description="What became of the workweeks.")
class UpsertWorkweeksPayload(Refusable):
    workweeks: list[Workweek] = strawberry.field(
        default_factory=list, description="Each of the workweeks once, as it is now."
    )


@strawberry.type(description="What became of the holidays.")
class UpsertHolidaysPayload(Refusable):
    holidays: list[Holiday] = strawberry.field(
        default_factory=list, description="Each of the holidays once, as it is now."
    )


@strawberry.type(description="What became of a delete.")
class DeleteWorkweeksPayload(Refusable):
    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The node ids of what was deleted."
    )


@strawberry.type(description="What became of a delete.")
class DeleteHolidaysPayload(Refusable):
    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The node ids of what was deleted."
    )


@strawberry.type
class WithRejoined:
    """A part of the payloads of requests that say who is one worker."""

    workers_before: list[Worker] = strawberry.field(
        default_factory=list,
        description="The workers that are others by this, as they were: also those that it took a "
        "user or a person from. Empty if nothing changed. Their `joinedBy` and `apart` tell what "
        "is so after it.",
    )
    workers_after: list[Worker] = strawberry.field(
        default_factory=list, description="What they have become."
    )


def _show(info: Info, rejoined: Rejoined) -> tuple[list[Worker], list[Worker], list[Worker]]:
    """Return the workers, and those before and after; links between them are so, also dry."""
    loaders = info.context.loaders
    for worker, joining in rejoined.joinings.items():
        loaders.joinings.prime(worker, joining)
        for subject in worker.subjects:
            loaders.workers.prime(subject, worker)
    workers, before, after = (
        [Worker.from_domain(each) for each in workers]
        for workers in (rejoined.workers, rejoined.before, rejoined.after)
    )
    return workers, before, after


@strawberry.type(description="What became of a link.")
class LinkWorkerPayload(Refusable, WithRejoined):
    worker: Worker | None = strawberry.field(default=None, description="The joined worker.")


@strawberry.type(description="What became of a split.")
class UnlinkWorkerPayload(Refusable, WithRejoined):
    workers: list[Worker] = strawberry.field(
        default_factory=list, description="The user's worker, then the person's."
    )


@strawberry.type
class DirectoryMutations:
    @mutation(
        UpsertCompaniesPayload,
        "Create or change companies, all or nothing; again changes nothing.",
        _WRITING,
    )
    async def upsert_companies(
        self, info: Info, input: Annotated[UpsertCompaniesInput, INPUT]
    ) -> UpsertCompaniesPayload:
        upserted = await info.context.services.directory.upsert_companies(
            info.context.caller, to_items(input.companies)
        )
        return UpsertCompaniesPayload(companies=list(map(Company.from_domain, upserted.objects)))

    @mutation(
        UpsertRolesPayload,
        "Create or change roles, all or nothing; again changes nothing.",
        _WRITING,
    )
    async def upsert_roles(
        self, info: Info, input: Annotated[UpsertRolesInput, INPUT]
    ) -> UpsertRolesPayload:
        upserted = await info.context.services.directory.upsert_roles(
            info.context.caller, to_items(input.roles)
        )
        return UpsertRolesPayload(roles=list(map(Role.from_domain, upserted.objects)))

    @mutation(
        UpsertUsersPayload,
        "Create or change users, all or nothing; again changes nothing.",
        _WRITING,
    )
    async def upsert_users(
        self, info: Info, input: Annotated[UpsertUsersInput, INPUT]
    ) -> UpsertUsersPayload:
        upserted = await info.context.services.directory.upsert_users(
            info.context.caller, to_items(input.users)
        )
        return UpsertUsersPayload(
            users=list(map(User.from_domain, upserted.objects)),
            warnings=Warning.list_from_domain(upserted.warnings),
        )

    @mutation(
        UpsertPeoplePayload,
        "Create or change people, all or nothing; again changes nothing.",
        _WRITING,
    )
    async def upsert_people(
        self, info: Info, input: Annotated[UpsertPeopleInput, INPUT]
    ) -> UpsertPeoplePayload:
        upserted = await info.context.services.directory.upsert_people(
            info.context.caller, to_items(input.people)
        )
        return UpsertPeoplePayload(
            people=list(map(Person.from_domain, upserted.objects)),
            warnings=Warning.list_from_domain(upserted.warnings),
        )

    @mutation(
        UpsertWorkweeksPayload,
        "Create or change workweeks, all or nothing; again changes nothing.",
        _WRITING,
    )
    async def upsert_workweeks(
        self, info: Info, input: Annotated[UpsertWorkweeksInput, INPUT]
    ) -> UpsertWorkweeksPayload:
        upserted = await info.context.services.directory.upsert_workweeks(
            info.context.caller, to_items(input.workweeks)
        )
        return UpsertWorkweeksPayload(workweeks=list(map(Workweek.from_domain, upserted.objects)))

    @mutation(
        UpsertHolidaysPayload,
        "Create or change holidays, all or nothing; again changes nothing.",
        _WRITING,
    )
    async def upsert_holidays(
        self, info: Info, input: Annotated[UpsertHolidaysInput, INPUT]
    ) -> UpsertHolidaysPayload:
        upserted = await info.context.services.directory.upsert_holidays(
            info.context.caller, to_items(input.holidays)
        )
        return UpsertHolidaysPayload(holidays=list(map(Holiday.from_domain, upserted.objects)))

    @mutation(
        DeleteWorkweeksPayload,
        "Delete workweeks, all or nothing. Stored time off stays as it is.",
        _WRITING,
    )
    async def delete_workweeks(
        self, info: Info, input: Annotated[DeleteWorkweeksInput, INPUT]
    ) -> DeleteWorkweeksPayload:
        keys = await info.context.services.directory.delete_workweeks(
            info.context.caller, list(input.ids)
        )
        ids = [strawberry.ID(node_id(Kind.WORKWEEK, key)) for key in keys]
        return DeleteWorkweeksPayload(deleted_ids=ids)

    @mutation(
        DeleteHolidaysPayload,
        "Delete holidays, all or nothing. Stored time off stays as it is.",
        _WRITING,
    )
    async def delete_holidays(
        self, info: Info, input: Annotated[DeleteHolidaysInput, INPUT]
    ) -> DeleteHolidaysPayload:
        keys = await info.context.services.directory.delete_holidays(
            info.context.caller, list(input.ids)
        )
        ids = [strawberry.ID(node_id(Kind.HOLIDAY, key)) for key in keys]
        return DeleteHolidaysPayload(deleted_ids=ids)

    @mutation(
        LinkWorkerPayload,
        "Make a user and a person one worker, whatever their e-mails say. Earlier links and "
        "splits of both are dissolved.",
        _WRITING,
    )
    async def link_worker(
        self, info: Info, input: Annotated[LinkWorkerInput, INPUT]
    ) -> LinkWorkerPayload:
        linked = await info.context.services.workers.link(
            info.context.caller, input.user_id, input.person_id, dry_run=input.dry_run
        )
        (worker,), before, after = _show(info, linked)
        return LinkWorkerPayload(worker=worker, workers_before=before, workers_after=after)

    @mutation(
        UnlinkWorkerPayload,
        "Split a worker into its user and its person, and keep them apart whatever their "
        "e-mails say.",
        _WRITING,
    )
    async def unlink_worker(
        self, info: Info, input: Annotated[UnlinkWorkerInput, INPUT]
    ) -> UnlinkWorkerPayload:
        split = await info.context.services.workers.unlink(
            info.context.caller, input.worker_id, dry_run=input.dry_run
        )
        workers, before, after = _show(info, split)
        return UnlinkWorkerPayload(workers=workers, workers_before=before, workers_after=after)
