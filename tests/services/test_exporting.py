"""The schedule as CSV says what the `schedule` query answers, of whom the caller may see."""

import csv
import io
import random
from datetime import date, timedelta

import pytest

from app.clock import now
from app.db.connections.database import Database
from app.domain.days import DaySpan
from app.domain.errors import Refused
from app.domain.filters import WorkerFilter
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.catalogue import Catalogue
from app.services.exporting.request import ExportWish
from app.services.exporting.schedule_csv import DAYS_A_PORTION, ScheduleExport
from app.services.schedule import ScheduleService
from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    SUNDAY,
    company,
    entry,
    holiday,
    person,
    role,
    user,
    uuid,
    workweek,
)
from tests.callers import caller
from tests.graphql.api import api, put, put_entries, put_person_time_off, statements

WEEK = DaySpan(date.fromisoformat(MONDAY), date.fromisoformat(SUNDAY))
EVERYTHING = """
query Everything($from: Date!, $to: Date!, $filter: WorkerFilter) {
  schedule(from: $from, to: $to, filter: $filter, first: 100) {
    nodes {
      worker {
        id fullName email
        company { sourceId name }
        user { sourceId role { name } }
        person { sourceId jobTitle }
      }
      days {
        date workdayHours hoursOff hoursOffHigh availableHours
        paidHours unpaidHours unknownPaidHours
        holiday { name }
        contributions { hours }
        notes { code }
      }
    }
  }
  discrepancies(from: $from, to: $to, filter: $filter, first: 500) {
    totalCount
    nodes { worker { id } date kind }
  }
}
"""


@pytest.fixture
async def ask(database_url):
    async with api(database_url) as ask:
        yield ask


@pytest.fixture
async def export(database_url):
    """Exports, and gives back the rows as the csv module reads them."""
    database = Database(database_url)
    exporting = ScheduleExport(
        ScheduleService(database), Catalogue(database), AccessEvents(database, now)
    )

    async def rows(wish=None, caller=LOCAL):
        portions = exporting.portions(caller, wish or ExportWish(WEEK))
        text = "".join([portion.text async for portion in portions])
        assert text.startswith("\ufeffname,role,job_title,")
        text = text.removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    yield rows
    await database.close()


def kind_of(day):
    if day["holiday"]:
        return "HOLIDAY"
    if day["workdayHours"] == 0:
        return "DAY_OFF"
    words = {"PAID": "paidHours", "UNPAID": "unpaidHours", "UNKNOWN": "unknownPaidHours"}
    kinds = [word for word, field in words.items() if day[field]]
    return {0: "FREE", 1: kinds[0] if kinds else None}.get(len(kinds), "MIXED")


def shown(node, day, discrepancies):
    """A day of the query's answer, as a row of the file has it."""
    worker = node["worker"]
    user, person = worker["user"] or {}, worker["person"] or {}
    return {
        "name": worker["fullName"],
        "role": (user.get("role") or {}).get("name", ""),
        "job_title": person.get("jobTitle") or "",
        "email": worker["email"] or "",
        "company": worker["company"]["name"],
        "date": day["date"],
        "kind": kind_of(day),
        "workday_hours": str(day["workdayHours"]),
        "hours_off": str(day["hoursOff"]),
        "hours_off_high": str(day["hoursOffHigh"]),
        "available_hours": str(day["availableHours"]),
        "paid_hours": str(day["paidHours"]),
        "unpaid_hours": str(day["unpaidHours"]),
        "unknown_paid_hours": str(day["unknownPaidHours"]),
        "holiday": day["holiday"]["name"] if day["holiday"] else "",
        "notes": " ".join(note["code"] for note in day["notes"]),
        "discrepancy": discrepancies.get((worker["id"], day["date"]), ""),
        "worker_id": worker["id"],
        "user_id": user.get("sourceId", ""),
        "person_id": person.get("sourceId", ""),
        "company_id": worker["company"]["sourceId"],
    }


async def rows_of_the_query(ask, window, filter_=None, *, all_days):
    answer = await ask(
        EVERYTHING, **{"from": str(window.first), "to": str(window.last), "filter": filter_}
    )
    found = answer["data"]["discrepancies"]
    assert len(found["nodes"]) == found["totalCount"]
    discrepancies = {(each["worker"]["id"], each["date"]): each["kind"] for each in found["nodes"]}
    return [
        shown(node, day, discrepancies)
        for node in answer["data"]["schedule"]["nodes"]
        for day in node["days"]
        if all_days or day["contributions"]
    ]


