"""How much a document asks for, found before validation in one walk, linear in its size.

Each fragment is measured once and its measure used wherever it is spread, so that a
document in which fragments double costs no more to refuse than one in which they do not.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
)
from graphql.type import get_nullable_type

from app.domain.errors import InvalidValue
from app.domain.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from app.domain.schedule import MAX_WINDOW_DAYS
from app.domain.wire_formats import parse_day
from app.services.storage_limits import StorageLimits
from graphql_schema.http.errors import NotAdmitted, too_large
from graphql_schema.http.limits import Limits

LIST_SIZE: Final = 10
"""What a list without a page size is taken to have, for the cost."""

LIST_SIZES: Final = {
    # A connection's own lists are as long as its page, which is counted already.
    "edges": 1,
    "nodes": 1,
    # A month of days, each with a record or two. How many months a schedule within an answer
    # has, is counted besides; those of the root are bounded by their own rule (6.4).
    "days": 31,
    "contributions": 2,
    "notes": 2,
    "timeOff": 2,
    "externalReferences": 2,
    "webhooks": StorageLimits().webhooks,
}
"""What the lists of the schema are taken to have, where that is known better."""

KNOWN_COSTS: Final = 64
"""Costs that are remembered of one operation, by the page sizes in its variables."""

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """The arguments ``from`` and ``to`` of a schedule within an answer."""

    first: ValueNode | None
    last: ValueNode | None


Sized = IntValueNode | ListValueNode | VariableNode | Window | int


@dataclass(slots=True)
class Measure:
    """What a selection asks for, everything it spreads included."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    names: Counter[str] = field(default_factory=Counter)
    costs: list["Cost | Measure"] = field(default_factory=list)

    def include(self, other: "Measure") -> None:
        """Count what a spread fragment has, at this very level."""
        self.fields += other.fields + 1
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.names.update(other.names)
        self.costs.append(other)


@dataclass(slots=True)
class Cost:
    """A field: itself, and its selection as often as its list may be long."""

    size: Sized
    selection: Measure | None


class DocumentGate:
    """Measures one document against the limits."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._definitions = [
            each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        ]
        self._fragments = {each.name.value: each for each in self._definitions}
        self._operations = [
            each for each in document.definitions if isinstance(each, OperationDefinitionNode)
        ]
        self._measured: dict[str, Measure | None] = {}

    def admit(self) -> dict[str | None, tuple[OperationDefinitionNode, Measure]]:
        """Return the operations by name, with the measure of each, or raise NotAdmitted."""
        refuse_above("Operations of a document", len(self._operations), self._limits.operations)
        refuse_above("Fragments of a document", len(self._definitions), self._limits.fragments)
        admitted = {
            each.name.value if each.name else None: (each, self._admit_operation(each))
            for each in self._operations
        }
        # Validation also walks through those that are never spread, or whose name comes again.
        spread = set(self._measured)
        for each in self._definitions:
            name = each.name.value
            if name not in spread or self._fragments[name] is not each:
                self._admit_selection(self._measure_fragment(each), each.selection_set)
        return admitted

    def _admit_operation(self, operation: OperationDefinitionNode) -> Measure:
        root = self._schema.get_root_type(operation.operation)
        measure = self._measure(operation.selection_set, root)
        measure.directives += len(operation.directives or ())
        refuse_above("Root fields", sum(measure.names.values()), self._limits.root_fields)
        self._admit_selection(measure, operation.selection_set)
        return measure

    def _admit_selection(self, measure: Measure, selections: SelectionSetNode) -> None:
        limits = self._limits
        refuse_above("Fields, spread fragments included", measure.fields, limits.fields)
        refuse_above("Levels of fields", measure.depth, limits.depth)
        refuse_above("Aliases", measure.aliases, limits.aliases)
        refuse_above("Directives", measure.directives, limits.directives)
        self._refuse_repeats([selections])

    def _measure(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Measure:
        measure = Measure()
        for selection in selections.selections:
            measure.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                self._add_field(measure, selection, parent)
            elif isinstance(selection, FragmentSpreadNode):
                if spread := self._fragment(selection.name.value):
                    measure.include(spread)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                type_ = self._schema.get_type(condition.name.value) if condition else parent
                measure.include(self._measure(selection.selection_set, type_))
        return measure

    def _add_field(
        self, measure: Measure, node: FieldNode, parent: GraphQLNamedType | None
    ) -> None:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        type_ = get_named_type(definition.type) if definition else None
        measure.fields += 1
        measure.aliases += node.alias is not None
        measure.names[_response_name(node)] += 1
        below = self._measure(node.selection_set, type_) if node.selection_set else None
        measure.depth = max(measure.depth, 1 + (below.depth if below else 0))
        if below:
            measure.fields += below.fields
            measure.aliases += below.aliases
            measure.directives += below.directives
        measure.costs.append(Cost(_size(node, definition, type_), below))

    def _fragment(self, name: str) -> Measure | None:
        """Measure a fragment once; one that spreads itself is refused."""
        if name in self._measured:
            found = self._measured[name]
            if found is None:
                raise NotAdmitted("A fragment spreads itself.")
            return found
        fragment = self._fragments.get(name)
        if fragment is None:
            return None  # validation says so
        self._measured[name] = None
        measure = self._measured[name] = self._measure_fragment(fragment)
        return measure

    def _measure_fragment(self, fragment: FragmentDefinitionNode) -> Measure:
        type_ = self._schema.get_type(fragment.type_condition.name.value)
        measure = self._measure(fragment.selection_set, type_)
        measure.directives += len(fragment.directives or ())
        return measure

    def _refuse_repeats(self, selections: Iterable[SelectionSetNode]) -> None:
        """Refuse one response name that is selected again and again in one place.

        Validation compares each pair of them, all the way down. What is below the fields
        of one name is one place; the walk is over the expanded fields, which are few by now.
        """
        fields: dict[str, list[FieldNode]] = {}
        pending = list(selections)
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    fields.setdefault(_response_name(selection), []).append(selection)
                elif isinstance(selection, InlineFragmentNode):
                    pending.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode):
                    fragment = self._fragments.get(selection.name.value)
                    pending += [fragment.selection_set] if fragment else []
        for same in fields.values():
            refuse_above("Repeats of one field", len(same), self._limits.repeats)
            below = [node.selection_set for node in same if node.selection_set]
            if below:
                self._refuse_repeats(below)


class AnswerCost:
    """With how many fields an operation may answer, by the sizes that its variables give."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._sizes = list(_size_variables(measure, set()))
        self._known: dict[tuple[int, ...], int] = {}

    def of(self, variables: Variables) -> int:
        """Return how many fields the answer may have."""
        sizes = tuple(_number(each, variables) for each in self._sizes)
        if sizes not in self._known:
            if len(self._known) >= KNOWN_COSTS:
                self._known.clear()
            self._known[sizes] = _cost(self._measure, variables, {})
        return self._known[sizes]


