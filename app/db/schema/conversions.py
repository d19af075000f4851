"""A pair of conversions for each type: ``to_…`` of a row, ``from_…`` the values of its columns.

Times of day are kept as minutes since midnight, hours of an entry as seconds. Names and
e-mails are kept beside the keys by which they are searched and joined (rules 4.1 and 6.4).
"""

from typing import Any

from sqlalchemy import Row

from app.db.schema.repeat_exceptions import (
    minute_of,
    read_exceptions,
    time_of,
    write_exceptions,
)
from app.domain.access import CallerKind, Via
from app.domain.actors import Actor, Origin
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
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.time_off_entries import (
    ExternalReference,
    ReferenceFacts,
    ReferenceStatus,
    TimeOffEntry,
)
from app.domain.workers import Worker, email_key, name_key
from app.domain.workweek import WEEKDAYS

Values = dict[str, Any]


def to_company(row: Row[Any]) -> Company:
    """Return the company that a row is."""
    return Company(row.id, row.name, row.minimum_workers_available)


def from_company(company: Company) -> Values:
    """Return a company's columns: its name also as the key by which lists are ordered."""
    return {
        "id": company.id,
        "name": company.name,
        "name_key": name_key(company.name),
        "minimum_workers_available": company.minimum_workers_available,
    }


def to_role(row: Row[Any]) -> Role:
    """Return the account role that a row is."""
    return Role(row.id, row.company_id, row.name)


def from_role(role: Role) -> Values:
    """Return a role's columns: its name also as the key by which lists are ordered."""
    return {
        "id": role.id,
        "company_id": role.company_id,
        "name": role.name,
        "name_key": name_key(role.name),
    }


def to_user(row: Row[Any]) -> User:
    """Return the user that a row is, without its keys. Raises ValueError for an unknown status."""
    return User(
        id=row.id,
        company_id=row.company_id,
        full_name=row.full_name,
        email_address=row.email_address,
        headline=row.headline,
        role_id=row.role_id,
        status=UserStatus(row.status),
    )


def from_user(user: User) -> Values:
    """Return a user's columns, with the keys by which users are ordered and joined."""
    return {
        "id": user.id,
        "company_id": user.company_id,
        "full_name": user.full_name,
        "name_key": name_key(user.full_name),
        "email_address": user.email_address,
        "email_key": email_key(user.email_address),
        "headline": user.headline,
        "role_id": user.role_id,
        "status": user.status.value,
    }


def to_person(row: Row[Any]) -> Person:
    """Return the person that a row is. Raises ValueError for an unknown status."""
    return Person(
        id=row.id,
        company_id=row.company_id,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        employee_number=row.employee_number,
        status=PersonStatus(row.status),
        job_title=row.job_title,
    )


def from_person(person: Person) -> Values:
    """Return a person's columns, with the keys by which people are ordered and joined."""
    return {
        "id": person.id,
        "company_id": person.company_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name_key": name_key(person.full_name),
        "email": person.email,
        "email_key": email_key(person.email),
        "employee_number": person.employee_number,
        "status": person.status.value,
        "job_title": person.job_title,
    }


def to_worker(row: Row[Any]) -> Worker:
    """Return the worker that a row is; the stored id is left: it follows from the rest."""
    return Worker(
        company_id=row.company_id,
        user_id=row.user_id,
        person_id=row.person_id,
        full_name=row.full_name,
        email=row.email,
    )


def from_worker(worker: Worker) -> Values:
    """Return a worker's columns, the id derived from user or person among them (rule 4.1)."""
    return {
        "id": worker.id,
        "company_id": worker.company_id,
        "user_id": worker.user_id,
        "person_id": worker.person_id,
        "full_name": worker.full_name,
        "name_key": name_key(worker.full_name),
        "email": worker.email,
    }


def to_workweek(row: Row[Any]) -> Workweek:
    """Return the workweek that a row is: seven columns become minutes from Monday on."""
    return Workweek(
        id=row.id,
        company_id=row.company_id,
        user_id=row.user_id,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        minutes=tuple(getattr(row, weekday) for weekday in WEEKDAYS),
    )


def from_workweek(workweek: Workweek) -> Values:
    """Return a workweek's columns: one of minutes for each weekday."""
    return {
        "id": workweek.id,
        "company_id": workweek.company_id,
        "user_id": workweek.user_id,
        "effective_from": workweek.effective_from,
        "effective_to": workweek.effective_to,
        **dict(zip(WEEKDAYS, workweek.minutes, strict=True)),
    }


def to_holiday(row: Row[Any]) -> Holiday:
    """Return the holiday that a row is; both its days count."""
    return Holiday(
        id=row.id,
        company_id=row.company_id,
        name=row.name,
        start_date=row.start_date,
        end_date=row.end_date,
    )


def from_holiday(holiday: Holiday) -> Values:
    """Return a holiday's columns."""
    return {
        "id": holiday.id,
        "company_id": holiday.company_id,
        "name": holiday.name,
        "start_date": holiday.start_date,
        "end_date": holiday.end_date,
    }


