"""What a list costs does not depend on how long it is."""

from datetime import date, timedelta

from tests import builders
from tests.graphql.api import statements
from tests.rest.faces import (
    ENTRIES,
    TIME_OFF,
    entry,
    put_entries,
    put_time_off,
    reference,
    weekly,
)

INCLUDES = "external_references,role,user"


async def put_many(gateway, count):
    users = range(10, 10 + count)
    await gateway.put(
        roles=[builders.role(sourceId=str(100 + id_), name=f"Role {id_}") for id_ in users],
        users=[
            builders.user(sourceId=str(id_), fullName=f"User {id_}", roleId=str(100 + id_))
            for id_ in users
        ],
    )
    await put_entries(
        gateway,
        *(entry(user_id=id_, external_reference=reference()) for id_ in users),
    )


async def test_a_page_of_200_entries_with_all_includes_costs_as_much_as_one_of_2(gateway):
    await put_many(gateway, 200)

    counts = {}
    for size in (2, 200):
        with statements() as sent:
            answer = await gateway.get(ENTRIES, per_page=size, include=INCLUDES)
        shown = answer.json()
        counts[size] = len(sent)
        assert [len(shown[name]) for name in ("time_off_entries", "users", "roles")] == [size] * 3
        assert len(shown["external_references"]) == size

    assert counts[2] == counts[200] <= 5


async def test_a_page_of_person_time_off_costs_as_much_as_one_record(gateway):
    first = date(2026, 1, 5)
    for week in range(30):
        day = (first + timedelta(weeks=week)).strftime("%m/%d/%y")
        until = (first + timedelta(weeks=week + 4)).strftime("%m/%d/%y")
        await put_time_off(gateway, **weekly(start_day=day, end_day=day, repeat_end_day=until))

    counts = {}
    for size in (1, 30):
        with statements() as sent:
            answer = await gateway.get(TIME_OFF, timezone="UTC", limit=size)
        assert len(answer.json()["data"]) == size
        counts[size] = len(sent)

    assert counts[1] == counts[30] <= 6
