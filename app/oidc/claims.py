"""What the claims of a token must be, and what kind of token they are of."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from joserfc.errors import ClaimError
from joserfc.jwt import JWTClaimsRegistry

from app.oidc.errors import InvalidToken

MOST_SUBJECT_CHARACTERS: Final = 255
"""OpenID Connect Core, 2: ``sub``."""

_LAST_SECOND: Final = datetime(9999, 12, 31, tzinfo=UTC).timestamp()

_ACCESS_TOKEN_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
_PLAIN_TYPES: Final = frozenset({"", "jwt", "application/jwt"})

_ONLY_IN_ID_TOKENS: Final = ("nonce", "at_hash", "c_hash", "s_hash")
"""OpenID Connect Core, 2, 3.3.2.11; ``s_hash``: FAPI 1.0, Part 2, 5.1."""

_ONLY_IN_ACCESS_TOKENS: Final = ("scope", "scp", "client_id", "azpacr", "appidacr")
"""RFC 9068, 2.2; the other three: Microsoft's reference of the claims of access tokens."""


class ClaimChecks:
    """Checks the claims that RFC 7519 registers, of one issuer's tokens for these audiences."""

    def __init__(
        self, issuer: str, audiences: tuple[str, ...], leeway: int, now: Callable[[], float]
    ) -> None:
        self._registry = JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=leeway,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "values": list(audiences)},
            sub={"essential": True},
            exp={"essential": True},
        )

    def check(self, claims: dict[str, Any]) -> None:
        """Raise InvalidToken unless these are claims of the issuer, for us, and of this time.

        ``iss`` is the very text that is set, ``aud`` is one of ours or a list with one of ours,
        ``exp`` is there and not over, ``nbf`` and ``iat`` are not to come; give or take the leeway.
        """
        try:
            self._registry.validate(claims)
        except ClaimError as error:
            raise InvalidToken(f"{type(error).__name__}: {error.claim}") from None
        if not 0 < claims["exp"] < _LAST_SECOND:
            raise InvalidToken("exp is no date")
        subject = claims["sub"]
        if not subject.isprintable() or len(subject) > MOST_SUBJECT_CHARACTERS:
            raise InvalidToken("sub is no text of at most 255 printable characters")


def refuse_id_token(
    header: Mapping[str, Any], claims: Mapping[str, Any], client_id: str | None
) -> None:
    """Raise InvalidToken unless it is an access token: ID tokens are no credential.

    An ID token tells a client who signed in; it lies in browsers and logs, and is not made to open
    anything (RFC 8725, 2.8 and 3.12: kinds of tokens must not be taken for each other).

    ``typ: at+jwt`` in the header says "access token" (RFC 9068, 2.1), and the issuer signed that.
    Many issuers still write ``JWT`` or nothing; of them are refused

    * any other ``typ`` (``logout+jwt``, ``dpop+jwt``, ``secevent+jwt``: RFC 8725, 3.11),
    * what has ``nonce``, ``at_hash``, ``c_hash`` or ``s_hash``: only ID tokens need them,
    * what has ``events``: a logout token (OpenID Connect Back-Channel Logout, 2.4),
    * what says in the claim ``typ`` that it is no ``Bearer`` token: Keycloak writes there ``ID``,
      ``Refresh``, ``Offline``, ``Logout``,
    * what is for the client that signs people in and for none of the audiences besides: ``aud`` of
      ID tokens (OpenID Connect Core, 2). Where the API *is* that client, as at Microsoft Entra ID,
      ``aud`` decides nothing; then a claim must be there that only access tokens have.

    A token that is bound to a key (``cnf``: RFC 7800, RFC 9449) is refused too, typed or not: its
    proof is not checked here, and without it a thief could use it.
    """
    if "cnf" in claims:
        raise InvalidToken("it is bound to a key (cnf), and proofs are not taken")
    typ = header.get("typ", "")
    kind = typ.lower() if isinstance(typ, str) else None
    if kind in _ACCESS_TOKEN_TYPES:
        return
    if kind not in _PLAIN_TYPES:
        raise InvalidToken("its typ is not that of an access token")
    if any(name in claims for name in _ONLY_IN_ID_TOKENS):
        raise InvalidToken("it is an ID token (nonce, at_hash, c_hash)")
    if "events" in claims:
        raise InvalidToken("it is a logout token or another event")
    if claims.get("typ", "Bearer") != "Bearer":
        raise InvalidToken("it says that it is no bearer token (claim typ)")
    if client_id is not None and _audiences(claims) <= {client_id}:
        is_access_token = claims.get("typ") == "Bearer" or any(
            name in claims for name in _ONLY_IN_ACCESS_TOKENS
        )
        if not is_access_token:
            raise InvalidToken("it is an ID token (aud)")


def refuse_other_than_id_token(
    header: Mapping[str, Any], claims: Mapping[str, Any], client_id: str
) -> None:
    """Raise InvalidToken unless it is an ID token for this client.

    Of a token for several clients ``azp`` names the one that it was made for (OpenID Connect Core,
    3.1.3.7, 4 and 5).
    """
    typ = header.get("typ", "")
    if not isinstance(typ, str) or typ.lower() not in _PLAIN_TYPES:
        raise InvalidToken("its typ is not that of an ID token")
    if claims.get("typ", "ID") != "ID":
        raise InvalidToken("it says that it is no ID token (claim typ)")
    if "iat" not in claims:
        raise InvalidToken("MissingClaimError: iat")
    is_shared = len(_audiences(claims)) > 1
    if (is_shared or "azp" in claims) and claims.get("azp") != client_id:
        raise InvalidToken("it was made for another client (azp)")


def _audiences(claims: Mapping[str, Any]) -> set[str]:
    audience = claims["aud"]
    return {audience} if isinstance(audience, str) else set(audience)
