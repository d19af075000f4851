"""The one place where refusals become GraphQL, and where our own faults are hidden."""

import datetime as dt
from collections.abc import Iterable
from enum import Enum
from typing import Any

import strawberry

from app.domain import errors as domain
from app.domain import warnings as domain_warnings
from app.domain.changed_since import DayChangedSince as DayChangedSinceError
from app.domain.changed_since import ItemChangedSince as ItemChangedSinceError
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Key, Kind
from app.domain.person_time_off import MAX_COUNTED_DAYS, ROUNDING_MINUTES
from app.domain.recurrence import MAX_INSTANCES
from app.domain.schedule import Combine
from graphql_schema.context import Info
from graphql_schema.directory.types import User
from graphql_schema.node import Node, load_node
from graphql_schema.paths import to_path
from graphql_schema.person_time_off.types import PersonTimeOff
from graphql_schema.schedule.types import WorkerDay
from graphql_schema.time_off import TimeOff
from graphql_schema.time_off_entries.types import ExternalReference


@strawberry.enum(description="Why a request was refused; stable, for programs to act on.")
class ErrorCode(Enum):
    INVALID_VALUE = strawberry.enum_value(
        "INVALID_VALUE", description="A value that no rule admits."
    )
    NOT_FOUND = strawberry.enum_value(
        "NOT_FOUND", description="Unknown, or another company's: the answer is the same."
    )
    NOT_PERMITTED = strawberry.enum_value(
        "NOT_PERMITTED", description="The caller may not do this; the message names what it lacks."
    )
    ALREADY_IN_COMPANY = strawberry.enum_value(
        "ALREADY_IN_COMPANY", description="The worker is in the company to which it is to move."
    )
    ALREADY_CONNECTED = strawberry.enum_value(
        "ALREADY_CONNECTED", description="The company is connected to this system already."
    )
    CONNECTION_REFUSED = strawberry.enum_value(
        "CONNECTION_REFUSED",
        description="The system did not open its account; the message says what it answered.",
    )
    SYNC_KEY_MISSING = strawberry.enum_value(
        "SYNC_KEY_MISSING",
        description="The gateway has no key to seal credentials with: the operator sets "
        "`TIMEOFF_SYNC_KEYS`.",
    )
    READ_ONLY_SYSTEM = strawberry.enum_value(
        "READ_ONLY_SYSTEM",
        description="The company's records of this system are read from the system itself, which "
        "is where they are changed.",
    )
    WORKDAY_HOURS_EXCEEDED = strawberry.enum_value(
        "WORKDAY_HOURS_EXCEEDED", description="More hours than the user can work on that day."
    )
    DAY_TAKEN = strawberry.enum_value(
        "DAY_TAKEN", description="The user has another entry on the day to which one is to go."
    )
    EXTERNAL_REFERENCE_CONFLICT = strawberry.enum_value(
        "EXTERNAL_REFERENCE_CONFLICT",
        description="The entry has another reference of this service, or this reference brought "
        "other hours before.",
    )
    DAYS_REVERSED = strawberry.enum_value(
        "DAYS_REVERSED", description="The last day is before the first."
    )
    REPEAT_INCOMPLETE = strawberry.enum_value(
        "REPEAT_INCOMPLETE", description="A repeat needs `cadence` and `repeatEndDay`."
    )
    REPEAT_OVERLAPS_ITSELF = strawberry.enum_value(
        "REPEAT_OVERLAPS_ITSELF", description="An instance overlaps the next one."
    )
    TOO_MANY_INSTANCES = strawberry.enum_value(
        "TOO_MANY_INSTANCES", description=f"A record has at most {MAX_INSTANCES:,} instances."
    )
    TOO_MANY_DAYS = strawberry.enum_value(
        "TOO_MANY_DAYS",
        description=f"A record counts at most {MAX_COUNTED_DAYS:,} days, unless the deployment "
        "sets another limit.",
    )
    NO_DAY_COUNTS = strawberry.enum_value(
        "NO_DAY_COUNTS", description="Every day lies on a weekend that does not count."
    )
    REPEATING_DAYS_FIXED = strawberry.enum_value(
        "REPEATING_DAYS_FIXED", description="The days of a repeating record cannot be moved."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED",
        description="The key came before, with another input or for other companies.",
    )
    CHANGED_SINCE = strawberry.enum_value(
        "CHANGED_SINCE",
        description="Somebody has changed it after the version that `ifUnchangedSince` or "
        "`ifUnchanged` names.",
    )
    CURSOR_EXPIRED = strawberry.enum_value(
        "CURSOR_EXPIRED",
        description="Of a cursor of the change feed: what followed it is no longer kept, or it is "
        "of another feed.",
    )
    TOO_MANY_ITEMS = strawberry.enum_value(
        "TOO_MANY_ITEMS", description="More items than one request may bring, or none."
    )
    NO_DISCREPANCY = strawberry.enum_value(
        "NO_DISCREPANCY", description="The systems do not differ about the worker's day."
    )
    NOT_CONVERTIBLE = strawberry.enum_value(
        "NOT_CONVERTIBLE", description="One system cannot say what the other has recorded."
    )


