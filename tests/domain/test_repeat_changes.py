"""Changes of one occurrence, of one and all that follow, and of all: cases computed by hand."""

from dataclasses import replace
from datetime import date, time
from itertools import count

import pytest

from app.domain.days import DayRange
from app.domain.errors import NoDayCounts, NotFound, Refusals, Refused, TimeOffError
from app.domain.instances import OccurrenceStatus
from app.domain.own_overlaps import MOST_PAIRS
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.recurrence import Repeat
from app.domain.repeat_changes import Scope, change, delete, restore
from tests.domain.person_records import SEED_EXAMPLE, record_of

pytestmark = pytest.mark.rule("3.11")

# 2026: 1 January is a Thursday, 4 March a Wednesday; 29 February is in 2024 and 2028.
WEDNESDAYS = replace(
    SEED_EXAMPLE,
    start_day=date(2026, 3, 4),
    end_day=date(2026, 3, 4),
    batch_start_time=time(8),
    batch_end_time=time(16),
    repeat_end_day=date(2026, 3, 31),
)
"""4, 11, 18 and 25 March."""
LONG_WEEKENDS = replace(WEDNESDAYS, start_day=date(2026, 3, 6), end_day=date(2026, 3, 9))
"""Friday to Monday from 6, 13, 20 and 27 March; Saturdays and Sundays do not count."""
MONTH_ENDS = replace(
    WEDNESDAYS,
    start_day=date(2026, 1, 31),
    end_day=date(2026, 1, 31),
    apply_to_saturday=True,
    repeat=Repeat.MONTHLY,
    repeat_end_day=date(2026, 4, 30),
)
"""31 January (a Saturday), 28 February (a Saturday), 31 March, 30 April."""
LEAP_DAYS = replace(
    WEDNESDAYS,
    start_day=date(2024, 2, 29),
    end_day=date(2024, 3, 1),
    repeat=Repeat.YEARLY,
    repeat_end_day=date(2028, 12, 31),
)
"""29 February 2024, 28 February 2025, 2026 and 2027, 29 February 2028, two days each."""
NIGHTS = replace(WEDNESDAYS, batch_start_time=time(22), batch_end_time=time(6))
ONCE = replace(WEDNESDAYS, repeat=Repeat.NEVER, cadence=None, repeat_end_day=None)
SATURDAY_FIRST = replace(
    WEDNESDAYS,
    start_day=date(2026, 3, 7),
    end_day=date(2026, 3, 7),
    repeat=Repeat.MONTHLY,
    repeat_end_day=date(2026, 5, 31),
)
"""7 March (a Saturday that does not count), 7 April and 7 May."""
ONLY_ONE = replace(WEDNESDAYS, repeat_end_day=date(2026, 3, 10))


def day(text):
    """Read ``03-11`` of 2026, or a whole date."""
    return date.fromisoformat(text if len(text) > len("03-11") else f"2026-{text}")


def skip(original):
    return "delete", Scope.ONE, day(original), {}


def end(original):
    return "delete", Scope.FOLLOWING, day(original), {}


def move(original, first, last=None):
    return one(original, start_day=day(first), end_day=day(last or first))


def one(original, **patch):
    return "change", Scope.ONE, day(original), patch


def following(original, **patch):
    return "change", Scope.FOLLOWING, day(original), patch


def every(**patch):
    return "change", Scope.ALL, None, patch


def back(original):
    return "restore", Scope.ONE, day(original), {}


IDS = "00000000-0000-4000-8000-{:012x}"


def carried_out(wish, *steps):
    """Return the records after the steps, each of the last record; what the last one dropped."""
    ids = map(IDS.format, count(16))
    records, last = [record_of(wish)], None
    for action, scope, original, patch in steps:
        before, refusals = records.pop(), Refusals()
        if action == "change":
            new_id = ids.__next__
            last = change(before, PersonTimeOffPatch(**patch), scope, original, new_id, refusals)
        elif action == "delete":
            last = delete(before, scope, original)
        else:
            last = restore(before, original)
        records += last.records
    return records, last


def told(record):
    """Return the instances as texts: days, and times and paid flag where they are not usual."""
    return [_told(each) for each in record.instances]


def _told(instance):
    span, pattern = instance.span, instance.pattern
    text = f"{span.first:%m-%d}"
    if span.last != span.first:
        text += f"/{span.last:%m-%d}"
    if pattern.interval != (8 * 3600, 16 * 3600):
        text += f" {pattern.start_time:%H}-{pattern.end_time:%H}"
    return text if instance.is_paid else f"{text} unpaid"


PLANNED = ["03-04", "03-11", "03-18", "03-25"]
ENDS = ["01-31", "02-28", "03-31", "04-30"]
UNPAID = {"is_paid": False}

