"""How a field is resolved: by an attribute, or by a function of ours."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from strawberry.extensions import FieldExtension
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from graphql_schema.execution.deviations import CannotCompile, Cause

Arguments = Mapping[str, Any]
Resolve = Callable[[Any, Any, Arguments], Any]


@dataclass(frozen=True, slots=True)
class Resolver:
    """A field's function, called with the source, the info and the arguments.

    ``of_source`` is the same for one that takes nothing but the source, and does not wait.
    """

    resolve: Resolve
    is_async: bool
    of_source: Callable[[Any], Any] | None = None


def info_of(context: Any) -> Info[Any, None]:  # noqa: ANN401
    """Return an ``info`` argument for resolvers; it has the context and nothing else."""
    return Info(_raw_info=SimpleNamespace(context=context), _field=None)  # type: ignore[arg-type]


def core_field(type_: GraphQLObjectType, name: str) -> GraphQLField:
    """Return a field's definition; introspection's own fields are not compiled."""
    if name not in type_.fields:
        raise CannotCompile(Cause.INTROSPECTION, f"`{name}` belongs to introspection")
    return type_.fields[name]


def strawberry_field(field: GraphQLField) -> StrawberryField:
    """Return Strawberry's definition of a field of graphql-core's schema."""
    definition: StrawberryField = field.extensions["strawberry-definition"]
    return definition


def resolver_of(definition: StrawberryField) -> Resolver | None:
    """Return how the field is resolved; None: by the attribute of its Python name."""
    base = definition.base_resolver
    if base is None:
        if definition.extensions or not definition.is_basic_field:
            raise _is_unknown(definition, "an extension of a field without a resolver")
        return None
    if base.parent_parameter or base.root_parameter:
        raise _is_unknown(definition, "a resolver that asks for its parent or the root by name")
    function: Any = base.wrapped_func
    takes_self, takes_info = base.self_parameter is not None, base.info_parameter is not None

    def call(source: Any, info: Any, arguments: Arguments) -> Any:  # noqa: ANN401
        given = {"info": info, **arguments} if takes_info else arguments
        return function(source, **given) if takes_self else function(**given)

    resolve: Resolve = call
    is_async = inspect.iscoroutinefunction(function)
    for extension in definition.extensions:
        if not extension.supports_async or not is_async:
            raise _is_unknown(definition, "an extension that does not wait")
        resolve = _extended(extension, resolve)
    takes_only_self = takes_self and not takes_info and not definition.arguments
    of_source = function if takes_only_self and not is_async else None
    return Resolver(resolve, is_async, of_source)


def _is_unknown(definition: StrawberryField, what: str) -> CannotCompile:
    return CannotCompile(Cause.FAULT, f"{definition.python_name} has {what}: teach resolvers.py")


def _extended(extension: FieldExtension, resolve: Resolve) -> Resolve:
    """Return the resolver wrapped by one of its field extensions, as Strawberry would."""

    async def next_(source: Any, info: Any, **arguments: Any) -> Any:  # noqa: ANN401
        return await resolve(source, info, arguments)

    def extended(source: Any, info: Any, arguments: Arguments) -> Any:  # noqa: ANN401
        return extension.resolve_async(next_, source, info, **arguments)

    return extended
