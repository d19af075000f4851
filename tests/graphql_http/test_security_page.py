"""docs/security.md names tests that exist, and no promise is without one."""

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions_of(file):
    tree = ast.parse((PROJECT / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


def test_every_test_that_it_names_exists():
    named = NAMED.findall(PAGE)

    assert len(named) > 30
    assert [(file, name) for file, name in named if name not in functions_of(file)] == []


def test_every_promise_has_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith("| Promise")]

    assert len(promises) > 20
    assert [row for row in promises if not NAMED.search(row)] == []
