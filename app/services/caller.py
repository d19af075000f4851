"""Who asks, through which door, and what they may do. One tenant per company."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.domain.access import (
    ALL_PERMISSIONS,
    AccessRole,
    CallerKind,
    Identity,
    Permission,
    Via,
)
from app.domain.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by which request: every method of a service takes one.

    ``request_id`` is what the answer, the log and the change feed call the request.
    """

    identity: Identity
    via: Via = Via.GRAPHQL
    request_id: str = ""

    @property
    def name(self) -> str:
        """What idempotency keys and the audit call the caller."""
        return self.identity.name

    @property
    def companies(self) -> frozenset[str] | None:
        """The companies whose data the caller may reach; None: all of them."""
        return self.identity.companies

    @property
    def reads_reasons(self) -> bool:
        """Whether the caller reads everybody's reasons; its own worker's it always reads."""
        return Permission.READ_REASONS in self.identity.permissions

    def reads_reason_of(self, person_id: str) -> bool:
        """Say whether the caller reads the reasons of this person's records."""
        worker = self.identity.worker
        return self.reads_reasons or (worker is not None and worker.person_id == person_id)

    def sees(self, company_id: str) -> bool:
        """Say whether the company is one of the caller's."""
        companies = self.identity.companies
        return companies is None or company_id in companies

    def may(self, permission: Permission) -> bool:
        """Say whether the caller has the permission."""
        return permission in self.identity.permissions

    def require(self, permission: Permission) -> None:
        """Raise NotPermitted if the caller lacks the permission."""
        if permission not in self.identity.permissions:
            raise NotPermitted(permission)

    def require_writing(self, users: Iterable[int] = (), people: Iterable[str] = ()) -> None:
        """Raise NotPermitted unless the caller may write time off of all these users and people."""
        if Permission.WRITE_TIME_OFF in self.identity.permissions:
            return
        self.require(Permission.WRITE_OWN_TIME_OFF)
        worker = self.identity.worker
        own_user, own_person = (worker.user_id, worker.person_id) if worker else (None, None)
        if any(id_ != own_user for id_ in users) or any(id_ != own_person for id_ in people):
            raise NotPermitted(Permission.WRITE_TIME_OFF)


LOCAL: Final = Caller(
    Identity(CallerKind.LOCAL, "local", "local", ALL_PERMISSIONS, role=AccessRole.ADMIN)
)
"""Every request, where callers are not told apart."""

COMMAND: Final = Caller(
    Identity(CallerKind.COMMAND, "command", "timeoff", ALL_PERMISSIONS, role=AccessRole.ADMIN),
    Via.COMMAND,
)
"""The ``timeoff`` command."""

READERS_OF_REASONS: Final = (
    "Callers are not told apart yet: everyone who reaches this gateway can read it."
)
"""What the schema, the REST reference and the calendar say of a reason while that is so."""

REASON: Final = (
    "Why. Personal data: never in a log, an error, a calendar feed, an export or a change. "
    + READERS_OF_REASONS
)
"""What whoever writes a reason is told."""
