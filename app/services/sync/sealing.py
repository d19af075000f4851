"""Seals what opens vendor accounts: who has the database alone cannot read it.

Each is sealed together with the id of its upstream, so that a row cannot be given another's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.domain.sync.credentials import AnyCredentials, read_credentials


class Unsealable(Exception):
    """The credentials were sealed with a key that is not among ours, or for another upstream."""


def new_key() -> str:
    """Return a new key."""
    return Fernet.generate_key().decode()


def is_key(text: str) -> bool:
    """Say whether the text is a key: 32 bytes in URL-safe Base64."""
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


class Keys(Protocol):
    """The keys of a gateway, the one that seals first."""

    def known(self) -> Sequence[str]:
        """Return all that there are."""

    def to_seal(self) -> Sequence[str]:
        """Return at least one, or raise SyncKeyMissing."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals with the first of the keys, and opens with all of them."""

    keys: Keys

    def close(self, upstream_id: str, credentials: AnyCredentials) -> str:
        """Return the credentials sealed for this upstream, or raise SyncKeyMissing."""
        content = {"upstream": upstream_id, "credentials": credentials.content()}
        return _box(self.keys.to_seal()).encrypt(orjson.dumps(content)).decode()

    def open(self, upstream_id: str, sealed: str) -> AnyCredentials:
        """Return what was sealed for this upstream, or raise Unsealable."""
        try:
            content = orjson.loads(_box(self.keys.known()).decrypt(sealed.encode()))
        except InvalidToken:
            raise Unsealable from None
        if content["upstream"] != upstream_id:
            raise Unsealable
        return read_credentials(content["credentials"])

    def renewed(self, sealed: str) -> str:
        """Return it sealed anew with the first key, or raise Unsealable."""
        try:
            return _box(self.keys.known()).rotate(sealed.encode()).decode()
        except InvalidToken:
            raise Unsealable from None


def _box(keys: Sequence[str]) -> MultiFernet:
    if not keys:
        raise Unsealable
    return MultiFernet([Fernet(each) for each in keys])
