"""Every refusal that a caller can act on, and outages. Any other exception is a bug of ours."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Final, Self

from app.domain.access import Permission
from app.domain.durations import hours_text

if TYPE_CHECKING:  # identifiers refuse ids by errors of this module
    from app.domain.identifiers import Key, Kind

Path = tuple[str | int, ...]
"""Where in the input, in the domain's snake_case: ``("time_off_entries", 1, "hours")``."""


class TimeOffError(Exception):
    """Base of every refusal: a stable code, words for people, and the place in the input."""

    code: ClassVar[str]

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def below(self, *prefix: str | int) -> Self:
        """Say that the place lies below ``prefix``, and return the same error."""
        self.path = (*prefix, *self.path)
        return self


class InvalidValue(TimeOffError):
    """A value that no rule admits; the message says what would be."""

    code = "INVALID_VALUE"


class NotFound(TimeOffError):
    """Unknown, or another tenant's: the answer is the same for both (rule 3.10)."""

    code = "NOT_FOUND"

    def __init__(self, kind: str, path: Path = ()) -> None:
        super().__init__(f"There is no such {kind}.", path)
        self.kind = kind


class NotPermitted(TimeOffError):
    """The caller is known, but may not do this."""

    code = "NOT_PERMITTED"

    def __init__(self, permission: Permission, path: Path = (), why: str = "") -> None:
        needs = f"This needs the permission {permission.value}."
        super().__init__(f"{why} {needs}" if why else needs, path)
        self.permission = permission


_MOVABLE: Final = ("user", "person")
"""Kinds that can be moved to another company (rule 4.10), in words."""


class HeldElsewhere(NotFound):
    """An object of another company, where it stays unless somebody moves it (rules 6.2, 4.10).

    Says so only to a caller who sees ``company_id``, where the object is; for everybody else
    that is None.
    """

    def __init__(self, kind: str, path: Path, company_id: str | None) -> None:
        super().__init__(kind, path)
        if company_id is None:
            self.message = f"There is no such {kind} in this company, and no new one has this id."
        elif kind in _MOVABLE:
            self.message = (
                f"This {kind} belongs to another company, {company_id}. To have them in this "
                "company, with their time off, move them: moveWorker, or timeoff move-person."
            )
        else:
            self.message = (
                f"This {kind} belongs to another company, {company_id}, and stays there. "
                "To have one in this company, create it with an id of its own."
            )


class AlreadyInCompany(TimeOffError):
    """Somebody is to be moved to the company where they are (rule 4.10)."""

    code = "ALREADY_IN_COMPANY"

    def __init__(self, path: Path = ()) -> None:
        super().__init__("This worker is in this company already.", path)


class DayTaken(TimeOffError):
    """An entry is to go to a day on which its user has another one (rule 2.11)."""

    code = "DAY_TAKEN"

    def __init__(self, day: date, hours: str, path: Path = ()) -> None:
        super().__init__(
            f"The user has {hours} off on {day} already: change that entry, or delete it first.",
            path,
        )


class OccurrenceElsewhere(NotFound):
    """An occurrence of a repeat that went to another record, ``record_id``, by a split (3.12)."""

    def __init__(self, original_day: date, record_id: str, path: Path) -> None:
        super().__init__("occurrence", path)
        self.message = (
            f"The occurrence of {original_day} is not of this record any more: the repeat was "
            f"split, and {record_id} has it now. Send that id."
        )
        self.record_id = record_id


class WorkdayHoursExceeded(TimeOffError):
    """More hours than the user can work on that day (rule 2.2). All amounts in seconds."""

    code = "WORKDAY_HOURS_EXCEEDED"

    def __init__(
        self, user_id: int, day: date, *, possible: int, taken: int, requested: int
    ) -> None:
        super().__init__(
            f"User {user_id} has {hours_text(possible)} possible workday hours on {day}, "
            f"{hours_text(taken)} of them taken: {hours_text(requested)} more do not fit."
            if taken
            else f"User {user_id} has {hours_text(possible)} possible workday hours on "
            f"{day}: {hours_text(requested)} do not fit.",
            ("hours",),
        )
        self.user_id = user_id
        self.day = day
        self.possible = possible
        self.taken = taken
        self.requested = requested


class ExternalReferenceConflict(TimeOffError):
    """The entry already has a reference of this service (2.7), or brought other hours (2.8)."""

    code = "EXTERNAL_REFERENCE_CONFLICT"

    def __init__(
        self,
        message: str,
        path: Path = ("external_reference",),
        *,
        existing_id: int | None = None,
        existing_path: Path | None = None,
    ) -> None:
        super().__init__(message, path)
        self.existing_id = existing_id
        self.existing_path = existing_path


class DaysReversed(TimeOffError):
    """The last day comes before the first."""

    code = "DAYS_REVERSED"

    def __init__(self, first: date, last: date, path: Path = ()) -> None:
        super().__init__(f"{last} is before {first}.", path)
        self.first = first
        self.last = last


class RepeatIncomplete(TimeOffError):
    """A repeat needs both its cadence and its last day (rule 3.1)."""

    code = "REPEAT_INCOMPLETE"


class RepeatOverlapsItself(TimeOffError):
    """An instance lasts until the next one begins, or longer (rule 3.4)."""

    code = "REPEAT_OVERLAPS_ITSELF"


class TooManyInstances(TimeOffError):
    """A repeat that would expand into more instances than a record may have (rule 3.4)."""

    code = "TOO_MANY_INSTANCES"


