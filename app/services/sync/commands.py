"""What is asked of upstreams, as it was sent."""

from dataclasses import dataclass, field

from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.credentials import AnyCredentials
from app.domain.sync.upstreams import SyncDirection, UpstreamApi, Window


@dataclass(frozen=True, slots=True)
class ConnectUpstream:
    """A vendor account to be connected; a dry run only tries the credentials.

    Where ``account_key`` is given, the credentials have to open that account.
    """

    company_id: str
    api: UpstreamApi
    credentials: AnyCredentials = field(repr=False)
    base_url: str | None = None
    account_key: str | None = None
    direction: SyncDirection = SyncDirection.READ_ONLY
    conflict_policy: ConflictPolicy = ConflictPolicy.VENDOR_WINS
    window: Window = field(default_factory=Window)
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class UpdateUpstream:
    """Another window, direction or policy; what is None stays."""

    id: str
    days_back: int | None = None
    days_ahead: int | None = None
    direction: SyncDirection | None = None
    conflict_policy: ConflictPolicy | None = None


@dataclass(frozen=True, slots=True)
class ReplaceCredentials:
    """Other credentials for the same account."""

    id: str
    credentials: AnyCredentials = field(repr=False)
