"""When a repeating time off comes back (rules 3.2 and 3.4)."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import icalendar
import pytest
import recurring_ical_events
from dateutil.rrule import MONTHLY, YEARLY, rrule
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.days import LAST_DAY, DaySpan
from app.domain.errors import InvalidValue, RepeatOverlapsItself, TooManyInstances
from app.domain.recurrence import MAX_INSTANCES, Repeat, RepeatRule, occurrences

SHORTEST_STEP = {Repeat.WEEKLY: 7, Repeat.MONTHLY: 28, Repeat.YEARLY: 365}

repeats = st.sampled_from([Repeat.WEEKLY, Repeat.MONTHLY, Repeat.YEARLY])
first_days = st.dates(date(2000, 1, 1), date(2080, 12, 31))
ends_of_months = st.builds(
    lambda year, month, back: date(year, month, monthrange(year, month)[1] - back),
    st.integers(min_value=2000, max_value=2080),
    st.integers(min_value=1, max_value=12),
    st.integers(min_value=0, max_value=3),
)


def day(text):
    return date.fromisoformat(text)


def one_day(text):
    return DaySpan(day(text), day(text))


def weekly(cadence, until):
    return RepeatRule(Repeat.WEEKLY, cadence, day(until))


def monthly(cadence, until):
    return RepeatRule(Repeat.MONTHLY, cadence, day(until))


def yearly(cadence, until):
    return RepeatRule(Repeat.YEARLY, cadence, day(until))


@st.composite
def first_days_with_rules(draw, kinds=repeats):
    first = draw(first_days | ends_of_months)
    cadence = draw(st.integers(min_value=1, max_value=30))
    until = first + timedelta(days=draw(st.integers(min_value=0, max_value=6_000)))
    return first, RepeatRule(draw(kinds), cadence, until)


@st.composite
def spans_with_rules(draw):
    """Spans that are shorter than the way to the next occurrence."""
    first, rule = draw(first_days_with_rules())
    most = SHORTEST_STEP[rule.repeat] * rule.cadence - 1
    length = draw(st.integers(min_value=0, max_value=min(most, 400)))
    return DaySpan(first, first + timedelta(days=length)), rule


@pytest.mark.rule("3.2")
@pytest.mark.parametrize(
    ("first", "rule", "expected"),
    [
        pytest.param("2026-03-02", None, ["2026-03-02"], id="never has one instance"),
        pytest.param(
            "2023-11-01",
            weekly(1, "2023-12-01"),
            ["2023-11-01", "2023-11-08", "2023-11-15", "2023-11-22", "2023-11-29"],
            id="every week",
        ),
        pytest.param(
            "2026-03-02",
            weekly(2, "2026-03-30"),
            ["2026-03-02", "2026-03-16", "2026-03-30"],
            id="every second week, a start on the last day included",
        ),
        pytest.param(
            "2026-03-02",
            weekly(2, "2026-03-29"),
            ["2026-03-02", "2026-03-16"],
            id="every second week, a start after the last day left out",
        ),
        pytest.param(
            "2026-03-02",
            weekly(1, "2026-03-02"),
            ["2026-03-02"],
            id="a repeat that ends on its first day has one instance",
        ),
        pytest.param(
            "2026-03-02",
            weekly(2_147_483_647, "2099-12-31"),
            ["2026-03-02"],
            id="a cadence beyond the end of all days has one instance",
        ),
        pytest.param(
            "2026-01-31",
            monthly(1, "2026-05-31"),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
            id="the 31st becomes the last day of shorter months and then the 31st again",
        ),
        pytest.param(
            "2024-01-30",
            monthly(1, "2024-03-30"),
            ["2024-01-30", "2024-02-29", "2024-03-30"],
            id="the 30th becomes 29 February in a leap year",
        ),
        pytest.param(
            "2026-01-31",
            monthly(1, "2026-02-27"),
            ["2026-01-31"],
            id="no instance in a last month whose day comes after the repeat has ended",
        ),
        pytest.param(
            "2026-01-31",
            monthly(1, "2026-02-28"),
            ["2026-01-31", "2026-02-28"],
            id="the moved day counts, not the one that the month lacks",
        ),
        pytest.param(
            "2025-11-30",
            monthly(3, "2026-08-31"),
            ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"],
            id="every third month, over the end of the year",
        ),
        pytest.param(
            "2024-02-29",
            yearly(1, "2028-12-31"),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
            id="29 February becomes the 28th and is itself again in leap years",
        ),
        pytest.param(
            "2024-02-29",
            yearly(4, "2032-12-31"),
            ["2024-02-29", "2028-02-29", "2032-02-29"],
            id="every fourth year meets every leap day",
        ),
        pytest.param(
            "2024-06-15",
            yearly(2, "2028-06-14"),
            ["2024-06-15", "2026-06-15"],
            id="every second year, the last one a day too late",
        ),
    ],
)
def test_occurrences_start_on(first, rule, expected):
    starts = [str(each.first) for each in occurrences(one_day(first), rule)]

    assert starts == expected


@pytest.mark.rule("3.2")
def test_an_instance_may_end_after_the_day_on_which_the_repeat_ends():
    week_of_five = DaySpan(day("2026-03-02"), day("2026-03-06"))

    last = occurrences(week_of_five, weekly(1, "2026-03-09"))[-1]

    assert last == DaySpan(day("2026-03-09"), day("2026-03-13"))


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("first", "last", "rule"),
    [
        pytest.param("2026-03-02", "2026-03-09", weekly(1, "2026-03-09"), id="by one day"),
        pytest.param("2026-03-02", "2026-03-31", weekly(1, "2026-03-31"), id="by weeks"),
        pytest.param(
            "2026-01-31",
            "2026-02-28",
            monthly(1, "2026-02-28"),
            id="only because February is short",
        ),
        pytest.param("2024-02-28", "2025-02-28", yearly(1, "2025-03-01"), id="by a year's day"),
        pytest.param(
            "2026-01-01",
            "2026-01-31",
            monthly(1, "2026-12-31"),
            id="not the first step but that from February on",
        ),
    ],
)
def test_an_occurrence_that_overlaps_the_next_is_refused(first, last, rule):
    with pytest.raises(RepeatOverlapsItself) as refusal:
        occurrences(DaySpan(day(first), day(last)), rule)

    assert refusal.value.path == ("cadence",)


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("first", "last", "rule", "count"),
    [
        pytest.param(
            "2026-03-02", "2026-03-08", weekly(1, "2026-03-31"), 5, id="end to end is allowed"
        ),
        pytest.param(
            "2026-03-02",
            "2026-03-31",
            weekly(1, "2026-03-08"),
            1,
            id="an instance that does not exist cannot be overlapped",
        ),
        pytest.param(
            "2026-01-01",
            "2026-01-31",
            monthly(1, "2026-02-28"),
            2,
            id="nor can the one after the last",
        ),
    ],
)
def test_overlap_is_tested_by_days_on_the_instances_that_exist(first, last, rule, count):
    assert len(occurrences(DaySpan(day(first), day(last)), rule)) == count


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("first", "last", "rule"),
    [
        pytest.param(
            "2099-12-20", "2099-12-26", weekly(1, "2099-12-31"), id="the last instance by two days"
        ),
        pytest.param(
            "2080-12-31", "2081-01-01", yearly(1, "2099-12-31"), id="the last instance by one day"
        ),
    ],
)
def test_an_instance_that_ends_after_the_calendar_is_refused(first, last, rule):
    with pytest.raises(InvalidValue, match="after 2099-12-31") as refusal:
        occurrences(DaySpan(day(first), day(last)), rule)

    assert refusal.value.path == ("repeat_end_day",)


@pytest.mark.rule("3.4")
def test_the_last_instance_may_end_on_the_last_day_of_the_calendar():
    new_year = DaySpan(day("2090-12-30"), day("2090-12-31"))

    assert occurrences(new_year, yearly(1, "2099-12-31"))[-1].last == LAST_DAY


@pytest.mark.rule("3.4")
def test_a_record_has_at_most_a_thousand_instances():
    until = day("2026-03-02") + timedelta(weeks=999)

    assert len(occurrences(one_day("2026-03-02"), weekly(1, str(until)))) == MAX_INSTANCES == 1_000


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("rule", "count"),
    [
        pytest.param(weekly(1, str(day("2026-03-02") + timedelta(weeks=1_000))), 1_001, id="one"),
        pytest.param(weekly(1, "2099-12-31"), 3_853, id="to the end of the calendar"),
    ],
)
def test_more_instances_are_refused_with_their_number(rule, count):
    with pytest.raises(TooManyInstances, match=f"has {count} instances") as refusal:
        occurrences(one_day("2026-03-02"), rule)

    assert refusal.value.path == ("repeat_end_day",)


@pytest.mark.rule("3.4")
def test_instances_are_counted_before_anything_is_expanded():
    """Eight thousand years of weeks are over the calendar's end, yet refused by their number."""
    endless = RepeatRule(Repeat.WEEKLY, 1, date.max)

    with pytest.raises(TooManyInstances, match="has 417420 instances"):
        occurrences(one_day("2000-01-01"), endless)


