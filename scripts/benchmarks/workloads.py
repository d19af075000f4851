"""What is asked: eight operations as a front end sends them, each with many variables.

The same seed makes the same bodies, so every server is asked the same questions in the
same order.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from graphql import parse, print_ast
from graphql.utilities import separate_operations

from app.domain.paging import Order, write_cursor
from app.services.sample_data.bench import COMPANY, DAYS, FIRST_DAY
from scripts.benchmarks import hard_days
from scripts.benchmarks.servers import Wording

READ_BODIES: Final = 400
WINDOW_DAYS: Final = 90
ENTRIES_OF_A_CREATE: Final = 100
SCHEDULE_WORKERS: Final = 50
SCHEDULE_DAYS: Final = 31
CALENDAR_WORKERS: Final = 500
CALENDAR_DAYS: Final = 92
"""The longest quarter."""
WEEKS_OF_A_SERIES: Final = 52
DURABLE_WRITERS: Final = "W4x16"
LAPS_APART: Final = 1_000_003
FIRST_FREE_MONDAY: Final = date(2026, 1, 5)
FREE_WORKDAYS: Final = 521
"""A prime: each user meets each of the free days once before any comes again."""

_ENTRIES: Final = """
query Entries($userIds: [ID!]!, $from: Date!, $to: Date!, $first: Int!) {
  timeOffEntries(
    filter: { userIds: $userIds, requestedDate: { from: $from, to: $to } }
    first: $first
  ) {
    nodes {
      id
      hours
      requestedDate
      user { id fullName role { id name } }
      externalReferences { id serviceName serviceModelRef status }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_SERIES: Final = """
query Series($id: ID!) {
  personTimeOff(id: $id) {
    id
    person { id fullName }
    reason
    isPaid
    repeat
    cadence
    startDay
    endDay
    repeatEndDay
    instances { id startDay endDay }
  }
}
"""
_CREATE_ENTRIES: Final = """
mutation CreateEntries($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) {
    timeOffEntries { id hours requestedDate }
    userErrors { code message path }
  }
}
"""
_CREATE_SERIES: Final = """
mutation CreateSeries($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) {
    personTimeOff { id instances { id startDay endDay } }
    userErrors { code message path }
  }
}
"""
_WHO_IS_OFF: Final = """
query WhoIsOff($from: Date!, $to: Date!) {
  schedule(from: $from, to: $to, filter: { onlyAbsent: true }, first: 50) {
    nodes { worker { id fullName } hoursOff days { date hoursOff } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_WORKERS: Final = """
query Workers($after: String) {
  workers(first: 50, after: $after) {
    nodes { id fullName email user { id role { id name } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_WORKER_DAYS: Final = """
query WorkerDays($from: Date!, $to: Date!, $first: Int!, $after: String) {
  schedule(from: $from, to: $to, first: $first, after: $after) {
    nodes {
      worker { id fullName }
      hoursOff
      availableHours
      days {
        date
        workdayHours
        hoursOff
        availableHours
        paidHours
        unpaidHours
        contributions { hours startTime endTime isPaid }
        notes { code message }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_TYPENAME: Final = "query Typename { __typename }"


_CALENDAR: Final = Path(__file__).parents[2] / "app" / "web" / "calendar" / "src"


def _of_the_calendar() -> str:
    """Return the calendar's own operation for its rows, with the fragments that it uses."""
    documents = parse((_CALENDAR / "documents.graphql").read_text())
    return print_ast(separate_operations(documents)["Schedule"])


def calendar_pages(workers: int) -> list[int]:
    """Return of how many workers the calendar asks at a time, until it has so many."""
    text = (_CALENDAR / "schedule.ts").read_text()
    sizes = {
        name: int(size) for name, size in re.findall(r"^const (\w+) = (\d+);", text, re.MULTILINE)
    }
    pages = [min(sizes["FIRST_PAGE"], workers)]
    while (left := workers - sum(pages)) > 0:
        pages.append(min(sizes["LATER_PAGES"], left))
    return pages


@dataclass(frozen=True, slots=True)
class Workload:
    """One operation: what it is, how many connections ask it and for how long a visit."""

    name: str
    what: str
    document: str
    connections: int
    seconds: int
    writes: bool = False
    compared: int = 20
    """Of so many bodies all servers give the same answers, before any is measured."""

    @property
    def operation(self) -> str:
        """The name of the document's operation."""
        return self.document.split()[1].partition("(")[0]

    def body(self, variables: dict[str, Any], wording: Wording | None = None) -> str:
        """Return the request's JSON, on one line; in a peer's own words if it has some."""
        document = self.document
        if wording is not None:
            document = wording.documents[self.name]
            variables = wording.variables(self.name, variables)
        return json.dumps(
            {"query": document, "operationName": self.operation, "variables": variables}
        )


CALENDAR_PAGES: Final = calendar_pages(CALENDAR_WORKERS)
_QUARTER: Final = (
    f"the calendar's pages, of which {len(CALENDAR_PAGES)} have the quarter of "
    f"{CALENDAR_WORKERS} workers"
)
WORKLOADS: Final = {
    each.name: each
    for each in (
        Workload("W1", "50 entries of 10 users", _ENTRIES, 8, 2),
        Workload("W2", "a series of 52", _SERIES, 8, 2),
        Workload("W3", "create 100 entries", _CREATE_ENTRIES, 8, 2, writes=True, compared=5),
        Workload("W4", "create a series of 52", _CREATE_SERIES, 8, 2, writes=True, compared=5),
        Workload(
            DURABLE_WRITERS, "the same, 16 writers", _CREATE_SERIES, 16, 2, writes=True, compared=5
        ),
        Workload("W5", "__typename", _TYPENAME, 16, 2),
        Workload("W6", "500 entries of 100 users", _ENTRIES, 4, 3),
        Workload("W7", "schedule, 50 workers x 31 days", _WORKER_DAYS, 4, 3),
        Workload("W8", _QUARTER, _of_the_calendar(), 2, 6, compared=len(CALENDAR_PAGES)),
    )
}

SCALE_WORKLOADS: Final = {
    "W1": WORKLOADS["W1"],
    "off": Workload("off", "who is off in a week, the first 50", _WHO_IS_OFF, 8, 2),
    "workers": Workload("workers", "50 workers from anywhere", _WORKERS, 8, 2),
}
"""What is asked of companies of many sizes."""


@dataclass(frozen=True)
class Bodies:
    """Makes the bodies about the company in one data file."""

    path: Path
    wording: Wording | None = None

    def of(self, workload: Workload) -> Iterator[str]:
        """Yield bodies: a few hundred for what reads, others each time for what writes."""
        makers: dict[str, Callable[[Random, int], dict[str, Any]]] = {
            "W1": lambda chance, _: self._entries(chance, 10, 50),
            "W2": lambda chance, _: {"id": chance.choice(self._series)},
            "W3": lambda _, turn: self._new_entries(turn),
            "W4": lambda _, turn: self._new_series(turn),
            DURABLE_WRITERS: lambda _, turn: self._new_series(turn + LAPS_APART),
            "W5": lambda *_: {},
            "off": lambda chance, _: self._week(chance),
            "workers": lambda chance, _: {"after": chance.choice(self._places)},
            "W6": lambda chance, _: self._entries(chance, 100, 500),
            "W7": lambda chance, _: self._worker_days(chance),
            "W8": lambda _, turn: self._calendar_page(turn),
        }
        make = makers[workload.name]
        chance = Random(workload.name)  # noqa: S311 - the same questions each time
        turns = count() if workload.writes else range(READ_BODIES)
        return (workload.body(make(chance, turn), self.wording) for turn in turns)

    def of_hard_days(self, workload: Workload) -> Iterator[str]:
        """Yield bodies about the company of hard days, for what asks for a schedule.

        They are only compared: what is measured is about the large company.
        """
        asked = {"W7": (SCHEDULE_DAYS, 7), "W8": (CALENDAR_DAYS, 31)}
        if workload.name not in asked:
            return
        days, step = asked[workload.name]
        for start in range(-3, hard_days.DAYS, step):
            first = hard_days.FIRST_DAY + timedelta(days=start)
            last = first + timedelta(days=days - 1)
            yield workload.body(
                {
                    "from": first.isoformat(),
                    "to": last.isoformat(),
                    "first": SCHEDULE_WORKERS,
                    "after": self._workers[-1],
                    **({"filter": {}, "isFirstPage": True} if workload.name == "W8" else {}),
                }
            )

    def _entries(self, chance: Random, users: int, first: int) -> dict[str, Any]:
        start = FIRST_DAY + timedelta(days=chance.randrange(DAYS - WINDOW_DAYS))
        return {
            "userIds": [str(id_) for id_ in chance.sample(self._users, users)],
            "from": start.isoformat(),
            "to": (start + timedelta(days=WINDOW_DAYS - 1)).isoformat(),
            "first": first,
        }

    def _worker_days(self, chance: Random) -> dict[str, Any]:
        """Return a month, from any day on, of the workers behind any one of them."""
        after = chance.choice(self._places)
        return {**_days(chance, SCHEDULE_DAYS), "first": SCHEDULE_WORKERS, "after": after}

    def _calendar_page(self, turn: int) -> dict[str, Any]:
        """Return the pages of the company's first workers in turn, another quarter each time."""
        lap, page = divmod(turn, len(CALENDAR_PAGES))
        before = sum(CALENDAR_PAGES[:page])
        return {
            **_days(Random(lap), CALENDAR_DAYS),  # noqa: S311 - the same questions each time
            "filter": {},
            "first": CALENDAR_PAGES[page],
            "after": self._places[(before - 1) % len(self._places)] if before else None,
            "isFirstPage": not before,
        }

    def _new_entries(self, turn: int) -> dict[str, Any]:
        """Return entries of other users, each on a day on which the user has none."""
        bodies_a_round = max(1, len(self._users) // ENTRIES_OF_A_CREATE)
        lap, place = divmod(turn, bodies_a_round)
        users = self._users[place::bodies_a_round][:ENTRIES_OF_A_CREATE]
        items = [
            {
                "userId": str(user),
                "hours": (1 + (user + lap) % 4) / 2,
                "requestedDate": _free_day(user * 31 + lap * 17).isoformat(),
            }
            for user in users
        ]
        return {"input": {"timeOffEntries": items}}

    def _new_series(self, turn: int) -> dict[str, Any]:
        """Return a weekly series; each person gets one on each day of the week."""
        lap, place = divmod(turn, len(self._people))
        start = _free_day(lap)
        return {
            "input": {
                "companyId": COMPANY,
                "personId": self._people[place],
                "startDay": start.isoformat(),
                "endDay": start.isoformat(),
                "batchStartTime": "08:00",
                "batchEndTime": "12:00",
                "isPaid": True,
                "reason": "medical",
                "repeat": "WEEKLY",
                "cadence": 1,
                "repeatEndDay": (start + timedelta(weeks=WEEKS_OF_A_SERIES - 1)).isoformat(),
            }
        }

    def _week(self, chance: Random) -> dict[str, Any]:
        monday = FIRST_DAY + timedelta(weeks=chance.randrange(DAYS // 7))
        return {"from": monday.isoformat(), "to": (monday + timedelta(days=6)).isoformat()}

    @cached_property
    def _workers(self) -> list[str]:
        """Cursors of all workers."""
        with closing(sqlite3.connect(self.path)) as database:
            keys = database.execute(
                "SELECT name_key, id FROM workers WHERE company_id = ? ORDER BY name_key, id",
                (COMPANY,),
            )
            return [write_cursor(Order("FULL_NAME"), key) for key in keys]

    @property
    def _places(self) -> list[str]:
        """Cursors of all workers that have a page of others behind them."""
        return self._workers[:-SCHEDULE_WORKERS]

    @cached_property
    def _users(self) -> list[int]:
        return self._keys("users")

    @cached_property
    def _people(self) -> list[str]:
        return self._keys("people")

    @cached_property
    def _series(self) -> list[str]:
        return self._keys("person_time_offs")

    def _keys(self, table: str) -> list[Any]:
        """Return the keys in an order of no meaning."""
        with closing(sqlite3.connect(self.path)) as database:
            mine = f"SELECT id FROM {table} WHERE company_id = ? ORDER BY id"  # noqa: S608 - our own names
            keys = [key for (key,) in database.execute(mine, (COMPANY,))]
        Random(table).shuffle(keys)  # noqa: S311
        return keys


def _days(chance: Random, count: int) -> dict[str, str]:
    first = FIRST_DAY + timedelta(days=chance.randrange(DAYS - count))
    return {"from": first.isoformat(), "to": (first + timedelta(days=count - 1)).isoformat()}


def _free_day(number: int) -> date:
    """Return a workday after all that the data has."""
    weeks, weekday = divmod(number % FREE_WORKDAYS, 5)
    return FIRST_FREE_MONDAY + timedelta(days=weekday, weeks=weeks)
