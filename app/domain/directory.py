"""The directory that both models refer to: companies, roles, users, people, calendars."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PersonStatus(StrEnum):
    """Whether Procore counts the person among the assignable."""

    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Company:
    """The tenant: one Procore company and one Kantata account."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Role:
    """A Kantata account role."""

    id: int
    company_id: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """A user of Kantata OX."""

    id: int
    company_id: str
    full_name: str
    email_address: str | None
    headline: str | None
    role_id: int | None


def full_name(first_name: str, last_name: str) -> str:
    """Return a person's name; Procore knows its two parts, of which one may be empty.

    >>> full_name("Ada", "")
    'Ada'
    """
    return f"{first_name} {last_name}".strip()


@dataclass(frozen=True, slots=True)
class Person:
    """A person of Procore Workforce Planning."""

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
        """First and last name."""
        return full_name(self.first_name, self.last_name)


@dataclass(frozen=True, slots=True)
class Workweek:
    """Minutes of work per weekday, Monday first, of a user or (``user_id`` None) a company."""

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
