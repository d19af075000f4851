"""The one place where refusals become GraphQL, and where our own faults are hidden."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, Final

import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension
from strawberry.utils.str_converters import to_camel_case

from app.domain import errors as domain
from app.domain import warnings as domain_warnings
from app.domain.durations import hours_of_seconds
from app.domain.identifiers import Kind
from graphql_schema.context import Info
from graphql_schema.directory.types import User
from graphql_schema.http.errors import BAD_USER_INPUT
from graphql_schema.http.faults import log_fault, masked
from graphql_schema.node import load_node
from graphql_schema.time_off_entries.types import ExternalReference

INPUT: Final = strawberry.argument(description="What to do.")


@strawberry.enum(description="Why a request was refused; stable, for programs to act on.")
class ErrorCode(Enum):
    """The codes of the domain's refusals."""

    INVALID_VALUE = strawberry.enum_value(
        "INVALID_VALUE", description="A value that no rule admits."
    )
    NOT_FOUND = strawberry.enum_value(
        "NOT_FOUND", description="Unknown, or another company's: the answer is the same."
    )
    WORKDAY_HOURS_EXCEEDED = strawberry.enum_value(
        "WORKDAY_HOURS_EXCEEDED", description="More hours than the user can work on that day."
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
        "TOO_MANY_INSTANCES", description="A record has at most 1,000 instances."
    )
    TOO_MANY_DAYS = strawberry.enum_value(
        "TOO_MANY_DAYS",
        description="A record counts at most 4,000 days, unless the deployment sets another limit.",
    )
    NO_DAY_COUNTS = strawberry.enum_value(
        "NO_DAY_COUNTS", description="Every day lies on a weekend that does not count."
    )
    REPEATING_DAYS_FIXED = strawberry.enum_value(
        "REPEATING_DAYS_FIXED", description="The days of a repeating record cannot be moved."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The key came before with another input."
    )
    TOO_MANY_ITEMS = strawberry.enum_value(
        "TOO_MANY_ITEMS", description="More items than one request may bring, or none."
    )
    NOT_CONVERTIBLE = strawberry.enum_value(
        "NOT_CONVERTIBLE", description="One system cannot say what the other has recorded."
    )


@strawberry.interface(
    description="Why a request was refused. Nothing was stored, whatever else the request had."
)
class UserError:
    """What every refusal answers."""

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
    """GraphQL view of the refusal."""

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
        """Load the user."""
        return await load_node(info, Kind.USER, self.user_key)


@strawberry.type(
    description="The entry has another reference of this service, or this reference brought "
    "other hours before."
)
class ExternalReferenceConflict(UserError):
    """GraphQL view of the refusal."""

    existing_path: list[str] | None = strawberry.field(
        description="Where in this request the other reference is."
    )
    existing_key: strawberry.Private[int | None]

    @strawberry.field(
        description="The other reference; null when it is in this request: then `existingPath` "
        "says where."
    )
    async def existing(self, info: Info) -> ExternalReference | None:
        """Load the reference."""
        if self.existing_key is None:
            return None
        return await load_node(info, Kind.REFERENCE, self.existing_key)


