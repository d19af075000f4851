"""Which requests are health probes: answered before all others, whoever else waits."""

from starlette.types import Scope

LIVE_PATH = "/health/live"
READY_PATH = "/health/ready"


def is_probe(scope: Scope) -> bool:
    """Say whether an orchestrator or a load balancer asks how we are."""
    return scope["path"] in {LIVE_PATH, READY_PATH}
