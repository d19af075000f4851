"""The README and the guides of docs/, taken apart into what a reader runs, writes or compares."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.server import TIMEOFF, clean_environment

PROJECT: Final = Path(__file__).parents[1]
README: Final = PROJECT / "README.md"
DOCS: Final = PROJECT / "docs"
SHOWN_AT: Final = "http://127.0.0.1:8000"
"""Where the pages say that the gateway is."""
SHELLS: Final = {"sh", "bash"}

_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME: Final = re.compile(r"`([\w./-]+)`:\n\n\Z")
_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: under which heading of the second level, and the file that it is, if one."""

    section: str
    language: str
    text: str
    file: str | None
    line: int


def pages() -> list[Path]:
    """Return the README and every guide there is, also those of tomorrow."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in their order."""
    text = page.read_text("utf-8")
    for match in _BLOCK.finditer(text):
        before = text[: match.start()]
        headings = _HEADING.findall(before)
        name = _FILE_NAME.search(before)
        yield Block(
            headings[-1] if headings else "",
            match[1],
            match[2],
            name[1] if name else None,
            before.count("\n") + 1,
        )


def shell(
    script: str, folder: Path, gateway: str = SHOWN_AT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run what a reader types, in their folder, with `timeoff` at hand and no variable of ours.

    What the pages call ``scripts/timeoff`` is that of this checkout.
    """
    script = script.replace("scripts/timeoff ", f"{PROJECT}/scripts/timeoff ")
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(SHOWN_AT, gateway)],
        cwd=folder,
        env=_of_a_reader() | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _of_a_reader() -> dict[str, str]:
    return clean_environment() | {"PATH": f"{TIMEOFF.parent}:{os.environ['PATH']}"}
