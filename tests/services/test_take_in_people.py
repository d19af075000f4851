"""Procore's people are stored as clients would store them, and whose time off is read follows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.db.connections.database import Database
from app.db.reading import sync_people as known
from app.db.writing import sync as kept
from app.domain.directory import PersonStatus
from app.domain.erasure import ERASED
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.remote_people import RemotePeople, RemotePerson
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.people import TakeInPeople
from app.services.sync.take_in import Overtaken
from tests.builders import COMPANY, OTHER_COMPANY, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
UPSTREAM = Upstream(uuid(1), COMPANY, UpstreamApi.PROCORE_REST, "https://api.example", NOW)


def somebody(number, **given):
    told = {"email": None, "employee_number": None, "job_title": "Mason"} | given
    return RemotePerson(uuid(number), "Person", str(number), status=PersonStatus.ACTIVE, **told)


@pytest.fixture
async def take_in(database_url):
    database = Database(database_url)
    service = DirectoryService(database, lambda: NOW)
    companies = [{"source_id": each, "name": "Brick"} for each in (COMPANY, OTHER_COMPANY)]
    await service.upsert_companies(LOCAL, [UpsertItem(each) for each in companies])
    async with database.writing() as connection:
        await kept.add_upstream(connection, UPSTREAM, "sealed")
    yield TakeInPeople(database, service)
    await database.close()


async def states(take_in):
    async with take_in.database.reading() as connection:
        people = await known.people_of_company(connection, COMPANY)
        read = await known.all_people(connection, UPSTREAM.id)
    return {int(each.id[-12:], 16): each.status.value for each in people}, {
        int(each[-12:], 16) for each in read
    }


async def test_who_is_gone_is_inactive_and_read_no_more_and_who_is_unread_is_not_gone(take_in):
    first = await take_in.store(UPSTREAM, RemotePeople([somebody(each) for each in (2, 3, 4)]))
    unread = RemoteProblem(f"person:{uuid(3)}", "INVALID_VALUE", "A person has a name.")
    second = await take_in.store(UPSTREAM, RemotePeople([somebody(2)], [unread]))

    assert (first.created, second.created, second.updated) == (3, 0, 1)
    assert await states(take_in) == ({2: "active", 3: "active", 4: "inactive"}, {2, 3})
    assert list(second.problems) == [unread]


async def test_where_suddenly_many_are_gone_nobody_is_changed(take_in):
    await take_in.store(UPSTREAM, RemotePeople([somebody(each) for each in range(2, 27)]))

    taken = await take_in.store(UPSTREAM, RemotePeople([somebody(2)]))

    people, _ = await states(take_in)
    assert set(people.values()) == {"active"}
    assert [each.code for each in taken.problems] == ["MANY_PEOPLE_GONE"]


async def test_who_is_another_companys_here_is_a_problem_and_stops_nobody_else(take_in):
    other = {"source_id": uuid(3), "company_id": OTHER_COMPANY, "first_name": "A", "last_name": "B"}
    await take_in.service.upsert_people(LOCAL, [UpsertItem(other)])

    taken = await take_in.store(UPSTREAM, RemotePeople([somebody(2), somebody(3)]))

    assert await states(take_in) == ({2: "active"}, {2})
    assert [(each.remote_id, each.code) for each in taken.problems] == [
        (f"person:{uuid(3)}", "REFUSED")
    ]


async def test_only_whom_procore_once_had_can_be_gone_there(take_in):
    await take_in.service.upsert_people(
        LOCAL,
        [
            UpsertItem(
                {
                    "source_id": uuid(9),
                    "company_id": COMPANY,
                    "first_name": "Typed",
                    "last_name": "Here",
                }
            )
        ],
    )
    await take_in.store(UPSTREAM, RemotePeople([somebody(2), somebody(3)]))

    await take_in.store(UPSTREAM, RemotePeople([somebody(2)]))

    assert await states(take_in) == ({2: "active", 3: "inactive", 9: "active"}, {2})


@pytest.mark.parametrize("place", ["people", "person:0-3"])
async def test_a_list_that_is_not_whole_takes_nobody_along(take_in, place):
    await take_in.store(UPSTREAM, RemotePeople([somebody(2), somebody(3)]))
    odd = RemoteProblem(place, "ODD", "It is odd.")

    taken = await take_in.store(UPSTREAM, RemotePeople([somebody(2)], [odd]))

    assert await states(take_in) == ({2: "active", 3: "active"}, {2, 3})
    assert not taken.has_everybody


async def test_an_empty_list_takes_nobody_along(take_in):
    await take_in.store(UPSTREAM, RemotePeople([somebody(2)]))

    taken = await take_in.store(UPSTREAM, RemotePeople([]))

    assert await states(take_in) == ({2: "active"}, {2})
    assert [each.code for each in taken.problems] == ["MANY_PEOPLE_GONE"]


async def test_who_was_erased_is_not_named_again(take_in):
    await take_in.store(UPSTREAM, RemotePeople([somebody(2)]))
    erased = {
        "source_id": uuid(2),
        "company_id": COMPANY,
        "first_name": ERASED,
        "last_name": "00000002",
        "job_title": None,
    }
    await take_in.service.upsert_people(LOCAL, [UpsertItem(erased)])

    await take_in.store(UPSTREAM, RemotePeople([somebody(2)]))

    async with take_in.database.reading() as connection:
        [person] = await known.people_of_company(connection, COMPANY)
    assert (person.first_name, person.last_name, person.job_title) == (ERASED, "00000002", None)


async def test_from_a_system_that_was_changed_meanwhile_nobody_is_taken_in(take_in):
    changed = replace(UPSTREAM, revision=1)
    async with take_in.database.writing() as connection:
        await kept.change_upstream(connection, changed)

    with pytest.raises(Overtaken):
        await take_in.store(UPSTREAM, RemotePeople([somebody(2)]))

    assert await states(take_in) == ({}, set())
