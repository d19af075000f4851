"""Names every request: by its own ``X-Request-Id``, or by one that is made here.

Whoever has a question about an answer says the id; the log, the change feed and the audit have
it too.
"""

import os
import re
from collections.abc import Collection
from itertools import count
from operator import itemgetter
from secrets import token_hex
from typing import Final

HEADER: Final = "X-Request-Id"
MOST_CHARACTERS: Final = 128

RAW_HEADER: Final = HEADER.lower().encode("ascii")
_name_of: Final = itemgetter(0)
_is_safe: Final = re.compile(rb"[A-Za-z0-9._~+/=:@-]{1,%d}" % MOST_CHARACTERS).fullmatch
"""No blank, quote, comma or control character: it stands in headers and lines as it is."""


class _Ids:
    """Ids that no other process makes: cheap, and not meant to be hard to guess."""

    def __init__(self) -> None:
        self.begin()
        # A process that is split in two would go on with the same ids in both.
        os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        """Begin anew, with a prefix that no other process has."""
        self._prefix = f"{token_hex(6)}-"
        self._numbers = count(1)

    def make(self) -> str:
        """Return the next one."""
        return f"{self._prefix}{next(self._numbers):x}"


made_id: Final = _Ids().make
"""Returns a new id, such as ``5f0c1d9a7b3e-2a``."""


def sent_id(headers: Collection[tuple[bytes, bytes]]) -> str | None:
    """Return the id that a request brings; None if it is unsafe, or there are several.

    >>> sent_id([(b"host", b"x"), (b"x-request-id", b"order:17/a=b")])
    'order:17/a=b'
    >>> sent_id([(b"x-request-id", b'"a b"')]), sent_id([(b"x-request-id", b"a")] * 2)
    (None, None)
    """
    if RAW_HEADER not in map(_name_of, headers):  # most requests: a fifth of the time of a loop
        return None
    found = [value for name, value in headers if name == RAW_HEADER]
    return found[0].decode("ascii") if len(found) == 1 and _is_safe(found[0]) else None
