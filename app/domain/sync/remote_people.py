"""What Procore Workforce Planning says it has, in this gateway's words: people, their time off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.domain.days import DaySpan
from app.domain.directory import PersonStatus
from app.domain.pattern import Pattern
from app.domain.recurrence import RepeatRule
from app.domain.sync.remote import RemoteProblem

NO_REASON: Final = "(none)"
"""What a reason says that the vendor does not have: a record here always has one (rule 3.4)."""
PEOPLE: Final = "people"
"""Under which name something is the matter with the list of all people."""


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """Somebody whom Procore plans with."""

    id: str
    first_name: str
    last_name: str
    email: str | None
    employee_number: str | None
    job_title: str | None
    status: PersonStatus


@dataclass(frozen=True, slots=True)
class RemotePeople:
    """Everybody of a company there, and what could not be read of whom."""

    people: Sequence[RemotePerson]
    problems: Sequence[RemoteProblem] = ()
    requests: int = 0


@dataclass(frozen=True, slots=True)
class GivenInstance:
    """An occurrence as Procore has expanded it."""

    id: str
    span: DaySpan


@dataclass(frozen=True, slots=True)
class RemoteTimeOff:
    """A record of person time off as Procore has it.

    ``instances`` are at least one, by day. ``span`` is the first occurrence of the rule, which is
    not the answered ``start_day`` to ``end_day``: that one is the end of the last (rule 3.3).
    """

    id: str
    person_id: str
    span: DaySpan
    pattern: Pattern
    is_paid: bool
    reason: str
    rule: RepeatRule | None
    instances: Sequence[GivenInstance]
    created_at: datetime | None = None

    @property
    def last_day(self) -> date:
        """The end of its last instance."""
        return max(each.span.last for each in self.instances)


@dataclass(frozen=True, slots=True)
class NewTimeOff:
    """A record that is to be made there; ``span`` is the first occurrence of a rule."""

    person_id: str
    span: DaySpan
    pattern: Pattern
    is_paid: bool
    reason: str
    rule: RepeatRule | None


@dataclass(frozen=True, slots=True)
class TimeOffChange:
    """What is to be otherwise of a record; what is None stays."""

    span: DaySpan | None = None
    pattern: Pattern | None = None
    is_paid: bool | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TimeOffPage:
    """One page of a person's list: all ids on it, and how long the list is if that was told."""

    ids: Sequence[str]
    records: Sequence[RemoteTimeOff]
    problems: Sequence[RemoteProblem] = ()
    total: int | None = None


def list_of(person_id: str) -> str:
    """Return under which name something is the matter with the list of somebody's time off."""
    return f"time-off:{person_id}"


@dataclass(frozen=True, slots=True)
class SurveyPage:
    """One page of a survey: a digest of what it says of each person, and how many pages there are.

    ``pages`` is None where the vendor does not tell it.
    """

    digests: Mapping[str, str]
    rows: int
    pages: int | None = None
