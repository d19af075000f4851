"""The token of an administrator that an operator puts into a file, such as a mounted secret."""

import logging
from hmac import compare_digest
from pathlib import Path
from typing import Final

from app.authentication.credentials import Unauthenticated, bearer_of
from app.domain.access import PERMISSIONS_OF, AccessRole, CallerKind, Identity
from app.services.secrets import hash_of

_log: Final = logging.getLogger(__name__)

MIN_ADMIN_TOKEN_LENGTH: Final = 32
ADMIN_FILE: Final = "token:admin-file-"


class Unusable(Exception):
    """The file has no token that could be sent; the message says why, and nothing of its text."""


def read_admin_token(file: Path) -> str:
    """Return the token in the file, or raise Unusable."""
    try:
        kept = file.read_text("utf-8").strip()
    except FileNotFoundError:
        raise Unusable("is not there") from None
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise Unusable("is no text") from None
    if len(kept) < MIN_ADMIN_TOKEN_LENGTH:
        raise Unusable(f"has fewer than {MIN_ADMIN_TOKEN_LENGTH} characters")
    try:
        return bearer_of(f"Bearer {kept}").text
    except Unauthenticated:
        reason = "has what no Authorization header carries: letters, digits and -._~+/ are taken"
        raise Unusable(reason) from None


class AdminTokenFile:
    """Finds the administrator whose token is in the file.

    The file is read again at each look-up, so that another secret counts within seconds. That it
    cannot be used any more is logged once, and so is that it can be used again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._was_usable = True

    async def find(self, text: str) -> Identity | None:
        """Return the administrator if the text is the file's."""
        wanted = self._digest()
        if wanted is None or not compare_digest(hash_of(text), wanted):
            return None
        return Identity(
            CallerKind.TOKEN,
            _name(wanted),
            "administrator's token file",
            PERMISSIONS_OF[AccessRole.ADMIN],
            role=AccessRole.ADMIN,
        )

    def has(self, name: str) -> bool:
        """Say whether this is the name of who has the token that is in the file now."""
        digest = self._digest()
        return digest is not None and name == _name(digest)

    async def check(self) -> None:
        """Read the file, so that its faults are logged although nobody sends its token."""
        self._digest()

    def _digest(self) -> str | None:
        try:
            kept = read_admin_token(self._file)
        except Unusable as fault:
            if self._was_usable:
                _log.warning(
                    "TIMEOFF_ADMIN_TOKEN_FILE: %s %s; until that is mended it lets in nobody.",
                    self._file,
                    fault,
                )
            self._was_usable = False
            return None
        if not self._was_usable:
            _log.warning("TIMEOFF_ADMIN_TOKEN_FILE: %s can be used again.", self._file)
        self._was_usable = True
        return hash_of(kept)


def _name(digest: str) -> str:
    """Return the caller's name: another one for each secret, of which eight digits tell nothing."""
    return f"{ADMIN_FILE}{digest[:8]}"
