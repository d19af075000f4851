"""Keeps the snippets of docs/clients.md and docs/webhooks.md those of the programs that are run.

`python tests/clients/snippets.py` writes them anew.
"""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "docs" / f"{name}.md" for name in ("clients", "webhooks")]

LANGUAGES = {".mjs": "js", ".ts": "ts", ".py": "python", ".toml": "toml"}

PLACE = re.compile(r"(?s)<!-- (?P<file>tests/clients/\S+) -->\n(?:\n```\w+\n.*?\n```\n)?")
REGION = re.compile(r"(?sm)^(?://|#) #region docs\n(?P<text>.*?)^(?://|#) #endregion")


def snippet(file):
    """Return what a page shows of a file: its region "docs", all of it if there is none."""
    text = (PROJECT / file).read_text()
    region = REGION.search(text)
    return (region["text"] if region else text).strip("\n")


def with_snippets(page):
    """Return the page, each snippet as the file before it has it."""

    def fence(place):
        file = place["file"]
        return f"<!-- {file} -->\n\n```{LANGUAGES[Path(file).suffix]}\n{snippet(file)}\n```\n"

    return PLACE.sub(fence, page)


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(with_snippets(each.read_text()))
