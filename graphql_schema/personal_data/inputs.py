"""What clients ask about people's own data."""

import strawberry


@strawberry.input(description="A worker whose name, e-mail and reasons are to go, everywhere.")
class ErasePersonInput:
    worker_id: strawberry.ID = strawberry.field(
        description="The worker's node id. Both its user and its person are erased."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Say how much would go, and erase nothing."
    )


@strawberry.input(description="A worker who is to be of another company, time off and all.")
class MoveWorkerInput:
    worker_id: strawberry.ID = strawberry.field(
        description="The worker's node id. Both its user and its person move."
    )
    company_id: strawberry.ID = strawberry.field(
        description="The company to move to, by either id; one that the caller sees."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Say what would move and what would not, and move nothing."
    )