CASES = [
    # One occurrence is skipped
    ("skip the first", WEDNESDAYS, [skip("03-04")], [["03-11", "03-18", "03-25"]]),
    ("skip one in the middle", WEDNESDAYS, [skip("03-11")], [["03-04", "03-18", "03-25"]]),
    ("skip the last", WEDNESDAYS, [skip("03-25")], [["03-04", "03-11", "03-18"]]),
    ("skip two", WEDNESDAYS, [skip("03-25"), skip("03-04")], [["03-11", "03-18"]]),
    (
        "skip one with its weekend",
        LONG_WEEKENDS,
        [skip("03-13")],
        [["03-06/03-09", "03-20/03-23", "03-27/03-30"]],
    ),
    ("skip a clamped one", MONTH_ENDS, [skip("02-28")], [["01-31", "03-31", "04-30"]]),
    (
        "skip 29 February",
        LEAP_DAYS,
        [skip("2028-02-29")],
        [["02-29/03-01", "02-28/03-01", "02-28/03-01", "02-28/03-01"]],
    ),
    # One occurrence is moved
    ("move before", WEDNESDAYS, [move("03-11", "03-10")], [["03-04", "03-10", "03-18", "03-25"]]),
    ("move after", WEDNESDAYS, [move("03-11", "03-12")], [["03-04", "03-12", "03-18", "03-25"]]),
    (
        "move onto another",
        WEDNESDAYS,
        [move("03-11", "03-18")],
        [["03-04", "03-18", "03-18", "03-25"]],
    ),
    (
        "move before the first",
        WEDNESDAYS,
        [move("03-25", "02-27")],
        [["02-27", "03-04", "03-11", "03-18"]],
    ),
    (
        "move over the month's end",
        WEDNESDAYS,
        [move("03-25", "03-31", "04-01")],
        [["03-04", "03-11", "03-18", "03-31/04-01"]],
    ),
    (
        "move a long weekend to the days before it",
        LONG_WEEKENDS,
        [move("03-13", "03-11", "03-12")],
        [["03-06/03-09", "03-11/03-12", "03-20/03-23", "03-27/03-30"]],
    ),
    (
        "move a clamped one to the month's next",
        MONTH_ENDS,
        [move("02-28", "03-02")],
        [["01-31", "03-02", "03-31", "04-30"]],
    ),
    (
        "move the leap day",
        LEAP_DAYS,
        [move("2028-02-29", "2028-03-01")],
        [["02-29/03-01", "02-28/03-01", "02-28/03-01", "02-28/03-01", "03-01"]],
    ),
    (
        "move it twice: it is named by its original day",
        WEDNESDAYS,
        [move("03-11", "03-12"), move("03-11", "03-13")],
        [["03-04", "03-13", "03-18", "03-25"]],
    ),
    (
        "move it back to where the rule has it",
        WEDNESDAYS,
        [move("03-11", "03-12"), move("03-11", "03-11")],
        [["03-04", "03-11", "03-18", "03-25"]],
    ),
    # Times and paid flag of one
    (
        "another paid flag",
        WEDNESDAYS,
        [one("03-11", is_paid=False)],
        [["03-04", "03-11 unpaid", "03-18", "03-25"]],
    ),
    (
        "a night shift",
        WEDNESDAYS,
        [one("03-11", batch_start_time=time(22), batch_end_time=time(6))],
        [["03-04", "03-11 22-06", "03-18", "03-25"]],
    ),
    (
        "half a night",
        NIGHTS,
        [one("03-25", batch_end_time=time(2))],
        [["03-04 22-06", "03-11 22-06", "03-18 22-06", "03-25 22-02"]],
    ),
    (
        "moved and then shorter",
        WEDNESDAYS,
        [move("03-11", "03-12"), one("03-11", batch_end_time=time(12))],
        [["03-04", "03-12 08-12", "03-18", "03-25"]],
    ),
    # This and following
    (
        "following from the middle",
        WEDNESDAYS,
        [following("03-18", batch_end_time=time(12))],
        [["03-04", "03-11"], ["03-18 08-12", "03-25 08-12"]],
    ),
    (
        "following from the last",
        WEDNESDAYS,
        [following("03-25", is_paid=False)],
        [["03-04", "03-11", "03-18"], ["03-25 unpaid"]],
    ),
    (
        "following from the first: the record itself, its rule too",
        WEDNESDAYS,
        [following("03-04", cadence=2)],
        [["03-04", "03-18"]],
    ),
    (
        "following to another weekday",
        WEDNESDAYS,
        [following("03-11", start_day=date(2026, 3, 12), end_day=date(2026, 3, 12))],
        [["03-04"], ["03-12", "03-19", "03-26"]],
    ),
    (
        "following for longer",
        WEDNESDAYS,
        [following("03-25", repeat_end_day=date(2026, 4, 8))],
        [["03-04", "03-11", "03-18"], ["03-25", "04-01", "04-08"]],
    ),
    (
        "following monthly",
        WEDNESDAYS,
        [following("03-11", repeat=Repeat.MONTHLY, repeat_end_day=date(2026, 5, 31))],
        [["03-04"], ["03-11", "04-11", "05-11"]],
    ),
    (
        "following never again",
        WEDNESDAYS,
        [following("03-11", repeat=Repeat.NEVER)],
        [["03-04"], ["03-11"]],
    ),
    (
        "following never again, from one that was moved",
        WEDNESDAYS,
        [move("03-11", "03-12"), following("03-11", repeat=Repeat.NEVER)],
        [["03-04"], ["03-12"]],
    ),
    (
        "with exceptions on both sides",
        WEDNESDAYS,
        [skip("03-04"), move("03-25", "03-26"), following("03-18", is_paid=False)],
        [["03-11"], ["03-18 unpaid", "03-26 unpaid"]],
    ),
    (
        "an exception's own times stay",
        WEDNESDAYS,
        [one("03-25", batch_end_time=time(10)), following("03-18", batch_end_time=time(12))],
        [["03-04", "03-11"], ["03-18 08-12", "03-25 08-10"]],
    ),
    (
        "an exception in its place takes the new length",
        WEDNESDAYS,
        [one("03-25", is_paid=False), following("03-18", end_day=date(2026, 3, 19))],
        [["03-04", "03-11"], ["03-18/03-19", "03-25/03-26 unpaid"]],
    ),
    (
        "what was moved goes along with its original day",
        WEDNESDAYS,
        [move("03-25", "03-09"), following("03-18", is_paid=False)],
        [["03-04", "03-11"], ["03-09 unpaid", "03-18 unpaid"]],
    ),
    (
        "following from a clamped one counts from there",
        MONTH_ENDS,
        [following("02-28", is_paid=False)],
        [["01-31"], ["02-28 unpaid", "03-28 unpaid", "04-28 unpaid"]],
    ),
    (
        "following from a month's last day",
        MONTH_ENDS,
        [following("03-31", is_paid=False)],
        [["01-31", "02-28"], ["03-31 unpaid", "04-30 unpaid"]],
    ),
    (
        "following from 29 February",
        LEAP_DAYS,
        [following("2028-02-29", end_day=date(2028, 2, 29))],
        [["02-29/03-01", "02-28/03-01", "02-28/03-01", "02-28/03-01"], ["02-29"]],
    ),
    (
        "following with the weekend",
        LONG_WEEKENDS,
        [following("03-20", apply_to_saturday=True)],
        [["03-06/03-09", "03-13/03-16"], ["03-20/03-23", "03-27/03-30"]],
    ),
    (
        "of one that never repeats, it becomes a series",
        ONCE,
        [following("03-04", repeat=Repeat.WEEKLY, cadence=1, repeat_end_day=date(2026, 3, 11))],
        [["03-04", "03-11"]],
    ),
    ("one of one that never repeats is all", ONCE, [move("03-04", "03-05")], [["03-05"]]),
    # Nothing that counts lies before it: the record itself
    (
        "following after one that is skipped",
        WEDNESDAYS,
        [skip("03-04"), following("03-11", **UNPAID)],
        [["03-11 unpaid", "03-18 unpaid", "03-25 unpaid"]],
    ),
    (
        "following after two that are skipped, with an exception behind it",
        WEDNESDAYS,
        [*map(skip, ["03-04", "03-11"]), move("03-25", "03-26"), following("03-18", **UNPAID)],
        [["03-18 unpaid", "03-26 unpaid"]],
    ),
    (
        "following after one that was moved to a day that does not count",
        WEDNESDAYS,
        [move("03-04", "03-07"), following("03-11", **UNPAID)],
        [["03-11 unpaid", "03-18 unpaid", "03-25 unpaid"]],
    ),
    (
        "following after one that never counted",
        SATURDAY_FIRST,
        [following("04-07", **UNPAID)],
        [["04-07 unpaid", "05-07 unpaid"]],
    ),
    (
        "following onto the day of one that was skipped: it is not any more",
        WEDNESDAYS,
        [skip("03-04"), following("03-11", start_day=day("03-04"))],
        [["03-04", "03-11", "03-18", "03-25"]],
    ),
    (
        "following after one that is skipped, never again",
        WEDNESDAYS,
        [skip("03-04"), following("03-11", repeat=Repeat.NEVER)],
        [["03-11"]],
    ),
    (
        "end after one that is skipped: nothing is left",
        WEDNESDAYS,
        [skip("03-04"), end("03-11")],
        [],
    ),
    ("end after one that never counted", SATURDAY_FIRST, [end("04-07")], []),
    # A first day alone moves it
    (
        "the first day alone moves it, earlier",
        LONG_WEEKENDS,
        [one("03-13", start_day=day("03-12"))],
        [["03-06/03-09", "03-12/03-15", "03-20/03-23", "03-27/03-30"]],
    ),
    (
        "the first day alone moves it, later, as long as it is now",
        LONG_WEEKENDS,
        [one("03-13", end_day=day("03-13")), one("03-13", start_day=day("03-17"))],
        [["03-06/03-09", "03-17", "03-20/03-23", "03-27/03-30"]],
    ),
    (
        "the first day alone moves all that follow, as long as the rule has them",
        LONG_WEEKENDS,
        [one("03-20", end_day=day("03-20")), following("03-20", start_day=day("03-21"))],
        [["03-06/03-09", "03-13/03-16"], ["03-21/03-24", "03-28/03-31"]],
    ),
    (
        "the first day alone moves one that never repeats",
        replace(ONCE, end_day=day("03-05")),
        [one("03-04", start_day=day("03-10"))],
        [["03-10/03-11"]],
    ),
    (
        "of all, the last day stays",
        replace(ONCE, end_day=day("03-05")),
        [every(start_day=day("03-03"))],
        [["03-03/03-05"]],
    ),
    (
        "a last day alone is another length",
        WEDNESDAYS,
        [one("03-11", end_day=day("03-12"))],
        [["03-04", "03-11/03-12", "03-18", "03-25"]],
    ),
    # Nothing is changed
    *(
        (f"following changes nothing: {name}", wish, [*steps, following(original, **same)], [left])
        for name, wish, steps, original, same, left in (
            ("left out", WEDNESDAYS, [], "03-11", {}, PLANNED),
            ("as it is", WEDNESDAYS, [], "03-18", {"start_day": day("03-18")}, PLANNED),
            ("rounded to it", WEDNESDAYS, [], "03-18", {"batch_end_time": time(16, 3)}, PLANNED),
            ("of the first", WEDNESDAYS, [], "03-04", {"is_paid": True}, PLANNED),
            ("of a skipped one", WEDNESDAYS, [skip("03-25")], "03-25", {}, PLANNED[:3]),
            ("after one that is skipped", WEDNESDAYS, [skip("03-04")], "03-11", {}, PLANNED[1:]),
            ("of the shorter month", MONTH_ENDS, [], "02-28", {"cadence": 1}, ENDS),
            ("of one that never repeats", ONCE, [], "03-04", {}, PLANNED[:1]),
        )
    ),
    # The end
    ("end before the last", WEDNESDAYS, [end("03-25")], [["03-04", "03-11", "03-18"]]),
    ("end before the second", WEDNESDAYS, [end("03-11")], [["03-04"]]),
    ("end with an exception", WEDNESDAYS, [skip("03-11"), end("03-18")], [["03-04"]]),
    ("end at the first: nothing is left", WEDNESDAYS, [end("03-04")], []),
    # All, after exceptions
    (
        "all keeps exceptions",
        WEDNESDAYS,
        [skip("03-04"), move("03-11", "03-12"), every(batch_end_time=time(12))],
        [["03-12 08-12", "03-18 08-12", "03-25 08-12"]],
    ),
    (
        "but for what they have of their own",
        WEDNESDAYS,
        [one("03-11", is_paid=False, batch_end_time=time(10)), every(batch_end_time=time(12))],
        [["03-04 08-12", "03-11 08-10 unpaid", "03-18 08-12", "03-25 08-12"]],
    ),
    (
        "weekends that count are of all",
        LONG_WEEKENDS,
        [move("03-13", "03-14", "03-15"), every(apply_to_saturday=True, apply_to_sunday=True)],
        [["03-06/03-09", "03-14/03-15", "03-20/03-23", "03-27/03-30"]],
    ),
    # Back as the rule has it
    *(
        (f"restore {name}", WEDNESDAYS, [step, back("03-11")], [PLANNED])
        for name, step in (
            ("what was skipped", skip("03-11")),
            ("what was moved", move("03-11", "03-31")),
            ("other times", one("03-11", batch_start_time=time(22), batch_end_time=time(6))),
            ("the paid flag", one("03-11", is_paid=False)),
            ("what is as it was", every()),
        )
    ),
    (
        "restore a clamped one",
        MONTH_ENDS,
        [skip("02-28"), back("02-28")],
        [["01-31", "02-28", "03-31", "04-30"]],
    ),
    (
        "restore what went along",
        WEDNESDAYS,
        [skip("03-25"), following("03-18", is_paid=False), back("03-25")],
        [["03-04", "03-11"], ["03-18 unpaid", "03-25 unpaid"]],
    ),
]


