"""A second reading of rules 3.2, 3.5, 3.6, 3.11 and 3.12, written from the rules and not the code.

It shares nothing with app: dateutil for the rule, a dict for the exceptions, sets of quarter hours.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from dateutil.relativedelta import relativedelta

DAY = timedelta(days=1)
MIDNIGHT = 96
"""In quarter hours."""
LAST_DAY = date(2099, 12, 31)
STEPS = {
    "WEEKLY": lambda count: relativedelta(weeks=count),
    "MONTHLY": lambda count: relativedelta(months=count),
    "YEARLY": lambda count: relativedelta(years=count),
}


class Refused(Exception):
    """Nothing is done; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Occurrence:
    """Where and when one takes place; times in quarter hours of the day."""

    original: date
    first: date
    last: date
    start: int
    end: int
    is_paid: bool


@dataclass
class Series:
    """A record: its rule, what all occurrences have in common, and what some have of their own."""

    first: date
    last: date
    start: int
    end: int
    saturday: bool
    sunday: bool
    is_paid: bool
    repeat: str = "NEVER"
    cadence: int | None = None
    until: date | None = None
    exceptions: dict[date, dict[str, Any] | None] = field(default_factory=dict)
    """By original day: None where it is skipped."""

    @property
    def starts(self) -> list[date]:
        """The days on which the rule starts an occurrence."""
        if self.repeat == "NEVER" or self.cadence is None or self.until is None:
            return [self.first]
        found: list[date] = []
        while (day := self.first + STEPS[self.repeat](len(found) * self.cadence)) <= self.until:
            found.append(day)
        return found

    def occurrences(self) -> list[Occurrence]:
        """Those that take place, by day."""
        found = []
        for original in self.starts:
            own = self.exceptions.get(original, {})
            if own is None:
                continue
            planned: dict[str, Any] = {
                "first": original,
                "last": original + (self.last - self.first),
                "start": self.start,
                "end": self.end,
                "is_paid": self.is_paid,
            }
            found.append(Occurrence(original, **(planned | own)))
        return sorted(found, key=lambda each: (each.first, each.original))

    def counts(self, day: date) -> bool:
        return {5: self.saturday, 6: self.sunday}.get(day.weekday(), True)

    def quarters(self) -> dict[date, dict[int, bool]]:
        """The quarter hours of each day that counts, and whether somebody pays for them."""
        found: dict[date, dict[int, bool]] = defaultdict(dict)
        for each in self.occurrences():
            end = each.end if each.end > each.start else each.end + MIDNIGHT
            day = each.first
            while day <= each.last:
                if self.counts(day):
                    for quarter in range(each.start, end):
                        is_paid = found[day].get(quarter, False)
                        found[day][quarter] = is_paid or each.is_paid
                day += DAY
        return dict(found)

    def judged(self) -> "Series":
        """Return it, or say why there cannot be such a record (rule 3.4)."""
        if self.last < self.first:
            raise Refused("DAYS_REVERSED")
        if self.repeat != "NEVER" and self.until is not None and self.until < self.first:
            raise Refused("DAYS_REVERSED")
        length = self.last - self.first
        if any(following <= day + length for day, following in pairwise(self.starts)):
            raise Refused("REPEAT_OVERLAPS_ITSELF")
        if not replace(self, exceptions={}).quarters():
            raise Refused("NO_DAY_COUNTS")
        return self

    def counting(self) -> "Series":
        """Return it, or say that no day would count (rule 3.11)."""
        if not self.quarters():
            raise Refused("NO_DAY_COUNTS")
        return self


def change_all(series: Series, **common: Any) -> list[Series]:
    return [replace(series, **common).judged().counting()]


def skip(series: Series, original: date) -> list[Series]:
    if series.exceptions.get(original, {}) is None:
        raise Refused("INVALID_VALUE")
    return [replace(series, exceptions=series.exceptions | {original: None}).counting()]


def change_one(series: Series, original: date, **own: Any) -> list[Series]:
    if series.repeat == "NEVER":
        return change_all(series, **with_length(own, series.last - series.first))
    already = series.exceptions.get(original, {})
    if already is None:
        raise Refused("INVALID_VALUE")
    last = original + (series.last - series.first)
    there = {"first": original, "last": last} | already
    now = there | with_length(own, there["last"] - there["first"])
    if now["last"] < now["first"]:
        raise Refused("DAYS_REVERSED")
    if "start" in now or "end" in now:  # both are its own then
        now = {"start": series.start, "end": series.end} | now
        if (now["start"], now["end"]) == (series.start, series.end):
            del now["start"], now["end"]
    if now.get("is_paid", series.is_paid) == series.is_paid:
        now.pop("is_paid", None)
    exceptions = series.exceptions | {original: now}
    if now == {"first": original, "last": last}:
        del exceptions[original]
    return [replace(series, exceptions=exceptions).counting()]


def restore(series: Series, original: date) -> list[Series]:
    exceptions = {day: own for day, own in series.exceptions.items() if day != original}
    return [replace(series, exceptions=exceptions)]


def with_length(given: dict[str, Any], length: timedelta) -> dict[str, Any]:
    """A first day that is given alone moves, and does not lengthen (rule 3.11)."""
    if "first" in given and "last" not in given:
        return given | {"last": given["first"] + length}
    return given


def end_before(series: Series, original: date) -> list[Series]:
    """Nothing is left where nothing before the day counts (rule 3.12)."""
    if original == series.first:
        return []
    kept = {day: own for day, own in series.exceptions.items() if day < original}
    left = replace(series, until=original - DAY, exceptions=kept)
    return [left] if left.quarters() else []


def change_following(series: Series, original: date, **common: Any) -> list[Series]:
    length = series.last - series.first
    same = replace(series, first=original, last=original + length, exceptions={})
    new = replace(same, **with_length(common, length)).judged()
    if new == same:
        return [series]
    starts, new_length = set(new.starts), new.last - new.first
    for day, own in series.exceptions.items():
        if day < original or day not in starts:
            continue
        in_its_place = {"first": day, "last": day + length}
        is_in_its_place = own is not None and own.items() >= in_its_place.items()
        new.exceptions[day] = own | {"last": day + new_length} if is_in_its_place and own else own
    if new.repeat == "NEVER" and new.exceptions:
        ((_, own),) = new.exceptions.items()
        if own is None:
            raise Refused("NO_DAY_COUNTS")
        new = replace(new, **own, exceptions={})
    return [*end_before(series, original), new.counting()]
