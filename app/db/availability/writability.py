"""Whether a database can be written to: by what was looked at, and by what became of writes.

Nothing is written for it. A look tells what the system or the server says of itself; that a disk
is full may only be met by whoever writes.
"""

import time
from collections.abc import Callable
from typing import Final

READ_ONLY: Final = "read-only"
DISK_FULL: Final = "disk full"
FAILING: Final = "write failed"
"""What readiness says."""

REMEMBERED_SECONDS: Final = 3.0
"""For which a database whose own look found nothing counts as one that refuses writes."""

_REFUSED: Final = {
    "SQLITE_FULL": DISK_FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_IOERR": FAILING,
    "SQLITE_CANTOPEN": FAILING,
    "SQLITE_CORRUPT": FAILING,
    "SQLSTATE 25006": READ_ONLY,
    "SQLSTATE 53100": DISK_FULL,
}
"""By how the cause of an outage begins."""


class Writability:
    """Remembers the last write that was refused, until one passes or a while has gone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused_at = float("-inf")
        self._why = ""
        self.was_had = False
        """Whether it was ever writable: one that never was is meant to be read only."""

    def note_look(self, why_not: str | None) -> None:
        """Note what a look has found."""
        self.was_had = self.was_had or why_not is None

    def note_stored(self) -> None:
        """Note a write that passed."""
        self.was_had = True
        self._refused_at = float("-inf")

    def note_outage(self, cause: str) -> bool:
        """Note the outage that a write has met, and return whether it is the database's word."""
        for beginning, why in _REFUSED.items():
            if cause.startswith(beginning):
                self._refused_at, self._why = self._clock(), why
                return True
        return False

    def why_not(self, looked: str | None) -> str | None:
        """Return why it cannot be written to; None where it can."""
        if looked is not None:
            return looked
        return self._why if self._clock() < self._refused_at + REMEMBERED_SECONDS else None
