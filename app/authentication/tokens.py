"""API tokens as they are found for requests, with when each was last used."""

from datetime import datetime

from app.domain.access import Identity
from app.domain.access_tokens import USE_NOTED_EVERY
from app.services.access.tokens import TokenService


class TokensInUse:
    """Finds tokens; their uses are kept here until they are stored, beside any request."""

    def __init__(self, tokens: TokenService) -> None:
        self._tokens = tokens
        self._used_at: dict[str, datetime] = {}

    async def find(self, text: str) -> Identity | None:
        """Return who has the token of this text, or None."""
        found = await self._tokens.find(text)
        if found is None:
            return None
        token, identity = found
        now = self._tokens.clock()
        if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
            self._used_at[token.id] = now
        return identity

    async def is_any(self) -> bool:
        """Say whether a token was ever made."""
        return await self._tokens.is_any()

    async def store_uses(self) -> None:
        """Store when tokens were last used."""
        used_at, self._used_at = self._used_at, {}
        if used_at:
            await self._tokens.note_uses(used_at)
