"""A mutation of which one call to the database after the other fails: it is whole, or not at all.

What there is of everything that the samples of tests/access ask for, the tables as they are, and
what is held after each failure.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import asyncpg
import httpx
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from tests.access.samples import MUTATIONS, Whose
from tests.access.two_workers import two_workers
from tests.builders import COMPANY, MONDAY, OTHER_PERSON, WEDNESDAY, node_id
from tests.graphql.api import Ask, api, put_person_time_off
from tests.graphql_http.clients import Http
from tests.process.outages import PAUSE, READ
from tests.process.stored import refuse_violations

INPUTS = {
    **{name: input_.removesuffix(", dryRun: true") for name, input_ in MUTATIONS.items()},
    "deleteHolidays": 'ids: ["3"]',
    "upsertCompanies": 'companies: [{sourceId: "<company>", name: "Brick"}]',
    "upsertRoles": 'roles: [{sourceId: "5", companyId: "<company>", name: "Mason"}]',
    "restoreOccurrence": 'id: "<series>", originalDay: "<skipped>"',
    "deleteDiscrepancyAcknowledgement": 'ids: ["<acknowledgement>"]',
    "deleteWorkweeks": 'ids: ["<workweek>"]',
    "unlinkWorker": 'workerId: "<linked>"',
    "rotateApiToken": 'id: "<token>"',
    "revokeApiToken": 'id: "<token>"',
}
POSTS = "testWebhook"
"""The one that does something beside the database."""

DONE: dict[str, Any] = {"data": {"answer": {"userErrors": []}}}
FEWEST_CALLS = 3
"""To begin, to write and to commit."""

Tables = Mapping[str, tuple[int, str]]
"""Of each table how many rows it has, and a digest of them."""


@dataclass(frozen=True, kw_only=True)
class Everything(Whose):
    """Whose data a call is about, and of what else there is one for it."""

    series: str
    skipped: str
    acknowledgement: str
    workweek: str
    linked: str
    token: str


def everything(database_url: str) -> Everything:
    """Store two workers, and one of everything that a mutation may ask for."""
    whose = two_workers(database_url)
    return asyncio.run(_add(database_url, whose["1"]))


async def _add(database_url: str, whose: Whose) -> Everything:
    async with api(database_url) as ask:
        linked = node_id("Worker", "U2")
        await _answered(
            ask,
            f'linkWorker(input: {{userId: "2", personId: "{OTHER_PERSON}"}}) {{ worker {{ id }}',
        )
        skipped = str(date.fromisoformat(WEDNESDAY) + timedelta(weeks=1))
        until = str(date.fromisoformat(WEDNESDAY) + timedelta(weeks=3))
        series = await put_person_time_off(
            ask,
            personId=OTHER_PERSON,
            startDay=WEDNESDAY,
            endDay=WEDNESDAY,
            repeat="WEEKLY",
            cadence=1,
            repeatEndDay=until,
        )
        await _answered(
            ask,
            f'deletePersonTimeOff(input: {{id: "{series}", scope: ONE, originalDay: "{skipped}"}}) '
            "{ deletedId",
        )
        days = f'days: [{{workerId: "{linked}", date: "{MONDAY}"}}]'
        made = await _answered(
            ask, f"acknowledgeDiscrepancy(input: {{{days}}}) {{ acknowledgements {{ id }}"
        )
        given = f'name: "x", role: VIEWER, companyIds: ["{COMPANY}"]'
        token = await _answered(ask, f"createApiToken(input: {{{given}}}) {{ apiToken {{ id }}")
        weeks = (await ask("{ workweeks { nodes { id } } }"))["data"]["workweeks"]["nodes"]
    return Everything(
        **asdict(whose),
        series=series,
        skipped=skipped,
        acknowledgement=made["acknowledgements"][0]["id"],
        workweek=weeks[0]["id"],
        linked=linked,
        token=token["apiToken"]["id"],
    )


async def _answered(ask: Ask, call: str) -> Any:
    """Return the payload of a mutation that is written up to the last of its fields."""
    answer = await ask(f"mutation {{ answer: {call} userErrors {{ code path }} }} }}")
    assert answer["data"]["answer"]["userErrors"] == [], answer
    return answer["data"]["answer"]


class Stored(Protocol):
    """The database as it is, read and put back past the gateway."""

    async def keep(self) -> None:
        """Remember the rows that there are."""

    async def put_back(self) -> None:
        """Have the rows again that were remembered."""

    async def tables(self) -> Tables:
        """Return how the tables are now."""


NAMES = [each.name for each in SQLModel.metadata.sorted_tables]
PUT_BACK = "; ".join(
    f"DELETE FROM {each}; INSERT INTO {each} SELECT * FROM kept.{each}"  # noqa: S608 - our own tables
    for each in NAMES
)


class InPostgres:
    """Of PostgreSQL."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def keep(self) -> None:
        await self._connection.execute("CREATE SCHEMA kept")
        for each in NAMES:
            await self._connection.execute(f"CREATE TABLE kept.{each} AS TABLE {each}")
        # Whoever is cut off may hold his locks for a moment; foreign keys hold as before.
        await self._connection.execute("SET session_replication_role = replica")

    async def put_back(self) -> None:
        await self._connection.execute(PUT_BACK)

    async def tables(self) -> Tables:
        selects = [
            f"SELECT '{each}', count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) "  # noqa: S608
            f"FROM {each} AS row"
            for each in NAMES
        ]
        rows = await self._connection.fetch(" UNION ALL ".join(selects))
        return {name: (rows_, digest) for name, rows_, digest in rows}


