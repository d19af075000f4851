"""The merged schedule beneath its GraphQL face: tenants, reasons, many workers, laws."""

import asyncio
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import SQLModel

from app.clock import now
from app.db.connections.database import Database
from app.db.schema.tables import (
    CompanyRow,
    PersonDayRow,
    PersonRow,
    PersonTimeOffRow,
    TimeOffEntryRow,
    UserRow,
    WorkerRow,
)
from app.domain.days import DaySpan
from app.domain.durations import HOUR
from app.domain.filters import WorkerFilter
from app.domain.paging import PageRequest, page_request, read_cursor
from app.domain.schedule import DiscrepancyKind
from app.domain.workers import name_key
from app.main import build_services
from app.services.caller import LOCAL
from app.services.schedule import BY_NAME, BY_WORKER_AND_DAY, ScheduleService
from graphql_schema.context import Context
from graphql_schema.schema import schema
from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    SUNDAY,
    Values,
    company,
    entry,
    person,
    person_time_off,
    user,
    uuid,
)
from tests.callers import caller
from tests.graphql.api import CREATE_ENTRIES, CREATE_PERSON_TIME_OFF, UPSERTS

MARCH_2 = date.fromisoformat(MONDAY)
WEEK = DaySpan(MARCH_2, date.fromisoformat(SUNDAY))
STRANGER = caller("stranger", frozenset(), reads_reasons=True)
OURS = caller("ours", frozenset([COMPANY]), reads_reasons=False)
THEIRS = caller("theirs", frozenset([OTHER_COMPANY]), reads_reasons=True)
HOT = WorkerFilter()


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def run(database, document, caller=LOCAL, **variables):
    """Execute as the endpoint would for this caller; refusals fail the test."""
    context = Context(build_services(database), caller)
    answer = await schema.execute(document, variables, context)
    assert not answer.errors, answer.errors
    return answer.data


async def put_both_companies(database):
    """In each company one human whom both systems know, and who is away on Monday."""
    for number, company_id in ((1, COMPANY), (2, OTHER_COMPANY)):
        email, own = f"{number}@example.com", {"companyId": company_id}
        for noun, items in {
            "companies": [company(sourceId=company_id, name=f"Company {number}")],
            "users": [user(sourceId=str(number), emailAddress=email, **own)],
            "people": [person(sourceId=uuid(number), email=email, **own)],
        }.items():
            await run(database, UPSERTS[noun], items=items)
        entries = {"timeOffEntries": [entry(userId=str(number), hours=2)]}
        await run(database, CREATE_ENTRIES, input=entries)
        record = person_time_off(personId=uuid(number), reason=f"reason {number}", **own)
        await run(database, CREATE_PERSON_TIME_OFF, input=record)


PICTURE = """
{
  schedule(from: "2026-03-02", to: "2026-03-02") {
    totalCount
    nodes {
      worker { company { name } }
      hoursOff
      days { contributions { reason timeOff { id } } notes { timeOff { id } } }
    }
  }
  discrepancies(from: "2026-03-02", to: "2026-03-02") {
    totalCount
    nodes { worker { company { name } } kind timeOff { id } }
  }
}
"""


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    ("caller", "companies"),
    [
        pytest.param(LOCAL, ["Company 1", "Company 2"], id="all companies"),
        pytest.param(OURS, ["Company 1"], id="one"),
        pytest.param(THEIRS, ["Company 2"], id="the other"),
        pytest.param(STRANGER, [], id="none"),
    ],
)
async def test_a_caller_sees_the_workers_of_its_companies(database, caller, companies):
    await put_both_companies(database)

    picture = await run(database, PICTURE, caller)

    for field in ("schedule", "discrepancies"):
        shown = [node["worker"]["company"]["name"] for node in picture[field]["nodes"]]
        assert (shown, picture[field]["totalCount"]) == (companies, len(companies))
    days = [node["days"][0] for node in picture["schedule"]["nodes"]]
    assert all(len(day["contributions"]) == 2 for day in days)


