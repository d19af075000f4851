"""Many rows are stored, and changed, by one statement; each value comes back as it went."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col

from app.db.connections.database import Database
from app.db.schema.tables import (
    AccessEventRow,
    CompanyRow,
    PersonRow,
    PersonTimeOffRow,
    table_columns,
)
from app.db.writing.batches import insertion, updating
from app.db.writing.statements import delete_all, insert_all, update_all
from tests.builders import COMPANY, uuid

NOW = datetime(2026, 3, 2, 8, 30, 15, 123456, tzinfo=UTC)
ELSEWHERE = timezone(timedelta(hours=5, minutes=30))
TEXTS = [
    "a",
    "",
    "NULL",
    "{1,2}",
    'it\'s "one"',
    "back\\slash",
    "zwei\nZeilen",
    "日本 🏝",
    "$1 %s ?",
]
TABLES = sorted(
    (each.class_ for each in SQLModel._sa_registry.mappers),  # noqa: SLF001 - of all tables
    key=lambda table: table.__name__,
)


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    company = {"id": COMPANY, "name": "A", "name_key": "a"}
    async with database.writing() as connection:
        await insert_all(connection, CompanyRow, [company])
    yield database
    await database.close()


async def stored(database, table):
    statement = select(*table_columns(table)).order_by(col(table.id))
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]


def event_of(id_, **given):
    return {
        "id": id_,
        "at": NOW,
        "kind": "SIGNED_IN",
        "company_id": None,
        "actor_kind": None,
        "actor": None,
        "actor_label": None,
        "peer": None,
        "via": "REST",
        "request_id": "r",
        **{"times": 1, "details": None} | given,
    }


def person_of(number, **given):
    return {
        "id": uuid(number),
        "company_id": COMPANY,
        "first_name": "A",
        "last_name": "B",
        "name_key": "a",
        "email": None,
        "email_key": None,
        "employee_number": None,
        **{"status": "ACTIVE", "job_title": None} | given,
    }


def record_of(number, **given):
    return {
        "id": uuid(number),
        "company_id": COMPANY,
        "person_id": uuid(1),
        "first_day": date(2026, 3, 2),
        "first_span_end": date(2026, 3, 2),
        "last_day": date(2026, 3, 2),
        "start_minute": 480,
        "end_minute": 960,
        "apply_to_saturday": False,
        "apply_to_sunday": True,
        "is_paid": True,
        "reason": "medical",
        "repeat": "never",
        "instance_ids": [uuid(number)],
        "created_at": NOW,
        "updated_at": NOW,
        "exceptions": None,
        "split_from": None,
        **{"cadence": None, "repeat_end_day": None} | given,
    }


async def test_values_of_all_types_come_back(database):
    events = [
        event_of(1, details={"text": each, "number": 1.5, "none": None, "list": [True, []]})
        for each in TEXTS[:1]
    ] + [
        event_of(id_, actor=each, details={each: each})
        for id_, each in enumerate(TEXTS, 2**63 - 1 - len(TEXTS))
    ]
    records = [
        record_of(1, first_day=date(1, 1, 1), start_minute=-1, instance_ids=[]),
        record_of(2, last_day=date(9999, 12, 31), is_paid=False, instance_ids=TEXTS),
        record_of(3, cadence=1, repeat_end_day=date(9999, 12, 31)),
        record_of(4, exceptions=[{"day": "2026-03-02", "paid": False}], split_from=uuid(3)),
    ]

    async with database.writing() as connection:
        await insert_all(connection, AccessEventRow, events)
        await insert_all(connection, PersonRow, [person_of(1)])
        await insert_all(connection, PersonTimeOffRow, records)

    assert await stored(database, AccessEventRow) == events
    assert await stored(database, PersonTimeOffRow) == records


async def test_instants_of_other_zones_are_the_same_instants(database):
    async with database.writing() as connection:
        rows = [event_of(1, at=NOW.astimezone(ELSEWHERE)), event_of(2)]
        await insert_all(connection, AccessEventRow, rows)

    assert {row["at"] for row in await stored(database, AccessEventRow)} == {NOW}


@pytest.mark.parametrize("count", [0, 1, 2, 10_000])
async def test_as_many_rows_as_one_likes(database, count):
    async with database.writing() as connection:
        await insert_all(connection, AccessEventRow, [event_of(id_) for id_ in range(count)])

    assert [row["id"] for row in await stored(database, AccessEventRow)] == [*range(count)]


async def test_a_batch_is_one_statement(database):
    sent = []

    def note(_connection, _cursor, statement, _parameters, _context, is_many):
        sent.append((statement.partition(" ")[0], is_many))

    is_many = database.is_sqlite  # its driver runs a statement row after row
    async with database.writing() as connection:
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        people = [person_of(number) for number in range(100)]
        await insert_all(connection, PersonRow, people)
        await update_all(connection, PersonRow, people)
        await delete_all(connection, PersonRow.id, [each["id"] for each in people])
        event.remove(connection.sync_connection, "before_cursor_execute", note)

    assert sent == [("INSERT", is_many), ("UPDATE", is_many), ("DELETE", False)]
    assert await stored(database, PersonRow) == []


async def test_only_the_named_columns_of_the_named_rows_change(database):
    people = [person_of(number, email="a@b.c", job_title="Joiner") for number in range(3)]
    async with database.writing() as connection:
        await insert_all(connection, PersonRow, people)
        changed = [
            {"id": people[2]["id"], "email": None, "status": "INACTIVE"},
            {"id": people[0]["id"], "email": "'", "status": "ACTIVE"},
        ]
        await update_all(connection, PersonRow, changed)

    assert await stored(database, PersonRow) == [
        people[0] | {"email": "'"},
        people[1],
        people[2] | {"email": None, "status": "INACTIVE"},
    ]


async def test_of_several_changes_of_one_row_the_last_stays(database):
    person = person_of(1)
    async with database.writing() as connection:
        await insert_all(connection, PersonRow, [person])
        names = [{"id": person["id"], "first_name": each} for each in TEXTS]
        await update_all(connection, PersonRow, names)

    (found,) = await stored(database, PersonRow)
    assert found["first_name"] == TEXTS[-1]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([person_of(1), person_of(1)], id="unique"),
        pytest.param([person_of(1), person_of(2, company_id=uuid(9))], id="foreign key"),
        pytest.param([person_of(1), person_of(2, first_name=None)], id="not null"),
    ],
)
async def test_one_bad_row_stores_none(database, rows):
    with pytest.raises(IntegrityError):
        async with database.writing() as connection:
            await insert_all(connection, PersonRow, rows)

    assert await stored(database, PersonRow) == []


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
async def test_the_statements_of_each_table_are_understood(database, table):
    columns = table.__table__.columns
    names = tuple(column.key for column in columns)
    made = [insertion(table, names, database.direct.dialect)]
    if "id" in names:
        made.append(updating(table, names, database.direct.dialect))
    async with database.reading() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        for each in made:
            prepared = await driver.prepare(each.text)
            assert len(prepared.get_parameters()) == len(names)
