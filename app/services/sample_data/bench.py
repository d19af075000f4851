"""The data that measurements are made on: a large company, the same at each load.

It is filled in directly, because through the services a million entries would take hours;
`timeoff check` finds nothing wrong with it.
"""

import asyncio
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any, Final
from uuid import UUID

from app.db.connections.database import Database, Transaction
from app.db.writing import bulk_load
from app.db.writing.bulk_load import BulkLoad, ChangeAt
from app.db.writing.statements import ENTRY_IDS, REFERENCE_IDS
from app.domain.days import DaySpan
from app.domain.directory import Company, Person, PersonStatus, Role, User, Workweek
from app.domain.durations import HOUR
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.time_off_entries import (
    ExternalReference,
    ReferenceFacts,
    ReferenceStatus,
    TimeOffEntry,
)
from app.domain.workers import Worker
from app.progress import Progress
from app.services.caller import COMMAND
from app.services.changes import change

ENTRIES: Final = 1_000_000
ENTRIES_OF_A_USER: Final = 100
ENTRIES_OF_A_REFERENCE: Final = 5
INSTANCES_OF_A_SERIES: Final = 52
DAYS: Final = 730
FIRST_DAY: Final = date(2024, 1, 1)
COMPANY: Final = "5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a77"
ROLES: Final = 20
OBJECTS_A_PIECE: Final = 20_000

_WORKDAYS: Final = [
    day
    for day in (FIRST_DAY + timedelta(days=offset) for offset in range(DAYS))
    if day.weekday() < 5  # noqa: PLR2004 - Monday to Friday
]
_OPENED: Final = datetime.combine(FIRST_DAY, time(8), UTC)
_MOMENTS: Final = [_OPENED + number * timedelta(minutes=15) for number in range(DAYS * 96)]
"""When entries were sent: those of a quarter of an hour together."""
_WEEK: Final = (480, 480, 480, 480, 480, 0, 0)
_FIRST_NAMES: Final = ("Amara", "Bjorn", "Chen", "Dalia", "Emeka", "Farah", "Goran", "Hana", "Inés")
_LAST_NAMES: Final = ("Birch", "Cedar", "Maple", "Fern", "Willow", "Hazel", "Linden", "Juniper")
_SERVICES: Final = ("jira", "bamboohr", "workday")
_STATUSES: Final = tuple(ReferenceStatus)
_REASONS: Final = ("medical", "training", "family")
_CLOCK: Final = (time(8), time(12)), (time(13), time(17)), (time(8), time(16))


class NotEmpty(Exception):
    """The database has data already; nothing was stored."""


def load(database_url: str, progress: Progress, entries: int = ENTRIES) -> None:
    """Fill an empty database: a user for each 100 entries, a reference for each fifth, and
    for each user a person with a weekly series. All is one transaction.
    """  # noqa: D205 - one sentence
    asyncio.run(_load(database_url, progress, entries))


