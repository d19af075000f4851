"""Reading all that is kept about one person."""

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from app.domain.access import Permission
from graphql_schema.access.requires import requires
from graphql_schema.context import Info


@strawberry.type
class PersonalDataQueries:
    @strawberry.field(
        description="All that is kept about a worker, for it to be given to them: directory, time "
        "off with reasons, what the change feed tells, feeds, tokens, sessions and what it did. "
        "Null where no worker has the id. `timeoff person-data` answers the same. The keys of "
        "the object are described in docs/people.md.",
        directives=requires(Permission.MANAGE_PERSONAL_DATA),
    )
    async def personal_data(
        self,
        info: Info,
        worker_id: Annotated[
            strawberry.ID, strawberry.argument(description="The worker's node id.")
        ],
    ) -> JSON | None:
        service = info.context.services.personal_data
        return await service.of_worker(info.context.caller, worker_id)  # type: ignore[return-value] # JSON is a NewType
