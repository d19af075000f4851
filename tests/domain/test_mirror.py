"""From one system's way to record an absence to the other's (rule 4.4)."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.durations import (
    DAY,
    HOUR,
    HUNDREDTH,
    MINUTE,
    QUARTER_HOUR,
    seconds_of_hours,
)
from app.domain.errors import NotConvertible
from app.domain.mirror import (
    SERVICE_MODEL,
    SERVICE_NAME,
    MirrorOutcome,
    Settlement,
    can_be_clocked,
    does_procore_lack,
    end_time,
    mirror_facts,
    person_day_ref,
    person_of_mark,
    rounded_to_quarter_hours,
    seconds_to_clock,
    settle,
    settlement_outcome,
)
from app.domain.pattern import Pattern
from app.domain.time_off_entries import ReferenceFacts

PERSON = "81c63107-6843-4822-be42-a40b41e75285"
MONDAY = date(2026, 3, 2)

# Settling a day: what stands there, what Procore had brought of it, what Procore has now.

CREATED, COMBINED, UNCHANGED = (
    MirrorOutcome.CREATED,
    MirrorOutcome.COMBINED,
    MirrorOutcome.UNCHANGED,
)
ADJUSTED, REMOVED = MirrorOutcome.ADJUSTED, MirrorOutcome.REMOVED


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("entry", "brought", "clocked", "expected", "outcome"),
    [
        pytest.param(0, None, 8, (8, 8, True), CREATED, id="a day without an entry"),
        pytest.param(4, None, 6, (6, 2, True), COMBINED, id="fewer hours than Procore has"),
        pytest.param(4, None, 4, (4, 0, True), COMBINED, id="as many: nothing is brought"),
        pytest.param(6, None, 4, (6, 0, True), COMBINED, id="more: nothing is brought or taken"),
        pytest.param(8, 8, 8, (8, 8, True), UNCHANGED, id="settled before, nothing new"),
        pytest.param(6, 2, 6, (6, 2, True), UNCHANGED, id="settled before beside other hours"),
        pytest.param(6, 0, 4, (6, 0, True), UNCHANGED, id="settled before, nothing was brought"),
        pytest.param(8, 8, 5, (5, 5, True), ADJUSTED, id="Procore's became fewer"),
        pytest.param(6, 2, 5, (5, 1, True), ADJUSTED, id="fewer, but above what was elsewhere"),
        pytest.param(6, 2, 3, (4, 0, True), ADJUSTED, id="fewer than what was elsewhere"),
        pytest.param(5, 5, 8, (8, 8, True), ADJUSTED, id="Procore's became more"),
        pytest.param(6, 0, 8, (8, 2, True), ADJUSTED, id="more than what is elsewhere by now"),
        pytest.param(8, 8, 0, (0, 0, False), REMOVED, id="taken back whole"),
        pytest.param(6, 2, 0, (4, 0, False), ADJUSTED, id="taken back as far as it was brought"),
        pytest.param(6, 0, 0, (6, 0, False), ADJUSTED, id="only the reference is taken back"),
        pytest.param(5, 8, 8, (8, 8, True), ADJUSTED, id="lowered by hand below what was brought"),
        pytest.param(5, 8, 0, (0, 0, False), REMOVED, id="lowered by hand, then taken back"),
        pytest.param(7, 5, 5, (5, 3, True), ADJUSTED, id="raised by hand: 2 h are elsewhere"),
    ],
)
def test_a_day_is_settled(entry, brought, clocked, expected, outcome):
    settlement = settle(entry * HOUR, (brought or 0) * HOUR, clocked * HOUR)

    seconds, brought_now, keeps_reference = expected
    assert settlement == Settlement(seconds * HOUR, brought_now * HOUR, keeps_reference)
    earlier = None if brought is None else brought * HOUR
    assert settlement_outcome(entry * HOUR, earlier, settlement) is outcome


WORKDAY_OF_7_20 = 7 * HOUR + 20 * MINUTE


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("hundredths", "clocked", "expected"),
    [
        pytest.param(0, WORKDAY_OF_7_20, (734, 734), id="whole hundredths are stored"),
        pytest.param(734, WORKDAY_OF_7_20, (734, 0), id="all of the workday, rounded up"),
        pytest.param(733, WORKDAY_OF_7_20, (733, 0), id="less than 0.01 h is lacking"),
        pytest.param(732, WORKDAY_OF_7_20, (734, 2), id="more than 0.01 h is lacking"),
        pytest.param(799, 8 * HOUR, (800, 1), id="0.01 h is lacking"),
        pytest.param(801, 8 * HOUR, (801, 0), id="0.01 h more is elsewhere"),
    ],
)
def test_amounts_that_differ_by_less_than_a_hundredth_are_the_same(hundredths, clocked, expected):
    settlement = settle(hundredths * HUNDREDTH, 0, clocked)

    seconds, brought = (each * HUNDREDTH for each in expected)
    assert settlement == Settlement(seconds, brought, keeps_reference=True)
    assert settle(seconds, brought, clocked) == settlement


amounts = st.integers(min_value=0, max_value=DAY // HUNDREDTH).map(lambda each: each * HUNDREDTH)


@st.composite
def settled_days(draw):
    """What is stored of a day, and how much of it an earlier conversion brought."""
    elsewhere, brought = draw(amounts), draw(amounts)
    return elsewhere + brought, brought


@pytest.mark.rule("4.4")
@given(amounts, amounts, amounts)
def test_settling_twice_changes_nothing(entry, brought, clocked):
    once = settle(entry, brought, clocked)

    twice = settle(once.seconds, once.brought, clocked)

    assert twice == once
    if once.keeps_reference:
        assert settlement_outcome(once.seconds, once.brought, twice) is UNCHANGED


@pytest.mark.rule("4.4")
@given(settled_days(), amounts)
def test_taking_back_restores_what_was_elsewhere(day, clocked):
    entry, brought = day
    settled = settle(entry, brought, clocked)

    taken_back = settle(settled.seconds, settled.brought, 0)

    assert taken_back == Settlement(entry - brought, 0, keeps_reference=False)


@pytest.mark.rule("4.4")
@given(amounts, amounts, amounts)
def test_a_day_is_never_below_what_is_elsewhere_nor_below_procore(entry, brought, clocked):
    settled = settle(entry, brought, clocked)

    elsewhere = max(0, entry - brought)
    assert settled.seconds == max(elsewhere, clocked)
    assert settled.seconds - settled.brought == elsewhere


@pytest.mark.rule("4.4")
@given(settled_days(), st.lists(amounts, min_size=1, max_size=5))
def test_only_procores_last_word_counts(day, history):
    """Whatever it was in between, the day is as if it had been settled once."""
    entry, brought = day
    settled = settle(entry, brought, history[0])
    for clocked in history[1:]:
        settled = settle(settled.seconds, settled.brought, clocked)

    assert settled == settle(entry, brought, history[-1])


@pytest.mark.rule("4.4")
@given(amounts, amounts, amounts, amounts)
def test_hours_that_others_add_meanwhile_stay(entry, clocked, added, clocked_later):
    settled = settle(entry, 0, clocked)

    later = settle(settled.seconds + added, settled.brought, clocked_later)

    assert later.seconds - later.brought == entry + added


@pytest.mark.rule("4.4")
@given(
    amounts,
    st.integers(min_value=0, max_value=24 * 60).map(lambda each: each * MINUTE),
    st.integers(min_value=0, max_value=24 * 60).map(lambda each: each * MINUTE),
)
def test_whatever_the_minutes_hundredths_are_stored_and_nothing_changes_again(
    entry, clocked, clocked_later
):
    settled = settle(entry, 0, clocked)
    later = settle(settled.seconds, settled.brought, clocked_later)

    assert settled.seconds % HUNDREDTH == later.seconds % HUNDREDTH == 0
    assert settle(settled.seconds, settled.brought, clocked) == settled
    assert later == settle(entry, 0, clocked_later)
    assert settled.seconds > clocked - HUNDREDTH


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("service", "model", "ref", "expected"),
    [
        pytest.param(SERVICE_NAME, SERVICE_MODEL, f"{PERSON}:2026-03-02", PERSON, id="a mark"),
        pytest.param(SERVICE_NAME, SERVICE_MODEL, f"{PERSON}:2026-03-03", None, id="other day"),
        pytest.param(SERVICE_NAME, "TimeOff", f"{PERSON}:2026-03-02", None, id="other model"),
        pytest.param("jira", SERVICE_MODEL, f"{PERSON}:2026-03-02", None, id="other service"),
        pytest.param(SERVICE_NAME, SERVICE_MODEL, "something", None, id="no person and day"),
    ],
)
def test_a_mark_says_whose_day_it_is(service, model, ref, expected):
    assert person_of_mark(ReferenceFacts(service, model, ref), MONDAY) == expected


@pytest.mark.rule("4.4")
def test_the_reference_names_the_persons_day():
    facts = mirror_facts(PERSON, MONDAY)

    assert person_day_ref(PERSON, MONDAY) == f"{PERSON}:2026-03-02"
    assert (facts.service_name, facts.service_model, facts.service_model_ref) == (
        "procore_workforce_planning",
        "PersonDay",
        f"{PERSON}:2026-03-02",
    )


# Hours that a clock can show.


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(QUARTER_HOUR, True, id="a quarter"),
        pytest.param(8 * HOUR, True, id="a workday"),
        pytest.param(DAY - QUARTER_HOUR, True, id="a quarter less than the whole day"),
        pytest.param(DAY, False, id="the whole day: start and end would be the same"),
        pytest.param(0, False, id="nothing"),
        pytest.param(HUNDREDTH, False, id="a hundredth"),
        pytest.param(int(1.1 * HOUR), False, id="1.1 h"),
        pytest.param(QUARTER_HOUR + 1, False, id="a second more than a quarter"),
    ],
)
def test_hours_can_be_clocked_in_quarters_of_less_than_a_day(seconds, expected):
    assert can_be_clocked(seconds) is expected


HUNDREDTHS = st.integers(min_value=1, max_value=2400).map(lambda each: each * HUNDREDTH)


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("hundredths", "rounded"),
    [
        pytest.param(760, 7.5, id="a workday of 7.6 h"),
        pytest.param(735, 7.25, id="a workday of 7.35 h"),
        pytest.param(733, 7.25, id="a workday of 7 h 20"),
        pytest.param(740, 7.5, id="up"),
        pytest.param(13, 0.25, id="up to the first quarter"),
        pytest.param(2387, 23.75, id="down to the last quarter"),
        pytest.param(800, 8, id="a quarter stays"),
        pytest.param(12, None, id="nothing would be left"),
        pytest.param(2388, None, id="a whole day would be left"),
        pytest.param(2400, None, id="the whole day"),
    ],
)
def test_hours_are_rounded_to_the_nearest_quarter_if_that_is_asked_for(hundredths, rounded):
    if rounded is None:
        with pytest.raises(NotConvertible):
            seconds_to_clock(hundredths * HUNDREDTH, round_to_quarter_hours=True)
        return
    seconds = seconds_to_clock(hundredths * HUNDREDTH, round_to_quarter_hours=True)

    assert seconds == rounded * HOUR
    assert seconds_to_clock(seconds, round_to_quarter_hours=False) == seconds


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("hundredths", "message"),
    [
        pytest.param(
            2400, "24 h cannot be recorded: Procore keeps less than 24 h a day.", id="a whole day"
        ),
        pytest.param(
            12, "0.12 h cannot be recorded: Procore keeps quarter hours.", id="next to nothing"
        ),
        pytest.param(
            760,
            "7.6 h is no multiple of a quarter hour, as Procore's are: `roundToQuarterHours` makes "
            "it 7.5 h.",
            id="no quarters",
        ),
    ],
)
def test_hours_that_procore_cannot_record_are_refused_in_words(hundredths, message):
    with pytest.raises(NotConvertible) as refusal:
        seconds_to_clock(hundredths * HUNDREDTH, round_to_quarter_hours=False)

    assert refusal.value.message == message


@pytest.mark.rule("4.4")
@given(HUNDREDTHS)
def test_rounding_is_by_less_than_half_a_quarter_and_only_if_it_is_asked_for(seconds):
    rounded = rounded_to_quarter_hours(seconds)

    assert abs(rounded - seconds) < QUARTER_HOUR / 2
    assert rounded_to_quarter_hours(rounded) == rounded
    if seconds != rounded:
        with pytest.raises(NotConvertible):
            seconds_to_clock(seconds, round_to_quarter_hours=False)


LACKS = [
    pytest.param(8, 0, 8, False, True, id="Procore has nothing"),
    pytest.param(8, 8, 8, False, False, id="both have the same"),
    pytest.param(10, 8, 8, False, False, id="the same within the workday"),
    pytest.param(8, 0, 0, False, False, id="no workday, nothing to take off"),
    pytest.param(8, 4, 8, False, None, id="Procore has fewer"),
    pytest.param(4, 8, 8, True, None, id="Procore has more, marked or not"),
    pytest.param(7.33, 8, 7 + 1 / 3, False, False, id="less than 0.01 h is lacking of 7 h 20"),
    pytest.param(7.32, 8, 7 + 1 / 3, False, None, id="more than 0.01 h is lacking"),
    pytest.param(7.6, 7.5, 7.6, True, False, id="rounded before"),
    pytest.param(7.4, 7.5, 8, True, False, id="rounded up before"),
    pytest.param(7.6, 7.5, 7.6, False, None, id="as if rounded, but by nobody"),
    pytest.param(7.6, 7.75, 8, True, None, id="not the nearest quarter"),
]


@pytest.mark.rule("2.3")
@pytest.mark.rule("4.4")
@pytest.mark.parametrize(("entry", "clocked", "workday", "is_marked", "expected"), LACKS)
def test_procore_lacks_what_it_has_nothing_of(entry, clocked, workday, is_marked, expected):
    amounts = seconds_of_hours(entry), seconds_of_hours(clocked), round(workday * HOUR)
    if expected is None:
        with pytest.raises(NotConvertible):
            does_procore_lack(*amounts, is_marked=is_marked)
    else:
        assert does_procore_lack(*amounts, is_marked=is_marked) is expected


@pytest.mark.rule("3.5")
@given(
    st.integers(min_value=0, max_value=95).map(lambda each: time(each // 4, each % 4 * 15)),
    st.integers(min_value=1, max_value=95).map(lambda each: each * QUARTER_HOUR),
)
def test_what_can_be_clocked_lasts_as_long_on_the_clock(start, seconds):
    assert can_be_clocked(seconds)

    pattern = Pattern(start, end_time(start, seconds), False, False)  # noqa: FBT003 - two flags

    assert pattern.seconds_a_day == seconds