@pytest.mark.rule("6.2")
async def test_another_tenants_worker_is_not_there_although_named(database):
    await put_both_companies(database)
    service = ScheduleService(database)
    for named in (
        WorkerFilter(company_id=OTHER_COMPANY),
        WorkerFilter(worker_ids=["U2"]),
        WorkerFilter(user_ids=[2]),
        WorkerFilter(person_ids=[uuid(2)]),
    ):
        page = await service.page(OURS, named, WEEK, PageRequest(BY_NAME))
        different = await service.discrepancies(OURS, named, WEEK, PageRequest(BY_WORKER_AND_DAY))

        assert (page.items, different.items) == ([], [])


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        pytest.param(THEIRS, "reason 2", id="with the right to read it"),
        pytest.param(OURS, None, id="without"),
    ],
)
async def test_a_contributions_reason_is_for_those_who_may_read_it(database, caller, reason):
    await put_both_companies(database)

    picture = await run(database, PICTURE, caller)

    (node,) = picture["schedule"]["nodes"]
    reasons = [each["reason"] for each in node["days"][0]["contributions"]]
    assert reasons == [None, reason]  # Kantata has none


@pytest.mark.rule("4.6")
async def test_what_the_merge_keeps_of_a_record_has_no_reason(database):
    await put_both_companies(database)

    page = await ScheduleService(database).page(LOCAL, HOT, WEEK, PageRequest(BY_NAME))

    assert "reason 1" not in repr(page)


# A large company, written in bulk: what the services would have stored.


async def put_bulk(database, workers, days_of):
    """Workers of both systems; `days_of(n)` has (day, Kantata's seconds, Procore's) each.

    Every record of Procore is one day long, and starts at 8.
    """
    numbers = range(1, workers + 1)
    at, own = now(), {"company_id": COMPANY}
    entries, records, days = [], [], []
    for n in numbers:
        for place, (day, kantata, procore) in enumerate(days_of(n)):
            key = n * 1000 + place
            if kantata:
                entries.append(
                    own
                    | {
                        "id": key,
                        "user_id": n,
                        "requested_date": day,
                        "submission_date": day,
                        "seconds": kantata,
                        "created_at": at,
                        "updated_at": at,
                    }
                )
            if procore:
                records.append(
                    own
                    | {
                        "id": uuid(key),
                        "person_id": uuid(n),
                        "first_day": day,
                        "first_span_end": day,
                        "last_day": day,
                        "start_minute": 8 * 60,
                        "end_minute": 8 * 60 + procore // 60,
                        "apply_to_saturday": False,
                        "apply_to_sunday": False,
                        "is_paid": True,
                        "reason": "vacation",
                        "repeat": "never",
                        "instance_ids": [uuid(key)],
                        "created_at": at,
                        "updated_at": at,
                    }
                )
                days.append(
                    {
                        "person_id": uuid(n),
                        "day": day,
                        "record_id": uuid(key),
                        "starts": 8 * HOUR,
                        "ends": 8 * HOUR + procore,
                        "is_paid": True,
                    }
                )
    names = {n: f"name {n % 997:03}" for n in numbers}
    rows: dict[type[SQLModel], list[Values]] = {
        CompanyRow: [{"id": COMPANY, "name": "Large", "name_key": name_key("Large")}],
        UserRow: [
            own | {"id": n, "full_name": names[n], "name_key": name_key(names[n])} for n in numbers
        ],
        PersonRow: [
            own
            | {
                "id": uuid(n),
                "first_name": "A",
                "last_name": "B",
                "name_key": name_key("A B"),
                "status": "ACTIVE",
            }
            for n in numbers
        ],
        WorkerRow: [
            own
            | {
                "id": f"U{n}",
                "user_id": n,
                "person_id": uuid(n),
                "full_name": names[n],
                "name_key": name_key(names[n]),
            }
            for n in numbers
        ],
        TimeOffEntryRow: entries,
        PersonTimeOffRow: records,
        PersonDayRow: days,
    }
    async with database.writing() as connection:
        for table, values in rows.items():
            for start in range(0, len(values), 2000):
                await connection.execute(insert(table), values[start : start + 2000])


