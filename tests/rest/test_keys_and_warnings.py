"""Idempotency keys and warnings: headers, for which the vendors' bodies have no place."""

import asyncio
import json

import pytest

from app.http_warnings import LEFT_OUT, MAX_BYTES, WARNINGS
from tests import builders
from tests.rest.faces import ENTRIES, TIME_OFF, entry, put_entries, put_time_off, time_off, weekly


@pytest.mark.rule("5.1")
async def test_a_create_that_is_sent_again_does_nothing_and_is_answered_alike(gateway, stored):
    sent = [
        (ENTRIES, {"time_off_entry": entry()}),
        (TIME_OFF, weekly(reason="medical")),
    ]
    for address, body in sent:
        first = await gateway.send("POST", address, body, idempotency_key="k1")
        before = await stored()

        second = await gateway.send("POST", address, body, idempotency_key="k1")

        assert (second.status_code, second.json()) == (200, first.json())
        assert await stored() == before


@pytest.mark.rule("5.1")
async def test_the_key_of_another_request_is_refused(gateway):
    await gateway.send("POST", ENTRIES, {"time_off_entry": entry()}, idempotency_key="k")
    await gateway.send("POST", TIME_OFF, time_off(), idempotency_key="k")

    kantata = await gateway.send(
        "POST", ENTRIES, {"time_off_entry": entry(hours=1)}, idempotency_key="k"
    )
    procore = await gateway.send("POST", TIME_OFF, time_off(reason="x"), idempotency_key="k")

    message = "This idempotency key came before, with another input or for other companies."
    field = "Idempotency-Key"
    assert (kantata.status_code, procore.status_code) == (400, 400)
    assert kantata.json()["errors"] == [{"type": "validation", "message": message, "field": field}]
    assert procore.json()["errors"] == [{"property": field, "message": message}]


@pytest.mark.parametrize("key", ["", "x" * 256, "clé"])
async def test_a_bad_key_is_refused(gateway, key):
    answer = await gateway.send("POST", TIME_OFF, time_off(), idempotency_key=key.encode("latin-1"))

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["property"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("keys", [("a", "b"), ("", "a"), ("a", "a", "b")])
async def test_several_keys_are_refused_and_nothing_is_stored(gateway, stored, keys):
    before = await stored()

    answer = await gateway.client.post(
        ENTRIES,
        json={"time_off_entry": entry()},
        headers=[("Idempotency-Key", key) for key in keys],
    )

    (error,) = answer.json()["errors"]
    assert answer.status_code == 400
    assert error["message"] == "Idempotency-Key is given more than once, with different keys."
    assert await stored() == before


async def test_the_same_key_twice_is_one_key(gateway):
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "a")]
    first = await gateway.client.post(ENTRIES, json={"time_off_entry": entry()}, headers=twice)
    second = await gateway.send("POST", ENTRIES, {"time_off_entry": entry()}, idempotency_key="a")

    assert (second.status_code, second.json()) == (200, first.json())


async def test_updates_and_deletes_take_keys_too(gateway):
    (entry_id,) = await put_entries(gateway, entry())
    id_ = await put_time_off(gateway)

    for method, address, body in [
        ("PUT", f"{ENTRIES}/{entry_id}", {"time_off_entry": {"hours": 1}}),
        ("DELETE", f"{ENTRIES}/{entry_id}", None),
        ("PATCH", f"{TIME_OFF}/{id_}", {"reason": "family"}),
        ("DELETE", f"{TIME_OFF}/{id_}", None),
    ]:
        first = await gateway.send(method, address, body, idempotency_key="again")
        second = await gateway.send(method, address, body, idempotency_key="again")
        assert first.status_code in (200, 204)
        assert (second.status_code, second.content) == (first.status_code, first.content)


@pytest.mark.rule("5.1")
async def test_a_key_is_the_mutations_too(gateway):
    document = """mutation ($input: CreateTimeOffEntriesInput!) {
      createTimeOffEntries(input: $input) {
        timeOffEntries { sourceId hours } userErrors { code }
      }
    }"""
    created = await gateway.send(
        "POST", ENTRIES, {"time_off_entry": entry()}, idempotency_key="both"
    )

    answer = await gateway.ask(
        document, input={"timeOffEntries": [builders.entry()], "idempotencyKey": "both"}
    )

    (result,) = created.json()["results"]
    assert answer["data"]["createTimeOffEntries"] == {
        "timeOffEntries": [{"sourceId": result["id"], "hours": 4}],
        "userErrors": [],
    }


