"""What the house promises about its rooms, beside the import contracts of pyproject.toml."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 50
MOST_ROOMS_OF_A_STOREY = 7

LISTS = {
    "app/db/schema/tables.py": "a table for each noun",
    "app/settings.py": "a field with its description for each setting",
}
"""Files that are as long as what they list."""


def sources() -> Iterator[Path]:
    for package in ("app", "graphql_schema"):
        for path in (PROJECT / package).rglob("*.py"):
            if not {"node_modules", "versions"} & set(path.parts):
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def test_no_file_is_longer_than_one_can_read_in_a_sitting():
    too_long = [
        f"{name_of(path)}: {lines} lines"
        for path in sources()
        if (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES_OF_A_FILE
        and name_of(path) not in LISTS
    ]

    assert too_long == []


def test_no_function_is_longer_than_a_screen():
    too_long = [
        f"{name_of(path)}: {node.name} has {lines} lines"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]

    assert too_long == []


def test_what_is_exempt_is_still_there_and_too_long():
    for name in LISTS:
        assert len((PROJECT / name).read_text("utf-8").splitlines()) > MOST_LINES_OF_A_FILE


def test_the_database_has_few_rooms():
    rooms = [path for path in (PROJECT / "app" / "db").iterdir() if (path / "__init__.py").exists()]

    assert 1 < len(rooms) <= MOST_ROOMS_OF_A_STOREY


@pytest.mark.parametrize("package", ["app/edge", "app/rest", "app/web", "graphql_schema"])
def test_the_callers_of_requests_are_made_in_one_place(package):
    """Everything that is asked by request gets its caller from app/authentication/callers.py."""
    makers = [
        name_of(path)
        for path in (PROJECT / package).rglob("*.py")
        if "node_modules" not in path.parts
        and re.search(r"caller import .*\bLOCAL\b|\bCaller\(", path.read_text("utf-8"))
    ]

    assert makers == []
