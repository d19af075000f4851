"""A browser's session: who signed in there, and how long that lasts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.access import CallerKind, Identity, Permission
from app.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts: ``idle`` after its last use, and ``total`` in all."""

    idle: timedelta = timedelta(hours=8)
    total: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AccessSession:
    """A session, by an id that is no secret.

    ``identity`` is whom the credential proved, as it was then: its ``expires_at`` ends the session
    as well. ``credential`` is what proved it: the id of a token, or ``oidc``.
    """

    id: str
    identity: Identity
    credential: str
    created_at: datetime
    last_used_at: datetime
    revoked_at: datetime | None = None

    def ends_at(self, limits: SessionLimits) -> datetime:
        """Return when it ends if it is not used again and nobody ends it."""
        ends = [self.last_used_at + limits.idle, self.created_at + limits.total]
        if self.identity.expires_at is not None:
            ends.append(self.identity.expires_at)
        return min(ends)

    def is_live(self, now: datetime, limits: SessionLimits) -> bool:
        """Say whether it still stands for whoever signed in."""
        return self.revoked_at is None and now < self.ends_at(limits)

    def as_identity(self, limits: SessionLimits) -> Identity:
        """Return whom a request with the session comes from.

        It has the name of whoever signed in, and the rights that they had then. ``expires_at``
        is when it ends at the latest, however much it is used.
        """
        last = self.created_at + limits.total
        until = self.identity.expires_at
        ends = last if until is None else min(last, until)
        return replace(self.identity, kind=CallerKind.SESSION, expires_at=ends)

    def is_managed_by(self, identity: Identity) -> bool:
        """Say whether somebody may see and end it: its own person, or who manages access.

        Who manages the access to some companies does so for sessions of these alone.
        """
        if self.identity.name == identity.name:
            return True
        if Permission.MANAGE_ACCESS not in identity.permissions:
            return False
        mine, theirs = identity.companies, self.identity.companies
        return mine is None or (theirs is not None and theirs <= mine)


def newest_first(sessions: Sequence[AccessSession]) -> list[AccessSession]:
    """Return them by their last use, the latest first."""
    return sorted(sessions, key=lambda each: (each.last_used_at, each.id), reverse=True)


class NoSuchSession(NotFound):
    """A session that never was, has ended, or is none that the caller may see."""

    def __init__(self) -> None:
        super().__init__("session", ("id",))
