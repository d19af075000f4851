"""The OpenAPI 3.1 document, made of the very table by which the endpoints are served."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from app.domain.identifiers import Kind
from app.http_json import JSON
from app.http_warnings import LEFT_OUT, MAX_BYTES, WARNINGS
from app.rest.endpoint import Endpoint
from app.rest.errors import IDEMPOTENCY_KEY
from app.rest.examples import documented
from app.rest.face import UUID_KINDS, Face
from app.rest.query_strings import list_parameters
from app.services.idempotency import MAX_KEY_LENGTH, PROMISED_HOURS

Document = dict[str, Any]

_SCHEMAS: Final = "#/components/schemas/{model}"
_REFUSALS: Final = {
    400: "What was sent is refused: each reason with its place.",
    401: "There is no credential, or one that is unknown, expired or revoked.",
    403: "The caller may not do this; the message names the permission that it lacks.",
    404: "Something that the address names is not there, or is another company's.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not JSON in UTF-8.",
    429: "The caller has asked for as much as one may in a minute, where the deployment has set a "
    "limit. `Retry-After` says when to send it again.",
    500: "A fault of the gateway, logged under the id in the message; or the database was lost "
    "and the request may have been carried out, as the message says.",
    503: "The database is not available, or the request took too long and was stopped. With "
    "`Retry-After` nothing was stored, and sending it again then is right.",
}
_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token made by `timeoff token create` or `createApiToken`, or an access token "
    "of the OpenID provider that is set. On one's own machine none is asked for until the first "
    "is made.",
}
_WITH_BODY: Final = {408, 413, 415}
_READ: Final = {400, 404}
"""Refusals of requests whose parameters were looked at."""
_EXAMPLES: Final = {
    Kind.COMPANY: "a4592b47-42ae-478f-926d-e77a7f768059",
    Kind.PERSON: "81c63107-6843-4822-be42-a40b41e75285",
}
"""Of Procore's own example, and in the demo data."""
_KEY: Final = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "description": "Makes it safe to send a request again: the same key with the same request "
    "does nothing and is answered alike, with another request it is refused. Kept for at least "
    f"{PROMISED_HOURS} hours.",
    "schema": {"type": "string", "pattern": f"^[ -~]{{1,{MAX_KEY_LENGTH}}}$"},
}
_WARNING_HEADERS: Final = {
    WARNINGS: {
        "description": "What was stored otherwise than sent, was not read, or deserves a look: a "
        "JSON array in ASCII of `code`, `path` and, for rounded times, `sent` and `stored`. Names "
        "that nothing here has are `IGNORED_PARAMETER` or `IGNORED_FIELD`. Left out when there is "
        "nothing to say.",
        "schema": {"type": "string"},
    },
    LEFT_OUT: {
        "description": f"How many more warnings there are than fit into {MAX_BYTES} bytes.",
        "schema": {"type": "integer"},
    },
}


class _PlainSchema(GenerateJsonSchema):
    """JSON Schema without a title for every field, and without a default that is null."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401
        """Names say enough."""
        del schema
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:  # noqa: ANN401
        """Tell a default only where leaving the field out means a value."""
        described = super().default_schema(schema)
        if described.get("default") is None or described["default"] == []:
            described.pop("default", None)
        return described


def openapi(faces: Sequence[Face], version: str) -> Document:
    """Return the document of the endpoints."""
    models = {
        model
        for face in faces
        for endpoint in face.endpoints
        for model in (endpoint.body, endpoint.answer, face.errors.model)
        if model
    }
    _, schemas = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=_SCHEMAS,
        schema_generator=_PlainSchema,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Time-off gateway: the source systems' own endpoints",
            "version": version,
            "description": "The endpoints of Kantata OX and of Procore Workforce Planning for "
            "time off, in their own formats. What is written here is seen through GraphQL, and "
            "the other way round.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": face.title, "description": face.description} for face in faces],
        "paths": dict(_paths(faces)),
        "components": {"schemas": schemas["$defs"], "securitySchemes": {"token": _TOKEN}},
        "security": [{"token": []}, {}],
    }


def _paths(faces: Sequence[Face]) -> Iterator[tuple[str, Document]]:
    for face in faces:
        for path in dict.fromkeys(endpoint.path for endpoint in face.endpoints):
            mine = [endpoint for endpoint in face.endpoints if endpoint.path == path]
            operations = {
                each.method.lower(): documented(face.prefix, _operation(face, each))
                for each in mine
            }
            yield face.prefix + path, operations


def _operation(face: Face, endpoint: Endpoint) -> Document:
    operation: Document = {
        "operationId": endpoint.name,
        "tags": [face.title],
        "summary": endpoint.summary,
        "description": endpoint.description,
        "parameters": [*_path(endpoint), *_query(endpoint), *([_KEY] if endpoint.writes else [])],
    }
    if endpoint.body:
        operation["requestBody"] = {
            "required": endpoint.needs_body,
            "content": _content(endpoint.body),
        }
    operation["responses"] = _responses(face, endpoint)
    return operation


def _path(endpoint: Endpoint) -> Iterator[Document]:
    for name, kind in endpoint.places.items():
        schema: Document = {"type": "integer", "minimum": 1}
        if kind in UUID_KINDS:
            schema = {"type": "string", "format": "uuid"}
        if kind in _EXAMPLES:
            schema["examples"] = [_EXAMPLES[kind]]
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": f"The id of the {kind.words}.",
            "schema": schema,
        }


def _query(endpoint: Endpoint) -> Iterator[Document]:
    schema = endpoint.query.model_json_schema(schema_generator=_PlainSchema)
    lists = list_parameters(endpoint.query)
    for name, described in schema.get("properties", {}).items():
        description = described.pop("description")
        if name in lists:
            description += f" Or as `{name}[]=…`, once for each."
        options = described.pop("anyOf", [])
        present = [option for option in options if option != {"type": "null"}]
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": description,
            "schema": {**(present[0] if len(present) == 1 else {}), **described},
        }


def _responses(face: Face, endpoint: Endpoint) -> Document:
    statuses = set(_REFUSALS) - (set() if endpoint.body else _WITH_BODY)
    if not (endpoint.places or endpoint.refuses_unknown_with == HTTPStatus.NOT_FOUND):
        statuses.discard(HTTPStatus.NOT_FOUND)
    done: Document = {"description": "Done."}
    if endpoint.answer:
        done["content"] = _content(endpoint.answer)
    done["headers"] = _WARNING_HEADERS
    return {
        "200" if endpoint.answer else "204": done,
        **{
            str(status): {
                "description": _REFUSALS[status],
                **({"headers": _WARNING_HEADERS} if status in _READ else {}),
                "content": _content(face.errors.model),
            }
            for status in sorted(statuses)
        },
    }


def _content(model: type[BaseModel]) -> Document:
    return {JSON: {"schema": {"$ref": _SCHEMAS.format(model=model.__name__)}}}
