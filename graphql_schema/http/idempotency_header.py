"""The header ``Idempotency-Key``: the key of a document's one mutation, as if its input had it."""

from collections.abc import Iterator
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
)

from graphql_schema.http.errors import IDEMPOTENCY_KEY_NOT_TAKEN, NotAdmitted

HEADER: Final = "Idempotency-Key"
_FIELD: Final = "idempotencyKey"
_ADVICE: Final = f"give each mutation its own `{_FIELD}` in its input"


def key_for(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, key: str
) -> str | None:
    """Return the key for the operation's one mutation; None for a query, which needs none.

    Raises NotAdmitted where the key would be lost: whoever sends it relies on it.
    """
    if operation.operation is not OperationType.MUTATION:
        return None
    names = _root_fields(document, operation.selection_set)
    if len(names) != 1:
        raise _not_taken(
            f"{HEADER} is for one mutation, and the document has {len(names)}: {_ADVICE}."
        )
    (name,) = names.values()
    if not _takes_key(schema, name):
        raise _not_taken(
            f"`{name}` takes no idempotency key: send it without {HEADER}. Sent again it "
            "changes nothing more."
        )
    return key


def _not_taken(message: str) -> NotAdmitted:
    return NotAdmitted(message, 400, IDEMPOTENCY_KEY_NOT_TAKEN)


def _takes_key(schema: GraphQLSchema, name: str) -> bool:
    field = schema.mutation_type.fields[name] if schema.mutation_type else None
    inputs = [get_named_type(each.type) for each in field.args.values()] if field else []
    return any(_FIELD in getattr(each, "fields", {}) for each in inputs)


def _root_fields(document: DocumentNode, selections: SelectionSetNode) -> dict[str, str]:
    """Return the fields by their names in the answer; fields of one name there are one."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    return {
        (node.alias or node.name).value: node.name.value
        for node in _fields(fragments, selections)
        if not node.name.value.startswith("__")
    }


def _fields(
    fragments: dict[str, FragmentDefinitionNode], selections: SelectionSetNode
) -> Iterator[FieldNode]:
    pending: list[Any] = list(selections.selections)
    spread: set[str] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            pending += node.selection_set.selections
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
            spread.add(node.name.value)
            pending += fragments[node.name.value].selection_set.selections
