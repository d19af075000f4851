"""Making, rotating and revoking API tokens."""

from typing import Annotated, Self

import strawberry

from app.domain.access import Permission
from app.services.access.tokens import IssuedToken
from graphql_schema.access.inputs import (
    CreateApiTokenInput,
    RevokeApiTokenInput,
    RotateApiTokenInput,
)
from graphql_schema.access.requires import requires
from graphql_schema.access.types import ApiToken
from graphql_schema.arguments import INPUT
from graphql_schema.context import Info
from graphql_schema.mutation import Refusable, mutation


@strawberry.type
class WithSecret(Refusable):
    """A part of the payloads of requests that make a secret."""

    api_token: ApiToken | None = strawberry.field(
        default=None, description="The token as it is now."
    )
    secret: str | None = strawberry.field(
        default=None,
        description="What `Authorization: Bearer …` takes. It is shown only this once.",
    )

    @classmethod
    def from_domain(cls, issued: IssuedToken) -> Self:
        return cls(api_token=ApiToken.from_domain(issued.token), secret=issued.text)


@strawberry.type(description="The token that was made, or why it was not.")
class CreateApiTokenPayload(WithSecret):
    """The token with its secret, which is shown this once."""


@strawberry.type(description="The token with its new secret, or why not.")
class RotateApiTokenPayload(WithSecret):
    """The token with its secret, which is shown this once."""


@strawberry.type(description="The token that was revoked, or why it was not.")
class RevokeApiTokenPayload(Refusable):
    api_token: ApiToken | None = strawberry.field(
        default=None, description="The token as it is now."
    )


@strawberry.type
class AccessMutations:
    @mutation(
        CreateApiTokenPayload,
        "Make an API token that can do no more than its maker.",
        requires(Permission.MANAGE_ACCESS),
    )
    async def create_api_token(
        self, info: Info, input: Annotated[CreateApiTokenInput, INPUT]
    ) -> CreateApiTokenPayload:
        issued = await info.context.services.tokens.create(info.context.caller, input.to_domain())
        return CreateApiTokenPayload.from_domain(issued)

    @mutation(
        RotateApiTokenPayload,
        "Give a token a new secret; the one before works for another 24 hours.",
        requires(Permission.MANAGE_ACCESS),
    )
    async def rotate_api_token(
        self, info: Info, input: Annotated[RotateApiTokenInput, INPUT]
    ) -> RotateApiTokenPayload:
        issued = await info.context.services.tokens.rotate(info.context.caller, input.id)
        return RotateApiTokenPayload.from_domain(issued)

    @mutation(
        RevokeApiTokenPayload,
        "Let a token open nothing any more, within 5 seconds; again changes nothing.",
        requires(Permission.MANAGE_ACCESS),
    )
    async def revoke_api_token(
        self, info: Info, input: Annotated[RevokeApiTokenInput, INPUT]
    ) -> RevokeApiTokenPayload:
        token = await info.context.services.tokens.revoke(info.context.caller, input.id)
        return RevokeApiTokenPayload(api_token=ApiToken.from_domain(token))
