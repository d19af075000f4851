"""A record that was deleted whole is brought back, for an hour (rule 3.13)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.clock import now
from app.db.connections.database import Database
from app.db.schema.tables import DeletedPersonTimeOffRow
from app.domain.person_time_off import KEPT_DELETED
from app.services.data_check.check import find_violations
from app.services.person_time_off.deleted import forget_deleted
from tests.builders import UNKNOWN_UUID, node_id
from tests.graphql.api import REFUSAL, put_person_time_off

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("3.13")]

WEEKLY = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-23", "reason": "surgery"}
RECORD = """
fragment Record on PersonTimeOff {
  id sourceId createdAt startDay endDay reason isPaid repeat cadence repeatEndDay
  splitFrom { id } splitInto { id }
  instances(includeSkipped: true) {
    sourceId originalDay status startDay endDay batchStartTime batchEndTime isPaid
  }
}
"""
RESTORE = (
    """
    mutation Restore($input: RestorePersonTimeOffInput!) {
      restorePersonTimeOff(input: $input) {
        personTimeOff { ...Record updatedAt }
        days { date hoursOff }
        warnings { code path }
        userErrors { ...Refusal }
      }
    }
    """
    + RECORD
    + REFUSAL
)
UPDATE = """
mutation Update($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { userErrors { message } }
}
"""
DELETE = """
mutation Delete($input: DeletePersonTimeOffInput!) {
  deletePersonTimeOff(input: $input) { deletedId userErrors { message } }
}
"""
SHOW = "query Show($id: ID!) { personTimeOff(id: $id) { ...Record updatedAt } }" + RECORD


async def payload_of(ask, document, **given):
    (payload,) = (await ask(document, input=given))["data"].values()
    return payload


async def done(ask, document, **given):
    payload = await payload_of(ask, document, **given)
    assert payload["userErrors"] == []
    return payload


async def shown(ask, id_):
    return (await ask(SHOW, id=id_))["data"]["personTimeOff"]


def not_found(payload):
    return [(each["code"], each["path"]) for each in payload["userErrors"]] == [
        ("NOT_FOUND", ["id"])
    ]


async def a_changed_repeat(ask):
    """Mondays, of which one is skipped, one moved, and the last gone to a record of its own."""
    id_ = await put_person_time_off(ask, **WEEKLY)
    await done(ask, DELETE, id=id_, scope="ONE", originalDay="2026-03-09")
    moved = {"startDay": "2026-03-17", "endDay": "2026-03-17", "isPaid": False}
    await done(ask, UPDATE, id=id_, scope="ONE", originalDay="2026-03-16", **moved)
    await done(
        ask, UPDATE, id=id_, scope="FOLLOWING", originalDay="2026-03-23", batchEndTime="12:00"
    )
    return id_


async def test_it_is_as_it_was_with_its_ids_and_its_reason(ask, database_url):
    id_ = await a_changed_repeat(ask)
    before = await shown(ask, id_)
    await done(ask, DELETE, id=id_)
    assert await shown(ask, id_) is None

    payload = await done(ask, RESTORE, id=id_)

    after = payload["personTimeOff"]
    assert after["updatedAt"] > before["updatedAt"]
    assert after | {"updatedAt": ""} == before | {"updatedAt": ""}
    assert after["reason"] == "surgery"
    assert await shown(ask, id_) == after
    assert payload["days"] == [
        {"date": "2026-03-02", "hoursOff": 8.0},
        {"date": "2026-03-17", "hoursOff": 8.0},
    ]
    assert await asyncio.to_thread(find_violations, database_url, lambda *_: None) == []


async def test_what_others_have_recorded_meanwhile_stays_and_is_warned_of(ask):
    id_ = await put_person_time_off(ask)
    await done(ask, DELETE, id=id_)
    other = await put_person_time_off(ask)
    before = await shown(ask, other)

    payload = await done(ask, RESTORE, id=id_)

    assert payload["warnings"] == [{"code": "OVERLAPS_TIME_OFF", "path": ["id"]}]
    assert await shown(ask, other) == before


async def test_it_is_brought_back_once_and_a_key_answers_again(ask):
    id_ = await put_person_time_off(ask)
    await done(ask, DELETE, id=node_id("PersonTimeOff", id_))

    first = await done(ask, RESTORE, id=id_, idempotencyKey="k")
    assert await done(ask, RESTORE, id=id_, idempotencyKey="k") == first
    assert not_found(await payload_of(ask, RESTORE, id=id_))


async def test_deleted_again_it_comes_back_as_it_was_then(ask):
    id_ = await put_person_time_off(ask)
    await done(ask, DELETE, id=id_)
    await done(ask, RESTORE, id=id_)
    await done(ask, UPDATE, id=id_, reason="course")
    await done(ask, DELETE, id=id_)

    payload = await done(ask, RESTORE, id=id_)

    assert payload["personTimeOff"]["reason"] == "course"


async def test_a_dry_run_shows_it_and_stores_nothing(ask, stored):
    id_ = await put_person_time_off(ask)
    await done(ask, DELETE, id=id_)
    before = await stored()

    payload = await done(ask, RESTORE, id=id_, dryRun=True)

    assert payload["personTimeOff"]["sourceId"] == id_
    assert [each["hoursOff"] for each in payload["days"]] == [8.0]
    assert await stored() == before


async def test_what_is_there_or_never_was_is_not_found(ask):
    there = await put_person_time_off(ask)
    skipped = await put_person_time_off(ask, **WEEKLY)
    await done(ask, DELETE, id=skipped, scope="ONE", originalDay="2026-03-09")

    for id_ in (there, skipped, UNKNOWN_UUID):
        assert not_found(await payload_of(ask, RESTORE, id=id_))


async def test_a_refused_or_tried_delete_keeps_nothing(ask, stored):
    id_ = await put_person_time_off(ask)
    await done(ask, DELETE, id=id_, dryRun=True)
    await payload_of(ask, DELETE, id=id_, ifUnchangedSince="2020-01-01T00:00:00Z")

    assert (await stored())["deleted_person_time_offs"] == []


async def test_after_an_hour_it_is_gone_with_its_reason(ask, database_url, stored):
    id_ = await put_person_time_off(ask, reason="surgery")
    await done(ask, DELETE, id=id_)
    assert "surgery" in str((await stored())["deleted_person_time_offs"])
    database = Database(database_url)
    assert await forget_deleted(database, now()) == 0
    async with database.reading() as connection:
        deleted_at = (
            await connection.execute(select(col(DeletedPersonTimeOffRow.deleted_at)))
        ).scalar_one()
    assert await forget_deleted(database, deleted_at + KEPT_DELETED) == 0
    late = deleted_at + KEPT_DELETED + timedelta(milliseconds=1)
    assert await forget_deleted(database, late) == 1
    await database.close()

    assert (await stored())["deleted_person_time_offs"] == []
    assert "surgery" not in str(await stored())
    assert not_found(await payload_of(ask, RESTORE, id=id_))