# The same of repeats with weekends that do not count, of month ends, and of 29 February

WEEKENDS = ["03-06/03-09", "03-13/03-16", "03-20/03-23", "03-27/03-30"]
LEAPS = ["02-29/03-01", "02-28/03-01", "02-28/03-01", "02-28/03-01", "02-29/03-01"]
NIGHT = {"batch_start_time": time(22), "batch_end_time": time(6)}

EDGES = [
    ("skip the first", LONG_WEEKENDS, [skip("03-06")], [WEEKENDS[1:]]),
    ("skip the first", MONTH_ENDS, [skip("01-31")], [ENDS[1:]]),
    ("skip the first", LEAP_DAYS, [skip("2024-02-29")], [LEAPS[1:]]),
    ("skip the last", LONG_WEEKENDS, [skip("03-27")], [WEEKENDS[:3]]),
    ("skip the last", MONTH_ENDS, [skip("04-30")], [ENDS[:3]]),
    ("skip one in the middle", LEAP_DAYS, [skip("2026-02-28")], [LEAPS[:2] + LEAPS[3:]]),
    ("move before", MONTH_ENDS, [move("02-28", "02-27")], [["01-31", "02-27", *ENDS[2:]]]),
    (
        "move before",
        LEAP_DAYS,
        [move("2025-02-28", "2025-02-26", "2025-02-27")],
        [[LEAPS[0], "02-26/02-27", *LEAPS[2:]]],
    ),
    (
        "move after",
        LONG_WEEKENDS,
        [move("03-13", "03-17", "03-18")],
        [[WEEKENDS[0], "03-17/03-18", *WEEKENDS[2:]]],
    ),
    (
        "move onto another",
        LONG_WEEKENDS,
        [move("03-13", "03-20", "03-23")],
        [[WEEKENDS[0], WEEKENDS[2], *WEEKENDS[2:]]],
    ),
    ("move onto another", MONTH_ENDS, [move("02-28", "03-31")], [["01-31", "03-31", *ENDS[2:]]]),
    (
        "move onto another",
        LEAP_DAYS,
        [move("2025-02-28", "2026-02-28", "2026-03-01")],
        [LEAPS],
    ),
    (
        "move over the month's end",
        LONG_WEEKENDS,
        [move("03-27", "03-30", "04-01")],
        [[*WEEKENDS[:3], "03-30/04-01"]],
    ),
    (
        "move over the month's end",
        MONTH_ENDS,
        [move("04-30", "04-30", "05-01")],
        [[*ENDS[:3], "04-30/05-01"]],
    ),
    (
        "move over the month's end",
        LEAP_DAYS,
        [move("2028-02-29", "2028-02-29", "2028-03-02")],
        [[*LEAPS[:4], "02-29/03-02"]],
    ),
    (
        "a night shift",
        LONG_WEEKENDS,
        [one("03-13", **NIGHT)],
        [[WEEKENDS[0], "03-13/03-16 22-06", *WEEKENDS[2:]]],
    ),
    ("a night shift", MONTH_ENDS, [one("02-28", **NIGHT)], [["01-31", "02-28 22-06", *ENDS[2:]]]),
    (
        "a night shift",
        LEAP_DAYS,
        [one("2026-02-28", **NIGHT)],
        [[*LEAPS[:2], "02-28/03-01 22-06", *LEAPS[3:]]],
    ),
    (
        "following from the first",
        LONG_WEEKENDS,
        [following("03-06", cadence=2)],
        [[WEEKENDS[0], WEEKENDS[2]]],
    ),
    ("following from the first", MONTH_ENDS, [following("01-31", cadence=2)], [["01-31", "03-31"]]),
    ("following from the first", LEAP_DAYS, [following("2024-02-29", cadence=2)], [LEAPS[::2]]),
    (
        "following from the middle",
        LEAP_DAYS,
        [following("2026-02-28", **UNPAID)],
        [LEAPS[:2], ["02-28/03-01 unpaid", "02-28/03-01 unpaid", "02-28/02-29 unpaid"]],
    ),
    (
        "following from the last",
        LONG_WEEKENDS,
        [following("03-27", **UNPAID)],
        [WEEKENDS[:3], ["03-27/03-30 unpaid"]],
    ),
    (
        "following from the last",
        MONTH_ENDS,
        [following("04-30", **UNPAID)],
        [ENDS[:3], ["04-30 unpaid"]],
    ),
    (
        "with exceptions on both sides",
        LONG_WEEKENDS,
        [skip("03-06"), move("03-27", "03-26"), following("03-20", **UNPAID)],
        [[WEEKENDS[1]], ["03-20/03-23 unpaid", "03-26 unpaid"]],
    ),
    (
        "with exceptions on both sides",
        MONTH_ENDS,
        [skip("01-31"), move("04-30", "04-29"), following("03-31", **UNPAID)],
        [["02-28"], ["03-31 unpaid", "04-29 unpaid"]],
    ),
    (
        "with exceptions on both sides: 28 February comes back without the 29th",
        LEAP_DAYS,
        [
            skip("2024-02-29"),
            move("2028-02-29", "2028-03-06"),
            following("2026-02-28", **UNPAID),
        ],
        [[LEAPS[1]], ["02-28/03-01 unpaid", "02-28/03-01 unpaid", "02-28/02-29 unpaid"]],
    ),
    (
        "following after one that is skipped",
        LONG_WEEKENDS,
        [skip("03-06"), following("03-13", **UNPAID)],
        [[f"{each} unpaid" for each in WEEKENDS[1:]]],
    ),
    (
        "following after one that is skipped: 28 February comes back without the 31st",
        MONTH_ENDS,
        [skip("01-31"), following("02-28", **UNPAID)],
        [["02-28 unpaid", "03-28 unpaid", "04-28 unpaid"]],
    ),
    (
        "following after one that is skipped: and without the 29th",
        LEAP_DAYS,
        [skip("2024-02-29"), following("2025-02-28", **UNPAID)],
        [[*(f"{each} unpaid" for each in LEAPS[1:4]), "02-28/02-29 unpaid"]],
    ),
    *(
        ("end after one that is skipped", wish, [skip(first), end(second)], [])
        for wish, first, second in (
            (LONG_WEEKENDS, "03-06", "03-13"),
            (MONTH_ENDS, "01-31", "02-28"),
            (LEAP_DAYS, "2024-02-29", "2025-02-28"),
        )
    ),
    (
        "all after exceptions",
        MONTH_ENDS,
        [skip("02-28"), move("03-31", "03-30"), every(batch_end_time=time(12))],
        [["01-31 08-12", "03-30 08-12", "04-30 08-12"]],
    ),
    (
        "all after exceptions",
        LEAP_DAYS,
        [skip("2024-02-29"), every(**UNPAID)],
        [[f"{each} unpaid" for each in LEAPS[1:]]],
    ),
    *(
        (f"restore {name}", wish, [step, back(original)], [planned])
        for wish, original, other, planned in (
            (LONG_WEEKENDS, "03-13", "03-11", WEEKENDS),
            (MONTH_ENDS, "02-28", "03-02", ENDS),
            (LEAP_DAYS, "2028-02-29", "2028-03-01", LEAPS),
        )
        for name, step in (
            ("what was skipped", skip(original)),
            ("what was moved", move(original, other)),
            ("other times", one(original, **NIGHT)),
            ("the paid flag", one(original, **UNPAID)),
        )
    ),
]


