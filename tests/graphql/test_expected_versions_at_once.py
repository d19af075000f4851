"""Expected versions with idempotency keys, by callers who may less, and of writers at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.db.connections.database import Database
from app.domain.access import OwnWorker, Permission
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.services.caller import LOCAL
from app.services.person_time_off.commands import UpdatePersonTimeOff
from app.services.person_time_off.service import PersonTimeOffService
from app.services.time_off_entries.commands import CreateEntries, EntryItem, UpdateEntry
from app.services.time_off_entries.service import TimeOffEntryService
from tests.builders import COMPANY, OTHER_COMPANY, company, entry, user
from tests.callers import caller
from tests.graphql.api import put, put_entries, put_person_time_off, refusal
from tests.graphql.expected_versions import (
    EACH,
    UPDATE_RECORD,
    WRITES,
    both,
    change_both,
    given_for,
    record_version,
)
from tests.graphql.test_tenants import answering

pytestmark = [pytest.mark.usefixtures("everyone"), pytest.mark.rule("5.4")]


# Keys


@pytest.mark.rule("5.1")
@EACH
async def test_a_key_is_answered_as_the_first_time_though_the_version_has_moved(ask, stored, name):
    """By its own write already: the client that lost the answer sends the same again."""
    record = await both(ask)
    document, given, seen = await given_for(ask, name, record)
    keyed = given | {"ifUnchangedSince": seen, "idempotencyKey": "k"}
    first = await ask(document, input=keyed)
    if name.startswith("update"):
        await change_both(ask, record)
    before = await stored()

    assert await ask(document, input=keyed) == first
    assert first["data"]["answer"]["userErrors"] == []
    assert await stored() == before


@pytest.mark.rule("5.1")
@EACH
async def test_a_version_is_a_part_of_what_a_key_stands_for(ask, stored, name):
    document, given, seen = await given_for(ask, name, await both(ask))
    keyed = given | {"idempotencyKey": "k"}
    await ask(document, input=keyed | {"ifUnchangedSince": seen})
    before = await stored()

    for other in ({}, {"ifUnchangedSince": "2026-03-02T09:00:00Z"}):
        answer = await ask(document, input=keyed | other)
        errors = answer["data"]["answer"]["userErrors"]
        assert errors == [refusal("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]
    assert await stored() == before


@pytest.mark.rule("5.1")
@EACH
async def test_a_refusal_keeps_no_key(ask, name):
    record = await both(ask)
    document, given, seen = await given_for(ask, name, record)
    await change_both(ask, record)
    keyed = given | {"idempotencyKey": "k"}
    refused = await ask(document, input=keyed | {"ifUnchangedSince": seen})
    (error,) = refused["data"]["answer"]["userErrors"]

    answer = await ask(document, input=keyed | {"ifUnchangedSince": error["updatedAt"]})

    assert answer["data"]["answer"]["userErrors"] == []


# Who asks


@pytest.mark.rule("4.6")
async def test_who_may_not_read_a_reason_is_told_none(ask, database_url):
    record = await both(ask)
    seen = await record_version(ask, record)
    await change_both(ask, record)
    writer = caller("writer")

    async with answering(database_url, writer) as answer:
        told = await answer(
            UPDATE_RECORD, input={"id": record, "isPaid": False, "ifUnchangedSince": seen}
        )

    (error,) = told["data"]["answer"]["userErrors"]
    assert error["code"] == "CHANGED_SINCE"
    assert error["current"]["isPaid"] is True
    assert error["current"]["reason"] is None


@pytest.mark.rule("3.10")
async def test_another_company_is_told_nothing(ask, database_url):
    record = await both(ask)
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    foreign = caller("foreign", frozenset([OTHER_COMPANY]))

    async with answering(database_url, foreign) as answer:
        for name in WRITES:
            document, given, _ = await given_for(ask, name, record)
            told = await answer(
                document, input=given | {"ifUnchangedSince": "2026-03-02T09:00:00Z"}
            )
            (error,) = told["data"]["answer"]["userErrors"]
            assert (error["code"], "updatedAt" in error) == ("NOT_FOUND", False)


async def test_who_may_not_write_it_hears_that_first(ask, database_url):
    record = await both(ask)
    await put(ask, users=[user(sourceId="2", fullName="Grace Hopper")])
    own = frozenset([Permission.READ_TIME_OFF, Permission.WRITE_OWN_TIME_OFF])
    grace = caller("grace", permissions=own, worker=OwnWorker(COMPANY, 2, None))

    async with answering(database_url, grace) as answer:
        for name in WRITES:
            document, given, _ = await given_for(ask, name, record)
            told = await answer(
                document, input=given | {"ifUnchangedSince": "2026-03-02T09:00:00Z"}
            )
            (error,) = told["data"]["answer"]["userErrors"]
            assert error["code"] == "NOT_PERMITTED"


# At once


@pytest.mark.parametrize("name", ["updateTimeOffEntry", "updatePersonTimeOff"])
async def test_of_those_who_update_at_once_one_wins(ask, another_api, name):
    document, given, seen = await given_for(ask, name, await both(ask))
    inputs = [
        given | ({"hours": n} if "hours" in given else {"reason": f"r{n}"}) for n in range(1, 8)
    ]

    async with another_api() as other:
        answers = await asyncio.gather(
            *(
                (other if number % 2 else ask)(document, input=each | {"ifUnchangedSince": seen})
                for number, each in enumerate(inputs)
            )
        )

    codes = [
        [error["code"] for error in answer["data"]["answer"]["userErrors"]] for answer in answers
    ]
    assert sorted(codes) == [[], *[["CHANGED_SINCE"]] * 6]


CLOCK = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("moves", [0, -1], ids=["stands still", "goes back"])
async def test_a_version_moves_though_the_clock_does_not(ask, database_url, moves):
    """As where two changes fall into a millisecond, or one has waited for the other."""
    await put_entries(ask, entry())
    record = await put_person_time_off(ask)
    database = Database(database_url)
    times = iter(CLOCK + timedelta(days=3650, hours=moves * n) for n in range(10))
    entries = TimeOffEntryService(database, lambda: next(times))
    records = PersonTimeOffService(database, lambda: next(times))

    of_entry = []
    for hours in (1, 2):
        updated = await entries.update(LOCAL, UpdateEntry("1", hours))
        of_entry.append(updated.entry.updated_at)
    more = EntryItem("1", 1, updated.entry.requested_date)
    (combined,) = (await entries.create(LOCAL, CreateEntries([more]))).entries
    of_entry.append(combined.updated_at)
    of_record = []
    for reason in ("a", "b", "c"):
        patch = PersonTimeOffPatch(reason=reason)
        changed = await records.update(LOCAL, UpdatePersonTimeOff(record, patch))
        of_record.append(changed.record.updated_at)
    await database.close()

    assert of_entry == sorted(set(of_entry))
    assert of_record == sorted(set(of_record))
