"""Lists are narrowed down by what connected systems have, as each record says it of itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from app.db.connections.database import Transaction
from app.db.writing import deliveries as outbox
from app.db.writing import sync as kept
from app.domain.sync.deliveries import DeliveryCode, DeliveryFilter, SyncState, day_key, record_key
from app.domain.sync.remote import UNSEEN, BaseRecord
from app.domain.sync.upstreams import SyncDirection, Upstream, UpstreamApi
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.sync.outbox import Outbox, begin_to_follow
from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    company,
    entry,
    node_id,
    person,
    user,
    uuid,
)
from tests.graphql.api import api, put, put_entries, put_person_time_off

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAYS = [str(date.fromisoformat(MONDAY) + timedelta(days=each)) for each in range(5)]
USERS, PEOPLE = range(1, 9), [uuid(each) for each in range(1, 9)]
OF_OTHERS = {"companyId": OTHER_COMPANY}
LIST = """query($filter: TimeOffEntryFilter, $first: Int, $after: String) {
  LIST(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { sourceId FIELDS } } }"""
BELOW = """query($filter: TimeOffEntryFilter) {
  users { nodes { timeOffEntries(filter: $filter) { totalCount nodes { sourceId } } } } }"""
CHANGE_ENTRY = """mutation($id: ID!) {
  updateTimeOffEntry(input: {id: $id, hours: 2}) { userErrors { message } } }"""
CHANGE_RECORD = """mutation($id: ID!) {
  updatePersonTimeOff(input: {id: $id, isPaid: false}) { userErrors { message } } }"""
WHOSE = """query($workers: [ID!]) { deliveries(filter: {workerIds: $workers}, first: 500) {
  totalCount nodes { id worker { id } } } }"""
WAITING = {
    SyncState.PENDING: lambda delivery: delivery,
    SyncState.UNCERTAIN: lambda delivery: delivery.sent(AT, timedelta(minutes=3)),
    SyncState.BLOCKED: lambda delivery: delivery.blocked(DeliveryCode.REFUSED, "No."),
    SyncState.CONFLICT: lambda delivery: delivery.held(DeliveryCode.CONFLICT),
    SyncState.OUTSIDE_WINDOW: lambda delivery: delivery.held(DeliveryCode.OUTSIDE_WINDOW),
}
STATES = [*SyncState]
EVERY_ID = [str(each) for each in range(1, 100)]
"""All ids that any system here may have, and more."""
Ask = Any


class Systems:
    """Two connected systems of a company, and one of another, and what each has and waits for."""

    def __init__(self, chance: Random) -> None:
        self.chance, self._numbers = chance, count(1)
        self.upstreams = {
            (company_id, api): Upstream(
                str(uuid4()), company_id, api, "https://x", AT, direction=SyncDirection.TWO_WAY
            )
            for company_id, api in (
                (COMPANY, UpstreamApi.KANTATA_OX),
                (COMPANY, UpstreamApi.PROCORE_REST),
                (OTHER_COMPANY, UpstreamApi.KANTATA_OX),
            )
        }

    async def connect(self, connection: Transaction) -> None:
        for each in self.upstreams.values():
            await kept.add_upstream(connection, each, "sealed")
            await begin_to_follow(connection, each)

    async def tell(self, connection: Transaction, key: str, local_key: str, day: str) -> None:
        """Have its system know a record, or not, and something wait of it, or not."""
        is_day = key.startswith("K:")
        api = UpstreamApi.KANTATA_OX if is_day else UpstreamApi.PROCORE_REST
        id_ = self.upstreams[COMPANY, api].id
        person_id = None if is_day else key.split(":")[1]
        for at in range(self.chance.choice((0, 1, 1, 2))):
            remote_id = self.chance.choice((UNSEEN, *[str(next(self._numbers))] * 3))
            of = f"{key[:-1]}{at}" if at else key  # a day of before, that is to be deleted there
            base = BaseRecord(of, local_key, remote_id, date.fromisoformat(day), {}, person_id)
            await kept.keep_bases(connection, id_, [base])
        await self._have_wait(connection, id_, key)
        if is_day:  # who was of another company before: that is nothing of this record's
            await self._have_wait(connection, self.upstreams[OTHER_COMPANY, api].id, key)

    async def _have_wait(self, connection: Transaction, upstream_id: str, key: str) -> None:
        state = self.chance.choice([*WAITING, *[None] * 4])
        if state is not None:
            await outbox.want(connection, upstream_id, [key], AT)
            held = await outbox.locked_deliveries(connection, upstream_id, [key])
            await outbox.change_delivery(connection, WAITING[state](held[key]))


async def fill(ask: Ask) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Make entries and records of two companies, and return them as they were asked for."""
    await put(
        ask,
        companies=[company(), company(sourceId=OTHER_COMPANY, name="Beam")],
        users=[
            user(emailAddress="both@x.example"),
            *(user(sourceId=str(each)) for each in USERS[1:]),
            user(sourceId="90", fullName="Elsewhere", **OF_OTHERS),
        ],
        people=[
            person(sourceId=PEOPLE[0], email="both@x.example"),
            *(person(sourceId=each) for each in PEOPLE[1:]),
        ],
    )
    entries = [entry(userId=str(each), requestedDate=day) for each in USERS for day in DAYS]
    entries.append(entry(userId="90"))
    ids = await put_entries(ask, *entries)
    records = [
        {"personId": each, "startDay": day, "endDay": day} for each in PEOPLE for day in DAYS
    ]
    record_ids = [await put_person_time_off(ask, **each) for each in records]
    return (
        [each | {"id": id_} for each, id_ in zip(entries, ids, strict=True)],
        [each | {"id": id_} for each, id_ in zip(records, record_ids, strict=True)],
    )


