"""Migration 0010 carries days, instances and kept answers over, and is whole or not at all."""

import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.db.connections.database import Database
from app.db.connections.migrate import is_current, upgrade
from app.db.schema.column_types import UuidText
from app.domain.instances import ids_of_instances
from app.domain.person_time_off import PersonTimeOffWish
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.recurrence import Repeat
from app.services.caller import LOCAL
from app.services.data_check import check
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.mirror.service import MirrorEntries, MirrorService
from app.services.person_time_off.commands import CreatePersonTimeOff, UpdatePersonTimeOff
from app.services.person_time_off.service import PersonTimeOffService
from app.services.time_off_entries.commands import CreateEntries, EntryItem
from app.services.time_off_entries.service import TimeOffEntryService
from tests.builders import COMPANY, PERSON, uuid
from tests.db.taking_back import downgrade, within
from tests.execution.both_ways import tables_of

MIGRATION = import_module("app.db.migrations.versions.0010_each_fact_once")
PROJECT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WISH = PersonTimeOffWish(
    date(2026, 1, 30),
    date(2026, 1, 31),
    time(22),
    time(6),
    apply_to_saturday=True,
    apply_to_sunday=False,
    is_paid=True,
    reason="medical",
)
SERIES: list[dict[str, Any]] = [
    {},
    {"repeat": Repeat.WEEKLY, "cadence": 2, "repeat_end_day": date(2026, 12, 31)},
    {"repeat": Repeat.MONTHLY, "cadence": 1, "repeat_end_day": date(2027, 3, 31)},
    {"repeat": Repeat.YEARLY, "cadence": 1, "repeat_end_day": date(2030, 1, 30)},
    *(
        {"repeat": repeat, "cadence": 2**31 - 1, "repeat_end_day": date(2030, 1, 30)}
        for repeat in (Repeat.WEEKLY, Repeat.MONTHLY, Repeat.YEARLY)
    ),
]


async def write(url):
    """Make the company, and do everything that answers with instances, each under a key."""
    database = Database(url)
    directory = DirectoryService(database, lambda: NOW)
    company = UpsertItem({"source_id": COMPANY, "name": "Brick"})
    of_company = {"company_id": COMPANY}
    user = {"source_id": "1", "full_name": "Ada", "email_address": "ada@example.com"}
    person = {"source_id": PERSON, "first_name": "A", "last_name": "L", "email": "ada@example.com"}
    await directory.upsert_companies(LOCAL, [company])
    await directory.upsert_users(LOCAL, [UpsertItem(user | of_company)])
    await directory.upsert_people(LOCAL, [UpsertItem(person | of_company)])
    answers = await write_keyed(database)
    await database.close()
    return answers


async def write_keyed(database):
    """Return the answers, which are the same when it is done again."""
    records = PersonTimeOffService(database, lambda: NOW)
    answers = [
        await records.create(
            LOCAL,
            CreatePersonTimeOff(
                COMPANY, PERSON, replace(WISH, **series), idempotency_key=f"create {number}"
            ),
        )
        for number, series in enumerate(SERIES)
    ]
    patch = PersonTimeOffPatch(is_paid=False, batch_end_time=time(5))
    change = UpdatePersonTimeOff(answers[1].record.id, patch, "update")
    items = [EntryItem("1", 4, date(2026, 3, day)) for day in (2, 3, 9, 10, 16, 17)]
    entries = await TimeOffEntryService(database, lambda: NOW).create(
        LOCAL, CreateEntries(items, idempotency_key="entries")
    )
    ids = [str(entry.id) for entry in entries.entries]
    wish = MirrorEntries(ids, True, "vacation", time(8), idempotency_key="mirror")  # noqa: FBT003
    mirrored = await MirrorService(database, lambda: NOW).entries(LOCAL, wish)
    return [*answers, await records.update(LOCAL, change), mirrored]


@pytest.fixture
def written(databases):
    """A database with everything, and what was answered."""
    url = databases.create()
    return url, asyncio.run(write(url))


