"""A second gateway is Kantata: what it has over HTTP is read, compared and stored here."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from app.db.connections.database import Database
from app.db.writing import sync as kept
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.runs import RunCounts, RunKind, SyncRun
from app.domain.sync.upstreams import Upstream, UpstreamApi, Window
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.reading import FullPass
from app.services.sync.take_in import TakeIn
from app.vendors.client import VendorClient
from app.vendors.kantata.api import KantataApi
from tests.builders import COMPANY
from tests.server import serving

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
USERS = range(1, 41)


class Nobody:
    """A stand-in asks nobody for a credential."""

    async def headers(self):
        return {}


async def fill(database):
    """Store a company with users."""
    directory = DirectoryService(database, lambda: NOW)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    users = [
        {"source_id": str(id_), "company_id": COMPANY, "full_name": f"User {id_}"} for id_ in USERS
    ]
    await directory.upsert_users(LOCAL, list(map(UpsertItem, users)))


@pytest.fixture
def kantata(tmp_path):
    """A running gateway with users, whose REST face is Kantata."""
    url = f"sqlite+aiosqlite:///{tmp_path}/kantata.db"
    with serving(url) as server, httpx.Client(base_url=f"{server.url}/kantata/api/v1/") as client:
        document = """mutation($companies: [CompanyInput!]!, $users: [UserInput!]!) {
          upsertCompanies(input: {companies: $companies}) { userErrors { message } }
          upsertUsers(input: {users: $users}) { userErrors { message } } }"""
        variables = {
            "companies": [{"sourceId": COMPANY, "name": "Brick"}],
            "users": [
                {"sourceId": str(id_), "companyId": COMPANY, "fullName": f"User {id_}"}
                for id_ in USERS
            ],
        }
        answer = httpx.post(
            f"{server.url}/graphql", json={"query": document, "variables": variables}
        )
        assert "errors" not in answer.json(), answer.text
        yield client


def create(kantata, days, hours=4.0):
    entries = [
        {
            "user_id": user,
            "hours": hours,
            "requested_date": str(day),
            "external_reference": {
                "service_name": "hr",
                "service_model": "Leave",
                "service_model_ref": f"{user}-{day}",
            },
        }
        for user in USERS
        for day in days
    ]
    for at in range(0, len(entries), 500):
        answer = kantata.post("time_off_entries", json={"time_off_entries": entries[at : at + 500]})
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    await fill(database)
    yield database
    await database.close()


@pytest.fixture
async def upstream(database, kantata):
    connected = Upstream(str(uuid4()), COMPANY, UpstreamApi.KANTATA_OX, str(kantata.base_url), NOW)
    connected = replace(connected, window=Window(10, 60))
    async with database.writing() as connection:
        await kept.add_upstream(connection, connected, "sealed")
    return connected


async def full_pass(database, upstream, **given):
    """Make a full pass; return it, and the run."""
    run = SyncRun(str(uuid4()), upstream.id, RunKind.FULL, NOW)
    async with database.writing() as connection:
        await kept.add_run(connection, run)
    client = VendorClient(upstream.base_url, Nobody(), answer_seconds=20, **given)
    take_in = TakeIn(database, lambda: NOW)
    reading = FullPass(database, take_in, KantataApi(client), upstream, run, lambda: NOW)
    try:
        return reading, await reading.read()
    finally:
        await client.aclose()


async def here(database):
    async with database.reading() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT user_id, requested_date, seconds FROM time_off_entries"
        )
        return {(row.user_id, str(row.requested_date)): row.seconds for row in rows}


def there(kantata):
    found: dict[tuple[int, str], int] = {}
    page = 1
    while True:
        answer = kantata.get("time_off_entries", params={"page": page, "per_page": 200}).json()
        if not answer["results"]:
            return found
        for each in answer["time_off_entries"].values():
            place = int(each["user_id"]), each["requested_date"]
            found[place] = round(each["hours"] * 3600)
        page += 1


def workdays(count):
    days = (TODAY + timedelta(days=each) for each in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


async def test_all_of_it_is_here_after_one_pass_and_the_next_changes_nothing(
    database, kantata, upstream
):
    create(kantata, workdays(20))

    _, run = await full_pass(database, upstream)
    _, again = await full_pass(database, upstream)

    assert await here(database) == there(kantata)
    assert (run.counts.read, run.counts.created) == (800, 800)
    assert again.counts == replace(RunCounts(), requests=again.counts.requests, read=800)


async def test_what_was_changed_and_deleted_there_is_so_here(database, kantata, upstream):
    create(kantata, workdays(2))
    await full_pass(database, upstream)
    ids = list(kantata.get("time_off_entries?per_page=200").json()["time_off_entries"])
    kantata.delete("time_off_entries", params={"ids": ",".join(ids[:15])})
    kantata.put(f"time_off_entries/{ids[20]}", json={"time_off_entry": {"hours": 7}})

    reading, run = await full_pass(database, upstream)

    assert await here(database) == there(kantata)
    assert (run.counts.updated, run.counts.deleted, reading.needs_review) == (1, 15, False)


async def test_before_much_is_deleted_a_person_looks(database, kantata, upstream):
    create(kantata, workdays(2))
    await full_pass(database, upstream)
    ids = list(kantata.get("time_off_entries?per_page=200").json()["time_off_entries"])
    kantata.delete("time_off_entries", params={"ids": ",".join(ids[:30])})

    reading, run = await full_pass(database, upstream)

    assert (reading.needs_review, reading.gone, run.counts.deleted) == (True, 30, 0)
    assert len(await here(database)) == 80


async def test_a_vendor_that_is_away_changes_nothing(database, upstream):
    away = replace(upstream, base_url="http://127.0.0.1:9/")
    with pytest.raises(VendorFailure) as raised:
        await full_pass(database, away)

    assert raised.value.kind is FailureKind.UNREACHABLE
    assert await here(database) == {}
