"""What clients send about API tokens."""

from datetime import datetime

import strawberry

from app.services.access.tokens import CreateToken
from graphql_schema.access.enums import AccessRole, Permission
from graphql_schema.input_values import domain_value


@strawberry.input(description="The token that is wished for. It can do no more than its maker.")
class CreateApiTokenInput:
    name: str = strawberry.field(description="What people call it: who or what will use it.")
    role: AccessRole = strawberry.field(description="What it may do.")
    add: list[Permission] = strawberry.field(
        default_factory=list, description="What it may do beyond its role."
    )
    take: list[Permission] = strawberry.field(
        default_factory=list, description="What it may not do, although its role may."
    )
    company_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="The companies that it is for; left out, all of them.",
    )
    worker_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The worker whose own time off it is for.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends, within ten years; left out, in a year."
    )
    never_expires: bool = strawberry.field(
        default=False, description="Whether it has no end; `expiresAt` is then left out."
    )

    def to_domain(self) -> CreateToken:
        return CreateToken(
            name=self.name,
            role=domain_value(self.role),
            added=list(map(domain_value, self.add)),
            taken=list(map(domain_value, self.take)),
            companies=self.company_ids,
            worker_id=self.worker_id,
            expires_at=self.expires_at,
            never_expires=self.never_expires,
        )


@strawberry.input(description="Which token gets a new secret.")
class RotateApiTokenInput:
    id: strawberry.ID = strawberry.field(description="The token's id.")


@strawberry.input(description="Which token opens nothing any more.")
class RevokeApiTokenInput:
    id: strawberry.ID = strawberry.field(description="The token's id.")
