"""Reading which webhooks there are."""

from typing import Annotated

import strawberry

from app.domain.access import Permission
from graphql_schema.access.requires import requires
from graphql_schema.context import Info
from graphql_schema.input_values import read_company
from graphql_schema.webhooks.types import Webhook


@strawberry.type
class WebhookQueries:
    @strawberry.field(
        description="The webhooks of a company in the order in which they were made, also those "
        "that are disabled; never their secrets.",
        directives=requires(Permission.MANAGE_WEBHOOKS),
    )
    async def webhooks(
        self,
        info: Info,
        company_id: Annotated[
            strawberry.ID, strawberry.argument(description="Whose webhooks: the company's id.")
        ],
    ) -> list[Webhook] | None:
        company = read_company(company_id)
        found = await info.context.services.webhooks.list_of(info.context.caller, company)
        return [Webhook.from_domain(each) for each in found]
