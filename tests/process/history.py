"""What a company's change feed says happened, replayed in the order of its numbers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.process.client import WEEKDAYS

Place = tuple[str, date]
"""A user's day."""

State = tuple[float, float]
"""The possible hours of a user's day, and those that are taken."""


class History:
    """The users' days through all changes, judged by what was so at each number."""

    def __init__(self, changes: Iterable[dict[str, Any]], days: Iterable[date]) -> None:
        self.hours: dict[Place, float] = {}
        self.states: dict[Place, set[State]] = defaultdict(set)
        self.growths_above_possible: list[dict[str, Any]] = []
        self.references_created: set[str] = set()
        self._holidays: dict[str, dict[str, Any]] = {}
        self._workweeks: dict[str | None, dict[str, Any]] = {}
        self._users: set[str] = set()
        self._days = tuple(days)
        for change in changes:
            self._replay(change)

    def possible(self, place: Place) -> float:
        """Return the possible hours of the day as they are now (rule 2.3)."""
        user_id, day = place
        for holiday in self._holidays.values():
            if holiday["startDate"] <= day.isoformat() <= holiday["endDate"]:
                return 0
        week = self._workweeks.get(user_id) or self._workweeks.get(None)
        if week is None:
            return 8 if day.weekday() < 5 else 0
        return float(week[WEEKDAYS[day.weekday()]] / 60)

    def _replay(self, change: dict[str, Any]) -> None:
        before, after = change["before"], change["after"]
        match change["subjectType"]:
            case "User":
                self._users.add(after["sourceId"])
            case "Holiday":
                self._note(self._holidays, change["subjectId"], after)
            case "Workweek":
                self._note(self._workweeks, (after or before)["userId"], after)
            case "ExternalReference" if before is None:
                self.references_created.add(after["serviceName"])
            case "TimeOffEntry":
                self._note_entry(change)
        for place in [(user_id, day) for user_id in self._users for day in self._days]:
            self.states[place].add((self.possible(place), self.hours.get(place, 0)))

    def _note(self, known: dict[Any, Any], key: object, value: object) -> None:
        if value is None:
            known.pop(key, None)
        else:
            known[key] = value

    def _note_entry(self, change: dict[str, Any]) -> None:
        before, after = change["before"], change["after"]
        entry = after or before
        place = (entry["userId"], date.fromisoformat(entry["requestedDate"]))
        was, now = (each["hours"] if each else 0 for each in (before, after))
        assert self.hours.get(place, 0) == was, f"{change} does not follow what was before"
        if now > max(was, self.possible(place)):
            self.growths_above_possible.append(change)
        self._note(self.hours, place, now or None)
