"""What a request carries to say who sends it, before anybody has looked whether that is true."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Final

from starlette.requests import HTTPConnection, cookie_parser

AUTHORIZATION: Final = b"authorization"
COOKIE: Final = b"cookie"
COOKIE_NAMES: Final = ("__Host-timeoff", "timeoff")
"""Of the session: over https, and over http on loopback."""
MAX_BYTES: Final = 8_192
_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.ASCII | re.IGNORECASE)


class Unauthenticated(Exception):
    """Nobody whom the gateway knows: there is no credential, or one that opens nothing.

    ``is_bad`` says which. The message is for the client and never names the credential.
    """

    code: Final = "UNAUTHENTICATED"
    status: Final = 401

    def __init__(self, message: str, *, is_bad: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.is_bad = is_bad

    @property
    def headers(self) -> dict[str, str]:
        """What RFC 6750 wants to be answered: section 3 without, 3.1 with a bad credential."""
        return {"WWW-Authenticate": 'Bearer error="invalid_token"' if self.is_bad else "Bearer"}


class CredentialKind(Enum):
    """Where a credential was found."""

    BEARER = "bearer"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Credential:
    """A token or a session's secret, as it was sent."""

    kind: CredentialKind
    text: str

    @property
    def digest(self) -> bytes:
        """Under which it is remembered: the text itself is kept nowhere."""
        return sha256(f"{self.kind.value} {self.text}".encode()).digest()


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
    return _credential(connection.scope["headers"])


def _credential(headers: Iterable[tuple[bytes, bytes]]) -> Credential | None:
    header: bytes | None = None
    cookies: list[bytes] = []
    for name, value in headers:
        if name == AUTHORIZATION:
            if header is not None:
                raise Unauthenticated(NOT_READABLE)
            header = value
        elif name == COOKIE:
            cookies.append(value)
    if header is not None:
        return bearer_of(header.decode("latin-1"))
    return _session(cookies) if cookies else None


def _session(cookies: Iterable[bytes]) -> Credential | None:
    for each in cookies:
        if len(each) > MAX_BYTES:
            continue
        values = cookie_parser(each.decode("latin-1"))
        for name in COOKIE_NAMES:
            if values.get(name):
                return Credential(CredentialKind.SESSION, values[name])
    return None
