"""Every request field and every response field that Kantata's source document lists."""

from typing import Any

import pytest

from tests import builders
from tests.rest.faces import ENTRIES, entry, reference

ITEM: dict[str, Any] = {
    "user_id": 1,
    "hours": 7.25,
    "requested_date": builders.MONDAY,
    "external_reference": {
        "service_name": "jira",
        "service_model": "Issue",
        "service_model_ref": "TIME-7",
        "status": "pending",
        "external_message": "Waits for approval",
        "external_link": "https://jira.example.com/TIME-7",
        "external_status": "In Review",
        "locked": True,
    },
}
"""With every field that the document has."""

REQUIRED = ("user_id", "hours", "requested_date")
REQUIRED_OF_A_REFERENCE = ("service_name", "service_model", "service_model_ref")
OPTIONAL_OF_A_REFERENCE = {
    "status": None,
    "external_message": None,
    "external_link": None,
    "external_status": None,
    "locked": False,
}
"""With what is answered for a field that was left out."""

FORMS = {"time_off_entry": ITEM, "time_off_entries": [ITEM]}
INCLUDES = "?include=external_references,role,user"


def body(form, item):
    return {form: item if form == "time_off_entry" else [item]}


@pytest.mark.parametrize("form", FORMS)
async def test_every_request_field_is_in_the_answer(gateway, form):
    answer = await gateway.send("POST", ENTRIES + INCLUDES, body(form, ITEM))

    assert answer.status_code == 200
    shown = answer.json()
    (stored,) = shown["time_off_entries"].values()
    (told,) = shown["external_references"].values()
    assert {name: stored[name] for name in REQUIRED} == {
        "user_id": "1",
        "hours": 7.25,
        "requested_date": builders.MONDAY,
    }
    sent = ITEM["external_reference"]
    assert {name: told[name] for name in sent} == sent


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", REQUIRED)
async def test_what_is_required_is_named_when_it_is_missing(gateway, form, name):
    item = {key: value for key, value in ITEM.items() if key != name}

    answer = await gateway.send("POST", ENTRIES, body(form, item))

    where = {"field": name} | ({} if form == "time_off_entry" else {"index": 0})
    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [{"type": "validation", "message": "This is required.", **where}]
    }


@pytest.mark.parametrize("name", REQUIRED_OF_A_REFERENCE)
async def test_what_a_reference_requires_is_named_when_it_is_missing(gateway, name):
    wanted = {key: value for key, value in reference().items() if key != name}

    answer = await gateway.send(
        "POST", ENTRIES, {"time_off_entry": entry(external_reference=wanted)}
    )

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (400, f"external_reference.{name}")


@pytest.mark.parametrize(("name", "value"), OPTIONAL_OF_A_REFERENCE.items())
async def test_what_a_reference_may_leave_out_is_answered_as_nothing(gateway, name, value):
    wanted = {key: each for key, each in ITEM["external_reference"].items() if key != name}

    for sent in (wanted, wanted | {name: None}):
        item = entry(external_reference=sent, hours=1)
        answer = await gateway.send("POST", ENTRIES + INCLUDES, {"time_off_entry": item})
        (told,) = answer.json()["external_references"].values()
        assert told[name] == value


async def test_every_response_field_is_answered_in_the_order_of_the_document(gateway):
    answer = await gateway.send("POST", ENTRIES + INCLUDES, {"time_off_entry": ITEM})

    shown = answer.json()
    assert list(shown) == [
        "count",
        "meta",
        "results",
        "time_off_entries",
        "external_references",
        "users",
        "roles",
    ]
    assert shown["count"] == 1
    assert list(shown["meta"].items()) == [
        ("count", 1),
        ("page_count", 1),
        ("page_number", 1),
        ("page_size", 20),
    ]
    (id_,) = shown["time_off_entries"]
    assert [list(each.items()) for each in shown["results"]] == [
        [("key", "time_off_entries"), ("id", id_)]
    ]
    reference_id = shown["time_off_entries"][id_]["external_reference_ids"][0]
    assert shown["time_off_entries"] == {
        id_: {
            "id": id_,
            "hours": 7.25,
            "requested_date": builders.MONDAY,
            "submission_date": shown["time_off_entries"][id_]["submission_date"],
            "user_id": "1",
            "role_id": "5",
            "external_reference_ids": [reference_id],
        }
    }
    told = shown["external_references"][reference_id]
    assert told == {
        "id": reference_id,
        **ITEM["external_reference"],
        "last_synced_at": None,
        "created_at": told["created_at"],
        "updated_at": told["created_at"],
        "subject_type": "TimeOffEntry",
        "subject_id": int(id_),
        "subject_ref": {"key": "time_off_entries", "id": id_},
    }
    assert shown["users"] == {
        "1": {
            "id": "1",
            "full_name": "Ada Lovelace",
            "email_address": "ada@example.com",
            "headline": "Structural Engineer",
        }
    }
    assert shown["roles"] == {"5": {"id": "5", "name": "Carpenter"}}


async def test_the_error_fields_of_the_document(gateway):
    answer = await gateway.send("POST", ENTRIES, {"time_off_entry": entry(user_id=99)})

    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [{"type": "validation", "message": "There is no such user.", "field": "user_id"}]
    }
