"""Relay's Node, and how ids become objects of the schema."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import strawberry

from app.domain.identifiers import Key, Kind
from graphql_schema.context import Info
from graphql_schema.input_values import read_query_id


@strawberry.interface(
    description="An object that `node(id:)` can refetch. `id` is opaque and globally unique; "
    "wherever an input takes an ID it accepts this id or the source system's own (`sourceId`)."
)
class Node:
    """What every refetchable type implements."""

    id: strawberry.ID = strawberry.field(description="Opaque, and unique over all types.")


async def find_one(
    info: Info,
    kind: Kind,
    text: str,
) -> Any:  # noqa: ANN401 - an object of the kind's type, or None
    """Return the object with a node id or source id, or None where there is none."""
    key = read_query_id(kind, text)
    if key is None:
        return None
    context = info.context
    shelf = context.services.catalogue.shelf_of(kind)
    if context.from_rows and shelf:
        answer = await context.from_rows.one(context.caller, shelf, key)
        if answer is not None:
            return answer
    return await load_node(info, kind, key)


async def load_node(info: Info, kind: Kind, key: Key) -> Any:  # noqa: ANN401
    """Return the object of the kind with the key, or None where the caller sees none."""
    if kind not in LOADED_BY:
        return None
    return await LOADED_BY[kind](info, key)


LOADED_BY: Final[dict[Kind, Callable[[Info, Any], Awaitable[Any]]]] = {}
"""How each kind is loaded as its schema type; each noun's package adds its own."""


def loaded_by(loader: str, show: Callable[[Any], Any]) -> Callable[[Info, Any], Awaitable[Any]]:
    """Return a function that loads a key by the loader of this name and makes its schema type."""

    async def load(info: Info, key: Any) -> Any:  # noqa: ANN401
        found = await getattr(info.context.loaders, loader).load(key)
        return None if found is None else show(found)

    return load
