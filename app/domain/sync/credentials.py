"""What opens a vendor account. It is kept sealed, and shown nowhere but by a hint."""

from dataclasses import dataclass, field
from typing import Any, Final, Self

from app.domain.errors import InvalidValue

HINT_CHARACTERS: Final = 4
LONGEST_TOKEN: Final = 4_096


@dataclass(frozen=True, slots=True)
class Credentials:
    """A bearer token of Kantata's, which holds until it is revoked."""

    access_token: str = field(repr=False)

    def refuse_unfit(self) -> None:
        """Raise InvalidValue where it is no token that a header could have."""
        token = self.access_token
        is_visible = token.isascii() and token.isprintable() and " " not in token
        if not token or len(token) > LONGEST_TOKEN or not is_visible:
            message = "A token is one word of letters, digits and signs, as Kantata shows it."
            raise InvalidValue(message, ("access_token",))

    @property
    def hint(self) -> str:
        """What tells people which it is; nothing of one that is short enough to be guessed."""
        token = self.access_token
        return token[-HINT_CHARACTERS:] if len(token) >= HINT_CHARACTERS**2 else ""

    def content(self) -> dict[str, Any]:
        """Return them as JSON, to be sealed."""
        return {"access_token": self.access_token}

    @classmethod
    def of_content(cls, content: dict[str, Any]) -> Self:
        """Return what was sealed."""
        return cls(content["access_token"])
