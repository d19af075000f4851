"""A small company beside the large one, whose days have all that a merge has to mind.

The large company's days are plain, and it is what is measured. This one is only asked to see
that all servers merge alike: both systems on one day, marked as the same absence or not;
records that overlap, paid and unpaid; night shifts into a day that has records; holidays and
short weeks that came after the time off; workers whom only one system knows. It is written
through the gateway, as people would write it. Its names come after all others'.
"""

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

from scripts.benchmarks.servers import GATEWAY, Server, WrongAnswers, running

COMPANY: Final = "8c1f6f0e-2b7d-4f0a-9a55-0b6f8a1d2c33"
FIRST_DAY: Final = date(2025, 3, 1)
DAYS: Final = 62
WORKERS: Final = 36
FIRST_USER: Final = 900_000_001
FIRST_HOLIDAY: Final = 910_000_001
ENTRIES_OF_A_USER: Final = 20
RECORDS_OF_A_PERSON: Final = 6
MIRRORED: Final = 40
SATURDAY: Final = 5

_WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_SHORT_WEEK: Final = (440, 440, 440, 440, 440, 0, 0)
_OTHER_WEEKS: Final = ((440, 0, 220, 440, 440, 240, 0), (480, 480, 480, 480, 250, 0, 60))
_HOLIDAYS: Final = (("Founders' Day", 9, 10), ("Spring", 25, 25), ("Spring again", 24, 26))
_HOURS: Final = (7.33, 7.32, 7.33, 3.66, 0.5, 4, 7.25)
_CLOCKS: Final = (
    ("08:00", "15:15"), ("08:00", "12:00"), ("10:30", "16:00"), ("13:00", "17:00"),
    ("22:00", "06:00"), ("21:30", "08:15"), ("05:00", "09:00"), ("12:00", "11:45"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Worker:
    """One of them: a user, a person or, with both, a worker of both systems."""

    number: int

    @property
    def user_id(self) -> str | None:
        return str(FIRST_USER + self.number) if self.number % 6 else None

    @property
    def person_id(self) -> str | None:
        chance = Random(f"hard person {self.number}")  # noqa: S311 - the same each time
        is_person = self.number % 6 != 1
        return str(UUID(int=chance.getrandbits(128), version=4)) if is_person else None

    @property
    def last_name(self) -> str:
        return f"Zzolt {self.number:02}"

    @property
    def email(self) -> str:
        return f"zz{self.number}@hard.example"


_STAFF: Final = [_Worker(number) for number in range(WORKERS)]
_USERS: Final = [each.user_id for each in _STAFF if each.user_id]
_PEOPLE: Final = [each.person_id for each in _STAFF if each.person_id]


def write(url: str) -> None:
    """Write the company into a database, by a gateway that runs meanwhile."""
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        with running(GATEWAY, port, url, Path(folder)) as gateway:
            _write(gateway)


def are_in(path: Path) -> bool:
    """Say whether a SQLite file has the company."""
    with closing(sqlite3.connect(path)) as database:
        mine = database.execute("SELECT 1 FROM companies WHERE id = ?", (COMPANY,))
        return mine.fetchone() is not None


def _write(gateway: Server) -> None:
    chance = Random("hard days")  # noqa: S311 - the same each time
    for field, items in _directory():
        _mutate(gateway, field, {field.removeprefix("upsert").lower(): items})
    entries = list(_entries(chance))
    for start in range(0, len(entries), 100):
        piece = {"timeOffEntries": entries[start : start + 100]}
        _mutate(gateway, "createTimeOffEntries", piece)
    records = [
        _mutate(gateway, "createPersonTimeOff", record, "personTimeOff { id }")
        for record in _records(chance)
    ]
    for made in chance.sample(records, MIRRORED):
        # Some cannot be: those of people without a user, and what does not fit into a workday.
        id_ = made["personTimeOff"]["id"]
        _mutate(gateway, "mirrorPersonTimeOff", {"id": id_}, may_fail=True)
    _mutate(gateway, "upsertHolidays", {"holidays": list(_holidays())})
    _mutate(gateway, "upsertWorkweeks", {"workweeks": list(_own_weeks())})


def _mutate(
    gateway: Server,
    field: str,
    values: dict[str, Any],
    chosen: str = "",
    *,
    may_fail: bool = False,
) -> Any:  # noqa: ANN401 - JSON
    kind = f"{field[0].upper()}{field[1:]}Input!"
    document = f"""
        mutation Write($input: {kind}) {{
          {field}(input: $input) {{ {chosen} userErrors {{ code message path }} }}
        }}
    """
    answer = gateway.ask(json.dumps({"query": document, "variables": {"input": values}}))
    made = (answer.get("data") or {}).get(field)
    if made is None or (made["userErrors"] and not may_fail):
        raise WrongAnswers(f"{field} answers {json.dumps(answer)[:1000]}")
    return made


def _directory() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "upsertCompanies", [{"sourceId": COMPANY, "name": "Zzyx Nights"}]
    yield (
        "upsertUsers",
        [
            {
                "sourceId": each.user_id,
                "companyId": COMPANY,
                "fullName": f"Zz {each.last_name}",
                "emailAddress": each.email,
            }
            for each in _STAFF
            if each.user_id
        ],
    )
    yield (
        "upsertPeople",
        [
            {
                "sourceId": each.person_id,
                "companyId": COMPANY,
                "firstName": "Zz",
                "lastName": each.last_name,
                "email": each.email,
                "status": "INACTIVE" if each.number in {0, 2} else "ACTIVE",
                "jobTitle": "Guard" if each.number % 2 else None,
            }
            for each in _STAFF
            if each.person_id
        ],
    )
    yield "upsertWorkweeks", [_week(None, FIRST_DAY - timedelta(days=400), None, _SHORT_WEEK)]


def _week(
    user_id: str | None, first: date, last: date | None, minutes: tuple[int, ...]
) -> dict[str, Any]:
    return {
        "companyId": COMPANY,
        "userId": user_id,
        "effectiveFrom": first.isoformat(),
        "effectiveTo": last and last.isoformat(),
        **dict(zip(_WEEKDAYS, minutes, strict=True)),
    }


def _entries(chance: Random) -> Iterator[dict[str, Any]]:
    workdays = [day for day in map(_day, range(DAYS)) if day.weekday() < SATURDAY]
    for user_id in _USERS:
        for day in chance.sample(workdays, ENTRIES_OF_A_USER):
            hours = chance.choice(_HOURS)
            yield {"userId": user_id, "hours": hours, "requestedDate": day.isoformat()}


def _records(chance: Random) -> Iterator[dict[str, Any]]:
    for person_id in _PEOPLE:
        for _ in range(RECORDS_OF_A_PERSON):
            first = _day(chance.randrange(DAYS))
            starts, ends = chance.choice(_CLOCKS)
            repeat: dict[str, Any] = {"repeat": "NEVER"}
            if chance.random() < 0.5:  # noqa: PLR2004 - every second
                until = first + timedelta(weeks=chance.randrange(1, 6))
                repeat = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": until.isoformat()}
            yield {
                "companyId": COMPANY,
                "personId": person_id,
                "startDay": first.isoformat(),
                "endDay": (first + timedelta(days=chance.randrange(6))).isoformat(),
                "batchStartTime": starts,
                "batchEndTime": ends,
                "applyToSaturday": first.weekday() == SATURDAY or chance.random() < 0.5,  # noqa: PLR2004
                "applyToSunday": True,
                "isPaid": chance.random() < 0.6,  # noqa: PLR2004
                "reason": "shift",
                **repeat,
            }


def _holidays() -> Iterator[dict[str, Any]]:
    for number, (name, first, last) in enumerate(_HOLIDAYS):
        yield {
            "sourceId": str(FIRST_HOLIDAY + number),
            "companyId": COMPANY,
            "name": name,
            "startDate": _day(first).isoformat(),
            "endDate": _day(last).isoformat(),
        }


def _own_weeks() -> Iterator[dict[str, Any]]:
    for number, user_id in enumerate(_USERS[::3]):
        yield _week(user_id, _day(-30), None, _OTHER_WEEKS[number % 2])
        if number % 2:
            yield _week(user_id, _day(10), _day(20), _OTHER_WEEKS[0])


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)
