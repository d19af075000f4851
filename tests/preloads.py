"""Libraries between a server and its system: one sets its clock, one has its calls fail."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import IN_CI

FAKETIME: Final = "faketime/libfaketimeMT.so.1"
FIU: Final = ("fiu_run_preload.so", "fiu_posix_preload.so")
_FOLDERS: Final = (*Path("/usr/lib").glob("*-linux-gnu"), *map(Path, ("/usr/lib", "/usr/lib64")))


class Clock:
    """The wall clock of a server that runs under libfaketime, which goes on from where it is set.

    Its monotonic clock is the system's, as it is for a machine whose clock is set.
    """

    def __init__(self, folder: Path, zone: str = "UTC") -> None:
        self._file = folder / "clock"
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": _found(FAKETIME, "faketime"),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds: else the file is read each time it is asked
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",  # else every module is older than its source, and compiled anew
            "TZ": zone,
        }

    def set(self, local: datetime) -> None:
        """Set it to a time of the server's zone, which is so within a second."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"@{local:%Y-%m-%d %H:%M:%S}\n")
        draft.replace(self._file)


@dataclass(frozen=True)
class Faults:
    """The calls into the system of a server that runs under libfiu."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What the server is started with."""
        names = (_found(f"fiu/{name}", "fiu-utils") for name in FIU)
        return {"LD_PRELOAD": " ".join(names), "FIU_CTRL_FIFO": str(self.folder / "fiu")}

    def fail_next(self, pid: int, call: str, error: int) -> None:
        """Have the next call of this name fail with an errno, and only that."""
        self._tell(pid, f"enable name={call},failinfo={error},onetime")

    def fail_no_more(self, pid: int, call: str) -> None:
        """Let the call pass again, if none has come to fail."""
        self._tell(pid, f"disable name={call}")

    def _tell(self, pid: int, command: str) -> None:
        program = ["fiu-ctrl", "-f", str(self.folder / "fiu"), "-c", command, str(pid)]
        subprocess.run(program, check=True, capture_output=True, env=os.environ)


def _found(name: str, package: str) -> str:
    """Return where a library is; without it a test is skipped, but in CI it fails."""
    for folder in _FOLDERS:
        if (folder / name).exists():
            return str(folder / name)
    missing = f"{name} was not found: apt-get install {package}"
    (pytest.fail if IN_CI else pytest.skip)(missing)
    raise AssertionError(missing)