@pytest.mark.parametrize(
    ("wish", "steps", "expected"),
    [pytest.param(wish, steps, expected, id=name) for name, wish, steps, expected in CASES + EDGES],
)
def test_what_becomes_of_a_record(wish, steps, expected):
    records, _ = carried_out(wish, *steps)

    assert list(map(told, records)) == expected
    for record in records:
        ends = [each.span.last for each in record.instances]
        assert record.last_day == max(ends)
        ids = [each.id for each in record.occurrences]
        assert len(set(ids)) == len(ids)


REFUSED = [
    ("the only one is skipped", ONLY_ONE, [skip("03-04")], NoDayCounts),
    *(
        (
            "the only one is skipped",
            replace(wish, repeat_end_day=day(until)),
            [skip(first)],
            NoDayCounts,
        )
        for wish, first, until in (
            (LONG_WEEKENDS, "03-06", "03-12"),
            (MONTH_ENDS, "01-31", "02-27"),
            (LEAP_DAYS, "2024-02-29", "2025-02-27"),
        )
    ),
    ("the only one of a record that never repeats", ONCE, [skip("03-04")], NoDayCounts),
    (
        "the last that counts",
        WEDNESDAYS,
        [*map(skip, ["03-04", "03-11", "03-18", "03-25"])],
        NoDayCounts,
    ),
    (
        "the one that stays is skipped",
        WEDNESDAYS,
        [skip("03-11"), following("03-11", repeat=Repeat.NEVER)],
        NoDayCounts,
    ),
    ("no occurrence of the rule", WEDNESDAYS, [skip("03-12")], NotFound),
    (
        "named by where it was moved to",
        WEDNESDAYS,
        [move("03-11", "03-12"), skip("03-12")],
        NotFound,
    ),
    ("none is named", WEDNESDAYS, [("change", Scope.ONE, None, {})], TimeOffError),
    ("one is named of all", WEDNESDAYS, [("change", Scope.ALL, day("03-11"), {})], TimeOffError),
    ("skipped already", WEDNESDAYS, [skip("03-11"), skip("03-11")], TimeOffError),
    ("skipped, and then moved", WEDNESDAYS, [skip("03-11"), move("03-11", "03-12")], TimeOffError),
    ("the reason is the record's", WEDNESDAYS, [one("03-11", reason="medical")], TimeOffError),
    ("so is the rule", WEDNESDAYS, [one("03-11", cadence=1)], TimeOffError),
    ("days reversed", WEDNESDAYS, [move("03-11", "03-12", "03-11")], TimeOffError),
    ("out of the calendar", WEDNESDAYS, [move("03-11", "1999-12-31")], TimeOffError),
    *(
        ("a first day alone, out of the calendar", wish, [one(of, start_day=day(to))], TimeOffError)
        for wish, of, to in (
            (WEDNESDAYS, "03-11", "1999-12-31"),
            (WEDNESDAYS, "03-11", "9999-12-31"),
            (LONG_WEEKENDS, "03-13", "2099-12-30"),
        )
    ),
    (
        "no time between",
        WEDNESDAYS,
        [one("03-11", batch_start_time=time(16, 3))],
        TimeOffError,
    ),
    ("the rule of all", WEDNESDAYS, [every(cadence=2)], TimeOffError),
    (
        "the new rule overlaps itself",
        WEDNESDAYS,
        [following("03-11", end_day=date(2026, 3, 18))],
        TimeOffError,
    ),
]


