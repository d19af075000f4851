"""The root fields of an operation, whatever ``@skip`` and ``@include`` make of them."""

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> list[FieldNode]:
    """Return the fields that a valid operation asks of Query or Mutation, in their order.

    Fields of one name in the answer are one, and are run once: also where a fragment that has
    them is spread twice.
    """
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    found: dict[str, FieldNode] = {}
    spread: set[str] = set()
    pending: list[SelectionNode] = [*reversed(operation.selection_set.selections)]
    while pending:
        node: Any = pending.pop()
        if isinstance(node, FieldNode):
            found.setdefault((node.alias or node.name).value, node)
        elif isinstance(node, InlineFragmentNode):
            pending += reversed(node.selection_set.selections)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
            spread.add(node.name.value)
            pending += reversed(fragments[node.name.value].selection_set.selections)
    return [*found.values()]
