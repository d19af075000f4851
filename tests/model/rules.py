"""A small second reading of docs/rules.md, written from the rules and not from the code.

It shares nothing with app: whole seconds, plain dictionaries, the calendar module. What it
says is compared with what the gateway answers.
"""

import calendar as months
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

HOUR = 3600
EIGHT_TO_FRIDAY = (480, 480, 480, 480, 480, 0, 0)
MIDNIGHT = 24 * 60
MOST_INSTANCES = 1_000
LAST_DAY = date(2099, 12, 31)

Refusal = tuple[Any, ...]


class Refused(Exception):
    """Nothing was done; each refusal is its code, where it is, and its facts."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = sorted(map(repr, refusals))


@dataclass
class Reference:
    """A reference on an entry; `brought` is what it remembers (rule 2.8)."""

    model: str
    ref: str
    status: str | None
    brought: int


@dataclass
class Entry:
    """A user's day; `number` is the place in which it was created."""

    number: int
    seconds: int
    references: dict[str, Reference] = field(default_factory=dict)


@dataclass
class Record:
    """A person's time off."""

    number: int
    person: str
    spans: list[tuple[date, date]]
    start: int
    end: int
    saturday: bool
    sunday: bool
    is_paid: bool
    reason: str
    repeat: tuple[str, int | None, date | None]

    @property
    def interval(self) -> tuple[int, int]:
        """Minutes of the day on which it starts; a night ends after midnight (3.5)."""
        return self.start, self.end if self.end > self.start else self.end + MIDNIGHT

    def counts(self, day: date) -> bool:
        return {5: self.saturday, 6: self.sunday}.get(day.weekday(), True)

    def counted(self, span: tuple[date, date]) -> list[date]:
        first, last = span
        days = (first + timedelta(days=each) for each in range((last - first).days + 1))
        return [day for day in days if self.counts(day)]

    @property
    def days(self) -> set[date]:
        return {day for span in self.spans for day in self.counted(span)}

    @property
    def total_seconds(self) -> int:
        start, end = self.interval
        return sum(len(self.counted(span)) for span in self.spans) * (end - start) * 60