async def walk(service, window, size, *, backward=False):
    """Page after page of the discrepancies from one end to the other."""
    pages, cursor = [], None
    while True:
        request = page_request(
            BY_WORKER_AND_DAY,
            None if backward else size,
            None if backward else cursor,
            size if backward else None,
            cursor if backward else None,
        )
        page = await service.discrepancies(LOCAL, HOT, window, request)
        pages.append(page)
        if not (page.has_previous if backward else page.has_next):
            return pages[::-1] if backward else pages
        cursor = page.cursors[0] if backward else page.cursors[-1]


FRIDAYS = [MARCH_2 + timedelta(days=4 + 7 * week) for week in range(40)]


def days_of_a_large_company(n):
    """Four Fridays each; who is a multiple of ten agrees with nobody."""
    differs = n % 10 == 0
    return [
        (FRIDAYS[(n + 9 * turn) % 40], 8 * HOUR, (4 if differs else 8) * HOUR) for turn in range(4)
    ]


def facts_of(pages):
    """Each differing day of the pages as its worker and what it says."""
    return [(day.worker, asdict(day.merged)) for page in pages for day in page.items]


@pytest.mark.rule("4.5")
async def test_a_year_of_5_000_workers_is_compared_page_by_page(database):
    await put_bulk(database, 5_000, days_of_a_large_company)
    service, year = ScheduleService(database), DaySpan(MARCH_2, MARCH_2 + timedelta(days=364))

    forward = await walk(service, year, 200)
    backward = await walk(service, year, 200, backward=True)

    keys = [
        read_cursor(BY_WORKER_AND_DAY, cursor, "after")
        for page in forward
        for cursor in page.cursors
    ]
    found = Counter((day.worker.id, day.merged.date) for page in forward for day in page.items)
    expected = {
        (f"U{n}", day) for n in range(10, 5_001, 10) for day, *_ in days_of_a_large_company(n)
    }
    assert found == dict.fromkeys(expected, 1)
    assert keys == sorted(keys)
    assert len(forward) == 10
    assert facts_of(backward) == facts_of(forward)
    assert await service.count_discrepancies(LOCAL, HOT, year) == len(expected)


@pytest.mark.rule("4.5")
async def test_a_page_of_differing_days_is_of_workers_with_nothing_between_too(database):
    """Only the last of 250 differs: the way to it is walked, from either end."""
    await put_bulk(database, 250, lambda n: [(MARCH_2, 8 * HOUR, (4 if n == 250 else 8) * HOUR)])
    service = ScheduleService(database)

    for request in (
        page_request(BY_WORKER_AND_DAY, 1, None, None, None),
        page_request(BY_WORKER_AND_DAY, None, None, 1, None),
    ):
        page = await service.discrepancies(LOCAL, HOT, WEEK, request)

        assert [(day.worker.id, day.merged.discrepancy) for day in page.items] == [
            ("U250", DiscrepancyKind.HOURS_DIFFER)
        ]
        assert (page.has_next, page.has_previous) == (False, False)


# Laws, over whatever is booked in two weeks.

amounts = st.sampled_from([0, 2 * HOUR, 8 * HOUR, 10 * HOUR])
booked = st.dictionaries(
    st.tuples(
        st.integers(min_value=1, max_value=4),
        st.integers(min_value=0, max_value=13).map(lambda each: MARCH_2 + timedelta(days=each)),
    ),
    st.tuples(amounts, amounts),
    max_size=30,
)
sizes = st.integers(min_value=1, max_value=8)


@pytest.mark.rule("4.5")
@pytest.mark.only_on("sqlite")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(booked, sizes)
def test_discrepancies_are_what_the_schedule_shows_whatever_is_booked(databases, days, size):
    url = databases.create()

    async def compare():
        database = Database(url)
        try:
            await put_bulk(
                database,
                4,
                lambda n: [(day, *both) for (who, day), both in days.items() if who == n],
            )
            service = ScheduleService(database)
            page = await service.page(LOCAL, HOT, WEEK, PageRequest(BY_NAME))
            shown = [
                (each.worker, asdict(day))
                for each in page.items
                for day in each.days
                if day.discrepancy
            ]
            for backward in (False, True):
                pages = await walk(service, WEEK, size, backward=backward)
                assert facts_of(pages) == shown
                assert all(len(page.items) == size for page in pages[1:-1])
        finally:
            await database.close()

    asyncio.run(compare())
    databases.drop(url)