def _size_variables(measure: Measure, seen: set[int]) -> Iterator[VariableNode | Window]:
    """Yield what says by variables how long a list is, each measure looked at once."""
    if id(measure) in seen:
        return
    seen.add(id(measure))
    for each in measure.costs:
        below = each if isinstance(each, Measure) else each.selection
        if isinstance(each, Cost) and isinstance(each.size, VariableNode | Window):
            yield each.size
        if below:
            yield from _size_variables(below, seen)


def _cost(measure: Measure, variables: Variables, memo: dict[int, int]) -> int:
    if id(measure) not in memo:
        memo[id(measure)] = sum(
            _cost(each, variables, memo)
            if isinstance(each, Measure)
            else 1
            + (
                _number(each.size, variables) * _cost(each.selection, variables, memo)
                if each.selection
                else 0
            )
            for each in measure.costs
        )
    return memo[id(measure)]


def _number(size: Sized, variables: Variables) -> int:
    """Return how long a list may be; a size that is refused later counts as the largest."""
    if isinstance(size, int):
        return size
    if isinstance(size, Window):
        return _months(size, variables)
    value: Any = None
    if isinstance(size, IntValueNode):
        value = int(size.value)
    elif isinstance(size, ListValueNode):
        return len(size.values)
    elif isinstance(size, VariableNode):
        value = variables.get(size.name.value)
        if isinstance(value, list):
            return len(value)
    if isinstance(value, int) and 1 <= value <= MAX_PAGE_SIZE:
        return value
    return DEFAULT_PAGE_SIZE if value is None else MAX_PAGE_SIZE


def _months(window: Window, variables: Variables) -> int:
    """Return how many times the days of a month are in a window; as above if it is refused."""
    length = MAX_WINDOW_DAYS
    try:
        first, last = (_day(node, variables) for node in (window.first, window.last))
        length = min((last - first).days + 1, length)
    except InvalidValue:
        pass
    return max(1, -(-length // LIST_SIZES["days"]))


def _day(node: ValueNode | None, variables: Variables) -> date:
    if isinstance(node, VariableNode):
        given = variables.get(node.name.value)
    else:
        given = getattr(node, "value", None)
    return parse_day(given if isinstance(given, str) else "")


def _size(node: FieldNode, definition: Any, type_: GraphQLNamedType | None) -> Sized:  # noqa: ANN401
    """Return how long the field's list may be: its page size, its ids, or a guess."""
    if definition is None or not is_composite_type(type_):
        return 1
    arguments = {each.name.value: each.value for each in node.arguments or ()}
    if "first" in definition.args:
        given = arguments.get("first") or arguments.get("last")
        return given if isinstance(given, IntValueNode | VariableNode) else DEFAULT_PAGE_SIZE
    if not is_list_type(get_nullable_type(definition.type)):
        is_window = "from" in definition.args and "to" in definition.args
        return Window(arguments.get("from"), arguments.get("to")) if is_window else 1
    ids = arguments.get("ids")
    if isinstance(ids, ListValueNode | VariableNode):
        return ids
    return LIST_SIZES.get(node.name.value, LIST_SIZE)


def _response_name(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def refuse_above(what: str, count: int, most: int) -> None:
    """Refuse a document or an operation that has more of something than is admitted."""
    if count > most:
        raise too_large(what, most)
