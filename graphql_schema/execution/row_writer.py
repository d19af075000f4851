"""Writes the Python functions that turn rows of chosen columns into answers, one a selection."""

from binascii import b2a_base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graphql import GraphQLNonNull, GraphQLObjectType, SelectionSetNode, get_named_type

from app.services.catalogue import RowPage
from app.services.pauses import Pauses
from graphql_schema.answer_size import AnswerSize
from graphql_schema.execution.deviations import Selected, deviate
from graphql_schema.execution.fields_as_columns import (
    FIELDS_AS_COLUMNS,
    FIELDS_FROM_OBJECTS,
    Always,
    Expanded,
    Made,
    ToOne,
)
from graphql_schema.execution.generated_source import GeneratedSource
from graphql_schema.execution.selections import Selections

MOST_TABLES: Final = 10
"""That one statement joins; planning more costs more than it saves."""

FEW_FIELDS: Final = 10_000
"""That all rows of a page are expanded into: they are made before a pause would be due."""

WriteRows = Callable[[RowPage, AnswerSize], Awaitable[list[dict[str, Any]]]]


class NotFromRows(Exception):
    """A root field that is answered from objects; the message says why, to people."""


@dataclass(slots=True)
class Chosen:
    """The columns that are read, of a list or of a single object.

    In a list, a row of children starts with its parent's key.
    """

    is_single: bool
    names: list[str] = field(default_factory=list)
    children: dict[str, list[str]] = field(default_factory=dict)
    writers: list[WriteRows] = field(default_factory=list)
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


class RowWriter:
    """Writes the Python function that turns the rows of a page into answers."""

    def __init__(self, selections: Selections, chosen: Chosen, source: GeneratedSource) -> None:
        self._selections = selections
        self._chosen = chosen
        self._source = source
        self._names: dict[str, Any] = {
            "deviate": deviate,
            "b2a_base64": b2a_base64,
            "Pauses": Pauses,
        }
        self._head: list[str] = []
        self._counts: list[str] = []
        """How many fields a row is expanded into, for each list that it is expanded into."""

    def function(self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode]) -> WriteRows:
        """Return a function from a page of rows to a list of answers, for the selection.

        What rows are expanded into is counted of the whole page before, and others run between
        two of its rows.
        """
        lines: list[str] = []
        answer = self._object(type_, below, "", lines, "        ")
        counting, pausing = [], []
        if self._counts:
            fields = " + ".join(self._counts)
            counting = [
                f"    expanded = sum([{fields} for row in page.rows])",
                "    size.add(expanded)",
                "    pauses = Pauses()",
            ]
            pausing = [f"        if expanded > {FEW_FIELDS}: await pauses.pause_if_due()"]
        whole = [
            "async def write(page, size):",
            *counting,
            *self._head,
            "    answers = []",
            "    for row in page.rows:",
            *lines,
            f"        answers.append({answer})",
            *pausing,
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
        inner = object_type(type_, selected)
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
        fields = len(self._selections.of(type_, selected.below))
        self._counts.append(f"{fields} * {self._of_row(field.count, path)}")
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


def object_type(parent: GraphQLObjectType, selected: Selected) -> Any:  # noqa: ANN401 - an object type
    """Return the type of the objects that are selected."""
    return get_named_type(parent.fields[selected.name].type)
