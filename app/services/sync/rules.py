"""What an operator sets about connected systems."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from app.domain.sync.runs import Rhythm

REQUESTS_PER_HOUR: Final = 3_000
SETTLES: Final = timedelta(seconds=200)
"""Kantata works on a request for up to three minutes: until then a write may still be done."""


@dataclass(frozen=True, slots=True)
class SyncRules:
    """The keys that seal, further hosts of vendors, and how often they are asked.

    ``settles``: for how long a write of which nobody knows may still be done.
    """

    keys: Sequence[str] = field(default=(), repr=False)
    hosts: frozenset[str] = frozenset()
    rhythm: Rhythm = field(default_factory=Rhythm)
    requests_per_hour: int = REQUESTS_PER_HOUR
    settles: timedelta = SETTLES
