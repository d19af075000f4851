"""A request's parameters, read from bytes: strict, bounded, linear in their size."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql_schema.http.errors import NotAdmitted, too_large
from graphql_schema.http.limits import Limits

_FORM: Final = {"query": str, "operationName": str, "documentId": str}
_MAPS: Final = ("variables", "extensions")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a GraphQL request says (GraphQL over HTTP, and its persisted documents)."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


def from_body(body: bytes, limits: Limits) -> Parameters:
    """Read the JSON body of a POST."""
    return from_json(read_json(body, limits), limits)


def from_query_string(query: Mapping[str, str], limits: Limits) -> Parameters:
    """Read the parameters of a GET; maps come as JSON text."""
    given: dict[str, Any] = {name: query[name] for name in _FORM if name in query}
    for name in _MAPS:
        if query.get(name):
            given[name] = read_json(query[name].encode("utf-8", "surrogatepass"), limits)
    return from_json(given, limits)


def from_json(given: object, limits: Limits) -> Parameters:
    """Check what JSON brought; unknown names are ignored, as the specification wants."""
    if not isinstance(given, dict):
        raise NotAdmitted("A request is a JSON object.")
    for name, type_ in _FORM.items():
        if not isinstance(given.get(name), type_ | None):
            raise NotAdmitted(f"{name} is a string.")
    for name in _MAPS:
        if not isinstance(given.get(name), dict | None):
            raise NotAdmitted(f"{name} is a JSON object.")
    query = given.get("query")
    if query is not None:
        _refuse_unfit_document(query, limits)
    return Parameters(
        query,
        given.get("operationName"),
        given.get("variables"),
        given.get("extensions"),
        given.get("documentId"),
    )


def read_json(data: bytes | str, limits: Limits) -> object:
    """Read JSON: strict UTF-8, no doubled keys, no long numbers, neither deep nor wide.

    NaN and Infinity pass here: the variable that has one is named where variables are read.
    """
    try:
        text = data.decode() if isinstance(data, bytes) else data
        value = json.loads(
            text,
            parse_int=lambda number: int(_short(number, limits)),
            parse_float=lambda number: float(_short(number, limits)),
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise NotAdmitted("A request is UTF-8.") from None
    except RecursionError:
        raise too_large("JSON is nested too deeply", limits.json_depth) from None
    except json.JSONDecodeError:
        raise NotAdmitted("A request is JSON, and this is none.") from None
    _refuse_deep_or_wide(value, limits)
    return value


def _short(number: str, limits: Limits) -> str:
    if len(number) > limits.number_characters:
        raise too_large("Characters of a number", limits.number_characters)
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotAdmitted("A key of a JSON object is given twice.")
    return members


def _refuse_deep_or_wide(value: object, limits: Limits) -> None:
    """Walk level by level, so that neither depth nor width costs a stack."""
    level: list[object] = [value]
    seen = 0
    for _ in range(limits.json_depth + 1):
        seen += len(level)
        if seen > limits.json_values:
            raise too_large("Values in JSON", limits.json_values)
        level = [
            each
            for parent in level
            if isinstance(parent, dict | list)
            for each in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return
    raise too_large("JSON is nested too deeply", limits.json_depth)


def _refuse_unfit_document(query: str, limits: Limits) -> None:
    if len(query) > limits.document_bytes or len(query.encode("utf-8", "surrogatepass")) > (
        limits.document_bytes
    ):
        raise too_large("Bytes of a document", limits.document_bytes)
    if _SURROGATE.search(query):
        raise NotAdmitted("A document has no lone surrogates.")
