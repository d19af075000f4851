"""Each cause for which graphql-core answers is counted, and a fault of ours is told."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlmodel import col

from app import main
from app.db.connections.database import Database
from app.db.reading import lists_of_nouns
from app.db.reading.prepared import Later
from app.db.schema.tables import PersonRow
from app.domain.directory import PersonStatus
from app.services.catalogue import Shelf
from graphql_schema.execution.deviations import Cause
from graphql_schema.execution.operation import MAX_FLAGS, MAX_PLANS
from graphql_schema.http.errors import NotAdmitted
from tests import builders
from tests.execution.both_ways import Gateway, gateway
from tests.execution.test_hostile_documents import new_operations
from tests.graphql.api import UPSERTS
from tests.services.statements import corrupt

PAGE = "query ($first: Int) { users(first: $first) { nodes { id } } }"
FLAGS = [f"f{number}" for number in range(MAX_FLAGS + 1)]
FLAGGED = "query (%s) { users { %s } }"

_LONG_NAMES = " ".join(f"{'a' * 200}{number}: id" for number in range(40))
LARGE = f"{{ node(id: 1) {{ {_LONG_NAMES} }} }}"
"""A function for each of a dozen types, with all of these names in each."""

NOBODY = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"


def flagged(names):
    return FLAGGED % (
        ", ".join(f"${name}: Boolean!" for name in names),
        " ".join(f"{name}: totalCount @skip(if: ${name})" for name in names),
    )


@asynccontextmanager
async def counting(url):
    """A gateway of its own, and what it has counted."""
    operations = new_operations()
    database = Database(url)
    try:
        services = main.build_services(database)
        yield Gateway(services, compiles=True, operations=operations), operations.executions
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("cause", "query", "variables"),
    [
        (Cause.INTROSPECTION, "{ __schema { queryType { name } } }", {}),
        (Cause.DIRECTIVES, flagged(FLAGS), dict.fromkeys(FLAGS, True)),
        (Cause.SIZE, LARGE, {}),
        (Cause.VARIABLES, PAGE, {"first": 2.0}),
        (Cause.VARIABLES, PAGE, {"first": "2"}),
        (Cause.VARIABLES, flagged(FLAGS[:1]), {FLAGS[0]: None}),
        (Cause.REFUSED, PAGE, {"first": 501}),
        (Cause.REFUSED, "{ user(id: 1) { timeOffEntries(first: 501) { totalCount } } }", {}),
    ],
)
async def test_each_cause_is_counted(module_twins, cause, query, variables):
    async with counting(module_twins[0]) as (compiling, executions):
        for _ in range(2):
            await compiling.ask(query, **variables)

    assert executions.by_reference == {cause: 2}
    assert executions.compiled == 0


async def test_who_asks_meanwhile_is_counted_as_well(module_twins):
    fields = " ".join(f"r{each}: roles(first: {each}) {{ totalCount }}" for each in range(1, 15))
    async with counting(module_twins[0]) as (compiling, executions):
        await asyncio.gather(*(compiling.ask(f"{{ {fields} }}") for _ in range(3)))

    assert executions.by_reference == {Cause.BEING_COMPILED: 2}


async def test_one_plan_too_many_is_of_the_directives(module_twins):
    names = FLAGS[:3]
    async with counting(module_twins[0]) as (compiling, executions):
        for number in range(MAX_PLANS + 1):
            values = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
            await compiling.ask(flagged(names), **values)

    assert executions.by_reference == {Cause.DIRECTIVES: 1}


async def test_an_outage_is_no_fault():
    async with counting(NOBODY) as (compiling, executions):
        with pytest.raises(NotAdmitted):
            await compiling.ask("{ users { totalCount } }")

    assert executions.by_reference == {Cause.UNAVAILABLE: 1}


async def test_a_mutation_that_an_outage_stops_is_not_sent_again():
    async with counting(NOBODY) as (compiling, executions):
        with pytest.raises(NotAdmitted):
            await compiling.ask(
                "mutation { deleteTimeOffEntries(input: {ids: [1]}) { __typename } }"
            )

    assert executions.by_reference == {Cause.UNAVAILABLE: 1}


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("field", ["roles { nodes { company { id } } }", "node(id: 5) { id }"])
async def test_a_null_that_may_not_be_is_counted_and_answered_as_an_error(database_url, field):
    async with gateway(database_url, compiles=True) as before:
        await before.ask(UPSERTS["companies"], items=[builders.company()])
        await before.ask(UPSERTS["roles"], items=[builders.role()])
    await asyncio.to_thread(corrupt, database_url, "DELETE FROM companies")
    role = builders.node_id("Role", 5)
    field = field.replace("id: 5", f'id: "{role}"').replace(
        "{ id }", "{ ... on Role { company { id } } }" if "node(" in field else "{ id }"
    )

    async with counting(database_url) as (compiling, executions):
        answer = await compiling.ask(f"{{ {field} }}")

    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert sum(executions.by_reference.values()) == 1
    assert executions.by_reference.keys() <= {Cause.GONE, Cause.ANSWER, Cause.FAULT}


# A condition that looks into a filter's value


def looks_into(wanted):
    """As one writes it who does not know that conditions are made of placeholders, too."""
    statuses = [str(each) for each in wanted.statuses]
    return [col(PersonRow.status).in_(statuses)]


async def test_a_condition_that_looks_into_its_value_is_told_with_its_place(
    module_twins, no_deviation_of_our_own
):
    query = "query ($f: PersonFilter) { people(filter: $f) { nodes { status } } }"
    filter_ = {"status": [PersonStatus.INACTIVE.name]}
    listing = replace(lists_of_nouns.PEOPLE, conditions=looks_into)
    async with counting(module_twins[0]) as (compiling, executions):
        expected = await compiling.ask(query, f=filter_)
        catalogue = compiling.services.catalogue
        catalogue.people = Shelf(catalogue.people.database, listing)

        answer = await compiling.ask(query, f=filter_)

    assert answer == expected
    assert answer["data"]["people"]["nodes"]
    assert executions.by_reference == Counter({Cause.FAULT: 1})
    (told,) = no_deviation_of_our_own
    assert "graphql-core answered instead of a compiled operation: TypeError" in told
    assert f'test_deviations.py", line {looks_into.__code__.co_firstlineno + 2}' in told
    no_deviation_of_our_own.clear()


@pytest.mark.parametrize(
    "look",
    [bool, str, list, tuple, "{}".format, lambda value: value == 1, lambda value: value in (1, 2)],
)
def test_a_value_that_is_not_given_yet_cannot_be_looked_into(look):
    with pytest.raises(TypeError, match="bound"):
        look(Later(0))
