"""Lists and objects answered straight from rows: no object, no resolver, no loader.

Where all that is selected of a root field lies in columns, the field's resolver still reads
the arguments, and then finds this in its context: the service selects just these columns,
and a function made for the selection turns each row into its part of the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    SelectionSetNode,
    get_named_type,
)

from app.domain.identifiers import Key
from app.domain.paging import PageRequest
from app.services.catalogue import RowPage, Shelf
from graphql_schema.answer_size import AnswerSize
from graphql_schema.context import Context
from graphql_schema.execution.deviations import Selected
from graphql_schema.execution.fields_as_columns import FIELDS_AS_COLUMNS, TYPES_FROM_OBJECTS
from graphql_schema.execution.generated_source import GeneratedSource
from graphql_schema.execution.row_writer import Chosen, NotFromRows, RowWriter, object_type
from graphql_schema.execution.selections import Selections

_CONNECTION: Final = "Connection"


class _Read(NamedTuple):
    """What a connection or an object is made of; ``written`` by the place of what wrote it."""

    page: RowPage
    total: int | None
    written: Sequence[list[dict[str, Any]]]


Part = Callable[[_Read], Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """Marks a resolver's result as finished JSON that must not be completed again."""

    data: Any


class Projected:
    """One selection of a list, or of one object, as it is answered from rows."""

    def __init__(self, chosen: Chosen, parts: Part, *, counts: bool) -> None:
        self._chosen = chosen
        self._parts = parts
        self.counts = counts
        self._projections: dict[int, Any] = {}

    async def connection(
        self, context: Context, shelf: Shelf[Any, Any], wanted: object, request: PageRequest
    ) -> Answered | None:
        """Return a page of the list; None where it has to be made of objects.

        Raises AnswerTooLarge, as ``one`` does.
        """
        caller = context.caller
        page = await shelf.projected_page(caller, wanted, request, self.projection(shelf))
        if page is None:
            return None
        count = await shelf.count(caller, wanted) if self.counts else None
        return await self._answered(page, count, context.answer_size)

    async def one(self, context: Context, shelf: Shelf[Any, Any], key: Key) -> Answered | None:
        """Return the object with the key as JSON, null where there is none."""
        page = await shelf.projected_one(context.caller, key, self.projection(shelf))
        return None if page is None else await self._answered(page, None, context.answer_size)

    async def _answered(self, page: RowPage, count: int | None, size: AnswerSize) -> Answered:
        written = [await write(page, size) for write in self._chosen.writers]
        return Answered(self._parts(_Read(page, count, written)))

    def explaining(self, statements: list[str]) -> "_Explaining":
        """Return what takes this one's place in a context and notes the SQL instead of reading."""
        return _Explaining(self, statements)

    def projection(self, shelf: Shelf[Any, Any]) -> Any:  # noqa: ANN401 - the shelf's own
        """Return the columns and lists as the shelf reads them; made once for each shelf."""
        known = self._projections.get(id(shelf))
        if known is None:
            children = {name: tuple(each) for name, each in self._chosen.children.items()}
            known = shelf.project(
                tuple(self._chosen.names), children, is_single=self._chosen.is_single
            )
            self._projections[id(shelf)] = known
        return known


class _Explaining:
    """Notes the SQL that would answer a root field; nothing is read."""

    def __init__(self, projected: Projected, statements: list[str]) -> None:
        self._projected = projected
        self._statements = statements

    async def connection(
        self, context: Context, shelf: Shelf[Any, Any], wanted: object, request: PageRequest
    ) -> Answered:
        """Note the SQL of a page, of its count if that is asked for, and of each list below."""
        projection, counts = self._projected.projection(shelf), self._projected.counts
        self._statements += shelf.page_texts(
            context.caller, wanted, request, projection, counts=counts
        )
        return Answered(None)

    async def one(self, context: Context, shelf: Shelf[Any, Any], key: Key) -> Answered:
        """Note the SQL of the object and of each list below."""
        projection = self._projected.projection(shelf)
        self._statements += shelf.one_texts(context.caller, key, projection)
        return Answered(None)


class Projecting:
    """Decides per root field whether SQL rows alone can answer it, and makes what does."""

    def __init__(self, selections: Selections, source: GeneratedSource) -> None:
        self._selections = selections
        self._source = source

    def of(self, type_: GraphQLOutputType, selected: Selected) -> Projected:
        """Return what answers a field of the type; NotFromRows says why columns do not suffice."""
        named = get_named_type(type_)
        if not isinstance(named, GraphQLObjectType):
            raise NotFromRows(f"{named.name} is an interface: only an object says its type")
        item = named.name.removesuffix(_CONNECTION)
        if item not in FIELDS_AS_COLUMNS:
            raise NotFromRows(f"{item} has no columns: {TYPES_FROM_OBJECTS.get(item)}")
        chosen = Chosen(is_single=item == named.name)
        chosen.place("id")
        if chosen.is_single:
            rows = self._rows(named, selected.below, chosen)
            return Projected(chosen, lambda read: next(iter(rows(read)), None), counts=False)
        return self._connection(named, self._selections.of(named, selected.below), chosen)

    def _connection(
        self, type_: GraphQLObjectType, selection: Sequence[Selected], chosen: Chosen
    ) -> Projected:
        parts = {each.key: self._part(type_, each, chosen) for each in selection}
        return Projected(
            chosen,
            lambda read: {key: part(read) for key, part in parts.items()},
            counts=any(each.name == "totalCount" for each in selection),
        )

    def _part(self, type_: GraphQLObjectType, selected: Selected, chosen: Chosen) -> Part:
        if selected.name == "__typename":
            return lambda _: type_.name
        if selected.name == "totalCount":
            return lambda read: read.total
        make = {"nodes": self._rows, "edges": self._edges, "pageInfo": self._page_info}
        return make[selected.name](object_type(type_, selected), selected.below, chosen)

    def _edges(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: Chosen
    ) -> Part:
        lists: dict[str, Part] = {}
        for selected in self._selections.of(type_, below):
            if selected.name == "node":
                node = object_type(type_, selected)
                lists[selected.key] = self._rows(node, selected.below, chosen)
            elif selected.name == "cursor":
                lists[selected.key] = lambda read: [read.page.cursor(row) for row in read.page.rows]
            else:
                lists[selected.key] = lambda read: [type_.name] * len(read.page.rows)
        if not lists:
            return lambda read: [{} for _ in read.page.rows]
        keys = tuple(lists)
        return lambda read: [
            dict(zip(keys, values, strict=True))
            for values in zip(*(make(read) for make in lists.values()), strict=True)
        ]

    def _page_info(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], _: Chosen
    ) -> Part:
        told = {"__typename": lambda _: type_.name, **_PAGE_INFO}
        parts = {each.key: told[each.name] for each in self._selections.of(type_, below)}
        return lambda read: {key: part(read.page) for key, part in parts.items()}

    def _rows(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: Chosen
    ) -> Part:
        """Return the part that is the rows themselves, as a function of this selection's writes."""
        place = len(chosen.writers)
        chosen.writers.append(
            RowWriter(self._selections, chosen, self._source).function(type_, below)
        )
        return lambda read: read.written[place]


_PAGE_INFO: Final[dict[str, Callable[[RowPage], Any]]] = {
    "hasNextPage": lambda page: page.has_next,
    "hasPreviousPage": lambda page: page.has_previous,
    "startCursor": lambda page: page.cursor_at(0),
    "endCursor": lambda page: page.cursor_at(-1),
}
