"""The connection to PostgreSQL is cut at each question of a mutation: it is whole or not at all.

Once so that the question is lost, and once so that its answer is: of a commit, nobody who asked
knows then whether it was done.
"""

import asyncio
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from tests.access.samples import MUTATIONS, mutation
from tests.access.two_workers import two_workers
from tests.graphql_http.clients import over_http
from tests.process.outages import PAUSE, READ
from tests.proxy import proxied

pytestmark = [pytest.mark.only_on("postgresql"), pytest.mark.process]

OF_ENOUGH = ("createTimeOffEntries", "updatePersonTimeOff")
"""What the short form asks: a batch, and a record with its days."""

INPUTS = {
    **{name: input_.removesuffix(", dryRun: true") for name, input_ in MUTATIONS.items()},
    "deleteHolidays": 'ids: ["3"]',
    "upsertCompanies": 'companies: [{sourceId: "<company>", name: "Brick"}]',
    "upsertRoles": 'roles: [{sourceId: "5", companyId: "<company>", name: "Mason"}]',
}
DONE: dict[str, Any] = {"data": {"answer": {"userErrors": []}}}
FEWEST_QUESTIONS = 3
"""To begin, to write and to commit."""

REFUSED = frozenset(
    {
        "restoreOccurrence",
        "deleteDiscrepancyAcknowledgement",
        "deleteWorkweeks",
        "unlinkWorker",
        "testWebhook",
        "rotateApiToken",
        "revokeApiToken",
    }
)
"""Those whose samples ask for what is not there."""

Tables = Mapping[str, tuple[int, str]]
"""Of each table how many rows it has, and a digest of them."""


class Stored:
    """The database as it is, read and put back past the gateway."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._tables = [each.name for each in SQLModel.metadata.sorted_tables]

    async def keep(self) -> None:
        """Remember the rows that there are."""
        await self._connection.execute("CREATE SCHEMA kept")
        for each in self._tables:
            await self._connection.execute(f"CREATE TABLE kept.{each} AS TABLE {each}")
        # Whoever is cut off may hold his locks for a moment; foreign keys hold as before.
        await self._connection.execute("SET session_replication_role = replica")

    async def put_back(self) -> None:
        """Have the rows again that were remembered."""
        await self._connection.execute(
            "; ".join(
                f"DELETE FROM {each}; INSERT INTO {each} TABLE kept.{each}"  # noqa: S608
                for each in self._tables
            )
        )

    async def tables(self) -> Tables:
        """Return how the tables are now."""
        selects = [
            f"SELECT '{each}', count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) "  # noqa: S608
            f"FROM {each} AS row"
            for each in self._tables
        ]
        rows = await self._connection.fetch(" UNION ALL ".join(selects))
        return {name: (rows_, digest) for name, rows_, digest in rows}


@asynccontextmanager
async def stored_in(database_url):
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as its:
        yield Stored(its)


def changed(before, after):
    return {name for name, state in after.items() if state != before[name]}


def grown(before, after):
    return {name: rows - before[name][0] for name, (rows, _) in after.items()}


@pytest.fixture
def beginnings():
    return {"whose": two_workers}


@pytest.fixture
def whose(templates):
    return templates.filled(two_workers)[1]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in OF_ENOUGH else pytest.mark.long)
        for name in INPUTS
        if name not in REFUSED
    ],
)
async def test_a_mutation_is_whole_or_not_at_all_wherever_it_is_cut(database_url, whose, name):
    document = mutation(name, whose["1"], INPUTS)
    async with (
        proxied(database_url) as proxy,
        stored_in(database_url) as stored,
        over_http(proxy.url, auth="off") as http,
    ):
        await proxy.see_commits(1)  # of the start, where old keys are forgotten
        await stored.keep()
        before = await stored.tables()
        is_keyed = await takes_key(http, document)
        await stored.put_back()
        assert (await ask(http, document, is_keyed and "undisturbed")).json() == DONE
        after = await stored.tables()
        whole, growth = changed(before, after), grown(before, after)
        assert whole
        await stored.put_back()
        for loses_answer in (False, True):
            questions = 0
            while True:
                key = is_keyed and f"{questions} {loses_answer}"
                await ask_on(http, READ)  # it has got over the last cut
                proxy.cut_at(questions + 1, loses_answer=loses_answer)
                answer = await ask(http, document, key)
                is_cut = proxy.has_cut()
                hold_what_is_told(answer, changed(before, await stored.tables()), whole)
                if is_keyed:  # done once, whatever became of it before
                    assert (await ask_on(http, document, key)).json() == DONE
                    assert grown(before, await stored.tables()) == growth
                await stored.put_back()
                if is_cut:
                    questions += 1
                elif answer.status_code == httpx.codes.OK:
                    break
            assert questions >= FEWEST_QUESTIONS


def hold_what_is_told(answer, changes, whole):
    """Hold that a mutation was done or was not, and that its answer says which as far as it can."""
    told = answer.json()
    code = told["errors"][0]["extensions"]["code"] if "errors" in told else None
    if code is None:
        assert told == DONE
        assert changes == whole
    elif code == "SERVICE_UNAVAILABLE":
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert not changes
    else:
        assert code in {"OUTCOME_UNKNOWN", "ANSWER_INCOMPLETE"}
        assert changes in ([whole] if code == "ANSWER_INCOMPLETE" else [set(), whole])


async def takes_key(http, document):
    answer = await ask(http, document, "tried")
    return "IDEMPOTENCY_KEY_NOT_TAKEN" not in answer.text


async def ask(http, document, key):
    return await http.post(document, headers={"Idempotency-Key": key} if key else {})


async def ask_on(http, document, key=None):
    """Ask again as long as the gateway says that it is the database's outage."""
    async with asyncio.timeout(60):
        while True:
            answer = await ask(http, document, key)
            if answer.status_code == httpx.codes.OK:
                return answer
            await asyncio.sleep(PAUSE)
