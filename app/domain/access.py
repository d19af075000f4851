"""Who may do what: callers, their permissions, and the roles that bundle them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class CallerKind(StrEnum):
    """How a caller proved who it is."""

    LOCAL = "LOCAL"
    """Nothing was to be proved: this machine, or a gateway that asks nobody."""
    COMMAND = "COMMAND"
    """The ``timeoff`` command: whoever runs it can read the database anyway."""
    TOKEN = "TOKEN"  # noqa: S105 - the name of a kind
    OIDC = "OIDC"
    SESSION = "SESSION"


class Via(StrEnum):
    """The door through which a request came."""

    GRAPHQL = "GRAPHQL"
    KANTATA_REST = "KANTATA_REST"
    PROCORE_REST = "PROCORE_REST"
    PAGE = "PAGE"
    IMPORT = "IMPORT"
    COMMAND = "COMMAND"
    SYNC = "SYNC"
    WEBHOOK = "WEBHOOK"
    FLOW = "FLOW"


class Permission(StrEnum):
    """What a caller may be allowed to do, in each of its companies."""

    READ_TIME_OFF = "READ_TIME_OFF"
    WRITE_OWN_TIME_OFF = "WRITE_OWN_TIME_OFF"
    WRITE_TIME_OFF = "WRITE_TIME_OFF"
    READ_REASONS = "READ_REASONS"
    READ_CHANGES = "READ_CHANGES"
    WRITE_DIRECTORY = "WRITE_DIRECTORY"
    MANAGE_FEEDS = "MANAGE_FEEDS"
    READ_AUDIT = "READ_AUDIT"
    MANAGE_ACCESS = "MANAGE_ACCESS"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"
    MANAGE_PERSONAL_DATA = "MANAGE_PERSONAL_DATA"
    MANAGE_UPSTREAMS = "MANAGE_UPSTREAMS"


class AccessRole(StrEnum):
    """A bundle of permissions.

    What is one's own is one's own to read, whatever the role: a caller who is a worker reads the
    reasons of that worker's records, and may have a calendar feed of that worker.
    """

    VIEWER = "VIEWER"
    EMPLOYEE = "EMPLOYEE"
    PLANNER = "PLANNER"
    HR = "HR"
    INTEGRATION = "INTEGRATION"
    ADMIN = "ADMIN"


ALL_PERMISSIONS: Final = frozenset(Permission)
_EMPLOYEE: Final = frozenset({Permission.READ_TIME_OFF, Permission.WRITE_OWN_TIME_OFF})
_PLANNER: Final = _EMPLOYEE | {Permission.WRITE_TIME_OFF, Permission.READ_CHANGES}
PERMISSIONS_OF: Final[Mapping[AccessRole, frozenset[Permission]]] = {
    AccessRole.VIEWER: frozenset({Permission.READ_TIME_OFF}),
    AccessRole.EMPLOYEE: _EMPLOYEE,
    AccessRole.PLANNER: _PLANNER,
    AccessRole.HR: _PLANNER
    | {
        Permission.READ_REASONS,
        Permission.WRITE_DIRECTORY,
        Permission.MANAGE_FEEDS,
        Permission.READ_AUDIT,
    },
    AccessRole.INTEGRATION: frozenset(
        {
            Permission.READ_TIME_OFF,
            Permission.WRITE_TIME_OFF,
            Permission.READ_CHANGES,
            Permission.WRITE_DIRECTORY,
        }
    ),
    AccessRole.ADMIN: ALL_PERMISSIONS,
}
"""The table of docs/access.md."""


SHOWING_NO_TIME_OFF: Final = frozenset(
    {
        Permission.READ_AUDIT,
        Permission.MANAGE_ACCESS,
        Permission.MANAGE_WEBHOOKS,
        Permission.MANAGE_UPSTREAMS,
    }
)
"""What is of use to somebody who may read no time off; what all others do shows some."""


def needing_to_read(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """Return the permissions that show time off to somebody who may not read it.

    A write is answered with the worker's days: without `READ_TIME_OFF` it would be stored, and
    its answer would be an error, which whoever reads it takes for a refusal.

    >>> sorted(needing_to_read(frozenset({Permission.WRITE_TIME_OFF, Permission.MANAGE_ACCESS})))
    [<Permission.WRITE_TIME_OFF: 'WRITE_TIME_OFF'>]
    """
    if Permission.READ_TIME_OFF in permissions:
        return frozenset()
    return permissions - SHOWING_NO_TIME_OFF


OF_OWN_WORKER: Final[Mapping[Permission, frozenset[Permission]]] = {
    Permission.READ_TIME_OFF: frozenset({Permission.READ_REASONS, Permission.MANAGE_FEEDS}),
    Permission.WRITE_OWN_TIME_OFF: frozenset({Permission.WRITE_TIME_OFF}),
}
"""What a permission is worth about one's own worker: as much as these about everybody."""


def needed_to_act_for(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """Return what somebody needs to let others with these permissions be a certain worker.

    >>> sorted(needed_to_act_for(frozenset({Permission.WRITE_OWN_TIME_OFF})))
    [<Permission.WRITE_TIME_OFF: 'WRITE_TIME_OFF'>]
    """
    return frozenset().union(*(OF_OWN_WORKER.get(each, frozenset()) for each in permissions))


@dataclass(frozen=True, slots=True)
class OwnWorker:
    """The worker that a caller is, under the ids of both systems; one of them may be None."""

    company_id: str
    user_id: int | None
    person_id: str | None


@dataclass(frozen=True, slots=True)
class PersonalScope:
    """Whose personal texts are read: `reason` of this person, `externalMessage` of this user."""

    user_id: int | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is and what they may do; the same for all requests of a credential.

    ``name`` is what idempotency keys and the audit call the caller (``token:ab12cd34``), ``label``
    what people do. ``companies`` None: all of them. ``expires_at``: when the credential ends.
    """

    kind: CallerKind
    name: str
    label: str
    permissions: frozenset[Permission]
    companies: frozenset[str] | None = None
    role: AccessRole | None = None
    worker: OwnWorker | None = None
    expires_at: datetime | None = None

    def reaches(self, companies: frozenset[str] | None) -> bool:
        """Say whether these companies, None being all, are among the caller's."""
        mine = self.companies
        return mine is None or (companies is not None and companies <= mine)