class TooManyDays(TimeOffError):
    """A record that would count more days than a deployment lets one have (rule 3.4)."""

    code = "TOO_MANY_DAYS"


class NoDayCounts(TimeOffError):
    """Every day of the record lies on a weekend that its flags exclude (rule 3.4)."""

    code = "NO_DAY_COUNTS"


class RepeatingDaysFixed(TimeOffError):
    """The days of a repeating record cannot be moved (rule 3.8)."""

    code = "REPEATING_DAYS_FIXED"


class IdempotencyKeyReused(TimeOffError):
    """The key came before, with another input or for other companies (rule 5.1)."""

    code = "IDEMPOTENCY_KEY_REUSED"


class ChangedMeanwhile(TimeOffError):
    """Something is not any more what the caller has seen of it (rule 5.4)."""

    code = "CHANGED_SINCE"


class ChangedSince(ChangedMeanwhile):
    """The record is not any more what the caller has seen (rule 5.4).

    ``updated_at`` is its version now, in whole milliseconds.
    """

    def __init__(self, kind: "Kind", key: "Key", updated_at: datetime, path: Path = ()) -> None:
        super().__init__(
            f"This {kind.words} was changed since you have seen it. Look at what it is now, and "
            "decide anew.",
            path,
        )
        self.kind = kind
        self.key = key
        self.updated_at = updated_at


class CursorExpired(TimeOffError):
    """A reader of the change feed cannot go on from this cursor without missing something (5.3)."""

    code = "CURSOR_EXPIRED"

    def __init__(self, why: str, path: Path = ()) -> None:
        super().__init__(
            f"{why} Take the cursor of `changes(last: 1)`, read everything again, then go on from "
            "there.",
            path,
        )


class TooManyItems(TimeOffError):
    """More items than one request may bring, or none (rules 2.5, 2.9 and 6.4)."""

    code = "TOO_MANY_ITEMS"


class NoDiscrepancy(TimeOffError):
    """The systems do not differ about a worker's day, so nothing can be acknowledged (4.5)."""

    code = "NO_DISCREPANCY"

    def __init__(self, day: date, path: Path = (), *, is_compared: bool) -> None:
        super().__init__(
            f"The two systems do not differ about {day}."
            if is_compared
            else "Only one of the two systems knows this worker: they cannot differ.",
            path,
        )
        self.day = day


class NotConvertible(TimeOffError):
    """One system cannot say what the other has recorded (rule 4.4)."""

    code = "NOT_CONVERTIBLE"


class Refused(Exception):
    """A request that was refused, for every reason that could be found."""

    def __init__(self, errors: Sequence[TimeOffError]) -> None:
        super().__init__("; ".join(error.code for error in errors))
        self.errors = tuple(errors)


class Unavailable(Exception):
    """The database cannot be reached, or takes nothing more, for a while: nobody's fault.

    ``cause`` is for the log: a code of the database's own, never a value. ``stored`` says
    whether what was to be stored is: None where nobody knows.
    """

    def __init__(self, cause: str, *, stored: bool | None = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.stored = stored

    @property
    def code(self) -> str:
        """A code for programs: after the first of them, sending the same again is right."""
        return {
            False: "SERVICE_UNAVAILABLE",
            None: "OUTCOME_UNKNOWN",
            True: "ANSWER_INCOMPLETE",
        }[self.stored]

    @property
    def message(self) -> str:
        """Words for people: what is stored, and what to do now."""
        return {
            False: "The database is not available. Nothing was stored: send it again later.",
            None: "The database was lost while this was being stored: it is stored whole or not "
            "at all, and nobody knows which. Send it again if it had an idempotency key; "
            "otherwise look first.",
            True: "This was carried out. The database was not available to read all of the "
            "answer: read it by another request.",
        }[self.stored]

    @property
    def is_without_effect(self) -> bool:
        """Whether nothing was stored, so that the same can be sent again as it is."""
        return self.stored is False

    @classmethod
    @contextmanager
    def after_storing(cls) -> Iterator[None]:
        """Turn an outage inside into one that says: what was asked for is stored already."""
        try:
            yield
        except cls as outage:
            raise cls(outage.cause, stored=True) from outage.__cause__


class Busy(Unavailable):
    """There is no room now for what was asked, and nothing was done: it may be sent again."""

    def __init__(self) -> None:
        super().__init__("busy")

    @property
    def message(self) -> str:
        """Words for people: what is stored, and what to do now."""
        return "The server is busy. Try again later."


class Refusals:
    """Collects refusals, so that a batch can name every bad item at once."""

    def __init__(self) -> None:
        self.errors: list[TimeOffError] = []

    def add(self, error: TimeOffError) -> None:
        """Collect a refusal that was made without being raised."""
        self.errors.append(error)

    @contextmanager
    def collecting(self, *prefix: str | int) -> Iterator[None]:
        """Collect what is refused inside, with ``prefix`` before its path; nothing is raised."""
        try:
            yield
        except TimeOffError as error:
            self.errors.append(error.below(*prefix))
        except Refused as refused:
            self.errors.extend(error.below(*prefix) for error in refused.errors)

    def raise_any(self) -> None:
        """Raise Refused with all that was collected, if anything was.

        What is of the whole request comes first, then each item's in the order of the items.
        """
        if self.errors:
            raise Refused(sorted(self.errors, key=_item_number))


def _item_number(error: TimeOffError) -> int:
    return next((part for part in error.path if isinstance(part, int)), -1)
