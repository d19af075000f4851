"""A year of time off around today, as the demo data tells it; nothing is stored here.

Those whom both systems know have much of their time off in both: alike, with other hours,
or in one only, so that a look at the two together shows what it is for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

from app.domain.days import DaySpan
from app.domain.durations import HOUR, QUARTER_HOUR
from app.domain.person_time_off import PersonTimeOffWish
from app.domain.recurrence import Repeat
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus
from app.domain.workweek import Calendar
from app.services.person_time_off.commands import CreatePersonTimeOff
from app.services.sample_data.demo_directory import SEED_PERSON, DemoWorker, calendars, workers
from app.services.sample_data.demo_month import Absence, Entered, Times, absences_of
from app.services.time_off_entries.commands import EntryItem

SEED_MONTH: Final = DaySpan(date(2023, 11, 1), date(2023, 12, 1))
"""Kept free for those whom the examples are about, so that these run to the letter."""
_HALF_A_YEAR: Final = 182
_WEEK: Final = timedelta(weeks=1)
_WORKDAY: Final = (time(8), time(16))
_SEED_TIMES: Final = (time(7), time(15, 30))
_NIGHT: Final = (time(22), time(6))
_SINGLE_DAY_TIMES: Final = (_SEED_TIMES, (time(8), time(12)), (time(13), time(16, 30)))
_SINGLE_DAY_REASONS: Final = ("medical", "training", "family", "moving house")
_MIRRORED: Final = (5, 11, 17)
"""Workers whose Kantata entries were made from Procore's records."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What is sent to one of the services at one time."""

    at: datetime
    entries: tuple[EntryItem, ...] = ()
    record: CreatePersonTimeOff | None = None


def submissions(today: date) -> list[Submission]:
    """Return a year of time off around today, in the order in which it was sent."""
    book = _Book(today, calendars(today))
    for worker in workers():
        book.fill(worker)
    return list(book.in_order())


