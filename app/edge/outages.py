"""An outage where no face has words of its own for it: calendar feeds, exports, pages."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import Unavailable
from app.edge.refusals import Refusal
from app.faults import RETRY_AFTER_SECONDS, log_fault


def answer_outage(_: Request, outage: Exception) -> Response:
    """Answer a request that only reads."""
    log_fault(outage)
    message = outage.message if isinstance(outage, Unavailable) else ""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE, message, Retry_After=RETRY_AFTER_SECONDS
    ).response
