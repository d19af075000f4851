"""The nouns of the directory: how an item that was sent becomes an object, or is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar
from uuid import UUID, uuid5

from app.db.reading.lists import Listing
from app.db.reading.lists_of_nouns import COMPANIES as COMPANY_ROWS
from app.db.reading.lists_of_nouns import HOLIDAYS as HOLIDAY_ROWS
from app.db.reading.lists_of_nouns import PEOPLE as PERSON_ROWS
from app.db.reading.lists_of_nouns import ROLES as ROLE_ROWS
from app.db.reading.lists_of_nouns import USERS as USER_ROWS
from app.db.reading.lists_of_nouns import WORKWEEKS as WORKWEEK_ROWS
from app.domain.days import DaySpan, within_calendar
from app.domain.directory import (
    MAX_MINIMUM_WORKERS,
    Company,
    Holiday,
    Person,
    PersonStatus,
    Role,
    User,
    UserStatus,
    Workweek,
)
from app.domain.errors import HeldElsewhere, InvalidValue, NotFound, Refusals
from app.domain.identifiers import Key, Kind, read_id, read_text_id
from app.domain.texts import is_blank
from app.domain.wire_formats import (
    MAX_KANTATA_ID,
    MAX_NAME_LENGTH,
    fit_name,
    fit_text,
    is_kantata_id,
    is_uuid,
    trim,
)
from app.domain.workweek import MINUTES_OF_A_DAY, WEEKDAYS

T = TypeVar("T")

WORKWEEK_IDS: Final = UUID("3a0f0b7e-5b0e-4b57-9d0b-6a7f0c5d7c1e")
"""The namespace in which a workweek's id is derived from its key."""


@dataclass(frozen=True, slots=True)
class UpsertItem:
    """An item as sent, its fields in snake_case: one left out stays, None clears (rule 6.3)."""

    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Related:
    """A field that names another object of the same company."""

    field: str
    kind: Kind
    listing: Listing[Any, Any]


@dataclass(frozen=True)
class Noun(Generic[T]):
    """How items of a noun are placed, built and stored.

    ``read_place`` answers the key and the company; ``build`` the object from the item, its
    key, its company, itself as it is (or None), and the related objects.
    """

    kind: Kind
    path: str
    listing: Listing[T, Any]
    read_place: Callable[[UpsertItem], tuple[Key, str]]
    build: Callable[[UpsertItem, Key, str, T | None, Mapping[Key, Any]], T]
    related: Related | None = None


def _at(name: str, read: Callable[[Any], Any], value: object) -> Any:  # noqa: ANN401
    """Return what ``read`` makes of the field's value; what it refuses lies at the field."""
    refusals = Refusals()
    result = None
    with refusals.collecting(name):
        result = read(value)
    refusals.raise_any()
    return result


def _name(item: UpsertItem, name: str) -> str:
    result: str = _at(name, lambda text: fit_name(trim(text)), item.given[name])
    return result


def _names_of_a_person(item: UpsertItem, before: Person | None) -> tuple[str, str]:
    """Return first and last name, of which one may be empty; a blank one is (rule 6.4)."""
    refusals = Refusals()
    names = []
    for field_ in ("first_name", "last_name"):
        with refusals.collecting():
            names.append(_text(item, field_, before, fit_name) or "")
    refusals.raise_any()
    first, last = names
    if not first and not last:
        msg = "A person has a first name or a last name."
        raise InvalidValue(msg, ("first_name",))
    return first, last


def _fit_short(text: str) -> str:
    return fit_text(text, longest=MAX_NAME_LENGTH)


def _text(
    item: UpsertItem, name: str, before: object | None, fit: Callable[[str], str] = _fit_short
) -> str | None:
    """Return an optional text: trimmed, a blank one is none; left out it is as it was."""
    if name not in item.given:
        return getattr(before, name, None)
    text: str = _at(name, trim, item.given[name] or "")
    return None if is_blank(text) else _at(name, fit, text)


def _source_id(item: UpsertItem, is_fit: Callable[[str], bool]) -> str:
    def read(text: str) -> str:
        if not is_fit(text):
            msg = "This is not an id of the source system."
            raise InvalidValue(msg)
        return text

    result: str = _at("source_id", read, item.given["source_id"])
    return result


def _kantata_place(item: UpsertItem) -> tuple[Key, str]:
    text = _source_id(item, lambda id_: is_kantata_id(id_) and int(id_) < MAX_KANTATA_ID)
    return int(text), _company_id(item)


def _person_place(item: UpsertItem) -> tuple[Key, str]:
    return _source_id(item, is_uuid).lower(), _company_id(item)


def _company_place(item: UpsertItem) -> tuple[Key, str]:
    key = _source_id(item, is_uuid).lower()
    return key, key


def _company_id(item: UpsertItem) -> str:
    result: str = _at(
        "company_id", lambda text: read_text_id(Kind.COMPANY, text), item.given["company_id"]
    )
    return result


def workweek_id(company_id: str, owner: Key | None, effective_from: date) -> str:
    """Return the id of a workweek, made of its key: its company, its user and its first day."""
    return str(uuid5(WORKWEEK_IDS, f"{company_id}/{owner or ''}/{effective_from}"))


def _workweek_place(item: UpsertItem) -> tuple[Key, str]:
    company_id, user_id = _company_id(item), item.given.get("user_id")
    owner = _at("user_id", lambda text: read_id(Kind.USER, text), user_id) if user_id else None
    return workweek_id(company_id, owner, item.given["effective_from"]), company_id


