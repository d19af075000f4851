"""The header ``Idempotency-Key``: the key of a document's one mutation, as if its input had it."""

from typing import Final

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)

from graphql_schema.http.errors import IDEMPOTENCY_KEY_NOT_TAKEN, NotAdmitted
from graphql_schema.http.root_fields import root_fields

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
    names = [
        each.name.value
        for each in root_fields(document, operation)
        if not each.name.value.startswith("__")
    ]
    if len(names) != 1:
        raise _not_taken(
            f"{HEADER} is for one mutation, and the document has {len(names)}: {_ADVICE}."
        )
    (name,) = names
    if not _takes_key(schema, name):
        raise _not_taken(f"`{name}` takes no idempotency key: send it without {HEADER}.")
    return key


def _not_taken(message: str) -> NotAdmitted:
    return NotAdmitted(message, 400, IDEMPOTENCY_KEY_NOT_TAKEN)


def _takes_key(schema: GraphQLSchema, name: str) -> bool:
    field = schema.mutation_type.fields[name] if schema.mutation_type else None
    inputs = [get_named_type(each.type) for each in field.args.values()] if field else []
    return any(_FIELD in getattr(each, "fields", {}) for each in inputs)
