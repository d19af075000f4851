"""Procore's endpoints: reading, changing and deleting the time off of a person."""

import re

import pytest

from app.db.connections.database import Database
from app.services.catalogue import Catalogue
from tests import builders
from tests.callers import caller
from tests.rest.faces import (
    TIME_OFF,
    put_everyone,
    put_time_off,
    running,
    time_off,
    time_off_of,
    weekly,
)

UNKNOWN = builders.UNKNOWN_UUID


def errors(answer):
    """Status, and the property of each error."""
    return answer.status_code, [each.get("property") for each in answer.json()["errors"]]


@pytest.mark.rule("1.5")
async def test_days_are_answered_with_two_digits_however_they_were_sent(gateway):
    sent = time_off(start_day="3/2/26", end_day="3/6/26", batch_start_time="07:00am")

    data = (await gateway.send("POST", TIME_OFF, sent)).json()["data"]

    assert (data["start_day"], data["end_day"]) == ("03/02/26", "03/06/26")
    assert (data["batch_start_time"], data["batch_end_time"]) == ("7:00 AM", "3:00 PM")


@pytest.mark.parametrize(
    ("given", "properties"),
    [
        pytest.param({"end_day": "03/01/26"}, ["end_day"], id="the end before the start"),
        pytest.param({"start_day": "2026-03-02"}, ["start_day"], id="an ISO day"),
        pytest.param({"start_day": "23/10/23"}, ["start_day"], id="day and month swapped"),
        pytest.param({"start_day": 20260302}, ["start_day"], id="a number for a day"),
        pytest.param({"batch_start_time": "07:00"}, ["batch_start_time"], id="24 hours"),
        pytest.param({"batch_end_time": "7:00 AM"}, ["batch_end_time"], id="no time at all"),
        pytest.param({"is_paid": "true"}, ["is_paid"], id="text for a boolean"),
        pytest.param({"is_paid": 1}, ["is_paid"], id="a number for a boolean"),
        pytest.param({"reason": ""}, ["reason"], id="an empty reason"),
        pytest.param({"reason": None}, ["reason"], id="no reason"),
        pytest.param({"reason": "\ud800"}, ["reason"], id="a lone surrogate"),
        pytest.param({"reason": "\0"}, ["reason"], id="a NUL"),
        pytest.param({"repeat": "daily"}, ["repeat"], id="an unknown interval"),
        pytest.param({"repeat": "weekly"}, ["cadence", "repeat_end_day"], id="half a repeat"),
        pytest.param(weekly(cadence=0), ["cadence"], id="a cadence of 0"),
        pytest.param(weekly(cadence=1.5), ["cadence"], id="half a cadence"),
        pytest.param(weekly(cadence=True), ["cadence"], id="a boolean cadence"),
        pytest.param(weekly(cadence=2**31), ["cadence"], id="a cadence beyond 32 bits"),
        pytest.param(weekly(cadence=10**30), ["cadence"], id="a cadence beyond all bits"),
        pytest.param(weekly(end_day="03/12/26"), ["cadence"], id="an overlap with itself"),
        pytest.param(
            {"is_paid": None, "start_day": "", "reason": 5},
            ["is_paid", "reason", "start_day"],
            id="several at once",
        ),
        pytest.param(
            {"reason": " ", "end_day": "03/01/26"}, ["end_day", "reason"], id="several rules"
        ),
    ],
)
async def test_a_refused_create_names_each_property(gateway, stored, given, properties):
    before = await stored()

    answer = await gateway.send("POST", TIME_OFF, time_off(**given))

    status, named = errors(answer)
    assert (status, sorted(named)) == (400, properties)
    assert await stored() == before


@pytest.mark.rule("3.4")
async def test_a_record_counts_no_more_days_than_the_limit(database_url):
    async with running(database_url, limit_record_days=5) as gateway:
        await put_everyone(gateway)
        full = await gateway.send("POST", TIME_OFF, time_off(end_day="03/06/26"))
        more = await gateway.send("POST", TIME_OFF, time_off(end_day="03/09/26"))
        patched = await gateway.send(
            "PATCH", f"{TIME_OFF}/{full.json()['data']['id']}", {"end_day": "03/09/26"}
        )

    assert full.status_code == 200
    assert errors(more) == errors(patched) == (400, ["end_day"])


