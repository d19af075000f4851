"""The import contracts of pyproject.toml: what a list there must name is named."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def test_the_contract_that_keeps_rows_in_app_db_is_about_everything_else():
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    (contract,) = (
        each
        for each in contracts["tool"]["importlinter"]["contracts"]
        if each["name"] == "Rows, SQL and drivers stay in app.db"
    )

    modules = {
        f"app.{path.stem}"
        for path in (PROJECT / "app").iterdir()
        if (path / "__init__.py").is_file() or path.suffix == ".py"
    }
    assert set(contract["source_modules"]) == modules - {"app.db", "app.__init__"} | {
        "graphql_schema"
    }
