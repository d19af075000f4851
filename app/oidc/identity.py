"""Who somebody is here, by the claims of a verified token and the rules that are set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.domain.access import PERMISSIONS_OF, AccessRole, Permission
from app.domain.errors import InvalidValue, NotFound
from app.domain.identifiers import Kind, read_text_id
from app.oidc.errors import NoRole
from app.oidc.settings import ClaimRules
from app.oidc.verifier import VerifiedToken, text_or_none

MOST_LABEL_CHARACTERS: Final = 200

_LISTS_WITH_SPACES: Final = frozenset({"scope", "scp"})
"""RFC 8693, 4.2: the only claims whose one text is several values."""


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """Who a token's bearer is; which worker ``worker_hint`` means, the database knows.

    ``name`` is what idempotency keys and the audit call them, ``label`` what people do (personal:
    not for logs). ``companies`` None: all of them. ``worker_hint``: a verified e-mail address, or
    the text of the worker claim.
    """

    name: str
    label: str = field(repr=False)
    role: AccessRole
    permissions: frozenset[Permission]
    companies: frozenset[str] | None
    worker_hint: str | None = field(repr=False)
    expires_at: datetime


def identity_of(token: VerifiedToken, rules: ClaimRules) -> TokenIdentity:
    """Return who the token's bearer is, or raise NoRole.

    Of several roles the permissions are added up, and ``role`` is the one that may do most.
    Companies: all, unless a claim is to name them; then those, and none at all if the claim is
    missing or anything but ids of companies.
    """
    roles = sorted(_roles(token.claims, rules), key=_strength, reverse=True)
    if not roles:
        raise NoRole(
            "You are signed in, but nothing gives you a role here. Ask whoever runs this gateway "
            "for one."
        )
    return TokenIdentity(
        name=f"oidc:{token.issuer}:{token.subject}",
        label=_label(token),
        role=roles[0],
        permissions=frozenset().union(*(PERMISSIONS_OF[role] for role in roles)),
        companies=_companies(token.claims, rules),
        worker_hint=_worker_hint(token, rules),
        expires_at=token.expires_at,
    )


def claim_of(claims: Mapping[str, Any], name: str) -> object:
    """Return the claim of this name, or else what lies at the path that the name is; or None.

    A name with dots may be both, an address for instance (Auth0's ``https://example.com/roles``).

    >>> claim_of({"realm_access": {"roles": ["hr"]}}, "realm_access.roles")
    ['hr']
    >>> claim_of({"https://example.com/roles": ["hr"]}, "https://example.com/roles")
    ['hr']
    """
    if name in claims:
        found: object = claims[name]
        return found
    here: object = claims
    for part in name.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here


def _roles(claims: Mapping[str, Any], rules: ClaimRules) -> set[AccessRole]:
    value = claim_of(claims, rules.role_claim)
    values = value if isinstance(value, list) else [value]
    if isinstance(value, str) and rules.role_claim in _LISTS_WITH_SPACES:
        values = value.split()
    return {rules.roles[each] for each in values if isinstance(each, str) and each in rules.roles}


def _strength(role: AccessRole) -> tuple[int, int]:
    return len(PERMISSIONS_OF[role]), list(AccessRole).index(role)


def _companies(claims: Mapping[str, Any], rules: ClaimRules) -> frozenset[str] | None:
    if rules.companies_claim is None:
        return None
    value = claim_of(claims, rules.companies_claim)
    ids = value if isinstance(value, list) else [value]
    texts = [each for each in ids if isinstance(each, str)]
    if len(texts) < len(ids):
        return frozenset()
    try:
        return frozenset(read_text_id(Kind.COMPANY, each) for each in texts)
    except (InvalidValue, NotFound):
        return frozenset()


def _worker_hint(token: VerifiedToken, rules: ClaimRules) -> str | None:
    if rules.worker_claim is None:
        value: object = token.email if token.email_verified else None
    else:
        value = claim_of(token.claims, rules.worker_claim)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    hint = text_or_none(value)
    return hint.strip() if hint else None


def _label(token: VerifiedToken) -> str:
    username = text_or_none(token.claims.get("preferred_username"))
    return (token.name or username or token.email or token.subject)[:MOST_LABEL_CHARACTERS]
