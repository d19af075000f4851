"""Reading the change feed."""

from typing import Annotated

import strawberry

from app.domain.access import Permission
from app.domain.changes import EVERY_CHANGE, FEED_ORDER
from app.domain.paging import page_request
from graphql_schema.access.requires import requires
from graphql_schema.arguments import FILTER, After, Before, First, Last
from graphql_schema.changes.inputs import ChangeFilter
from graphql_schema.changes.types import Change, ChangeConnection, ChangeEdge
from graphql_schema.context import Info
from graphql_schema.input_values import read_company
from graphql_schema.pagination import to_page_info


@strawberry.type
class ChangeQueries:
    @strawberry.field(
        description="What was committed in a company, in order; `after` is the last cursor that "
        "a reader remembers. To follow it: remember `pageInfo.endCursor` of each page and ask "
        "again; where nothing is new that is the cursor which was given. To begin now: "
        "`changes(last: 1)`. A cursor is a number of the company's feed: it fits with any "
        "`filter`, and without. One that would make a reader miss something (of another company, "
        "from before a restore, older than what is kept) is refused: CURSOR_EXPIRED.",
        directives=requires(Permission.READ_CHANGES),
    )
    async def changes(
        self,
        info: Info,
        company_id: Annotated[
            strawberry.ID, strawberry.argument(description="Whose changes: the company's id.")
        ],
        filter: Annotated[ChangeFilter | None, FILTER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ChangeConnection | None:
        company = read_company(company_id)
        request = page_request(FEED_ORDER, first, after, last, before)
        page = await info.context.services.changes.page(
            info.context.caller, company, filter.to_domain() if filter else EVERY_CHANGE, request
        )
        edges = [
            ChangeEdge(node=Change.from_domain(change), cursor=cursor)
            for change, cursor in zip(page.items, page.cursors, strict=True)
        ]
        return ChangeConnection(edges=edges, page_info=to_page_info(page, request))
