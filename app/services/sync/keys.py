"""The keys that seal credentials: those of the settings, or those in a file beside SQLite."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from app.db.connections.files import OWNER_ONLY_FILE
from app.domain.sync.refusals import SyncKeyMissing
from app.services.sync.sealing import new_key

FILE_SUFFIX: Final = "-sync-keys"
"""Behind the name of the database."""


@dataclass(frozen=True, slots=True)
class SyncKeys:
    """The keys of a gateway. ``file`` is where keys are made that nobody set; None: nowhere.

    Made by root, it belongs to whom the ``database`` belongs, who is to read it.
    """

    given: Sequence[str] = field(default=(), repr=False)
    file: Path | None = None
    database: Path | None = None

    def known(self) -> list[str]:
        """Return all that may have sealed something, the one that seals first.

        Those in the file open also where others are set meanwhile. Raises OSError.
        """
        return [*self.given, *self._read()]

    def to_seal(self) -> list[str]:
        """Return them, having made one where there is none, or raise SyncKeyMissing."""
        if not self.known():
            if self.file is None:
                raise SyncKeyMissing
            self._write(self.file, [new_key()])
        return self.known()

    def add_first(self) -> None:
        """Make a key, if that is ours to do, that seals from now on; the others still open."""
        if self.file is not None and not self.given:
            self._write(self.file, [new_key(), *self._read()], replaces=True)

    def keep_first(self) -> None:
        """Forget the other keys of the file, with which nothing is sealed any more."""
        if self.file is not None and (keys := self._read()):
            if self.given:
                self.file.unlink()
            else:
                self._write(self.file, keys[:1], replaces=True)

    def _read(self) -> list[str]:
        if self.file is None:
            return []
        try:
            text = self.file.read_text("ascii")
        except FileNotFoundError:
            return []
        return text.split()

    def _write(self, path: Path, keys: Sequence[str], *, replaces: bool = False) -> None:
        """Write the file whole, or not at all; what another process wrote meanwhile stays."""
        begun = path.with_name(f"{path.name}.{uuid4().hex}")
        opened = os.open(
            begun, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, OWNER_ONLY_FILE
        )
        try:
            with os.fdopen(opened, "w", encoding="ascii") as file:
                if self.database is not None and os.geteuid() == 0:
                    owner = self.database.stat()
                    os.fchown(opened, owner.st_uid, owner.st_gid)
                file.write("".join(f"{each}\n" for each in keys))
                file.flush()
                os.fsync(file.fileno())
            if replaces:
                begun.replace(path)
            else:
                with suppress(FileExistsError):
                    path.hardlink_to(begun)
        finally:
            begun.unlink(missing_ok=True)
