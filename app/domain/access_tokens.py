"""API tokens: how they are written, and what is known of each.

``tog_<8 id>_<43 secret>_<6 checksum>``: one double click takes it all, and a scanner for
leaked secrets can be sure that it has found one. The secret is 256 random bits.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import choice, randbits
from typing import Final, NamedTuple
from zlib import crc32

from app.domain.access import (
    PERMISSIONS_OF,
    AccessRole,
    CallerKind,
    Identity,
    OwnWorker,
    Permission,
)

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH: Final = 8
_SECRET_BITS: Final = 256
_SECRET_LENGTH: Final = 43
_CHECKSUM_LENGTH: Final = 6
_TOKEN: Final = re.compile(
    rf"tog_([0-9A-Za-z]{{{_ID_LENGTH}}})_[0-9A-Za-z]{{{_SECRET_LENGTH}}}"
    rf"_([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})",
    re.ASCII,
)

TOKEN_PREFIX: Final = "tog_"  # noqa: S105 - what every token begins with
LIFETIME: Final = timedelta(days=365)
"""Unless another is asked for."""
ROTATION_GRACE: Final = timedelta(hours=24)
"""How long the secret before a rotation still works."""


class NewToken(NamedTuple):
    """A token's id, and the text that is shown once."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What is kept of a token; of its secret only a hash, which is not among this.

    ``added`` and ``taken`` are permissions that it has beyond its role, or lacks. ``worker_id`` is
    the worker whose own time off it is for. ``expires_at`` None: never.
    """

    id: str
    name: str
    role: AccessRole
    added: frozenset[Permission]
    taken: frozenset[Permission]
    companies: frozenset[str] | None
    worker_id: str | None
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    rotated_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What whoever has the token may do."""
        return (PERMISSIONS_OF[self.role] | self.added) - self.taken

    @property
    def is_for_nobody(self) -> bool:
        """Whether it may write its own worker's time off, and has no worker."""
        may_write_own = Permission.WRITE_OWN_TIME_OFF in self.permissions
        may_write_all = Permission.WRITE_TIME_OFF in self.permissions
        return may_write_own and not may_write_all and self.worker_id is None

    def is_live(self, now: datetime) -> bool:
        """Say whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def identity(self, worker: OwnWorker | None) -> Identity:
        """Return who whoever has the token is; ``worker`` is the one that ``worker_id`` names."""
        return Identity(
            kind=CallerKind.TOKEN,
            name=f"token:{self.id}",
            label=self.name,
            permissions=self.permissions,
            companies=self.companies,
            role=self.role,
            worker=worker,
            expires_at=self.expires_at,
        )


def new_id() -> str:
    """Return the id of a new token; it is no secret."""
    return "".join(choice(_DIGITS) for _ in range(_ID_LENGTH))


def is_id(text: str) -> bool:
    r"""Say whether a token could have this id.

    >>> [is_id(text) for text in ("ab12cd34", "ab12cd3", "ab12cd3\0", "ab12cd3\ud800")]
    [True, False, False, False]
    """
    return len(text) == _ID_LENGTH and all(letter in _DIGITS for letter in text)


def new_token(id_: str) -> NewToken:
    """Return a token of this id with a new secret."""
    body = f"{TOKEN_PREFIX}{id_}_{_base62(randbits(_SECRET_BITS), _SECRET_LENGTH)}"
    return NewToken(id_, f"{body}_{_checksum(body)}")


def id_of_token(text: str) -> str | None:
    """Return the id that a token names; None for what cannot be one, as after a slip of a key.

    >>> id_of_token("tog_ab12cd34_" + "0" * 43 + "_000000") is None
    True
    >>> id_of_token(new_token("ab12cd34").text)
    'ab12cd34'
    """
    found = _TOKEN.fullmatch(text)
    if found is None or _checksum(text[: -_CHECKSUM_LENGTH - 1]) != found[2]:
        return None
    return found[1]


def _checksum(body: str) -> str:
    return _base62(crc32(body.encode("ascii")), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
