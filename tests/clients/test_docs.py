"""docs/clients.md shows what is run."""

from tests.clients.snippets import PAGE, PLACE, REGION, with_snippets
from tests.clients.tools import CLIENTS, PROJECT


def test_the_snippets_are_those_of_the_clients():
    page = PAGE.read_text()

    assert page == with_snippets(page), "python tests/clients/snippets.py writes them anew"


def test_no_client_is_left_out():
    scripts = [
        path
        for folder in (CLIENTS, CLIENTS / "relay", CLIENTS / "codegen", CLIENTS / "ariadne")
        for path in folder.iterdir()
        if path.suffix in {".mjs", ".ts", ".py"} and REGION.search(path.read_text())
    ]
    shown = {place["file"] for place in PLACE.finditer(PAGE.read_text())}

    assert len(scripts) >= 7
    assert {str(path.relative_to(PROJECT)) for path in scripts} <= shown
