"""Several server processes write the same days at once (rules 2.4 and 5.2)."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.process.client import (
    A_MONDAY,
    CREATE_TIME_OFF,
    DELETE_ENTRIES,
    DELETE_TIME_OFF,
    LINK,
    UNLINK,
    UPDATE_ENTRY,
    UPDATE_TIME_OFF,
    WEEKDAYS,
    Gateway,
    item,
    mutation_in_bulk,
    new_id,
    person,
    time_off,
    user,
)
from tests.process.history import History
from tests.process.stored import refuse_violations, stored_references

pytestmark = pytest.mark.process

EXCEEDED = "WORKDAY_HOURS_EXCEEDED"


def accepted_hours(answers, hours):
    """Return the sum of what was acknowledged, each answer beside the hours it asked for."""
    return sum(
        asked for answer, asked in zip(answers, hours, strict=True) if not answer["userErrors"]
    )


# One day


async def test_forty_quarter_hours_beyond_eight_fill_the_day_exactly(gateway):
    company = await gateway.new_company()
    (user_id,) = await gateway.new_users(company)

    answers = await asyncio.gather(*(gateway.create(item(user_id, 0.25)) for _ in range(40)))

    refused = [answer["userErrors"] for answer in answers if answer["userErrors"]]
    assert refused == 8 * [
        [
            {
                "code": EXCEEDED,
                "path": ["timeOffEntries", "0", "hours"],
                "user": {"sourceId": user_id},
                "date": A_MONDAY.isoformat(),
                "possibleHours": 8.0,
                "takenHours": 8.0,
                "requestedHours": 0.25,
            }
        ]
    ]
    outcomes = Counter(each["outcome"] for answer in answers for each in answer["results"])
    assert outcomes == {"CREATED": 1, "COMBINED": 31}
    ids = {each["sourceId"] for answer in answers for each in answer["timeOffEntries"]}
    assert len(ids) == 1
    # Each was told the hours at its own turn.
    told = sorted(each["hours"] for answer in answers for each in answer["timeOffEntries"])
    assert told == [quarter / 4 for quarter in range(1, 33)]
    assert await gateway.hours_of(user_id) == {(user_id, A_MONDAY.isoformat()): 8.0}


async def test_of_two_five_hour_entries_on_a_day_exactly_one_is_accepted(gateway):
    company = await gateway.new_company()
    users = await gateway.new_users(company, 20)

    async def pair(user_id):
        return await asyncio.gather(*(gateway.create(item(user_id, 5)) for _ in range(2)))

    for first, second in await asyncio.gather(*map(pair, users)):
        refused, accepted = sorted((first, second), key=lambda answer: len(answer["results"]))
        (error,) = refused["userErrors"]
        facts = [error[name] for name in ("possibleHours", "takenHours", "requestedHours")]
        assert (error["code"], facts) == (EXCEEDED, [8.0, 5.0, 5.0])
        assert accepted["userErrors"] == []
    stored = await gateway.hours_of(*users)
    assert set(stored.values()) == {5.0}
    assert len(stored) == 20


async def test_only_what_does_not_fit_is_refused(gateway):
    company = await gateway.new_company()
    (user_id,) = await gateway.new_users(company)
    hours = [random.Random(seed).randint(1, 16) / 4 for seed in range(40)]  # noqa: S311

    answers = await asyncio.gather(*(gateway.create(item(user_id, each)) for each in hours))

    (stored,) = (await gateway.hours_of(user_id)).values()
    assert accepted_hours(answers, hours) == stored <= 8
    for answer, asked in zip(answers, hours, strict=True):
        for error in answer["userErrors"]:
            assert error["code"] == EXCEEDED
            assert error["requestedHours"] == asked
            # Nothing is ever taken away here: what was taken then is at most what is now.
            assert error["takenHours"] <= stored
            assert error["takenHours"] + asked > error["possibleHours"] == 8


async def test_a_batch_is_stored_whole_or_not_at_all_beside_others(gateway):
    company = await gateway.new_company()
    users = await gateway.new_users(company, 3)
    days = [A_MONDAY + timedelta(days=offset) for offset in range(3)]
    batches = [
        [item(user_id, 1.5, day, ref=f"{uuid4()}") for user_id in users for day in days]
        for _ in range(12)
    ]
    for batch in batches:
        random.shuffle(batch)

    answers = await asyncio.gather(*(gateway.create(*batch) for batch in batches))

    accepted = [
        batch for answer, batch in zip(answers, batches, strict=True) if not answer["userErrors"]
    ]
    assert len(accepted) == 5
    assert set((await gateway.hours_of(*users)).values()) == {7.5}
    stored = await stored_references(gateway.database_url)
    assert set().union(*map(services_of, accepted)) == stored & set().union(
        *map(services_of, batches)
    )


# Many processes


async def test_no_process_keeps_the_others_from_writing(servers, module_database_url):
    """Each has writers enough to never leave the database to itself."""
    writes, writers = 150, 8
    answered: list[int] = []

    async def keep_writing(place, gateway, company, people):
        for number in range(writes // writers):
            given = time_off(company, people[number % len(people)], "away")
            answer = await gateway.write(CREATE_TIME_OFF, **given)
            assert answer["userErrors"] == []
            answered.append(place)

    async with AsyncExitStack() as stack:
        tasks = []
        for place, server in enumerate(servers):
            gateway = await stack.enter_async_context(Gateway(module_database_url, [server]))
            company = await gateway.new_company()
            people = await gateway.new_people(company, 5)
            tasks += [keep_writing(place, gateway, company, people) for _ in range(writers)]
        await asyncio.gather(*tasks)

    # Until the faster had all its answers, the other had a fair share of its own.
    slower = answered[-1]
    before = answered[: len(answered) - answered[::-1].index(1 - slower)]
    assert before.count(slower) > before.count(1 - slower) / 5


# Everything at once


class Chaos:
    """Writes of every kind to two companies, and what was answered to them."""

    DAYS = tuple(A_MONDAY + timedelta(days=offset) for offset in range(4))

    def __init__(self, gateway: Gateway, seed: int) -> None:
        self.gateway = gateway
        self.random = random.Random(seed)  # noqa: S311
        self.companies: list[str] = []
        self.users: dict[str, list[str]] = {}
        self.people: dict[str, list[str]] = {}
        self.holidays: dict[str, str] = {}
        self.acknowledged: set[str] = set()
        self.refusals: list[dict[str, Any]] = []
        self.entries: list[str] = []
        self.records: list[str] = []
        self.workers: list[str] = []

    async def prepare(self) -> None:
        self.companies = [await self.gateway.new_company() for _ in range(2)]
        for company in self.companies:
            self.users[company] = await self.gateway.new_users(company, 3)
            self.people[company] = await self.gateway.new_people(company, 3)
            self.holidays[company] = new_id()

    async def run(self, writes: int, at_once: int) -> None:
        """Send the writes, so many of them under way at any time."""
        kinds: list[Callable[[], Awaitable[None]]] = [
            *4 * [self.create],
            *2 * [self.update],
            self.delete,
            *2 * [self.record],
            self.change_record,
            self.rename,
            self.holiday,
            self.workweek,
            self.link,
            self.unlink,
        ]
        waiting = iter([self.random.choice(kinds) for _ in range(writes)])

        async def one_after_another() -> None:
            for write in waiting:
                await write()

        await asyncio.gather(*(one_after_another() for _ in range(at_once)))

    def company(self) -> str:
        return self.random.choice(self.companies)

    async def create(self) -> None:
        """A batch over the users of both companies, in any order."""
        users = [each for company in self.companies for each in self.users[company]]
        days = [(user_id, day) for user_id in users for day in self.DAYS]
        items = [
            item(user_id, self.random.randint(1, 8) / 2, day, ref=uuid4().hex)
            for user_id, day in self.random.sample(days, self.random.randint(1, 4))
        ]
        answer = await self.gateway.create(*items)
        self._refused(answer)
        if not answer["userErrors"]:
            self.acknowledged |= services_of(items)
        self.entries += [each["id"] for each in answer["timeOffEntries"]]

    async def update(self) -> None:
        if self.entries:
            hours = self.random.randint(1, 20) / 2
            self._refused(
                await self.gateway.write(
                    UPDATE_ENTRY, id=self.random.choice(self.entries), hours=hours
                )
            )

    async def delete(self) -> None:
        if len(self.entries) > 4:
            ids = self.random.sample(self.entries, 2)
            self._refused(await self.gateway.write(DELETE_ENTRIES, ids=ids))

    async def record(self) -> None:
        company = self.company()
        wanted = time_off(company, self.random.choice(self.people[company]), "a reason")
        answer = await self.gateway.write(CREATE_TIME_OFF, **wanted)
        assert answer["userErrors"] == []
        self.records.append(answer["personTimeOff"]["id"])

    async def change_record(self) -> None:
        if not self.records:
            return
        id_ = self.random.choice(self.records)
        if self.random.random() < 0.5:
            answer = await self.gateway.write(UPDATE_TIME_OFF, id=id_, isPaid=False)
        else:
            answer = await self.gateway.write(DELETE_TIME_OFF, id=id_)
        self._refused(answer)

    async def rename(self) -> None:
        """Users and people of both companies, with e-mails that join now these, now those."""
        emails = [None, "a@example.com", "b@example.com"]
        users = [
            user(company, id_, emailAddress=self.random.choice(emails))
            for company in self.companies
            for id_ in self.users[company]
        ]
        people = [
            person(company, id_, email=self.random.choice(emails))
            for company in self.companies
            for id_ in self.people[company]
        ]
        if self.random.random() < 0.5:
            await self.gateway.put("upsertUsers", "users", self.random.sample(users, 4))
        else:
            await self.gateway.put("upsertPeople", "people", self.random.sample(people, 4))

    async def holiday(self) -> None:
        """Put one on a day, or move it away."""
        company, day = self.company(), self.random.choice(self.DAYS)
        day += timedelta(weeks=self.random.choice((0, 10)))
        holiday = {"name": "Holiday", "startDate": day.isoformat(), "endDate": day.isoformat()}
        id_ = self.holidays[company]
        answer = await self.gateway.put(
            "upsertHolidays", "holidays", [holiday | {"sourceId": id_, "companyId": company}]
        )
        if self.random.random() < 0.3:
            document = mutation_in_bulk("deleteHolidays", "ids")
            self._refused(await self.gateway.write(document, ids=[answer[0]["id"]]))

    async def workweek(self) -> None:
        company = self.company()
        minutes = dict.fromkeys(WEEKDAYS, self.random.choice((240, 480, 600)))
        owner = self.random.choice([None, *self.users[company]])
        week = {"companyId": company, "userId": owner, "effectiveFrom": "2027-01-01"}
        await self.gateway.put("upsertWorkweeks", "workweeks", [week | minutes])

    async def link(self) -> None:
        company = self.company()
        pair = [self.random.choice(each[company]) for each in (self.users, self.people)]
        answer = await self.gateway.write(LINK, userId=pair[0], personId=pair[1])
        assert answer["userErrors"] == []
        self.workers.append(answer["worker"]["id"])

    async def unlink(self) -> None:
        if self.workers:
            answer = await self.gateway.write(UNLINK, workerId=self.random.choice(self.workers))
            assert {error["code"] for error in answer["userErrors"]} <= {
                "INVALID_VALUE",
                "NOT_FOUND",
            }

    def _refused(self, answer: dict[str, Any]) -> None:
        codes = {error["code"] for error in answer["userErrors"]}
        assert codes <= {EXCEEDED, "NOT_FOUND"}
        self.refusals += [error for error in answer["userErrors"] if error["code"] == EXCEEDED]


async def follow(gateway: Gateway, company: str, finished: asyncio.Event) -> list[dict[str, Any]]:
    """Read the company's changes as a subscriber does: only what is new, until the end."""
    changes: list[dict[str, Any]] = []
    cursor = None
    while not finished.is_set():
        new, cursor = await gateway.changes_after(company, cursor)
        changes += new
    new, _ = await gateway.changes_after(company, cursor)
    return changes + new