async def put_chance(ask, seed):
    """Two companies with workers of every sort, and time off as chance has it."""
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    await put(
        ask,
        companies=[company(), company(sourceId=OTHER_COMPANY, name="Other, Ltd.")],
        roles=[role()],
        users=[
            user(sourceId=str(n), fullName=f"User {n}", emailAddress=f"{n}@example.com", roleId="5")
            for n in range(1, 6)
        ]
        + [user(sourceId="9", fullName="Zoë", companyId=OTHER_COMPANY)],
        people=[
            person(
                sourceId=uuid(n),
                firstName="Person",
                lastName=str(n),
                email=f"{n}@example.com",
                jobTitle=("Roofer", "Welder", None)[n % 3],
            )
            for n in range(3, 8)
        ],
        workweeks=[workweek(420, userId="2")],
        holidays=[holiday()],
    )
    days = [str(WEEK.first + timedelta(days=offset)) for offset in range(14)]
    workdays = [day for day in days if date.fromisoformat(day).weekday() < 5]
    free = [day for day in workdays if day != holiday()["startDate"]]
    booked = {(str(chance.choice([1, 2, 3, 4, 5, 9])), chance.choice(free)) for _ in range(20)}
    entries = [
        entry(userId=who, requestedDate=day, hours=chance.choice([0.25, 2, 7]))
        for who, day in sorted(booked)
    ]
    await put_entries(ask, *entries)
    for _ in range(12):
        start = chance.randint(5, 12)
        first, last = sorted((chance.choice(workdays), chance.choice(workdays)))
        await put_person_time_off(
            ask,
            personId=uuid(chance.randint(3, 7)),
            startDay=first,
            endDay=last,
            batchStartTime=f"{start:02}:00",
            batchEndTime=f"{start + chance.randint(1, 9):02}:30",
            isPaid=chance.random() < 0.5,
            applyToSaturday=chance.random() < 0.5,
        )


FILTERS = [
    ({}, None),
    ({"company": [COMPANY]}, {"companyId": COMPANY}),
    ({"role": ["5"], "name": ["user 4"]}, {"roleIds": ["5"], "name": "user 4"}),
    ({"only_off": ["true"]}, {"onlyAbsent": True}),
    ({"job_title": ["Roofer", "Welder"]}, {"jobTitles": ["Welder", "Roofer"]}),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("all_days", [False, True])
async def test_the_rows_are_what_the_query_answers(ask, export, seed, all_days):
    await put_chance(ask, seed)
    window = DaySpan(WEEK.first, WEEK.first + timedelta(days=13))
    days = {"from": [str(window.first)], "to": [str(window.last)]}
    seen = set()

    for asked, filter_ in FILTERS:
        wish = ExportWish.read(days | asked | ({"all_days": ["true"]} if all_days else {}))
        rows = await export(wish)

        assert rows == await rows_of_the_query(ask, window, filter_, all_days=all_days)
        assert rows
        assert {row["role"] for row in rows} & {"Consultant", role()["name"]} or filter_
        seen |= {row["kind"] for row in rows}
    assert {"PAID", "UNPAID", "UNKNOWN"} <= seen
    assert ({"FREE", "DAY_OFF", "HOLIDAY"} <= seen) or not all_days


async def put_one(ask, **more):
    await put(ask, companies=[company()], users=[user(**more)])
    await put_entries(ask, entry())


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =HYPERLINK(1)", '=cmd|"/c calc"!A0, x'],
)
async def test_no_cell_is_a_formula(ask, export, name):
    # Who is the worker, and what is stored, is as it was sent, trimmed; the file alone is guarded.
    await put(
        ask,
        companies=[company(name=name)],
        users=[user(fullName=name, emailAddress="=1@example.com")],
        holidays=[holiday(name=name, startDate=MONDAY, endDate=MONDAY)],
    )

    (row,) = [row for row in await export(ExportWish(WEEK, all_days=True)) if row["date"] == MONDAY]

    assert (row["name"], row["company"], row["holiday"]) == (f"'{name.strip()}",) * 3
    assert row["email"] == "'=1@example.com"


async def test_text_with_commas_quotes_and_other_alphabets_comes_back(ask, export):
    name = 'Ada "the first", Lovelace-Ψ 山'
    await put_one(ask, fullName=name)

    (row,) = await export()

    assert row["name"] == name


async def test_no_reason_is_in_the_file(ask, export):
    await put(ask, companies=[company()], people=[person()])
    await put_person_time_off(ask, reason="surgery")

    (row,) = await export()

    assert "surgery" not in str(row)
    assert "reason" not in row