@strawberry.interface(
    description="Why a request was refused. Nothing was stored, whatever else the request had."
)
class UserError:
    code: ErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, for people.")
    path: list[str] = strawberry.field(
        description='Where in the input, e.g. `["timeOffEntries", "1", "hours"]`.'
    )


@strawberry.type(description="The input is not as the rules want it.")
class InvalidInput(UserError):
    """A refusal without facts of its own."""


@strawberry.type(description="More hours than the user can work on that day.")
class WorkdayHoursExceeded(UserError):
    date: dt.date = strawberry.field(description="The day.")
    possible_hours: float = strawberry.field(
        description="The user's possible workday hours of the day."
    )
    taken_hours: float = strawberry.field(
        description="What is taken already, by entries and earlier items of the request."
    )
    requested_hours: float = strawberry.field(description="What was asked for.")
    user_key: strawberry.Private[int]

    @strawberry.field(description="Whose day it is.")
    async def user(self, info: Info) -> User:
        return await load_node(info, Kind.USER, self.user_key)


@strawberry.type(
    description="The entry has another reference of this service, or this reference brought "
    "other hours before."
)
class ExternalReferenceConflict(UserError):
    existing_path: list[str] | None = strawberry.field(
        description="Where in this request the other reference is."
    )
    existing_key: strawberry.Private[int | None]

    @strawberry.field(
        description="The other reference; null when it is in this request: then `existingPath` "
        "says where."
    )
    async def existing(self, info: Info) -> ExternalReference | None:
        if self.existing_key is None:
            return None
        return await load_node(info, Kind.REFERENCE, self.existing_key)


@strawberry.type(
    description="Somebody has changed the record after the version that `ifUnchangedSince` names."
)
class ChangedSince(UserError):
    updated_at: dt.datetime = strawberry.field(
        description="Its `updatedAt` when this was refused: what to send as `ifUnchangedSince` "
        "once it has been looked at."
    )
    kind: strawberry.Private[Kind]
    key: strawberry.Private[Key]

    @strawberry.field(
        description="The record as it is now; null if it was deleted since this was refused."
    )
    async def current(self, info: Info) -> TimeOff | None:
        return await load_node(info, self.kind, self.key)


@strawberry.type(
    description="Of a worker's day somebody has changed what either system says, or acknowledged "
    "it, after the version that `ifUnchanged` names."
)
class DayChangedSince(UserError):
    version: str | None = strawberry.field(
        description="Its version when this was refused: what to send once it has been looked at. "
        "Null where it is no day of a worker that the request settles."
    )
    subject: strawberry.Private[str]
    date: strawberry.Private[dt.date]

    @strawberry.field(
        description="The day as it is now; null where it is no day of a worker that the request "
        "settles, or not any more."
    )
    async def current(self, info: Info) -> WorkerDay | None:
        if self.version is None:
            return None
        days = await info.context.services.schedule.of_days([(self.subject, self.date)])
        return WorkerDay.from_domain(days[0], Combine.MAX)


@strawberry.type(
    description="Somebody has changed an object of the directory after the version that "
    "`ifUnchanged` names, or made or deleted it."
)
class ItemChangedSince(UserError):
    version: str | None = strawberry.field(
        description="Its version when this was refused: what to send once it has been looked at; "
        "null where there is none."
    )
    kind: strawberry.Private[Kind]
    key: strawberry.Private[Key]

    @strawberry.field(description="What it is now; null where there is none.")
    async def current(self, info: Info) -> Node | None:
        return await load_node(info, self.kind, self.key)


@strawberry.type(
    description="The occurrence is not of this record any more: the repeat was split, and another "
    "record has it."
)
class OccurrenceElsewhere(UserError):
    key: strawberry.Private[Key]

    @strawberry.field(
        description="The record that has it; null if it was deleted since this was refused."
    )
    async def person_time_off(self, info: Info) -> PersonTimeOff | None:
        return await load_node(info, Kind.PERSON_TIME_OFF, self.key)