def services_of(items: list[dict[str, Any]]) -> set[str]:
    """Return the services that the items name: each item has one of its own."""
    return {each["externalReference"]["serviceName"] for each in items}


@pytest.mark.parametrize("seed", range(2))
async def test_writes_of_every_kind_at_once_are_as_if_one_after_another(gateway, seed):
    chaos = Chaos(gateway, seed)
    await chaos.prepare()
    finished = asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(follow(gateway, each, finished)) for each in chaos.companies]
        await chaos.run(writes=200, at_once=16)
        finished.set()

    followed = {each: task.result() for each, task in zip(chaos.companies, readers, strict=True)}
    for company in chaos.companies:
        all_changes, _ = await gateway.changes_after(company, None)
        numbers = [int(change["sequence"]) for change in all_changes]
        assert numbers == list(range(1, len(numbers) + 1))
        assert followed[company] == all_changes
    histories = [History(changes, chaos.DAYS) for changes in followed.values()]
    # In the order of their numbers no write ever took a day above its possible hours …
    assert [each for history in histories for each in history.growths_above_possible] == []
    # … what was refused would not have fit, in a state that there really was …
    assert chaos.refusals
    for error in chaos.refusals:
        place = (error["user"]["sourceId"], date.fromisoformat(error["date"]))
        states = set().union(*(history.states[place] for history in histories))
        assert error["takenHours"] + error["requestedHours"] > error["possibleHours"]
        if error["path"] == ["hours"]:  # an update: nothing is taken beside the new total
            assert error["possibleHours"] in {possible for possible, _ in states}
        else:
            assert (error["possibleHours"], error["takenHours"]) in states
    # … exactly what was acknowledged came to be …
    created = set().union(*(history.references_created for history in histories))
    assert created == chaos.acknowledged
    # … and the changes lead to what is stored.
    users = [each for company in chaos.companies for each in chaos.users[company]]
    assert await gateway.hours_of(*users) == {
        (user_id, day.isoformat()): hours
        for history in histories
        for (user_id, day), hours in history.hours.items()
    }
    await refuse_violations(gateway.database_url)
