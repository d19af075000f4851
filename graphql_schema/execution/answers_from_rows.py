"""Lists and objects answered straight from rows: no object, no resolver, no loader.

Where all that is selected of a root field lies in columns, the field's resolver still reads
the arguments, and then finds this in its context: the service selects just these columns,
and a function made for the selection turns each row into its part of the answer.
"""

from binascii import b2a_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
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
from graphql_schema.execution.deviations import Selected, deviate
from graphql_schema.execution.fields_as_columns import (
    FIELDS_AS_COLUMNS,
    FIELDS_FROM_OBJECTS,
    TYPES_FROM_OBJECTS,
    Always,
    Expanded,
    Made,
    ToOne,
)
from graphql_schema.execution.generated_source import GeneratedSource
from graphql_schema.execution.selections import Selections

_CONNECTION: Final = "Connection"

MOST_TABLES: Final = 10
"""That one statement joins; planning more costs more than it saves."""

WriteRows = Callable[[RowPage], list[dict[str, Any]]]
Part = Callable[[RowPage, int | None], Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """Marks a resolver's result as finished JSON that must not be completed again."""

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
        """Return the column's index in a row; it is read from now on."""
        if name not in self.names:
            self.names.append(name)
            self.parents.add(name.rpartition(".")[0])
            if len(self.parents) > MOST_TABLES:
                raise NotFromRows(f"one statement joins at most {MOST_TABLES} tables")
        return self.names.index(name)

    def place_of_child(self, child: str, name: str) -> int:
        """Return the column's index in a row of that list; it is read from now on."""
        names = self.children.setdefault(child, [])
        if name not in names:
            names.append(name)
        return names.index(name) + (not self.is_single)


class Projected:
    """One selection of a list, or of one object, as it is answered from rows."""

    def __init__(self, chosen: _Chosen, parts: Part, *, counts: bool) -> None:
        self._chosen = chosen
        self._parts = parts
        self.counts = counts
        self._projections: dict[int, Any] = {}

    async def connection(
        self, caller: Caller, shelf: Shelf[Any, Any], wanted: object, request: PageRequest
    ) -> Answered | None:
        """Return a page of the list; None where it has to be made of objects."""
        page = await shelf.projected_page(caller, wanted, request, self.projection(shelf))
        if page is None:
            return None
        count = await shelf.count(caller, wanted) if self.counts else None
        return Answered(self._parts(page, count))

    async def one(self, caller: Caller, shelf: Shelf[Any, Any], key: Key) -> Answered | None:
        """Return the object with the key as JSON, null where there is none."""
        page = await shelf.projected_one(caller, key, self.projection(shelf))
        return None if page is None else Answered(self._parts(page, None))

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
        self, caller: Caller, shelf: Shelf[Any, Any], wanted: object, request: PageRequest
    ) -> Answered:
        """Note the SQL of a page, of its count if that is asked for, and of each list below."""
        projection, counts = self._projected.projection(shelf), self._projected.counts
        self._statements += shelf.page_texts(caller, wanted, request, projection, counts=counts)
        return Answered(None)

    async def one(self, caller: Caller, shelf: Shelf[Any, Any], key: Key) -> Answered:
        """Note the SQL of the object and of each list below."""
        projection = self._projected.projection(shelf)
        self._statements += shelf.one_texts(caller, key, projection)
        return Answered(None)


class NotFromRows(Exception):
    """A root field that is answered from objects; the message says why, to people."""


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
        chosen = _Chosen(is_single=item == named.name)
        chosen.place("id")
        if chosen.is_single:
            write = self._rows(named, selected.below, chosen)
            return Projected(chosen, lambda page, _: next(iter(write(page)), None), counts=False)
        return self._connection(named, self._selections.of(named, selected.below), chosen)

    def _connection(
        self, type_: GraphQLObjectType, selection: Sequence[Selected], chosen: _Chosen
    ) -> Projected:
        parts = {each.key: self._part(type_, each, chosen) for each in selection}
        return Projected(
            chosen,
            lambda page, count: {key: part(page, count) for key, part in parts.items()},
            counts=any(each.name == "totalCount" for each in selection),
        )

    def _part(self, type_: GraphQLObjectType, selected: Selected, chosen: _Chosen) -> Part:
        if selected.name == "__typename":
            return lambda _, __: type_.name
        if selected.name == "totalCount":
            return lambda _, count: count
        make = {"nodes": self._nodes, "edges": self._edges, "pageInfo": self._page_info}
        return make[selected.name](_object_type(type_, selected), selected.below, chosen)

    def _nodes(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: _Chosen
    ) -> Part:
        write = self._rows(type_, below, chosen)
        return lambda page, _: write(page)

    def _edges(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: _Chosen
    ) -> Part:
        lists: dict[str, Callable[[RowPage], Sequence[Any]]] = {}
        for selected in self._selections.of(type_, below):
            if selected.name == "node":
                node = _object_type(type_, selected)
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

    def _page_info(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], _: _Chosen
    ) -> Part:
        told = {"__typename": lambda _: type_.name, **_PAGE_INFO}
        parts = {each.key: told[each.name] for each in self._selections.of(type_, below)}
        return lambda page, _: {key: part(page) for key, part in parts.items()}

    def _rows(
        self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode], chosen: _Chosen
    ) -> WriteRows:
        return _RowWriter(self._selections, chosen, self._source).function(type_, below)


