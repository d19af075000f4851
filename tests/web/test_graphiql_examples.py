"""The operations in GraphiQL's tabs: right by the schema, and true on the demo data."""

import httpx
import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse, validate

from tests.web.examples import EXAMPLES


def test_every_file_of_the_examples_has_a_tab(examples):
    expected = {f"{each.name}.{kind}" for each in examples for kind in ("graphql", "json")}

    assert {path.name for path in EXAMPLES.iterdir()} == expected | {"index.json"}


def test_an_example_fits_the_schema(example):
    from graphql_schema.schema import schema  # noqa: PLC0415 - the other tests run without

    graphql_core_schema = schema._schema  # noqa: SLF001 - Strawberry's only way to it
    document = parse(example.query)
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    declared = operation.variable_definitions or ()

    assert validate(graphql_core_schema, document) == []
    variables = get_variable_values(graphql_core_schema, declared, example.variables)
    assert not isinstance(variables, list), variables
    assert set(example.variables) <= {each.variable.name.value for each in declared}


@pytest.fixture
def ask(gateway):
    """Send an example to the gateway, and return its data."""

    def ask(example):
        answer = httpx.post(
            f"{gateway}/graphql",
            json={"query": example.query, "variables": example.variables},
            timeout=30,
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    return ask


@pytest.fixture
def by_name(examples):
    return {each.name: each for each in examples}


@pytest.mark.process
def test_the_entries_come_with_users_and_roles(ask, by_name):
    page = ask(by_name["time-off-entries"])["timeOffEntries"]

    assert len(page["nodes"]) == 5 < page["totalCount"]
    assert all(entry["user"]["fullName"] for entry in page["nodes"])
    assert any(entry["role"] for entry in page["nodes"])


@pytest.mark.process
def test_created_entries_are_combined_at_the_second_and_refused_at_the_third_time(ask, by_name):
    first, second, third = (
        ask(by_name["create-time-off-entries"])["createTimeOffEntries"] for _ in range(3)
    )

    assert [each["outcome"] for each in first["results"]] == ["CREATED", "CREATED"]
    assert [each["outcome"] for each in second["results"]] == ["COMBINED", "UNCHANGED"]
    assert [each["timeOffEntry"]["hours"] for each in second["results"]] == [8, 2.5]
    assert third["results"] == []
    assert [
        (each["code"], each["possibleHours"], each["takenHours"], each["requestedHours"])
        for each in third["userErrors"]
    ] == [("WORKDAY_HOURS_EXCEEDED", 8, 8, 4)]


@pytest.mark.process
def test_the_weekly_time_off_has_the_five_wednesdays_of_procores_own_example(ask, by_name):
    created = ask(by_name["weekly-person-time-off"])["createPersonTimeOff"]

    assert created["userErrors"] == []
    time_off = created["personTimeOff"]
    assert [each["startDay"] for each in time_off["instances"]] == [
        "2023-11-01",
        "2023-11-08",
        "2023-11-15",
        "2023-11-22",
        "2023-11-29",
    ]
    assert time_off["endDay"] == "2023-11-29"

    person = ask(by_name["time-off-of-a-person"])["person"]
    assert time_off["sourceId"] in [each["sourceId"] for each in person["timeOff"]["nodes"]]


@pytest.mark.process
def test_the_changes_are_in_order(ask, by_name):
    edges = ask(by_name["what-changed"])["changes"]["edges"]

    sequences = [int(each["node"]["sequence"]) for each in edges]
    assert len(sequences) == 10
    assert sequences == sorted(sequences)
