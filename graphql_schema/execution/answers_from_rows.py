"""Lists and objects answered straight from rows: no object, no resolver, no loader.

Where all that is selected of a root field lies in columns, the field's resolver still reads
the arguments, and then finds this in its context: the service selects just these columns,
and a function made for the selection turns each row into its part of the answer.
"""

from binascii import b2a_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    SelectionSetNode,
    get_named_type,
)

from app.domain.identifiers import Key
from app.domain.paging import PageRequest
from app.services.caller import Caller
from app.services.catalogue import RowPage, Shelf
from graphql_schema.execution.deviations import CannotCompile, Selected, deviate
from graphql_schema.execution.fields_as_columns import (
    FIELDS_AS_COLUMNS,
    Always,
    Made,
    ToMany,
    ToOne,
)
from graphql_schema.execution.generated_source import Source
from graphql_schema.execution.selections import Selections

_CONNECTION: Final = "Connection"

MOST_TABLES: Final = 10
"""That one statement joins; planning more costs more than it saves."""

WriteRows = Callable[[RowPage], list[dict[str, Any]]]
Part = Callable[[RowPage, int | None], Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a resolver returns that has the answer already."""

    data: Any


@dataclass(slots=True)
class _Chosen:
    """The columns that are read, of a list or of a single object.

    In a list, a row of children starts with its parent's key.
    """

    is_single: bool
    names: list[str] = field(default_factory=list)
    children: dict[str, list[str]] = field(default_factory=dict)
    parents: set[str] = field(default_factory=set)

    def place(self, name: str) -> int:
        """Return where in a row the column is."""
        if name not in self.names:
            self.names.append(name)
            self.parents.add(name.rpartition(".")[0])
            if len(self.parents) > MOST_TABLES:
                raise CannotCompile
        return self.names.index(name)

    def place_of_child(self, child: str, name: str) -> int:
        """Return where in a row of children the column is."""
        names = self.children.setdefault(child, [])
        if name not in names:
            names.append(name)
        return names.index(name) + (not self.is_single)


class Projected:
    """One selection of a list, or of one object, as it is answered from rows."""

    def __init__(self, chosen: _Chosen, parts: Part, *, counts: bool) -> None:
        self._chosen = chosen
        self._parts = parts
        self._counts = counts
        self._projections: dict[int, Any] = {}

    async def connection(
        self, caller: Caller, shelf: Shelf[Any, Any], wanted: object, request: PageRequest
    ) -> Answered | None:
        """Return a page of the list; None where it has to be made of objects."""
        page = await shelf.projected_page(caller, wanted, request, self._projection(shelf))
        if page is None:
            return None
        count = await shelf.count(caller, wanted) if self._counts else None
        return Answered(self._parts(page, count))

    async def one(self, caller: Caller, shelf: Shelf[Any, Any], key: Key) -> Answered | None:
        """Return the object with the key, which may be null."""
        page = await shelf.projected_one(caller, key, self._projection(shelf))
        return None if page is None else Answered(self._parts(page, None))

    def _projection(self, shelf: Shelf[Any, Any]) -> Any:  # noqa: ANN401 - the shelf's own
        known = self._projections.get(id(shelf))
        if known is None:
            children = {name: tuple(each) for name, each in self._chosen.children.items()}
            known = shelf.project(
                tuple(self._chosen.names), children, is_single=self._chosen.is_single
            )
            self._projections[id(shelf)] = known
        return known


class Projecting:
    """Makes what answers root fields from rows, for one operation."""

    def __init__(self, selections: Selections, source: Source) -> None:
        self._selections = selections
        self._source = source

    def of(self, type_: GraphQLOutputType, selected: Selected) -> Projected | None:
        """Return what answers a field of the type, or None where columns do not suffice."""
        named = get_named_type(type_)
        if not isinstance(named, GraphQLObjectType):
            return None
        chosen = _Chosen(is_single=named.name in FIELDS_AS_COLUMNS)
        try:
            if chosen.is_single:
                chosen.place("id")
                write = self._rows(named, selected.below, chosen)
                return Projected(
                    chosen, lambda page, _: next(iter(write(page)), None), counts=False
                )
            if named.name.removesuffix(_CONNECTION) not in FIELDS_AS_COLUMNS:
                return None
            chosen.place("id")
            parts = self._connection(named, selected.below, chosen)
        except CannotCompile:
            return None
        counts = any(
            each.name == "totalCount" for each in self._selections.of(named, selected.below)
        )
        return Projected(chosen, parts, counts=counts)

    def _connection(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: _Chosen
    ) -> Part:
        parts: dict[str, Part] = {}
        for selected in self._selections.of(type_, below):
            parts[selected.key] = self._part(type_, selected, chosen)
        return lambda page, count: {key: part(page, count) for key, part in parts.items()}

    def _part(self, type_: GraphQLObjectType, selected: Selected, chosen: _Chosen) -> Part:
        if selected.name == "__typename":
            return lambda _, __: type_.name
        if selected.name == "totalCount":
            return lambda _, count: count
        inner = get_named_type(type_.fields[selected.name].type)
        if not isinstance(inner, GraphQLObjectType):
            raise CannotCompile
        if selected.name == "nodes":
            write = self._rows(inner, selected.below, chosen)
            return lambda page, _: write(page)
        if selected.name == "edges":
            return self._edges(inner, selected.below, chosen)
        if selected.name == "pageInfo":
            return self._page_info(inner, selected.below)
        raise CannotCompile

    def _edges(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: _Chosen
    ) -> Part:
        lists: dict[str, Callable[[RowPage], Sequence[Any]]] = {}
        for selected in self._selections.of(type_, below):
            if selected.name == "node":
                node = get_named_type(type_.fields["node"].type)
                if not isinstance(node, GraphQLObjectType):
                    raise CannotCompile
                lists[selected.key] = self._rows(node, selected.below, chosen)
            elif selected.name == "cursor":
                lists[selected.key] = lambda page: [page.cursor(row) for row in page.rows]
            else:
                lists[selected.key] = lambda page: [type_.name] * len(page.rows)
        if not lists:
            return lambda page, _: [{} for _ in page.rows]
        keys = tuple(lists)
        return lambda page, _: [
            dict(zip(keys, values, strict=True))
            for values in zip(*(make(page) for make in lists.values()), strict=True)
        ]

    def _page_info(self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode]) -> Part:
        parts: dict[str, Callable[[RowPage], Any]] = {
            selected.key: _PAGE_INFO.get(selected.name, lambda _: type_.name)
            for selected in self._selections.of(type_, below)
        }
        return lambda page, _: {key: part(page) for key, part in parts.items()}

    def _rows(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: _Chosen
    ) -> WriteRows:
        return _RowWriter(self._selections, chosen, self._source).function(type_, below)


_PAGE_INFO: Final[dict[str, Callable[[RowPage], Any]]] = {
    "hasNextPage": lambda page: page.has_next,
    "hasPreviousPage": lambda page: page.has_previous,
    "startCursor": lambda page: page.cursor_at(0),
    "endCursor": lambda page: page.cursor_at(-1),
}


class _RowWriter:
    """Writes the Python function that turns the rows of a page into answers."""

    def __init__(self, selections: Selections, chosen: _Chosen, source: Source) -> None:
        self._selections = selections
        self._chosen = chosen
        self._source = source
        self._names: dict[str, Any] = {"deviate": deviate, "b2a_base64": b2a_base64}
        self._head: list[str] = []

    def function(self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode]) -> WriteRows:
        """Return the function for a selection of the type."""
        lines: list[str] = []
        answer = self._object(type_, below, "", lines, "        ")
        whole = [
            "def write(page):",
            *self._head,
            "    answers = []",
            "    for row in page.rows:",
            *lines,
            f"        answers.append({answer})",
            "    return answers",
        ]
        return self._source.function("write", whole, self._names)

    def _object(
        self,
        type_: GraphQLObjectType,
        below: Sequence[SelectionSetNode],
        path: str,
        lines: list[str],
        indent: str,
    ) -> str:
        """Return the expression for the object at the path; what it needs goes before it."""
        columns = FIELDS_AS_COLUMNS[type_.name]
        items = []
        for selected in self._selections.of(type_, below):
            value = repr(type_.name)
            if selected.name != "__typename":
                value = self._field(type_, selected, columns, path, lines, indent)
            items.append(f"{selected.key!r}: {value}")
        return f"{{{', '.join(items)}}}"

    def _field(
        self,
        type_: GraphQLObjectType,
        selected: Selected,
        columns: Any,  # noqa: ANN401
        path: str,
        lines: list[str],
        indent: str,
    ) -> str:
        source = columns.get(selected.name)
        if isinstance(source, Always):
            return repr(source.value)
        if isinstance(source, Made):
            places = [f"row[{self._chosen.place(path + name)}]" for name in source.columns]
            return self._made(source, places)
        inner = get_named_type(type_.fields[selected.name].type) if source else None
        if not isinstance(inner, GraphQLObjectType):
            raise CannotCompile
        if isinstance(source, ToOne):
            is_required = isinstance(type_.fields[selected.name].type, GraphQLNonNull)
            below = f"{path}{source.path}."
            key = f"row[{self._chosen.place(below + source.key)}]"
            return self._to_one(inner, selected, below, key, lines, indent, is_required=is_required)
        if isinstance(source, ToMany) and not path:
            return self._to_many(inner, selected, source.name)
        raise CannotCompile

    def _to_one(
        self,
        type_: GraphQLObjectType,
        selected: Selected,
        path: str,
        key: str,
        lines: list[str],
        indent: str,
        *,
        is_required: bool,
    ) -> str:
        """Write an object once for all rows that point to it."""
        number = len(self._head)
        known, one = f"known{number}", f"one{number}"
        self._head.append(f"    {known} = {{None: {'deviate' if is_required else None}}}")
        lines += [f"{indent}{one} = {known}.get({key}, page)", f"{indent}if {one} is page:"]
        answer = self._object(type_, selected.below, path, lines, f"{indent}    ")
        lines.append(f"{indent}    {one} = {known}[{key}] = {answer}")
        if is_required:
            lines.append(f"{indent}elif {one} is deviate: deviate()")
        return one

    def _to_many(self, type_: GraphQLObjectType, selected: Selected, name: str) -> str:
        """Write the children of all rows, by the key of the row that each belongs to."""
        columns = FIELDS_AS_COLUMNS[type_.name]
        items = []
        self._chosen.children.setdefault(name, [])
        for each in self._selections.of(type_, selected.below):
            source = columns.get(each.name)
            if each.name == "__typename":
                value = repr(type_.name)
            elif isinstance(source, Made):
                places = [
                    f"child[{self._chosen.place_of_child(name, column)}]"
                    for column in source.columns
                ]
                value = self._made(source, places)
            else:
                raise CannotCompile
            items.append(f"{each.key!r}: {value}")
        child_rows = f"page.children.get({name!r}, ())"
        if self._chosen.is_single:
            return f"[{{{', '.join(items)}}} for child in {child_rows}]"
        children = f"children{len(self._head)}"
        self._head += [
            f"    {children} = {{row[0]: [] for row in page.rows}}",
            f"    for child in {child_rows}:",
            f"        {children}[child[0]].append({{{', '.join(items)}}})",
        ]
        return f"{children}[row[0]]"

    def _made(self, source: Made, places: Sequence[str]) -> str:
        if source.make is None:
            return places[0]
        if isinstance(source.make, str):
            return source.make.format(*places)
        name = f"make{len(self._names)}"
        self._names[name] = source.make
        return f"{name}({', '.join(places)})"