@pytest.mark.rule("6.2")
async def test_a_caller_gets_its_companies_workers_only(ask, export):
    await put_chance(ask, 1)
    ours, theirs = (caller("a", frozenset([each])) for each in (COMPANY, OTHER_COMPANY))
    everybodys = ExportWish(WEEK, all_days=True)
    named = ExportWish(WEEK, WorkerFilter(company_id=OTHER_COMPANY), all_days=True)

    assert {row["company_id"] for row in await export(everybodys)} == {COMPANY, OTHER_COMPANY}
    assert {row["company_id"] for row in await export(everybodys, ours)} == {COMPANY}
    assert {row["name"] for row in await export(everybodys, theirs)} == {"Zoë"}
    assert await export(named, ours) == []
    assert await export(everybodys, caller("nobody", frozenset())) == []


async def test_a_window_of_many_years_goes_year_by_year(ask, export):
    await put(ask, companies=[company()], users=[user(), user(sourceId="2", fullName="Zoë")])
    dates = ["2024-06-03", "2025-12-31", "2026-01-01", "2032-02-02"]
    for day in dates:
        await put_entries(ask, *(entry(userId=who, requestedDate=day) for who in ("1", "2")))

    rows = await export(ExportWish(DaySpan(date(2024, 6, 3), date(2032, 2, 2))))

    assert [(row["date"], row["user_id"]) for row in rows] == [
        (day, who) for day in dates for who in ("1", "2")
    ]


async def test_the_statements_are_few_and_the_same_for_every_portion(ask, database_url):
    per_portion = 50
    window = DaySpan(WEEK.first, WEEK.first + timedelta(days=DAYS_A_PORTION // per_portion - 1))
    users = [user(sourceId=str(n), fullName=f"User {n:03}") for n in range(1, 2 * per_portion + 1)]
    await put(ask, companies=[company()], users=users, holidays=[holiday()])
    database = Database(database_url)
    exporting = ScheduleExport(
        ScheduleService(database), Catalogue(database), AccessEvents(database, now)
    )
    sent = []

    with statements() as collected:
        async for portion in exporting.portions(LOCAL, ExportWish(window, all_days=True)):
            assert portion.rows <= DAYS_A_PORTION
            sent.append((portion.workers, len(collected)))
            collected.clear()
    await database.close()

    assert [workers for workers, _ in sent] == [0, per_portion, per_portion]
    assert sent[1] == sent[2]
    assert sent[1][1] <= 11


# What is asked for


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        pytest.param({}, [("INVALID_VALUE", "from"), ("INVALID_VALUE", "to")], id="no window"),
        pytest.param({"from": [""]}, [("INVALID_VALUE", "from")], id="no day"),
        pytest.param({"from": ["03/02/26"]}, [("INVALID_VALUE", "from")], id="no ISO day"),
        pytest.param({"to": ["2026-02-30"]}, [("INVALID_VALUE", "to")], id="no such day"),
        pytest.param({"to": ["2126-02-01"]}, [("INVALID_VALUE", "to")], id="a day too far off"),
        pytest.param({"to": ["2026-03-01"]}, [("DAYS_REVERSED", "to")], id="reversed"),
        pytest.param({"company": ["7"]}, [("INVALID_VALUE", "company")], id="no company's id"),
        pytest.param(
            {"role": ["5", "x"]}, [("INVALID_VALUE", "role")], id="one of two is no role's id"
        ),
        pytest.param({"name": ["a\0"]}, [("INVALID_VALUE", "name")], id="no text"),
        pytest.param({"name": ["a", "b"]}, [("INVALID_VALUE", "name")], id="twice"),
        pytest.param({"only_off": ["1"]}, [("INVALID_VALUE", "only_off")], id="no boolean"),
        pytest.param({"bom": ["no"]}, [("INVALID_VALUE", "bom")], id="no boolean, either"),
        pytest.param({"all_days": [""]}, [("INVALID_VALUE", "all_days")], id="an empty boolean"),
        pytest.param({"onlyOff": ["true"]}, [("INVALID_VALUE", "onlyOff")], id="misspelt"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_name_of_its_parameter(given, refused):
    asked = ({"from": [MONDAY], "to": [SUNDAY]} if given else {}) | given

    with pytest.raises(Refused) as raised:
        ExportWish.read(asked)

    assert [(error.code, *error.path) for error in raised.value.errors] == refused
