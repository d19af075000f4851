"""Whatever is written on both sides, what is carried both ways comes to rest, and loses nothing.

People write entries of Kantata and records of Procore; now and then all is carried. Once there is
peace nothing more is carried, no mirrored record is without its entry, and where the two sides
differ it was a person who made them differ, or it is told.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.connections.database import Database
from app.db.reading import flows as known
from app.domain.sync.flows import SyncFlow
from tests.builders import COMPANY, company, entry, person, user
from tests.graphql.api import api, put, put_entries
from tests.sync.carried_company import (
    DELETE,
    DELETE_ENTRIES,
    EMAIL,
    UPDATE,
    UPDATE_ENTRY,
    Carrying,
    record,
)

WALKS = {"sqlite": 12, "postgresql": 5}
MANY_WALKS = 300
MOST_ROUNDS = 8
FIRST = date(2026, 3, 2)
ENTRIES = """{ timeOffEntries { nodes {
  id requestedDate hours externalReferences { serviceModelRef } } } }"""
RECORDS = """{ personTimeOffs { nodes { sourceId totalHours
  days: instances { startDay endDay } batchStartTime batchEndTime
  applyToSaturday applyToSunday } } }"""

weekdays = st.sampled_from([0, 1, 2, 2, 3, 3, 4, 7, 8, 9])  # of two weeks
hours = st.sampled_from([8, 8, 4, 2.5])


@dataclass(frozen=True)
class Typed:
    """Somebody has an entry of a day be so many hours; None: takes it away."""

    day: int
    hours: float | None


@dataclass(frozen=True)
class Recorded:
    """Somebody makes a record of some days, each of so many hours."""

    day: int
    length: int
    hours: float


@dataclass(frozen=True)
class Changed:
    """Somebody changes a record, the n-th, or deletes it."""

    number: int
    what: str


@dataclass(frozen=True)
class Carried:
    """What is due is carried, so many times."""

    times: int


typed = st.builds(Typed, weekdays, hours | st.none())
recorded = st.builds(Recorded, weekdays, st.sampled_from([1, 1, 2, 4]), hours)
changed = st.builds(
    Changed,
    st.integers(0, 3),
    st.sampled_from(["longer", "later", "shorter", "reason", "gone", "gone"]),
)
carried = st.builds(Carried, st.sampled_from([1, 1, 2, 3]))
steps = st.lists(
    st.one_of(typed, typed, recorded, changed, changed, carried, carried), min_size=3, max_size=20
)


@dataclass
class Walk:
    """Two sides of one worker; ``typed`` are days on which a person has lowered an entry."""

    carrying: Carrying
    typed: set[date] = field(default_factory=set)

    async def go(self, all_steps: list[Any]) -> None:
        await self.carrying.set(SyncFlow.BOTH)
        for step in all_steps:
            if isinstance(step, Carried):
                await self.carrying.work(step.times)
            elif isinstance(step, Typed):
                await self._type(FIRST + timedelta(days=step.day), step.hours)
            elif isinstance(step, Recorded):
                await self._record(step)
            else:
                await self._change(step)
        await self._peace()
        await self._check()

    async def _ask(self, document: str, **variables: Any) -> list[Any]:
        answer = await self.carrying.ask(document, **variables)
        [found] = answer["data"].values()
        nodes: list[Any] = found.get("nodes", [])
        return nodes

    async def _type(self, day: date, hours: float | None) -> None:
        standing = {each["requestedDate"]: each for each in await self._ask(ENTRIES)}
        was = standing.get(str(day))
        if was is None and hours is not None:
            await put_entries(self.carrying.ask, entry(requestedDate=str(day), hours=hours))
        elif was is not None and hours is None:
            await self._ask(DELETE_ENTRIES, ids=[was["id"]])
            self.typed.add(day)
        elif was is not None:
            await self._ask(UPDATE_ENTRY, id=was["id"], hours=hours)
            self.typed |= {day} if hours < was["hours"] else set()

    async def _record(self, step: Recorded) -> None:
        first = FIRST + timedelta(days=step.day)
        last = first + timedelta(days=step.length - 1)
        end = f"{7 + int(step.hours):02}:{int(step.hours % 1 * 60):02}"
        await record(self.carrying, first, last, batchEndTime=end)

    async def _change(self, step: Changed) -> None:
        records = sorted(await self._ask(RECORDS), key=lambda each: each["sourceId"])
        if step.number >= len(records):
            return
        one = records[step.number]
        first, last = (date.fromisoformat(one["days"][0][name]) for name in ("startDay", "endDay"))
        fields: dict[str, Any] = {
            "longer": {"endDay": str(last + timedelta(days=1))},
            "later": {"batchStartTime": "09:00", "batchEndTime": "12:00"},
            "shorter": {"startDay": str(first), "endDay": str(first)},
            "reason": {"reason": "Else"},
        }.get(step.what, {})
        if step.what == "gone":
            await self._ask(DELETE, id=one["sourceId"])
        elif len(one["days"]) == 1 or step.what in {"reason", "later"}:
            await self._ask(UPDATE, input={"id": one["sourceId"], **fields})

    async def _peace(self) -> None:
        """Carry until nothing is carried any more."""
        feed = self.carrying.flows.feed
        for _ in range(MOST_ROUNDS):
            before = await feed.last(COMPANY)
            await self.carrying.work(2)
            if await feed.last(COMPANY) == before:
                return
        pytest.fail(f"it comes to no rest in {MOST_ROUNDS} rounds")

    async def _check(self) -> None:
        async with self.carrying.database.reading() as connection:
            mirrored = await known.mirrored_of_user(connection, COMPANY, 1)
        of_entries, seconds = set[str](), dict[date, int]()
        for each in mirrored:
            assert seconds.keys().isdisjoint(each.seconds)  # nothing is doubled
            seconds |= each.seconds
            of_entries.add(each.record_id)
        entered = {
            date.fromisoformat(each["requestedDate"]): each["hours"]
            for each in await self._ask(ENTRIES)
        }
        others, standing = defaultdict[date, float](float), set[str]()
        for each in await self._ask(RECORDS):
            standing.add(each["sourceId"])
            if each["sourceId"] not in of_entries:
                for day in _days(each):
                    others[day] = max(others[day], _hours(each))
        assert of_entries <= standing
        told = set(await self.carrying.told())
        for day in sorted({*entered, *seconds, *others}):
            if str(day) not in told:
                mine = seconds.get(day, 0) / 3600
                self._check_day(day, entered.get(day, 0), mine, others[day])

    def _check_day(self, day: date, entered: float, mirrored: float, others: float) -> None:
        said = f"{day}: {entered} h there, {mirrored} h mirrored, {others} h recorded"
        if mirrored:
            assert entered == mirrored, said
        elif others:
            assert entered >= min(others, 8) or day in self.typed, said
        else:
            assert not entered, said


def _hours(each: dict[str, Any]) -> float:
    start, end = (
        int(each[name][:2]) + int(each[name][3:5]) / 60
        for name in ("batchStartTime", "batchEndTime")
    )
    return end - start


def _days(each: dict[str, Any]) -> set[date]:
    found = set()
    for span in each["days"]:
        day, last = (date.fromisoformat(span[name]) for name in ("startDay", "endDay"))
        while day <= last:
            is_counted = (
                day.weekday() < 5
                or each["applyToSaturday" if day.weekday() == 5 else "applyToSunday"]
            )
            found |= {day} if is_counted else set()
            day += timedelta(days=1)
    return found


@pytest.fixture
def walked(databases):
    """Return what makes a walk with a company that has nothing yet."""

    async def walk(all_steps: list[Any]) -> None:
        url = databases.create()
        database = Database(url)
        try:
            async with api(url) as ask:
                await put(
                    ask,
                    companies=[company()],
                    users=[user(**EMAIL)],
                    people=[person(email=EMAIL["emailAddress"])],
                )
                await Walk(Carrying(database, ask)).go(all_steps)
        finally:
            await database.close()
            databases.drop(url)

    return walk


def test_the_laws_of_flows_hold_after_any_walk(
    walked, database_kind, pytestconfig, record_property
):
    is_long = pytestconfig.getoption("long")
    done = 0

    @settings(
        max_examples=MANY_WALKS if is_long else WALKS[database_kind],
        deadline=None,
        derandomize=not is_long,
        suppress_health_check=list(HealthCheck),
    )
    @given(steps)
    def walk(all_steps: Any) -> None:
        nonlocal done
        asyncio.run(walked(all_steps))
        done += 1

    walk()
    record_property(f"walks on {database_kind}", done)
