"""Runs an operation by graphql-core, whose answer is right by definition."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    create_source_event_stream,
    execute,
)
from strawberry.execution import optimized_is_awaitable

from graphql_schema.context import Context
from graphql_schema.execution.deviations import Deviation, Selected
from graphql_schema.execution.pausing_executor import PausingExecutor


async def run_by_reference(
    core: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    context: Context,
    variables: Mapping[str, Any],
    deviation: Deviation | None,
    *,
    max_errors: int,
    event: object = None,
) -> ExecutionResult:
    """Return graphql-core's result; after a deviation of a mutation only of the fields left.

    Of a subscription it is the answer to the event.
    """
    middleware = None
    if deviation and deviation.left:
        document, operation = _rest(document, operation, deviation.left)
        middleware = [_replay(deviation.left[0].key, deviation.outcome)]
    result: Any = execute(
        core,
        document,
        event,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation.name.value if operation.name else None,
        max_coercion_errors=max_errors,
        executor_class=PausingExecutor,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # a guess, no guard
        hide_suggestions=True,
        middleware=middleware,
        operation_extensions=None,
    )
    if optimized_is_awaitable(result):
        result = await result
    if deviation and result.data is not None:
        data = {**deviation.answered, **result.data}
        return ExecutionResult(data, result.errors)
    return result


async def events_by_reference(
    core: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    context: Context,
    variables: Mapping[str, Any],
    *,
    max_errors: int,
) -> Any:  # noqa: ANN401 - an async iterator of events, or an ExecutionResult
    """Return the events of a subscription, or the result that says why there are none."""
    executor: Any = PausingExecutor.build(
        core,
        document,
        context_value=context,
        raw_variable_values=dict(variables),
        operation_name=operation.name.value if operation.name else None,
        max_coercion_errors=max_errors,
        hide_suggestions=True,
        operation_extensions=None,
    )
    if isinstance(executor, list):
        return ExecutionResult(None, executor)
    found: Any = create_source_event_stream(executor)
    return await found if optimized_is_awaitable(found) else found


def _rest(
    document: DocumentNode, operation: OperationDefinitionNode, left: Sequence[Selected]
) -> tuple[DocumentNode, OperationDefinitionNode]:
    """Return a document with these root fields only, and its operation."""
    rest = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=operation.directives,
        selection_set=SelectionSetNode(
            selections=tuple(node for each in left for node in each.nodes)
        ),
        loc=operation.loc,
    )
    fragments = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
    return DocumentNode(definitions=(rest, *fragments), loc=document.loc), rest


def _replay(key: str, outcome: Any) -> Callable[..., Any]:  # noqa: ANN401
    """Return the middleware that answers a root field with what it came to before."""

    def resolve(
        next_: Callable[..., Any],
        source: Any,  # noqa: ANN401
        info: GraphQLResolveInfo[Any],
        **arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        if info.path.prev is None and info.path.key == key:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        return next_(source, info, **arguments)

    return resolve
