"""What a request carries to say who sends it, before anybody has looked whether that is true."""

import re
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Final

from starlette.requests import HTTPConnection

from app.edge.session_cookies import cookie_of

AUTHORIZATION: Final = b"authorization"
BEARER: Final = b"Bearer "
"""As nearly everybody writes it; the scheme may be in any case."""
MAX_BYTES: Final = 8_192
_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.ASCII | re.IGNORECASE)


class Unauthenticated(Exception):
    """Nobody whom the gateway knows: there is no credential, or one that opens nothing.

    ``is_bad`` says which. The message is for the client and never names the credential.
    """

    code = "UNAUTHENTICATED"
    status = 401

    def __init__(self, message: str, *, is_bad: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.is_bad = is_bad

    @property
    def headers(self) -> dict[str, str]:
        """What RFC 6750 wants to be answered: section 3 without, 3.1 with a bad credential."""
        return {"WWW-Authenticate": 'Bearer error="invalid_token"' if self.is_bad else "Bearer"}


class TooManyFailures(Unauthenticated):
    """A credential that is not looked at, for too many of this peer were bad."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many credentials were bad. Wait {seconds} s before the next.")
        self.seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        """When to come again."""
        return {"Retry-After": str(self.seconds)}


class NotLetIn(Unauthenticated):
    """A credential that is good, of somebody who may not do this at all."""

    code = "FORBIDDEN"
    status = 403

    @property
    def headers(self) -> dict[str, str]:
        """None: another credential of the same kind would not help."""
        return {}


class CredentialKind(Enum):
    """Where a credential was found."""

    BEARER = b"bearer "
    SESSION = b"session "


@dataclass(frozen=True, slots=True)
class Credential:
    """A token or a session's secret, as it was sent."""

    kind: CredentialKind
    text: str

    @property
    def digest(self) -> bytes:
        """Under which it is remembered: the text itself is kept nowhere."""
        return digest_of(self.kind, self.text.encode())


def digest_of(kind: CredentialKind, text: bytes) -> bytes:
    """Return the hash under which a credential is remembered.

    Not SHA-256, which OpenSSL makes: between two requests its code leaves the processor's cache,
    and a small request was 5 % slower for it.
    """
    return blake2b(kind.value + text, digest_size=32).digest()


NOT_READABLE: Final = "The Authorization header is not one Bearer token."


def bearer_of(header: str) -> Credential:
    """Return the token of an ``Authorization`` header, or raise Unauthenticated."""
    found = _BEARER.fullmatch(header) if len(header) <= MAX_BYTES else None
    if found is None:
        raise Unauthenticated(NOT_READABLE)
    return Credential(CredentialKind.BEARER, found[1])


def credential_of(connection: HTTPConnection) -> Credential | None:
    """Return what a request or a handshake carries; None where it carries nothing.

    A header goes before a cookie, and is never made up for by one. Raises Unauthenticated for
    a header that cannot be read, or that comes twice.
    """
    header: bytes | None = None
    for name, value in connection.scope["headers"]:
        if name == AUTHORIZATION:
            if header is not None:
                raise Unauthenticated(NOT_READABLE)
            header = value
    if header is not None:
        return bearer_of(header.decode("latin-1"))
    secret = cookie_of(connection.scope)
    return Credential(CredentialKind.SESSION, secret) if secret else None
