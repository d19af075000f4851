"""Which fields of the schema are columns, so that lists can be answered from rows.

The same facts as in each type's ``from_domain``. A field that is forgotten here would still be
answered, from objects and slowly, so tests compare with the schema and with the tables
(tests/execution/test_fields_as_columns.py) and hold both ways to the same answers
(tests/execution/test_sameness.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, TypeAlias

import orjson

from app.domain.directory import PersonStatus, UserStatus, full_name
from app.domain.identifiers import Kind
from app.domain.instances import OccurrenceStatus, ids_of_instances
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.time_off_entries import ReferenceStatus
from app.domain.wire_formats import format_local_time
from graphql_schema.hours import HOURS_SOURCE
from graphql_schema.time_off import TimeOffSource


def node_id_source(kind: Kind) -> str:
    """Return what writes node ids of a kind as Python source, with ``{0}`` for the key.

    For functions that are made for one selection and write many: a call for each would take
    a third as long as the id itself.

    >>> from binascii import b2a_base64
    >>> eval(node_id_source(Kind.USER).format("1"))
    'VXNlcjox'
    """
    return f'b2a_base64(f"{kind.type_name}:{{{{{{0}}}}}}".encode(), newline=False).decode()'


@dataclass(frozen=True, slots=True)
class Made:
    """A field made of columns, by a function or by Python source with places for them.

    Without either it is the one column as it is.
    """

    make: Callable[..., Any] | str | None
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Always:
    """A field with one constant value for all objects of a type."""

    value: str


@dataclass(frozen=True, slots=True)
class ToOne:
    """An object of another table, reached by a dotted path of PARENTS; null where ``key`` is."""

    path: str
    key: str = "id"


@dataclass(frozen=True, slots=True)
class ToMany:
    """A list of another table's rows that point to a row, by its name in CHILDREN."""

    name: str


@dataclass(frozen=True, slots=True)
class Expanded:
    """A list of tuples that is made of columns: one for each item, its values by ``names``.

    ``count`` says how many they are without making them.
    """

    made: Made
    names: tuple[str, ...]
    count: Made


FieldFromRows: TypeAlias = Made | Always | ToOne | ToMany | Expanded
"""Where the value of a field of the schema comes from."""


_Occurrence: TypeAlias = tuple[Any, ...]
PLANNED: Final = OccurrenceStatus.PLANNED.name
CHANGED: Final = OccurrenceStatus.CHANGED.name


def _column(name: str) -> Made:
    return Made(None, (name,))


def _made(make: Callable[..., Any], *columns: str) -> Made:
    return Made(make, columns)


def _node_id(kind: Kind) -> Made:
    return Made(node_id_source(kind), ("id",))


def _local_time(minute: int) -> str:
    return format_local_time(time(*divmod(minute, 60)))


def _instances(
    ids: str,
    first: str,
    span_end: str,
    repeat: str,
    cadence: int,
    until: str,
    exceptions: str | None,
    *same: object,
) -> Sequence[_Occurrence]:
    """Return the instances as the API writes their days, earliest first.

    ``same`` is what all have that are as the rule has them, from the status on.
    """
    day = date.fromisoformat(first)
    length = date.fromisoformat(span_end) - day
    starts: Iterable[date] = (day,)
    if repeat != Repeat.NEVER:
        starts = RepeatRule(Repeat(repeat), cadence, date.fromisoformat(until)).starts(day)
    days = list(starts)
    first_days = list(map(date.isoformat, days))
    last_days = [(each + length).isoformat() for each in days] if length else first_days
    known_ids = ids_of_instances(orjson.loads(ids), len(days))
    planned = ([value] * len(days) for value in (PLANNED, *same))
    made = list(zip(known_ids, first_days, last_days, first_days, *planned, strict=True))
    return made if exceptions is None else _with_exceptions(made, orjson.loads(exceptions))


def _count_instances(
    first: str, repeat: str, cadence: int, until: str, exceptions: str | None
) -> int:
    """Return how many instances ``_instances`` returns, by arithmetic."""
    if repeat == Repeat.NEVER:
        return 1
    count = _count_starts(first, repeat, cadence, until)
    if exceptions is not None:
        count -= sum("first" not in each for each in orjson.loads(exceptions))
    return count


@lru_cache(maxsize=4_096)  # The same pages are asked for again and again.
def _count_starts(first: str, repeat: str, cadence: int, until: str) -> int:
    rule = RepeatRule(Repeat(repeat), cadence, date.fromisoformat(until))
    return rule.count(date.fromisoformat(first))