async def test_a_cadence_may_be_written_with_a_fraction_of_zero(gateway):
    answer = await gateway.send("POST", TIME_OFF, weekly(cadence=1.0))

    assert answer.json()["data"]["cadence"] == 1


PLACES = [
    pytest.param(time_off_of(company=UNKNOWN), "company_id", id="an unknown company"),
    pytest.param(time_off_of(UNKNOWN), "person_id", id="an unknown person"),
    pytest.param(time_off_of(builders.OTHER_PERSON), "person_id", id="a foreign person"),
    pytest.param(time_off_of("grace"), "person_id", id="a name for a person"),
    pytest.param(
        time_off_of(builders.node_id("Person", builders.PERSON)), "person_id", id="a node id"
    ),
]


@pytest.mark.rule("3.10")
@pytest.mark.parametrize(("address", "property_"), PLACES)
async def test_time_off_of_nobody_is_not_found(gateway, address, property_):
    created = errors(await gateway.send("POST", address, time_off()))
    listed = errors(await gateway.get(address, timezone="UTC"))

    assert (created[0], created[1][0]) == (404, property_)
    assert listed == (404, [property_])


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_record_is_found_only_below_its_person(gateway, stored, method):
    id_ = await put_time_off(gateway)
    foreign = time_off_of(builders.OTHER_PERSON, builders.OTHER_COMPANY)
    mixed = time_off_of(company=builders.OTHER_COMPANY)
    body = {"reason": "x"} if method == "PATCH" else None
    before = await stored()

    for address in (f"{foreign}/{id_}", f"{mixed}/{id_}", f"{TIME_OFF}/{UNKNOWN}", f"{TIME_OFF}/1"):
        assert errors(await gateway.send(method, address, body)) == (404, ["id"])
    assert await stored() == before


async def test_ids_are_found_in_any_case(gateway):
    id_ = await put_time_off(gateway)

    answer = await gateway.get(
        f"{TIME_OFF.replace(builders.PERSON, builders.PERSON.upper())}/{id_.upper()}"
    )

    assert answer.json()["data"]["id"] == id_


@pytest.mark.rule("3.8")
async def test_any_subset_can_be_changed_and_ids_stay(gateway):
    before = (await gateway.send("POST", TIME_OFF, weekly())).json()["data"]
    address = f"{TIME_OFF}/{before['id']}"

    for change in ({}, {"reason": "family"}, {"is_paid": False, "batch_start_time": "8:00 AM"}):
        answer = await gateway.send("PATCH", address, change)
        before |= change
        assert (answer.status_code, answer.json()) == (200, {"data": before})


async def test_null_changes_nothing(gateway):
    id_ = await put_time_off(gateway)
    before = (await gateway.get(f"{TIME_OFF}/{id_}")).json()

    answer = await gateway.send("PATCH", f"{TIME_OFF}/{id_}", dict.fromkeys(time_off(), None))

    assert answer.json() == before


