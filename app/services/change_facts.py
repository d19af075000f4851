"""What the change feed tells of an object: its own fields, without reasons (rule 5.3).

Names are the schema's; ids are the source systems', as text.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.domain.acknowledgements import DiscrepancyAcknowledgement
from app.domain.directory import Company, Holiday, Person, Role, User, Workweek
from app.domain.durations import hours_of_seconds
from app.domain.instances import Instance
from app.domain.person_time_off import PersonTimeOff
from app.domain.recurrence import Repeat
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.wire_formats import format_local_time
from app.domain.workers import Worker
from app.domain.workweek import WEEKDAYS

Facts = dict[str, Any]

EXTERNAL_MESSAGE: Final = "externalMessage"
"""Read only by those who may read reasons: it says in words what another system answered."""


def facts(subject: object) -> Facts:
    """Return the object's own fields as JSON."""
    tell: Callable[[Any], Facts] = TELL[type(subject)]
    return tell(subject)


def _text(key: int | None) -> str | None:
    return None if key is None else str(key)


def _company(company: Company) -> Facts:
    return {
        "sourceId": company.id,
        "name": company.name,
        "minimumWorkersAvailable": company.minimum_workers_available,
    }


def _role(role: Role) -> Facts:
    return {"sourceId": str(role.id), "companyId": role.company_id, "name": role.name}


def _user(user: User) -> Facts:
    return {
        "sourceId": str(user.id),
        "companyId": user.company_id,
        "fullName": user.full_name,
        "emailAddress": user.email_address,
        "headline": user.headline,
        "roleId": _text(user.role_id),
        "status": user.status.name,
    }


def _person(person: Person) -> Facts:
    return {
        "sourceId": person.id,
        "companyId": person.company_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
        "employeeNumber": person.employee_number,
        "status": person.status.name,
        "jobTitle": person.job_title,
    }


def _worker(worker: Worker) -> Facts:
    return {"userId": _text(worker.user_id), "personId": worker.person_id}


def _workweek(workweek: Workweek) -> Facts:
    return {
        "companyId": workweek.company_id,
        "userId": _text(workweek.user_id),
        "effectiveFrom": workweek.effective_from.isoformat(),
        "effectiveTo": workweek.effective_to and workweek.effective_to.isoformat(),
        **dict(zip(WEEKDAYS, workweek.minutes, strict=True)),
    }


def _holiday(holiday: Holiday) -> Facts:
    return {
        "sourceId": str(holiday.id),
        "companyId": holiday.company_id,
        "name": holiday.name,
        "startDate": holiday.start_date.isoformat(),
        "endDate": holiday.end_date.isoformat(),
    }


def _entry(entry: TimeOffEntry) -> Facts:
    return {
        "sourceId": str(entry.id),
        "userId": str(entry.user_id),
        "requestedDate": entry.requested_date.isoformat(),
        "submissionDate": entry.submission_date.isoformat(),
        "hours": hours_of_seconds(entry.seconds),
    }


def _reference(reference: ExternalReference) -> Facts:
    said = reference.facts
    return {
        "timeOffEntryId": str(reference.entry_id),
        "serviceName": said.service_name,
        "serviceModel": said.service_model,
        "serviceModelRef": said.service_model_ref,
        "status": said.status.name if said.status else None,
        EXTERNAL_MESSAGE: said.external_message,
        "externalLink": said.external_link,
        "externalStatus": said.external_status,
        "locked": said.locked,
    }


def _person_time_off(record: PersonTimeOff) -> Facts:
    rule, pattern = record.rule, record.pattern
    return {
        "sourceId": record.id,
        "companyId": record.company_id,
        "personId": record.person_id,
        "startDay": record.span.first.isoformat(),
        "endDay": record.last_day.isoformat(),
        "applyToSaturday": pattern.apply_to_saturday,
        "applyToSunday": pattern.apply_to_sunday,
        "isPaid": record.is_paid,
        "repeat": (rule.repeat if rule else Repeat.NEVER).name,
        "cadence": rule.cadence if rule else None,
        "repeatEndDay": rule.until.isoformat() if rule else None,
        "batchStartTime": format_local_time(pattern.start_time),
        "batchEndTime": format_local_time(pattern.end_time),
        "exceptions": list(map(_occurrence, record.excepted)),
        "splitFromId": record.split_from,
    }


def _occurrence(occurrence: Instance) -> Facts:
    """Return an occurrence that is not as its record's rule has it, as it is now (rule 3.11)."""
    pattern = occurrence.pattern
    return {
        "originalDay": occurrence.original_day.isoformat(),
        "status": occurrence.status.name,
        "startDay": occurrence.span.first.isoformat(),
        "endDay": occurrence.span.last.isoformat(),
        "batchStartTime": format_local_time(pattern.start_time),
        "batchEndTime": format_local_time(pattern.end_time),
        "isPaid": occurrence.is_paid,
    }


def _acknowledgement(said: DiscrepancyAcknowledgement) -> Facts:
    return {
        "userId": str(said.user_id),
        "personId": said.person_id,
        "date": said.day.isoformat(),
        "kind": said.kind.name,
        "kantataHours": hours_of_seconds(said.kantata),
        "procoreHours": hours_of_seconds(said.procore),
    }


TELL: Final[Mapping[type, Any]] = {
    Company: _company,
    Role: _role,
    User: _user,
    Person: _person,
    Worker: _worker,
    Workweek: _workweek,
    Holiday: _holiday,
    TimeOffEntry: _entry,
    ExternalReference: _reference,
    PersonTimeOff: _person_time_off,
    DiscrepancyAcknowledgement: _acknowledgement,
}
"""What tells the facts of an object, by its type."""

_SAID_BY_THE_CHANGE: Final = {
    "company_id": "a change is of its subject's company",
    "created_at": "a change has the time at which it was made",
    "updated_at": "a change has the time at which it was made",
}

_BY_THE_ACTOR: Final = "a change has who made it"

NOT_TOLD: Final[Mapping[type, Mapping[str, str]]] = {
    Worker: {
        "company_id": "a change is of its subject's company",
        "full_name": "the user's or the person's, whose own changes tell it",
        "email": "the user's or the person's, whose own changes tell it",
    },
    Workweek: {"id": "made of its company, user and first day"},
    TimeOffEntry: _SAID_BY_THE_CHANGE,
    ExternalReference: {
        **_SAID_BY_THE_CHANGE,
        "id": "this gateway's own; a change names its subject by it",
        "brought_seconds": "how much of the entry's hours came with it is nowhere answered",
    },
    PersonTimeOff: {
        "created_at": _SAID_BY_THE_CHANGE["created_at"],
        "updated_at": _SAID_BY_THE_CHANGE["updated_at"],
        "reason": "personal data (rule 4.6)",
        "instance_ids": "the record's own part of its instances' ids; they never change",
        "span.last": "endDay is the last instance's, as Procore answers it (rule 3.3)",
    },
    DiscrepancyAcknowledgement: {
        "id": "this gateway's own; a change names its subject by it",
        "company_id": _SAID_BY_THE_CHANGE["company_id"],
        "fingerprint": "made of what both systems say, which their own changes tell",
        "acknowledged_at": _SAID_BY_THE_CHANGE["created_at"],
        "acknowledged_by.kind": _BY_THE_ACTOR,
        "acknowledged_by.name": _BY_THE_ACTOR,
        "acknowledged_by.label": _BY_THE_ACTOR,
    },
}
"""The attributes that are not among the facts, and why; a test compares."""
