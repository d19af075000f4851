"""What an operation selects: CollectFields of the specification, done once."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from graphql_schema.execution.deviations import Selected

Flags = Mapping[str, bool]
"""The variables that ``@skip`` and ``@include`` name, with their values."""


class Selections:
    """Collects fields of one document, for given values of its ``@skip`` and ``@include``."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, flags: Flags) -> None:
        self._schema = schema
        self._flags = flags
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def of(self, type_: GraphQLObjectType, below: Iterable[SelectionSetNode]) -> list[Selected]:
        """Return the fields that are selected of an object type, in their order."""
        nodes: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selections in below:
            for node in self._fields(type_, selections, spread):
                key = node.alias.value if node.alias else node.name.value
                nodes.setdefault(key, []).append(node)
        return [Selected(key, tuple(same)) for key, same in nodes.items()]

    def _fields(
        self, type_: GraphQLObjectType, selections: SelectionSetNode, spread: set[str]
    ) -> Iterator[FieldNode]:
        selection: Any  # a field, an inline fragment or a spread
        for selection in selections.selections:
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if condition is None or self._applies(condition.name.value, type_):
                    yield from self._fields(type_, selection.selection_set, spread)
            else:
                name = selection.name.value
                fragment = self._fragments[name]
                if name in spread or not self._applies(fragment.type_condition.name.value, type_):
                    continue
                spread.add(name)
                yield from self._fields(type_, fragment.selection_set, spread)

    def _applies(self, name: str, type_: GraphQLNamedType) -> bool:
        condition = self._schema.type_map[name]
        return condition is type_ or (
            not isinstance(condition, GraphQLObjectType)
            and self._schema.is_sub_type(condition, type_)  # type: ignore[arg-type] # abstract
        )

    def _is_included(self, selection: SelectionNode) -> bool:
        for directive in selection.directives or ():
            wanted = {"include": True, "skip": False}[directive.name.value]
            if self._condition(directive) is not wanted:
                return False
        return True

    def _condition(self, directive: DirectiveNode) -> bool:
        (argument,) = directive.arguments or ()
        value: Any = argument.value  # a variable or a Boolean: validation has seen to it
        is_variable = isinstance(value, VariableNode)
        return self._flags[value.name.value] if is_variable else value.value


def flag_names(document: DocumentNode, operation: OperationDefinitionNode) -> list[str]:
    """Return the variables on which it depends what is selected, in a fixed order."""
    pending = [operation.selection_set]
    pending += [
        each.selection_set
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    ]
    defined = {each.variable.name.value for each in operation.variable_definitions or ()}
    names: set[str] = set()
    while pending:
        for selection in pending.pop().selections:
            names.update(
                argument.value.name.value
                for directive in selection.directives or ()
                for argument in directive.arguments or ()
                if isinstance(argument.value, VariableNode)
            )
            below = getattr(selection, "selection_set", None)
            if below:
                pending.append(below)
    return sorted(names & defined)