def _object_type(parent: GraphQLObjectType, selected: Selected) -> Any:  # noqa: ANN401 - an object type
    return get_named_type(parent.fields[selected.name].type)


_PAGE_INFO: Final[dict[str, Callable[[RowPage], Any]]] = {
    "hasNextPage": lambda page: page.has_next,
    "hasPreviousPage": lambda page: page.has_previous,
    "startCursor": lambda page: page.cursor_at(0),
    "endCursor": lambda page: page.cursor_at(-1),
}


class _RowWriter:
    """Writes the Python function that turns the rows of a page into answers."""

    def __init__(self, selections: Selections, chosen: _Chosen, source: GeneratedSource) -> None:
        self._selections = selections
        self._chosen = chosen
        self._source = source
        self._names: dict[str, Any] = {"deviate": deviate, "b2a_base64": b2a_base64}
        self._head: list[str] = []

    def function(self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode]) -> WriteRows:
        """Return a function from a page of rows to a list of answers, for the selection."""
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
        return self._source.function(f"rows of {type_.name}", whole, self._names)

    def _object(
        self,
        type_: GraphQLObjectType,
        below: Sequence[SelectionSetNode],
        path: str,
        lines: list[str],
        indent: str,
    ) -> str:
        """Return the expression for the object at the path; what it needs goes before it."""
        items = []
        for selected in self._selections.of(type_, below):
            value = repr(type_.name)
            if selected.name != "__typename":
                value = self._field(type_, selected, path, lines, indent)
            items.append(f"{selected.key!r}: {value}")
        return f"{{{', '.join(items)}}}"

    def _field(
        self,
        type_: GraphQLObjectType,
        selected: Selected,
        path: str,
        lines: list[str],
        indent: str,
    ) -> str:
        field = _field_from_rows(type_, selected)
        if isinstance(field, Always):
            return repr(field.value)
        if isinstance(field, Made):
            return self._of_row(field, path)
        inner = _object_type(type_, selected)
        if isinstance(field, Expanded):
            return self._expanded(inner, selected, field, path)
        if isinstance(field, ToOne):
            is_required = isinstance(type_.fields[selected.name].type, GraphQLNonNull)
            below = f"{path}{field.path}."
            key = f"row[{self._chosen.place(below + field.key)}]"
            return self._to_one(inner, selected, below, key, lines, indent, is_required=is_required)
        return self._to_many(inner, selected, field.name)

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
        """Add source that makes an object once for all rows that point to it; return its name."""
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
        """Add source that groups the rows of a list by their parent; return the list of one row."""
        self._chosen.children.setdefault(name, [])
        place = partial(self._chosen.place_of_child, name)
        item = self._item(type_, selected, place)
        child_rows = f"page.children.get({name!r}, ())"
        if self._chosen.is_single:
            return f"[{item} for child in {child_rows}]"
        children = f"children{len(self._head)}"
        self._head += [
            f"    {children} = {{row[0]: [] for row in page.rows}}",
            f"    for child in {child_rows}:",
            f"        {children}[child[0]].append({item})",
        ]
        return f"{children}[row[0]]"

    def _expanded(
        self, type_: GraphQLObjectType, selected: Selected, field: Expanded, path: str
    ) -> str:
        """Return the expression for a list that is made of columns of the row."""
        item = self._item(type_, selected, field.names.index)
        return f"[{item} for child in {self._of_row(field.made, path)}]"

    def _item(
        self, type_: GraphQLObjectType, selected: Selected, place: Callable[[str], int]
    ) -> str:
        """Return the expression for an item of a list; ``place`` says where ``child`` has what."""
        items = []
        for each in self._selections.of(type_, selected.below):
            value = repr(type_.name)
            if each.name != "__typename":
                made = _field_from_rows(type_, each)
                value = self._made(made, [f"child[{place(column)}]" for column in made.columns])
            items.append(f"{each.key!r}: {value}")
        return f"{{{', '.join(items)}}}"

    def _of_row(self, made: Made, path: str) -> str:
        """Return the expression for what is made of columns of the row, at the path."""
        return self._made(
            made, [f"row[{self._chosen.place(path + name)}]" for name in made.columns]
        )

    def _made(self, made: Made, places: Sequence[str]) -> str:
        if made.make is None:
            return places[0]
        if isinstance(made.make, str):
            return made.make.format(*places)
        name = f"make{len(self._names)}"
        self._names[name] = made.make
        return f"{name}({', '.join(places)})"


def _field_from_rows(type_: GraphQLObjectType, selected: Selected) -> Any:  # noqa: ANN401 - a FieldFromRows
    field = FIELDS_AS_COLUMNS[type_.name].get(selected.name)
    if field is None:
        why = FIELDS_FROM_OBJECTS[type_.name][selected.name]
        raise NotFromRows(f"{type_.name}.{selected.name} is no column: {why}")
    if isinstance(field, Expanded) and any(node.arguments for node in selected.nodes):
        raise NotFromRows(f"{type_.name}.{selected.name} has an argument: only objects read it")
    return field
