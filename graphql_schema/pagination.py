"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Generic, TypeVar

import strawberry

from app.domain.paging import Order, Page, PageRequest
from app.services.catalogue import Shelf
from graphql_schema.context import Info

N = TypeVar("N")


@strawberry.enum(description="Whether a list goes up or down.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Smallest or earliest first.")
    DESC = strawberry.enum_value("DESC", description="Largest or latest first.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more behind the page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before the page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first item. Of an empty page it is the `before` that was "
        "given, null if none was."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last item. Of an empty page it is the `after` that was "
        "given, null if none was: to go on from the last known `endCursor` never begins anew."
    )


@strawberry.type(description="An item of a list, and its place there.")
class Edge(Generic[N]):
    node: N = strawberry.field(description="The item.")
    cursor: str = strawberry.field(
        description="The item's place: for `after` and `before` of the same order."
    )


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """Relay's Connection, with the nodes at hand and a count for who asks."""

    edges: list[Edge[N]] = strawberry.field(description="The items with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The items without their cursors.")
    def nodes(self) -> list[N]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How long the whole list is; counted only when asked for.")
    async def total_count(self) -> int:
        return await self.counted()


def to_page_info(page: Page[Any], request: PageRequest) -> PageInfo:
    """Show where a page stands."""
    ends = page.cursors or request.cursors_of_nothing
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=ends[0],
        end_cursor=ends[-1],
    )


async def connect(
    info: Info,
    shelf: Shelf[Any, Any],
    wanted: Any,  # noqa: ANN401 - the filter that the shelf takes
    request: PageRequest,
    show: Callable[[Any], Any],
) -> Any:  # noqa: ANN401 - a Connection of what ``show`` makes
    """Return a page of the filtered list; `show` makes the schema's type of a domain object."""
    caller, from_rows = info.context.caller, info.context.from_rows
    if from_rows:
        answer = await from_rows.connection(info.context, shelf, wanted, request)
        if answer is not None:
            return answer
    page = await shelf.page(caller, wanted, request)
    return to_connection(page, request, show, lambda: shelf.count(caller, wanted))


async def connect_children(
    info: Info,
    shelf: Shelf[Any, Any],
    parent: int | str,
    wanted: Any,  # noqa: ANN401
    request: PageRequest,
    show: Callable[[Any], Any],
) -> Any:  # noqa: ANN401
    """Return a page of one parent's list; all parents of a level share one statement."""
    loaders = info.context.loaders
    page = await loaders.pages(shelf, wanted, request).load(parent)
    return to_connection(page, request, show, lambda: loaders.counts(shelf, wanted).load(parent))


def by_default(
    order: "OrderInput | None", field: str, direction: OrderDirection = OrderDirection.ASC
) -> Order:
    """Return the order that was asked for, else the list's own."""
    if order is None:
        return Order(field, descending=direction is OrderDirection.DESC)
    return Order(order.field.value, descending=order.direction is OrderDirection.DESC)


class OrderInput:
    """What the order inputs of all lists have in common."""

    field: Any
    direction: OrderDirection


def to_connection(
    page: Page[Any],
    request: PageRequest,
    show: Callable[[Any], Any],
    counted: Callable[[], Awaitable[int]],
) -> Connection[Any]:
    """Show a page as a connection; it is counted only when somebody asks."""
    return Connection(
        edges=[
            Edge(node=show(item), cursor=cursor)
            for item, cursor in zip(page.items, page.cursors, strict=True)
        ],
        page_info=to_page_info(page, request),
        counted=counted,
    )
