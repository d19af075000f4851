"""Who may still be wrong about who they are: failed credentials, counted for each peer."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil
from typing import Final

MINUTE: Final = 60.0
FAILED_PER_MINUTE: Final = 20
PEERS: Final = 4_096
"""Peers that are remembered; of more the one that has not failed for longest is forgotten."""
GOOD_CREDENTIALS: Final = 4_096
"""Credentials that worked, of which as much is remembered."""


class FailedCredentials:
    """Counts, in this process, the credentials of each peer that were looked at and were bad.

    A peer whose count is full has its credentials refused without a look (429), until less than
    ``most`` of them failed within the last 60 s; what is refused so is not counted. Behind one
    address may be a whole office, though: a credential that has worked before is looked at
    nevertheless, so that one client with a bad one keeps no others out.
    """

    def __init__(
        self, most: int = FAILED_PER_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def is_blocked(self, peer: str, digest: bytes | None = None) -> int | None:
        """Return the seconds to wait if the peer's credentials are not looked at now, else None.

        ``digest`` is the SHA-256 of the credential that came, if its face has one to show.
        """
        failures = self._failures.get(peer)
        if failures is None or len(failures) < self._most or digest in self._good:
            return None
        left = failures[0] + MINUTE - self._clock()
        return ceil(left) if left > 0 else None

    def count(self, peer: str, digest: bytes | None = None) -> None:
        """Note that a credential of the peer was looked at, and is bad."""
        if digest is not None:
            self._good.pop(digest, None)
        failures = self._failures.get(peer)
        if failures is None:
            failures = self._failures[peer] = deque(maxlen=self._most)
        failures.append(self._clock())
        self._failures.move_to_end(peer)
        if len(self._failures) > PEERS:
            self._failures.popitem(last=False)

    def remember_good(self, digest: bytes) -> None:
        """Note that the credential with this SHA-256 was looked at, and is good."""
        self._good[digest] = None
        self._good.move_to_end(digest)
        if len(self._good) > GOOD_CREDENTIALS:
            self._good.popitem(last=False)
