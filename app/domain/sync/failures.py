"""What may become of a request to a vendor, besides an answer."""

from datetime import timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    """What a failure means for whoever asked."""

    UNREACHABLE = "UNREACHABLE"
    """No connection, no whole answer in time, or the vendor says that it cannot: later again."""
    THROTTLED = "THROTTLED"
    CREDENTIALS_REFUSED = "CREDENTIALS_REFUSED"
    NOT_PERMITTED = "NOT_PERMITTED"
    NOT_THERE = "NOT_THERE"
    REFUSED = "REFUSED"
    UNREADABLE = "UNREADABLE"
    """Answered, but not as documented: nothing of it is used."""


class VendorFailure(Exception):
    """A vendor did not answer what was asked; the message says how, without anybody's data.

    ``retry_after`` is how long it asks to be left alone. ``words`` are the vendor's own, whatever
    they are: only for who has caused them. ``was_sent`` False says that nothing can have been done
    by what was asked; True, that nobody knows unless the kind says it.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        retry_after: timedelta | None = None,
        words: str | None = None,
        was_sent: bool = True,
        is_partly_done: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.words = words
        self.was_sent = was_sent
        self.is_partly_done = is_partly_done
