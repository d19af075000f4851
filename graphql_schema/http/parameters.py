"""A request's parameters, read from bytes: strict, bounded, linear in their size."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app import http_json
from graphql_schema.http.errors import NotAdmitted, not_admitted, too_large
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
        return http_json.read_json(data, limits)
    except http_json.Unreadable as refusal:
        raise not_admitted(refusal) from None


def _refuse_unfit_document(query: str, limits: Limits) -> None:
    if query.isascii() and len(query) <= limits.document_bytes:
        return
    if len(query) > limits.document_bytes or len(query.encode("utf-8", "surrogatepass")) > (
        limits.document_bytes
    ):
        raise too_large("Bytes of a document", limits.document_bytes)
    if _SURROGATE.search(query):
        raise NotAdmitted("A document has no lone surrogates.")
