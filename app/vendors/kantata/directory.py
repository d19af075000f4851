"""Kantata OX's people and calendars: users, roles, workweeks, holidays of the default calendar.

A row that cannot be read is a problem and stops nobody else. Holidays of further calendars are
not modelled here: the vendor itself judges whose day is whose.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.domain.directory import UserStatus
from app.domain.errors import InvalidValue, TimeOffError
from app.domain.sync.remote import (
    RemoteDirectory,
    RemoteHoliday,
    RemoteProblem,
    RemoteRole,
    RemoteUser,
    RemoteWorkweek,
)
from app.domain.wire_formats import fit_name
from app.domain.workweek import MINUTES_OF_A_DAY, WEEKDAYS
from app.vendors.client import unreadable
from app.vendors.kantata import wire
from app.vendors.kantata.wire import ROWS_OF_A_PAGE, Json

Reader = Callable[["Reading", int, Json, Json], None]
INCOMPLETE_LIST: Final = "INCOMPLETE_LIST"
"""The problem of a whole list, whose name is its id: what it does not name may be there."""
_INCOMPLETE_WORDS: Final = (
    "It did not bring as many rows as it says: what it does not name stays here as it is."
)


def read_account(document: Json) -> str:
    """Return the id of the account of whoever the credentials belong to."""
    for id_, row in wire.results(document, "users").items():
        account = row.get("account_id")
        return str(wire.read_id(account, "account_id")) if account is not None else f"user-{id_}"
    raise unreadable("It does not say whose credentials these are.")


@dataclass(slots=True)
class Reading:
    """What the lists of a directory have brought so far; each list after those it refers to."""

    roles: dict[int, RemoteRole] = field(default_factory=dict)
    users: dict[int, RemoteUser] = field(default_factory=dict)
    minutes: dict[int, Sequence[int]] = field(default_factory=dict)
    workweeks: list[RemoteWorkweek] = field(default_factory=list)
    default_calendars: set[int] = field(default_factory=set)
    holidays: dict[int, RemoteHoliday] = field(default_factory=dict)
    problems: list[RemoteProblem] = field(default_factory=list)
    requests: int = 0
    ids: dict[str, set[int]] = field(default_factory=dict)
    counts: dict[str, set[int | None]] = field(default_factory=dict)

    def take(self, document: Json, key: str, read: Reader) -> bool:
        """Read a page of one list; return whether there may be another."""
        rows, seen = wire.results(document, key), self.ids.setdefault(key, set())
        fresh = {id_: row for id_, row in rows.items() if id_ not in seen}
        for id_, row in fresh.items():
            try:
                read(self, wire.read_id(id_, "id"), row, document)
            except TimeOffError as unfit:
                self.problems.append(RemoteProblem(f"{key}:{id_}", unfit.code, unfit.message))
        seen.update(fresh)
        count = document.get("count")
        told = count if type(count) is int else None
        self.counts.setdefault(key, set()).add(told)
        # Pages may be shorter than was asked for; one that brings nothing new is the last.
        return bool(fresh) and (len(rows) == ROWS_OF_A_PAGE if told is None else len(seen) < told)

    def _incomplete(self) -> Iterator[RemoteProblem]:
        """Tell of the lists that did not bring as many rows as each of their pages said."""
        for key, seen in self.ids.items():
            if self.counts[key] != {len(seen)}:
                yield RemoteProblem(key, INCOMPLETE_LIST, _INCOMPLETE_WORDS)

    def directory(self) -> RemoteDirectory:
        """Return all of it."""
        return RemoteDirectory(
            roles=tuple(self.roles.values()),
            users=tuple(self.users.values()),
            workweeks=tuple(self.workweeks),
            holidays=tuple(self.holidays.values()),
            problems=(*self.problems, *self._incomplete()),
            requests=self.requests,
        )


def _role(reading: Reading, id_: int, row: Json, _: Json) -> None:
    reading.roles[id_] = RemoteRole(id_, _name(row, "name"))


def _user(reading: Reading, id_: int, row: Json, _: Json) -> None:
    role = row.get("role_id")
    email = row.get("email_address")
    headline = row.get("headline")
    reading.users[id_] = RemoteUser(
        id=id_,
        full_name=_name(row, "full_name"),
        email_address=_name(row, "email_address") if email else None,
        headline=_name(row, "headline") if headline else None,
        role_id=None if role is None else wire.read_id(role, "role_id"),
        status=UserStatus.INACTIVE if row.get("disabled_at") else UserStatus.ACTIVE,
    )


def _workweek(reading: Reading, id_: int, row: Json, _: Json) -> None:
    minutes = reading.minutes[id_] = _minutes(row)
    reading.workweeks.append(
        RemoteWorkweek(None, wire.read_day(row, "start_date"), _end(row), minutes)
    )


def _membership(reading: Reading, _id: int, row: Json, document: Json) -> None:
    """A membership has its minutes itself, or those of the workweek that it names."""
    if "monday_minutes" in row:
        minutes = _minutes(row)
    else:
        workweek = wire.read_id(row.get("workweek_id"), "workweek_id")
        named = wire.objects(document, "workweeks").get(str(workweek))
        if isinstance(named, Mapping):
            minutes = _minutes(named)
        elif workweek in reading.minutes:
            minutes = reading.minutes[workweek]
        else:
            raise InvalidValue("A workweek is named, but not in the answer.", ("workweek_id",))
    user = wire.read_id(row.get("user_id"), "user_id")
    reading.workweeks.append(
        RemoteWorkweek(user, wire.read_day(row, "start_date"), _end(row), minutes)
    )


def _calendar(reading: Reading, id_: int, row: Json, _: Json) -> None:
    if row.get("default") is True:
        reading.default_calendars.add(id_)


def _association(reading: Reading, _id: int, row: Json, document: Json) -> None:
    calendar = wire.read_id(row.get("holiday_calendar_id"), "holiday_calendar_id")
    if calendar not in reading.default_calendars:
        return
    id_ = wire.read_id(row.get("holiday_id"), "holiday_id")
    holiday = wire.objects(document, "holidays").get(str(id_))
    if not isinstance(holiday, Mapping):
        raise InvalidValue("A holiday is named, but not in the answer.", ("holiday_id",))
    first = wire.read_day(holiday, "start_date")
    last = wire.read_day(holiday, "end_date") if holiday.get("end_date") else first
    if last < first:
        raise InvalidValue("A holiday ends before it begins.", ("end_date",))
    reading.holidays[id_] = RemoteHoliday(id_, _name(holiday, "name"), first, last)


@dataclass(frozen=True, slots=True)
class DirectoryList:
    """One list of the directory: its path, what is asked of it, and how a row is read."""

    path: str
    query: Mapping[str, str]
    read: Reader

    def take(self, reading: Reading, document: Json) -> bool:
        """Read a page; return whether there may be another."""
        return reading.take(document, self.path, self.read)


LISTS: Final[Sequence[DirectoryList]] = (
    DirectoryList("roles", {}, _role),
    # Without it only those who share a project with us are listed.
    DirectoryList("users", {"on_my_account": "true", "include": "role"}, _user),
    DirectoryList("workweeks", {}, _workweek),
    DirectoryList("workweek_memberships", {"include": "workweek"}, _membership),
    DirectoryList("holiday_calendars", {}, _calendar),
    DirectoryList("holiday_calendar_associations", {"include": "holiday"}, _association),
)


def _minutes(row: Json) -> Sequence[int]:
    minutes = tuple(row.get(f"{day}_minutes", 0) for day in WEEKDAYS)
    for day, given in zip(WEEKDAYS, minutes, strict=True):
        is_number = isinstance(given, int) and not isinstance(given, bool)
        if not is_number or not 0 <= given <= MINUTES_OF_A_DAY:
            raise InvalidValue("A workday has 0 to 1,440 minutes.", (f"{day}_minutes",))
    return minutes


def _end(row: Json) -> date | None:
    return wire.read_day(row, "end_date") if row.get("end_date") else None


def _name(row: Json, name: str) -> str:
    value: Any = row.get(name)
    if not isinstance(value, str):
        raise InvalidValue(f"{name} is no text.", (name,))
    fit_name(value)
    return value
