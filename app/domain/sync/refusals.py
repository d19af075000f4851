"""What is refused about connected systems, and because of them."""

from typing import Final

from app.domain.errors import Path, TimeOffError
from app.domain.sync.upstreams import UpstreamApi

KANTATA: Final = "Kantata OX"
SYSTEMS: Final = {
    UpstreamApi.KANTATA_OX: KANTATA,
    UpstreamApi.PROCORE_REST: "Procore Workforce Planning",
}
"""What people call them."""
NOUNS: Final = {UpstreamApi.KANTATA_OX: "day", UpstreamApi.PROCORE_REST: "absence"}
"""What is written to a system, one by one."""


class AlreadyConnected(TimeOffError):
    """The company has an account of this vendor's already."""

    code = "ALREADY_CONNECTED"

    def __init__(self, path: Path = ()) -> None:
        super().__init__("It is connected already: updateUpstream changes how.", path)


class ConnectionRefused(TimeOffError):
    """A vendor did not open its account; the message says what it answered."""

    code = "CONNECTION_REFUSED"


class SyncKeyMissing(TimeOffError):
    """There is nothing to seal a vendor's credentials with."""

    code = "SYNC_KEY_MISSING"

    def __init__(self, path: Path = ()) -> None:
        super().__init__(
            "Nothing is stored that nobody could seal: set TIMEOFF_SYNC_KEYS to a key, 32 random "
            "bytes in URL-safe Base64, for all processes of this gateway.",
            path,
        )


class ReadOnlySystem(TimeOffError):
    """Time off that the company's connected system has, and that is only read from it."""

    code = "READ_ONLY_SYSTEM"

    def __init__(self, system: str, path: Path = ()) -> None:
        super().__init__(
            f"This company's time off of {system} is read from there: write it there, and it is "
            "here after the next look.",
            path,
        )
