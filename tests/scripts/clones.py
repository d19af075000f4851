"""Copies of the project as a fresh clone has it."""

import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def copy_project(folder: Path) -> None:
    """Put the project's own files there, without anything that was made from them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        file = PROJECT / name
        if file.is_file() or file.is_symlink():  # app/web/docs leads to the guides
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / name, follow_symlinks=False)
