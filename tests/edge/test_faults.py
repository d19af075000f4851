"""A fault of ours: answered as JSON, and logged without what the client sent."""

import json
import sqlite3

import httpx
import pytest
from sqlalchemy.engine import make_url

from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]
TOLD_IN_CONFIDENCE = "a reason nobody may read"


def break_database(url):
    """Take a table away under the running server."""
    with sqlite3.connect(make_url(url).database or "") as connection:
        connection.execute("DROP TABLE person_days")
        connection.execute("DROP TABLE external_references")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(
            "/graphql",
            {
                "query": "mutation($i: DeleteTimeOffEntriesInput!) "
                "{ deleteTimeOffEntries(input: $i) { deletedIds } }",
                "variables": {"i": {"ids": ["1"], "idempotencyKey": TOLD_IN_CONFIDENCE}},
            },
            id="GraphQL",
        ),
        pytest.param(
            "/kantata/api/v1/time_off_entries",
            {
                "time_off_entry": {
                    "user_id": 1,
                    "hours": 1,
                    "requested_date": "2026-03-02",
                    "external_reference": {
                        "service_name": TOLD_IN_CONFIDENCE,
                        "service_model": "m",
                        "service_model_ref": "r",
                    },
                }
            },
            id="REST",
        ),
    ],
)
def test_a_fault_is_answered_as_json_and_its_message_stays_out_of_the_log(database_url, path, body):
    with serving(database_url, "--demo") as server:
        break_database(database_url)
        answer = httpx.post(server.url + path, json=body)
        log = server.log()

    assert "errors" in json.loads(answer.text)
    assert answer.status_code == 500 or "INTERNAL_SERVER_ERROR" in answer.text
    assert TOLD_IN_CONFIDENCE not in log + answer.text
    assert "no such table" not in log + answer.text
    assert "OperationalError" in log