@pytest.mark.rule("5.1")
async def test_concurrent_requests_with_one_key_are_done_once(gateway):
    answers = await asyncio.gather(
        *(
            gateway.send("POST", ENTRIES, {"time_off_entry": entry()}, idempotency_key="k")
            for _ in range(5)
        )
    )

    assert {answer.text for answer in answers} == {answers[0].text}
    assert (await gateway.get(ENTRIES)).json()["count"] == 1


def warnings_of(answer):
    return json.loads(answer.headers[WARNINGS])


@pytest.mark.rule("6.6")
async def test_rounded_times_say_what_was_sent_and_stored(gateway):
    sent = time_off(batch_start_time="7:07 am", batch_end_time="03:08 PM")

    answer = await gateway.send("POST", TIME_OFF, sent)

    assert warnings_of(answer) == [
        {
            "code": "TIME_ROUNDED",
            "path": ["batch_start_time"],
            "sent": "7:07 AM",
            "stored": "7:00 AM",
        },
        {
            "code": "TIME_ROUNDED",
            "path": ["batch_end_time"],
            "sent": "3:08 PM",
            "stored": "3:15 PM",
        },
    ]


@pytest.mark.rule("6.6")
async def test_other_warnings_say_code_and_path_and_never_a_reason(gateway):
    await put_time_off(gateway, reason="medical")

    overlap = await gateway.send("POST", TIME_OFF, time_off(reason="medical"))
    odd = await gateway.send("POST", ENTRIES, {"time_off_entry": entry(hours=1.1)})
    batch = await gateway.send("POST", ENTRIES, {"time_off_entries": [entry(hours=1.1)]})
    (result,) = odd.json()["results"]
    update = await gateway.send(
        "PUT", f"{ENTRIES}/{result['id']}", {"time_off_entry": {"hours": 1.1}}
    )

    assert warnings_of(overlap) == [{"code": "OVERLAPS_TIME_OFF", "path": ["start_day"]}]
    not_quarter = "NOT_QUARTER_HOUR"
    assert warnings_of(odd) == [{"code": not_quarter, "path": ["time_off_entry", "hours"]}]
    assert warnings_of(batch) == [{"code": not_quarter, "path": ["time_off_entries", 0, "hours"]}]
    assert warnings_of(update) == [{"code": not_quarter, "path": ["hours"]}]
    assert "medical" not in str(overlap.headers)


@pytest.mark.rule("3.5")
async def test_a_night_shift_that_meets_the_next_morning_warns(gateway):
    night = {"batch_start_time": "10:00 PM", "batch_end_time": "6:00 AM"}
    await put_time_off(gateway, **night)
    morning = {"batch_start_time": "5:00 AM", "start_day": "03/03/26", "end_day": "03/03/26"}

    answer = await gateway.send("POST", TIME_OFF, time_off(**morning))

    assert warnings_of(answer) == [{"code": "OVERLAPS_TIME_OFF", "path": ["start_day"]}]


@pytest.mark.rule("3.2")
async def test_a_day_that_a_month_lacks_warns_with_the_first_such_instance(gateway):
    monthly = {"repeat": "monthly", "cadence": 1, "repeat_end_day": "04/30/26"}

    answer = await gateway.send(
        "POST", TIME_OFF, time_off(start_day="03/31/26", end_day="03/31/26", **monthly)
    )

    assert warnings_of(answer) == [{"code": "REPEAT_MEETS_MONTH_END", "path": ["instances", 1]}]


@pytest.mark.rule("6.6")
async def test_without_warnings_there_is_no_header(gateway):
    answer = await gateway.send("POST", TIME_OFF, time_off())

    assert not {WARNINGS.lower(), LEFT_OUT.lower()} & set(answer.headers)


@pytest.mark.rule("6.6")
async def test_more_warnings_than_fit_are_counted(gateway):
    await gateway.put(workweeks=[builders.workweek(saturday=480, sunday=480)])
    days = [f"20{year}-03-{day:02}" for year in range(26, 36) for day in range(1, 31)]
    entries = [entry(requested_date=day, hours=1.1) for day in days]

    answer = await gateway.send("POST", ENTRIES, {"time_off_entries": entries})

    told = warnings_of(answer)
    assert len(answer.headers[WARNINGS]) <= MAX_BYTES
    assert len(told) + int(answer.headers[LEFT_OUT]) == len(days)
    assert [each["path"][1] for each in told] == list(range(len(told)))
