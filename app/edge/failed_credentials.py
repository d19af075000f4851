"""Who may still be wrong about who they are: failed credentials, counted for each peer."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

MINUTE: Final = 60.0
FAILED_PER_MINUTE: Final = 20
PEERS: Final = 4_096
"""Peers that are remembered; of more the one that has not failed for longest is forgotten."""
GOOD_CREDENTIALS: Final = 4_096
"""Credentials that worked, of which as much is remembered."""


AGAIN_SECONDS: Final = 5.0
"""After so long a bad credential is looked at again: it may have become good meanwhile."""


@dataclass(slots=True)
class _Failure:
    """A bad credential: when it was counted, and when it was last looked at."""

    counted_at: float
    seen_at: float


class FailedCredentials:
    """Counts, in this process, the different bad credentials of each peer.

    A peer with ``most`` of them within 60 s has its credentials refused without a look (429),
    until there are fewer; what is refused so is not counted. The same bad credential counts once
    a minute, however often it comes, and is looked at every 5 s at most: a client that was
    forgotten with an old one costs little, and keeps nobody out who shares its address. Neither
    does a peer that is blocked keep those out whose credentials have worked before.
    """

    def __init__(
        self, most: int = FAILED_PER_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._clock = clock
        self._failures: OrderedDict[str, dict[bytes, _Failure]] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def is_blocked(self, peer: str, digest: bytes) -> int | None:
        """Return the seconds to wait if the peer's credentials are not looked at now, else None.

        ``digest`` is the hash of the credential that came.
        """
        failures = self._failures.get(peer)
        if failures is None or len(failures) < self._most or digest in self._good:
            return None
        left = min(each.counted_at for each in failures.values()) + MINUTE - self._clock()
        return ceil(left) if left > 0 else None

    def was_just_bad(self, peer: str, digest: bytes) -> bool:
        """Say whether the peer's credential was looked at within the last 5 s, and was bad."""
        failure = self._failures.get(peer, {}).get(digest)
        return failure is not None and self._clock() < failure.seen_at + AGAIN_SECONDS

    def count(self, peer: str, digest: bytes) -> None:
        """Note that a credential of the peer was looked at, and is bad."""
        self._good.pop(digest, None)
        now = self._clock()
        before = self._failures.pop(peer, {})
        failures = {key: each for key, each in before.items() if now < each.counted_at + MINUTE}
        if digest in failures:
            failures[digest].seen_at = now
        elif len(failures) < self._most:
            failures[digest] = _Failure(now, now)
        self._failures[peer] = failures
        if len(self._failures) > PEERS:
            self._failures.popitem(last=False)

    def remember_good(self, digest: bytes) -> None:
        """Note that the credential with this hash was looked at, and is good."""
        self._good[digest] = None
        self._good.move_to_end(digest)
        if len(self._good) > GOOD_CREDENTIALS:
            self._good.popitem(last=False)
