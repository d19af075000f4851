"""Faults of ours: logged under an id, and all that a client learns is the id."""

import logging
import traceback
from typing import Final
from uuid import uuid4

LOG: Final = logging.getLogger("app")


def log_fault(fault: BaseException, log: logging.Logger = LOG) -> str:
    """Log the fault's type and frames, and return the id under which they stand.

    Never its message, which may repeat what was sent, a reason for instance.
    """
    error_id = uuid4().hex
    frames = "".join(traceback.format_tb(fault.__traceback__))
    log.error("error %s: %s\n%s", error_id, type(fault).__qualname__, frames)
    return error_id