@pytest.mark.rule("3.8")
async def test_days_move_only_where_nothing_repeats(gateway):
    single, series = await put_time_off(gateway), await put_time_off(gateway, **weekly())
    days = {"start_day": "03/03/26", "end_day": "03/04/26"}

    moved = await gateway.send("PATCH", f"{TIME_OFF}/{single}", days)
    refused = await gateway.send("PATCH", f"{TIME_OFF}/{series}", days)

    assert {name: moved.json()["data"][name] for name in days} == days
    assert errors(refused) == (400, ["start_day", "end_day"])


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("given", "change", "says"),
    [
        pytest.param({}, {"repeat": "weekly"}, "here it is never", id="a repeat of none"),
        pytest.param({}, {"cadence": 2}, "never repeats", id="a cadence of none"),
        pytest.param({}, {"repeat_end_day": "03/30/26"}, "never repeats", id="an end of none"),
        pytest.param(weekly(), {"repeat": "monthly"}, "here it is weekly", id="another repeat"),
        pytest.param(weekly(), {"repeat": "never"}, "here it is weekly", id="no repeat any more"),
        pytest.param(weekly(), {"cadence": 2}, "here it is 1", id="another cadence"),
        pytest.param(
            weekly(), {"repeat_end_day": "03/30/26"}, "here it is 03/23/26", id="another end"
        ),
        pytest.param(weekly(), {"start_day": "03/03/26"}, "are fixed", id="another start"),
        pytest.param(weekly(), {"end_day": "03/09/26"}, "are fixed", id="an end in between"),
    ],
)
async def test_how_it_repeats_cannot_be_changed(gateway, stored, given, change, says):
    id_ = await put_time_off(gateway, **given)
    before = await stored()

    answer = await gateway.send("PATCH", f"{TIME_OFF}/{id_}", {"is_paid": False} | change)

    assert errors(answer) == (400, list(change))
    message = answer.json()["errors"][0]["message"]
    assert says in message
    # Scopes are GraphQL's: who comes by REST cannot send one.
    assert not {"ONE", "FOLLOWING", "ALL", "scope"} & set(re.findall(r"\w+", message))
    assert await stored() == before


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="one day"),
        pytest.param(weekly(), id="a series"),
        pytest.param(weekly(end_day="03/04/26"), id="a series of spans"),
    ],
)
async def test_what_was_read_can_be_sent_back(gateway, stored, given):
    id_ = await put_time_off(gateway, **given)
    read = (await gateway.get(f"{TIME_OFF}/{id_}")).json()["data"]
    before = await stored()

    again = await gateway.send("PATCH", f"{TIME_OFF}/{id_}", read)
    sent = await gateway.send("PATCH", f"{TIME_OFF}/{id_}", time_off() | given)

    assert (again.status_code, again.json()["data"]) == (200, read)
    assert (sent.status_code, sent.json()["data"]) == (200, read)
    assert await stored() == before


async def test_beside_never_the_rest_of_a_repeat_is_ignored_as_in_a_create(gateway):
    id_ = await put_time_off(gateway)
    never = {"repeat": "never", "cadence": 3, "repeat_end_day": "03/30/26", "is_paid": False}

    answer = await gateway.send("PATCH", f"{TIME_OFF}/{id_}", never)

    data = answer.json()["data"]
    assert [data[name] for name in never] == ["never", None, None, False]


async def test_deleting_answers_the_id_and_then_it_is_gone(gateway):
    id_ = await put_time_off(gateway, **weekly())

    deleted = await gateway.send("DELETE", f"{TIME_OFF}/{id_}")

    assert (deleted.status_code, deleted.json()) == (200, {"data": {"id": id_}})
    assert errors(await gateway.get(f"{TIME_OFF}/{id_}")) == (404, ["id"])
    assert errors(await gateway.send("DELETE", f"{TIME_OFF}/{id_}")) == (404, ["id"])


async def test_pages_follow_each_other_in_both_directions(gateway):
    ids = [
        await put_time_off(gateway, start_day=f"03/{day:02}/26", end_day=f"03/{day:02}/26")
        for day in (6, 4, 2, 5, 3)
    ]
    by_day = [ids[place] for place in (2, 4, 1, 3, 0)]

    async def page(**query):
        answer = (await gateway.get(TIME_OFF, timezone="UTC", limit=2, **query)).json()
        assert answer["pagination"]["limit"] == 2
        assert answer["pagination"]["total_possible"] == 5
        at = answer["pagination"]
        found = [each["id"] for each in answer["data"]]
        return found, at["previous_starting_before"], at["next_starting_after"]

    first = await page()
    second = await page(start_after=first[2])
    third = await page(start_after=second[2])

    assert first == (by_day[:2], None, by_day[1])
    assert second == (by_day[2:4], by_day[2], by_day[3])
    assert third == (by_day[4:], by_day[4], None)
    assert await page(start_before=third[1]) == second
    assert await page(start_before=second[1]) == first


async def test_a_list_can_be_cleared_page_by_page(gateway):
    ids = [
        await put_time_off(gateway, start_day=f"03/0{day}/26", end_day=f"03/0{day}/26")
        for day in (2, 3, 4, 5, 6)
    ]
    cleared: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await gateway.get(TIME_OFF, timezone="UTC", limit=2, **cursor)).json()
        for record in page["data"]:
            cleared.append(record["id"])
            await gateway.send("DELETE", f"{TIME_OFF}/{record['id']}")
        if page["pagination"]["next_starting_after"] is None:
            break
        cursor = {"start_after": page["pagination"]["next_starting_after"]}

    assert cleared == ids


