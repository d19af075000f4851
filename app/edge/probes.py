"""Which requests are answered before all others, whoever else waits."""

from starlette.types import Scope

from app.edge.root_path import path_below_root

LIVE_PATH = "/health/live"
READY_PATH = "/health/ready"
METRICS_PATH = "/metrics"
FIRST_PATHS = frozenset({LIVE_PATH, READY_PATH, METRICS_PATH})
_PROBED = frozenset({LIVE_PATH, READY_PATH})


def is_probe(scope: Scope) -> bool:
    """Say whether an orchestrator or a load balancer asks how we are."""
    return path_below_root(scope) in _PROBED


def goes_first(scope: Scope) -> bool:
    """Say whether it is a probe, or for the figures: they are wanted most when all is busy."""
    return path_below_root(scope) in FIRST_PATHS
