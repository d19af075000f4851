"""What a deployment may choose about its database; each is a setting that the README lists."""

from dataclasses import dataclass
from typing import Final

CONNECT_SECONDS: Final = 3.0
"""How long a connection to PostgreSQL may take to open, unless its URL says connect_timeout."""


@dataclass(frozen=True, slots=True)
class DatabaseLimits:
    """How long a database may keep a request, or a probe, waiting."""

    pool_size: int = 10
    pool_for_reads: int = 3
    connect_seconds: float = CONNECT_SECONDS
    wait_seconds: float = 30.0
    probe_seconds: float = 1.5
    read_lag_seconds: float = 10.0
