"""What a company's Kantata OX has is written there: each face refuses it here, for that company."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from httpx import ASGITransport

from app.db.connections.database import Database
from app.db.writing import sync as kept
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.services.importing.run import load
from tests.applications import create_app
from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    TUESDAY,
    company,
    entry,
    person,
    person_time_off,
    reference,
    user,
    uuid,
)
from tests.graphql.api import put, put_entries, put_person_time_off, rows_of, statements

ADA, GRACE = "1", "8"
EMAIL = "ada@example.com"
WRITES: dict[str, dict[str, Any]] = {
    "createTimeOffEntries": {"timeOffEntries": [entry(requestedDate=TUESDAY)]},
    "updateTimeOffEntry": {"id": "{entry}", "hours": 5},
    "moveTimeOffEntry": {"id": "{entry}", "requestedDate": TUESDAY},
    "deleteTimeOffEntries": {"ids": ["{entry}"]},
    "mirrorPersonTimeOff": {"id": "{record}"},
    "mirrorTimeOffEntries": {
        "ids": ["{entry}"],
        "isPaid": True,
        "reason": "Leave",
        "batchStartTime": "07:00",
    },
}


class Gateway:
    """The application in process, by each of its faces."""

    def __init__(self, client):
        self.client = client

    async def ask(self, document, **variables):
        answer = await self.client.post(
            "/graphql", json={"query": document, "variables": variables}
        )
        return answer.json()

    async def write(self, mutation, given):
        name = f"{mutation[0].upper()}{mutation[1:]}Input!"
        shown = f"{mutation}(input: $input) {{ userErrors {{ code path }} }}"
        answer = await self.ask(f"mutation($input: {name}) {{ {shown} }}", input=given)
        assert "errors" not in answer, answer
        return answer["data"][mutation]["userErrors"]


@pytest.fixture
async def gateway(database_url):
    app = create_app(database_url, auth="off")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=ASGITransport(app), base_url="http://localhost") as client,
    ):
        yield Gateway(client)


async def connect(database_url, company_id=COMPANY):
    database = Database(database_url)
    now = datetime.now(UTC)
    upstream = Upstream(uuid(90), company_id, UpstreamApi.KANTATA_OX, "https://api.example/", now)
    async with database.writing() as connection:
        await kept.add_upstream(connection, upstream, "sealed")
    await database.close()


@pytest.fixture
async def ids(gateway):
    """A worker with an entry and a record of other hours, and somebody of another company."""
    await put(
        gateway.ask,
        companies=[company(), company(sourceId=OTHER_COMPANY, name="Other")],
        users=[user(emailAddress=EMAIL), user(sourceId=GRACE, companyId=OTHER_COMPANY)],
        people=[person(email=EMAIL)],
    )
    (entry_id,) = await put_entries(gateway.ask, entry())
    record_id = await put_person_time_off(gateway.ask, startDay=TUESDAY, endDay=TUESDAY)
    return {"{entry}": entry_id, "{record}": record_id}


def filled(given, ids):
    """Put the ids in."""
    if isinstance(given, dict):
        return {name: filled(each, ids) for name, each in given.items()}
    return (
        [filled(each, ids) for each in given] if isinstance(given, list) else ids.get(given, given)
    )


async def test_no_mutation_writes_what_the_system_has_and_nothing_is_left(
    gateway, ids, database_url
):
    await connect(database_url)
    before = await rows_of(database_url)

    refused = {
        name: await gateway.write(name, filled(given, ids)) for name, given in WRITES.items()
    }
    foreseen = await gateway.write(
        "deleteTimeOffEntries", filled(WRITES["deleteTimeOffEntries"] | {"dryRun": True}, ids)
    )

    codes = {name: [each["code"] for each in errors] for name, errors in refused.items()}
    assert codes == {name: ["READ_ONLY_SYSTEM"] for name in WRITES}
    assert [each["code"] for each in foreseen] == ["READ_ONLY_SYSTEM"]
    assert await rows_of(database_url) == before


async def test_without_a_connected_system_each_of_them_is_written(gateway, ids):
    for name, given in WRITES.items():
        if name in {"mirrorPersonTimeOff", "updateTimeOffEntry", "mirrorTimeOffEntries"}:
            assert await gateway.write(name, filled(given, ids)) == []


async def test_the_rest_face_refuses_in_its_vendors_words(gateway, ids, database_url):
    await connect(database_url)
    entries = "/kantata/api/v1/time_off_entries"
    body = {"user_id": int(ADA), "hours": 4, "requested_date": TUESDAY}

    answers = [
        await gateway.client.post(entries, json={"time_off_entry": body}),
        await gateway.client.put(
            f"{entries}/{ids['{entry}']}", json={"time_off_entry": {"hours": 2}}
        ),
        await gateway.client.delete(f"{entries}/{ids['{entry}']}"),
    ]

    assert [each.status_code for each in answers] == [400] * 3
    for each in answers:
        assert "Kantata OX" in each.json()["errors"][0]["message"]


async def test_rows_of_a_file_are_refused_by_their_lines(gateway, ids, database_url, tmp_path):
    await connect(database_url)
    (tmp_path / "time_off_entries.csv").write_text(
        "user_id,requested_date,hours,service_name,service_model,service_model_ref\n"
        f"{ADA},{TUESDAY},4,hr,Leave,1\n"
    )
    report = await asyncio.to_thread(load, database_url, tmp_path, lambda *_: None)

    assert [(each.line, each.code) for each in report.refusals] == [(2, "READ_ONLY_SYSTEM")]


async def test_procores_records_the_directory_and_other_companies_are_written_as_ever(
    gateway, ids, database_url
):
    await connect(database_url)

    assert await put_person_time_off(gateway.ask)
    assert await put_entries(gateway.ask, entry(userId=GRACE))
    await put(gateway.ask, users=[user(fullName="Ada King", emailAddress=EMAIL)])


async def test_it_costs_no_statement(gateway, ids, database_url):
    create = {"timeOffEntries": [entry(userId=GRACE, externalReference=reference())]}
    record = person_time_off(startDay="2026-04-06", endDay="2026-04-06")
    counts = []
    for day in ("2026-03-04", "2026-03-05"):
        create["timeOffEntries"][0]["requestedDate"] = day
        with statements() as sent:
            assert await gateway.write("createTimeOffEntries", create) == []
        counts.append(sum("upstreams" in each for each in sent))
        assert all("UPDATE change_counters" in each for each in sent if "upstreams" in each)
        with statements() as sent:
            assert await gateway.write("createPersonTimeOff", record) == []
        counts.append(sum("upstreams" in each for each in sent))

    assert counts == [1] * 4