class InSqlite:
    """Of a file, on a connection that holds no foreign keys."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def keep(self) -> None:
        self._connection.execute("ATTACH ':memory:' AS kept")
        for each in NAMES:
            self._connection.execute(f"CREATE TABLE kept.{each} AS SELECT * FROM main.{each}")  # noqa: S608

    async def put_back(self) -> None:
        self._connection.executescript(f"BEGIN IMMEDIATE; {PUT_BACK}; COMMIT")

    async def tables(self) -> Tables:
        found = {}
        for each in NAMES:
            rows = sorted(map(repr, self._connection.execute(f"SELECT * FROM main.{each}")))  # noqa: S608
            found[each] = (len(rows), hashlib.sha256("|".join(rows).encode()).hexdigest())
        return found


@asynccontextmanager
async def stored_in(database_url: str) -> AsyncIterator[Stored]:
    """Read and put back a database past the gateway."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as connection:
            yield InSqlite(connection)
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncpg.create_pool(plain, min_size=1, max_size=1) as pool, pool.acquire() as its:
        yield InPostgres(its)


def changed(before: Tables, after: Tables) -> set[str]:
    """Return the names of the tables that are otherwise."""
    return {name for name, state in after.items() if state != before[name]}


def grown(before: Tables, after: Tables) -> Mapping[str, int]:
    """Return how many rows more each table has."""
    return {name: rows - before[name][0] for name, (rows, _) in after.items()}


async def hold_at_each_call(
    http: Http,
    database_url: str,
    document: str,
    disturbances: Mapping[str, Callable[[int], None]],
    has_come: Callable[[], bool],
    *,
    every: int = 1,
) -> int:
    """Disturb the call of each number, counted from the request on, until none is met any more.

    Each way to disturb takes the number; ``has_come`` says whether it was met, and ends it.
    Of many calls it may be one of ``every`` so many. Returns how many were met.
    """
    met = 0
    async with stored_in(database_url) as stored:
        await stored.keep()
        before = await stored.tables()
        is_keyed = await takes_key(http, document)
        await stored.put_back()
        assert (await ask(http, document, "undisturbed" if is_keyed else None)).json() == DONE
        after = await stored.tables()
        whole, growth = changed(before, after), grown(before, after)
        assert whole
        await refuse_violations(database_url)
        await stored.put_back()
        for name, disturb in disturbances.items():
            number = 0
            while True:
                key = f"{number} {name}" if is_keyed else None
                await ask_on(http, READ)  # it has got over the last one
                disturb((number + 1) * every)
                answer = await ask(http, document, key)
                is_met = has_come()
                changes = changed(before, await stored.tables())
                hold_what_is_told(answer, changes, whole)
                if is_met and changes:
                    await refuse_violations(database_url)
                if is_keyed:  # done once, whatever became of it before
                    assert (await ask_on(http, document, key)).json() == DONE
                    assert grown(before, await stored.tables()) == growth
                await stored.put_back()
                if is_met:
                    number += 1
                elif answer.status_code == httpx.codes.OK:
                    break
            assert number >= FEWEST_CALLS
            met += number
    return met


def hold_what_is_told(answer: httpx.Response, changes: set[str], whole: set[str]) -> None:
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


async def takes_key(http: Http, document: str) -> bool:
    """Return whether the mutation takes an idempotency key."""
    answer = await ask(http, document, "tried")
    return "IDEMPOTENCY_KEY_NOT_TAKEN" not in answer.text


async def ask(http: Http, document: str, key: str | None) -> httpx.Response:
    """Send it once."""
    headers = {"Idempotency-Key": key} if key else {}
    answer: httpx.Response = await http.post(document, headers=headers)
    return answer


async def ask_on(http: Http, document: str, key: str | None = None) -> httpx.Response:
    """Ask again as long as the gateway says that it is the database's outage."""
    async with asyncio.timeout(60):
        while True:
            answer = await ask(http, document, key)
            if answer.status_code == httpx.codes.OK:
                return answer
            await asyncio.sleep(PAUSE)
