"""Procore's own example, sent as it is printed: the answer is the printed one."""

import json
import re
from pathlib import Path

import pytest

from tests import builders
from tests.rest.faces import TIME_OFF

SEEDS = Path(__file__).with_name("seeds")
REQUEST = (SEEDS / "procore_request.json").read_text("utf-8")
RESPONSE = (SEEDS / "procore_response.json").read_text("utf-8")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def in_order(text):
    """JSON as pairs, so that the order of keys counts."""
    return json.loads(text, object_pairs_hook=list)


def without_ids(value, key=None):
    """The same with every value that the gateway makes up itself replaced by its kind."""
    if isinstance(value, tuple | list) and len(value) == 2 and isinstance(value[0], str):
        return (value[0], without_ids(value[1], value[0]))
    if isinstance(value, list):
        return [without_ids(each) for each in value]
    if key == "id":
        assert UUID.fullmatch(value)
        return "a UUID"
    if key == "created_at":
        assert isinstance(value, int)
        assert value > 1_600_000_000_000
        return "milliseconds"
    return value


@pytest.mark.rule("3.7")
async def test_the_printed_request_has_the_printed_response_key_by_key(gateway):
    answer = await gateway.send("POST", TIME_OFF, REQUEST)

    assert answer.status_code == 200
    assert without_ids(in_order(answer.text)) == without_ids(in_order(RESPONSE))


async def test_its_instances_have_ids_of_their_own(gateway):
    data = (await gateway.send("POST", TIME_OFF, REQUEST)).json()["data"]

    assert len({data["id"], *(each["id"] for each in data["instances"])}) == 6


async def test_reading_it_answers_the_same(gateway):
    created = await gateway.send("POST", TIME_OFF, REQUEST)
    id_ = created.json()["data"]["id"]

    assert (await gateway.get(f"{TIME_OFF}/{id_}")).text == created.text
    listed = (await gateway.get(TIME_OFF, timezone="America/Chicago")).json()
    assert listed == {
        "data": [created.json()["data"]],
        "pagination": {
            "limit": 40,
            "next_starting_after": None,
            "previous_starting_before": None,
            "total_possible": 1,
        },
    }


@pytest.mark.parametrize("name", sorted(json.loads(REQUEST)))
async def test_each_property_of_the_example_is_required(gateway, name):
    body = json.loads(REQUEST)
    del body[name]

    answer = await gateway.send("POST", TIME_OFF, body)

    assert answer.status_code == 400
    assert [each["property"] for each in answer.json()["errors"]] == [name]


@pytest.mark.parametrize("name", ["cadence", "repeat_end_day"])
async def test_what_repeats_is_not_required_of_time_off_that_never_does(gateway, name):
    body = json.loads(REQUEST) | {"repeat": "never"}
    del body[name]

    answer = await gateway.send("POST", TIME_OFF, body)

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert (data["repeat"], data["cadence"], data["repeat_end_day"]) == ("never", None, None)


async def test_the_seeds_company_and_person_are_those_of_the_demo_data():
    from app.services.sample_data import demo_directory  # noqa: PLC0415 - only compared

    data = json.loads(RESPONSE)["data"]

    assert (data["company_id"], data["person_id"]) == (builders.COMPANY, builders.PERSON)
    assert data["company_id"] == demo_directory.BUILDERS
    assert data["person_id"] in {each.person_id for each in demo_directory.workers()}
