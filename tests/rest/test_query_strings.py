"""Query strings: lists in each of the forms that Rails reads, and whatever nobody reads is told."""

import json

import pytest

from app.http_warnings import LEFT_OUT, MAX_BYTES, WARNINGS
from tests import builders
from tests.rest.faces import (
    ENTRIES,
    KANTATA,
    TIME_OFF,
    entry,
    put_entries,
    put_time_off,
    reference,
    time_off,
)

REFERENCES = "external_reference_service_model_refs"


@pytest.fixture
async def entries(gateway):
    """One hour of user 1, two of user 2, three of user 1 with a reference."""
    await put_entries(
        gateway,
        entry(hours=1),
        entry(user_id=2, hours=2),
        entry(hours=3, requested_date=builders.TUESDAY, external_reference=reference()),
    )


def told(answer):
    """What the answer warns of: code and place."""
    return [(each["code"], *each["path"]) for each in json.loads(answer.headers[WARNINGS])]


def hours(answer):
    body = answer.json()
    return [body["time_off_entries"][each["id"]]["hours"] for each in body["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("user_ids=2", [2], id="one"),
        pytest.param("user_ids=1,2", [1, 2, 3], id="with commas"),
        pytest.param("user_ids[]=2", [2], id="Rails' brackets"),
        pytest.param("user_ids%5B%5D=2", [2], id="brackets in percent signs"),
        pytest.param("user_ids[]=1&user_ids[]=2", [1, 2, 3], id="brackets again"),
        pytest.param("user_ids[0]=2&user_ids[1]=1", [1, 2, 3], id="with places"),
        pytest.param("user_ids=2&user_ids=1", [1, 2, 3], id="the name again"),
        pytest.param("user_ids[]=&user_ids[]=2", [2], id="the blank of a Rails form"),
        pytest.param("user_ids[]=2,99&user_ids=99", [2], id="all at once"),
        pytest.param("user_id[]=2", [2], id="brackets around one"),
        pytest.param(f"{REFERENCES}[]=T-7&{REFERENCES}[]=T-8", [3], id="texts"),
        pytest.param("only[]=2", [2], id="ids of the list itself"),
    ],
)
async def test_a_list_is_read_in_every_form(gateway, entries, query, expected):
    answer = await gateway.send("GET", f"{ENTRIES}?{query}")

    assert (answer.status_code, hours(answer)) == (200, expected)
    assert WARNINGS not in answer.headers