@strawberry.enum(description="Why an answer deserves a look.")
class WarningCode(Enum):
    NOT_QUARTER_HOUR = strawberry.enum_value(
        domain_warnings.WarningCode.NOT_QUARTER_HOUR,
        description="Hours that are no multiple of a quarter: stored as sent.",
    )
    TIME_ROUNDED = strawberry.enum_value(
        domain_warnings.WarningCode.TIME_ROUNDED,
        description=f"A time was rounded to {ROUNDING_MINUTES} minutes.",
    )
    OVERLAPS_TIME_OFF = strawberry.enum_value(
        domain_warnings.WarningCode.OVERLAPS_TIME_OFF,
        description="The person is off at the same time by another record.",
    )
    INSTANCE_WITHOUT_COUNTED_DAY = strawberry.enum_value(
        domain_warnings.WarningCode.INSTANCE_WITHOUT_COUNTED_DAY,
        description="An instance lies wholly on weekend days that do not count.",
    )
    HOURS_TAKEN_BACK = strawberry.enum_value(
        domain_warnings.WarningCode.HOURS_TAKEN_BACK,
        description="Hours that were mirrored for a person were taken from a user who is not "
        "linked with that person.",
    )
    PERSON_WITHOUT_USER = strawberry.enum_value(
        domain_warnings.WarningCode.PERSON_WITHOUT_USER,
        description="Kantata OX does not know the person: days of the record went to nobody.",
    )
    OUTSIDE_WINDOW = strawberry.enum_value(
        domain_warnings.WarningCode.OUTSIDE_WINDOW,
        description="Entries that were named lie outside the window: they were left as they are.",
    )
    REPEAT_MEETS_MONTH_END = strawberry.enum_value(
        domain_warnings.WarningCode.REPEAT_MEETS_MONTH_END,
        description="A monthly or yearly repeat starts on a day that some months lack, and in "
        "those on their last; or it reaches over a month's end, and keeps its length. The path is "
        "the first such instance.",
    )
    LENGTH_KEPT = strawberry.enum_value(
        domain_warnings.WarningCode.LENGTH_KEPT,
        description="Only the first day of an occurrence was sent: it is moved, and keeps its "
        "length.",
    )
    BEGINS_BEFORE_OCCURRENCE = strawberry.enum_value(
        domain_warnings.WarningCode.BEGINS_BEFORE_OCCURRENCE,
        description="The record that goes on begins before the original day that was named, where "
        "occurrences of the record that was split may lie.",
    )
    NOTHING_CHANGED = strawberry.enum_value(
        domain_warnings.WarningCode.NOTHING_CHANGED,
        description="Everything that was sent is so already: the record was not split.",
    )
    EMAIL_SHARED = strawberry.enum_value(
        domain_warnings.WarningCode.EMAIL_SHARED,
        description="Others of the company have this e-mail too, so it joins no user with a "
        "person; `linkWorker` does.",
    )
    NOT_AN_EMAIL = strawberry.enum_value(
        domain_warnings.WarningCode.NOT_AN_EMAIL,
        description="A text without `@` and something on both of its sides: stored as sent, and "
        "joins nobody.",
    )
    EMPLOYEE_NUMBER_SHARED = strawberry.enum_value(
        domain_warnings.WarningCode.EMPLOYEE_NUMBER_SHARED,
        description="Others of the company have this employee number too.",
    )
    NO_LONGER_MIRRORED = strawberry.enum_value(
        domain_warnings.WarningCode.NO_LONGER_MIRRORED,
        description="An entry that was tied to an absence in Procore went to another day: the "
        "systems differ about both days now.",
    )


@strawberry.type(description="Something was stored otherwise than sent, or deserves a look.")
class Warning:
    code: WarningCode = strawberry.field(description="What it is about, for programs.")
    message: str = strawberry.field(description="What it is about, for people.")
    path: list[str] = strawberry.field(description="Where in the input, or in the answer.")

    @classmethod
    def list_from_domain(cls, warnings: Iterable[domain_warnings.Warning]) -> list["Warning"]:
        return [
            cls(code=WarningCode(warning.code), message=warning.message, path=to_path(warning.path))
            for warning in warnings
        ]


def to_user_error(error: domain.TimeOffError) -> UserError:
    """Show a refusal, with the facts that it has."""
    common: dict[str, Any] = {
        "code": ErrorCode(error.code),
        "message": error.message,
        "path": to_path(error.path),
    }
    if isinstance(error, domain.WorkdayHoursExceeded):
        return WorkdayHoursExceeded(
            **common,
            date=error.day,
            possible_hours=hours_of_seconds(error.possible),
            taken_hours=hours_of_seconds(error.taken),
            requested_hours=hours_of_seconds(error.requested),
            user_key=error.user_id,
        )
    if isinstance(error, domain.ExternalReferenceConflict):
        return ExternalReferenceConflict(
            **common,
            existing_key=error.existing_id,
            existing_path=None if error.existing_path is None else to_path(error.existing_path),
        )
    if isinstance(error, domain.ChangedSince | DayChangedSinceError | ItemChangedSinceError):
        return _to_changed_since(error, common)
    if isinstance(error, domain.OccurrenceElsewhere):
        return OccurrenceElsewhere(**common, key=error.record_id)
    return InvalidInput(**common)


def _to_changed_since(
    error: domain.ChangedSince | DayChangedSinceError | ItemChangedSinceError,
    common: dict[str, Any],
) -> UserError:
    if isinstance(error, domain.ChangedSince):
        return ChangedSince(**common, updated_at=error.updated_at, kind=error.kind, key=error.key)
    if isinstance(error, DayChangedSinceError):
        return DayChangedSince(
            **common, version=error.version, subject=error.subject, date=error.day
        )
    return ItemChangedSince(**common, version=error.version, kind=error.kind, key=error.key)
