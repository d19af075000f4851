"""What sends a message: app/outgoing/client.py, of which no service knows more than this.

And what stands there in a process that is to send nothing.
"""

from collections.abc import Mapping
from typing import NoReturn, Protocol

from app.domain.errors import InvalidValue
from app.domain.webhooks import Answer


class Outgoing(Protocol):
    """Posts to receivers."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message once, and return what became of it; raises nothing of the network's."""


class Silent:
    """Posts nothing, not even what somebody tries: no receiver is to hear of a copy of the data."""

    async def post(
        self,
        url: str,  # noqa: ARG002 - the signature that it stands for, here and below
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes,  # noqa: ARG002
    ) -> NoReturn:
        """Raise InvalidValue, which says so."""
        raise InvalidValue("This process sends nothing: TIMEOFF_WEBHOOKS is false.", ("id",))
