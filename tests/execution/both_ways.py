"""One gateway over one database, run with compiled operations or by graphql-core alone."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from app import main
from app.db.connections.database import Database
from app.db.connections.engines import create_engine
from app.domain.sync.failures import FailureKind, VendorFailure
from app.services.caller import LOCAL, Caller
from graphql_schema.context import Context, Services
from graphql_schema.execution.deviations import CannotCompile, Cause
from graphql_schema.http.errors import NotRun
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operation, Operations
from graphql_schema.http.parameters import Parameters
from graphql_schema.schema import schema

TODAY: Final = date(2026, 11, 2)
LEFTOVER_SECONDS: Final = 2
_FAULT: Final = re.compile(r"[0-9a-f]{32}")

UNCOMPILED: Final = CannotCompile(Cause.INTROSPECTION, "so that graphql-core answers")
PATIENT: Final = Limits(query_seconds=600, mutation_seconds=600)
"""How long an answer takes on a machine that others use is no difference."""
OPERATIONS: Final = Operations(schema, PATIENT, hides_suggestions=True, introspection=True)

Tables = dict[str, list[dict[str, Any]]]


class Fate:
    """Time and chance, the same for both gateways: set before each operation.

    No turn comes twice over the same data, for ids are made of it.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.turn = 0
        self.set(0)
        # The machine's own chance, of which ids and links are made.
        patch.setattr("os.urandom", self._bytes)
        patch.setattr("random._urandom", self._bytes)
        patch.setattr(main, "now", lambda: self._now)

    def set(self, turn: int) -> None:
        """Make it so many seconds past the start."""
        self._chance = Random(turn)  # noqa: S311 - no secret
        self._now = datetime(2026, 11, 2, 9, tzinfo=UTC) + timedelta(seconds=turn)

    def _bytes(self, size: int) -> bytes:
        return self._chance.randbytes(size)


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of an operation."""

    answer: Any
    was_compiled: bool = False


class Away:
    """No vendor can be reached: documents that connect one are made by chance."""

    def open(self, *_: object) -> Any:
        raise VendorFailure(FailureKind.UNREACHABLE, "It cannot be reached.")


class Gateway:
    """Runs operations as the endpoint does."""

    def __init__(
        self, services: Services, *, compiles: bool, operations: Operations = OPERATIONS
    ) -> None:
        self.services = services
        self._compiles = compiles
        self._operations = operations

    async def run(
        self, operation: Operation, variables: Mapping[str, Any], caller: Caller = LOCAL
    ) -> Ran:
        """Run an operation that may be shared with the other gateway."""
        operation = operation if self._compiles else replace(operation, compiled=UNCOMPILED)
        executions = self._operations.executions
        compiled_before = executions.compiled
        try:
            answer = await self._operations.run(
                operation, Parameters(variables=dict(variables)), Context(self.services, caller)
            )
        except NotRun as refusal:
            return Ran(refusal.answer)
        return Ran(_settled(answer), executions.compiled > compiled_before)

    async def ask(self, query: str, **variables: Any) -> Any:
        """Return the answer."""
        operation = self._operations.prepare(Parameters(query, None, variables))
        return (await self.run(operation, variables)).answer


@asynccontextmanager
async def gateway(url: str, *, compiles: bool) -> AsyncIterator[Gateway]:
    """Build everything over a database."""
    database = Database(url)
    try:
        services = main.build_services(database)
        away = replace(services.upstreams, vendors=Away())
        yield Gateway(replace(services, upstreams=away), compiles=compiles)
    finally:
        await database.close()


@asynccontextmanager
async def both_gateways(urls: tuple[str, str]) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """Build the one that compiles and the one that does not."""
    before = set(threading.enumerate())
    async with (
        gateway(urls[0], compiles=True) as compiling,
        gateway(urls[1], compiles=False) as reference,
    ):
        yield compiling, reference
    # Where an error leaves no data, graphql-core drops what it had begun, and a driver's
    # thread may still be at it: it must not outlive the event loop.
    for thread in set(threading.enumerate()) - before:
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, LEFTOVER_SECONDS)


async def tables_of(url: str) -> Tables:
    """Everything that a database holds, by the names of its columns."""
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            return {
                name: sorted(
                    (dict(row._mapping) for row in await connection.execute(select(table))),  # noqa: SLF001
                    key=repr,
                )
                for name, table in SQLModel.metadata.tables.items()
            }
    finally:
        await engine.dispose()


def _settled(answer: Any) -> Any:
    """Return the answer without what is never the same.

    That is the ids of faults, and the order of errors: graphql-core has those of fields that
    run at the same time as they come.
    """
    for error in answer.get("errors", ()):
        extensions = error.get("extensions", {})
        if "errorId" in extensions:
            extensions["errorId"] = _FAULT.sub("…", extensions["errorId"])
    if "errors" in answer:
        answer["errors"].sort(key=json.dumps)
    return answer