def rows_at_0009(url):
    def read(connection):
        return [
            (str(id_), str(record_id), str(start), str(end))
            for id_, record_id, start, end in connection.execute(
                sa.text("SELECT id, person_time_off_id, start_day, end_day FROM time_off_instances")
            )
        ], connection.execute(sa.text("SELECT count(*) FROM absence_days")).scalar_one()

    return within(url, read)


def tables(url):
    """All rows, but for what version 0012 keeps of changes and no older one can know."""
    found = asyncio.run(tables_of(url))
    for change in found["changes"]:
        change |= {"first_day": None, "last_day": None}
    for counter in found["change_counters"]:
        counter["generation"] = ""
    return found


def test_back_and_again_everything_is_as_it_was(written):
    url, answers = written
    before = tables(url)

    downgrade(url, "0009")
    instances, days = rows_at_0009(url)
    upgrade(url)

    assert tables(url) == before
    assert check.find_violations(url, lambda *_: None) == []
    records = [*(each.record for each in answers[: len(SERIES)]), *answers[-1].records]
    assert sorted(instances) == sorted(
        (each.id, record.id, str(each.span.first), str(each.span.last))
        for record in records
        for each in record.instances
    )
    assert days == len(before["person_days"]) + len(before["time_off_entries"])


def test_requests_that_come_again_are_answered_as_before(written):
    url, answers = written

    async def again():
        database = Database(url)
        try:
            return await write_keyed(database)
        finally:
            await database.close()

    downgrade(url, "0009")
    upgrade(url)

    assert asyncio.run(again()) == answers
    assert len(tables(url)["person_time_offs"]) == len(SERIES) + len(answers[-1].records)


def test_ids_that_a_source_gave_stay_and_days_of_no_record_go(written):
    url, _ = written
    downgrade(url, "0009")
    instances, _ = rows_at_0009(url)
    ids = {id_: uuid(7 * number) for number, (id_, *_) in enumerate(instances)}

    def patch(connection):
        uuids = [sa.bindparam(name, type_=UuidText()) for name in ("old", "new")]
        statement = sa.text("UPDATE time_off_instances SET id = :new WHERE id = :old")
        for old, new in ids.items():
            connection.execute(statement.bindparams(*uuids), {"old": old, "new": new})
        connection.execute(
            sa.text(
                "INSERT INTO absence_days SELECT company_id, day, subject, 'gone' || record, "
                "seconds, starts, ends, is_paid FROM absence_days WHERE starts IS NOT NULL"
            )
        )

    within(url, patch)
    upgrade(url)

    stored = tables(url)["person_time_offs"]
    given = {str(row["id"]): row["instance_ids"] for row in stored}
    assert given == {
        record_id: [
            ids[id_] for id_, of, *_ in sorted(instances, key=itemgetter(2)) if of == record_id
        ]
        for record_id in given
    }
    assert check.find_violations(url, lambda *_: None) == []


