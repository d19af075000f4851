"""Secrets and signatures of webhooks, as Standard Webhooks 1.0.0 has them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import digest
from secrets import token_bytes
from typing import Final

from app.domain.errors import InvalidValue
from app.domain.webhook_events import Message

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
NEW_SECRET_BYTES: Final = 32
FEWEST_SECRET_BYTES: Final = 24
MOST_SECRET_BYTES: Final = 64
ROTATION_GRACE: Final = timedelta(hours=24)
"""How long the secret before a rotation still signs, beside the new one."""


@dataclass(frozen=True, slots=True)
class SigningSecrets:
    """The secret of a webhook, and after a rotation the one before until its time is over."""

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None

    def at(self, now: datetime) -> Sequence[str]:
        """Return the secrets that sign at this moment, the current one first."""
        if self.previous is None or self.previous_until is None or now >= self.previous_until:
            return (self.current,)
        return (self.current, self.previous)

    def rotated(self, new: str, now: datetime) -> "SigningSecrets":
        """Return the secrets after a rotation: of three the oldest is forgotten at once."""
        return SigningSecrets(new, self.current, now + ROTATION_GRACE)


def new_secret() -> str:
    """Return a secret of 256 random bits.

    >>> len(key_of(new_secret()))
    32
    """
    return SECRET_PREFIX + b64encode(token_bytes(NEW_SECRET_BYTES)).decode()


def read_secret(text: str) -> str:
    """Return a secret that somebody brings along, or raise InvalidValue, without repeating it."""
    try:
        key = key_of(text)
    except (NotBase64, ValueError):
        key = b""
    is_whole = FEWEST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES
    if not is_whole or SECRET_PREFIX + b64encode(key).decode() != text:
        msg = (
            f"A secret is `{SECRET_PREFIX}` and the Base64 of {FEWEST_SECRET_BYTES} to "
            f"{MOST_SECRET_BYTES} random bytes."
        )
        raise InvalidValue(msg)
    return text


def key_of(secret: str) -> bytes:
    """Return the bytes that a secret stands for; a ValueError if it is none."""
    return b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)


def signed_headers(message: Message, secrets: SigningSecrets, now: datetime) -> Mapping[str, str]:
    """Return the headers that say which message this is, when it is sent, and that it is ours."""
    moment = int(now.timestamp())
    content = f"{message.id}.{moment}.".encode() + message.body
    signatures = [
        "v1," + b64encode(digest(key_of(secret), content, sha256)).decode()
        for secret in secrets.at(now)
    ]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signatures),
    }
