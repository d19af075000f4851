"""Callers as tests need them: of some companies, with some of the permissions."""

from app.domain.access import ALL_PERMISSIONS, CallerKind, Identity, OwnWorker, Permission
from app.services.caller import Caller


def caller(
    name: str,
    companies: frozenset[str] | None = None,
    *,
    reads_reasons: bool = False,
    permissions: frozenset[Permission] = ALL_PERMISSIONS,
    worker: OwnWorker | None = None,
) -> Caller:
    """Return a caller who may do everything in the companies, but reads reasons only if told."""
    if not reads_reasons:
        permissions -= {Permission.READ_REASONS}
    return Caller(
        Identity(CallerKind.TOKEN, name, name, permissions, companies=companies, worker=worker)
    )
