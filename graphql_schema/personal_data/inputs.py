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
