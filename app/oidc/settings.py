"""What an operator sets about an issuer, and the fixed limits of how it is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from app.addresses import is_loopback
from app.domain.access import AccessRole

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
"""How tokens may be signed. Never by a shared secret (HS256), never not at all."""

DEFAULT_SCOPES: Final = "openid profile email"


@dataclass(frozen=True, slots=True)
class OidcLimits:
    """How long and how much an issuer is listened to; no settings, so that tests can be quick."""

    token_characters: int = 8_192
    answer_bytes: int = 262_144
    fetch_seconds: float = 5.0
    """An answer of the issuer that is not complete by then is none."""
    wait_seconds: float = 1.0
    """So long a request waits for keys that are being fetched."""
    unknown_key_seconds: float = 30.0
    """Tokens of unknown keys, and a failing issuer, cause one fetch in this time."""
    renew_seconds: float = 600.0
    """Keys as old as this are fetched anew, beside the request that finds them so."""
    sign_in_seconds: int = 600
    """So long a person has to sign in at the issuer's pages."""


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Which claims say what somebody may do here.

    The name of a claim is that of a claim in the token, or else a path of names with dots between
    them (``realm_access.roles``). ``companies_claim`` None: every company. ``worker_claim`` None:
    the e-mail address, if the issuer says that it is verified.
    """

    roles: Mapping[str, AccessRole] = field(default_factory=dict)
    role_claim: str = "roles"
    companies_claim: str | None = None
    worker_claim: str | None = None


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """An issuer, and what is expected of its tokens.

    Without ``audiences`` no bearer token is taken; without ``client_id`` nobody signs in. Without
    ``client_secret`` the gateway is a public client, which PKCE alone protects.
    """

    issuer: str
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    leeway_seconds: int = 60
    rules: ClaimRules = field(default_factory=ClaimRules)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    scopes: str = DEFAULT_SCOPES
    limits: OidcLimits = field(default_factory=OidcLimits)


def is_issuer(text: str) -> bool:
    """Say whether this can be an issuer: https, no query, no fragment; on loopback also http.

    >>> [is_issuer(text) for text in ("https://id.example.com/realms/a", "http://[::1]:9/")]
    [True, True]
    >>> [is_issuer(text) for text in ("http://id.example.com", "https://a.example/?b", "a.example")]
    [False, False, False]
    """
    url = _split(text)
    return (
        url is not None
        and _is_secure(url, loopback=True)
        and not (url.query or url.fragment or text.endswith(("?", "#")))
        and text.isprintable()
        and " " not in text
    )


def may_be_asked(url_text: object, issuer: str) -> bool:
    """Say whether an address that the issuer names may be asked: https, as the issuer itself.

    Plain http only where the issuer is on this machine by http too, and to this machine.
    """
    url = _split(url_text) if isinstance(url_text, str) else None
    if url is None:
        return False
    return _is_secure(url, loopback=issuer.startswith("http://"))


def parse_roles(pairs: Iterable[str]) -> dict[str, AccessRole]:
    """Return which role each value of the role claim gives, from ``value=ROLE``.

    Raises ValueError, with a sentence, for a pair without a known role and for a value named twice.

    >>> parse_roles(["hr-admins=HR", "cn=staff=employee"])
    {'hr-admins': <AccessRole.HR: 'HR'>, 'cn=staff': <AccessRole.EMPLOYEE: 'EMPLOYEE'>}
    """
    roles: dict[str, AccessRole] = {}
    for pair in pairs:
        value, _, name = (part.strip() for part in pair.rpartition("="))
        if not value or name.upper() not in AccessRole.__members__:
            raise ValueError(
                "are not pairs such as hr-admins=HR,staff=EMPLOYEE; the roles are "
                + ", ".join(AccessRole)
            )
        if value in roles:
            raise ValueError("a value of the role claim is named twice; each gives one role")
        roles[value] = AccessRole[name.upper()]
    return roles


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        _ = url.port  # a port that is no number
    except ValueError:
        return None
    return url if url.hostname and "@" not in url.netloc else None


def _is_secure(url: SplitResult, *, loopback: bool) -> bool:
    return url.scheme == "https" or (
        url.scheme == "http" and loopback and is_loopback(url.hostname or "")
    )
