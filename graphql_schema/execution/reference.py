"""Execution by graphql-core, which is right by definition."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute,
)
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from graphql_schema.context import Context


async def run_by_reference(
    schema: Schema,
    core: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    context: Context,
    variables: Mapping[str, Any],
    outcomes: Mapping[str, Any],
    *,
    max_errors: int,
) -> ExecutionResult:
    """Run an operation; root fields with an outcome have been run, and only are completed."""
    result: Any = execute(
        core,
        document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation_name,
        max_coercion_errors=max_errors,
        executor_class=schema.execution_context_class,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type] # a guess, no guard
        hide_suggestions=True,
        middleware=[_replay(outcomes)] if outcomes else None,
        operation_extensions=None,
    )
    if optimized_is_awaitable(result):
        result = await result
    return result


def _replay(outcomes: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the middleware that answers a root field with what it came to before."""

    def resolve(
        next_: Callable[..., Any],
        source: Any,  # noqa: ANN401
        info: GraphQLResolveInfo[Any],
        **arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        if info.path.prev is None and info.path.key in outcomes:
            outcome = outcomes[str(info.path.key)]
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        return next_(source, info, **arguments)

    return resolve
