"""What is gone of a vendor's people and calendars: what it once had, and does not list any more.

A list that could not be read whole, that is suddenly empty, or from which much is gone at once,
takes nothing along: it is told, and everything stays as it is here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from app.domain.days import FIRST_DAY
from app.domain.directory import Holiday, User, UserStatus, Workweek
from app.domain.sync.listings import needs_review
from app.domain.sync.remote import RemoteDirectory, RemoteProblem, RemoteWorkweek

T = TypeVar("T", User, Workweek, Holiday)


def keys_of(remote: RemoteDirectory) -> dict[str, date]:
    """Return the key of each user, workweek and holiday of the vendor's, with its first day."""
    return (
        {_user_key(each.id): FIRST_DAY for each in remote.users}
        | {_workweek_key(each): each.effective_from for each in remote.workweeks}
        | {_holiday_key(each.id): each.first for each in remote.holidays}
    )


def active_users(remote: RemoteDirectory) -> frozenset[int]:
    """Return the ids of those who are there, and not disabled."""
    return frozenset(each.id for each in remote.users if each.status is UserStatus.ACTIVE)


def _user_key(id_: int) -> str:
    return f"U:{id_}"


def _workweek_key(workweek: Workweek | RemoteWorkweek) -> str:
    return f"W:{workweek.user_id or ''}:{workweek.effective_from}"


def _holiday_key(id_: int) -> str:
    return f"H:{id_}"


def _key(each: User | Workweek | Holiday) -> str:
    if isinstance(each, Workweek):
        return _workweek_key(each)
    return _user_key(each.id) if isinstance(each, User) else _holiday_key(each.id)


@dataclass(slots=True)
class Leaving:
    """A directory as it is listed now, and the keys under which the vendor ever had something.

    ``has_everybody``: the list of users is whole, and not suddenly much shorter.
    """

    remote: RemoteDirectory
    known: Collection[str]
    problems: list[RemoteProblem] = field(default_factory=list)
    has_everybody: bool = True

    def users(self, here: Sequence[User]) -> list[User]:
        """Return who is active here, and gone there."""
        unread = self._unread("users")
        active = [
            each for each in here if each.status is UserStatus.ACTIVE and str(each.id) not in unread
        ]
        if "" in unread:
            self.has_everybody = False
            return []
        told = len(self.problems)
        gone = self._gone("users", active, [_user_key(each.id) for each in self.remote.users])
        self.has_everybody = len(self.problems) == told
        return gone

    def workweeks(self, here: Sequence[Workweek]) -> list[Workweek]:
        """Return the company's workweeks, and those of users, that are gone there."""
        gone = []
        for name, of_company in (("workweeks", True), ("workweek_memberships", False)):
            if self._unread(name):
                continue
            mine = [each for each in here if (each.user_id is None) is of_company]
            listed = [
                _workweek_key(each)
                for each in self.remote.workweeks
                if (each.user_id is None) is of_company
            ]
            gone += self._gone(name, mine, listed)
        return gone

    def holidays(self, here: Sequence[Holiday]) -> list[Holiday]:
        """Return the holidays that are gone there."""
        if self._unread("holiday_calendars", "holiday_calendar_associations"):
            return []
        return self._gone(
            "holidays", here, [_holiday_key(each.id) for each in self.remote.holidays]
        )

    def over(self, here: Collection[User | Workweek | Holiday]) -> set[str]:
        """Return the keys of what is neither there nor here: typed here anew, it is ours."""
        return {*self.known} - keys_of(self.remote).keys() - {_key(each) for each in here}

    def _gone(self, name: str, here: Sequence[T], listed: Collection[str]) -> list[T]:
        """Return what is here, was there and is not listed, unless that is not to be believed."""
        theirs = {key: each for each in here if (key := _key(each)) in self.known}
        gone = [each for key, each in theirs.items() if key not in set(listed)]
        if gone and (not listed or needs_review(len(gone), len(theirs))):
            message = f"{len(gone)} of {len(theirs)} are not listed any more: none was changed."
            self.problems.append(RemoteProblem(name, _MANY_GONE[name], message))
            return []
        return gone

    def _unread(self, *lists: str) -> set[str]:
        """Return the ids of the rows of these lists that could not be read; "" for a whole one."""
        places = (each.remote_id.partition(":") for each in self.remote.problems)
        return {id_ for list_, _, id_ in places if list_ in lists}


_MANY_GONE: Mapping[str, str] = {
    "users": "MANY_USERS_GONE",
    "workweeks": "MANY_WORKWEEKS_GONE",
    "workweek_memberships": "MANY_WORKWEEKS_GONE",
    "holidays": "MANY_HOLIDAYS_GONE",
}
