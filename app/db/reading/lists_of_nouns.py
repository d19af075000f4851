"""How each table is read: its orders and what its filters mean in SQL.

Each condition function runs twice: with a filter's values, for lists of objects, and with
``Later`` placeholders, for statements that are prepared for every filter of a shape. So it may
ask whether a value is given (``is not None``), and must never look into it: what is computed
of a value goes through ``bound``, ``bound_list`` or ``applied``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from app.db.reading.conditions import (
    among,
    days,
    equals,
    instants,
    mailed,
    named,
    spans_meet,
)
from app.db.reading.known_there import ENTRIES_KEPT, PERSON_TIME_OFF_KEPT, kept_alike
from app.db.reading.lists import Attribute, Condition, Listing
from app.db.reading.occurrences import meets
from app.db.reading.prepared import applied
from app.db.schema import conversions
from app.db.schema.tables import (
    CompanyRow,
    ExternalReferenceRow,
    HolidayRow,
    PersonRow,
    PersonTimeOffRow,
    RoleRow,
    TimeOffEntryRow,
    UserRow,
    WorkerRow,
    WorkweekRow,
)
from app.domain.days import DayRange
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
from app.domain.filters import (
    CalendarFilter,
    DirectoryFilter,
    EntryFilter,
    KnownTo,
    PersonTimeOffFilter,
    ReferenceFilter,
    ReferencesFilter,
    WorkerFilter,
)
from app.domain.identifiers import PERSON_PREFIX, USER_PREFIX
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import ExternalReference, TimeOffEntry
from app.domain.workers import Worker


def _attributes(*columns: Any) -> Sequence[Attribute]:  # noqa: ANN401 - SQLModel's types
    return columns


def _reference_conditions(wanted: ReferenceFilter | None) -> list[Condition]:
    if wanted is None:
        return []
    table = ExternalReferenceRow
    return [
        *equals(table.service_name, wanted.service_name),
        *equals(table.service_model, wanted.service_model),
        *among(table.service_model_ref, wanted.service_model_refs),
        *equals(table.status, wanted.status and wanted.status.value),
        *equals(table.external_status, wanted.external_status),
        *equals(table.external_message, wanted.external_message),
    ]


def _has_reference(*conditions: Condition) -> Condition:
    exists: Condition = (
        select(col(ExternalReferenceRow.id))
        .where(col(ExternalReferenceRow.entry_id) == col(TimeOffEntryRow.id), *conditions)
        .exists()
    )
    return exists


def _entries(wanted: EntryFilter) -> list[Condition]:
    table = TimeOffEntryRow
    conditions = [
        *among(table.id, wanted.ids),
        *equals(table.company_id, wanted.company_id),
        *among(table.user_id, wanted.user_ids),
        *days(table.requested_date, wanted.requested),
        *instants(table.created_at, wanted.created),
        *instants(table.updated_at, wanted.updated),
        *kept_alike(ENTRIES_KEPT, wanted.remote_ids, wanted.sync),
    ]
    if wanted.has_references is not None:
        has_one = _has_reference()
        conditions.append(has_one if wanted.has_references else ~has_one)
    if wanted.reference is not None:
        conditions.append(_has_reference(*_reference_conditions(wanted.reference)))
    if wanted.without_service is not None:
        conditions.append(
            ~_has_reference(*equals(ExternalReferenceRow.service_name, wanted.without_service))
        )
    return conditions


def _person_time_offs(wanted: PersonTimeOffFilter) -> list[Condition]:
    table = PersonTimeOffRow
    return [
        *among(table.id, wanted.ids),
        *equals(table.company_id, wanted.company_id),
        *among(table.person_id, wanted.person_ids),
        *equals(table.is_paid, wanted.is_paid),
        *among(table.repeat, _repeat_values(wanted.repeats)),
        *meets(wanted.overlaps or DayRange()),
        *kept_alike(PERSON_TIME_OFF_KEPT, wanted.remote_ids, wanted.sync),
    ]


def _repeat_values(repeats: Any) -> Any:  # noqa: ANN401 - Repeats, or Later
    if repeats is None:
        return None
    return applied(lambda values: [each.value for each in values], repeats)


def _companies(wanted: DirectoryFilter) -> list[Condition]:
    return [
        *among(CompanyRow.id, wanted.keys),
        *equals(CompanyRow.id, wanted.company_id),
        *named(CompanyRow.name_key, wanted.name),
    ]


def _roles(wanted: DirectoryFilter) -> list[Condition]:
    return [
        *among(RoleRow.id, wanted.keys),
        *equals(RoleRow.company_id, wanted.company_id),
        *named(RoleRow.name_key, wanted.name),
    ]


def _users(wanted: DirectoryFilter) -> list[Condition]:
    return [
        *among(UserRow.id, wanted.keys),
        *equals(UserRow.company_id, wanted.company_id),
        *named(UserRow.name_key, wanted.name),
        *mailed(UserRow.email_key, wanted.email),
        *among(UserRow.role_id, wanted.role_ids),
        *among(UserRow.status, wanted.statuses),
    ]


def _people(wanted: DirectoryFilter) -> list[Condition]:
    return [
        *among(PersonRow.id, wanted.keys),
        *equals(PersonRow.company_id, wanted.company_id),
        *named(PersonRow.name_key, wanted.name),
        *mailed(PersonRow.email_key, wanted.email),
        *among(PersonRow.status, wanted.statuses),
    ]


def _workers(wanted: WorkerFilter) -> list[Condition]:
    conditions = [
        *equals(WorkerRow.company_id, wanted.company_id),
        *among(WorkerRow.user_id, wanted.user_ids),
        *among(WorkerRow.person_id, wanted.person_ids),
        *named(WorkerRow.name_key, wanted.name),
    ]
    if wanted.worker_ids is not None:
        conditions.append(workers_with_ids(wanted.worker_ids))
    if wanted.role_ids is not None:
        has_role = select(col(UserRow.id)).where(*among(UserRow.role_id, wanted.role_ids))
        conditions.append(col(WorkerRow.user_id).in_(has_role))
    if wanted.job_titles is not None:
        has_title = select(col(PersonRow.id)).where(
            *among(PersonRow.job_title, wanted.job_titles),
            *equals(PersonRow.company_id, wanted.company_id),
        )
        conditions.append(col(WorkerRow.person_id).in_(has_title))
    if wanted.known_to is not None:
        conditions.append(KNOWN_TO[wanted.known_to])
    if wanted.has_left is not None:
        conditions.append(~is_scheduled() if wanted.has_left else is_scheduled())
    return conditions


def is_scheduled() -> Condition:
    """Return the condition that leaves out who has left every system that knows them (4.9)."""
    has_user = exists().where(
        col(UserRow.id) == col(WorkerRow.user_id),
        col(UserRow.status) == UserStatus.ACTIVE.value,
    )
    has_person = exists().where(
        col(PersonRow.id) == col(WorkerRow.person_id),
        col(PersonRow.status) == PersonStatus.ACTIVE.value,
    )
    return or_(has_user, has_person)


KNOWN_TO: Final[Mapping[KnownTo, Condition]] = {
    KnownTo.BOTH: col(WorkerRow.user_id).is_not(None) & col(WorkerRow.person_id).is_not(None),
    KnownTo.ONLY_KANTATA_OX: col(WorkerRow.person_id).is_(None),
    KnownTo.ONLY_PROCORE_WORKFORCE_PLANNING: col(WorkerRow.user_id).is_(None),
}
"""The conditions of the workers whom these systems know."""


def workers_with_ids(worker_ids: Iterable[str]) -> Condition:
    """Return the condition of the workers with these ids (rule 4.1).

    The id that a person had before being joined with a user still names the worker.
    """
    return or_(
        *among(WorkerRow.user_id, applied(_user_ids, worker_ids)),
        *among(WorkerRow.person_id, applied(_person_ids, worker_ids)),
    )


def _user_ids(worker_ids: Iterable[str]) -> list[int]:
    return [int(id_[1:]) for id_ in worker_ids if id_[0] == USER_PREFIX]


def _person_ids(worker_ids: Iterable[str]) -> list[str]:
    return [id_[1:] for id_ in worker_ids if id_[0] == PERSON_PREFIX]


def _references(wanted: ReferencesFilter) -> list[Condition]:
    return [
        *among(ExternalReferenceRow.id, wanted.ids),
        *equals(ExternalReferenceRow.company_id, wanted.company_id),
        *among(ExternalReferenceRow.entry_id, wanted.entry_ids),
        *_reference_conditions(wanted.reference),
    ]


def _holidays(wanted: CalendarFilter) -> list[Condition]:
    return [
        *equals(HolidayRow.company_id, wanted.company_id),
        *spans_meet(HolidayRow.start_date, HolidayRow.end_date, wanted.overlaps),
    ]


def _workweeks(wanted: CalendarFilter) -> list[Condition]:
    table = WorkweekRow
    conditions = [
        *equals(table.company_id, wanted.company_id),
        *among(table.user_id, wanted.user_ids),
    ]
    if wanted.overlaps:
        if wanted.overlaps.last:
            conditions.append(col(table.effective_from) <= wanted.overlaps.last)
        if wanted.overlaps.first:
            is_open = col(table.effective_to).is_(None)
            conditions.append(or_(is_open, col(table.effective_to) >= wanted.overlaps.first))
    return conditions


ENTRIES: Listing[TimeOffEntry, EntryFilter] = Listing(
    table=TimeOffEntryRow,
    to_domain=conversions.to_entry,
    orders={
        "ID": _attributes(TimeOffEntryRow.id),
        "REQUESTED_DATE": _attributes(TimeOffEntryRow.requested_date, TimeOffEntryRow.user_id),
        "CREATED_AT": _attributes(TimeOffEntryRow.created_at, TimeOffEntryRow.id),
    },
    conditions=_entries,
    parent=TimeOffEntryRow.user_id,
)
REFERENCES: Listing[ExternalReference, ReferencesFilter] = Listing(
    table=ExternalReferenceRow,
    to_domain=conversions.to_reference,
    orders={"ID": _attributes(ExternalReferenceRow.id)},
    conditions=_references,
    parent=ExternalReferenceRow.entry_id,
)
PERSON_TIME_OFFS: Listing[PersonTimeOff, PersonTimeOffFilter] = Listing(
    table=PersonTimeOffRow,
    to_domain=conversions.to_person_time_off,
    orders={
        "START_DAY": _attributes(PersonTimeOffRow.first_day, PersonTimeOffRow.id),
        "CREATED_AT": _attributes(PersonTimeOffRow.created_at, PersonTimeOffRow.id),
    },
    conditions=_person_time_offs,
    parent=PersonTimeOffRow.person_id,
)
SPLIT_PERSON_TIME_OFFS: Listing[PersonTimeOff, PersonTimeOffFilter] = replace(
    PERSON_TIME_OFFS, parent=PersonTimeOffRow.split_from
)
"""The same records, by the one from which they go on."""
COMPANIES: Listing[Company, DirectoryFilter] = Listing(
    CompanyRow,
    conversions.to_company,
    {"NAME": _attributes(CompanyRow.name_key, CompanyRow.id)},
    _companies,
)
ROLES: Listing[Role, DirectoryFilter] = Listing(
    RoleRow, conversions.to_role, {"NAME": _attributes(RoleRow.name_key, RoleRow.id)}, _roles
)
USERS: Listing[User, DirectoryFilter] = Listing(
    UserRow, conversions.to_user, {"FULL_NAME": _attributes(UserRow.name_key, UserRow.id)}, _users
)
PEOPLE: Listing[Person, DirectoryFilter] = Listing(
    PersonRow,
    conversions.to_person,
    {"FULL_NAME": _attributes(PersonRow.name_key, PersonRow.id)},
    _people,
)
WORKERS: Listing[Worker, WorkerFilter] = Listing(
    WorkerRow,
    conversions.to_worker,
    {"FULL_NAME": _attributes(WorkerRow.name_key, WorkerRow.id)},
    _workers,
)
HOLIDAYS: Listing[Holiday, CalendarFilter] = Listing(
    HolidayRow,
    conversions.to_holiday,
    {"START_DATE": _attributes(HolidayRow.start_date, HolidayRow.id)},
    _holidays,
)
WORKWEEKS: Listing[Workweek, CalendarFilter] = Listing(
    WorkweekRow,
    conversions.to_workweek,
    {"EFFECTIVE_FROM": _attributes(WorkweekRow.effective_from, WorkweekRow.id)},
    _workweeks,
)


async def entries_of_user(
    connection: AsyncConnection, user_id: int, entry_ids: Collection[int]
) -> set[int]:
    """Return which of the entries are the user's."""
    table = TimeOffEntryRow
    mine = (col(table.user_id) == user_id, col(table.id).in_(entry_ids))
    return set((await connection.execute(select(col(table.id)).where(*mine))).scalars())
