"""docs/clients.md and docs/webhooks.md show what is run."""

import subprocess
import sys

import pytest

from tests.clients.snippets import PAGES, PLACE, REGION, snippet, with_snippets
from tests.clients.tools import CLIENTS, PROJECT


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_snippets_are_those_of_what_is_run(path):
    page = path.read_text()

    assert PLACE.search(page)
    assert page == with_snippets(page), "python tests/clients/snippets.py writes them anew"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_python_snippet_imports_what_it_uses(path):
    """Or whoever copies it has a NameError instead of a client."""
    files = {place["file"] for place in PLACE.finditer(path.read_text())}
    undefined = {
        file: found
        for file in sorted(files)
        if file.endswith(".py") and (found := undefined_names(snippet(file)))
    }

    assert undefined == {}
    assert [file for file in files if file.endswith(".py")]


def undefined_names(code):
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821"]
    found = subprocess.run(
        [*ruff, "--output-format", "concise", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout if found.returncode else ""


def test_no_client_is_left_out():
    scripts = [
        path
        for folder in (CLIENTS, CLIENTS / "relay", CLIENTS / "codegen", CLIENTS / "ariadne")
        for path in folder.iterdir()
        if path.suffix in {".mjs", ".ts", ".py"} and REGION.search(path.read_text())
    ]
    shown = {place["file"] for page in PAGES for place in PLACE.finditer(page.read_text())}

    assert len(scripts) >= 9
    assert {str(path.relative_to(PROJECT)) for path in scripts} <= shown
