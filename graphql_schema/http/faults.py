"""Faults of ours: logged under an id, and all that a client learns is the id."""

import logging
import traceback
from typing import Any, Final
from uuid import uuid4

LOG: Final = logging.getLogger("graphql_schema")
INTERNAL_SERVER_ERROR: Final = "INTERNAL_SERVER_ERROR"


def log_fault(fault: BaseException) -> str:
    """Log the fault's type and frames, and return the id under which they stand.

    Never its message, which may repeat what was sent, a reason for instance.
    """
    error_id = uuid4().hex
    frames = "".join(traceback.format_tb(fault.__traceback__))
    LOG.error("error %s: %s\n%s", error_id, type(fault).__qualname__, frames)
    return error_id


def masked(error_id: str) -> dict[str, Any]:
    """Return the error as it is answered."""
    extensions = {"code": INTERNAL_SERVER_ERROR, "errorId": error_id}
    return {"message": "Unexpected error.", "extensions": extensions}