@pytest.mark.parametrize(
    ("damage", "places", "told"),
    [
        pytest.param(
            "DELETE FROM time_off_instances WHERE start_day = '2026-02-28'",
            [0, None, *range(2, 15)],
            "14 keep their ids, 1 are new, 0 are left behind",
            id="a row is missing",
        ),
        pytest.param(
            "DELETE FROM time_off_instances WHERE start_day <= '2026-02-28'",
            [None, None, *range(2, 15)],
            "13 keep their ids, 2 are new, 0 are left behind",
            id="the first rows are missing",
        ),
        pytest.param(
            "DELETE FROM time_off_instances",
            [None] * 15,
            "0 keep their ids, 15 are new, 0 are left behind",
            id="all rows are missing",
        ),
        pytest.param(
            "UPDATE time_off_instances SET start_day = '2026-03-01' WHERE start_day = '2026-02-28'",
            [0, None, *range(2, 15)],
            "14 keep their ids, 1 are new, 1 are left behind",
            id="a row lies on a day of no instance",
        ),
    ],
)
def test_no_id_goes_to_another_day_where_rows_are_damaged(written, damage, places, told):
    url, answers = written
    record = answers[2].record
    downgrade(url, "0009")
    of_record = sa.text(
        f"{damage} {'AND' if 'WHERE' in damage else 'WHERE'} person_time_off_id = :record"
    ).bindparams(sa.bindparam("record", record.id, UuidText()))
    within(url, lambda connection: connection.execute(of_record))
    said: list[str] = []

    upgrade(url, said.append)

    stored = tables(url)["person_time_offs"]
    given = next(row["instance_ids"] for row in stored if str(row["id"]) == record.id)
    before = [each.id for each in record.instances]
    after = ids_of_instances(given, len(before))
    assert [before.index(each) if each in before else None for each in after] == places
    assert [line.split(": ")[1] for line in said if record.id in line] == [f"{told}."]
    assert check.find_violations(url, lambda *_: None) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE absence_days SET is_paid = NULL WHERE starts IS NOT NULL",
        "UPDATE absence_days SET ends = NULL WHERE starts IS NOT NULL",
        """
        INSERT INTO companies (id, name, name_key) VALUES (:other, 'B', 'b');
        INSERT INTO absence_days SELECT :other, day, subject, record, seconds, starts, ends, is_paid
        FROM absence_days WHERE starts IS NOT NULL
        """,
    ],
    ids=["without a paid flag", "without an end", "of two companies"],
)
def test_damaged_days_stop_no_migration_and_are_found_by_check(written, damage):
    url, _ = written
    downgrade(url, "0009")
    other = sa.bindparam("other", uuid(99), UuidText())

    def do(connection):
        for each in damage.split(";"):
            statement = sa.text(each)
            connection.execute(statement.bindparams(other) if ":other" in each else statement)

    within(url, do)
    upgrade(url)

    found = [str(each) for each in check.find_violations(url, lambda *_: None)]
    assert any("day rows" in each for each in found) == ("companies" not in damage)


@pytest.mark.parametrize("cadence", [0, -1, None])
def test_a_rule_that_stands_still_keeps_its_ids_and_can_be_taken_back(written, cadence):
    url, answers = written
    record = answers[1].record
    downgrade(url, "0009")
    damage = sa.text("UPDATE person_time_offs SET cadence = :cadence WHERE id = :record")
    of_record = damage.bindparams(
        sa.bindparam("cadence", cadence, sa.Integer()),
        sa.bindparam("record", record.id, UuidText()),
    )
    within(url, lambda connection: connection.execute(of_record))

    upgrade(url)

    stored = tables(url)["person_time_offs"]
    given = next(row["instance_ids"] for row in stored if str(row["id"]) == record.id)
    assert tuple(given) == record.instance_ids
    downgrade(url, "0009")


UPGRADE_TO_DEATH = """
import os, signal, sys
from sqlalchemy import Engine, event
from app.db.connections.migrate import upgrade

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

upgrade(sys.argv[1])
print(int(sys.argv[2]) - left)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    "times", [pytest.param(3, id="few"), pytest.param(20, id="many", marks=pytest.mark.long)]
)
def test_a_migration_that_is_killed_anywhere_is_done_the_next_time(written, times):
    url, _ = written
    before = tables(url)
    downgrade(url, "0009")
    at_0009 = rows_at_0009(url)

    def migrate(statements):
        command = [sys.executable, "-c", UPGRADE_TO_DEATH, url, str(statements)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)

    statements = int(migrate(1_000).stdout)
    assert statements >= 20
    downgrade(url, "0009")
    for number in range(times):
        ended = migrate(number * statements // times)
        assert ended.returncode == -signal.SIGKILL, ended.stdout
        assert rows_at_0009(url) == at_0009
        assert not is_current(url)
    ended = migrate(1_000)

    assert ended.returncode == 0, ended.stderr
    assert tables(url) == before


@given(
    st.lists(st.uuids().map(str), min_size=1, max_size=5),
    st.integers(1, 40),
)
def test_the_migration_keeps_the_ids_that_the_code_reads(ids, more):
    all_ids = ids_of_instances(ids, len(ids) + more)

    kept = MIGRATION._given(all_ids)  # noqa: SLF001

    assert ids_of_instances(kept, len(all_ids)) == all_ids
    assert len(kept) <= len(ids)