@pytest.mark.rule("3.2")
@given(first_days_with_rules())
def test_the_starts_are_the_days_that_the_rule_describes(first_and_rule):
    """Every day from the first to the last is asked on its own: no stepping, so no drift."""
    first, rule = first_and_rule

    def is_start(each):
        if rule.repeat is Repeat.WEEKLY:
            return (each - first).days % (7 * rule.cadence) == 0
        years, months = each.year - first.year, each.month - first.month
        steps = years * 12 + months if rule.repeat is Repeat.MONTHLY else years
        is_month = rule.repeat is Repeat.MONTHLY or months == 0
        last_of_month = monthrange(each.year, each.month)[1]
        return is_month and steps % rule.cadence == 0 and each.day == min(first.day, last_of_month)

    expected = [each for each in DaySpan(first, rule.until) if is_start(each)]

    assert list(rule.starts(first)) == expected
    assert rule.count(first) == len(expected)


@pytest.mark.rule("3.2")
@given(first_days_with_rules(), st.integers(min_value=1, max_value=5_000))
def test_a_repeat_that_ended_before_its_first_day_has_no_start(first_and_rule, days_before):
    first, rule = first_and_rule
    ended = RepeatRule(rule.repeat, rule.cadence, first - timedelta(days=days_before))

    assert (list(ended.starts(first)), ended.count(first)) == ([], 0)


