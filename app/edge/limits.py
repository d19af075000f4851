"""What a deployment may choose about connections and load; each is a setting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one client may do to one worker process, and how many clients there may be."""

    connections: int = 800  # below the 1,024 files that a process may usually open
    header_bytes: int = 32_768
    header_seconds: float = 10.0
    body_seconds: float = 15.0
    unread_answer_seconds: float = 30.0
    dropped_bytes: int = 67_108_864
    dropped_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How much one worker process takes on."""

    running: int = 16
    waiting: int = 64
    wait_seconds: float = 0.5
    standing_seconds: float = 0.01
    writing: int = 32
    refusals_per_second: float = 1800.0
    refused_seconds: float = 0.01
