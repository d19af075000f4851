"""Who is off on which day: kept in step with the records of both models by every write."""

from datetime import UTC, date, datetime, time
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlmodel import col

from app.db.connections.database import Database
from app.db.reading.lists_of_nouns import ENTRIES, PERSON_TIME_OFFS
from app.db.reading.schedule import clock_hours, is_absent
from app.db.schema.tables import AbsenceDayRow, WorkerRow, table_columns
from app.db.writing.person_time_off import overlapping_records
from app.domain.days import DaySpan
from app.domain.errors import Refused, TimeOffError
from app.domain.identifiers import person_subject, user_subject
from app.domain.person_time_off import PersonTimeOffWish
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.recurrence import Repeat
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.person_time_off import (
    CreatePersonTimeOff,
    DeletePersonTimeOff,
    PersonTimeOffService,
    UpdatePersonTimeOff,
)
from app.services.time_off_entries.commands import (
    CreateEntries,
    DeleteEntries,
    EntryItem,
    UpdateEntry,
)
from app.services.time_off_entries.service import TimeOffEntryService
from tests.builders import COMPANY, PERSON

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = 3600
MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)


class House:
    """The services over one database."""

    def __init__(self, url):
        self.database = Database(url)
        self.directory = DirectoryService(self.database, lambda: NOW)
        self.entries = TimeOffEntryService(self.database, lambda: NOW)
        self.records = PersonTimeOffService(self.database, lambda: NOW)

    async def people_it(self):
        company = UpsertItem({"source_id": COMPANY, "name": "Brick"})
        ada = UpsertItem({"source_id": "1", "company_id": COMPANY, "full_name": "Ada"})
        names = {"first_name": "Grace", "last_name": "Hopper"}
        grace = UpsertItem({"source_id": PERSON, "company_id": COMPANY, **names})
        await self.directory.upsert_companies(LOCAL, [company])
        await self.directory.upsert_users(LOCAL, [ada])
        await self.directory.upsert_people(LOCAL, [grace])

    async def days(self):
        """Each row of the day table: day, subject, record, seconds, starts, ends, paid."""
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*table_columns(AbsenceDayRow)))
            return sorted(
                (
                    (
                        row.day,
                        row.subject,
                        row.record,
                        row.seconds,
                        row.starts,
                        row.ends,
                        row.is_paid,
                    )
                    for row in rows
                ),
                key=repr,
            )

    async def days_of_the_records(self):
        """The same, as the records of both models say."""
        none = (None, None, None)
        async with self.database.reading() as connection:
            entries = await connection.execute(ENTRIES.select(None))
            found: list[tuple] = [
                (each.requested_date, user_subject(each.user_id), str(each.id), each.seconds, *none)
                for each in map(ENTRIES.to_domain, entries)
            ]
            records = await connection.execute(PERSON_TIME_OFFS.select(None))
            for record in map(PERSON_TIME_OFFS.to_domain, records):
                starts, ends = record.pattern.interval
                subject = person_subject(record.person_id)
                found += [
                    (day, subject, record.id, ends - starts, starts, ends, record.is_paid)
                    for day in record.counted_days()
                ]
        return sorted(found, key=repr)


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


async def test_an_entrys_day_follows_its_hours_and_goes_with_it(house):
    seen = []
    for write in (
        house.entries.create(LOCAL, CreateEntries([EntryItem("1", 3, MONDAY)])),
        house.entries.create(LOCAL, CreateEntries([EntryItem("1", 2, MONDAY)])),
        house.entries.update(LOCAL, UpdateEntry("1", 1.5)),
        house.entries.create(LOCAL, CreateEntries([EntryItem("1", 2, MONDAY)], dry_run=True)),
        house.entries.delete(LOCAL, DeleteEntries(["1"])),
    ):
        await write
        seen.append(await house.days())

    def day(hours):
        return [(MONDAY, "U1", "1", hours * HOUR, None, None, None)]

    assert seen == [day(3), day(5), day(1.5), day(1.5), []]


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

    subject = f"P{PERSON}"
    counted = (FRIDAY, date(2026, 3, 7), date(2026, 3, 9))
    assert created == [(day, subject, id_, 8 * HOUR, 22 * HOUR, 30 * HOUR, True) for day in counted]
    assert changed == [(FRIDAY, subject, id_, 2 * HOUR, 7 * HOUR, 9 * HOUR, False)]
    assert after_dry_run == changed
    assert await house.days() == []


async def test_a_refused_write_leaves_the_days_alone(house):
    await house.entries.create(LOCAL, CreateEntries([EntryItem("1", 8, MONDAY)]))
    before = await house.days()

    for refused in (
        house.entries.create(
            LOCAL, CreateEntries([EntryItem("1", 1, FRIDAY), EntryItem("1", 1, MONDAY)])
        ),
        house.entries.delete(LOCAL, DeleteEntries(["1", "2"])),
    ):
        with pytest.raises(Refused):
            await refused

    assert await house.days() == before


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_any_writes_the_days_are_those_of_the_records(house, seed):
    random = Random(seed)  # noqa: S311 - the same writes every time
    records: list[str] = []
    for _ in range(40):
        day = date(2026, 3, random.randrange(2, 7))
        entry_id = str(random.randrange(1, 9))
        try:
            match random.randrange(6):
                case 0 | 1:
                    items = [EntryItem("1", random.choice([0.25, 1, 3]), day) for _ in range(2)]
                    dry_run = random.random() < 0.2
                    await house.entries.create(LOCAL, CreateEntries(items, dry_run=dry_run))
                case 2:
                    hours = random.choice([0.5, 2, 8])
                    await house.entries.update(LOCAL, UpdateEntry(entry_id, hours))
                case 3:
                    await house.entries.delete(LOCAL, DeleteEntries([entry_id]))
                case 4:
                    given = wish(start_day=day, **choice_of_repeat(random))
                    created = await house.records.create(
                        LOCAL, CreatePersonTimeOff(COMPANY, PERSON, given)
                    )
                    records.append(created.record.id)
                case 5 if records:
                    await change_or_delete(house, random, records)
        except (Refused, TimeOffError):
            continue
        assert await house.days() == await house.days_of_the_records()

    assert records
    assert await house.days() == await house.days_of_the_records() != []


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
        if "absence_days" in statement:
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

    assert all(len(plan) == 1 and "ix_absence_days_person" in plan[0] for plan in plans), plans
