"""Who and what the demo data is about: two companies and who works there (no time off)."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from app.domain.days import DaySpan
from app.domain.directory import PersonStatus
from app.domain.workweek import WEEKDAYS, Calendar, WorkweekPattern
from app.services.directory.items import UpsertItem
from app.services.sample_data.demo_month import company_day

BUILDERS: Final = "a4592b47-42ae-478f-926d-e77a7f768059"
"""The company of Procore's own example (seed), and the person of it."""
SEED_PERSON: Final = "81c63107-6843-4822-be42-a40b41e75285"
STUDIO: Final = "0d8f9a4e-51c3-4c19-9f0e-5b8b6b8d4c11"
COMPANIES: Final = {BUILDERS: "Example Builders", STUDIO: "Example Studio"}
MINIMUM_WORKERS: Final = {BUILDERS: 33}
"""Undercut on some days of the month in which the demo is loaded."""
ROLES: Final = {1: (BUILDERS, "Engineer"), 2: (BUILDERS, "Site Manager"), 3: (STUDIO, "Designer")}

_IDS: Final = UUID(BUILDERS)
_OPENED: Final = date(2020, 1, 1)
_FULL_TIME: Final = (480, 480, 480, 480, 480, 0, 0)
_FOUR_DAYS: Final = (480, 480, 480, 480, 0, 0, 0)
_THREE_DAYS: Final = (480, 480, 480, 0, 0, 0, 0)
_MORNINGS: Final = (240, 240, 240, 240, 240, 0, 0)
_SIX_HOURS: Final = (360, 360, 360, 360, 360, 0, 0)
_TUESDAY_TO_SATURDAY: Final = (0, 480, 480, 480, 480, 480, 0)
_STUDIO_WEEK: Final = (450, 450, 450, 450, 450, 0, 0)

_BUILDERS_NAMES: Final = (
    "Amara Birch", "Bjorn Cedar", "Chen Maple", "Dalia Fern", "Emeka Willow", "Farah Hazel",
    "Goran Linden", "Hana Juniper", "Ines Alder", "Jamal Rowan", "Keiko Aspen", "Lars Cypress",
    "Malika Sorrel", "Nikos Thyme", "Olga Poplar", "Pablo Laurel", "Qiang Myrtle", "Rosa Clover",
    "Samir Heather", "Tove Bramble", "Uma Larch", "Viktor Teak", "Wanjiru Sage", "Ximena Basil",
    "Yusuf Elder", "Zoë Acacia", "Anil Bamboo", "Beatriz Lotus", "Cem Olive", "Dumisani Palm",
    "Elif Reed", "Finn Tansy", "Grace Yarrow", "Hugo Chestnut", "Imani Mallow", "José Nettle",
    "Kavya Orchid", "Liam Quince", "Mei Saffron", "Noa Violet", "Omar Walnut",
)  # fmt: skip
_STUDIO_NAMES: Final = ("Petra Almond", "Rahul Cocoa", "Sofia Ginger", "Tariq Mango")
_HEADLINES: Final = ("Structural Engineer", "Site Manager", "Estimator", "Planner", "Designer")
_JOBS: Final = ("Carpenter", "Electrician", "Crane Operator", "Surveyor", "Welder", "Mason")

# Which of the names, by their places, are known to which system.
_LINKED: Final = (20, 21)
_USERS_ONLY: Final = (*range(22, 30), 39)
_PEOPLE_ONLY: Final = (*range(30, 39), 40)
_BARRED: Final = (39, 40)
_STUDIO_PEOPLE: Final = 3
_INACTIVE: Final = 38


@dataclass(frozen=True, slots=True)
class DemoWorker:
    """One human of the demo, and how each system knows them."""

    number: int
    company_id: str
    full_name: str
    user_id: int | None
    person_id: str | None
    user_email: str
    person_email: str
    is_active: bool = True

    @property
    def names(self) -> tuple[str, str]:
        """First and last name."""
        first, _, last = self.full_name.partition(" ")
        return first, last


def workers() -> list[DemoWorker]:
    """Return everybody; users are numbered from 1 in this order."""
    user_ids = iter(range(1, len(_BUILDERS_NAMES) + len(_STUDIO_NAMES)))
    everybody = []
    for place, name in enumerate(_BUILDERS_NAMES):
        everybody.append(
            DemoWorker(
                number=place,
                company_id=BUILDERS,
                full_name=name,
                user_id=None if place in _PEOPLE_ONLY else next(user_ids),
                person_id=None if place in _USERS_ONLY else _person_id(place),
                user_email=_user_email(place, name),
                person_email=_person_email(place, name),
                is_active=place != _INACTIVE,
            )
        )
    for place, name in enumerate(_STUDIO_NAMES, start=len(_BUILDERS_NAMES)):
        is_person = place < len(_BUILDERS_NAMES) + _STUDIO_PEOPLE
        person_id = _person_id(place) if is_person else None
        email = _email(name)
        everybody.append(
            DemoWorker(
                number=place,
                company_id=STUDIO,
                full_name=name,
                user_id=next(user_ids),
                person_id=person_id,
                user_email=email,
                person_email=email,
            )
        )
    return everybody


def linked_pairs() -> list[tuple[int, str]]:
    """Return the users and people whom their e-mails would not join."""
    return [
        (worker.user_id, worker.person_id)
        for worker in workers()
        if worker.number in _LINKED and worker.user_id and worker.person_id
    ]


def barred_user() -> int:
    """Return the user who shares the e-mail of a site office with a person, another human."""
    return next(
        worker.user_id for worker in workers() if worker.number in _BARRED and worker.user_id
    )


