"""Which runs of days a span has in a feed, and when its events were changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar_feeds import (
    MAX_EVENTS,
    FeedEvent,
    KantataDays,
    LastChange,
    LastChanges,
    Revised,
    entry_event,
    feed_window,
    instance_events,
    judged_days,
    latest,
    runs,
)
from app.domain.contributions import ClockHours, EntryHours
from app.domain.days import DaySpan
from app.domain.durations import HOUR, HUNDREDTH, MINUTE
from app.domain.errors import Refusals
from app.domain.feeds import MAX_JOB_TITLES, MAX_ROLES, CalendarFeed, judge_feed
from app.domain.filters import WorkerFilter
from app.domain.identifiers import Kind
from app.domain.instances import Instance
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.time_off_entries import TimeOffEntry
from app.domain.workers import Worker
from app.domain.workweek import Calendar, WorkweekPattern

days = st.dates(date(2026, 1, 1), date(2026, 3, 31))
spans = st.lists(days, min_size=2, max_size=2).map(lambda ends: DaySpan(min(ends), max(ends)))
patterns = st.builds(Pattern, st.just(time(8)), st.just(time(16)), st.booleans(), st.booleans())


@given(patterns, spans, spans)
def test_runs_are_the_counted_days_each_as_long_as_can_be(pattern, span, window):
    found = list(runs(pattern, span, window))

    counted = set(pattern.counted_days(span))
    assert {day for run in found for day in run} >= counted & set(window)
    for run in found:
        assert run.overlaps(window)
        assert set(run) <= counted
        assert run.first - timedelta(days=1) not in counted
        assert run.last + timedelta(days=1) not in counted
    assert all(one.last < other.first for one, other in pairwise(found))


@pytest.mark.parametrize("both", [True, False])
def test_a_century_takes_no_longer_than_its_window(both):
    century = DaySpan(date(2000, 1, 1), date(2099, 12, 31))
    window = feed_window(date(2026, 3, 2))

    found = list(runs(Pattern(time(8), time(16), both, both), century, window))

    # One run in all, or one a week, of which the first begins before the window.
    assert len(found) == (1 if both else 157)
    assert found[0].overlaps(window)


def test_a_window_is_a_year_back_and_two_ahead():
    assert feed_window(date(2026, 3, 2)) == DaySpan(date(2025, 3, 2), date(2028, 3, 1))


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
ENTRY = TimeOffEntry(
    id=7,
    company_id="c",
    user_id=1,
    requested_date=MONDAY,
    submission_date=MONDAY,
    seconds=HOUR,
    created_at=NOON,
    updated_at=NOON,
)
RECORD = PersonTimeOff(
    id="r",
    company_id="c",
    person_id="p",
    span=DaySpan(MONDAY, MONDAY),
    last_day=MONDAY,
    pattern=Pattern(time(8), time(16), apply_to_saturday=False, apply_to_sunday=False),
    is_paid=True,
    reason=None,
    rule=None,
    instance_ids=("i",),
    created_at=NOON,
    updated_at=NOON,
)
JOINED = Worker("c", 1, "p", "Ada", None)
ALONE = Worker("c", None, "p", "Grace", None)


def at(number, hours=0, made_by=None):
    """A change with its number, so many hours after noon."""
    return LastChange(number, NOON + timedelta(hours=hours), made_by)


@pytest.mark.parametrize(
    ("record", "worker", "objects", "calendars", "sequence", "hours"),
    [
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5)}, None, 0, 0, id="as it was made"),
        pytest.param(ENTRY, JOINED, {"7": at(9, 1, 5)}, at(3), 4, 1, id="changed since"),
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5)}, at(8, 2), 3, 2, id="other hours of work"),
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5), "1": at(6, 3)}, None, 1, 3, id="a name"),
        pytest.param(ENTRY, JOINED, {"7": at(5, 0, 5), "U1": at(6, 3)}, None, 0, 0, id="a link"),
        pytest.param(RECORD, JOINED, {"r": at(5, 0, 5), "U1": at(6, 3)}, None, 1, 3, id="a user"),
        pytest.param(RECORD, ALONE, {"r": at(5, 0, 5), "Pp": at(6, 3)}, None, 1, 3, id="a person"),
        pytest.param(RECORD, ALONE, {"r": at(5, 0, 5), "U1": at(6, 3)}, None, 0, 0, id="another"),
        pytest.param(RECORD, ALONE, {}, None, 0, 0, id="nothing is known"),
        pytest.param(RECORD, ALONE, {"r": at(4)}, at(3), 4, 0, id="not known which change made it"),
        pytest.param(
            RECORD, ALONE, {"r": at(6, -1, 5)}, at(7, -2), 2, 0, id="a clock that was set back"
        ),
    ],
)
def test_an_event_is_as_new_as_what_it_depends_on(
    record, worker, objects, calendars, sequence, hours
):
    kinds = {"7": Kind.ENTRY, "1": Kind.USER, "r": Kind.PERSON_TIME_OFF}
    known = {(kinds.get(key, Kind.WORKER), key): change for key, change in objects.items()}

    revised = LastChanges(known, calendars).revised(record, worker)

    assert (revised.sequence, revised.changed_at) == (sequence, NOON + timedelta(hours=hours))
    assert revised.created_at == NOON


WHOLE = {
    # A record is made, its worker is renamed, it is deleted, it comes back, and is changed.
    "r": [(5, 0, True), (20, 3, False), (21, 4, True), (24, 6, False)],
    "Pp": [(9, 1, False)],
}
CALENDARS = [(6, 0), (12, 2), (22, 5)]


@pytest.mark.parametrize("is_late", [False, True])
def test_the_sequence_never_goes_back_whatever_is_forgotten(is_late):
    """``is_late``: the change that made the record is later than the record says it was made."""
    late = timedelta(milliseconds=is_late)

    def known_after(forgotten):
        objects = {}
        for key, all_ in WHOLE.items():
            mine = [each for each in all_ if each[0] > forgotten]
            made = [each for each in mine if each[2]]
            if mine:
                kind = Kind.PERSON_TIME_OFF if key == "r" else Kind.WORKER
                number, hours, _ = mine[-1]
                objects[kind, key] = LastChange(
                    number,
                    NOON + timedelta(hours=hours),
                    made[0][0] if made else None,
                    NOON + timedelta(hours=made[0][1]) + late if made else None,
                )
        calendars = [each for each in CALENDARS if each[0] > forgotten]
        return LastChanges(objects, at(*calendars[-1]) if calendars else None, forgotten=forgotten)

    seen = [known_after(each).revised(RECORD, ALONE).sequence for each in range(40)]

    assert seen[0] == 24 - 5
    assert seen == sorted(seen)
    assert seen[-1] == 39


# Whom a feed shows.


@pytest.mark.parametrize(
    ("worker_id", "company_id", "narrowed", "expected"),
    [
        pytest.param("U1", None, {}, [], id="a worker"),
        pytest.param(None, "c", {}, [], id="a company"),
        pytest.param(
            None,
            "c",
            {"role_ids": [1], "job_titles": ["Welder"], "name": "Ada"},
            [],
            id="a company's workers of a role, job title and name",
        ),
        pytest.param(None, "c", {"role_ids": [1] * MAX_ROLES}, [], id="a hundred roles"),
        pytest.param(None, "c", {"job_titles": ["a"] * MAX_JOB_TITLES}, [], id="a hundred titles"),
        pytest.param(None, None, {}, [("company_id",)], id="nobody"),
        pytest.param("U1", "c", {}, [("company_id",)], id="a worker of a company"),
        pytest.param("U1", None, {"role_ids": [1]}, [("role_ids",)], id="a worker of a role"),
        pytest.param(
            "U1", None, {"job_titles": ["a"]}, [("job_titles",)], id="a worker of a job title"
        ),
        pytest.param("U1", None, {"name": "Ada"}, [("name",)], id="a worker of a name"),
        pytest.param(None, "c", {"role_ids": []}, [("role_ids",)], id="no roles at all"),
        pytest.param(
            None, "c", {"role_ids": [1] * (MAX_ROLES + 1)}, [("role_ids",)], id="101 roles"
        ),
        pytest.param(None, "c", {"job_titles": []}, [("job_titles",)], id="no job titles at all"),
        pytest.param(
            None,
            "c",
            {"job_titles": ["a"] * (MAX_JOB_TITLES + 1)},
            [("job_titles",)],
            id="101 job titles",
        ),
        pytest.param(
            None,
            "c",
            {"job_titles": ["a", "b\x00"]},
            [("job_titles", 1)],
            id="a job title that none has",
        ),
        pytest.param(None, "c", {"name": " "}, [("name",)], id="a blank name"),
        pytest.param(
            None,
            None,
            {"role_ids": [], "job_titles": [], "name": " "},
            [("company_id",), ("role_ids",), ("job_titles",), ("name",)],
            id="all",
        ),
    ],
)
def test_a_feed_is_of_a_worker_or_of_a_companys_workers(worker_id, company_id, narrowed, expected):
    assert (MAX_ROLES, MAX_JOB_TITLES) == (100, 100)
    refusals = Refusals()
    nothing = {"role_ids": None, "job_titles": None, "name": None}

    judge_feed(worker_id, company_id, **(nothing | narrowed), refusals=refusals)

    assert [error.path for error in refusals.errors] == expected


def feed(worker_id=None, role_ids=(), job_titles=(), name=None):
    return CalendarFeed(
        id="f",
        company_id="c",
        worker_id=worker_id,
        role_ids=role_ids,
        job_titles=job_titles,
        name=name,
        created_at=NOON,
    )


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(feed("U1"), WorkerFilter("c", worker_ids=("U1",)), id="a worker"),
        pytest.param(feed(), WorkerFilter("c"), id="everybody of the company"),
        pytest.param(
            feed(role_ids=(1, 2), job_titles=("Welder",), name="Ada"),
            WorkerFilter("c", role_ids=(1, 2), job_titles=("Welder",), name="Ada"),
            id="those of roles, job titles and a name",
        ),
    ],
)
def test_a_feed_looks_for_workers_as_everybody_does(shown, expected):
    assert shown.wanted == expected


# Events.


def test_a_run_that_begins_on_the_windows_last_day_is_judged_by_a_week():
    window = DaySpan(date(2026, 3, 2), date(2026, 3, 31))

    assert judged_days(date(2026, 3, 10), window) == DaySpan(window.first, date(2026, 4, 6))
    assert judged_days(date(2026, 2, 1), window) == DaySpan(date(2026, 2, 1), date(2026, 4, 6))


def workdays(*minutes):
    """A calendar with so many minutes of work from Monday on."""
    return Calendar(own=[WorkweekPattern(date(2026, 1, 1), None, minutes)])


@pytest.mark.parametrize(
    ("hours", "calendar", "takes_whole_days"),
    [
        pytest.param(8, Calendar(), True, id="a workday"),
        pytest.param(7.99, Calendar(), False, id="0.01 h less"),
        pytest.param(9, Calendar(), True, id="more than a workday"),
        pytest.param(7.33, workdays(*[440] * 7), True, id="less than 0.01 h is lacking of 7 h 20"),
        pytest.param(1, Calendar(holidays=[DaySpan(MONDAY, MONDAY)]), True, id="a holiday"),
    ],
)
@pytest.mark.rule("2.3")
def test_an_entrys_event_is_its_day(hours, calendar, takes_whole_days):
    seconds = round(hours * 100) * HUNDREDTH
    entry = replace(ENTRY, seconds=seconds)

    assert entry_event(entry, JOINED, calendar, LastChanges({})) == FeedEvent(
        uid="7-2026-03-02",
        worker_name="Ada",
        span=DaySpan(MONDAY, MONDAY),
        brought=EntryHours(7, seconds),
        takes_whole_days=takes_whole_days,
        revised=Revised(NOON, NOON, 0),
    )


def entered(day, hours, id_=7):
    return replace(ENTRY, id=id_, requested_date=day, seconds=hours * HOUR)


def test_kantatas_days_are_those_of_the_span_in_order():
    one, other = entered(date(2026, 3, 5), 2, 1), entered(date(2026, 3, 3), 1, 2)
    removed = {date(2026, 3, day): at(day) for day in (6, 2, 4)}
    days = KantataDays([one, other], removed)
    known = LastChanges({(Kind.ENTRY, "2"): at(20)})

    assert days.within(march(3, 5)) == [other, one]
    assert days.within(march(4, 4)) == []
    assert days.changes_within(march(2, 3), known) == [at(20), at(2)]
    assert days.changes_within(march(4, 6), known) == [at(4), at(6)]  # of entry 1 none is known
    assert KantataDays().changes_within(march(1, 31), known) == []


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("span", "entries", "hours", "takes_whole_days"),
    [
        pytest.param((2, 2), [], 4, False, id="nothing entered"),
        pytest.param((2, 2), [(2, 2)], 4, False, id="less than the record"),
        pytest.param((2, 2), [(2, 8)], 8, True, id="the whole day"),
        pytest.param((2, 3), [(2, 8)], 4, False, id="one of two days"),
        pytest.param((2, 3), [(2, 8), (3, 9)], 4, True, id="both days"),
    ],
)
def test_on_days_of_both_systems_the_larger_counts(span, entries, hours, takes_whole_days):
    days = march(*span)
    pattern = replace(RECORD.pattern, end_time=time(12))
    record = replace(RECORD, span=days, last_day=days.last, pattern=pattern)
    kantata = KantataDays([entered(date(2026, 3, day), much) for day, much in entries])

    (event,) = instance_events(
        record, instance_of(record, days), days, JOINED, Calendar(), LastChanges({}), kantata
    )

    assert event.entered == tuple((date(2026, 3, day), much * HOUR) for day, much in entries)
    assert (event.seconds, event.takes_whole_days) == (hours * HOUR, takes_whole_days)


def test_an_event_is_as_new_as_what_kantata_has_and_had_on_its_days():
    days = march(2, 3)
    record = replace(RECORD, span=days, last_day=days.last)
    known = LastChanges({(Kind.PERSON_TIME_OFF, "r"): at(5, 0, 5), (Kind.ENTRY, "7"): at(8, 1)})

    def revised(*, entries=(), removed=None):
        (event,) = instance_events(
            record,
            instance_of(record, days),
            days,
            JOINED,
            Calendar(),
            known,
            KantataDays(entries, removed),
        )
        return event.revised.sequence, event.revised.changed_at - NOON

    assert revised() == (0, timedelta())
    assert revised(entries=[entered(MONDAY, 2)]) == (3, timedelta(hours=1))
    assert revised(entries=[entered(date(2026, 3, 4), 2)]) == (0, timedelta())
    assert revised(removed={MONDAY: at(9, 2)}) == (4, timedelta(hours=2))
    assert revised(removed={date(2026, 3, 1): at(9, 2)}) == (0, timedelta())


FRIDAY, NEXT_MONDAY = date(2026, 3, 6), date(2026, 3, 9)
EVERY_DAY = Pattern(time(8), time(16), apply_to_saturday=True, apply_to_sunday=True)


def instance_of(record, span):
    return Instance("i", span.first, span, record.pattern, record.is_paid)


def test_an_instances_events_are_its_runs():
    window = DaySpan(date(2026, 3, 1), date(2026, 3, 31))
    span = DaySpan(FRIDAY, date(2026, 3, 10))
    record = replace(RECORD, span=span, last_day=span.last)
    instance = instance_of(record, span)
    short_tuesday = workdays(480, 540, 480, 480, 480, 0, 0)

    events = instance_events(record, instance, window, ALONE, short_tuesday, LastChanges({}))

    assert list(events) == [
        FeedEvent(
            uid=f"r-i-{first}",
            worker_name="Grace",
            span=DaySpan(first, last),
            brought=ClockHours("r", 8 * HOUR, 16 * HOUR, is_paid=True),
            takes_whole_days=takes_whole_days,
            revised=Revised(NOON, NOON, 0),
        )
        for first, last, takes_whole_days in [
            (FRIDAY, FRIDAY, True),
            (NEXT_MONDAY, date(2026, 3, 10), False),
        ]
    ]


def named_runs(pattern, planned, span, window=None):
    """What the events of a moved instance are named, each with the day on which it begins."""
    record = replace(RECORD, span=planned, last_day=planned.last, pattern=pattern)
    instance = replace(instance_of(record, planned), span=span)
    shown = instance_events(
        record, instance, window or span, ALONE, workdays(*[480] * 7), LastChanges({})
    )
    return [(each.uid.removeprefix("r-i-"), str(each.span.first)) for each in shown]


def march(first, last):
    return DaySpan(date(2026, 3, first), date(2026, 3, last))


WEEKDAYS = RECORD.pattern
WITH_SATURDAY = replace(WEEKDAYS, apply_to_saturday=True)
WITH_SUNDAY = replace(WEEKDAYS, apply_to_sunday=True)


@pytest.mark.rule("3.11")
@pytest.mark.parametrize(
    ("pattern", "planned", "span", "expected"),
    [
        pytest.param(
            WEEKDAYS, march(4, 4), march(12, 12), [("2026-03-04", "2026-03-12")], id="a day"
        ),
        pytest.param(
            WEEKDAYS,
            march(6, 9),
            march(12, 17),
            [("2026-03-06", "2026-03-12"), ("2026-03-09", "2026-03-16")],
            id="over a weekend",
        ),
        pytest.param(
            WEEKDAYS, march(6, 9), march(9, 10), [("2026-03-06", "2026-03-09")], id="fewer runs"
        ),
        pytest.param(
            WEEKDAYS,
            march(4, 5),
            march(4, 16),
            [
                ("2026-03-04", "2026-03-04"),
                *((f"2026-03-04-{n}", f"2026-03-{m:02}") for n, m in ((2, 9), (3, 16))),
            ],
            id="more runs",
        ),
        pytest.param(
            WEEKDAYS, march(7, 8), march(9, 9), [("2026-03-07-1", "2026-03-09")], id="none planned"
        ),
        pytest.param(
            WEEKDAYS,
            march(7, 10),
            march(5, 9),
            [("2026-03-09", "2026-03-05"), ("2026-03-07-2", "2026-03-09")],
            id="planned from a weekend on",
        ),
        pytest.param(
            WITH_SATURDAY,
            march(6, 9),
            march(14, 16),
            [("2026-03-06", "2026-03-14"), ("2026-03-09", "2026-03-16")],
            id="with Saturdays",
        ),
        pytest.param(
            WITH_SUNDAY,
            march(6, 8),
            march(13, 15),
            [("2026-03-06", "2026-03-13"), ("2026-03-08", "2026-03-15")],
            id="with Sundays",
        ),
        pytest.param(
            EVERY_DAY, march(6, 9), march(12, 20), [("2026-03-06", "2026-03-12")], id="every day"
        ),
    ],
)
def test_runs_of_a_moved_instance_keep_the_names_of_those_that_were_planned(
    pattern, planned, span, expected
):
    assert named_runs(pattern, planned, span) == expected
    # One that lies where the rule has it is named by its days.
    in_place = named_runs(pattern, planned, planned)
    assert in_place == [(first, first) for _, first in in_place]
    assert {name for name, _ in expected} & {name for name, _ in in_place} == {
        name for name, _ in expected if len(name) == len("2026-03-06")
    }


@given(patterns, spans, spans, spans)
def test_each_run_of_a_moved_instance_has_a_name_of_its_own(pattern, planned, span, window):
    whole = named_runs(pattern, planned, span)

    assert len({name for name, _ in whole}) == len(whole)
    # What is shown of it names none otherwise.
    assert set(named_runs(pattern, planned, span, window)) <= set(whole)


@pytest.mark.parametrize(
    ("long_day", "takes_whole_days"),
    [
        pytest.param(date(2026, 3, 8), False, id="the seventh day is longer than the record"),
        pytest.param(date(2026, 3, 9), True, id="so is the eighth, which decides nothing"),
    ],
)
def test_a_week_decides_whether_a_run_takes_whole_days(long_day, takes_whole_days):
    span = DaySpan(MONDAY, MONDAY + timedelta(days=20))
    record = replace(RECORD, span=span, last_day=span.last, pattern=EVERY_DAY)
    calendar = Calendar(
        own=[
            WorkweekPattern(date(2026, 1, 1), None, (480,) * 7),
            WorkweekPattern(long_day, long_day, (540,) * 7),
        ]
    )

    instance = instance_of(record, span)

    (found,) = instance_events(record, instance, span, ALONE, calendar, LastChanges({}))

    assert found.takes_whole_days is takes_whole_days


def event(uid, first):
    return FeedEvent(
        uid=uid,
        worker_name="Ada",
        span=DaySpan(first, first),
        brought=EntryHours(1, 30 * MINUTE),
        takes_whole_days=False,
        revised=Revised(NOON, NOON, 0),
    )


def test_events_come_by_their_first_day_and_then_by_their_name():
    events = [event("b", FRIDAY), event("c", MONDAY), event("a", FRIDAY)]

    assert [each.uid for each in latest(events)] == ["c", "a", "b"]


def test_of_too_many_events_those_that_begin_earliest_are_left_out():
    events = [event(f"{index:05}", MONDAY) for index in range(MAX_EVENTS + 2)]

    found = latest(events)

    assert len(found) == MAX_EVENTS == 5_000
    assert found[0].uid == "00002"
