"""Relay's Node, and how ids become objects of the schema."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

import strawberry

from app.domain.identifiers import Key, Kind
from graphql_schema.context import Context, Info
from graphql_schema.input_values import read_query_id
from graphql_schema.loading.shared_loader import SharedLoader


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
        answer = await context.from_rows.one(context, shelf, key)
        if answer is not None:
            return answer
    return await load_node(info, kind, key)


async def load_node(info: Info, kind: Kind, key: Key) -> Any:  # noqa: ANN401
    """Return the object of the kind with the key, or None where the caller sees none."""
    if kind not in LOADED_BY:
        return None
    loaded_by = LOADED_BY[kind]
    return loaded_by.shown(await loaded_by.loader(info.context).load(key))


async def load_nodes(context: Context, kind: Kind, keys: Collection[Key]) -> dict[Key, Any]:
    """Return the objects of the kind by key, all of them; None for what the caller does not see."""
    if kind not in LOADED_BY:
        return dict.fromkeys(keys)
    loaded_by = LOADED_BY[kind]
    found = await loaded_by.loader(context).load_together(keys)
    return {key: loaded_by.shown(each) for key, each in zip(keys, found, strict=True)}


@dataclass(frozen=True, slots=True)
class LoadedBy:
    """The loader of a kind, and what shows what it loads as an object of the schema."""

    loader: Callable[[Context], SharedLoader[Any, Any]]
    show: Callable[[Any], Any]

    def shown(self, found: Any) -> Any:  # noqa: ANN401 - an object of the domain, or None
        """Return the schema's object, or None."""
        return None if found is None else self.show(found)


LOADED_BY: Final[dict[Kind, LoadedBy]] = {}
"""How each kind is loaded as its schema type; each noun's package adds its own."""
