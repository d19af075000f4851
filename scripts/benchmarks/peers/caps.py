"""How long users can work: the rule of both Python peers, over rows that they have read."""

from dataclasses import dataclass, field
from datetime import date

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEFAULT_MINUTES = (480, 480, 480, 480, 480, 0, 0)


@dataclass
class Calendar:
    """Workweeks of the company (None) and of its users, and the days off of all.

    Weeks are (first day, last day or None, minutes from Monday on), earliest first.
    """

    weeks: dict[int | None, list[tuple[date, date | None, tuple[int, ...]]]] = field(
        default_factory=dict
    )
    holidays: list[tuple[date, date]] = field(default_factory=list)

    def possible_seconds(self, user_id: int, day: date) -> int:
        """Return how long the user can work on the day."""
        if any(first <= day <= last for first, last in self.holidays):
            return 0
        minutes = self._week(user_id, day) or self._week(None, day) or DEFAULT_MINUTES
        return minutes[day.weekday()] * 60

    def _week(self, owner: int | None, day: date) -> tuple[int, ...] | None:
        weeks = self.weeks.get(owner, ())
        effective = [each for each in weeks if each[0] <= day and not (each[1] and each[1] < day)]
        return effective[-1][2] if effective else None
