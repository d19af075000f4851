"""One SQL statement per level of a query, however many rows there are."""

import asyncio

import pytest

from app.db.schema.tables import ChangeRow, TimeOffEntryRow
from tests.builders import (
    COMPANY,
    company,
    entry,
    node_id,
    person,
    reference,
    role,
    user,
    uuid,
    workweek,
)
from tests.graphql.api import api, put, put_entries, put_person_time_off, statements

ROWS = 500
SIZES = pytest.mark.parametrize("first", [1, 50, 500])


async def fill(database_url):
    """500 of everything, each of another user or person."""
    numbers = range(1, ROWS + 1)
    async with api(database_url) as ask:
        await put(ask, companies=[company()])
        await put(
            ask,
            roles=[role(sourceId=str(n), name=f"Role {n}") for n in range(1, 6)],
            users=[
                user(
                    sourceId=str(n),
                    fullName=f"User {n}",
                    roleId=str(n % 5 + 1),
                    emailAddress=f"{n}@example.com",
                )
                for n in numbers
            ],
            people=[person(sourceId=uuid(n), email=f"{n}@example.com") for n in numbers],
            workweeks=[workweek(userId=str(n)) for n in numbers],
        )
        await put_entries(
            ask, *(entry(userId=str(n), externalReference=reference()) for n in numbers)
        )
        for start in range(1, ROWS + 1, 50):
            await asyncio.gather(
                *(
                    put_person_time_off(
                        ask,
                        personId=uuid(n),
                        repeat="WEEKLY",
                        cadence=1,
                        repeatEndDay="2026-03-09",
                    )
                    for n in range(start, start + 50)
                )
            )


@pytest.fixture(scope="module")
def filled_url(module_database_url):
    asyncio.run(fill(module_database_url))
    return module_database_url


@pytest.fixture
async def ask(filled_url):
    """These tests only read, so they share one database."""
    async with api(filled_url) as ask:
        yield ask


async def sent_for(ask, document, **variables):
    """The number of statements that a query takes; it must answer without an error."""
    with statements() as sent:
        answer = await ask(document, **variables)
    assert "errors" not in answer
    return len(sent), answer["data"]


@SIZES
async def test_entries_with_all_that_they_link_to(ask, first):
    count, data = await sent_for(
        ask,
        """
        query Page($first: Int) { timeOffEntries(first: $first) { nodes {
          hours
          user { fullName role { name } company { name } }
          role { name }
          externalReferences { serviceName }
          worker { fullName company { name } user { fullName } person { fullName } }
        } } }
        """,
        first=first,
    )

    assert len(data["timeOffEntries"]["nodes"]) == first
    # Entries with the users, roles, workers, companies and people that they point to; references.
    assert count == 2


@SIZES
async def test_person_time_off_with_all_that_it_links_to(ask, first):
    count, data = await sent_for(
        ask,
        """
        query Page($first: Int) { personTimeOffs(first: $first) { nodes {
          totalHours days { date }
          instances { id startDay hours }
          person { fullName company { name } }
          company { name }
          worker { fullName user { fullName } }
        } } }
        """,
        first=first,
    )

    assert len(data["personTimeOffs"]["nodes"]) == first
    # Records, people, companies, workers, users.
    assert count == 5


@SIZES
async def test_users_with_a_page_of_entries_each_and_their_possible_hours(ask, first):
    count, data = await sent_for(
        ask,
        """
        query Page($first: Int) { users(first: $first) { nodes {
          monday: possibleHours(on: "2026-03-02")
          sunday: possibleHours(on: "2026-03-08")
          timeOffEntries(first: 3) { totalCount nodes { hours externalReferences { id } } }
        } } }
        """,
        first=first,
    )

    assert len(data["users"]["nodes"]) == first
    assert {user["timeOffEntries"]["totalCount"] for user in data["users"]["nodes"]} == {1}
    # Users, their entries, the counts of them, references; and for the possible hours
    # companies, holidays and workweeks.
    assert count == 7


@SIZES
async def test_people_with_a_page_of_time_off_each(ask, first):
    count, data = await sent_for(
        ask,
        """
        query Page($first: Int) { people(first: $first) { totalCount nodes {
          timeOff(first: 3) { nodes { instances { id } person { fullName } } }
        } } }
        """,
        first=first,
    )

    assert len(data["people"]["nodes"]) == first
    # People, their count, the records, instances, and the records' people.
    assert count == 4


@SIZES
async def test_changes_with_what_became_of_their_subjects(ask, first):
    count, data = await sent_for(
        ask,
        """
        query Page($id: ID!, $first: Int) { changes(companyId: $id, first: $first) { nodes {
          sequence subject { __typename id }
        } } }
        """,
        id=COMPANY,
        first=first,
    )

    types = {node["subject"]["__typename"] for node in data["changes"]["nodes"]}
    assert len(data["changes"]["nodes"]) == first
    # The changes, which numbers the feed has, and one for each type that they are about.
    assert count == 2 + len(types)


@SIZES
async def test_nodes_of_several_types(ask, first):
    ids = [
        node_id(type_name, n) for n in range(1, first + 1) for type_name in ("User", "TimeOffEntry")
    ]

    count, data = await sent_for(
        ask, "query Find($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", ids=ids
    )

    assert len(data["nodes"]) == 2 * first
    assert count == 2


async def test_a_list_is_counted_only_when_that_is_asked_for(ask):
    without, _ = await sent_for(ask, "{ users { nodes { id } } }")
    alone, _ = await sent_for(ask, "{ users { nodes { id } totalCount } }")

    assert (without, alone) == (1, 2)


@pytest.mark.parametrize("items", [1, 50, 500])
async def test_a_create_takes_as_many_statements_whatever_its_size(database_url, items):
    numbers = range(1, ROWS + 1)
    async with api(database_url) as ask:
        await put(ask, companies=[company()])
        await put(ask, users=[user(sourceId=str(n)) for n in numbers])
        entries = [entry(userId=str(n), externalReference=reference()) for n in numbers]
        with statements() as sent:
            await put_entries(ask, *entries[:items])

    tables = (TimeOffEntryRow.__tablename__, ChangeRow.__tablename__)
    assert all(any(table in statement for statement in sent) for table in tables)
    # PostgreSQL inserts in statements of 1,000 parameters or so; SQLite in one for all rows.
    assert len([each for each in sent if not each.startswith("INSERT")]) <= 12


A_YEAR = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2027-02-22"}


async def test_each_fact_is_a_row_once(database_url, stored):
    async with api(database_url) as ask:
        await put(ask, companies=[company()])
        users = [user(sourceId=str(number)) for number in range(1, 101)]
        await put(ask, users=users, people=[person()])
        before = await stored()
        await put_entries(ask, *(entry(userId=each["sourceId"]) for each in users))
        between = await stored()
        await put_person_time_off(ask, **A_YEAR)
        after = await stored()

    def added(old, new):
        return {name: len(new[name]) - len(old[name]) for name in new if new[name] != old[name]}

    numbers = {"change_counters": 0, "change_origins": 1}
    ids = {"id_counters": 1} if "id_counters" in added(before, between) else {}
    assert added(before, between) == numbers | ids | {"time_off_entries": 100, "changes": 100}
    assert added(between, after) == numbers | {
        "person_time_offs": 1,
        "person_days": 52,
        "changes": 1,
    }
