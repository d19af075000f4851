"""docs/execution.md shows what is really generated."""

import ast
import asyncio
import linecache
import re
from pathlib import Path

from app import main
from app.db.connections.database import Database
from app.services.caller import LOCAL
from graphql_schema.context import Context
from graphql_schema.http.explanation import Explanation, explain
from graphql_schema.http.limits import Limits
from graphql_schema.http.parameters import Parameters
from tests.execution.test_hostile_documents import new_operations

PAGE = Path(__file__).parents[2] / "docs" / "execution.md"
NOWHERE = "sqlite+aiosqlite:///nowhere.db"
"""Never opened: an explanation asks no database."""


def shown(language: str) -> str:
    fenced = re.compile(rf"^```{language}\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
    (block,) = fenced.findall(PAGE.read_text("utf-8"))
    return str(block)


async def explained(query: str) -> tuple[Explanation, list[str]]:
    """What an operation becomes, and the sources that are generated for it."""
    before = {*linecache.cache}
    operations, database = new_operations(), Database(NOWHERE)
    try:
        context = Context(main.build_services(database), LOCAL)
        explanation = await explain(operations, Parameters(query), context, Limits().cost)
        new = [name for name in linecache.cache if name not in before and name[0] == "<"]
        return explanation, ["".join(linecache.getlines(name)) for name in new]
    finally:
        await database.close()


def test_the_page_shows_what_is_generated():
    explanation, sources = asyncio.run(explained(shown("graphql")))

    (root,) = explanation.roots
    (statement,) = root.statements
    assert [line.strip() for line in shown("sql").splitlines()] == [
        line.strip() for line in statement.splitlines()
    ]
    # The page is formatted as all Python here is: what counts is what it says.
    (source,) = sources
    assert ast.unparse(ast.parse(source)) == ast.unparse(ast.parse(shown("python")))