@pytest.mark.parametrize(
    ("wish", "steps", "expected"),
    [pytest.param(wish, steps, expected, id=name) for name, wish, steps, expected in REFUSED],
)
def test_what_is_refused(wish, steps, expected):
    if len(steps) > 1:
        carried_out(wish, *steps[:-1])

    with pytest.raises((Refused, TimeOffError)) as refused:
        carried_out(wish, *steps)

    errors = getattr(refused.value, "errors", [refused.value])
    assert [type(each) for each in errors if not isinstance(each, expected)] == []


@pytest.mark.rule("3.12")
def test_exceptions_whose_day_the_new_rule_lacks_are_dropped_and_told():
    records, last = carried_out(
        WEDNESDAYS,
        skip("03-18"),
        move("03-25", "03-26"),
        following("03-11", start_day=date(2026, 3, 12), end_day=date(2026, 3, 12)),
    )

    assert list(map(told, records)) == [["03-04"], ["03-12", "03-19", "03-26"]]
    assert [(str(each.original_day), each.status) for each in last.dropped] == [
        ("2026-03-18", OccurrenceStatus.SKIPPED),
        ("2026-03-25", OccurrenceStatus.CHANGED),
    ]


@pytest.mark.rule("3.12")
def test_a_new_record_says_whence_it_goes_on():
    (before, after), _ = carried_out(WEDNESDAYS, following("03-18", reason="other"))

    assert (after.split_from, before.split_from) == ("record", None)
    assert (before.reason, after.reason) == ("medical", "other")
    assert before.rule.until == date(2026, 3, 17)
    assert not {each.id for each in before.instances} & {each.id for each in after.instances}