async def _load(database_url: str, progress: Progress, entries: int) -> None:
    database = Database(database_url)
    try:
        async with database.writing() as connection:
            if await bulk_load.has_companies(connection):
                msg = "The data of the bench profile wants a database without any companies."
                raise NotEmpty(msg)
            await _load_firm(connection, progress, _Firm(entries))
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class _Firm:
    """Who works there and when they are off; each question is answered alike each time."""

    entries: int

    @property
    def users(self) -> range:
        return range(1, max(1, self.entries // ENTRIES_OF_A_USER) + 1)

    def directory(self) -> Iterator[Any]:
        """Yield everything but time off, what is referred to first."""
        yield Company(COMPANY, "Large Builders")
        yield Workweek(
            id=_uuid(Random("workweek")),  # noqa: S311 - no secret
            company_id=COMPANY,
            user_id=None,
            effective_from=date(2020, 1, 1),
            effective_to=None,
            minutes=_WEEK,
        )
        for number in range(1, ROLES + 1):
            yield Role(number, COMPANY, f"Role {number}")
        for make in (_user, _person, _worker):
            yield from map(make, self.users)

    def time_off_entries(self) -> Iterator[TimeOffEntry]:
        """Yield each user's days in one random order, as they were sent over the two years."""
        order = array("Q")
        for user in self.users:
            days = Random(user).sample(range(len(_WORKDAYS)), ENTRIES_OF_A_USER)  # noqa: S311
            order.extend(user * len(_WORKDAYS) + day for day in days)
        Random("arrival").shuffle(order)  # noqa: S311
        for id_, place in enumerate(order, start=1):
            user, day = divmod(place, len(_WORKDAYS))
            sent = _MOMENTS[id_ * len(_MOMENTS) // (len(order) + 1)]
            yield TimeOffEntry(
                id=id_,
                company_id=COMPANY,
                user_id=user,
                requested_date=_WORKDAYS[day],
                submission_date=sent.date(),
                seconds=(1 + place % 8) * HOUR,
                created_at=sent,
                updated_at=sent,
            )

    def external_references(self, entry: TimeOffEntry) -> Iterator[ExternalReference]:
        """Yield the reference of each fifth entry."""
        if entry.id % ENTRIES_OF_A_REFERENCE:
            return
        id_ = entry.id // ENTRIES_OF_A_REFERENCE
        facts = ReferenceFacts(_SERVICES[id_ % 3], "Absence", f"HR-{id_}", _STATUSES[id_ % 3])
        yield ExternalReference(
            id=id_,
            company_id=COMPANY,
            entry_id=entry.id,
            facts=facts,
            brought_seconds=entry.seconds,
            created_at=entry.created_at,
            updated_at=entry.created_at,
        )

    def person_time_offs(self) -> Iterator[PersonTimeOff]:
        """Yield a weekly series of each person."""
        for number in self.users:
            first = _WORKDAYS[number * 7919 % (len(_WORKDAYS) // 2)]
            last = first + timedelta(weeks=INSTANCES_OF_A_SERIES - 1)
            pattern = Pattern(*_CLOCK[number % 3], apply_to_saturday=False, apply_to_sunday=False)
            yield PersonTimeOff(
                id=_uuid(Random(f"series {number}")),  # noqa: S311
                company_id=COMPANY,
                person_id=_person(number).id,
                span=DaySpan(first, first),
                last_day=last,
                pattern=pattern,
                is_paid=number % 4 > 0,
                reason=_REASONS[number % 3],
                rule=RepeatRule(Repeat.WEEKLY, 1, last),
                instance_ids=(_uuid(Random(f"instances {number}")),),  # noqa: S311
                created_at=_OPENED,
                updated_at=_OPENED,
            )

    def everything(self) -> Iterator[Any]:
        """Yield all objects, each after those that it refers to."""
        yield from self.directory()
        for entry in self.time_off_entries():
            yield entry
            yield from self.external_references(entry)
        yield from self.person_time_offs()


async def _load_firm(connection: Transaction, progress: Progress, firm: _Firm) -> None:
    """Store everything, and what is derived from it."""
    entries, done = firm.entries, 0
    load = BulkLoad(connection, COMMAND.origin)
    async with bulk_load.without_indexes(connection):
        objects = firm.everything()
        while piece := list(islice(objects, OBJECTS_A_PIECE)):
            await load.store(piece, _changes(piece))
            done += len(piece)
            progress("Loading entries", min(done, entries), entries)
        progress("Making the indexes")
    await bulk_load.continue_ids(connection, ENTRY_IDS, entries)
    await bulk_load.continue_ids(connection, REFERENCE_IDS, entries // ENTRIES_OF_A_REFERENCE)
    await load.finish()


def _changes(objects: Sequence[Any]) -> Iterator[ChangeAt]:
    for each in objects:
        yield change(None, each), getattr(each, "created_at", _OPENED)


def _user(number: int) -> User:
    role = 1 + number % ROLES
    return User(
        id=number,
        company_id=COMPANY,
        full_name=_full_name(number),
        email_address=_email(number),
        headline="Planner",
        role_id=role,
    )


def _person(number: int) -> Person:
    first, last = _full_name(number).split(" ")
    return Person(
        id=_uuid(Random(f"person {number}")),  # noqa: S311
        company_id=COMPANY,
        first_name=first,
        last_name=last,
        email=_email(number),
        employee_number=f"E-{number}",
        status=PersonStatus.ACTIVE,
        job_title="Carpenter",
    )


def _worker(number: int) -> Worker:
    person = _person(number)
    return Worker(
        company_id=COMPANY,
        user_id=number,
        person_id=person.id,
        full_name=person.full_name,
        email=person.email,
    )


def _full_name(number: int) -> str:
    first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
    return f"{first} {_LAST_NAMES[number // len(_FIRST_NAMES) % len(_LAST_NAMES)]}"


def _email(number: int) -> str:
    return f"user{number}@example.com"


def _uuid(chance: Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))
