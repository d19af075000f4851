"""An outage that leaves nothing of a request: then the whole request is refused with 503.

An answer with data keeps its status: GraphQL over HTTP has no other for it.
"""

from graphql import ExecutionResult, OperationDefinitionNode, OperationType

from app.domain.errors import Unavailable
from app.faults import log_fault
from graphql_schema.http.errors import not_available


def refuse_without_effect(operation: OperationDefinitionNode, result: ExecutionResult) -> None:
    """Raise NotAdmitted if an outage has left no answer, and nothing that was stored."""
    causes = [each.original_error for each in result.errors or ()]
    outages = [each for each in causes if isinstance(each, Unavailable)]
    if not outages or not all(each.is_without_effect for each in outages):
        return
    if operation.operation is OperationType.MUTATION:
        is_without_effect = _is_at_the_first_field(operation, result)
    else:
        is_without_effect = len(outages) == len(causes) and _is_empty(result)
    if is_without_effect:
        log_fault(outages[0])
        raise not_available(outages[0])


def _is_empty(result: ExecutionResult) -> bool:
    return result.data is None or all(each is None for each in result.data.values())


def _is_at_the_first_field(operation: OperationDefinitionNode, result: ExecutionResult) -> bool:
    """Say whether a mutation's first field failed: deeper below or later, something is stored."""
    selected = operation.selection_set.selections[0]
    name = getattr(selected, "alias", None) or getattr(selected, "name", None)
    paths = [each.path for each in result.errors or ()]
    return result.data is None and name is not None and paths == [[name.value]]