@pytest.mark.rule("3.12")
def test_what_lies_before_it_and_does_not_count_is_dropped_and_told():
    steps = [skip("03-04"), move("03-11", "03-14"), move("03-25", "03-26")]
    ((before,), _) = carried_out(WEDNESDAYS, *steps)
    ((after,), last) = carried_out(WEDNESDAYS, *steps, following("03-18", **UNPAID))
    (none_left, deleted) = carried_out(WEDNESDAYS, *steps, end("03-18"))

    assert (after.id, after.split_from) == ("record", None)
    assert [each.id for each in after.instances] == [each.id for each in before.instances[1:]]
    assert dropped_by(last) == [("03-04", "SKIPPED"), ("03-11", "CHANGED")]
    assert none_left == []
    assert dropped_by(deleted) == [*dropped_by(last), ("03-25", "CHANGED")]


def dropped_by(revision):
    return [(f"{each.original_day:%m-%d}", each.status.value) for each in revision.dropped]


@pytest.mark.rule("3.12")
@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="of a repeat"),
        pytest.param([skip("03-04"), move("03-25", "03-26")], id="with exceptions on both sides"),
    ],
)
def test_following_that_changes_nothing_leaves_the_record_as_it_is(steps):
    (before,), _ = carried_out(WEDNESDAYS, *steps)
    records, last = carried_out(WEDNESDAYS, *steps, following("03-11", cadence=1))

    assert records == [before]
    assert dropped_by(last) == []
    assert [each.code.value for each in last.warnings] == ["NOTHING_CHANGED"]


