"""Whether a vendor is asked to make several days in one request: that it takes any is its affair.

Days that were refused together wait until it is known what became of them. Where a vendor takes no
such requests at all, nobody's days are to wait for that again and again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

MOST_REFUSED: Final = 3
"""So many in a row: one day that is refused makes the whole request so, three are no accident."""
ALONE_FOR: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Together:
    """How often such requests were refused in a row, and until when there are none."""

    refused: int = 0
    until: datetime | None = None

    def after_refusal(self, now: datetime) -> Self:
        """Return it after one was refused: after the time that it is alone one more is enough."""
        refused = self.refused + 1
        return type(self)(refused, now + ALONE_FOR if refused >= MOST_REFUSED else None)

    def is_asked(self, now: datetime) -> bool:
        """Say whether several may go along; a clock that was set back delays nothing."""
        return self.until is None or not timedelta(0) < self.until - now <= ALONE_FOR