async def test_a_deleted_record_keeps_its_place_in_both_directions(gateway):
    before, moved, behind = [
        await put_time_off(gateway, start_day=f"03/{day}/26", end_day=f"03/{day}/26")
        for day in ("03", "02", "06")
    ]
    # What counts is where it was last.
    await gateway.send("PATCH", f"{TIME_OFF}/{moved}", {"start_day": "3/5/26", "end_day": "3/5/26"})
    await gateway.send("DELETE", f"{TIME_OFF}/{moved}")

    after = await gateway.get(TIME_OFF, timezone="UTC", start_after=moved.upper())
    backward = await gateway.get(TIME_OFF, timezone="UTC", start_before=moved)

    assert [each["id"] for each in after.json()["data"]] == [behind]
    assert [each["id"] for each in backward.json()["data"]] == [before]


async def test_a_deleted_record_of_somebody_else_is_no_place_in_the_list(gateway):
    foreign = time_off_of(builders.OTHER_PERSON, builders.OTHER_COMPANY)
    id_ = await put_time_off(gateway, foreign)
    await gateway.send("DELETE", f"{foreign}/{id_}")

    answer = await gateway.get(TIME_OFF, timezone="UTC", start_after=id_)

    assert errors(answer) == (400, ["start_after"])


async def test_a_deleted_record_is_unknown_to_callers_of_other_companies(gateway, database_url):
    id_ = await put_time_off(gateway)
    database = Database(database_url)
    catalogue = Catalogue(database)
    ours, theirs = (
        caller("somebody", frozenset([each])) for each in (builders.COMPANY, builders.OTHER_COMPANY)
    )
    try:
        assert await catalogue.place_of_deleted(ours, id_) is None
        await gateway.send("DELETE", f"{TIME_OFF}/{id_}")

        assert await catalogue.place_of_deleted(theirs, id_) is None
        place = (builders.COMPANY, builders.PERSON, builders.MONDAY)
        assert await catalogue.place_of_deleted(ours, id_) == place
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("query", "property_"),
    [
        pytest.param({}, "timezone", id="no time zone"),
        pytest.param({"timezone": "America/Chciago"}, "timezone", id="a misspelt one"),
        pytest.param({"timezone": "../etc/passwd"}, "timezone", id="a path"),
        pytest.param({"timezone": "UTC", "limit": "0"}, "limit", id="a limit of 0"),
        pytest.param({"timezone": "UTC", "limit": "ten"}, "limit", id="a limit in words"),
        pytest.param({"timezone": "UTC", "limit": "\u0661"}, "limit", id="an Arabic digit"),
        pytest.param({"timezone": "UTC", "start_after": "1"}, "start_after", id="no UUID"),
        pytest.param({"timezone": "UTC", "start_after": UNKNOWN}, "start_after", id="no record"),
    ],
)
async def test_a_list_that_cannot_be_asked_for(gateway, query, property_):
    assert errors(await gateway.get(TIME_OFF, **query)) == (400, [property_])


async def test_a_page_starts_only_at_a_record_of_the_person(gateway):
    foreign = time_off_of(builders.OTHER_PERSON, builders.OTHER_COMPANY)
    id_ = await put_time_off(gateway, foreign)

    answer = await gateway.get(TIME_OFF, timezone="UTC", start_after=id_)

    assert errors(answer) == (400, ["start_after"])


async def test_a_page_has_500_records_at_most(gateway):
    answer = await gateway.get(TIME_OFF, timezone="UTC", limit=501)

    assert answer.json()["pagination"]["limit"] == 500


async def test_the_prefixes_are_settings(database_url):
    async with running(database_url, kantata_path="/ox", procore_path="/wfp/api") as gateway:
        assert (await gateway.get("/ox/roles")).status_code == 200
        moved = TIME_OFF.replace("/procore", "/wfp/api")
        assert errors(await gateway.get(moved, timezone="UTC")) == (404, ["company_id"])
        assert (await gateway.get("/kantata/api/v1/roles")).status_code == 404
        paths = (await gateway.get("/openapi.json")).json()["paths"]
        assert {path.split("/")[1] for path in paths} == {"ox", "wfp"}
