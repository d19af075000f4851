"""The worker's day: what holds of any records (rules 4.2, 4.5, 3.9 and 3.5)."""

from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.contributions import (
    ClockHours,
    EntryHours,
    intersecting,
    meetings_across_midnight,
    union_seconds,
)
from app.domain.durations import (
    DAY,
    HUNDREDTH,
    MINUTE,
    QUARTER_HOUR,
    rounded_up_to_hundredth,
)
from app.domain.schedule import Combine, DiscrepancyKind, merge
from tests.domain.worker_days import (
    DUPLICATE,
    MIXED,
    MONDAY,
    OVERLAP,
    PAIR,
    notes_of,
    workdays,
)

entries = st.builds(
    EntryHours,
    st.just(1),
    st.integers(min_value=1, max_value=3_000).map(lambda each: each * HUNDREDTH),
    st.booleans(),
)


record_ids = st.integers(min_value=1, max_value=99).map(str)


@st.composite
def clocks(draw, record_ids=record_ids):
    """Hours in whole quarters, of less than a day, as Procore keeps them."""
    starts = draw(st.integers(min_value=0, max_value=95)) * QUARTER_HOUR
    length = draw(st.integers(min_value=1, max_value=95)) * QUARTER_HOUR
    return ClockHours(draw(record_ids), starts, starts + length, draw(st.booleans()))


@st.composite
def days_off(draw):
    """One entry at most, and any number of records, each once."""
    records = draw(st.lists(clocks(), max_size=6, unique_by=lambda each: each.record_id))
    return [*draw(st.lists(entries, max_size=1)), *records]


def minutes_covered(records):
    """The union, counted the slow way: which minutes does somebody cover?"""
    return len({minute for each in records for minute in range(each.starts, each.ends, MINUTE)})


@pytest.mark.rule("4.2")
@given(workdays, days_off())
def test_every_figure_lies_within_the_workday(workday, records):
    day = merge(MONDAY, workday, records)

    assert day.workday == rounded_up_to_hundredth(workday)
    assert 0 <= day.low <= day.high <= day.workday
    for combine in Combine:
        assert 0 <= day.off(combine) <= day.workday
        assert day.available(combine) == day.workday - day.off(combine)
        assert day.available(combine) % HUNDREDTH == 0
        parts = (day.paid, day.unpaid, day.unknown_paid(combine))
        assert sum(parts) == day.off(combine)
        assert min(parts) >= 0


@pytest.mark.rule("4.2")
@given(workdays, days_off(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(workday, records, random):
    shuffled = random.sample(records, len(records))

    assert asdict(merge(MONDAY, workday, shuffled)) == asdict(merge(MONDAY, workday, records))


@pytest.mark.rule("4.2")
@given(workdays, days_off(), entries | clocks(st.just("another")))
def test_another_record_never_lowers_the_high_end(workday, records, another):
    is_second_entry = isinstance(another, EntryHours) and any(
        isinstance(each, EntryHours) for each in records
    )
    assume(not is_second_entry)
    without = merge(MONDAY, workday, records)

    day = merge(MONDAY, workday, [*records, another])

    assert day.high >= without.high
    assert day.low >= without.low


@pytest.mark.rule("4.2")
@given(workdays, days_off())
def test_one_system_alone_leaves_no_range(workday, records):
    of_one_system = [each for each in records if isinstance(each, type(records[0]))]

    day = merge(MONDAY, workday, of_one_system)

    assert day.low == day.high
    assert DUPLICATE not in notes_of(day)


@pytest.mark.rule("4.4")
@given(workdays, days_off())
def test_a_mirrored_entry_leaves_no_range(workday, records):
    mirrored = [
        EntryHours(each.entry_id, each.seconds, is_mirrored=True)
        if isinstance(each, EntryHours)
        else each
        for each in records
    ]

    day = merge(MONDAY, workday, mirrored)

    assert day.low == day.high
    assert DUPLICATE not in notes_of(day)


@pytest.mark.rule("4.2")
@given(workdays, days_off())
def test_notes_name_records_of_the_day_each_code_once(workday, records):
    day = merge(MONDAY, workday, records)

    codes = [note.code for note in day.notes]
    assert len(set(codes)) == len(codes)
    for note in day.notes:
        assert note.records
        assert set(note.records) <= set(records)
        assert len(set(note.records)) == len(note.records)
    assert (MIXED in codes) <= (OVERLAP in codes)


@pytest.mark.rule("4.5")
@given(workdays, days_off())
def test_a_day_differs_where_the_capped_hours_do(workday, records):
    day = merge(MONDAY, workday, records, pair=PAIR)

    assert (day.discrepancy is None) == (day.kantata == day.procore)
    if day.discrepancy is DiscrepancyKind.ONLY_IN_KANTATA_OX:
        assert day.kantata > day.procore == 0
    if day.discrepancy is DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING:
        assert day.procore > day.kantata == 0
    if day.discrepancy is DiscrepancyKind.HOURS_DIFFER:
        assert min(day.kantata, day.procore) > 0


@pytest.mark.rule("3.9")
@given(st.lists(clocks(), max_size=8))
def test_the_union_is_every_minute_that_somebody_covers(records):
    assert union_seconds(records) == minutes_covered(records) * MINUTE


@pytest.mark.rule("3.9")
@given(st.lists(clocks(), max_size=8))
def test_the_union_is_neither_above_the_sum_nor_below_the_longest(records):
    lengths = [each.seconds for each in records]

    assert max(lengths, default=0) <= union_seconds(records) <= sum(lengths)


@pytest.mark.rule("3.5")
@given(st.lists(st.lists(clocks(), max_size=3), min_size=2, max_size=5))
def test_records_of_two_days_meet_where_they_have_a_quarter_of_an_hour_in_common(days):
    """Counted the slow way: which quarters after the first midnight does each cover?"""

    def quarters(index, clock_):
        starts, ends = index * DAY + clock_.starts, index * DAY + clock_.ends
        return set(range(starts, ends, QUARTER_HOUR))

    expected = {
        (index, one_clock, other)
        for index, (today, following) in enumerate(pairwise(days))
        for one_clock in today
        for other in following
        if one_clock.record_id != other.record_id
        and quarters(index, one_clock) & quarters(index + 1, other)
    }

    keyed = {("p", MONDAY + timedelta(days=index)): each for index, each in enumerate(days)}
    found = {
        (day, *pair)
        for (_, day), pairs in meetings_across_midnight(keyed).items()
        for pair in pairs
    }

    assert found == {
        (MONDAY + timedelta(days=index + later), one_clock, other)
        for index, one_clock, other in expected
        for later in (0, 1)
    }


@pytest.mark.rule("3.9")
@given(st.lists(clocks(), max_size=8, unique_by=lambda each: each.record_id))
def test_records_overlap_where_the_union_is_less_than_the_sum(records):
    pairs = intersecting(records)

    assert bool(pairs) == (union_seconds(records) < sum(each.seconds for each in records))
    for one_record, other in pairs:
        both = [one_record, other]
        assert union_seconds(both) < sum(each.seconds for each in both)