def _related_key(
    item: UpsertItem, name: str, kind: Kind, company_id: str, related: Mapping[Key, Any]
) -> Any:  # noqa: ANN401
    """Return the key of the object that the field names, or None; it is of the same company.

    ``related`` has those that the caller sees.
    """
    text = item.given.get(name)
    if text is None:
        return None
    key = _at(name, lambda value: read_id(kind, value), text)
    if key not in related:
        raise NotFound(kind.words, (name,))
    if related[key].company_id != company_id:
        raise HeldElsewhere(kind.words, (name,), related[key].company_id)
    return key


def _days(item: UpsertItem, first: str, last: str) -> DaySpan:
    start: date = _at(first, within_calendar, item.given[first])
    end: date = _at(last, within_calendar, item.given[last])
    span: DaySpan = _at(last, lambda day: DaySpan(start, day), end)
    return span


def _company(
    item: UpsertItem, key: Key, company_id: str, before: Company | None, related: Mapping[Key, Any]
) -> Company:
    del company_id, related
    minimum = before.minimum_workers_available if before else None
    if "minimum_workers_available" in item.given:
        sent = item.given["minimum_workers_available"]
        minimum = None if sent is None else _at("minimum_workers_available", _minimum, sent)
    return Company(str(key), _name(item, "name"), minimum)


def _minimum(workers: int) -> int:
    if not 1 <= workers <= MAX_MINIMUM_WORKERS:
        msg = f"A minimum is 1 to {MAX_MINIMUM_WORKERS:,} workers; null is none."
        raise InvalidValue(msg)
    return workers


def _role(
    item: UpsertItem, key: Key, company_id: str, before: Role | None, related: Mapping[Key, Any]
) -> Role:
    del before, related
    return Role(int(key), company_id, _name(item, "name"))


def _user(
    item: UpsertItem, key: Key, company_id: str, before: User | None, related: Mapping[Key, Any]
) -> User:
    role_id = before.role_id if before else None
    if "role_id" in item.given:
        role_id = _related_key(item, "role_id", Kind.ROLE, company_id, related)
    return User(
        id=int(key),
        company_id=company_id,
        full_name=_name(item, "full_name"),
        email_address=_text(item, "email_address", before),
        headline=_text(item, "headline", before),
        role_id=role_id,
        status=item.given.get("status") or (before.status if before else UserStatus.ACTIVE),
    )


def _person(
    item: UpsertItem, key: Key, company_id: str, before: Person | None, related: Mapping[Key, Any]
) -> Person:
    del related
    first_name, last_name = _names_of_a_person(item, before)
    kept = before.status if before else PersonStatus.ACTIVE
    return Person(
        id=str(key),
        company_id=company_id,
        first_name=first_name,
        last_name=last_name,
        email=_text(item, "email", before),
        employee_number=_text(item, "employee_number", before),
        status=item.given.get("status") or kept,
        job_title=_text(item, "job_title", before),
    )


def _workweek(
    item: UpsertItem,
    key: Key,
    company_id: str,
    before: Workweek | None,
    related: Mapping[Key, Any],
) -> Workweek:
    first: date = _at("effective_from", within_calendar, item.given["effective_from"])
    last = before.effective_to if before else None
    if "effective_to" in item.given:
        last = item.given["effective_to"] and _days(item, "effective_from", "effective_to").last
    return Workweek(
        id=str(key),
        company_id=company_id,
        user_id=_related_key(item, "user_id", Kind.USER, company_id, related),
        effective_from=first,
        effective_to=last,
        minutes=tuple(_at(weekday, _minutes, item.given[weekday]) for weekday in WEEKDAYS),
    )


def _minutes(minutes: int) -> int:
    if not 0 <= minutes <= MINUTES_OF_A_DAY:
        msg = f"A day has 0 to {MINUTES_OF_A_DAY} minutes of work."
        raise InvalidValue(msg)
    return minutes


def _holiday(
    item: UpsertItem, key: Key, company_id: str, before: Holiday | None, related: Mapping[Key, Any]
) -> Holiday:
    del before, related
    days = _days(item, "start_date", "end_date")
    return Holiday(
        id=int(key),
        company_id=company_id,
        name=_name(item, "name"),
        start_date=days.first,
        end_date=days.last,
    )


COMPANIES: Final = Noun(
    kind=Kind.COMPANY,
    path="companies",
    listing=COMPANY_ROWS,
    read_place=_company_place,
    build=_company,
)
ROLES: Final = Noun(
    kind=Kind.ROLE, path="roles", listing=ROLE_ROWS, read_place=_kantata_place, build=_role
)
USERS: Final = Noun(
    kind=Kind.USER,
    path="users",
    listing=USER_ROWS,
    read_place=_kantata_place,
    build=_user,
    related=Related("role_id", Kind.ROLE, ROLE_ROWS),
)
PEOPLE: Final = Noun(
    kind=Kind.PERSON, path="people", listing=PERSON_ROWS, read_place=_person_place, build=_person
)
WORKWEEKS: Final = Noun(
    kind=Kind.WORKWEEK,
    path="workweeks",
    listing=WORKWEEK_ROWS,
    read_place=_workweek_place,
    build=_workweek,
    related=Related("user_id", Kind.USER, USER_ROWS),
)
HOLIDAYS: Final = Noun(
    kind=Kind.HOLIDAY,
    path="holidays",
    listing=HOLIDAY_ROWS,
    read_place=_kantata_place,
    build=_holiday,
)