@dataclass(slots=True)
class _Book:
    """What everybody has asked for so far; a day of a user never above what is possible."""

    today: date
    calendars: dict[int, Calendar]
    taken: dict[tuple[int, date], int] = field(default_factory=dict)
    entries: dict[date, list[EntryItem]] = field(default_factory=dict)
    records: list[tuple[date, CreatePersonTimeOff]] = field(default_factory=list)

    def fill(self, worker: DemoWorker) -> None:
        """Let the worker ask for what is certain in this month, and for what is left to chance."""
        for absence in absences_of(worker.number):
            self._this_month(worker, absence)
        random = Random(f"time off of {worker.number}")  # noqa: S311 - the same at each load
        for turn, weeks in enumerate((random.randint(-20, -4), random.randint(2, 20))):
            self._vacation(worker, random, turn, weeks)
        for turn in range(random.randint(4, 8)):
            self._single_day(worker, random, turn)
        if special := _SPECIALS.get(worker.number):
            for wish in special(self.today):
                self._ask_procore(worker, wish, self.today - timedelta(days=_HALF_A_YEAR))

    def in_order(self) -> Iterator[Submission]:
        """Yield what was sent, earliest first; entries of one day in one request."""
        sent: list[Submission] = [
            Submission(_morning(day), entries=tuple(items)) for day, items in self.entries.items()
        ]
        sent += [Submission(_morning(day), record=record) for day, record in self.records]
        return iter(sorted(sent, key=lambda each: each.at))

    def _this_month(self, worker: DemoWorker, absence: Absence) -> None:
        span = absence.span_in(self.today)
        asked = self._asked(span.first - timedelta(days=30))
        self._ask_for(worker, span, absence, asked)

    def _ask_for(self, worker: DemoWorker, span: DaySpan, absence: Absence, asked: date) -> None:
        """Ask where the absence was entered, for what was entered there."""
        if worker.user_id and absence.entered is not Entered.ONLY_PROCORE:
            part = 2 if absence.entered is Entered.OTHER_HOURS else 1
            for day in span:
                self._ask_kantata(worker, day, absence.hours, part, asked)
        if worker.person_id and absence.entered is not Entered.ONLY_KANTATA:
            less = timedelta(days=absence.entered is Entered.ONE_DAY_LESS)
            wish = _wish(
                span.first,
                span.last - less,
                absence.times,
                absence.reason,
                is_paid=absence.is_paid,
                weekend=(absence.weekend, absence.weekend),
            )
            self._ask_procore(worker, wish, asked)

    def _vacation(self, worker: DemoWorker, random: Random, turn: int, weeks: int) -> None:
        monday = self.today - timedelta(days=self.today.weekday()) + weeks * _WEEK
        span = DaySpan(monday, monday + timedelta(days=random.choice((4, 4, 11))))
        asked = self._asked(span.first - timedelta(days=random.randint(20, 90)))
        entered = _entered(worker, worker.number + turn)
        self._ask_for(worker, span, Absence(0, len(span), entered), asked)

    def _single_day(self, worker: DemoWorker, random: Random, turn: int) -> None:
        day = self.today + timedelta(days=random.randint(-_HALF_A_YEAR, 150))
        day -= timedelta(days=max(0, day.weekday() - 4))
        hours = random.choice((1.5, 2, 4, None))
        times = random.choice(_SINGLE_DAY_TIMES)
        reason = random.choice(_SINGLE_DAY_REASONS)
        asked = self._asked(day - timedelta(days=random.randint(1, 10)))
        if worker.user_id and (worker.person_id is None or turn % 2):
            self._ask_kantata(worker, day, hours, 1, asked)
        elif worker.person_id and worker.number not in _MIRRORED:
            is_paid = reason in {"medical", "training"}
            wish = _wish(day, day, times, reason, is_paid=is_paid)
            self._ask_procore(worker, wish, asked)

    def _ask_kantata(
        self, worker: DemoWorker, day: date, hours: float | None, part: int, asked: date
    ) -> None:
        """Ask for the hours, or for a part of the day; for nothing where that does not fit."""
        user_id = worker.user_id or 0
        possible = self.calendars[user_id].possible_seconds(day)
        seconds = int(hours * HOUR) if hours else possible // part // QUARTER_HOUR * QUARTER_HOUR
        taken = self.taken.get((user_id, day), 0)
        if not 0 < seconds <= possible - taken or _is_kept_free(worker, DaySpan(day, day)):
            return
        self.taken[user_id, day] = taken + seconds
        reference = _reference(worker, day, asked, self.today)
        if taken:
            reference = None  # the day may have one of the same service
        item = EntryItem(str(user_id), seconds / HOUR, day, reference)
        self.entries.setdefault(asked, []).append(item)

    def _ask_procore(self, worker: DemoWorker, wish: PersonTimeOffWish, asked: date) -> None:
        last = wish.repeat_end_day or wish.end_day
        if not _is_kept_free(worker, DaySpan(wish.start_day, last)):
            command = CreatePersonTimeOff(worker.company_id, worker.person_id or "", wish)
            self.records.append((asked, command))

    def _asked(self, day: date) -> date:
        """Return the Monday of the week in which it was asked for: never later than now."""
        day = min(day, self.today - timedelta(days=1))
        day = max(day, self.today - timedelta(days=2 * _HALF_A_YEAR - 7))
        return day - timedelta(days=day.weekday())


def _entered(worker: DemoWorker, turn: int) -> Entered:
    if worker.number in _MIRRORED:
        return Entered.ALIKE
    return tuple(Entered)[turn % len(Entered)]


def _is_kept_free(worker: DemoWorker, span: DaySpan) -> bool:
    is_of_the_examples = worker.person_id == SEED_PERSON or worker.user_id in {1, 2}
    return is_of_the_examples and span.overlaps(SEED_MONTH)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)


def _reference(worker: DemoWorker, day: date, asked: date, today: date) -> ReferenceFacts | None:
    """Return what ties the entry to another system; a third of them came by hand."""
    if worker.number in _MIRRORED:
        return ReferenceFacts(
            "procore_workforce_planning",
            "PersonDay",
            f"{worker.person_id}:{day}",
            ReferenceStatus.SUCCESSFUL,
        )
    request = asked.toordinal() * 100 + worker.number
    if worker.number % 3 == 0:
        return None
    if worker.number % 3 == 1:
        key = f"HR-{request % 10_000}"
        return ReferenceFacts(
            "jira",
            "Issue",
            key,
            ReferenceStatus.PENDING if day > today else ReferenceStatus.SUCCESSFUL,
            external_link=f"https://jira.example.com/browse/{key}",
            external_status="In Review" if day > today else "Done",
        )
    if request % 7 == 0:
        return ReferenceFacts(
            "bamboohr",
            "TimeOffRequest",
            str(request),
            ReferenceStatus.FAILED,
            external_message="The policy of this request was closed.",
            external_status="requested",
        )
    return ReferenceFacts(
        "bamboohr",
        "TimeOffRequest",
        str(request),
        ReferenceStatus.SUCCESSFUL,
        external_status="approved",
        locked=day < today,
    )


