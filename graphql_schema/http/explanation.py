"""What an operation becomes, and what it costs, without running it: `timeoff explain`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql_schema.context import Context
from graphql_schema.execution.deviations import CannotCompile, Deviation
from graphql_schema.execution.operation import CompiledOperation, ExplainedRoot
from graphql_schema.http.answered_errors import to_answer
from graphql_schema.http.errors import NotRun
from graphql_schema.http.operations import Operation, Operations
from graphql_schema.http.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Explanation:
    """An operation's cost, and its root fields, or why graphql-core runs all of it."""

    title: str
    cost: int
    most_cost: int
    why_core: str
    roots: list[ExplainedRoot]

    def lines(self) -> Iterator[str]:
        """Yield it as text."""
        yield f"{self.title}: cost {self.cost:,} of at most {self.most_cost:,}"
        if self.why_core:
            yield f"  all of it: graphql-core: {self.why_core}"
        for root in self.roots:
            name = root.name if root.key == root.name else f"{root.key}: {root.name}"
            if root.why_objects:
                yield f"  {name}: objects: {root.why_objects}"
            elif not root.statements:
                yield f"  {name}: rows: null, for no object has such an id"
            else:
                yield f"  {name}: rows: all that is selected are columns"
            for statement in root.statements:
                yield ""
                yield from (f"    {line.strip()}" for line in statement.splitlines())
            if root.statements:
                yield ""


async def explain(
    operations: Operations, parameters: Parameters, context: Context, most_cost: int
) -> Explanation:
    """Return what the operation becomes.

    Raises NotAdmitted or NotRun where the gateway would answer errors without running it, and
    NotRun as well where fields that are answered from rows refuse their arguments.
    """
    operation = operations.prepare(parameters)
    variables = parameters.variables or {}
    why_core, roots = "", []
    try:
        roots = await _roots(operation, context, parameters)
    except CannotCompile as not_compiled:
        why_core = not_compiled.why
    except Deviation:
        operations.refuse_variables(operation, variables)
        why_core = "the variables are readable, but not as usual"
    except ExceptionGroup as refused:
        errors: Any = refused.exceptions
        raise NotRun([told for each in errors for told in to_answer(each)]) from None
    definition = operation.definition
    words = [definition.operation.value, *([definition.name.value] if definition.name else [])]
    return Explanation(
        title=" ".join(words),
        cost=operation.cost_of(variables),
        most_cost=most_cost,
        why_core=why_core,
        roots=roots,
    )


async def _roots(
    operation: Operation, context: Context, parameters: Parameters
) -> list[ExplainedRoot]:
    if not isinstance(operation.compiled, CompiledOperation):
        raise operation.compiled
    return await operation.compiled.explain(context, parameters.variables or {})
