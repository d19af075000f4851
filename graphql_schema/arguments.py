"""Arguments that many fields take, with their descriptions."""

import datetime as dt  # a field is named date
from typing import Annotated, Final

import strawberry

from app.domain.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from app.services.idempotency import MAX_KEY_LENGTH, PROMISED_HOURS

INPUT: Final = strawberry.argument(description="What to do.")
IDEMPOTENCY_KEY = (
    f"1 to {MAX_KEY_LENGTH} printable ASCII characters. The same key with the same input does "
    "nothing again and answers alike; with another input it is refused. Kept for at least "
    f"{PROMISED_HOURS} hours."
)
DRY_RUN = (
    "Answer as usual, by the same rules, but store nothing. Links from what it shows, such as an "
    "entry's `externalReferences`, lead to what is stored."
)
IF_UNCHANGED_SINCE = (
    "Its `updatedAt` as you have last seen it. If somebody has changed it since, nothing is stored "
    "and `CHANGED_SINCE` says what it is now. Left out, it is overwritten whatever it has become."
)
IF_UNCHANGED = (
    "Days of the workers that are settled, as you have last seen them. If either system says "
    "something else of any of them by now, or somebody has acknowledged it, nothing is stored and "
    "`CHANGED_SINCE` names each such day by its place. Left out, they are settled whatever they "
    "have become."
)
From = Annotated[
    dt.date | None, strawberry.argument(name="from", description="The first day of the window.")
]
To = Annotated[
    dt.date | None, strawberry.argument(name="to", description="The last day of the window.")
]
Id = Annotated[
    strawberry.ID, strawberry.argument(description="The node id, or the source system's id.")
]
FILTER = strawberry.argument(description="Narrows the list down to what matches.")
ORDER_BY = strawberry.argument(description="In another than the usual order.")
First = Annotated[
    int | None,
    strawberry.argument(
        description=f"Take this many from the start: 1 to {MAX_PAGE_SIZE}; "
        f"{DEFAULT_PAGE_SIZE} if left out."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="Start behind the item with this cursor.")
]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"Take this many from the end: 1 to {MAX_PAGE_SIZE}."),
]
Before = Annotated[
    str | None, strawberry.argument(description="End before the item with this cursor.")
]
