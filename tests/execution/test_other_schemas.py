"""What our schema has none of is not compiled, and never half: an extension is not passed over."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from strawberry.extensions import FieldExtension

from graphql_schema.context import Context
from graphql_schema.execution.deviations import Cause
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operations
from graphql_schema.http.parameters import Parameters


class Shouts(FieldExtension):
    """Neither waits nor may be left out."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: Any, **given: Any) -> Any:
        return next_(source, info, **given).upper()


def of_parent(parent: strawberry.Parent[Any]) -> Any:
    return parent.name


@strawberry.type
class Thing:
    name: str
    loud: str = strawberry.field(extensions=[Shouts()], default="hush")
    own: str = strawberry.field(resolver=of_parent, graphql_type=str)

    @strawberry.field(extensions=[Shouts()])
    def called(self) -> str:
        return self.name


@strawberry.type
class Role:
    """Named as one of ours, with a field of which ours knows nothing."""

    colour: str = "red"


@strawberry.type
class Query:
    @strawberry.field
    async def role(self) -> Role:
        return Role()

    @strawberry.field
    async def thing(self) -> Thing:
        return Thing(name="a thing")

    @strawberry.field
    def at_once(self) -> str:
        return "at once"

    @strawberry.field
    async def more(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("query", "answer", "why"),
    [
        ("{ thing { loud } }", {"thing": {"loud": "HUSH"}}, "extension of a field without"),
        ("{ thing { called } }", {"thing": {"called": "A THING"}}, "extension that does not wait"),
        ("{ thing { own } }", {"thing": {"own": "a thing"}}, "asks for its parent"),
        ("{ role { colour } }", {"role": {"colour": "red"}}, "compiling it failed: KeyError"),
        ("{ atOnce }", {"atOnce": "at once"}, "Query.atOnce is not awaited"),
    ],
)
async def test_what_is_not_known_is_left_to_graphql_core_and_told(
    query, answer, why, no_deviation_of_our_own
):
    operations = Operations(
        strawberry.Schema(Query), Limits(), hides_suggestions=True, introspection=True
    )
    parameters = Parameters(query)
    operation = operations.prepare(parameters)

    context = Context.__new__(Context)
    context.services = SimpleNamespace(own_writes=None)  # type: ignore[assignment]  # all of it that is asked

    answered = await operations.run(operation, parameters, context)

    assert answered == {"data": answer}
    assert operations.executions.by_reference == {Cause.FAULT: 1}
    assert why in str(operation.compiled)
    assert len(no_deviation_of_our_own) == 1
    no_deviation_of_our_own.clear()
