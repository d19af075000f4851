"""The link to the schedule as CSV: what it answers, and how it refuses."""

import csv
import io

import httpx
import pytest
from starlette.applications import Starlette

from app.clock import now
from app.db.connections import direct_reads
from app.db.connections.database import Database
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.catalogue import Catalogue
from app.services.exporting.schedule_csv import ScheduleExport
from app.services.schedule import ScheduleService
from app.web.schedule_csv import PATH, schedule_csv_route
from tests import applications
from tests.builders import (
    COMPANY,
    MONDAY,
    SUNDAY,
    TUESDAY,
    company,
    entry,
    person,
    user,
    workweek,
)
from tests.graphql.api import api, put, put_entries, put_person_time_off, statements

WEEK = {"from": MONDAY, "to": SUNDAY}


async def always_local(_connection, _via, _authorization=None):
    return LOCAL


def client_of(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


@pytest.fixture
async def client(database_url):
    """A client of the application, whose company has two users with a day off each."""
    async with api(database_url) as ask:
        await put(ask, companies=[company()], users=[user(), user(sourceId="2", fullName="Zoë")])
        await put_entries(ask, entry(), entry(userId="2", requestedDate=TUESDAY))
    app = applications.create_app(database_url)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def read(text):
    text = text.removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


async def test_the_link_answers_a_file(client):
    answer = await client.get(PATH, params=WEEK)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="schedule-2026-03-02-to-2026-03-08.csv"'
    )
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert [(row["date"], row["name"], row["hours_off"]) for row in read(answer.text)] == [
        (MONDAY, "Ada Lovelace", "4.0"),
        (TUESDAY, "Zoë", "4.0"),
    ]
    assert answer.text.count("\r\n") == answer.text.count("\n") == 3


@pytest.mark.rule("2.3")
@pytest.mark.rule("3.5")
async def test_days_are_full_and_records_overlap_as_everywhere(client, database_url):
    """7.33 h of 7 h 20 min; a night, and a record from five on the next morning."""
    grace = {"name": "Grace"}
    night = {"batchStartTime": "22:00", "batchEndTime": "06:00"}
    morning = {"startDay": TUESDAY, "endDay": TUESDAY, "batchStartTime": "05:00"}
    async with api(database_url) as ask:
        await put(ask, people=[person()], workweeks=[workweek(440)])
        await put_entries(ask, entry(hours=3.33))
        await put_person_time_off(ask, **night)
        await put_person_time_off(ask, **morning)

    days = read((await client.get(PATH, params=WEEK | grace)).text)
    (full,) = read((await client.get(PATH, params=WEEK | {"name": "Ada"})).text)

    columns = ("workday_hours", "hours_off", "available_hours")
    assert [full[name] for name in columns] == ["7.34", "7.34", "0.0"]
    assert [day["notes"].split() for day in days] == [["OVERLAP", "OVER_WORKDAY"]] * 2
    (tuesday,) = read(
        (await client.get(PATH, params={"from": TUESDAY, "to": TUESDAY} | grace)).text
    )
    assert tuesday == days[1]


async def test_the_link_takes_the_filters(client):
    async def found(**asked):
        rows = read((await client.get(PATH, params=WEEK | asked)).text)
        return [row["name"] for row in rows]

    assert await found(name="zo") == ["Zoë"]
    assert await found(company=COMPANY) == ["Ada Lovelace", "Zoë"]
    assert await found(role=["5", "6"]) == []
    assert await found(to=MONDAY, only_off="true", all_days="true") == ["Ada Lovelace"]
    assert await found(all_days="true") == ["Ada Lovelace"] * 7 + ["Zoë"] * 7


async def test_of_nobody_there_is_a_header_only(client):
    answer = await client.get(PATH, params=WEEK | {"name": "nobody"})

    assert answer.status_code == 200
    assert read(answer.text) == []
    assert answer.content.startswith(b"\xef\xbb\xbfname,role,job_title,")


