"""Kantata OX time off entries: combining, capping, replays (section 2 of the rules)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import DaySpan
from app.domain.durations import HOUR, HUNDREDTH, hours_of_seconds, seconds_of_hours
from app.domain.errors import (
    InvalidValue,
    Refused,
    TooManyItems,
    WorkdayHoursExceeded,
)
from app.domain.time_off_entries import (
    MAX_ENTRIES_OF_A_CREATE,
    MAX_ENTRIES_OF_A_DELETE,
    quarter_hour_warnings,
    read_hours,
    reference_to_overwrite,
    refuse_above_workday,
    refuse_count,
    refuse_growth_above_workday,
    refuse_other_place,
)
from app.domain.warnings import WarningCode
from app.domain.workweek import Calendar
from tests.domain.entries import (
    ANN,
    BEN,
    COMBINED,
    CREATED,
    JIRA_1,
    JIRA_2,
    JIRA_OTHER_MODEL,
    MONDAY,
    SAP_1,
    SATURDAY,
    TUESDAY,
    UNCHANGED,
    hours_by_day,
    judged,
    outcomes,
    part_time,
    request,
    stored,
    wish,
)

# One user-day after the other: hours and outcomes.


@pytest.mark.rule("2.1")
@pytest.mark.parametrize(
    ("wishes", "before", "hours", "became"),
    [
        pytest.param(request((4,)), {}, 4.0, [CREATED], id="a day's first hours create its entry"),
        pytest.param(
            request((4,), (4,)),
            {},
            8.0,
            [CREATED, COMBINED],
            id="hours of one request add up",
        ),
        pytest.param(
            request((4,)), stored(4), 8.0, [COMBINED], id="hours add to those of earlier requests"
        ),
        pytest.param(
            request((0.1,)) + [wish(each, 0.1) for each in range(1, 10)],
            {},
            1.0,
            [CREATED] + [COMBINED] * 9,
            id="ten tenths are one hour",
        ),
    ],
)
def test_entries_of_one_day_are_combined(wishes, before, hours, became):
    combined, refused = judged(wishes, before)

    assert refused == []
    assert hours_by_day(combined) == {(ANN, MONDAY): hours}
    assert [outcome for _, outcome in combined.outcomes] == became


@pytest.mark.rule("2.1")
def test_the_earliest_entry_survives_with_its_id_and_submission_date():
    before = stored(4, entry_id=100)

    combined, _ = judged(request((2,), (2,)), before)

    assert [each.stored for each in combined.days] == [before[ANN, MONDAY]]


@pytest.mark.rule("2.1")
def test_other_days_and_other_users_have_entries_of_their_own():
    combined, refused = judged(
        request((8,), (8, None, TUESDAY), (8, None, MONDAY, BEN)),
        stored(8, user_id=BEN, day=TUESDAY),
    )

    assert refused == []
    assert hours_by_day(combined) == {
        (ANN, MONDAY): 8.0,
        (ANN, TUESDAY): 8.0,
        (BEN, MONDAY): 8.0,
    }


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("hours", "before", "calendar"),
    [
        pytest.param(8, {}, Calendar(), id="a whole workday"),
        pytest.param(4, stored(4), Calendar(), id="the rest of a workday"),
        pytest.param(7.34, {}, part_time(440), id="part time, rounded up to a hundredth hour"),
        pytest.param(24, {}, part_time(1_440), id="a workday of 24 hours"),
    ],
)
def test_exactly_the_possible_hours_are_allowed(hours, before, calendar):
    combined, refused = judged(request((hours,)), before, {ANN: calendar})

    assert refused == []
    assert combined.days[0].seconds == calendar.possible_seconds(MONDAY)


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("wishes", "before", "calendar", "expected"),
    [
        pytest.param(
            request((8.25,)), {}, Calendar(), (8, 0, 8.25), id="more than the workday at once"
        ),
        pytest.param(
            request((0.25,)), stored(8), Calendar(), (8, 8, 0.25), id="a quarter on a full day"
        ),
        pytest.param(
            request((4,), (4,), (0.01,)),
            {},
            Calendar(),
            (8, 8, 0.01),
            id="a hundredth on a day that the same request filled",
        ),
        pytest.param(
            request((4.01,)), {}, part_time(240), (4, 0, 4.01), id="more than part time allows"
        ),
        pytest.param(
            request((1, None, SATURDAY)), {}, Calendar(), (0, 0, 1), id="anything at the weekend"
        ),
        pytest.param(
            request((1,)),
            {},
            Calendar(holidays=[DaySpan(MONDAY, MONDAY)]),
            (0, 0, 1),
            id="anything on a holiday",
        ),
        pytest.param(
            request((0.25,)),
            stored(8),
            part_time(240),
            (4, 8, 0.25),
            id="more on a day that a newer workweek has left over-full",
        ),
        pytest.param(
            request((1e300,)), {}, Calendar(), (8, 0, 1e300), id="a number beyond all days"
        ),
    ],
)
def test_more_than_the_possible_hours_are_refused(wishes, before, calendar, expected):
    _, refused = judged(wishes, before, {ANN: calendar})

    (error,) = refused
    assert isinstance(error, WorkdayHoursExceeded)
    assert (error.user_id, error.day) == (ANN, wishes[-1].day)
    assert expected == tuple(
        hours_of_seconds(each) for each in (error.possible, error.taken, error.requested)
    )


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("taken", "message"),
    [
        pytest.param(
            8,
            "User 1 has 8 h possible workday hours on 2026-03-02, "
            "8 h of them taken: 0.25 h more do not fit.",
            id="with what is taken",
        ),
        pytest.param(
            0,
            "User 1 has 8 h possible workday hours on 2026-03-02: 8.25 h do not fit.",
            id="without it where nothing is",
        ),
    ],
)
def test_the_refusal_says_user_day_and_hours(taken, message):
    requested = seconds_of_hours(0.25 if taken else 8.25)

    with pytest.raises(WorkdayHoursExceeded) as refusal:
        refuse_above_workday(ANN, MONDAY, Calendar(), taken=taken * HOUR, requested=requested)

    assert (refusal.value.message, refusal.value.path) == (message, ("hours",))


@pytest.mark.rule("2.2")
def test_an_updates_new_total_is_judged_with_nothing_taken():
    refuse_above_workday(ANN, MONDAY, Calendar(), taken=0, requested=8 * HOUR)
    with pytest.raises(WorkdayHoursExceeded) as refusal:
        refuse_above_workday(ANN, MONDAY, Calendar(), taken=0, requested=8 * HOUR + HUNDREDTH)

    assert (refusal.value.taken, refusal.value.requested) == (0, 8 * HOUR + HUNDREDTH)


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("has", "becomes", "is_refused"),
    [
        pytest.param(4, 8, False, id="to the whole workday"),
        pytest.param(4, 8.01, True, id="above it"),
        pytest.param(10, 9, False, id="an over-full day is lowered"),
        pytest.param(10, 10, False, id="an over-full day stays"),
        pytest.param(10, 10.01, True, id="an over-full day grows"),
    ],
)
def test_a_new_total_does_not_grow_above_the_workday(has, becomes, is_refused):
    before = stored(has)[ANN, MONDAY].entry
    if not is_refused:
        refuse_growth_above_workday(before, seconds_of_hours(becomes), Calendar())
        return
    with pytest.raises(WorkdayHoursExceeded) as refusal:
        refuse_growth_above_workday(before, seconds_of_hours(becomes), Calendar())

    error = refusal.value
    assert (error.user_id, error.day) == (ANN, MONDAY)
    assert (error.possible, error.taken, error.requested) == (
        8 * HOUR,
        0,
        seconds_of_hours(becomes),
    )


FIXED = (
    "An entry keeps its user and its day: here it is {}. Leave this out or as it is, or delete "
    "the entry and create another."
)


@pytest.mark.rule("2.9")
@pytest.mark.parametrize(
    ("user_id", "requested_date", "expected"),
    [
        pytest.param(None, None, [], id="left out"),
        pytest.param(ANN, MONDAY, [], id="as they are"),
        pytest.param(BEN, None, [(("user_id",), FIXED.format(1))], id="another user"),
        pytest.param(
            ANN, TUESDAY, [(("requested_date",), FIXED.format("2026-03-02"))], id="another day"
        ),
        pytest.param(
            BEN,
            TUESDAY,
            [
                (("user_id",), FIXED.format(1)),
                (("requested_date",), FIXED.format("2026-03-02")),
            ],
            id="both",
        ),
    ],
)
def test_an_update_moves_no_entry(user_id, requested_date, expected):
    entry = stored(4)[ANN, MONDAY].entry
    if not expected:
        refuse_other_place(entry, user_id, requested_date)
        return
    with pytest.raises(Refused) as refusal:
        refuse_other_place(entry, user_id, requested_date)

    assert [(error.path, error.message) for error in refusal.value.errors] == expected
    assert {error.code for error in refusal.value.errors} == {"INVALID_VALUE"}


@pytest.mark.rule("2.9")
def test_an_update_overwrites_the_reference_of_the_same_service():
    references = stored(4, (SAP_1, 1), (JIRA_1, 1))[ANN, MONDAY].references

    assert reference_to_overwrite(references, JIRA_2) is references[1]
    assert reference_to_overwrite(references, JIRA_OTHER_MODEL) is references[1]
    assert reference_to_overwrite(references[::-1], SAP_1) is references[0]
    assert reference_to_overwrite(references[:1], JIRA_1) is None
    assert reference_to_overwrite(references[1:], SAP_1) is None


@pytest.mark.rule("2.5")
def test_every_bad_item_is_named_with_its_place_in_the_request():
    _, refused = judged(
        request((9,), (1,), (1, None, SATURDAY), (8,), (1, JIRA_1), (2, JIRA_1)),
    )

    assert [(error.code, error.path) for error in refused] == [
        ("WORKDAY_HOURS_EXCEEDED", ("time_off_entries", 0, "hours")),
        ("WORKDAY_HOURS_EXCEEDED", ("time_off_entries", 2, "hours")),
        ("WORKDAY_HOURS_EXCEEDED", ("time_off_entries", 3, "hours")),
        ("EXTERNAL_REFERENCE_CONFLICT", ("time_off_entries", 5, "external_reference")),
    ]


@pytest.mark.rule("2.5")
def test_an_item_keeps_the_index_that_it_had_among_unreadable_ones():
    """Items that could not be read are missing from the wishes; the others keep their place."""
    _, refused = judged([wish(3, 9)])

    assert [error.path for error in refused] == [("time_off_entries", 3, "hours")]


@pytest.mark.rule("2.5")
@pytest.mark.parametrize(
    ("wishes", "refused_items"),
    [
        pytest.param(request((6,), (4,), (2,)), {1}, id="a refused item takes no hours"),
        pytest.param(request((9,), (8,)), {0}, id="also where it comes first"),
        pytest.param(request((4,), (8,), (4,)), {1}, id="whoever comes first is served first"),
        pytest.param(
            request((9, JIRA_1), (8, JIRA_1)), {0}, id="the reference of a refused item is free"
        ),
    ],
)
def test_refused_items_count_nothing(wishes, refused_items):
    combined, refused = judged(wishes)

    assert {error.path[1] for error in refused} == refused_items
    assert hours_by_day(combined) == {(ANN, MONDAY): 8.0}


@pytest.mark.rule("2.6")
def test_days_are_named_once_in_first_mention_order():
    combined, _ = judged(
        request(
            (1, None, TUESDAY),
            (1,),
            (1, None, MONDAY, BEN),
            (1, None, TUESDAY),
            (2, JIRA_1, SATURDAY),
        ),
        stored(2, (JIRA_1, 2), day=SATURDAY),
    )

    assert [(each.user_id, each.day) for each in combined.days] == [
        (ANN, TUESDAY),
        (ANN, MONDAY),
        (BEN, MONDAY),
        (ANN, SATURDAY),
    ]


@pytest.mark.rule("2.6")
def test_the_answer_says_what_became_of_each_item():
    combined, _ = judged(
        request((1,), (1, None, TUESDAY), (1, JIRA_1), (1, JIRA_1), (2, SAP_1, TUESDAY)),
        stored(2, (SAP_1, 2), day=TUESDAY),
    )

    assert outcomes(combined) == {
        0: CREATED,
        1: COMBINED,
        2: COMBINED,
        3: UNCHANGED,
        4: UNCHANGED,
    }


@pytest.mark.rule("1.1")
@pytest.mark.rule("2.9")
@pytest.mark.parametrize(
    ("hours", "message"),
    [
        pytest.param(0.0, "Hours are more than 0", id="zero: delete instead"),
        pytest.param(-0.0, "Hours are more than 0", id="minus zero"),
        pytest.param(-1.0, "Hours are more than 0", id="less than zero"),
        pytest.param(0.001, "at most two fraction digits", id="three fraction digits"),
        pytest.param(float("nan"), "Hours are a number", id="not a number"),
        pytest.param(float("inf"), "Hours are a number", id="infinity"),
        pytest.param(float("1e999"), "Hours are a number", id="1e999"),
        pytest.param(10**400, "Hours are a number", id="an integer beyond all floats"),
    ],
)
def test_these_are_no_hours_of_an_entry(hours, message):
    with pytest.raises(InvalidValue, match=message):
        read_hours(hours)


@pytest.mark.rule("1.1")
@given(st.floats() | st.integers())
def test_any_number_is_hours_above_zero_or_an_invalid_value(number):
    try:
        seconds = read_hours(number)
    except InvalidValue:
        return

    assert seconds > 0
    assert hours_of_seconds(seconds) == float(number)


@pytest.mark.rule("1.2")
@pytest.mark.parametrize("hours", [0.25, 0.5, 7.75, 8])
def test_quarter_hours_are_as_kantata_recommends(hours):
    assert quarter_hour_warnings(seconds_of_hours(hours), ("hours",)) == []


@pytest.mark.rule("1.2")
@pytest.mark.parametrize(
    ("hours", "written"),
    [
        pytest.param(0.01, "0.01 h", id="a hundredth"),
        pytest.param(7.3, "7.3 h", id="18 minutes beyond the hour"),
        pytest.param(8.24, "8.24 h", id="just below a quarter"),
    ],
)
def test_other_hours_are_stored_as_sent_with_a_warning(hours, written):
    (warning,) = quarter_hour_warnings(seconds_of_hours(hours), ("time_off_entries", 3, "hours"))

    assert warning.code is WarningCode.NOT_QUARTER_HOUR
    assert warning.path == ("time_off_entries", 3, "hours")
    assert warning.message.startswith(f"{written} is no multiple of a quarter hour")
    assert warning.message.endswith("stored as sent.")


@pytest.mark.rule("1.2")
def test_combining_never_rounds():
    combined, _ = judged(request((7.31,), (0.01,)))

    assert hours_by_day(combined) == {(ANN, MONDAY): 7.32}


@pytest.mark.rule("2.9")
@pytest.mark.parametrize("count", [1, MAX_ENTRIES_OF_A_DELETE])
def test_up_to_a_hundred_are_deleted_at_once(count):
    assert MAX_ENTRIES_OF_A_DELETE == 100
    refuse_count(count, MAX_ENTRIES_OF_A_DELETE, ("ids",))


@pytest.mark.rule("2.5")
@pytest.mark.rule("2.9")
@pytest.mark.parametrize(
    ("count", "most"),
    [
        pytest.param(0, MAX_ENTRIES_OF_A_CREATE, id="none at all"),
        pytest.param(1_001, MAX_ENTRIES_OF_A_CREATE, id="1,001 to create"),
        pytest.param(101, MAX_ENTRIES_OF_A_DELETE, id="101 to delete"),
    ],
)
def test_a_request_of_too_many_items_is_refused_as_a_whole(count, most):
    with pytest.raises(TooManyItems, match=f"1 to {most} items, not {count}") as refusal:
        refuse_count(count, most, ("time_off_entries",))

    assert refusal.value.path == ("time_off_entries",)
