"""For each limit a request that is exactly so large, in each way that it can be written."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from graphql_schema.http.limits import Limits

WAYS = ("directly", "through a fragment", "through an inline fragment")
ROOMY = {
    "limit_aliases": 1_000,
    "limit_root_fields": 1_000,
    "limit_repeats": 1_000,
    "limit_directives": 1_000,
    "limit_fields": 1_000,
}
"""So that only the limit that a test is about is met."""


@dataclass(frozen=True)
class Sized:
    """How requests grow by one unit of a limit."""

    limit: str
    most: int
    request: Callable[[int, str], dict[str, Any]]
    ways: tuple[str, ...] = ("directly",)
    status: int = 400

    @property
    def settings(self) -> dict[str, int]:
        return ROOMY | {f"limit_{self.limit}": self.most}


def written(selection: str, way: str, head: str = "") -> str:
    """Write an operation that selects so much."""
    if way == "through a fragment":
        return f"{head}{{ ...Part }} fragment Part on Query {{ {selection} }}"
    if way == "through an inline fragment":
        return f"{head}{{ ... {{ {selection} }} }}"
    return f"{head}{{ {selection} }}"


def typenames(count: int) -> str:
    return " ".join(f"name{each}: __typename" for each in range(count))


def of_bytes(count: int, _: str) -> dict[str, Any]:
    smallest = len(json.dumps({"query": "{__typename}", "more": ""}))
    return {"query": "{__typename}", "more": "x" * (count - smallest)}


def of_depth_in_json(count: int, _: str) -> dict[str, Any]:
    value: Any = [0]
    for _level in range(count - 3):  # the body, the variables and the innermost list
        value = [value]
    return {"query": "{__typename}", "variables": {"unused": value}}


def of_values_in_json(count: int, _: str) -> dict[str, Any]:
    return {"query": "{__typename}", "variables": {"unused": [0] * (count - 4)}}


def of_digits(count: int, _: str) -> dict[str, Any]:
    return {"query": "{__typename}", "variables": {"unused": int("1" * count)}}


def of_document_bytes(count: int, _: str) -> dict[str, Any]:
    document = "{__typename}#"
    rest = count - len(document)
    # Characters of two bytes: bytes are counted, not characters.
    return {"query": document + "é" * (rest // 2) + "x" * (rest % 2)}


def of_tokens(count: int, way: str) -> dict[str, Any]:
    around = {"directly": 2, "through a fragment": 10, "through an inline fragment": 5}[way]
    names, rest = divmod(count - around, 3)
    selection = f"{typenames(names)} {'__typename ' * rest}"
    return {"query": written(selection, way)}


def of_operations(count: int, _: str) -> dict[str, Any]:
    document = " ".join(f"query Q{each} {{ __typename }}" for each in range(count))
    return {"query": document, "operationName": "Q0"}


def of_fragments(count: int, _: str) -> dict[str, Any]:
    spreads = " ".join(f"...F{each}" for each in range(count))
    texts = (f"fragment F{each} on Query {{ __typename }}" for each in range(count))
    return {"query": f"{{ {spreads} }} {' '.join(texts)}"}


def of_levels(count: int, way: str) -> dict[str, Any]:
    """Users' nodes' workers' users' workers and so on."""
    selection = "__typename"
    for level in range(count - 1, 0, -1):
        name = ("users", "nodes")[level - 1] if level <= 2 else ("user", "worker")[level % 2]
        selection = f"{name} {{ {selection} }}"
    return {"query": written(selection, way)}


def of_fields(count: int, way: str) -> dict[str, Any]:
    spread = way != "directly"  # it is counted as a field, so that it is never free
    return {"query": written(typenames(count - spread), way)}


def of_aliases(count: int, way: str) -> dict[str, Any]:
    return {"query": written(typenames(count), way)}


def of_directives(count: int, way: str) -> dict[str, Any]:
    selection = " ".join(f"name{each}: __typename @skip(if: false)" for each in range(count))
    return {"query": written(selection, way)}


def of_repeats(count: int, way: str) -> dict[str, Any]:
    return {"query": written("__typename " * count, way)}


def of_repeats_below(count: int, way: str) -> dict[str, Any]:
    """Spread over two selections of one field, which are one place in the answer."""
    here = "totalCount " * (count - count // 2)
    there = "totalCount " * (count // 2)
    return {"query": written(f"users {{ {here} }} users {{ {there} }}", way)}


def of_cost(count: int, way: str) -> dict[str, Any]:
    """A page costs 1, and each of its items what is asked of it: here the list and the id."""
    users, rest = divmod(count - 1, 2)
    selection = f"users(first: {users}) {{ nodes {{ id }} }} {'__typename ' * rest}"
    return {"query": written(selection, way)}


EACH = [
    Sized("body_bytes", 1_024, of_bytes, status=413),
    Sized("json_depth", 6, of_depth_in_json),
    Sized("json_values", 100, of_values_in_json),
    Sized("number_characters", 8, of_digits),
    Sized("document_bytes", 1_024, of_document_bytes),
    Sized("tokens", 100, of_tokens, WAYS),
    Sized("operations", 3, of_operations),
    Sized("fragments", 3, of_fragments),
    Sized("depth", 5, of_levels, WAYS),
    Sized("fields", 20, of_fields, WAYS),
    Sized("aliases", 4, of_aliases, WAYS),
    Sized("root_fields", 4, of_aliases, WAYS),
    Sized("directives", 4, of_directives, WAYS),
    Sized("repeats", 4, of_repeats, WAYS),
    Sized("repeats", 4, of_repeats_below, WAYS),
    Sized("cost", 100, of_cost, WAYS),
]
ELSEWHERE = {"query_seconds", "mutation_seconds", "socket_operations"} | {
    "record_days",
    "cached_document_bytes",
    "subscriptions",
    "subscriptions_per_caller",
    "subscription_seconds",
}
"""Limits of time, of what is under way and of what is stored have tests of another form."""


def unmeasured() -> set[str]:
    """Name the limits that no test is about."""
    return {each.name for each in fields(Limits)} - {each.limit for each in EACH} - ELSEWHERE
