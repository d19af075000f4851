"""The figures of all worker processes of one gateway, whichever of them is scraped.

Each worker has a place, which is a locked file in a folder that they share, and writes its figures
there once a second; the one that is scraped reads them. A worker that
is started for one that died takes its place, so that its counters begin anew in the same series.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

FOLDER_VARIABLE: Final = "_TIMEOFF_FIGURES"
"""Where the workers find the folder. No setting: the process that starts them makes it."""

MOST_PLACES: Final = 1024

_LOOK: Final = "looking"
"""The file that is locked, for microseconds, by whoever looks which places are taken."""


class WorkerFigures:
    """One worker's place among all of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _looking(folder, fcntl.LOCK_EX):  # or a scrape would seem to have a place
            self._lock, self.place = _take_place(folder)
        self._file = folder / f"{self.place}.json"
        self._file.unlink(missing_ok=True)  # of the one that died

    def close(self) -> None:
        """Leave the place; the system does so for a process that is killed."""
        self._lock.close()

    def write(self, figures: Mapping[str, Any]) -> None:
        """Leave the figures of this moment for whoever is scraped."""
        new = self._file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps({"pid": os.getpid(), **figures}))
        new.replace(self._file)

    def others(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield the place and the figures of every other worker that lives, in order."""
        for path in sorted(self._folder.glob("*.json"), key=lambda each: int(each.stem)):
            place = int(path.stem)
            if place == self.place or not self._is_taken(place):
                continue
            with suppress(OSError, ValueError):
                yield place, json.loads(path.read_text())

    def _is_taken(self, place: int) -> bool:
        with (
            _looking(self._folder, fcntl.LOCK_SH),
            (self._folder / f"{place}.lock").open("rb") as file,
        ):
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False


@contextmanager
def _looking(folder: Path, how: int) -> Iterator[None]:
    """Keep others from taking places meanwhile, or also from looking at them."""
    with (folder / _LOOK).open("ab") as file:
        fcntl.flock(file, how)
        yield


def _take_place(folder: Path) -> tuple[IO[bytes], int]:
    for place in range(MOST_PLACES):
        file = (folder / f"{place}.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
        else:
            return file, place
    raise RuntimeError("no place is free")