def _with_exceptions(
    planned: Iterable[_Occurrence], exceptions: Iterable[dict[str, Any]]
) -> list[_Occurrence]:
    """Return those that take place; app/db/schema/repeat_exceptions.py says what exceptions are."""
    by_day = {each["day"]: each for each in exceptions}
    taking_place = []
    for each in planned:
        id_, _, _, original, _, start, end, paid = each
        exception = by_day.get(original)
        if exception is None:
            taking_place.append(each)
        elif "first" in exception:
            span = exception["first"], exception["last"]
            times = exception.get("start", start), exception.get("end", end)
            is_paid = exception.get("paid", paid)
            taking_place.append((id_, *span, original, CHANGED, *times, is_paid))
    return sorted(taking_place, key=itemgetter(1, 3))


def _name(member: type[Any]) -> Callable[[str | None], str | None]:
    """Return what turns a stored value into the enum's name in the schema."""
    names = {each.value: each.name for each in member}
    return {None: None, **names}.__getitem__


_COMPANY: Final = ToOne("company")
_WORKER: Final = ToOne("worker")
_INSTANTS: Final = {"createdAt": _column("created_at"), "updatedAt": _column("updated_at")}

FIELDS_AS_COLUMNS: Final[Mapping[str, Mapping[str, FieldFromRows]]] = {
    "TimeOffEntry": {
        "id": _node_id(Kind.ENTRY),
        "sourceId": _made(str, "id"),
        "source": Always(TimeOffSource.KANTATA_OX.name),
        **_INSTANTS,
        "hours": Made(HOURS_SOURCE, ("seconds",)),
        "totalHours": Made(HOURS_SOURCE, ("seconds",)),
        "requestedDate": _column("requested_date"),
        "submissionDate": _column("submission_date"),
        "worker": _WORKER,
        "user": ToOne("user"),
        "role": ToOne("user.role"),
        "externalReferences": ToMany("external_references"),
    },
    "ExternalReference": {
        "id": _node_id(Kind.REFERENCE),
        **_INSTANTS,
        "serviceName": _column("service_name"),
        "serviceModel": _column("service_model"),
        "serviceModelRef": _column("service_model_ref"),
        "status": _made(_name(ReferenceStatus), "status"),
        "externalMessage": _column("external_message"),
        "externalLink": _column("external_link"),
        "externalStatus": _column("external_status"),
        "locked": _made(bool, "locked"),
        "broughtHours": Made(HOURS_SOURCE, ("brought_seconds",)),
    },
    "PersonTimeOff": {
        "id": _node_id(Kind.PERSON_TIME_OFF),
        "sourceId": _column("id"),
        "source": Always(TimeOffSource.PROCORE_WORKFORCE_PLANNING.name),
        **_INSTANTS,
        "startDay": _column("first_day"),
        "endDay": _column("last_day"),
        "applyToSaturday": _made(bool, "apply_to_saturday"),
        "applyToSunday": _made(bool, "apply_to_sunday"),
        "isPaid": _made(bool, "is_paid"),
        "reason": _column("reason"),
        "repeat": _made(_name(Repeat), "repeat"),
        "cadence": _column("cadence"),
        "repeatEndDay": _column("repeat_end_day"),
        "batchStartTime": _made(_local_time, "start_minute"),
        "batchEndTime": _made(_local_time, "end_minute"),
        "worker": _WORKER,
        "company": _COMPANY,
        "person": ToOne("person"),
        "instances": Expanded(
            _made(
                _instances,
                "instance_ids",
                "first_day",
                "first_span_end",
                "repeat",
                "cadence",
                "repeat_end_day",
                "exceptions",
                "start_minute",
                "end_minute",
                "is_paid",
            ),
            (
                "id",
                "start_day",
                "end_day",
                "original_day",
                "status",
                "start_minute",
                "end_minute",
                "is_paid",
            ),
            _made(
                _count_instances,
                "first_day",
                "repeat",
                "cadence",
                "repeat_end_day",
                "exceptions",
            ),
        ),
    },
    "TimeOffInstance": {
        "id": _node_id(Kind.INSTANCE),
        "sourceId": _column("id"),
        "originalDay": _column("original_day"),
        "status": _column("status"),
        "startDay": _column("start_day"),
        "endDay": _column("end_day"),
        "batchStartTime": _made(_local_time, "start_minute"),
        "batchEndTime": _made(_local_time, "end_minute"),
        "isPaid": _made(bool, "is_paid"),
    },
    "Company": {
        "id": _node_id(Kind.COMPANY),
        "sourceId": _column("id"),
        "name": _column("name"),
        "minimumWorkersAvailable": _column("minimum_workers_available"),
    },
    "Role": {
        "id": _node_id(Kind.ROLE),
        "sourceId": _made(str, "id"),
        "name": _column("name"),
        "company": _COMPANY,
    },
    "User": {
        "id": _node_id(Kind.USER),
        "sourceId": _made(str, "id"),
        "fullName": _column("full_name"),
        "emailAddress": _column("email_address"),
        "headline": _column("headline"),
        "status": _made(_name(UserStatus), "status"),
        "role": ToOne("role"),
        "company": _COMPANY,
        "worker": _WORKER,
    },
    "Person": {
        "id": _node_id(Kind.PERSON),
        "sourceId": _column("id"),
        "firstName": _column("first_name"),
        "lastName": _column("last_name"),
        "fullName": _made(full_name, "first_name", "last_name"),
        "email": _column("email"),
        "employeeNumber": _column("employee_number"),
        "status": _made(_name(PersonStatus), "status"),
        "jobTitle": _column("job_title"),
        "company": _COMPANY,
        "worker": _WORKER,
    },
    "Worker": {
        "id": _node_id(Kind.WORKER),
        "fullName": _column("full_name"),
        "email": _column("email"),
        "company": _COMPANY,
        "user": ToOne("user"),
        "person": ToOne("person"),
    },
}
"""By the name of the type and of the field, as the schema writes them."""

