"""Faults of ours and outages: logged so that neither a reason nor a flood gets into the log.

All that a client learns of a fault of ours is the id under which it stands here.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from app.db.availability.unusable import driver_words
from app.domain.errors import Unavailable

LOG: Final = logging.getLogger("app")

OUTAGE_RETRY_SECONDS: Final = "2"
RETRY_AFTER: Final[Mapping[str, str]] = {"Retry-After": OUTAGE_RETRY_SECONDS}
"""With an answer that says SERVICE_UNAVAILABLE."""

COUNTED_SECONDS: Final = 10.0
"""For which one cause in one place is counted, after it was told with its frames."""

LINES_OF_A_COUNT: Final = 100
"""For faults whose ids are looked for; beyond, they are counted only."""


def log_fault(fault: BaseException, log: logging.Logger = LOG, effect: str = "") -> str:
    """Log the fault's type and frames, and return the id under which they stand.

    ``effect`` is said before the type, where it is not that a client was answered the id.

    Never its message, which may repeat what was sent, a reason for instance; of a database's
    driver only such words as can hold no value. What is met
    again and again in one place is told once; then a line has the id, or only the count.
    An outage is no fault of anybody's: it has no ids to look for.
    """
    error_id = uuid4().hex
    is_outage = isinstance(fault, Unavailable)
    named = f"unavailable: {fault.cause}" if isinstance(fault, Unavailable) else _named(fault)
    what = ": ".join(filter(None, (effect, named)))
    raised = fault.__cause__ if is_outage and fault.__cause__ else fault
    place = (what, "" if is_outage else _place(raised))
    count = _COUNTS.get(place)
    if count is None or count.is_over():
        _tell_count(place, log)
        _COUNTS[place] = _Count(error_id, time.monotonic() + COUNTED_SECONDS)
        _end_in_time(place, log)
        told = _with_words(what, raised) if is_outage else what
        log.error("error %s: %s\n%s", error_id, told, "".join(_frames(raised)))
        return error_id
    count.more += 1
    if not is_outage and count.more <= LINES_OF_A_COUNT:
        log.error("error %s: %s, as %s…", error_id, what, count.first_id[:8])
    return error_id


@dataclass(slots=True)
class _Count:
    """How often a cause was met since it was told."""

    first_id: str
    until: float
    more: int = 0

    def is_over(self) -> bool:
        return time.monotonic() > self.until + COUNTED_SECONDS / 2


_Place = tuple[str, str]
_COUNTS: Final[dict[_Place, _Count]] = {}


def _end_in_time(place: _Place, log: logging.Logger) -> None:
    """Have the count told when its time is over; where no loop runs the next one sees to it."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    # In a context of its own: a count is of many requests, and must not bear the id of one.
    loop.call_later(COUNTED_SECONDS, _go_on, place, log, context=Context())


def _go_on(place: _Place, log: logging.Logger) -> None:
    """Go on counting what was met meanwhile; what was not is over."""
    count = _COUNTS.get(place)
    if count is None:
        return
    if not _tell_count(place, log):
        log.warning("%s: not met for %g s", place[0], COUNTED_SECONDS)
        del _COUNTS[place]
        return
    _COUNTS[place] = _Count(count.first_id, time.monotonic() + COUNTED_SECONDS)
    _end_in_time(place, log)


def _tell_count(place: _Place, log: logging.Logger) -> bool:
    count = _COUNTS.get(place)
    if count is None or not count.more:
        return False
    message = "%s: %d more in %g s, as error %s…"
    log.error(message, place[0], count.more, COUNTED_SECONDS, count.first_id[:8])
    return True


def _with_words(what: str, raised: BaseException) -> str:
    """Return an outage's cause with what the driver says of it, if that can hold no value."""
    words = driver_words(raised)
    code = what.rpartition(" ")[2]
    return f"{what} ({words.removeprefix(f'{code}: ')})" if words not in {"", code} else what


def _named(fault: BaseException) -> str:
    """Return the fault's type, with what its driver says if that can hold no value."""
    return ": ".join(filter(None, (type(fault).__qualname__, driver_words(fault))))


def _frames(fault: BaseException) -> list[str]:
    return traceback.format_tb(fault.__traceback__)


def _place(fault: BaseException) -> str:
    """Return the frame in which it was raised, and the one that is the first of ours."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [each for each in frames if "site-packages" not in each.filename]
    return " ".join(f"{each.filename}:{each.lineno}" for each in [*ours[-1:], *frames[-1:]])
