"""Writers that wait for a lock, which somebody holds for long: readers are answered meanwhile."""

import asyncio
import sqlite3
import time
from contextlib import asynccontextmanager, closing

import asyncpg
import httpx
import pytest
from sqlalchemy.engine import make_url

from tests.process.stored import refuse_violations
from tests.server import serving

pytestmark = [pytest.mark.process]

WRITERS = 40
BUILDERS = "a4592b47-42ae-478f-926d-e77a7f768059"
STUDIO = "0d8f9a4e-51c3-4c19-9f0e-5b8b6b8d4c11"
CREATE = """
mutation ($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { personTimeOff { id } userErrors { code path } }
}
"""
STORED = """
query ($day: DateRange!) { personTimeOffs(filter: { overlaps: $day }) { totalCount } }
"""
PEOPLE = "{ people(first: 500) { nodes { id company { sourceId } } } }"
READS = (
    ("POST", "/graphql", "{ __typename }"),
    ("POST", "/graphql", "{ timeOffEntries(first: 5) { nodes { id } } }"),
    ("GET", "/exports/schedule.csv?from=2026-01-01&to=2026-01-31", None),
    ("GET", "/kantata/api/v1/time_off_entries", None),
)


@asynccontextmanager
async def held_lock(database_url):
    """Hold what every writer needs: the file, or one company's counter of changes."""
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(database_url).database))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()
        return
    other = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        await other.execute("BEGIN")
        held = "SELECT * FROM change_counters WHERE company_id = $1 FOR UPDATE"
        await other.fetch(held, BUILDERS)
        yield
        await other.execute("ROLLBACK")
    finally:
        await other.close()


async def people_of(http):
    nodes = (await ask(http, PEOPLE)).json()["data"]["people"]["nodes"]
    people: dict[str, str] = {}
    for node in nodes:
        people.setdefault(node["company"]["sourceId"], node["id"])
    return people


async def ask(http, document, **variables):
    return await http.post("/graphql", json={"query": document, "variables": variables})


async def create(http, person, company):
    wish = {
        "companyId": company,
        "personId": person,
        "reason": "Vacation",
        "startDay": "2031-03-03",
        "endDay": "2031-03-03",
        "applyToSaturday": False,
        "applyToSunday": False,
        "isPaid": True,
        "batchStartTime": "09:00",
        "batchEndTime": "17:00",
    }
    return await ask(http, CREATE, input=wish)


@pytest.fixture
async def http(database_url):
    # Writers wait on: whoever else is answered has not waited for them.
    waits = {"TIMEOFF_DATABASE_WAIT_SECONDS": "600", "TIMEOFF_LIMIT_MUTATION_SECONDS": "600"}
    with serving(database_url, "--demo", environment=waits) as server:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits) as client:
            yield client
    await refuse_violations(database_url)


async def test_readers_do_not_wait_for_writers_that_wait(database_url, http):
    people = await people_of(http)
    async with held_lock(database_url):
        creates = [
            asyncio.ensure_future(create(http, people[BUILDERS], BUILDERS)) for _ in range(WRITERS)
        ]
        await asyncio.sleep(0.3)
        for _ in range(3):
            for method, path, document in READS:
                body = {"json": {"query": document}} if document else {}
                answer = await http.request(method, path, **body)

                assert answer.status_code == 200, (path, answer.text[:200])
            await asyncio.sleep(0.4)
        assert not all(each.done() for each in creates)
    ended = await asyncio.gather(*creates)

    statuses = [each.status_code for each in ended]
    assert set(statuses) <= {200, 503}
    assert all("retry-after" in each.headers for each in ended if each.status_code == 503)
    assert (await create(http, people[BUILDERS], BUILDERS)).json()["data"]


@pytest.mark.only_on("postgresql")
async def test_companies_do_not_wait_for_each_other(database_url, http):
    people = await people_of(http)
    async with held_lock(database_url):
        creates = [
            asyncio.ensure_future(create(http, people[BUILDERS], BUILDERS)) for _ in range(WRITERS)
        ]
        await asyncio.sleep(0.3)
        other = await create(http, people[STUDIO], STUDIO)
        while other.status_code == 503 and not all(each.done() for each in creates):
            await asyncio.sleep(float(other.headers["retry-after"]))
            other = await create(http, people[STUDIO], STUDIO)

        assert other.json()["data"]["createPersonTimeOff"]["personTimeOff"], other.text
        assert not all(each.done() for each in creates)
    await asyncio.gather(*creates)


@pytest.mark.parametrize("writing", [1, 2])
async def test_as_many_write_as_the_limit_says_and_the_next_is_refused(database_url, writing):
    environment = {"TIMEOFF_LIMIT_WRITING": str(writing), "TIMEOFF_LIMIT_WAITING": "0"}
    with serving(database_url, "--demo", environment=environment) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=300) as http:
            people = await people_of(http)
            async with held_lock(database_url):
                run = [
                    asyncio.ensure_future(create(http, people[BUILDERS], BUILDERS))
                    for _ in range(writing + 1)
                ]
                done, let_in = await asyncio.wait(run, return_when=asyncio.FIRST_COMPLETED)
                (refused,) = [await each for each in done]

                assert refused.status_code == 503
                assert refused.headers["retry-after"] == "1"
                assert refused.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
            assert [each.status_code for each in await asyncio.gather(*let_in)] == [200] * writing
    await refuse_violations(database_url)


async def test_a_lock_that_is_not_released_is_told_as_an_outage(database_url):
    with serving(
        database_url, "--demo", environment={"TIMEOFF_DATABASE_WAIT_SECONDS": "1"}
    ) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=300) as http:
            people = await people_of(http)
            async with held_lock(database_url):
                began = time.monotonic()
                refused = await create(http, people[BUILDERS], BUILDERS)

                assert 0.9 < time.monotonic() - began < 60
                assert refused.status_code == 503, refused.text
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
            day = {"from": "2031-03-03", "to": "2031-03-03"}
            stored = (await ask(http, STORED, day=day)).json()
            assert stored == {"data": {"personTimeOffs": {"totalCount": 0}}}
            assert (await create(http, people[BUILDERS], BUILDERS)).status_code == 200
    await refuse_violations(database_url)


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(("for_reads", "waits"), [("2", False), ("3", True)])
async def test_writers_have_what_is_left_of_the_pool(database_url, for_reads, waits):
    environment = {
        "TIMEOFF_DATABASE_POOL_SIZE": "4",
        "TIMEOFF_DATABASE_POOL_FOR_READS": for_reads,
        "TIMEOFF_DATABASE_WAIT_SECONDS": "4",
    }
    with serving(database_url, "--demo", environment=environment) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=300) as http:
            people = await people_of(http)
            async with held_lock(database_url):
                # It has one of the four connections, and waits for its company.
                waiting = asyncio.ensure_future(create(http, people[BUILDERS], BUILDERS))
                await asyncio.sleep(0.7)

                other = await create(http, people[STUDIO], STUDIO)

                assert other.status_code == 200, other.text
                assert waiting.done() is waits
            await waiting
    await refuse_violations(database_url)
