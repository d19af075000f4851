"""From what a resolver returned to the answer, by functions made for one selection.

graphql-core looks up, for every field of every object, what a compiled function knows from
the start: the field, its type, its name in Python and in the answer. A resolver that has to
wait is noted and run together with all others of its level, so that loaders still see a
level as a whole. Whatever is not as it should be raises, and graphql-core answers instead.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)
from strawberry import Schema
from strawberry.types.field import StrawberryField

from graphql_schema.answer_size import EXPANDED_TYPES
from graphql_schema.execution.deviations import Selected, deviate
from graphql_schema.execution.generated_source import GeneratedSource
from graphql_schema.execution.inputs import ArgumentSets
from graphql_schema.execution.resolvers import (
    Resolve,
    core_field,
    resolver_of,
    strawberry_field,
)
from graphql_schema.execution.run import Complete, Waiting
from graphql_schema.execution.selections import Selections
from graphql_schema.hours import source_of
from graphql_schema.links import link_of
from graphql_schema.shared_items import Sharing, sharing_of

_LEAVES: Final = {
    "String": "{x}.__class__ is str",
    "ID": "{x}.__class__ is str",
    "Boolean": "{x}.__class__ is bool",
    "Int": "{x}.__class__ is int and -2147483648 <= {x} <= 2147483647",
    # Infinity and NaN are the only numbers whose difference to themselves is not 0.
    "Float": "{x}.__class__ is float and {x} - {x} == 0",
}
"""When the specification's own scalars answer a value as it is, as Python expressions."""


class _Field(NamedTuple):
    """Source of a field of an answer: its value in the dict, and lines before and after that.

    The line before computes what the value is made of; the one after has it filled in later.
    """

    key: str
    value: str
    before: str = ""
    after: str = ""


