"""Who asks, and the API tokens, as clients see them."""

from datetime import datetime
from typing import Self

import strawberry

from app.domain import access_tokens
from app.domain.access import AccessRole as DomainRole
from app.domain.access import Permission as DomainPermission
from app.domain.identifiers import Kind, node_id
from graphql_schema.access.enums import AccessRole, Permission
from graphql_schema.audit.enums import CallerKind
from graphql_schema.context import Info
from graphql_schema.directory.types import Company, Worker


def _permissions(given: frozenset[DomainPermission]) -> list[Permission]:
    return [Permission(each) for each in DomainPermission if each in given]


@strawberry.type(description="Who asks: what a page shows of whoever looks at it.")
class Viewer:
    name: str = strawberry.field(description="What people call the caller.")
    kind: CallerKind = strawberry.field(description="How it has proved who it is.")
    role: AccessRole | None = strawberry.field(description="Its role, if it has one.")
    permissions: list[Permission] = strawberry.field(description="Everything that it may do.")
    expires_at: datetime | None = strawberry.field(
        description="When its credential ends; null if that never happens."
    )

    @strawberry.field(
        description="The companies that it may reach, at most 500 by id; null: all of them."
    )
    async def companies(self, info: Info) -> list[Company] | None:
        known = info.context.caller.companies
        if known is None:
            return None
        found = await info.context.loaders.companies.load_many(sorted(known)[:500])
        return [Company.from_domain(each) for each in found if each]

    @strawberry.field(description="The worker that it is, if it is one.")
    async def worker(self, info: Info) -> Worker | None:
        for id_ in sorted(info.context.caller.own_subjects):
            if worker := await info.context.loaders.workers.load(id_):
                return Worker.from_domain(worker)
        return None

    @classmethod
    def of_caller(cls, info: Info) -> Self:
        identity = info.context.caller.identity
        return cls(
            name=identity.label,
            kind=CallerKind(identity.kind),
            role=None if identity.role is None else AccessRole(identity.role),
            permissions=_permissions(identity.permissions),
            expires_at=identity.expires_at,
        )


@strawberry.type(description="An API token. Its secret is shown once, when it is made.")
class ApiToken:
    id: strawberry.ID = strawberry.field(description="The id by which the token begins.")
    name: str = strawberry.field(description="What people call it.")
    role: AccessRole = strawberry.field(description="Its role.")
    permissions: list[Permission] = strawberry.field(
        description="What whoever has it may do: what the role may, with what was added and "
        "without what was taken."
    )
    company_ids: list[strawberry.ID] | None = strawberry.field(
        description="The node ids of the companies that it is for; null: all of them."
    )
    worker_id: strawberry.ID | None = strawberry.field(
        description="The node id of the worker whose own time off it is for."
    )
    made_by: str = strawberry.field(description="Who made it, as the audit calls them.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(
        description="When it ends; null if that never happens."
    )
    rotated_at: datetime | None = strawberry.field(description="When it got its present secret.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to a minute or so; null if it never was."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")

    @classmethod
    def from_domain(cls, token: access_tokens.AccessToken) -> Self:
        companies = worker = None
        if token.companies is not None:
            companies = [
                strawberry.ID(node_id(Kind.COMPANY, each)) for each in sorted(token.companies)
            ]
        if token.worker_id is not None:
            worker = strawberry.ID(node_id(Kind.WORKER, token.worker_id))
        return cls(
            id=strawberry.ID(token.id),
            name=token.name,
            role=AccessRole(DomainRole(token.role)),
            permissions=_permissions(token.permissions),
            company_ids=companies,
            worker_id=worker,
            made_by=token.made_by,
            created_at=token.created_at,
            expires_at=token.expires_at,
            rotated_at=token.rotated_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
        )
