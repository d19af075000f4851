"""`timeoff explain`: what the gateway makes of a GraphQL operation."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.settings import Settings
    from graphql_schema.http.explanation import Explanation

EXAMPLES = """\b
Examples:
    timeoff explain list.graphql
    timeoff explain page.graphql --variables '{"first": 50}' --operation Page
    echo '{ users { totalCount } }' | timeoff explain -
"""


def explain_document(
    settings: "Settings", file: Path, variables: str | None, operation: str | None
) -> None:
    """Print what the operation becomes; exit with 1 and the answer if it is refused."""
    from graphql_schema.http.errors import NotAdmitted, NotRun  # noqa: PLC0415

    with click.open_file(str(file), "rb") as stream:
        document = stream.read()
    try:
        explanation = asyncio.run(_explanation(settings, document, variables, operation))
    except (NotAdmitted, NotRun) as refusal:
        click.echo(json.dumps(refusal.answer, indent=2, ensure_ascii=False))
        sys.exit(1)
    for line in explanation.lines():
        click.echo(line)


async def _explanation(
    settings: "Settings", document: bytes, variables: str | None, operation: str | None
) -> "Explanation":
    """Build what answers requests, as the server does, over a database that is never asked."""
    from app.db.connections.database import Database  # noqa: PLC0415
    from app.main import build_operations, build_services  # noqa: PLC0415
    from app.services.caller import COMMAND  # noqa: PLC0415
    from graphql_schema.context import Context  # noqa: PLC0415
    from graphql_schema.http.errors import NotAdmitted  # noqa: PLC0415
    from graphql_schema.http.explanation import explain  # noqa: PLC0415
    from graphql_schema.http.parameters import from_json, read_json  # noqa: PLC0415

    limits = settings.limits
    try:
        values = read_json(variables, limits) if variables else None
    except NotAdmitted as refusal:
        raise click.BadParameter(refusal.message, param_hint="--variables") from None
    given = {
        "query": document.decode("utf-8", "surrogateescape"),
        "operationName": operation,
        "variables": values,
    }
    parameters = from_json(given, limits)
    database = Database(settings.database_url, limits=settings.database_limits)
    try:
        context = Context(build_services(database, settings.storage_limits), COMMAND)
        return await explain(build_operations(settings), parameters, context, limits.cost)
    finally:
        await database.close()