@pytest.mark.rule("4.6")
def test_what_is_a_change_by_itself_splits_also_where_it_says_what_is_so():
    """Whoever may not read a reason does not learn that a guess was right."""
    refusals, ids = Refusals(), map(IDS.format, count(16))
    patch = PersonTimeOffPatch(reason="medical")

    revision = change(
        record_of(WEDNESDAYS),
        patch,
        Scope.FOLLOWING,
        day("03-18"),
        ids.__next__,
        refusals,
        is_change=True,
    )

    assert list(map(told, revision.records)) == [PLANNED[:2], PLANNED[2:]]
    assert revision.warnings == ()


@pytest.mark.rule("3.3")
def test_an_occurrence_that_stays_on_its_day_keeps_its_id():
    first = {each.original_day: each.id for each in record_of(WEDNESDAYS).instances}

    for patch in ({"cadence": 2}, {"repeat_end_day": date(2026, 4, 30)}, {"cadence": 3}):
        ((after,), _) = carried_out(WEDNESDAYS, following("03-04", **patch))
        now = {each.original_day: each.id for each in after.instances}
        assert {day: now[day] for day in first.keys() & now.keys()} == {
            day: first[day] for day in first.keys() & now.keys()
        }
        assert not {now[day] for day in now.keys() - first.keys()} & set(first.values())


def test_a_moved_occurrence_keeps_its_id():
    before = record_of(WEDNESDAYS).instances[1]
    ((after,), _) = carried_out(WEDNESDAYS, move("03-11", "03-31"))

    assert after.instances[-1].id == before.id
    assert after.instances[-1].original_day == day("03-11")


def warnings_of(*steps, wish=WEDNESDAYS):
    _, last = carried_out(wish, *steps)
    return [(each.code.value, each.message) for each in last.warnings]


@pytest.mark.rule("3.9")
def test_occurrences_that_meet_are_told_once():
    moved = move("03-11", "03-18")
    words = "The occurrences of 2026-03-11 and 2026-03-18 of this time off meet, first on"

    assert warnings_of(moved) == [("OVERLAPS_TIME_OFF", f"{words} 2026-03-18.")]
    assert warnings_of(moved, skip("03-04"), every(is_paid=False)) == []
    assert warnings_of(move("03-11", "03-12")) == []
    # A night of the 17th goes on into the 18th.
    assert warnings_of(_night_until(8)) == []
    assert warnings_of(_night_until(9)) == [("OVERLAPS_TIME_OFF", f"{words} 2026-03-17.")]


