"""What calendar feeds, exports and pages answer in an outage, and to a client that left."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from app.domain.errors import Unavailable
from app.edge.refusals import Refusal
from app.faults import OUTAGE_RETRY_SECONDS, log_fault


def answer_outage(_: Request, outage: Exception) -> Response:
    """Answer a request that only reads."""
    log_fault(outage)
    message = outage.message if isinstance(outage, Unavailable) else ""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE, message, Retry_After=OUTAGE_RETRY_SECONDS
    ).response


def answer_nobody(_: Request, __: Exception) -> Response:
    """Return what is sent to a client that has left, which is nothing."""
    return Response(status_code=HTTPStatus.NO_CONTENT)