async def test_programs_ask_for_the_file_without_the_mark_of_spreadsheets(client):
    marked = await client.get(PATH, params=WEEK)
    asked = await client.get(PATH, params=WEEK | {"bom": "true"})
    plain = await client.get(PATH, params=WEEK | {"bom": "false"})

    assert marked.content == asked.content == b"\xef\xbb\xbf" + plain.content
    assert plain.content.startswith(b"name,role,")


async def test_a_spreadsheet_of_a_region_with_decimal_commas_gets_them(client):
    commas = await client.get(PATH, params=WEEK)
    asked = await client.get(PATH, params=WEEK | {"separator": "semicolon"})
    refused = await client.get(PATH, params=WEEK | {"separator": ";"})

    rows = list(csv.DictReader(io.StringIO(asked.text.removeprefix("\ufeff")), delimiter=";"))
    assert [row["hours_off"] for row in rows] == ["4,0", "4,0"]
    assert rows[0].keys() == read(commas.text)[0].keys()
    assert [row["name"] for row in rows] == [row["name"] for row in read(commas.text)]
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["path"] == ["separator"]


async def test_head_answers_as_get_without_the_file(client):
    get = await client.get(PATH, params=WEEK)
    with statements() as sent:
        head = await client.head(PATH, params=WEEK)
    refused = await client.head(PATH)

    assert (head.status_code, head.headers, head.content) == (200, get.headers, b"")
    assert sent == []
    assert refused.status_code == 400


async def test_every_bad_parameter_is_named_with_a_code(client):
    answer = await client.get(PATH, params={"from": "soon", "to": SUNDAY, "onlyOff": "true"})

    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    assert answer.json() == {
        "errors": [
            {
                "message": "There is no such parameter. There are: from, to, company, role, "
                "job_title, name, only_off, all_days, bom, separator.",
                "extensions": {"code": "INVALID_VALUE", "path": ["onlyOff"]},
            },
            {
                "message": "A day is written YYYY-MM-DD, such as 2023-11-01.",
                "extensions": {"code": "INVALID_VALUE", "path": ["from"]},
            },
        ]
    }


async def test_a_window_is_bounded_as_that_of_the_query(client):
    whole = await client.get(PATH, params={"from": "2026-01-01", "to": "2027-02-04"})
    longer = await client.get(PATH, params={"from": "2026-01-01", "to": "2027-02-05"})

    assert (whole.status_code, len(read(whole.text))) == (200, 2)
    assert longer.status_code == 400
    assert longer.json()["errors"] == [
        {
            "message": "A window has at most 400 days, not 401.",
            "extensions": {"code": "INVALID_VALUE", "path": ["to"]},
        }
    ]


@pytest.mark.parametrize(
    "query",
    ["from=%FF&to=%00", "from=" + "9" * 5000, "company=%ED%A0%80", "&&=&from", "role=" * 500],
)
async def test_strange_addresses_are_refused(client, query):
    answer = await client.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert all(error["extensions"]["code"] for error in answer.json()["errors"])


async def test_nothing_can_be_written_there(client):
    answer = await client.post(PATH, params=WEEK)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


async def test_what_takes_too_long_is_told_before_anything_is_sent(database_url, monkeypatch):
    # Nothing is read in the event loop, where a few rows would not have to wait for anything.
    monkeypatch.setattr(direct_reads, "STEPS_BETWEEN_LOOKS", 1)
    monkeypatch.setattr(direct_reads, "MOST_SECONDS", 0)
    database = Database(database_url)
    export = ScheduleExport(
        ScheduleService(database), Catalogue(database), AccessEvents(database, now)
    )
    async with client_of(Starlette(routes=[schedule_csv_route(export, 0, always_local)])) as client:
        answer = await client.get(PATH, params=WEEK)
    await database.close()

    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"] == {"code": "OPERATION_TIMED_OUT"}