def _wish(
    first: date,
    last: date,
    times: Times,
    reason: str,
    *,
    is_paid: bool = True,
    weekend: tuple[bool, bool] = (False, False),
    repeat: tuple[Repeat, int, date] | None = None,
) -> PersonTimeOffWish:
    start, end = times
    saturday, sunday = weekend
    rule, cadence, until = repeat or (Repeat.NEVER, None, None)
    return PersonTimeOffWish(
        start_day=first,
        end_day=last,
        batch_start_time=start,
        batch_end_time=end,
        apply_to_saturday=saturday,
        apply_to_sunday=sunday,
        is_paid=is_paid,
        reason=reason,
        repeat=rule,
        cadence=cadence,
        repeat_end_day=until,
    )


def _weekday_near(today: date, weekday: int, weeks: int) -> date:
    return today - timedelta(days=today.weekday() - weekday) + weeks * _WEEK


# What some have that others have not: those whom Procore knows, by their numbers.


def _fridays(today: date) -> list[PersonTimeOffWish]:
    until = today + timedelta(days=_HALF_A_YEAR)
    friday = _weekday_near(today, 4, -26)
    return [
        _wish(
            friday, friday, (time(12), time(16)), "Friday afternoons",
            is_paid=False, repeat=(Repeat.WEEKLY, 1, until),
        )
    ]  # fmt: skip


def _every_second_friday(today: date) -> list[PersonTimeOffWish]:
    until = today + timedelta(days=_HALF_A_YEAR)
    friday = _weekday_near(today, 4, -25)
    return [_wish(friday, friday, _WORKDAY, "training", repeat=(Repeat.WEEKLY, 2, until))]


def _ends_of_months(today: date) -> list[PersonTimeOffWish]:
    first, until = date(today.year - 1, 12, 31), today + timedelta(days=_HALF_A_YEAR)
    rule = (Repeat.MONTHLY, 1, max(first, until))
    return [_wish(first, first, (time(14), time(16)), "union meeting", repeat=rule)]


def _every_year(today: date) -> list[PersonTimeOffWish]:
    soon = today + timedelta(days=40)
    first = date(soon.year - 3, soon.month, min(soon.day, 28))
    rule = (Repeat.YEARLY, 1, date(soon.year + 3, 12, 31))
    return [_wish(first, first, _WORKDAY, "anniversary", weekend=(True, True), repeat=rule)]


def _nights(today: date) -> list[PersonTimeOffWish]:
    monday = _weekday_near(today, 0, 1)
    return [_wish(monday, monday + timedelta(days=4), _NIGHT, "rest after night shifts")]


def _long_weekend(today: date) -> list[PersonTimeOffWish]:
    friday = _weekday_near(today, 4, 2)
    monday = friday + timedelta(days=3)
    return [_wish(friday, monday, _SEED_TIMES, "family", weekend=(True, True))]


def _paid_and_unpaid(today: date) -> list[PersonTimeOffWish]:
    monday = _weekday_near(today, 0, 0)
    return [
        _wish(monday, monday + timedelta(days=2), _WORKDAY, "training"),
        _wish(monday, monday, (time(12), time(18)), "family", is_paid=False),
    ]


def _parental_leave(today: date) -> list[PersonTimeOffWish]:
    monday = _weekday_near(today, 0, -6)
    return [_wish(monday, monday + timedelta(days=88), _WORKDAY, "parental leave")]


_SPECIALS: Final[dict[int, Callable[[date], list[PersonTimeOffWish]]]] = {
    2: _fridays,
    4: _ends_of_months,
    7: _every_second_friday,
    8: _every_year,
    10: _paid_and_unpaid,
    31: _fridays,
    33: _nights,
    35: _long_weekend,
    37: _parental_leave,
}