def companies() -> list[UpsertItem]:
    """Return the companies to write."""
    return [
        UpsertItem(
            {
                "source_id": id_,
                "name": name,
                "minimum_workers_available": MINIMUM_WORKERS.get(id_),
            }
        )
        for id_, name in COMPANIES.items()
    ]


def roles() -> list[UpsertItem]:
    """Return the roles to write."""
    return [
        UpsertItem({"source_id": str(id_), "company_id": company_id, "name": name})
        for id_, (company_id, name) in ROLES.items()
    ]


def users() -> list[UpsertItem]:
    """Return the users to write: some without a role."""
    return [
        UpsertItem(
            {
                "source_id": str(worker.user_id),
                "company_id": worker.company_id,
                "full_name": worker.full_name,
                "email_address": worker.user_email,
                "headline": _HEADLINES[worker.number % len(_HEADLINES)],
                "role_id": _role_of(worker),
            }
        )
        for worker in workers()
        if worker.user_id
    ]


def people() -> list[UpsertItem]:
    """Return the people to write: one of them has left."""
    return [
        UpsertItem(
            {
                "source_id": worker.person_id,
                "company_id": worker.company_id,
                "first_name": worker.names[0],
                "last_name": worker.names[1],
                "email": worker.person_email,
                "employee_number": f"E-{1000 + worker.number}",
                "status": PersonStatus.ACTIVE if worker.is_active else PersonStatus.INACTIVE,
                "job_title": _JOBS[worker.number % len(_JOBS)],
            }
        )
        for worker in workers()
        if worker.person_id
    ]


def own_workweeks(today: date) -> dict[int, list[WorkweekPattern]]:
    """Return the workweeks of those who do not work as their company does."""
    return {
        4: [WorkweekPattern(_OPENED, None, _FOUR_DAYS)],
        7: [WorkweekPattern(_OPENED, None, _MORNINGS)],
        10: [WorkweekPattern(_OPENED, None, _SIX_HOURS)],
        # Has gone from full time to three days a quarter of a year ago.
        13: [
            WorkweekPattern(_OPENED, None, _FULL_TIME),
            WorkweekPattern(today - timedelta(days=91), None, _THREE_DAYS),
        ],
        16: [WorkweekPattern(_OPENED, None, _TUESDAY_TO_SATURDAY)],
        # For two months only; then as everybody else.
        25: [
            WorkweekPattern(today - timedelta(days=30), today + timedelta(days=30), _MORNINGS),
        ],
    }


def company_workweeks() -> dict[str, WorkweekPattern]:
    """Return how each company works."""
    return {
        BUILDERS: WorkweekPattern(_OPENED, None, _FULL_TIME),
        STUDIO: WorkweekPattern(_OPENED, None, _STUDIO_WEEK),
    }


def workweeks(today: date) -> list[UpsertItem]:
    """Return the workweeks to write."""
    company_of = {worker.user_id: worker.company_id for worker in workers()}
    return [
        *(_workweek(company_id, None, week) for company_id, week in company_workweeks().items()),
        *(
            _workweek(company_of[user_id], user_id, week)
            for user_id, weeks in own_workweeks(today).items()
            for week in weeks
        ),
    ]


def holidays(today: date) -> list[UpsertItem]:
    """Return the holidays to write: of three years, and one in the month of today."""
    return [
        UpsertItem(
            {
                "source_id": str(number),
                "company_id": company_id,
                "name": name,
                "start_date": days.first,
                "end_date": days.last,
            }
        )
        for number, (company_id, name, days) in enumerate(_holidays(today), start=1)
    ]


def calendars(today: date) -> dict[int, Calendar]:
    """Return what decides each user's possible hours."""
    own = own_workweeks(today)
    return {
        worker.user_id: Calendar(
            [company_workweeks()[worker.company_id]],
            own.get(worker.user_id, []),
            [days for company_id, _, days in _holidays(today) if company_id == worker.company_id],
        )
        for worker in workers()
        if worker.user_id
    }


def _holidays(today: date) -> Iterator[tuple[str, str, DaySpan]]:
    for year in range(today.year - 1, today.year + 2):
        for company_id in COMPANIES:
            yield company_id, "New Year's Day", _one_day(date(year, 1, 1))
            yield company_id, "Labour Day", _one_day(date(year, 5, 1))
            yield company_id, "Winter break", DaySpan(date(year, 12, 24), date(year, 12, 26))
        first = date(year, 7, 1)
        summer_monday = first + timedelta(days=-first.weekday() % 7)
        yield BUILDERS, "Summer party", _one_day(summer_monday)
    yield BUILDERS, "Company day", _one_day(company_day(today))


def _one_day(day: date) -> DaySpan:
    return DaySpan(day, day)


def _workweek(company_id: str, user_id: int | None, week: WorkweekPattern) -> UpsertItem:
    return UpsertItem(
        {
            "company_id": company_id,
            "user_id": user_id and str(user_id),
            "effective_from": week.effective_from,
            "effective_to": week.effective_to,
            **dict(zip(WEEKDAYS, week.minutes, strict=True)),
        }
    )


def _person_id(place: int) -> str:
    return str(uuid5(_IDS, f"person {place}")) if place else SEED_PERSON


def _role_of(worker: DemoWorker) -> str | None:
    if worker.company_id == STUDIO:
        return "3"
    return (None, "1", "1", "2", "1")[(worker.number + 1) % 5]


def _user_email(place: int, name: str) -> str:
    return "site.office@example.com" if place in _BARRED else _email(name)


def _person_email(place: int, name: str) -> str:
    """Return the e-mail as Procore has it: not always written as in Kantata."""
    if place in _LINKED:
        return f"crew{place}@example.com"
    email = _user_email(place, name)
    return email.upper() if place % 6 == 1 else email


def _email(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{plain.lower().replace(' ', '.')}@example.com"