@strawberry.enum(description="Why an answer deserves a look.")
class WarningCode(Enum):
    """The codes of the domain's warnings."""

    NOT_QUARTER_HOUR = strawberry.enum_value(
        domain_warnings.WarningCode.NOT_QUARTER_HOUR,
        description="Hours that are no multiple of a quarter: stored as sent.",
    )
    TIME_ROUNDED = strawberry.enum_value(
        domain_warnings.WarningCode.TIME_ROUNDED,
        description="A time was rounded to 15 minutes.",
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


@strawberry.type(description="Something was stored otherwise than sent, or deserves a look.")
class Warning:
    """GraphQL view of a warning."""

    code: WarningCode = strawberry.field(description="What it is about, for programs.")
    message: str = strawberry.field(description="What it is about, for people.")
    path: list[str] = strawberry.field(description="Where in the input, or in the answer.")

    @classmethod
    def list_from_domain(cls, warnings: Iterable[domain_warnings.Warning]) -> list["Warning"]:
        """Show warnings."""
        return [
            cls(code=WarningCode(warning.code), message=warning.message, path=to_path(warning.path))
            for warning in warnings
        ]


class RefusalsAsUserErrors(FieldExtension):
    """Answers a refused mutation with its payload: nothing but ``userErrors``."""

    def __init__(self, payload: type[Any]) -> None:
        self._payload = payload

    async def resolve_async(
        self,
        next_: Any,  # noqa: ANN401 - fixed by Strawberry
        source: Any,  # noqa: ANN401
        info: strawberry.Info,
        **arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run the mutation on loaders that have seen nothing of earlier ones."""
        info.context.renew_loaders()
        try:
            if info.context.idempotency_key is not None:
                arguments["input"] = _keyed(arguments["input"], info.context.idempotency_key)
            return await next_(source, info, **arguments)
        except domain.TimeOffError as error:
            return self._payload(user_errors=[to_user_error(error)])
        except domain.Refused as refused:
            return self._payload(user_errors=list(map(to_user_error, refused.errors)))


def _keyed(input_: Any, key: str) -> Any:  # noqa: ANN401 - the input of any mutation with a key
    """Return the input with the key; one that has another is refused."""
    if input_.idempotency_key not in (None, key):
        msg = "The header Idempotency-Key and this field differ: send one of them."
        raise domain.InvalidValue(msg, ("idempotency_key",))
    return replace(input_, idempotency_key=key)


def mutation(payload: type[Any], description: str) -> Any:  # noqa: ANN401 - Strawberry's field
    """Return the decorator of a mutation whose refusals are answered in the payload."""
    return strawberry.mutation(description=description, extensions=[RefusalsAsUserErrors(payload)])


def to_path(path: domain.Path) -> list[str]:
    """Return a path in the schema's names.

    >>> to_path(("time_off_entries", 1, "user_id"))
    ['timeOffEntries', '1', 'userId']
    """
    return [to_camel_case(part) if isinstance(part, str) else str(part) for part in path]


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
    return InvalidInput(**common)


def to_answer(error: GraphQLError, *, of_mutation: bool = False) -> Iterator[dict[str, Any]]:
    """Yield a top-level error as it is answered: coded, and without our internals.

    Refusals of a query's arguments are BAD_USER_INPUT; an outage is SERVICE_UNAVAILABLE; a
    fault of ours is logged with its stack under an id, which is all that the client learns of it.
    """
    original = error.original_error
    if isinstance(original, domain.Refused):
        yield from (_refusal(error, each) for each in original.errors)
    elif isinstance(original, domain.TimeOffError):
        yield _refusal(error, original)
    elif isinstance(original, domain.Unavailable):
        if not isinstance(original, domain.Busy):
            log_fault(original)
        code, message = original.code, original.message
        if of_mutation:
            code, message = _of_mutation(original, error)
        yield {**error.formatted, "message": message, "extensions": {"code": code}}
    elif original is None or isinstance(original, GraphQLError):
        yield error.formatted  # type: ignore[misc]
    else:
        yield {**error.formatted, **masked(log_fault(original))}


def _of_mutation(outage: domain.Unavailable, error: GraphQLError) -> tuple[str, str]:
    """Return the code and words where some of the document may be stored already."""
    if error.path and len(error.path) > 1:
        outage = domain.Unavailable(outage.cause, stored=True)
    if not outage.is_without_effect:
        return outage.code, outage.message
    return outage.code, (
        "The database is not available. Nothing of this field was stored; what stands before it "
        "in the document is."
    )


def _refusal(error: GraphQLError, refusal: domain.TimeOffError) -> dict[str, Any]:
    extensions = {"code": BAD_USER_INPUT, "path": to_path(refusal.path)}
    return {**error.formatted, "message": refusal.message, "extensions": extensions}
