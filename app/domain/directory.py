"""The directory that both models refer to: companies, roles, users, people, calendars."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Final


class UserStatus(StrEnum):
    """Whether the user still works there, as far as Kantata OX knows."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class PersonStatus(StrEnum):
    """Whether Procore counts the person among the assignable."""

    ACTIVE = "active"
    INACTIVE = "inactive"


MAX_MINIMUM_WORKERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Company:
    """The tenant: one Procore company and one Kantata account."""

    id: str
    name: str
    minimum_workers_available: int | None = None
    """So many are to be free on a workday, 1 to MAX_MINIMUM_WORKERS; None where nobody has said.

    It refuses nothing: whoever plans sees where it is undercut.
    """


@dataclass(frozen=True, slots=True)
class Role:
    """A Kantata account role, which a user has at most one of."""

    id: int
    company_id: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """A user of Kantata OX, by Kantata's id; None is what nobody has said."""

    id: int
    company_id: str
    full_name: str
    email_address: str | None
    headline: str | None
    role_id: int | None
    status: UserStatus = UserStatus.ACTIVE


def full_name(first_name: str, last_name: str) -> str:
    """Return a person's name of Procore's two parts, of which one may be empty (rule 6.4).

    >>> full_name("Ada", "")
    'Ada'
    """
    return f"{first_name} {last_name}".strip()


@dataclass(frozen=True, slots=True)
class Person:
    """A person of Procore Workforce Planning, by Procore's id (a UUID in small letters)."""

    id: str
    company_id: str
    first_name: str
    last_name: str
    email: str | None
    employee_number: str | None
    status: PersonStatus
    job_title: str | None

    @property
    def full_name(self) -> str:
        """The two parts as one name, by which people are found and ordered."""
        return full_name(self.first_name, self.last_name)


@dataclass(frozen=True, slots=True)
class Workweek:
    """Minutes of work per weekday, Monday first; the company's where ``user_id`` is None.

    It holds from the first to the last day of its range; without an end for good (rule 2.3).
    """

    id: str
    company_id: str
    user_id: int | None
    effective_from: date
    effective_to: date | None
    minutes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days on which nobody of the company works; both ends included."""

    id: int
    company_id: str
    name: str
    start_date: date
    end_date: date


Item = Company | Role | User | Person | Workweek | Holiday


def version_of(item: Item) -> str:
    """Return what somebody has seen of it, as text that is equal as long as all of it is (5.4).

    >>> one, other = Role(1, "c", "Planner"), Role(1, "c", "Designer")
    >>> version_of(one) == version_of(Role(1, "c", "Planner")), version_of(one) == version_of(other)
    (True, False)
    """
    return sha256(repr(item).encode()).hexdigest()
