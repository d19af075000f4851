"""Which days people are off: kept in step with their records by every write."""

from datetime import UTC, date, datetime, time
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlmodel import col

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.reading.schedule import clock_hours, is_absent
from app.db.schema.tables import PersonDayRow, WorkerRow, table_columns
from app.db.writing.person_time_off import overlapping_records
from app.domain.days import DaySpan
from app.domain.errors import Refused, TimeOffError
from app.domain.person_time_off import PersonTimeOffWish
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.recurrence import Repeat
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.person_time_off.commands import (
    CreatePersonTimeOff,
    DeletePersonTimeOff,
    UpdatePersonTimeOff,
)
from app.services.person_time_off.service import PersonTimeOffService
from tests.builders import COMPANY, OTHER_COMPANY, PERSON

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = 3600
MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)


class House:
    """The services over one database."""

    def __init__(self, url):
        self.database = Database(url)
        self.directory = DirectoryService(self.database, lambda: NOW)
        self.records = PersonTimeOffService(self.database, lambda: NOW)

    async def people_it(self):
        company = UpsertItem({"source_id": COMPANY, "name": "Brick"})
        names = {"first_name": "Grace", "last_name": "Hopper"}
        grace = UpsertItem({"source_id": PERSON, "company_id": COMPANY, **names})
        await self.directory.upsert_companies(LOCAL, [company])
        await self.directory.upsert_people(LOCAL, [grace])

    async def days(self):
        """Each row of the day table, by person, day and record."""
        columns = table_columns(PersonDayRow)
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*columns).order_by(*columns))
            return [tuple(row) for row in rows]

    async def days_of_the_records(self):
        """The same, as the records say."""
        found = []
        async with self.database.reading() as connection:
            records = await connection.execute(PERSON_TIME_OFFS.select(None))
            for record in map(PERSON_TIME_OFFS.to_domain, records):
                clock = (*record.pattern.interval, record.is_paid)
                found += [
                    (record.person_id, day, record.id, *clock) for day in record.counted_days()
                ]
        return sorted(found)


@pytest.fixture
async def house(database_url):
    house = House(database_url)
    await house.people_it()
    yield house
    await house.database.close()


def wish(**given):
    fields: dict[str, Any] = {
        "start_day": FRIDAY,
        "end_day": date(2026, 3, 9),
        "batch_start_time": time(22),
        "batch_end_time": time(6),
        "apply_to_saturday": True,
        "apply_to_sunday": False,
        "is_paid": True,
        "reason": "night",
    } | given
    return PersonTimeOffWish(**fields)


@pytest.mark.rule("3.5")
@pytest.mark.rule("3.6")
async def test_a_records_days_are_those_that_count_with_a_night_on_the_day_it_starts(house):
    stored = await house.records.create(LOCAL, CreatePersonTimeOff(COMPANY, PERSON, wish()))
    id_ = stored.record.id

    created = await house.days()
    await house.records.update(
        LOCAL,
        UpdatePersonTimeOff(
            id_,
            PersonTimeOffPatch(
                end_day=FRIDAY, is_paid=False, batch_start_time=time(7), batch_end_time=time(9)
            ),
        ),
    )
    changed = await house.days()
    await house.records.delete(LOCAL, DeletePersonTimeOff(id_, dry_run=True))
    after_dry_run = await house.days()
    await house.records.delete(LOCAL, DeletePersonTimeOff(id_))

    counted = (FRIDAY, date(2026, 3, 7), date(2026, 3, 9))
    assert created == [(PERSON, day, id_, 22 * HOUR, 30 * HOUR, True) for day in counted]
    assert changed == [(PERSON, FRIDAY, id_, 7 * HOUR, 9 * HOUR, False)]
    assert after_dry_run == changed
    assert await house.days() == []


async def test_a_refused_write_leaves_the_days_alone(house):
    await house.records.create(LOCAL, CreatePersonTimeOff(COMPANY, PERSON, wish()))
    before = await house.days()

    for refused in (
        house.records.create(LOCAL, CreatePersonTimeOff(OTHER_COMPANY, PERSON, wish())),
        house.records.update(
            LOCAL,
            UpdatePersonTimeOff(before[0][2], PersonTimeOffPatch(end_day=MONDAY, is_paid=False)),
        ),
    ):
        with pytest.raises(Refused):
            await refused

    assert await house.days() == before != []


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_any_writes_the_days_are_those_of_the_records(house, seed):
    random = Random(seed)  # noqa: S311 - the same writes every time
    records: list[str] = []
    seen: list[list[Any]] = []
    for _ in range(40):
        day = date(2026, 3, random.randrange(2, 7))
        try:
            match random.randrange(3):
                case 0:
                    given = wish(start_day=day, **choice_of_repeat(random))
                    created = await house.records.create(
                        LOCAL, CreatePersonTimeOff(COMPANY, PERSON, given)
                    )
                    records.append(created.record.id)
                case 1 | 2 if records:
                    await change_or_delete(house, random, records)
                case _:
                    continue
        except (Refused, TimeOffError):
            continue
        seen.append(await house.days())
        assert seen[-1] == await house.days_of_the_records()

    assert len({str(days) for days in seen}) > 5


def choice_of_repeat(random):
    repeat = random.choice([Repeat.NEVER, Repeat.WEEKLY, Repeat.MONTHLY])
    return {
        "end_day": date(2026, 3, 8),
        "repeat": repeat,
        "cadence": None if repeat is Repeat.NEVER else 1,
        "repeat_end_day": None if repeat is Repeat.NEVER else date(2026, 6, 1),
    }


async def change_or_delete(house, random, records: list[str]) -> None:
    id_ = records[random.randrange(len(records))]
    if random.random() < 0.5:
        patch = PersonTimeOffPatch(
            is_paid=random.random() < 0.5,
            apply_to_sunday=random.random() < 0.5,
            batch_end_time=time(random.randrange(23)),
        )
        await house.records.update(LOCAL, UpdatePersonTimeOff(id_, patch))
    else:
        records.remove(id_)
        await house.records.delete(LOCAL, DeletePersonTimeOff(id_))


async def plans_of(connection, reading):
    """Return how the database carries out each statement of the reading that names the days."""
    found = []

    def explain(_, cursor, statement, parameters, *__):
        if "person_days" in statement:
            how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
            cursor.execute(how + statement, parameters)
            found.append(str(cursor.fetchall()))

    engine = connection.sync_connection.engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        await reading
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    return found


async def test_days_of_people_are_read_by_their_index(house):
    stored = await house.records.create(LOCAL, CreatePersonTimeOff(COMPANY, PERSON, wish()))
    week = DaySpan(MONDAY, FRIDAY)

    async with house.database.reading() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
            await connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        absent = select(col(WorkerRow.id)).where(is_absent(week))
        plans = [
            await plans_of(connection, reading)
            for reading in (
                clock_hours(connection, [PERSON], week),
                overlapping_records(connection, stored.record),
                connection.execute(absent),
            )
        ]

        key = "PRIMARY KEY" if house.database.is_sqlite else "person_days_pkey"
    assert all(len(plan) == 1 and key in plan[0] for plan in plans), plans
