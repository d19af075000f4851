"""Who asks, through which door, and what they may do. One tenant per company."""

from dataclasses import dataclass, replace
from typing import Final

from app.domain.access import (
    ALL_PERMISSIONS,
    AccessRole,
    CallerKind,
    Identity,
    Permission,
    PersonalScope,
    Via,
)
from app.domain.actors import Actor, Origin
from app.domain.errors import NotPermitted, Path
from app.domain.identifiers import person_subject, user_subject


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
    def origin(self) -> Origin:
        """What the audit keeps of who asks."""
        identity = self.identity
        actor = Actor(identity.kind, identity.name, identity.label)
        return Origin(actor, self.via, self.request_id)

    @property
    def companies(self) -> frozenset[str] | None:
        """The companies whose data the caller may reach; None: all of them."""
        return self.identity.companies

    @property
    def reads_reasons(self) -> bool:
        """Whether the caller reads everybody's reasons; its own worker's it always reads."""
        return Permission.READ_REASONS in self.identity.permissions

    @property
    def personal(self) -> PersonalScope | None:
        """Whose personal texts the caller reads; None: everybody's."""
        if self.reads_reasons:
            return None
        worker = self.identity.worker
        return PersonalScope(worker.user_id, worker.person_id) if worker else PersonalScope()

    @property
    def own_subjects(self) -> frozenset[str]:
        """The ids under which the caller's own worker is known; none if it is no worker."""
        worker = self.identity.worker
        if worker is None:
            return frozenset()
        user = [] if worker.user_id is None else [user_subject(worker.user_id)]
        person = [] if worker.person_id is None else [person_subject(worker.person_id)]
        return frozenset([*user, *person])

    def reads_reason_of(self, person_id: str) -> bool:
        """Say whether the caller reads the reasons of this person's records."""
        scope = self.personal
        return scope is None or scope.person_id == person_id

    def reads_message_of(self, user_id: int) -> bool:
        """Say whether the caller reads what other systems say of this user's entries."""
        scope = self.personal
        return scope is None or scope.user_id == user_id

    def sees(self, company_id: str) -> bool:
        """Say whether the company is one of the caller's."""
        companies = self.identity.companies
        return companies is None or company_id in companies

    def may(self, permission: Permission) -> bool:
        """Say whether the caller has the permission."""
        return permission in self.identity.permissions

    def require(self, permission: Permission, path: Path = ()) -> None:
        """Raise NotPermitted, which names the place in the input, if the caller lacks it."""
        if permission not in self.identity.permissions:
            raise NotPermitted(permission, path)

    def require_writing(self) -> None:
        """Raise NotPermitted unless the caller may write somebody's time off, if only its own."""
        if not self.may(Permission.WRITE_OWN_TIME_OFF):
            self.require(Permission.WRITE_TIME_OFF)

    def require_writing_of(self, subject: str, path: Path = ()) -> None:
        """Raise NotPermitted unless the caller may write the time off of this user or person.

        ``path`` is the place in the input that says whose time off it is.
        """
        if self.may(Permission.WRITE_TIME_OFF):
            return
        if not self.may(Permission.WRITE_OWN_TIME_OFF):
            raise NotPermitted(Permission.WRITE_TIME_OFF, path)
        if subject not in self.own_subjects:
            whose = "another's" if self.own_subjects else "somebody's, and you are no worker here"
            raise NotPermitted(Permission.WRITE_TIME_OFF, path, f"This is {whose}.")


LOCAL: Final = Caller(
    Identity(CallerKind.LOCAL, "local", "local", ALL_PERMISSIONS, role=AccessRole.ADMIN)
)
"""Every request without a credential, where none has to be shown."""

COMMAND: Final = Caller(
    Identity(CallerKind.COMMAND, "command", "timeoff", ALL_PERMISSIONS, role=AccessRole.ADMIN),
    Via.COMMAND,
)
"""The ``timeoff`` command."""

GATEWAY: Final = replace(COMMAND, identity=replace(COMMAND.identity, name="gateway"))
"""The gateway itself, keeping house."""

SYNC: Final = replace(GATEWAY, via=Via.SYNC)
"""The gateway, taking in what a vendor has."""

FLOW: Final = replace(GATEWAY, via=Via.FLOW)
"""The gateway, carrying time off from one system into the other."""

IMPORT: Final = replace(COMMAND, via=Via.IMPORT)
"""The ``timeoff import`` command."""

READERS_OF_REASONS: Final = (
    "Read by its own worker and by callers with the permission READ_REASONS; null for others."
)
"""What the schema and the REST reference say of a personal text."""

REASON: Final = (
    "Why. Personal data: never in a log, an error, a calendar feed, an export or a change. "
    + READERS_OF_REASONS
)
"""What whoever writes a reason is told."""