async def spread(ask: Ask, database: Any, chance: Random) -> None:
    """Have records of which each state is that of some, also by changes that nobody noticed."""
    entries, records = await fill(ask)
    systems = Systems(chance)
    async with database.writing() as connection:
        await systems.connect(connection)
        for each in entries[:-1]:
            day = each["requestedDate"]
            await systems.tell(connection, day_key(int(each["userId"]), day), each["id"], day)
        for each in records:
            key = record_key(each["personId"], each["id"])
            await systems.tell(connection, key, each["id"], each["startDay"])
    for document, some in ((CHANGE_ENTRY, entries), (CHANGE_RECORD, records)):
        for each in chance.sample(some, len(some) // 3):
            answer = await ask(document, id=each["id"])
            assert [*answer["data"].values()] == [{"userErrors": []}], answer


async def listed(ask: Ask, name: str, fields: str, **variables: Any) -> Any:
    """Return a page of a list."""
    input_name = {"personTimeOffs": "PersonTimeOffFilter"}.get(name, "TimeOffEntryFilter")
    document = LIST.replace("LIST", name).replace("TimeOffEntryFilter", input_name)
    answer = await ask(document.replace("FIELDS", fields), **variables)
    assert "errors" not in answer, answer
    return answer["data"][name]


async def all_pages(ask: Ask, name: str, size: int, **filter_: Any) -> list[str]:
    """Return the ids of a list that is read in pages."""
    found: list[str] = []
    after = None
    while True:
        page = await listed(ask, name, "", filter=filter_, first=size, after=after)
        found += [each["sourceId"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def choices(chance: Random) -> Sequence[list[SyncState]]:
    some = [chance.sample(STATES, chance.randint(2, len(STATES) - 1)) for _ in range(3)]
    return [[], *([each] for each in STATES), *some, STATES]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["timeOffEntries", "personTimeOffs"])
async def test_what_is_in_a_state_is_what_says_so_of_itself(database, database_url, name, seed):
    chance = Random(f"{name} {seed}")  # noqa: S311 - no secret
    async with api(database_url) as ask:
        await spread(ask, database, chance)
        every = (await listed(ask, name, "syncState", first=500))["nodes"]
        for states in choices(chance):
            wanted = {each.value for each in states}
            expected = [each for each in every if each["syncState"] in wanted]
            found = await listed(ask, name, "syncState", first=500, filter={"syncStates": states})

            assert found["nodes"] == expected, states
            assert found["totalCount"] == len(expected)
            ids = [each["sourceId"] for each in expected]
            assert await all_pages(ask, name, 7, syncStates=states) == ids

    assert {each["syncState"] for each in every} == {each.value for each in SyncState}


@pytest.mark.parametrize("name", ["timeOffEntries", "personTimeOffs"])
async def test_who_is_known_by_an_id_is_who_shows_it(database, database_url, name):
    chance = Random(name)  # noqa: S311 - no secret
    async with api(database_url) as ask:
        await spread(ask, database, chance)
        every = (await listed(ask, name, "remoteId", first=500))["nodes"]
        shown = [each["remoteId"] for each in every if each["remoteId"] is not None]
        for ids in ([], [UNSEEN], ["K:1:2026-03-02"], chance.sample(shown, 7), EVERY_ID):
            expected = [each for each in every if each["remoteId"] in ids]
            found = await listed(ask, name, "remoteId", first=500, filter={"remoteIds": ids})

            assert (found["nodes"], found["totalCount"]) == (expected, len(expected)), ids
            pages = await all_pages(ask, name, 3, remoteIds=ids)
            assert pages == [each["sourceId"] for each in expected]
        for id_ in EVERY_ID:  # of a record that is there twice, one is shown
            ids = await all_pages(ask, name, 3, remoteIds=[id_])
            assert ids == [each["sourceId"] for each in every if each["remoteId"] == id_]

    assert 7 < len(shown) < len(every) < len(EVERY_ID)


async def test_entries_of_users_are_narrowed_down_alike(database, database_url):
    chance = Random(0)  # noqa: S311 - no secret
    async with api(database_url) as ask:
        await spread(ask, database, chance)
        for states in choices(chance):
            filter_ = {"syncStates": states}
            below = (await ask(BELOW, filter=filter_))["data"]["users"]["nodes"]
            found = [each["timeOffEntries"] for each in below]

            ids = await all_pages(ask, "timeOffEntries", 500, **filter_)
            assert sorted(ids) == sorted(one["sourceId"] for each in found for one in each["nodes"])
            assert sum(each["totalCount"] for each in found) == len(ids)


async def test_what_is_asked_of_one_company_is_told_of_its_changes_alone(database, database_url):
    async with api(database_url) as ask:
        await spread(ask, database, Random(1))  # noqa: S311 - no secret
        for company_id in (COMPANY, OTHER_COMPANY):
            of = {"companyId": company_id}
            every = (await listed(ask, "timeOffEntries", "syncState", first=500, filter=of))[
                "nodes"
            ]
            pending = [each["sourceId"] for each in every if each["syncState"] == "PENDING"]

            assert (
                await all_pages(ask, "timeOffEntries", 500, syncStates=["PENDING"], **of) == pending
            )


async def test_what_waits_of_a_worker_is_found_by_either_system(database, database_url):
    async with api(database_url) as ask:
        await spread(ask, database, Random(2))  # noqa: S311 - no secret

        async def of(*subjects: str) -> Any:
            ids = [node_id("Worker", each) for each in subjects]
            found = (await ask(WHOSE, workers=ids or None))["data"]["deliveries"]
            assert found["totalCount"] == len(found["nodes"])
            return found["nodes"]

        every = await of()
        subjects = [*(f"U{each}" for each in USERS), *(f"P{each}" for each in PEOPLE)]
        for subject in subjects[: len(USERS)] + subjects[len(USERS) + 1 :]:
            shown = {"id": node_id("Worker", subject)}
            assert await of(subject) == [each for each in every if each["worker"] == shown]
        assert await of(f"P{PEOPLE[0]}") == await of("U1")
        assert await of(*subjects) == every
        assert await of("U77", f"P{uuid(77)}") == []
        both = {each["worker"]["id"] for each in await of("U1", "U2")}
        assert both == {node_id("Worker", "U1"), node_id("Worker", "U2")}


async def test_who_is_another_companys_is_not_found_by_what_waits(database, database_url):
    async with api(database_url) as ask:
        await spread(ask, database, Random(3))  # noqa: S311 - no secret
    identity = replace(LOCAL.identity, companies=frozenset({OTHER_COMPANY}))
    others = replace(LOCAL, identity=identity)
    outbox_ = Outbox(database, lambda: AT, AccessEvents(database, lambda: AT), lambda: None)
    of_all = DeliveryFilter(subjects=[f"U{each}" for each in USERS])

    assert await outbox_.count_deliveries(others, DeliveryFilter()) > 0
    assert await outbox_.count_deliveries(others, of_all) == 0
    assert await outbox_.count_deliveries(LOCAL, of_all) > 0
