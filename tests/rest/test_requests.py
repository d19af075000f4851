"""Requests that nobody asks anything: each is answered in the vendor's own error body."""

import logging

import pytest

from app.services.catalogue import Shelf
from tests import builders
from tests.rest.faces import ENTRIES, KANTATA, PROCORE, TIME_OFF, entry, running, time_off

KANTATA_STYLE, PROCORE_STYLE = "kantata", "procore"
CREATES = [
    pytest.param(ENTRIES, KANTATA_STYLE, id="kantata"),
    pytest.param(TIME_OFF, PROCORE_STYLE, id="procore"),
]


def is_error_of(style, answer):
    """Say whether the body is one error about the request as a whole, in the vendor's words."""
    (error,) = answer.json()["errors"]
    kind = error.pop("type", None)
    return (
        list(error) == ["message"]
        and kind == ("system" if style == KANTATA_STYLE else None)
        and answer.headers["content-type"] == "application/json; charset=utf-8"
    )


@pytest.mark.parametrize(("address", "style"), CREATES)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="half of it"),
        pytest.param("null", id="null"),
        pytest.param("5", id="a number"),
        pytest.param('"x"', id="a string"),
        pytest.param("[]", id="a list"),
        pytest.param('{"a":1,"a":2}', id="a key twice"),
        pytest.param(b'{"a":"\xff"}', id="no UTF-8"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param("[" * 50 + "]" * 50, id="deep but whole"),
        pytest.param(f"[{'0,' * 30_000}0]", id="wide"),
        pytest.param(f'{{"a":{"9" * 5_000}}}', id="a long number"),
    ],
)
async def test_a_body_that_is_no_json_object_is_400(gateway, address, style, body):
    answer = await gateway.send("POST", address, body)

    assert answer.status_code == 400
    assert is_error_of(style, answer)


@pytest.mark.parametrize(("address", "style"), CREATES)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content_type": "application/x-www-form-urlencoded"}, id="a form"),
        pytest.param({"content_type": "text/plain"}, id="text"),
        pytest.param({"content_type": "application/jsonp"}, id="nearly"),
        pytest.param({"content_type": "application/json; charset=latin-1"}, id="another charset"),
        pytest.param({"content_encoding": "gzip"}, id="compressed"),
    ],
)
async def test_a_body_of_another_type_is_415(gateway, address, style, headers):
    answer = await gateway.send("POST", address, "{}", **headers)

    assert answer.status_code == 415
    assert is_error_of(style, answer)


@pytest.mark.parametrize(("address", "style"), CREATES)
async def test_a_large_body_is_413(database_url, address, style):
    async with running(database_url, limit_body_bytes=1024) as gateway:
        answer = await gateway.send("POST", address, " " * 1025)

    assert answer.status_code == 413
    assert is_error_of(style, answer)


@pytest.mark.parametrize(
    ("address", "style"),
    [
        pytest.param(f"{KANTATA}/projects", KANTATA_STYLE, id="kantata"),
        pytest.param(f"{KANTATA}/", KANTATA_STYLE, id="kantata, nothing more"),
        pytest.param(f"{KANTATA}/time_off_entries/1/2", KANTATA_STYLE, id="kantata, too deep"),
        pytest.param(f"{PROCORE}/v2/companies", PROCORE_STYLE, id="procore"),
        pytest.param(f"{TIME_OFF}/", PROCORE_STYLE, id="procore, a slash too many"),
    ],
)
async def test_an_unknown_address_is_404(gateway, address, style):
    answer = await gateway.get(address)

    assert answer.status_code == 404
    assert is_error_of(style, answer)


@pytest.mark.parametrize(
    ("method", "address", "style", "allowed"),
    [
        ("PATCH", ENTRIES, KANTATA_STYLE, "DELETE, GET, HEAD, POST"),
        ("GET", f"{ENTRIES}/1", KANTATA_STYLE, "DELETE, PUT"),
        ("PUT", TIME_OFF, PROCORE_STYLE, "GET, HEAD, POST"),
        ("TRACE", f"{TIME_OFF}/1", PROCORE_STYLE, "DELETE, GET, HEAD, PATCH"),
    ],
)
async def test_another_method_is_405_and_says_which_there_are(
    gateway, method, address, style, allowed
):
    answer = await gateway.send(method, address)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert is_error_of(style, answer)


@pytest.mark.only_on("sqlite")
async def test_a_fault_of_ours_is_500_and_names_only_the_id_under_which_it_is_logged(
    gateway, monkeypatch, caplog
):
    async def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("medi" + "cal")  # in two: the log shows the line

    monkeypatch.setattr(Shelf, "page", break_down)
    await gateway.send("POST", TIME_OFF, time_off())

    with caplog.at_level(logging.ERROR):
        answer = await gateway.get(TIME_OFF, timezone="UTC")

    assert answer.status_code == 500
    assert is_error_of(PROCORE_STYLE, answer)
    (record,) = caplog.records
    assert record.getMessage().split()[1].rstrip(":") in answer.text
    assert "medical" not in answer.text + caplog.text


@pytest.mark.only_on("sqlite")
async def test_what_takes_too_long_is_503(database_url):
    async with running(database_url, limit_query_seconds=1e-9) as gateway:
        answer = await gateway.get(f"{KANTATA}/roles")

    assert answer.status_code == 503
    assert is_error_of(KANTATA_STYLE, answer)


async def test_a_refusal_never_repeats_what_was_sent(gateway):
    sent = "sent-by-a-client"
    bodies = [
        (TIME_OFF, time_off(reason=[sent], repeat=sent, start_day=sent, cadence=sent)),
        (TIME_OFF, time_off(reason=sent, end_day="03/01/26")),
        (ENTRIES, {"time_off_entry": entry(user_id=sent, hours=sent, requested_date=sent)}),
        (ENTRIES, {"time_off_entries": sent}),
    ]

    for address, body in bodies:
        answer = await gateway.send("POST", address, body)
        assert answer.status_code == 400
        assert sent not in answer.text


async def test_unknown_members_of_a_body_are_ignored(gateway):
    kantata = {"time_off_entry": entry(unknown="\ud800", note=None), "more": 5}

    assert (await gateway.send("POST", ENTRIES, kantata)).status_code == 200
    assert (await gateway.send("POST", TIME_OFF, time_off(color="red"))).status_code == 200


async def test_head_is_answered_as_get(gateway):
    answer = await gateway.send("HEAD", f"{KANTATA}/roles")

    assert answer.status_code == 200


async def test_an_answer_is_not_kept_by_caches(gateway):
    answer = await gateway.get(TIME_OFF, timezone="UTC")

    assert answer.headers["cache-control"] == "no-store"
    assert builders.PERSON in str(answer.url)