class Completion:
    """Makes the functions that complete the values of one operation."""

    def __init__(
        self,
        schema: Schema,
        core: GraphQLSchema,
        selections: Selections,
        arguments: ArgumentSets,
        source: GeneratedSource,
    ) -> None:
        self._core = core
        self._types = schema.schema_converter.type_map
        self._selections = selections
        self._arguments = arguments
        self._source = source
        self._count = 0
        self._objects: dict[tuple[Any, ...], str] = {}
        self._names: dict[str, Any] = {
            "deviate": deviate,
            "Waiting": Waiting,
            "date": date,
            "as_list": _as_list,
        }

    def of(self, type_: GraphQLOutputType, selected: Selected) -> Complete:
        """Return the function that turns what the field's resolver returned into JSON."""
        return self._function(type_, ["    return " + self._value(type_, "value", selected.below)])

    def _value(self, type_: GraphQLOutputType, x: str, below: Sequence[SelectionSetNode]) -> str:
        """Return Python source that turns the value of the expression ``x`` into JSON."""
        if isinstance(type_, GraphQLNonNull):
            return f"(deviate() if {x} is None else {self._some(type_.of_type, x, below)})"
        return f"(None if {x} is None else {self._some(type_, x, below)})"

    def _some(self, type_: GraphQLOutputType, x: str, below: Sequence[SelectionSetNode]) -> str:
        if isinstance(type_, GraphQLList):
            if is_composite_type(get_named_type(type_)):
                return f"({self._listed(type_, f'{x}_', below)} if ({x}_ := as_list({x})) else [])"
            item = f"{x}_"
            value = self._value(type_.of_type, item, below)
            return f"[{value} for {item} in as_list({x})]"
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return self._leaf(type_, x)
        if isinstance(type_, GraphQLObjectType):
            return f"{self._object(type_, below)}({x}, run)"
        types: Any = type_  # an interface's: by its class, as Strawberry tells them apart
        functions = {
            self._origin(each): self._names[self._object(each, below)]
            for each in self._core.get_possible_types(types)
        }
        return f"{self._named(functions.__getitem__)}({x}.__class__)({x}, run)"

    def _listed(self, type_: Any, x: str, below: Sequence[SelectionSetNode]) -> str:  # noqa: ANN401 - a list
        """Return the expression for the completed list of objects ``x``."""
        complete, item = self._item(type_, below), get_named_type(type_)
        if item.name not in EXPANDED_TYPES:
            return f"run.listed({x}, {complete})"
        return f"run.expanded({x}, {complete}, {len(self._selections.of(item, below))})"

    def _item(self, type_: Any, below: Sequence[SelectionSetNode]) -> str:  # noqa: ANN401 - a list
        """Return the name of the function for an item of a list type of objects."""
        item = self._value(type_.of_type, "value", below)
        return self._named(self._function(type_, [f"    return {item}"]))

    def _leaf(self, type_: GraphQLScalarType | GraphQLEnumType, x: str) -> str:
        if isinstance(type_, GraphQLEnumType):
            names = {each.value: name for name, each in type_.values.items()}
            members = self._definition(type_).wrapped_cls
            names |= {each: names[each.value] for each in members if each.value in names}
            return f"{self._shared(f'write_{type_.name}', names.__getitem__)}({x})"
        write = self._shared(f"write_{type_.name}", _strictly(type_.coerce_output_value))
        if type_.name in _LEAVES:
            return f"({x} if {_LEAVES[type_.name].format(x=x)} else {write}({x}))"
        if type_.name == "Date":
            return f"({x}.isoformat() if {x}.__class__ is date else {write}({x}))"
        return f"{write}({x})"

    def _object(self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode]) -> str:
        """Return the name of the function for an object's selection; one for equal ones."""
        key = (type_.name, *map(id, below))  # the document keeps them all alive
        if key not in self._objects:
            self._objects[key] = self._make_object(type_, below)
        return self._objects[key]

    def _make_object(self, type_: GraphQLObjectType, below: Sequence[SelectionSetNode]) -> str:
        lines: list[str] = []
        if type_.is_type_of is not None:
            origin = self._named(self._origin(type_))
            lines.append(f"    if value.__class__ is not {origin}: deviate()")
        else:
            lines.append("    if isinstance(value, BaseException): deviate()")
        fields = [
            self._field(type_, selected, f"x{index}")
            for index, selected in enumerate(self._selections.of(type_, below))
        ]
        items = ", ".join(f"{each.key!r}: {each.value}" for each in fields)
        lines += [each.before for each in fields if each.before]
        lines.append(f"    answer = {{{items}}}")
        lines += [each.after for each in fields if each.after]
        return self._named(self._function(type_, [*lines, "    return answer"]))

    def _field(self, type_: GraphQLObjectType, selected: Selected, x: str) -> "_Field":
        """Return how a selected field gets its value; ``x`` is a name for what it is made of."""
        key = selected.key
        if selected.name == "__typename":
            return _Field(key, repr(type_.name))
        found = core_field(type_, selected.name)
        definition = strawberry_field(found)
        source = source_of(definition.metadata, "value")
        if source:
            return _Field(key, source)
        resolver = resolver_of(definition)
        if resolver and resolver.is_async:
            return self._field_of_later(found, definition, selected, resolver.resolve)
        sharing = sharing_of(definition.metadata)
        if sharing and self._can_share(found.type, selected, sharing):
            item: Any = get_named_type(found.type)  # of which there is one in each place
            complete = self._object(item, selected.below)
            return _Field(key, f"run.shared(value, {self._named(sharing)}, {complete})")
        if resolver is None:
            read = f"value.{definition.python_name}"
        elif resolver.of_source:
            read = f"{self._named(resolver.of_source)}(value)"
        else:
            place = self._arguments.add(found, definition, selected.nodes[0])
            read = f"{self._named(resolver.resolve)}(value, run.info, run.arguments[{place}])"
        value = self._value(found.type, x, selected.below)
        return _Field(key, value, before=f"    {x} = {read}")

    def _field_of_later(
        self,
        found: GraphQLField,
        definition: StrawberryField,
        selected: Selected,
        resolve: Resolve,
    ) -> "_Field":
        """Return how a field gets its value with all others of its level that have to wait."""
        key, complete = selected.key, self._named(self.of(found.type, selected))
        linked_to = link_of(definition.metadata)
        if linked_to:
            after = f"    run.link({self._named(linked_to)}(value), {complete}, answer, {key!r})"
        else:
            place = self._arguments.add(found, definition, selected.nodes[0])
            after = (
                f"    run.later.append(Waiting({self._named(resolve)}, value, "
                f"run.arguments[{place}], answer, {key!r}, {complete}))"
            )
        return _Field(key, "None", after=after)

    def _can_share(self, type_: GraphQLOutputType, selected: Selected, sharing: Sharing) -> bool:
        item: Any = get_named_type(type_)
        chosen = self._selections.of(item, selected.below)
        return all(each.name != sharing.unless_selected for each in chosen)

    def _function(self, type_: GraphQLOutputType, lines: Sequence[str]) -> Complete:
        title = f"objects of {get_named_type(type_).name}"
        return self._source.function(title, ["def complete(value, run):", *lines], self._names)

    def _named(self, value: object) -> str:
        self._count += 1
        return self._shared(f"_{self._count}", value)

    def _shared(self, name: str, value: object) -> str:
        self._names.setdefault(name, value)
        return name

    def _origin(self, type_: GraphQLNamedType) -> Any:  # noqa: ANN401
        return self._definition(type_).origin

    def _definition(self, type_: GraphQLNamedType) -> Any:  # noqa: ANN401
        return self._types[type_.name].definition


def _as_list(value: Any) -> Any:  # noqa: ANN401
    return value if value.__class__ in {list, tuple} else deviate()


def _strictly(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the scalar's own function; what it makes nothing of is an error."""

    def written(value: Any) -> Any:  # noqa: ANN401
        text = write(value)
        return deviate() if text is None else text

    return written
