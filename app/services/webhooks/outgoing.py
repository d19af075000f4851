"""What sends a message: app/outgoing/client.py, of which no service knows more than this."""

from collections.abc import Mapping
from typing import Protocol

from app.domain.webhooks import Answer


class Outgoing(Protocol):
    """Posts to receivers."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message once, and return what became of it; raises nothing of the network's."""
