"""Top-level errors as they are answered: coded, and without our internals."""

from collections.abc import Iterator
from typing import Any, Final

from graphql import GraphQLError

from app.domain import errors as domain
from graphql_schema.answer_size import AnswerTooLarge
from graphql_schema.http.errors import BAD_USER_INPUT, FORBIDDEN, REQUEST_TOO_LARGE
from graphql_schema.http.faults import log_fault, masked
from graphql_schema.paths import to_path

_CODES: Final = {domain.NotPermitted: FORBIDDEN, domain.CursorExpired: domain.CursorExpired.code}
"""Refusals of a query that a client acts on by their code; of all others the words count."""


def to_answer(error: GraphQLError, *, of_mutation: bool = False) -> Iterator[dict[str, Any]]:
    """Yield a top-level error as it is answered: coded, and without our internals.

    Refusals of a query's arguments are BAD_USER_INPUT; an outage is SERVICE_UNAVAILABLE; a
    fault of ours is logged with its stack under an id, which is all that the client learns of it.
    """
    original = error.original_error
    if isinstance(original, domain.Refused):
        yield from (_refusal(error, each) for each in original.errors)
    elif isinstance(original, domain.TimeOffError):
        yield _refusal(error, original)
    elif isinstance(original, domain.Unavailable):
        if not isinstance(original, domain.Busy):
            log_fault(original)
        code, message = original.code, original.message
        if of_mutation:
            code, message = _of_mutation(original, error)
        yield {**error.formatted, "message": message, "extensions": {"code": code}}
    elif isinstance(original, AnswerTooLarge):  # of a mutation: queries are refused as a whole
        message = f"{original.message} What the mutation has stored stays."
        yield {**error.formatted, "message": message, "extensions": {"code": REQUEST_TOO_LARGE}}
    elif original is None or isinstance(original, GraphQLError):
        yield error.formatted  # type: ignore[misc]
    else:
        yield {**error.formatted, **masked(log_fault(original))}


def _of_mutation(outage: domain.Unavailable, error: GraphQLError) -> tuple[str, str]:
    """Return the code and words where some of the document may be stored already."""
    if error.path and len(error.path) > 1:
        outage = domain.Unavailable(outage.cause, stored=True)
    if not outage.is_without_effect:
        return outage.code, outage.message
    return outage.code, (
        "The database is not available. Nothing of this field was stored; what stands before it "
        "in the document is."
    )


def _refusal(error: GraphQLError, refusal: domain.TimeOffError) -> dict[str, Any]:
    code = _CODES.get(type(refusal), BAD_USER_INPUT)
    extensions: dict[str, Any] = {"code": code, "path": to_path(refusal.path)}
    if isinstance(refusal, domain.NotPermitted):
        extensions["permission"] = refusal.permission.value
    return {**error.formatted, "message": refusal.message, "extensions": extensions}