async def test_a_list_of_nothing_is_no_list(gateway, entries):
    for query in ("user_ids=", "user_ids[]=", "user_ids[]=x"):
        answer = await gateway.send("GET", f"{ENTRIES}?{query}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "user_ids"


async def test_includes_and_ids_to_delete_are_lists_too(gateway, entries):
    shown = await gateway.send("GET", f"{ENTRIES}?include[]=user&include[]=role")
    gone = await gateway.send("DELETE", f"{ENTRIES}?ids[]=1&ids[]=2")

    assert {"users", "roles"} <= set(shown.json())
    assert gone.status_code == 204
    assert hours(await gateway.get(ENTRIES)) == [3]


@pytest.mark.rule("6.6")
@pytest.mark.parametrize(
    ("query", "warnings"),
    [
        pytest.param("userids=1", [("IGNORED_PARAMETER", "userids")], id="misspelt"),
        pytest.param("userIds[]=1", [("IGNORED_PARAMETER", "userIds[]")], id="with brackets"),
        pytest.param("user_ids[a]=1", [("IGNORED_PARAMETER", "user_ids[a]")], id="a hash"),
        pytest.param("=1", [("IGNORED_PARAMETER", "")], id="no name"),
        pytest.param(
            "a=1&user_id=1&a=2&b=",
            [("IGNORED_PARAMETER", "a"), ("IGNORED_PARAMETER", "b")],
            id="several, each once",
        ),
        pytest.param("page=1&page=2", [("REPEATED_PARAMETER", "page")], id="one value, given two"),
        pytest.param("page[]=1&page=2", [("REPEATED_PARAMETER", "page")], id="the same, brackets"),
        pytest.param(
            "include=users,role", [("IGNORED_PARAMETER", "include", "users")], id="an include"
        ),
        pytest.param("Zo%C3%AB%00%7F=1", [("IGNORED_PARAMETER", "Zoë\ufffd\ufffd")], id="odd"),
    ],
)
async def test_what_nobody_reads_is_told(gateway, entries, query, warnings):
    answer = await gateway.send("GET", f"{ENTRIES}?{query}")

    assert answer.status_code == 200
    assert told(answer) == warnings
    assert answer.headers[WARNINGS].isascii()


async def test_the_last_of_several_values_counts(gateway, entries):
    answer = await gateway.send("GET", f"{ENTRIES}?per_page=1&per_page=2")

    assert answer.json()["meta"]["page_size"] == 2


@pytest.mark.rule("6.6")
async def test_every_endpoint_tells_them(gateway):
    (entry_id,) = await put_entries(gateway, entry())
    record_id = await put_time_off(gateway)
    entry_body = {"time_off_entry": entry(requested_date=builders.TUESDAY)}
    requests = [
        ("POST", ENTRIES, entry_body, 200),
        ("GET", ENTRIES, None, 200),
        ("HEAD", ENTRIES, None, 200),
        ("PUT", f"{ENTRIES}/{entry_id}", {"time_off_entry": {"hours": 1}}, 200),
        ("GET", f"{KANTATA}/users", None, 200),
        ("GET", f"{KANTATA}/users/1", None, 200),
        ("GET", f"{KANTATA}/roles.json", None, 200),
        ("GET", f"{KANTATA}/external_references", None, 200),
        ("DELETE", f"{ENTRIES}/{entry_id}", None, 204),
        ("POST", TIME_OFF, time_off(start_day="03/03/26", end_day="03/03/26"), 200),
        ("GET", f"{TIME_OFF}/{record_id}", None, 200),
        ("PATCH", f"{TIME_OFF}/{record_id}", {"is_paid": False}, 200),
        ("DELETE", f"{TIME_OFF}/{record_id}", None, 200),
        # Refused because of the very name that is misspelt.
        ("DELETE", ENTRIES, None, 400),
        ("GET", TIME_OFF, None, 400),
        ("GET", f"{KANTATA}/users/404", None, 404),
    ]
    for method, address, body, status in requests:
        answer = await gateway.send(method, f"{address}?time_zone=UTC", body)

        assert answer.status_code == status, (method, address, answer.text)
        assert told(answer) == [("IGNORED_PARAMETER", "time_zone")], (method, address)


@pytest.mark.rule("6.6")
async def test_members_of_a_body_that_nobody_reads_are_told_at_their_place(gateway):
    batch = {"time_off_entries": [entry(), entry(user_id=2, note="x")], "more": 5}
    nested = {"time_off_entry": entry(external_reference=reference(lockd=True))}

    kantata = await gateway.send("POST", ENTRIES, batch)
    deeper = await gateway.send("POST", ENTRIES, nested)
    procore = await gateway.send("POST", TIME_OFF, time_off(color="red", **{"\ud800": 1}))

    assert told(kantata) == [
        ("IGNORED_FIELD", "time_off_entries", 1, "note"),
        ("IGNORED_FIELD", "more"),
    ]
    assert told(deeper) == [
        ("IGNORED_FIELD", "time_off_entry", "external_reference", "lockd"),
    ]
    assert told(procore) == [("IGNORED_FIELD", "color"), ("IGNORED_FIELD", "\ufffd")]


@pytest.mark.rule("6.6")
async def test_the_header_stays_small_and_business_comes_first(gateway):
    many = "&".join(f"{'x' * 90}{number}=1" for number in range(200))

    answer = await gateway.send(
        "POST", f"{ENTRIES}?{many}", {"time_off_entry": entry(hours=1.1, colour="medical")}
    )

    assert len(answer.headers[WARNINGS]) <= MAX_BYTES
    warnings = told(answer)
    assert warnings[0] == ("NOT_QUARTER_HOUR", "time_off_entry", "hours")
    assert all(len(str(path[-1])) <= 65 for _, *path in warnings)
    assert len(warnings) + int(answer.headers[LEFT_OUT]) == 202
    assert "medical" not in answer.headers[WARNINGS]


@pytest.mark.only_on("sqlite")
async def test_the_document_says_how_lists_are_written(gateway):
    document = (await gateway.get("/openapi.json")).json()

    operation = document["paths"][ENTRIES]["get"]
    lists = [
        each["name"]
        for each in operation["parameters"]
        if f"`{each['name']}[]=…`" in each["description"]
    ]
    assert sorted(lists) == sorted(["include", "only", "user_ids", REFERENCES])
    for methods in document["paths"].values():
        for each in methods.values():
            done = each["responses"].get("200") or each["responses"]["204"]
            assert set(done["headers"]) == {WARNINGS, LEFT_OUT}
