"""Fields that are one other object, named by its key."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import strawberry

from app.domain.identifiers import Key, Kind
from graphql_schema.context import Info
from graphql_schema.node import load_node

Linked = tuple[Kind, Key | None]
"""What kind of object it is, and its key; no key where the field is null."""

To = Callable[[Any], Linked]
_KEY: Final = "linked to"


def link(to: To, *, description: str) -> Any:  # noqa: ANN401 - the field, of the type it is given
    """Return a field whose object is named by what ``to`` says of the parent.

    Compiled operations ask ``to``, and load the objects of a level together; graphql-core asks
    the resolver, whose loaders do the same.
    """

    async def resolve(self: Any, info: Info) -> Any:  # noqa: ANN401
        kind, key = to(self)
        return None if key is None else await load_node(info, kind, key)

    return strawberry.field(resolver=resolve, description=description, metadata={_KEY: to})


def link_of(metadata: Mapping[Any, Any]) -> To | None:
    """Return what a field with this metadata is linked to, if it is a link."""
    found: To | None = metadata.get(_KEY)
    return found