@pytest.mark.rule("3.2")
@given(first_days_with_rules())
def test_no_occurrence_depends_on_those_before_it(first_and_rule):
    """The last start is also found in one step, with a cadence that skips all others."""
    first, rule = first_and_rule
    starts = list(rule.starts(first))
    assume(len(starts) > 1)

    in_one_step = RepeatRule(rule.repeat, rule.cadence * (len(starts) - 1), rule.until)

    assert list(in_one_step.starts(first)) == [first, starts[-1]]


@pytest.mark.rule("3.2")
@given(spans_with_rules())
def test_every_occurrence_has_the_length_of_the_first_span(span_and_rule):
    span, rule = span_and_rule
    assume(rule.count(span.first) <= MAX_INSTANCES)

    found = occurrences(span, rule)

    assert found[0] == span
    assert {len(each) for each in found} == {len(span)}
    assert not any(before.overlaps(after) for before, after in pairwise(found))


@pytest.mark.rule("3.2")
@given(first_days_with_rules())
def test_occurrences_are_those_of_rfc_5545_where_it_agrees(first_and_rule):
    """It skips a month that lacks the day, so only days that every month has are compared."""
    first, rule = first_and_rule
    assume(rule.repeat is Repeat.WEEKLY or first.day <= 28)
    event = icalendar.Event()
    event.add("uid", "1")
    event.add("dtstart", first)
    event.add("dtend", first + timedelta(days=1))
    event.add("rrule", {"freq": rule.repeat.value, "interval": rule.cadence, "until": rule.until})
    calendar = icalendar.Calendar()
    calendar.add_component(event)

    found = recurring_ical_events.of(calendar).between(first, rule.until + timedelta(days=1))

    assert list(rule.starts(first)) == sorted(each["DTSTART"].dt for each in found)


@pytest.mark.rule("3.2")
@given(first_days_with_rules(st.sampled_from([Repeat.MONTHLY, Repeat.YEARLY])))
def test_a_day_that_a_month_lacks_is_rfc_5545s_last_of_several_days(first_and_rule):
    """BYMONTHDAY=28,29,30,31 with BYSETPOS=-1 says in RFC 5545 what rule 3.2 says in words."""
    first, rule = first_and_rule
    several = rrule(
        MONTHLY if rule.repeat is Repeat.MONTHLY else YEARLY,
        dtstart=first,
        interval=rule.cadence,
        until=rule.until,
        bymonth=None if rule.repeat is Repeat.MONTHLY else first.month,
        bymonthday=range(min(first.day, 28), first.day + 1),
        bysetpos=-1,
    )

    assert list(rule.starts(first)) == [each.date() for each in several]


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("repeat", "cadence"),
    [
        pytest.param(Repeat.NEVER, 1, id="never comes back"),
        pytest.param(Repeat.WEEKLY, 0, id="stands still"),
        pytest.param(Repeat.YEARLY, -1, id="goes back"),
    ],
)
def test_a_rule_comes_back(repeat, cadence):
    with pytest.raises(InvalidValue) as refusal:
        RepeatRule(repeat, cadence, LAST_DAY)

    assert refusal.value.path == ("cadence",)


@pytest.mark.rule("3.2")
def test_a_rule_that_is_over_before_the_first_day_has_no_days():
    assert list(weekly(1, "2026-03-01").starts(day("2026-03-02"))) == []
    assert weekly(1, "2026-03-01").count(day("2026-03-02")) == 0