@pytest.mark.rule("3.9")
def test_of_very_many_that_meet_some_are_named():
    starts = ["03-04", "03-11", "03-18", "03-25", "04-01", "04-08", "04-15"]
    wish = replace(WEDNESDAYS, repeat_end_day=date(2026, 4, 22))
    saturday = date(2026, 5, 9)
    steps = [one(each, start_day=saturday, end_day=saturday) for each in starts]

    *_, last = messages = [
        message for _, message in warnings_of(*steps, every(apply_to_saturday=True), wish=wish)
    ]

    assert (len(messages), last) == (
        MOST_PAIRS + 1,
        "Other pairs of its occurrences that meet: 1.",
    )


def _night_until(hour):
    return one(
        "03-11",
        start_day=day("03-17"),
        end_day=day("03-17"),
        batch_start_time=time(22),
        batch_end_time=time(hour),
    )


@pytest.mark.rule("3.12")
def test_a_repeat_that_goes_on_from_a_shorter_month_says_so():
    *_, warning = warnings_of(following("02-28", is_paid=False), wish=MONTH_ENDS)

    words = "From 2026-02-28 on it comes back on day 28, no longer on day 31."
    assert warning == ("REPEAT_MEETS_MONTH_END", words)


@pytest.mark.rule("3.12")
def test_a_repeat_that_goes_on_from_a_shorter_month_in_its_own_record_says_so():
    steps = [skip("01-31"), following("02-28", is_paid=False)]

    assert [code for code, _ in warnings_of(*steps, wish=MONTH_ENDS)] == ["REPEAT_MEETS_MONTH_END"]


@pytest.mark.rule("3.12")
def test_what_goes_on_before_the_occurrence_that_was_named_says_so():
    def said(first, *steps):
        both = {"start_day": day(first), "end_day": day(first)}
        return warnings_of(*steps, following("03-18", **both))

    begins = (
        "What goes on begins on 2026-03-{}, before the occurrence of 2026-03-18 that was named."
    )
    beside = " Occurrences that stay lie there as well: {}."
    code = "BEGINS_BEFORE_OCCURRENCE"

    assert said("03-19") == []
    assert said("03-17") == [(code, begins.format("17"))]
    assert said("03-11") == [(code, begins.format("11") + beside.format("2026-03-11"))]
    # What was moved lies where it is now.
    moved = move("03-04", "03-16"), move("03-11", "03-31")
    assert said("03-16", *moved) == [(code, begins.format("16") + beside.format("2026-03-16"))]
    # Nothing stays where nothing counts before it: the record itself begins elsewhere.
    assert said("03-17", skip("03-04"), skip("03-11")) == []


@pytest.mark.rule("3.11")
def test_a_first_day_that_is_sent_alone_says_where_it_ends():
    words = (
        "Only the first day was sent: the length stays as it is, 2026-03-{} to 2026-03-{} instead "
        "of 2026-03-{} to 2026-03-{}. Send the last day as well for another length."
    )
    thursday = {"start_day": day("03-12")}

    for change_of in (one, following):
        ((code, message), *_) = reversed(
            warnings_of(change_of("03-13", **thursday), wish=LONG_WEEKENDS)
        )
        assert (code, message) == ("LENGTH_KEPT", words.format(12, 15, 13, 16))
    for same in ({"start_day": day("03-13")}, thursday | {"end_day": day("03-16")}):
        assert warnings_of(one("03-13", **same), wish=LONG_WEEKENDS) == []


def test_an_occurrence_that_counts_no_day_is_told():
    (warning,) = warnings_of(move("03-11", "03-14"))

    assert warning[0] == "INSTANCE_WITHOUT_COUNTED_DAY"


@pytest.mark.rule("3.9")
def test_a_day_with_two_occurrences_has_the_union_of_their_hours():
    ((record,), _) = carried_out(
        WEDNESDAYS,
        one(
            "03-11",
            start_day=day("03-18"),
            end_day=day("03-18"),
            batch_start_time=time(12),
            batch_end_time=time(18),
            is_paid=False,
        ),
    )
    hours = [
        (str(on), brought.starts // 3600, brought.ends // 3600, brought.is_paid)
        for on, brought in record.clocked_days()
        if on == day("03-18")
    ]

    assert hours == [("2026-03-18", 8, 16, True), ("2026-03-18", 16, 18, False)]
    assert record.total_seconds == (8 + 10 + 8) * 3600
    assert [str(on) for on in record.counted_days()] == ["2026-03-04", "2026-03-18", "2026-03-25"]


def test_what_is_as_the_rule_has_it_is_no_exception():
    ((record,), _) = carried_out(WEDNESDAYS, move("03-11", "03-12"), move("03-11", "03-11"))

    assert record.exceptions == ()


@pytest.mark.rule("4.3")
def test_the_days_of_a_window_have_the_hours_of_their_occurrences():
    ((record,), _) = carried_out(
        WEDNESDAYS,
        one(
            "03-11",
            start_day=day("03-18"),
            end_day=day("03-18"),
            batch_start_time=time(18),
            batch_end_time=time(20),
        ),
    )

    hours = [
        (str(on), brought.starts // 3600, brought.ends // 3600)
        for on, brought in record.clocked_days(DayRange(day("03-05"), day("03-20")))
    ]

    assert hours == [("2026-03-18", 8, 16), ("2026-03-18", 18, 20)]
