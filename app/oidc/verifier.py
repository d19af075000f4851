"""Says whether a token is the issuer's, for us, of this time; nothing is remembered of any."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any, Final, NamedTuple, Self

from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact

from app.oidc.claims import ClaimChecks, refuse_id_token, refuse_other_than_id_token
from app.oidc.errors import InvalidToken
from app.oidc.issuer import Issuer
from app.oidc.settings import OidcSettings

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)

_REFUSED_HEADERS: Final = ("crit", "jku", "jwk", "x5u", "x5c", "b64")
"""Keys that a token brings along are no proof (RFC 8725, 3.10); no extension is understood."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a good token says. ``claims`` is all of it; what is not a text there is None here."""

    issuer: str
    subject: str
    expires_at: datetime
    """``exp`` itself: the token is taken for the leeway longer."""
    email: str | None = field(repr=False)
    email_verified: bool
    """Whether the issuer says so by the JSON value true."""
    name: str | None = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Self:
        """Return what checked claims say."""
        return cls(
            issuer=claims["iss"],
            subject=claims["sub"],
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            email=text_or_none(claims.get("email")),
            email_verified=claims.get("email_verified") is True,
            name=text_or_none(claims.get("name")),
            claims=claims,
        )


class Verifier:
    """Verifies the tokens of one issuer. ``now`` gives seconds since 1970."""

    def __init__(
        self, settings: OidcSettings, issuer: Issuer, now: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._registry = _Registry(settings.algorithms, settings.limits.token_characters)
        leeway = settings.leeway_seconds
        self._of_access_tokens = ClaimChecks(issuer.url, settings.audiences, leeway, now)
        self._of_id_tokens = ClaimChecks(issuer.url, (settings.client_id or "",), leeway, now)

    async def verify(self, token: str) -> VerifiedToken:
        """Return what a bearer token says, or raise InvalidToken with the reason.

        What costs nothing is looked at first, so only a token that is right but for its key makes
        the keys be fetched.
        """
        if not self._settings.audiences:
            raise InvalidToken("no audience is set (TIMEOFF_OIDC_AUDIENCES)")
        parts = self._take_apart(token)
        self._of_access_tokens.check(parts.claims)
        refuse_id_token(parts.header, parts.claims, self._settings.client_id)
        await self._check_signature(parts)
        return VerifiedToken.of(parts.claims)

    async def verify_id_token(self, token: str, nonce: str) -> VerifiedToken:
        """Return what the ID token of a sign-in with this nonce says, or raise InvalidToken."""
        client_id = self._settings.client_id
        if client_id is None:
            raise InvalidToken("no client is set (TIMEOFF_OIDC_CLIENT_ID)")
        parts = self._take_apart(token)
        self._of_id_tokens.check(parts.claims)
        refuse_other_than_id_token(parts.header, parts.claims, client_id)
        said = parts.claims.get("nonce")
        if not isinstance(said, str) or not is_same(said, nonce):
            raise InvalidToken("its nonce is not that of this sign-in")
        await self._check_signature(parts)
        return VerifiedToken.of(parts.claims)

    def _take_apart(self, token: str) -> "_Parts":
        if len(token) > self._settings.limits.token_characters:
            raise InvalidToken("it is too long")
        if not _COMPACT.fullmatch(token):
            raise InvalidToken("it is no signed JWT")
        try:
            signed = extract_compact(token.encode("ascii"), registry=self._registry)
            header: object = signed.headers()
            claims = json.loads(signed.payload)
        except (JoseError, ValueError, TypeError, RecursionError):  # brackets by the thousand
            raise InvalidToken("it is no signed JWT") from None
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise InvalidToken("its header or its claims are no JSON object")
        for name in _REFUSED_HEADERS:
            if name in header:
                raise InvalidToken(f"its header has {name}")
        if header.get("alg") not in self._settings.algorithms:
            raise InvalidToken("its algorithm is not allowed (alg)")
        return _Parts(signed, header, claims)

    async def _check_signature(self, parts: "_Parts") -> None:
        kid = parts.header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise InvalidToken("the name of its key is no text (kid)")
        key = await self._issuer.key(kid, parts.header["alg"])
        if key is None:
            raise InvalidToken("the issuer has no such key (kid)")
        try:
            is_good = validate_compact(parts.signed, key, self._settings.algorithms, self._registry)
        except (JoseError, ValueError):
            is_good = False
        if not is_good:
            raise InvalidToken("its signature is not the issuer's")


class _Parts(NamedTuple):
    signed: CompactSignature
    header: Mapping[str, Any]
    claims: dict[str, Any]


class _Registry(JWSRegistry):
    """The algorithms that are set, and no others, however joserfc thinks of them.

    joserfc warns of EdDSA, whose name RFC 9864 replaces by Ed25519: that is what issuers send.
    Parameters of a header that nobody knows are ignored, as RFC 7515, 4 wants it.
    """

    def __init__(self, algorithms: tuple[str, ...], most_bytes: int) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)
        self.max_header_length = self.max_payload_length = self.max_signature_length = most_bytes

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - joserfc does not export the type
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def text_or_none(value: object) -> str | None:
    """Return what is a text that can be stored and shown, or None."""
    return value if isinstance(value, str) and value.strip() and value.isprintable() else None


def is_same(text: str, secret: str) -> bool:
    """Compare in a time that says nothing of where they differ, whatever characters there are."""
    return compare_digest(*(each.encode("utf-8", "surrogatepass") for each in (text, secret)))
