"""What a request is called: in its answer, in the log, in the change feed and the audit."""

from contextvars import ContextVar
from typing import Final

from starlette.types import Scope

REQUEST_ID: Final = "timeoff.request_id"
"""Where a request's scope has its id, once the edge has given it one."""

CURRENT: Final[ContextVar[str]] = ContextVar("timeoff_request_id", default="")
"""The id of the request that is worked on here; empty outside of requests."""


def request_id_of(scope: Scope) -> str:
    """Return the id of a request or of a WebSocket's handshake; empty where there is none."""
    id_: str = scope.get(REQUEST_ID, "")
    return id_
