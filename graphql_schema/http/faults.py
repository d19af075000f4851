"""The one error that a client sees of a fault of ours: masked, with an id of the log."""

import logging
from typing import Any, Final

from app import faults

LOG: Final = logging.getLogger("graphql_schema")
INTERNAL_SERVER_ERROR: Final = "INTERNAL_SERVER_ERROR"


def log_fault(fault: BaseException) -> str:
    """Log the fault without its message, and return the id under which it stands."""
    return faults.log_fault(fault, LOG)


def masked(error_id: str) -> dict[str, Any]:
    """Return the error as JSON: no word of what happened, and the id under which it was logged."""
    extensions = {"code": INTERNAL_SERVER_ERROR, "errorId": error_id}
    return {"message": "Unexpected error.", "extensions": extensions}