def to_entry(row: Row[Any]) -> TimeOffEntry:
    """Return the entry that a row is, its hours in seconds."""
    return TimeOffEntry(
        id=row.id,
        company_id=row.company_id,
        user_id=row.user_id,
        requested_date=row.requested_date,
        submission_date=row.submission_date,
        seconds=row.seconds,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def from_entry(entry: TimeOffEntry) -> Values:
    """Return an entry's columns, its hours in seconds."""
    return {
        "id": entry.id,
        "company_id": entry.company_id,
        "user_id": entry.user_id,
        "requested_date": entry.requested_date,
        "submission_date": entry.submission_date,
        "seconds": entry.seconds,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }


def to_reference(row: Row[Any]) -> ExternalReference:
    """Return the external reference that a row is."""
    facts = ReferenceFacts(
        service_name=row.service_name,
        service_model=row.service_model,
        service_model_ref=row.service_model_ref,
        status=ReferenceStatus(row.status) if row.status else None,
        external_message=row.external_message,
        external_link=row.external_link,
        external_status=row.external_status,
        locked=row.locked,
    )
    return ExternalReference(
        id=row.id,
        company_id=row.company_id,
        entry_id=row.entry_id,
        facts=facts,
        brought_seconds=row.brought_seconds,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def from_reference(reference: ExternalReference) -> Values:
    """Return a reference's columns; ``brought_seconds`` is what it added to the entry."""
    facts = reference.facts
    return {
        "id": reference.id,
        "company_id": reference.company_id,
        "entry_id": reference.entry_id,
        "service_name": facts.service_name,
        "service_model": facts.service_model,
        "service_model_ref": facts.service_model_ref,
        "status": facts.status.value if facts.status else None,
        "external_message": facts.external_message,
        "external_link": facts.external_link,
        "external_status": facts.external_status,
        "locked": facts.locked,
        "brought_seconds": reference.brought_seconds,
        "created_at": reference.created_at,
        "updated_at": reference.updated_at,
    }


def to_person_time_off(row: Row[Any]) -> PersonTimeOff:
    """Return the record that a row is, its reason included.

    Raises ValueError, TypeError or a TimeOffError where no rule admits what is stored.
    """
    rule = None
    if row.repeat != Repeat.NEVER:
        rule = RepeatRule(Repeat(row.repeat), row.cadence, row.repeat_end_day)
    return PersonTimeOff(
        id=row.id,
        company_id=row.company_id,
        person_id=row.person_id,
        span=DaySpan(row.first_day, row.first_span_end),
        last_day=row.last_day,
        pattern=Pattern(
            time_of(row.start_minute),
            time_of(row.end_minute),
            row.apply_to_saturday,
            row.apply_to_sunday,
        ),
        is_paid=row.is_paid,
        reason=row.reason,
        rule=rule,
        instance_ids=tuple(row.instance_ids),
        created_at=row.created_at,
        updated_at=row.updated_at,
        exceptions=read_exceptions(row.exceptions),
        split_from=row.split_from,
    )


def from_person_time_off(record: PersonTimeOff) -> Values:
    """Return a record's columns; its days have a table of their own."""
    rule, pattern = record.rule, record.pattern
    return {
        "id": record.id,
        "company_id": record.company_id,
        "person_id": record.person_id,
        "first_day": record.span.first,
        "first_span_end": record.span.last,
        "last_day": record.last_day,
        "start_minute": minute_of(pattern.start_time),
        "end_minute": minute_of(pattern.end_time),
        "apply_to_saturday": pattern.apply_to_saturday,
        "apply_to_sunday": pattern.apply_to_sunday,
        "is_paid": record.is_paid,
        "reason": record.reason,
        "repeat": (rule.repeat if rule else Repeat.NEVER).value,
        "cadence": rule.cadence if rule else None,
        "repeat_end_day": rule.until if rule else None,
        "instance_ids": list(record.instance_ids),
        "exceptions": write_exceptions(record.exceptions),
        "split_from": record.split_from,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def to_calendar_feed(row: Row[Any]) -> CalendarFeed:
    """Return the feed that a row is; its link's hash is never read back."""
    return CalendarFeed(
        id=row.id,
        company_id=row.company_id,
        worker_id=row.worker_id,
        role_ids=tuple(row.role_ids),
        job_titles=tuple(row.job_titles),
        name=row.name,
        created_at=row.created_at,
        renewed_at=row.renewed_at,
        revoked_at=row.revoked_at,
    )


def from_calendar_feed(feed: CalendarFeed, secret_hash: str | None) -> Values:
    """Return a feed's columns; the hash of its link is None once it is revoked."""
    return {
        "id": feed.id,
        "company_id": feed.company_id,
        "worker_id": feed.worker_id,
        "role_ids": list(feed.role_ids),
        "job_titles": list(feed.job_titles),
        "name": feed.name,
        "secret_hash": secret_hash,
        "is_use_known": False,  # of a link that is new
        "created_at": feed.created_at,
        "renewed_at": feed.renewed_at,
        "revoked_at": feed.revoked_at,
    }


def to_actor(row: Row[Any]) -> Actor:
    """Return who did something, of the columns that say it."""
    return Actor(CallerKind(row.actor_kind), row.actor, row.actor_label)


def to_origin(row: Row[Any]) -> Origin:
    """Return where something came from, of the columns that say it."""
    return Origin(to_actor(row), Via(row.via), row.request_id)
