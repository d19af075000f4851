"""Relay's Node, and how ids become objects of the schema."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import strawberry

from app.domain.errors import InvalidValue, NotFound, Path, TooManyItems
from app.domain.identifiers import KANTATA_KINDS, Key, Kind, read_id, read_numbers, split_node_id
from app.domain.wire_formats import fit_text
from graphql_schema.context import Info

MAX_IDS: Final = 1_000
NO_COMPANY: Final = "00000000-0000-0000-0000-000000000000"


@strawberry.interface(
    description="An object that `node(id:)` can refetch. `id` is opaque and globally unique; "
    "wherever an input takes an ID it accepts this id or the source system's own (`sourceId`)."
)
class Node:
    """What every refetchable type implements."""

    id: strawberry.ID = strawberry.field(description="Opaque, and unique over all types.")


def read_filter_ids(kind: Kind, ids: list[strawberry.ID] | None, path: Path) -> Any:  # noqa: ANN401
    """Return the keys that a filter names, or None where it names none.

    Ill-formed ids are refused; one of another type names nothing, as an unknown one does.
    """
    if ids is None:
        return None
    if len(ids) > MAX_IDS:
        msg = f"A filter takes at most {MAX_IDS} ids."
        raise TooManyItems(msg, path)
    if kind in KANTATA_KINDS and (numbers := read_numbers(ids)) is not None:
        return numbers
    keys = []
    for index, text in enumerate(ids):
        key = read_query_id(kind, text, (*path, index))
        if key is not None:
            keys.append(key)
    return tuple(keys)


def read_filter_company(text: strawberry.ID | None) -> str | None:
    """Return the company that a filter names; an id of another type names no company."""
    if text is None:
        return None
    return read_query_id(Kind.COMPANY, text, ("filter", "company_id")) or NO_COMPANY


def read_filter_text(text: str | None, path: Path) -> str | None:
    """Return text that a filter compares, or refuse what no stored text can be."""
    return None if text is None else _fit(text, path)


def read_filter_texts(texts: list[str] | None, path: Path) -> tuple[str, ...] | None:
    """Return the texts of which a filter wants one."""
    if texts is None:
        return None
    if len(texts) > MAX_IDS:
        msg = f"A filter takes at most {MAX_IDS} texts."
        raise TooManyItems(msg, path)
    return tuple(_fit(text, (*path, index)) for index, text in enumerate(texts))


def _fit(text: str, path: Path) -> str:
    try:
        return fit_text(text)
    except InvalidValue as refusal:
        raise refusal.below(*path) from None


def read_query_id(kind: Kind, text: str, path: Path = ("id",)) -> Any:  # noqa: ANN401
    """Return the key that an id names, or None for an id of another type (rule 6.2)."""
    try:
        return read_id(kind, text)
    except NotFound:
        return None
    except InvalidValue as refusal:
        raise refusal.below(*path) from None


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


def read_node_id(text: str, path: Path) -> tuple[Kind, Key]:
    """Return what a node id names; anything else is refused."""
    named = split_node_id(text)
    if named is None:
        msg = "This is not a node id."
        raise InvalidValue(msg, path)
    return named


async def load_node(info: Info, kind: Kind, key: Key) -> Any:  # noqa: ANN401
    """Return the object of the kind with the key, or None where the caller sees none."""
    if kind not in LOADED_BY:
        return None
    return await LOADED_BY[kind](info, key)


LOADED_BY: Final[dict[Kind, Callable[[Info, Any], Awaitable[Any]]]] = {}
"""How each kind is loaded as its schema type; each noun's package adds its own."""


def loaded_by(loader: str, show: Callable[[Any], Any]) -> Callable[[Info, Any], Awaitable[Any]]:
    """Return how to load through the named loader and show what was found."""

    async def load(info: Info, key: Any) -> Any:  # noqa: ANN401
        found = await getattr(info.context.loaders, loader).load(key)
        return None if found is None else show(found)

    return load
