"""Faults of ours: the client learns an id, the log has it, and neither repeats what was sent."""

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from graphql_schema.http.operations import Operations
from tests import builders
from tests.graphql_http.clients import open_socket

pytestmark = pytest.mark.only_on("sqlite")

MARKER = "Zq7MarkerXv9"
PUT = """
mutation Put($companies: [CompanyInput!]!) {
  upsertCompanies(input: { companies: $companies }) { userErrors { code } }
}
"""


@pytest.fixture
def lose_companies(database_url):
    """Drops a table under the running application, which may be writing at that moment."""

    def drop():
        with closing(sqlite3.connect(Path(database_url.partition(":///")[2]))) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("DROP TABLE companies")
            connection.commit()

    async def drop_meanwhile():
        await asyncio.to_thread(drop)

    return drop_meanwhile


def masked(errors):
    (error,) = errors
    assert error["message"] == "Unexpected error."
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert set(error["extensions"]) == {"code", "errorId"}
    return error["extensions"]["errorId"]


def logged(caplog, error_id):
    (record,) = [each for each in caplog.records if error_id in each.getMessage()]
    assert record.levelno == logging.ERROR
    return record.getMessage()


async def test_a_fault_in_a_query_is_masked(http, caplog, lose_companies):
    await lose_companies()
    response = await http.post("{ good: __typename companies { totalCount } }")

    error_id = masked(response.json()["errors"])
    log = logged(caplog, error_id)
    assert response.status_code == 200
    assert "OperationalError" in log
    assert "no such table" not in log + response.text
    assert "SELECT" not in response.text


async def test_a_fault_in_a_mutation_repeats_nothing(http, caplog, lose_companies):
    await lose_companies()
    companies = [builders.company(name=MARKER)]
    response = await http.post(PUT, variables={"companies": companies})

    masked(response.json()["errors"])
    assert MARKER not in response.text
    assert MARKER not in caplog.text


async def test_each_fault_has_an_id_of_its_own(http, caplog, lose_companies):
    await lose_companies()
    answers = [(await http.post("{ companies { totalCount } }")).json() for _ in range(3)]

    ids = {masked(answer["errors"]) for answer in answers}
    assert len(ids) == 3
    assert all(logged(caplog, each) for each in ids)


async def test_a_fault_on_a_socket_is_masked_and_ends_alone(serving, caplog, lose_companies):
    with serving() as url:
        await lose_companies()
        async with open_socket(url) as socket:
            failed = await socket.ask("{ companies { totalCount } }")
            after = await socket.ask("{ __typename }")

    logged(caplog, masked(failed["errors"]))
    assert after == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "method", ["prepare", "run"], ids=["before an operation runs", "around an operation"]
)
async def test_a_fault_of_the_gate_itself_is_masked(gateway, serving, caplog, monkeypatch, method):
    async def fail_later(*_):
        raise RuntimeError(MARKER)

    def fail(*_):
        raise RuntimeError(MARKER)

    monkeypatch.setattr(Operations, method, fail if method == "prepare" else fail_later)
    async with gateway() as http:
        response = await http.post("{ __typename }")
    with serving() as url:
        async with open_socket(url) as socket:
            errors = await socket.ask("{ __typename }")

    assert response.status_code == 500
    assert response.headers["content-type"].startswith("application/json")
    for each in (response.json()["errors"], errors):
        logged(caplog, masked(each))
    assert MARKER not in response.text + str(errors) + caplog.text