_A_PAGE: Final = "a list of its own, with a filter, an order and pages"
_A_WINDOW: Final = "the days depend on its arguments"
_SPLIT: Final = "few records were split"
_WHOLE: Final = "made of the whole object"
_SYNC: Final = "what connected systems have is stored beside, and few ask"
_JOINING: Final = "decided by links and by who else has the e-mail"

FIELDS_FROM_OBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "TimeOffEntry": {
        "days": _A_WINDOW,
        "remoteId": _SYNC,
        "syncState": _SYNC,
        "syncMessage": _SYNC,
    },
    "ExternalReference": {"subject": "an interface: only the object says which type it is"},
    "PersonTimeOff": {
        "days": _A_WINDOW,
        "totalHours": "added up over the counted days of all instances",
        "splitFrom": _SPLIT,
        "splitInto": _SPLIT,
        "remoteId": _SYNC,
        "syncState": _SYNC,
        "syncMessage": _SYNC,
    },
    "TimeOffInstance": {"hours": "added up over its counted days, by the record's weekend flags"},
    "Company": {
        "upstreams": "a company has one or two of them",
        "syncFlow": _SYNC,
        "version": _WHOLE,
    },
    "Role": {"version": _WHOLE},
    "User": {
        "version": _WHOLE,
        "possibleHours": "decided by workweeks and holidays, for the day of its argument",
        "timeOffEntries": _A_PAGE,
    },
    "Person": {"version": _WHOLE, "timeOff": _A_PAGE},
    "Worker": {
        "schedule": "merged from both systems, for the window of its arguments",
        "joinedBy": _JOINING,
        "apart": _JOINING,
    },
}
"""The other fields of the same types, and why they are no columns, to be read after a colon."""

TYPES_FROM_OBJECTS: Final[Mapping[str, str]] = {
    "AccessEvent": "read now and then, by who audits",
    "Webhook": "read now and then, by who manages webhooks",
    "ApiToken": "a gateway has few of them",
    "CalendarFeed": "a company has few of them",
    "Change": "what an object was before and after is JSON already",
    "Discrepancy": "found by comparing both systems' days, not stored",
    "Holiday": "a company has some tens of them",
    "Delivery": "read now and then, by who manages connected systems",
    "SyncConflict": "read now and then, by who manages connected systems",
    "SyncFlowProblem": "read now and then, by who manages connected systems",
    "SyncProblem": "read now and then, by who manages connected systems",
    "Upstream": "read now and then, by who manages connected systems",
    "Viewer": "who asks is known, not stored",
    "Workweek": "a company has few of them",
    "WorkerSchedule": "merged from both systems by the domain's rules",
}
"""The other types that fields of Query answer, and why their fields are no columns."""
