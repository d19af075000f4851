"""Rows of API tokens as objects of the domain, and the columns of new ones."""

from typing import Any

from sqlalchemy import Row

from app.domain.access import AccessRole, Permission
from app.domain.access_tokens import AccessToken

Values = dict[str, Any]


def to_access_token(row: Row[Any]) -> AccessToken:
    """Return the token that a row is; the hashes of its secrets are never read back."""
    return AccessToken(
        id=row.id,
        name=row.name,
        role=AccessRole(row.role),
        added=frozenset(map(Permission, row.added)),
        taken=frozenset(map(Permission, row.taken)),
        companies=None if row.companies is None else frozenset(row.companies),
        worker_id=row.worker_id,
        made_by=row.made_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        rotated_at=row.rotated_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


def from_access_token(token: AccessToken, secret_hash: str) -> Values:
    """Return the columns of a new token."""
    return {
        "id": token.id,
        "name": token.name,
        "secret_hash": secret_hash,
        "role": token.role.value,
        "added": sorted(token.added),
        "taken": sorted(token.taken),
        "companies": None if token.companies is None else sorted(token.companies),
        "worker_id": token.worker_id,
        "made_by": token.made_by,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    }
