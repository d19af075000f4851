"""One object of each kind that is stored, everything filled in, and each with one thing changed."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import singledispatch
from typing import Any, Final

from app.domain.access import CallerKind
from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.actors import Actor
from app.domain.days import DaySpan
from app.domain.directory import (
    Company,
    Holiday,
    Person,
    PersonStatus,
    Role,
    User,
    UserStatus,
    Workweek,
)
from app.domain.feeds import CalendarFeed
from app.domain.instances import OccurrenceException
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.schedule import DiscrepancyKind
from app.domain.time_off_entries import (
    ExternalReference,
    ReferenceFacts,
    ReferenceStatus,
    TimeOffEntry,
)
from app.domain.workers import Worker
from tests.builders import COMPANY, PERSON, uuid

NOW: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY: Final = date(2026, 3, 2)

ENTITIES: Final = (
    Company(id=COMPANY, name="Brick", minimum_workers_available=3),
    Role(id=5, company_id=COMPANY, name="Carpenter"),
    User(
        id=1,
        company_id=COMPANY,
        full_name="Ada",
        email_address="a@example.com",
        headline="Engineer",
        role_id=5,
        status=UserStatus.ACTIVE,
    ),
    Person(
        id=PERSON,
        company_id=COMPANY,
        first_name="Grace",
        last_name="Hopper",
        email="g@example.com",
        employee_number="7",
        status=PersonStatus.ACTIVE,
        job_title="Admiral",
    ),
    Worker(company_id=COMPANY, user_id=1, person_id=PERSON, full_name="Ada", email="a@example.com"),
    Workweek(
        id=uuid(1),
        company_id=COMPANY,
        user_id=1,
        effective_from=DAY,
        effective_to=DAY + timedelta(days=9),
        minutes=(1, 2, 3, 4, 5, 6, 7),
    ),
    Holiday(id=3, company_id=COMPANY, name="May Day", start_date=DAY, end_date=DAY),
    TimeOffEntry(
        id=9,
        company_id=COMPANY,
        user_id=1,
        requested_date=DAY,
        submission_date=DAY,
        seconds=3_600,
        created_at=NOW,
        updated_at=NOW,
    ),
    ExternalReference(
        id=11,
        company_id=COMPANY,
        entry_id=9,
        facts=ReferenceFacts(
            service_name="jira",
            service_model="Issue",
            service_model_ref="J-1",
            status=ReferenceStatus.PENDING,
            external_message="said",
            external_link="https://example.com",
            external_status="open",
            locked=True,
        ),
        brought_seconds=3_600,
        created_at=NOW,
        updated_at=NOW,
    ),
    PersonTimeOff(
        id=uuid(2),
        company_id=COMPANY,
        person_id=PERSON,
        span=DaySpan(DAY, DAY + timedelta(days=2)),
        last_day=DAY + timedelta(days=16),
        pattern=Pattern(
            start_time=time(7),
            end_time=time(15, 30),
            apply_to_saturday=True,
            apply_to_sunday=False,
        ),
        is_paid=True,
        reason="why",
        rule=RepeatRule(Repeat.WEEKLY, 2, DAY + timedelta(days=15)),
        instance_ids=(uuid(3), uuid(4)),
        created_at=NOW,
        updated_at=NOW,
        exceptions=(OccurrenceException(DAY, None), OccurrenceException(DAY, DaySpan(DAY, DAY))),
        split_from=uuid(5),
    ),
    DiscrepancyAcknowledgement(
        id=uuid(6),
        company_id=COMPANY,
        user_id=1,
        person_id=PERSON,
        day=DAY,
        kind=DiscrepancyKind.HOURS_DIFFER,
        kantata=3_600,
        procore=7_200,
        fingerprint="0f",
        acknowledged_at=NOW,
        acknowledged_by=Actor(CallerKind.TOKEN, "token:ab12cd34", "planner"),
    ),
    CalendarFeed(
        id=uuid(4),
        company_id=COMPANY,
        worker_id="U1",
        role_ids=(5, 6),
        job_titles=("Welder", "Rigger"),
        name="Crew",
        created_at=NOW,
        renewed_at=NOW,
        revoked_at=NOW,
    ),
)


def each_changed(entity: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each attribute's dotted path, and the entity with another value for it."""
    for field in fields(entity):
        name, value = f"{path}{field.name}", getattr(entity, field.name)
        if is_dataclass(value):
            for below, changed in each_changed(value, f"{name}."):
                yield below, replace(entity, **{field.name: changed})
        else:
            yield name, replace(entity, **{field.name: _other(value)})


@singledispatch
def _other(value: Any) -> Any:
    raise TypeError(type(value))


@_other.register
def _(value: OccurrenceException) -> OccurrenceException:
    return replace(value, is_paid=not value.is_paid, times=(time(1), time(2)))


@_other.register
def _(value: str) -> str:
    return value[:-1] + chr(ord(value[-1]) ^ 1)  # a UUID stays one


@_other.register
def _(value: int) -> int:
    return value + 1


@_other.register
def _(value: bool) -> bool:  # noqa: FBT001 - as singledispatch wants it
    return not value


@_other.register
def _(value: StrEnum) -> StrEnum:
    return next(each for each in type(value) if each not in {value, Repeat.NEVER})


@_other.register
def _(value: date) -> date:
    return value + timedelta(days=1)


@_other.register
def _(value: time) -> time:
    return value.replace(minute=(value.minute + 15) % 60)


@_other.register
def _(value: tuple) -> tuple[Any, ...]:
    return (*map(_other, value),)
