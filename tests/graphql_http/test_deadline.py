"""An operation that takes too long is stopped: nothing of it stays, and nothing is stuck."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests import builders
from tests.graphql.api import rows_of
from tests.graphql_http.clients import open_socket

RENAME = """
mutation Rename($companies: [CompanyInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
}
"""
TWICE = """
mutation Twice($first: [CompanyInput!]!, $second: [CompanyInput!]!) {
  first: upsertCompanies(input: { companies: $first }) { userErrors { code } }
  second: upsertCompanies(input: { companies: $second }) { userErrors { code } }
}
"""
COUNT = "{ companies { totalCount } }"
SECONDS = 1.0


def variables(name):
    return {"companies": [builders.company(name=name)]}


class Lock:
    """Somebody else's transaction, which lets nobody write companies."""

    def __init__(self, url):
        self._url = make_url(url)

    async def __aenter__(self):
        if self._url.drivername.startswith("sqlite"):
            self._sqlite = sqlite3.connect(str(self._url.database))
            self._sqlite.execute("BEGIN IMMEDIATE")
            return self
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._postgres = await asyncpg.connect(plain)
        await self._postgres.execute("BEGIN; LOCK TABLE companies IN ACCESS EXCLUSIVE MODE")
        return self

    async def __aexit__(self, *_):
        if self._url.drivername.startswith("sqlite"):
            self._sqlite.close()
        else:
            await self._postgres.close()


@pytest.fixture
def somebody_writes(database_url):
    return Lock(database_url)


def timed_out(response):
    (error,) = response.json()["errors"]
    return response.status_code == 200 and error["extensions"]["code"] == "OPERATION_TIMED_OUT"


async def test_a_mutation_that_waits_too_long_is_stopped(gateway, database_url, somebody_writes):
    async with gateway(limit_mutation_seconds=SECONDS) as http:
        await http.post(RENAME, variables=variables("Before"))
        before = await rows_of(database_url)
        async with somebody_writes:
            started = time.monotonic()
            responses = await asyncio.gather(
                *(http.post(RENAME, variables=variables(f"During {each}")) for each in range(8))
            )
            took = time.monotonic() - started
        assert all(map(timed_out, responses)), [each.text for each in responses]
        assert all(response.json()["data"] is None for response in responses)
        assert took < SECONDS + 30
        assert await rows_of(database_url) == before

        afterwards = await http.post(RENAME, variables=variables("After"))
        answer = await http.post("{ companies { nodes { name } } }")

    assert afterwards.json() == {"data": {"upsertCompanies": {"userErrors": []}}}
    assert answer.json()["data"]["companies"]["nodes"] == [{"name": "After"}]


@pytest.mark.only_on("postgresql")  # on SQLite a reader never waits
async def test_a_query_that_waits_too_long_is_stopped(gateway, somebody_writes):
    async with gateway(limit_query_seconds=SECONDS, database_pool_size=2) as http:
        async with somebody_writes:
            responses = await asyncio.gather(*(http.post(COUNT) for _ in range(8)))
        assert all(map(timed_out, responses))

        afterwards = await asyncio.gather(*(http.post(COUNT) for _ in range(8)))

    answers = [response.json() for response in afterwards]
    assert answers == [{"data": {"companies": {"totalCount": 0}}}] * 8


async def test_of_two_mutations_the_one_that_was_done_stays(gateway, database_url):
    """They are two transactions: the first is answered for by its own outcome."""
    other = builders.company(sourceId=builders.OTHER_COMPANY)
    lock = Lock(database_url)

    async with gateway(limit_mutation_seconds=1.0) as http:
        given = {"first": [builders.company()], "second": [other]}
        running = asyncio.create_task(http.post(TWICE, variables=given))
        async with lock:
            response = await running
        rows = await rows_of(database_url)
        counted = (await http.post(COUNT)).json()["data"]["companies"]["totalCount"]

    done = 2 if "errors" not in response.json() else counted
    assert counted == done
    assert len(rows["companies"]) == done


async def test_the_deadline_holds_on_a_socket(serving, database_url, somebody_writes):
    with serving(limit_mutation_seconds=SECONDS) as url:
        async with open_socket(url) as socket:
            async with somebody_writes:
                answer = await socket.ask(RENAME, variables=variables("Brick"))
            after = await socket.ask(RENAME, variables=variables("Brick"))

    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["OPERATION_TIMED_OUT"]
    assert after == {"data": {"upsertCompanies": {"userErrors": []}}}


@pytest.mark.only_on("sqlite")
async def test_a_batch_is_stored_whole_or_not_at_all_wherever_the_deadline_falls(
    gateway, database_url
):
    users = [builders.user(sourceId=str(each)) for each in range(1, 101)]
    entries = [builders.entry(userId=user["sourceId"]) for user in users]
    create = """
      mutation ($input: CreateTimeOffEntriesInput!) {
        createTimeOffEntries(input: $input) { timeOffEntries { id } userErrors { code } }
      }
    """
    put = "mutation ($v: [UserInput!]!) { upsertUsers(input: {users: $v}) { userErrors { code } } }"
    async with gateway() as http:
        await http.post(RENAME, variables=variables("Brick"))
        await http.post(put, variables={"v": users})
    file = Path(database_url.partition(":///")[2])
    told = set()
    for milliseconds in (1, 3, 5, 8, 12, 17, 25, 40, 60, 100, 60_000):
        async with gateway(limit_mutation_seconds=milliseconds / 1_000) as http:
            response = await http.post(create, variables={"input": {"timeOffEntries": entries}})
            is_done = "errors" not in response.json()
            told.add(is_done)
        with closing(sqlite3.connect(file)) as connection:
            (stored,) = connection.execute("SELECT count(*) FROM time_off_entries").fetchone()
            assert stored in ({100} if is_done else {0, 100})
            connection.execute("DELETE FROM time_off_entries")
            connection.commit()
    assert told == {True, False}
