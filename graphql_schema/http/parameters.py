"""A request's parameters, read from bytes: strict, bounded, linear in their size."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from app import http_json
from graphql_schema.http.errors import NotAdmitted, not_admitted, too_large
from graphql_schema.http.limits import Limits

_TEXTS: Final = ("query", "operationName", "documentId")
_MAPS: Final = ("variables", "extensions")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


class Parameters(NamedTuple):
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
    given: dict[str, Any] = {name: query[name] for name in _TEXTS if name in query}
    for name in _MAPS:
        if query.get(name):
            given[name] = read_json(query[name].encode("utf-8", "surrogatepass"), limits)
    return from_json(given, limits)


def from_json(given: object, limits: Limits) -> Parameters:
    """Check what JSON brought; unknown names are ignored, as the specification wants."""
    if isinstance(given, list):
        raise NotAdmitted(
            "A request is one JSON object, and this is an array: batches are not supported. Send "
            "each operation as a request of its own, or several fields in one operation."
        )
    if not isinstance(given, dict):
        raise NotAdmitted("A request is a JSON object.")
    for name in given:
        if name in _TEXTS and not isinstance(given[name], str | None):
            raise NotAdmitted(f"{name} is a string.")
        if name in _MAPS and not isinstance(given[name], dict | None):
            raise NotAdmitted(f"{name} is a JSON object.")
    query = given.get("query")
    if query is not None:
        _refuse_unfit_document(query, limits)
    return Parameters(
        query=query,
        # Many clients send an empty name, and some an empty id, for none.
        operation_name=given.get("operationName") or None,
        variables=given.get("variables"),
        extensions=given.get("extensions"),
        document_id=given.get("documentId") or None,
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
