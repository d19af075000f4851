"""Puts what was measured into the pages that show it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scripts.benchmarks.servers import PROJECT

COMPARISON: Final = PROJECT / "docs" / "performance.md"
PICTURE: Final = PROJECT / "docs" / "images" / "performance.svg"
SCALE: Final = PROJECT / "docs" / "scaling.md"


def show(page: Path, command: str, lines: Sequence[str]) -> None:
    """Replace the output of a command in a page, between its two marks."""
    text = page.read_text()
    start, end = f"<!-- {command} -->\n", f"<!-- end of {command} -->"
    before, found, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        msg = f"{page} has no place for the output of {command}"
        raise LookupError(msg)
    shown = "\n".join(lines).strip("\n")
    output = f"```text\n{shown}\n```\n"
    page.write_text(f"{before}{start}{output}{end}{after}")