class Model:
    """One company, its users and people, and all that is stored of them."""

    def __init__(self) -> None:
        # Of an owner, by first day: the last day, and the minutes from Monday on.
        self.workweeks: dict[str | None, dict[date, tuple[date | None, tuple[int, ...]]]] = {}
        self.holidays: dict[int, tuple[date, date]] = {}
        self.entries: dict[tuple[str, date], Entry] = {}
        self.records: dict[int, Record] = {}
        self.kept: dict[tuple[str, str], tuple[str, Any]] = {}
        self.numbers = 0

    def next_number(self) -> int:
        self.numbers += 1
        return self.numbers

    def possible(self, user: str, day: date) -> int:
        """Rule 2.3, in seconds."""
        if any(first <= day <= last for first, last in self.holidays.values()):
            return 0
        for owner in (user, None):
            weeks = self.workweeks.get(owner, {})
            holding = [each for each, (last, _) in weeks.items() if each <= day <= (last or day)]
            if holding:
                minutes = weeks[max(holding)][1][day.weekday()]
                hundredths = -(-minutes * 100 // 60)
                return hundredths * 36
        return EIGHT_TO_FRIDAY[day.weekday()] * 60

    def once(self, operation: str, key: str | None, given: Any, do: Any, *, dry_run: bool) -> Any:
        """Rule 5.1: the same key answers alike, and a refusal or a dry run keeps none."""
        if key is None or dry_run:
            return do()
        text = json.dumps(given, sort_keys=True, default=str)
        if known := self.kept.get((operation, key)):
            if known[0] != text:
                raise Refused(("IDEMPOTENCY_KEY_REUSED", ("idempotencyKey",)))
            return known[1]
        answer = do()
        self.kept[operation, key] = (text, answer)
        return answer

    def create_entries(self, items: list[dict[str, Any]], key: str | None, *, dry_run: bool) -> Any:
        """Section 2: items in order, all or nothing."""
        is_readable = all(readable_hours(item["hours"]) for item in items)
        return self.once(
            "create",
            key,
            [{**item, "hours": float(item["hours"])} for item in items],
            lambda: self._create_entries(items, dry_run=dry_run),
            dry_run=dry_run or not is_readable,
        )

    def _create_entries(self, items: list[dict[str, Any]], *, dry_run: bool) -> Any:
        refusals: list[Refusal] = []
        days: dict[tuple[str, date], tuple[int, dict[str, tuple[Reference, int | None]]]] = {}
        outcomes, touched = [], []
        for index, item in enumerate(items):
            place = ("timeOffEntries", str(index))
            if not readable_hours(item["hours"]):
                refusals.append(("INVALID_VALUE", (*place, "hours")))
                continue
            if item["user"] == "unknown":
                refusals.append(("NOT_FOUND", (*place, "userId")))
                continue
            spot = (item["user"], item["day"])
            stored = self.entries.get(spot)
            taken, references = days.get(spot) or (
                stored.seconds if stored else 0,
                {name: (each, None) for name, each in stored.references.items()} if stored else {},
            )
            seconds = round(item["hours"] * HOUR)
            wanted = item["reference"]
            if wanted and (known := references.get(wanted["service"])):
                same = (known[0].model, known[0].ref) == (wanted["model"], wanted["ref"])
                if not same or known[0].brought != seconds:
                    refusals.append(
                        ("EXTERNAL_REFERENCE_CONFLICT", (*place, "externalReference"), known[1])
                    )
                    continue
                outcomes.append("UNCHANGED")
            else:
                possible = self.possible(*spot)
                if taken + seconds > possible:
                    facts = (possible / HOUR, taken / HOUR, seconds / HOUR)
                    refusals.append(("WORKDAY_HOURS_EXCEEDED", (*place, "hours"), *facts))
                    continue
                outcomes.append("COMBINED" if stored or spot in days else "CREATED")
                taken += seconds
                if wanted:
                    brought = Reference(wanted["model"], wanted["ref"], wanted["status"], seconds)
                    references = references | {wanted["service"]: (brought, index)}
            days[spot] = (taken, references)
            touched.append(spot)
        if refusals:
            raise Refused(*refusals)
        return self._store(days, touched, outcomes, items, dry_run=dry_run)

    def _store(
        self, days: Any, touched: Any, outcomes: Any, items: Any, *, dry_run: bool
    ) -> dict[str, Any]:
        new = {spot: Entry(0, seconds) for spot, (seconds, _) in days.items()}
        for spot, entry in new.items():
            old = self.entries.get(spot)
            entry.number = old.number if old else (0 if dry_run else self.next_number())
            entry.references = {name: each for name, (each, _) in days[spot][1].items()}
        if not dry_run:
            self.entries.update(new)
        return {
            "outcomes": outcomes,
            "spots": touched,
            "numbers": [new[spot].number for spot in touched],
            "entries": [(entry.number, entry.seconds) for spot, entry in new.items()],
            "warnings": sum(1 for item in items if not is_quarter(item["hours"])),
        }

    def find_entry(self, number: int) -> tuple[tuple[str, date], Entry] | None:
        return next(
            ((spot, each) for spot, each in self.entries.items() if each.number == number), None
        )

    def update_entry(self, number: int, hours: float, reference: Any, key: str | None) -> Any:
        """Rule 2.9."""
        if not readable_hours(hours):
            raise Refused(("INVALID_VALUE", ("hours",)))
        given = [number, float(hours), reference]
        return self.once(
            "update", key, given, lambda: self._update(number, hours, reference), dry_run=False
        )

    def _update(self, number: int, hours: float, reference: Any) -> Any:
        found = self.find_entry(number)
        if found is None:
            raise Refused(("NOT_FOUND", ("id",)))
        (user, day), entry = found
        seconds = round(hours * HOUR)
        possible = self.possible(user, day)
        if seconds > entry.seconds and seconds > possible:
            facts = (possible / HOUR, 0.0, seconds / HOUR)
            raise Refused(("WORKDAY_HOURS_EXCEEDED", ("hours",), *facts))
        entry.seconds = seconds
        if reference:
            known = entry.references.get(reference["service"])
            entry.references[reference["service"]] = Reference(
                reference["model"],
                reference["ref"],
                reference["status"],
                known.brought if known else seconds,
            )
        return {"number": number, "seconds": seconds, "warnings": int(not is_quarter(hours))}

    def delete_entries(self, numbers: list[int], key: str | None, *, dry_run: bool) -> Any:
        """Rule 2.9: all or nothing, each named."""
        once_each = list(dict.fromkeys(numbers))
        return self.once(
            "delete",
            key,
            once_each,
            lambda: self._delete(once_each, numbers, dry_run=dry_run),
            dry_run=dry_run,
        )

    def _delete(self, once_each: list[int], numbers: list[int], *, dry_run: bool) -> Any:
        unknown = [each for each in once_each if self.find_entry(each) is None]
        if unknown:
            raise Refused(*(("NOT_FOUND", ("ids", str(numbers.index(each)))) for each in unknown))
        if not dry_run:
            spots = [spot for spot, each in self.entries.items() if each.number in once_each]
            for spot in spots:
                del self.entries[spot]
        return {"numbers": once_each}

    def create_record(self, wish: dict[str, Any], key: str | None, *, dry_run: bool) -> Any:
        """Section 3."""
        record = Record(
            0,
            wish["person"],
            [(wish["first"], wish["last"])],
            rounded(wish["start"]),
            rounded(wish["end"]),
            wish["saturday"],
            wish["sunday"],
            wish["is_paid"],
            wish["reason"],
            (wish["repeat"], None, None)
            if wish["repeat"] == "NEVER"
            else (wish["repeat"], wish["cadence"], wish["until"]),
        )
        refusals = judged(record)
        given = {**wish, "cadence": record.repeat[1], "until": record.repeat[2]}
        return self.once(
            "create record",
            key,
            given,
            lambda: self._create_record(record, wish, refusals, dry_run=dry_run),
            dry_run=dry_run or bool(refusals),
        )

    def _create_record(
        self, record: Record, wish: dict[str, Any], refusals: list[Refusal], *, dry_run: bool
    ) -> Any:
        if wish["person"] == "unknown":
            refusals = [*refusals, ("NOT_FOUND", ("personId",))]
        if refusals:
            raise Refused(*refusals)
        record.spans = expanded(record)
        warnings = self._warnings(record, wish["start"], wish["end"])
        if meets_month_end(record):
            warnings = sorted([*warnings, "REPEAT_MEETS_MONTH_END"])
        if not dry_run:
            record.number = self.next_number()
            self.records[record.number] = record
        return {"number": record.number, **shown(record), "warnings": warnings}

    def update_record(self, number: int, patch: dict[str, Any], key: str | None) -> Any:
        """Rule 3.8."""
        if patch.get("reason") is not None and not patch["reason"].strip():
            raise Refused(("INVALID_VALUE", ("reason",)))
        given = [number, {name: value for name, value in patch.items() if value is not None}]
        return self.once(
            "update record",
            key,
            given,
            lambda: self._update_record(number, patch),
            dry_run=False,
        )

    def _update_record(self, number: int, patch: dict[str, Any]) -> Any:
        old = self.records.get(number)
        if old is None:
            raise Refused(("NOT_FOUND", ("id",)))
        given = {name: value for name, value in patch.items() if value is not None}
        refusals: list[Refusal] = []
        repeats = old.repeat[0] != "NEVER"
        if repeats:
            unchanged = {"first": {old.spans[0][0]}, "last": {old.spans[0][1], old.spans[-1][1]}}
            for name, field_ in (("first", "startDay"), ("last", "endDay")):
                day = given.pop(name, None)
                if day is not None and day not in unchanged[name]:
                    refusals.append(("REPEATING_DAYS_FIXED", (field_,)))
        first, last = old.spans[0]
        new = Record(
            number,
            old.person,
            [(given.get("first", first), given.get("last", last))],
            rounded(given["start"]) if "start" in given else old.start,
            rounded(given["end"]) if "end" in given else old.end,
            given.get("saturday", old.saturday),
            given.get("sunday", old.sunday),
            given.get("is_paid", old.is_paid),
            given.get("reason", old.reason),
            old.repeat,
        )
        refusals += judged(new)
        if refusals:
            raise Refused(*refusals)
        new.spans = expanded(new)
        self.records[number] = new
        sent_start = given.get("start", new.start)
        warnings = self._warnings(new, sent_start, given.get("end", new.end))
        return {"number": number, **shown(new), "warnings": warnings}

    def delete_record(self, number: int, key: str | None, *, dry_run: bool) -> Any:
        def delete() -> Any:
            if number not in self.records:
                raise Refused(("NOT_FOUND", ("id",)))
            if not dry_run:
                del self.records[number]
            return {"number": number}

        return self.once("delete record", key, number, delete, dry_run=dry_run)

    def _warnings(self, record: Record, sent_start: int, sent_end: int) -> list[str]:
        found = ["TIME_ROUNDED"] * ((sent_start != record.start) + (sent_end != record.end))
        found += ["INSTANCE_WITHOUT_COUNTED_DAY"] * sum(
            1 for span in record.spans if not record.counted(span)
        )
        for other in self.records.values():
            same_person = other.person == record.person and other.number != record.number
            if same_person and overlaps(record, other):
                found.append("OVERLAPS_TIME_OFF")
        return sorted(found)


def readable_hours(hours: float) -> bool:
    """Rule 1.1: a hundredth or more, and within a millionth of one."""
    return hours > 1e-6 and abs(round(hours * 100) / 100 - hours) <= 1e-6


def is_quarter(hours: float) -> bool:
    return hours * 4 % 1 == 0


def rounded(minutes: int) -> int:
    """Rule 1.3: to the nearest quarter of the same day."""
    return min((minutes + 7) // 15 * 15, 23 * 60 + 45)


def overlaps(one: Record, other: Record) -> bool:
    """Rules 3.5, 3.9 and 4.2: true times that intersect, a night's also those of the next day."""
    (start, end), (other_start, other_end) = one.interval, other.interval
    return any(
        start < other_end + later and other_start + later < end
        for day in one.days
        for later in (-MIDNIGHT, 0, MIDNIGHT)
        if day + timedelta(minutes=later) in other.days
    )


def meets_month_end(record: Record) -> bool:
    """Rule 3.2: a create whose months lack the first one's day, or whose spans cross their ends."""
    if record.repeat[0] not in {"MONTHLY", "YEARLY"} or len(record.spans) < 2:
        return False
    first_days = {start.day for start, _ in record.spans}
    return len(first_days) > 1 or any(end.month != start.month for start, end in record.spans)


def judged(record: Record) -> list[Refusal]:
    """Rule 3.4: what the fields say by themselves, then what they make together."""
    refusals = [*_judged_fields(record), *_judged_repeat(record)]
    hopeless = {"startDay", "endDay", "cadence", "repeatEndDay"}
    if any(place[0] in hopeless for _, place in refusals):
        return refusals
    spans = expanded(record)
    if len(spans) > MOST_INSTANCES:
        return [*refusals, ("TOO_MANY_INSTANCES", ("repeatEndDay",))]
    if spans[-1][1] > LAST_DAY:
        return [*refusals, ("INVALID_VALUE", ("repeatEndDay",))]
    if any(following[0] <= before[1] for before, following in pairwise(spans)):
        return [*refusals, ("REPEAT_OVERLAPS_ITSELF", ("cadence",))]
    if not any(record.counted(span) for span in spans):
        return [*refusals, ("NO_DAY_COUNTS", ("startDay",))]
    return refusals


def _judged_fields(record: Record) -> Iterator[Refusal]:
    first, last = record.spans[0]
    if record.start == record.end:
        yield "INVALID_VALUE", ("batchEndTime",)
    if not record.reason.strip():
        yield "INVALID_VALUE", ("reason",)
    if last < first:
        yield "DAYS_REVERSED", ("endDay",)


def _judged_repeat(record: Record) -> Iterator[Refusal]:
    repeat, cadence, until = record.repeat
    if repeat == "NEVER":
        return
    if cadence is None:
        yield "REPEAT_INCOMPLETE", ("cadence",)
    elif cadence < 1:
        yield "INVALID_VALUE", ("cadence",)
    if until is None:
        yield "REPEAT_INCOMPLETE", ("repeatEndDay",)
    elif until < record.spans[0][0]:
        yield "DAYS_REVERSED", ("repeatEndDay",)


def expanded(record: Record) -> list[tuple[date, date]]:
    """Rule 3.2: each return is measured from the first day; its start decides."""
    (first, last), (repeat, cadence, until) = record.spans[0], record.repeat
    if repeat == "NEVER" or cadence is None or until is None:
        return [(first, last)]
    spans, turn = [], 0
    while (start := returned(first, repeat, turn * cadence)) <= until:
        spans.append((start, start + (last - first)))
        turn += 1
    return spans


def returned(first: date, repeat: str, steps: int) -> date:
    if repeat == "WEEKLY":
        return first + timedelta(days=7 * steps)
    count = first.month - 1 + steps * (12 if repeat == "YEARLY" else 1)
    year, month = first.year + count // 12, count % 12 + 1
    return date(year, month, min(first.day, months.monthrange(year, month)[1]))


def shown(record: Record) -> dict[str, Any]:
    """What an answer says of a record."""
    return {
        "spans": [*record.spans],
        "start": record.start,
        "end": record.end,
        "saturday": record.saturday,
        "sunday": record.sunday,
        "is_paid": record.is_paid,
        "repeat": record.repeat,
        "hours": record.total_seconds / HOUR,
    }
