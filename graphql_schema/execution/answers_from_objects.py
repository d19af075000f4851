"""From what a resolver returned to the answer, by functions made for one selection.

graphql-core looks up, for every field of every object, what a compiled function knows from
the start: the field, its type, its name in Python and in the answer. A resolver that has to
wait is noted and run together with all others of its level, so that loaders still see a
level as a whole. Whatever is not as it should be raises, and graphql-core answers instead.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from strawberry import Schema

from app.services.pauses import Pauses
from graphql_schema.execution.deviations import Selected, deviate
from graphql_schema.execution.generated_source import GeneratedSource
from graphql_schema.execution.inputs import ArgumentSets, Variables
from graphql_schema.execution.resolvers import (
    Arguments,
    Resolve,
    core_field,
    info_of,
    resolver_of,
    strawberry_field,
)
from graphql_schema.execution.selections import Selections
from graphql_schema.shared_items import SharedItems, Sharing, sharing_of

Complete = Callable[[Any, "Run"], Any]
AnswerOf = Callable[[Sequence[Any]], list[Any]]
Long = tuple[Sequence[Any], AnswerOf, list[Any]]
"""A list, what completes a piece of it, and where its answer goes."""

LONG: Final = 16
"""A list of objects that is completed in pieces, of so many each: they may have lists as well."""

_LEAVES: Final = {
    "String": "{x}.__class__ is str",
    "ID": "{x}.__class__ is str",
    "Boolean": "{x}.__class__ is bool",
    "Int": "{x}.__class__ is int and -2147483648 <= {x} <= 2147483647",
    # Infinity and NaN are the only numbers whose difference to themselves is not 0.
    "Float": "{x}.__class__ is float and {x} - {x} == 0",
}
"""When the specification's own scalars answer a value as it is, as Python expressions."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An async resolver to be awaited with all others of its level, and where its result goes."""

    resolve: Resolve
    source: Any
    arguments: Arguments
    target: dict[str, Any]
    key: str
    complete: Complete


@dataclass(slots=True)
class Run:
    """State of one request: context, arguments by field number, async resolvers to be awaited."""

    context: Any
    arguments: Sequence[Arguments]
    variables: Variables
    later: list[Waiting] = field(default_factory=list)
    long: deque[Long] = field(default_factory=deque)
    _info: Any = None
    _once: dict[Hashable, "_Once"] = field(default_factory=dict)

    @property
    def info(self) -> Any:  # noqa: ANN401 - Strawberry's
        """The ``info`` argument of resolvers, made when the first of them is called."""
        self._info = self._info or info_of(self.context)
        return self._info

    def listed(self, values: Sequence[Any], complete: Complete) -> list[Any]:
        """Return the completed list; one of 16 or more items is filled later, by ``finish``."""
        if len(values) < LONG:
            return [complete(value, self) for value in values]
        return self._later_in_pieces(values, lambda piece: [complete(each, self) for each in piece])

    def shared(self, items: SharedItems, complete: Complete) -> list[Any]:
        """Return the completed list, of which each record is completed once in the request.

        It is known by what completes it, and by what it is shown by.
        """
        key = complete, items.shown_by
        once = self._once.get(key)
        if once is None:
            once = self._once[key] = _Once(items.show, complete, self)
        return self._later_in_pieces(items.records, lambda piece: [once[each] for each in piece])

    def _later_in_pieces(self, values: Sequence[Any], answer_of: AnswerOf) -> list[Any]:
        answer: list[Any] = []
        self.long.append((values, answer_of, answer))
        return answer

    async def finish(self) -> None:
        """Complete the long lists and run the resolvers that wait, level by level."""
        while True:
            if self.long:
                await self._complete_long()
            if not self.later:
                return
            level, self.later = self.later, []
            results = await asyncio.gather(
                *(each.resolve(each.source, self.info, each.arguments) for each in level),
                return_exceptions=True,
            )
            for each, result in zip(level, results, strict=True):
                if isinstance(result, Exception):
                    raise result
                each.target[each.key] = each.complete(result, self)

    async def _complete_long(self) -> None:
        pauses = Pauses()
        while self.long:
            values, answer_of, answer = self.long.popleft()
            for start in range(0, len(values), LONG):
                answer += answer_of(values[start : start + LONG])
                await pauses.pause_if_due()


class _Once(dict[Any, Any]):
    """Answers by record, each completed when it is first asked for."""

    def __init__(self, show: Callable[[Any], Any], complete: Complete, run: Run) -> None:
        super().__init__()
        self._show = show
        self._complete = complete
        self._run = run

    def __missing__(self, record: object) -> Any:  # noqa: ANN401
        answer = self[record] = self._complete(self._show(record), self._run)
        return answer


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
            "as_list": _as_list,
            "is_error": _is_error,
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
                complete = self._item(type_, below)
                return f"(run.listed({x}_, {complete}) if ({x}_ := as_list({x})) else [])"
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
            lines.append("    if is_error(value): deviate()")
        items, waiting = [], []
        for index, selected in enumerate(self._selections.of(type_, below)):
            if selected.name == "__typename":
                items.append(f"{selected.key!r}: {type_.name!r}")
                continue
            found = core_field(type_, selected.name)
            definition = strawberry_field(found)
            resolver = resolver_of(definition)
            x = f"x{index}"
            if resolver is None:
                lines.append(f"    {x} = value.{definition.python_name}")
                items.append(f"{selected.key!r}: {self._value(found.type, x, selected.below)}")
                continue
            sharing = sharing_of(definition.metadata)
            if sharing and self._can_share(found.type, selected, sharing):
                items_of = self._named(sharing.of)
                complete = self._item(get_nullable_type(found.type), selected.below)
                items.append(f"{selected.key!r}: run.shared({items_of}(value), {complete})")
                continue
            if resolver.of_source:
                lines.append(f"    {x} = {self._named(resolver.of_source)}(value)")
                items.append(f"{selected.key!r}: {self._value(found.type, x, selected.below)}")
                continue
            place = self._arguments.add(found, definition, selected.nodes[0])
            resolve = self._named(resolver.resolve)
            if resolver.is_async:
                complete = self._named(self.of(found.type, selected))
                items.append(f"{selected.key!r}: None")
                waiting.append(
                    f"    run.later.append(Waiting({resolve}, value, run.arguments[{place}], "
                    f"answer, {selected.key!r}, {complete}))"
                )
            else:
                lines.append(f"    {x} = {resolve}(value, run.info, run.arguments[{place}])")
                items.append(f"{selected.key!r}: {self._value(found.type, x, selected.below)}")
        lines += [f"    answer = {{{', '.join(items)}}}", *waiting, "    return answer"]
        return self._named(self._function(type_, lines))

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


def _is_error(value: object) -> bool:
    return isinstance(value, BaseException)


def _strictly(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the scalar's own function; what it makes nothing of is an error."""

    def written(value: Any) -> Any:  # noqa: ANN401
        text = write(value)
        return deviate() if text is None else text

    return written
