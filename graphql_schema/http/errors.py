"""Requests that are answered without running anything: a status, a code, a message."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.allowances import CODE
from app.authentication.credentials import Unauthenticated
from app.domain.errors import Unavailable
from app.faults import RETRY_AFTER
from app.http_json import Unreadable
from app.places import BUSY_CODE, BUSY_MESSAGE, RETRY_AFTER_SECONDS

BAD_REQUEST: Final = "BAD_REQUEST"
FORBIDDEN: Final = "FORBIDDEN"
PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT: Final = "BAD_USER_INPUT"
REQUEST_TOO_LARGE: Final = "REQUEST_TOO_LARGE"
OPERATION_RESOLUTION_FAILURE: Final = "OPERATION_RESOLUTION_FAILURE"
PERSISTED_QUERY_NOT_FOUND: Final = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_NOT_SUPPORTED: Final = "PERSISTED_QUERY_NOT_SUPPORTED"
OPERATION_TIMED_OUT: Final = "OPERATION_TIMED_OUT"
RATE_LIMITED: Final = CODE
IDEMPOTENCY_KEY_NOT_TAKEN: Final = "IDEMPOTENCY_KEY_NOT_TAKEN"

SERVICE_UNAVAILABLE: Final = BUSY_CODE

BUSY_ERROR: Final[dict[str, Any]] = {
    "message": BUSY_MESSAGE,
    # Where an answer has no header to say so.
    "extensions": {"code": SERVICE_UNAVAILABLE, "retryAfterSeconds": RETRY_AFTER_SECONDS},
}

Answer = dict[str, Any]


class NotAdmitted(Exception):
    """A request that the gate turns away, whatever ``Accept`` says."""

    def __init__(
        self,
        message: str,
        status: int = 400,
        code: str = BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    @property
    def answer(self) -> Answer:
        """The JSON body: one error with its code."""
        return {"errors": [{"message": self.message, "extensions": {"code": self.code}}]}

    @property
    def without_headers(self) -> list[Answer]:
        """The errors where no header can say when to come back: on a WebSocket."""
        extensions: dict[str, Any] = {"code": self.code}
        if seconds := self.headers.get("Retry-After"):
            extensions["retryAfterSeconds"] = int(seconds)
        return [{"message": self.message, "extensions": extensions}]


class NotRun(Exception):
    """A document or variables that the specification refuses; each error is as answered."""

    def __init__(self, errors: Sequence[Answer]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = list(errors)

    @property
    def answer(self) -> Answer:
        """The JSON body: errors without ``data``, for nothing ran."""
        return {"errors": self.errors}

    @property
    def is_syntax(self) -> bool:
        """Say whether the document is not even GraphQL."""
        return any(error["extensions"]["code"] == PARSE_FAILED for error in self.errors)


def busy() -> NotAdmitted:
    """Return the refusal with 503 and ``Retry-After`` of a request that found no place to run."""
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return NotAdmitted(BUSY_MESSAGE, 503, SERVICE_UNAVAILABLE, retry)


def too_large(what: str, most: int, status: int = 400) -> NotAdmitted:
    """Return the refusal of something that is larger than a limit."""
    return NotAdmitted(f"{what}: at most {most} are admitted.", status, REQUEST_TOO_LARGE)


def not_admitted(refusal: Unreadable) -> NotAdmitted:
    """Return, in GraphQL's words, that no face of the gateway reads a request."""
    code = REQUEST_TOO_LARGE if refusal.is_too_large else BAD_REQUEST
    return NotAdmitted(refusal.message, refusal.status, code)


def unauthenticated(nobody: Unauthenticated) -> NotAdmitted:
    """Return the refusal of a request from nobody whom the gateway knows."""
    return NotAdmitted(nobody.message, nobody.status, nobody.code, nobody.headers)


def not_available(outage: Unavailable) -> NotAdmitted:
    """Return the refusal of a request that an outage has left without any effect."""
    return NotAdmitted(outage.message, 503, outage.code, RETRY_AFTER)
