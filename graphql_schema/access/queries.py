"""Reading who asks, and which API tokens there are."""

import strawberry

from app.domain.access import Permission
from graphql_schema.access.requires import requires
from graphql_schema.access.types import ApiToken, Viewer
from graphql_schema.context import Info


@strawberry.type
class AccessQueries:
    @strawberry.field(description="Who asks, and what they may do.")
    async def viewer(self, info: Info) -> Viewer:
        return Viewer.of_caller(info)

    @strawberry.field(
        description="All API tokens of the caller's companies, also ended ones, the newest first; "
        "never their secrets.",
        directives=requires(Permission.MANAGE_ACCESS),
    )
    async def api_tokens(self, info: Info) -> list[ApiToken] | None:
        found = await info.context.services.tokens.list_all(info.context.caller)
        return [ApiToken.from_domain(each) for each in found]
