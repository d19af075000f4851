"""docs/clients.md and docs/webhooks.md show what is run."""

import pytest

from tests.clients.snippets import PAGES, PLACE, REGION, with_snippets
from tests.clients.tools import CLIENTS, PROJECT


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_snippets_are_those_of_what_is_run(path):
    page = path.read_text()

    assert PLACE.search(page)
    assert page == with_snippets(page), "python tests/clients/snippets.py writes them anew"


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
