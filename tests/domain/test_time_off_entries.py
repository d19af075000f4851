"""Kantata OX time off entries: combining, capping, replays (section 2 of the rules)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.days import DaySpan
from app.domain.durations import HOUR, HUNDREDTH, hours_of_seconds, seconds_of_hours
from app.domain.errors import (
    ExternalReferenceConflict,
    InvalidValue,
    Refusals,
    Refused,
    TooManyItems,
    WorkdayHoursExceeded,
)
from app.domain.time_off_entries import (
    MAX_ENTRIES_OF_A_CREATE,
    MAX_ENTRIES_OF_A_DELETE,
    EntryOutcome,
    EntryWish,
    ExternalReference,
    ReferenceFacts,
    ReferenceStatus,
    StoredDay,
    TimeOffEntry,
    combine,
    quarter_hour_warnings,
    read_hours,
    reference_to_overwrite,
    refuse_above_workday,
    refuse_count,
    refuse_growth_above_workday,
    refuse_other_place,
)
from app.domain.warnings import WarningCode
from app.domain.workweek import Calendar, WorkweekPattern

ANN, BEN = 1, 2
MONDAY, TUESDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 7)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FULL_TIME = {ANN: Calendar(), BEN: Calendar()}
CREATED, COMBINED, UNCHANGED = EntryOutcome.CREATED, EntryOutcome.COMBINED, EntryOutcome.UNCHANGED

JIRA_1 = ReferenceFacts("jira", "Absence", "1")
JIRA_2 = ReferenceFacts("jira", "Absence", "2")
JIRA_OTHER_MODEL = ReferenceFacts("jira", "Issue", "1")
SAP_1 = ReferenceFacts("sap", "Absence", "1")


def request(*items):
    """Return the items as a request: (hours[, reference[, day[, user]]]) each."""
    return [wish(index, *item) for index, item in enumerate(items)]


def wish(index, hours, reference=None, day=MONDAY, user_id=ANN):
    return EntryWish(
        index=index,
        user_id=user_id,
        day=day,
        seconds=seconds_of_hours(hours),
        reference=reference,
    )


def stored(hours, *references, day=MONDAY, user_id=ANN, entry_id=100):
    """Return a stored day; each reference comes with the hours that it brought."""
    entry = TimeOffEntry(
        id=entry_id,
        company_id="c",
        user_id=user_id,
        requested_date=day,
        submission_date=date(2026, 1, 1),
        seconds=seconds_of_hours(hours),
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )
    return {
        (user_id, day): StoredDay(
            entry,
            [
                ExternalReference(
                    id=500 + number,
                    company_id="c",
                    entry_id=entry_id,
                    facts=facts,
                    brought_seconds=seconds_of_hours(brought),
                    created_at=LONG_AGO,
                    updated_at=LONG_AGO,
                )
                for number, (facts, brought) in enumerate(references)
            ],
        )
    }


def part_time(minutes):
    return Calendar(own=[WorkweekPattern(date(2026, 1, 1), None, (minutes,) * 7)])


def judged(wishes, before=None, calendars=None):
    """Return what was combined and the list of refusals."""
    refusals = Refusals()
    combined = combine(wishes, before or {}, calendars or FULL_TIME, refusals)
    return combined, refusals.errors


def hours_by_day(combined):
    return {(each.user_id, each.day): hours_of_seconds(each.seconds) for each in combined.days}


def outcomes(combined):
    return {each.index: outcome for each, outcome in combined.outcomes}


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
    assert reference_to_overwrite(references[:1], JIRA_1) is None


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


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    ("wishes", "before"),
    [
        pytest.param(request((1, JIRA_2)), stored(2, (JIRA_1, 2)), id="than a stored one"),
        pytest.param(request((1, JIRA_1), (1, JIRA_2)), {}, id="than an earlier item's"),
        pytest.param(
            request((2, JIRA_OTHER_MODEL)),
            stored(2, (JIRA_1, 2)),
            id="even with the same number in another model",
        ),
    ],
)
def test_a_second_reference_of_one_service_is_another(wishes, before):
    _, refused = judged(wishes, before)

    (error,) = refused
    assert isinstance(error, ExternalReferenceConflict)
    assert error.message == "The entry already has another reference of this service."


@pytest.mark.rule("2.7")
def test_references_of_different_services_stand_side_by_side():
    combined, refused = judged(request((1, SAP_1)), stored(2, (JIRA_1, 2)))

    assert refused == []
    assert combined.days[0].references() == [
        (JIRA_1, 2 * HOUR, 500, None),
        (SAP_1, 1 * HOUR, None, 0),
    ]


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    ("wishes", "before", "existing"),
    [
        pytest.param(
            request((1, JIRA_2)), stored(2, (SAP_1, 1), (JIRA_1, 1)), (501, None), id="by its id"
        ),
        pytest.param(
            request((1,), (1, JIRA_1), (1, JIRA_2)),
            {},
            (None, ("time_off_entries", 1, "external_reference")),
            id="by its place where it came in the same request",
        ),
    ],
)
def test_a_conflict_names_the_reference_that_is_there(wishes, before, existing):
    _, refused = judged(wishes, before)

    (error,) = refused
    assert isinstance(error, ExternalReferenceConflict)
    assert (error.existing_id, error.existing_path) == existing


@pytest.mark.rule("2.7")
def test_status_is_one_of_three_words():
    assert [status.value for status in ReferenceStatus] == ["successful", "pending", "failed"]


@pytest.mark.rule("2.7")
def test_all_but_the_three_names_is_optional():
    assert ReferenceFacts("jira", "Absence", "1") == ReferenceFacts(
        service_name="jira",
        service_model="Absence",
        service_model_ref="1",
        status=None,
        external_message=None,
        external_link=None,
        external_status=None,
        locked=False,
    )


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        pytest.param({"service_name": ""}, [("service_name",)], id="an empty service"),
        pytest.param({"service_model": " "}, [("service_model",)], id="a blank model"),
        pytest.param({"service_model_ref": "\x00"}, [("service_model_ref",)], id="a NUL"),
        pytest.param({"external_link": "\ud800"}, [("external_link",)], id="a lone surrogate"),
        pytest.param({"external_message": "x" * 2_001}, [("external_message",)], id="too long"),
        pytest.param(
            {"service_name": "", "service_model_ref": "", "external_status": "\x00"},
            [("service_name",), ("service_model_ref",), ("external_status",)],
            id="several at once",
        ),
    ],
)
def test_a_reference_says_something_that_can_be_stored(fields, paths):
    facts = replace(JIRA_1, **fields)

    with pytest.raises(Refused) as refusal:
        facts.refuse_unfit()

    assert [(error.code, error.path) for error in refusal.value.errors] == [
        ("INVALID_VALUE", path) for path in paths
    ]


@pytest.mark.rule("2.7")
def test_a_reference_may_use_every_field():
    facts = ReferenceFacts(
        service_name="jira",
        service_model="Absence",
        service_model_ref="1",
        status=ReferenceStatus.PENDING,
        external_message="two\nlines",
        external_link="https://x",
        external_status="open",
        locked=True,
    )

    facts.refuse_unfit()


@pytest.mark.rule("2.8")
@pytest.mark.parametrize(
    ("wishes", "before"),
    [
        pytest.param(request((2, JIRA_1)), stored(2, (JIRA_1, 2)), id="alone on its entry"),
        pytest.param(
            request((2, JIRA_1)), stored(8, (JIRA_1, 2)), id="on a day that is full since"
        ),
        pytest.param(
            request((2, JIRA_1)),
            stored(1, (JIRA_1, 2)),
            id="on an entry that was updated since: the reference remembers what it brought",
        ),
        pytest.param(request((2, JIRA_1), (2, JIRA_1)), stored(2, (JIRA_1, 2)), id="and once more"),
        pytest.param(
            request(
                (2, ReferenceFacts("jira", "Absence", "1", ReferenceStatus.FAILED, "no", "x", "y"))
            ),
            stored(2, (JIRA_1, 2)),
            id="with other attributes, which are ignored",
        ),
    ],
)
def test_a_replay_adds_nothing(wishes, before):
    combined, refused = judged(wishes, before)

    assert refused == []
    assert set(outcomes(combined).values()) == {UNCHANGED}
    assert [each.is_changed for each in combined.days] == [False]
    assert [each.new_references for each in combined.days] == [[]]


@pytest.mark.rule("2.8")
def test_a_replay_is_unchanged_even_where_nobody_works_any_more():
    combined, refused = judged(request((2, JIRA_1)), stored(2, (JIRA_1, 2)), {ANN: part_time(0)})

    assert refused == []
    assert outcomes(combined) == {0: UNCHANGED}


@pytest.mark.rule("2.8")
def test_a_replay_within_one_request_adds_nothing():
    combined, refused = judged(request((2, JIRA_1), (2, JIRA_1)))

    assert refused == []
    assert outcomes(combined) == {0: CREATED, 1: UNCHANGED}
    assert hours_by_day(combined) == {(ANN, MONDAY): 2.0}


@pytest.mark.rule("2.8")
@pytest.mark.parametrize(
    ("hours", "before"),
    [
        pytest.param(3, stored(2, (JIRA_1, 2)), id="more"),
        pytest.param(1, stored(2, (JIRA_1, 2)), id="fewer"),
        pytest.param(4, stored(4, (JIRA_1, 2)), id="the entry's, which are not the reference's"),
        pytest.param(30, stored(2, (JIRA_1, 2)), id="more than the day: judged as a replay first"),
    ],
)
def test_a_replay_with_other_hours_is_refused(hours, before):
    combined, refused = judged(request((hours, JIRA_1)), before)

    (error,) = refused
    assert isinstance(error, ExternalReferenceConflict)
    assert error.message == "This reference brought 2 h before."
    assert error.path == ("time_off_entries", 0, "external_reference")
    assert combined.days == []


@pytest.mark.rule("2.8")
@pytest.mark.parametrize(
    "item",
    [
        pytest.param((2, JIRA_1, TUESDAY), id="on another day"),
        pytest.param((2, JIRA_1, MONDAY, BEN), id="of another user"),
    ],
)
def test_the_same_reference_elsewhere_is_independent(item):
    combined, refused = judged(request(item), stored(2, (JIRA_1, 2)))

    assert refused == []
    assert outcomes(combined) == {0: CREATED}


@pytest.mark.rule("2.8")
def test_a_new_reference_remembers_the_hours_that_it_brought():
    combined, _ = judged(request((3, JIRA_1)), stored(2))

    (day,) = combined.days
    assert [(each.facts, each.brought_seconds) for each in day.new_references] == [
        (JIRA_1, 3 * HOUR)
    ]


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


# Laws.

seconds = st.integers(min_value=1, max_value=600).map(lambda count: count * HUNDREDTH)
references = st.none() | st.sampled_from([JIRA_1, JIRA_2, JIRA_OTHER_MODEL, SAP_1])
user_days = st.tuples(st.sampled_from([ANN, BEN]), st.sampled_from([MONDAY, TUESDAY, SATURDAY]))
calendars_of_all = st.fixed_dictionaries(
    {
        user_id: st.just(Calendar()) | st.integers(min_value=0, max_value=1_440).map(part_time)
        for user_id in (ANN, BEN)
    }
)


@st.composite
def requests(draw, references=references, unique_by=None):
    items = draw(
        st.lists(st.tuples(user_days, seconds, references), max_size=8, unique_by=unique_by)
    )
    return [
        EntryWish(index=index, user_id=user_id, day=day, seconds=brought, reference=reference)
        for index, ((user_id, day), brought, reference) in enumerate(items)
    ]


@st.composite
def stored_days(draw):
    """Stored days of any size, over-full ones too, with references that brought part of it."""
    before: dict[tuple[int, date], StoredDay] = {}
    for number, (user_id, day) in enumerate(draw(st.lists(user_days, max_size=4, unique=True))):
        facts = draw(st.lists(st.sampled_from([JIRA_1, SAP_1]), unique=True))
        hours = draw(st.integers(min_value=1, max_value=2_400)) / 100
        before |= stored(
            hours,
            *((each, draw(st.sampled_from([0.25, 1, 2]))) for each in facts),
            day=day,
            user_id=user_id,
            entry_id=100 + number,
        )
    return before


def as_stored(combined):
    """Return the days as they stand after they were written."""
    after: dict[tuple[int, date], StoredDay] = {}
    for number, each in enumerate(combined.days):
        after |= stored(
            hours_of_seconds(each.seconds),
            *((facts, hours_of_seconds(brought)) for facts, brought, _, _ in each.references()),
            day=each.day,
            user_id=each.user_id,
            entry_id=100 + number,
        )
    return after


def facts_of(errors):
    return [(type(error), error.path, error.message) for error in errors]


@pytest.mark.rule("2.2")
@given(requests(), stored_days(), calendars_of_all)
def test_no_day_grows_above_its_possible_hours(wishes, before, calendars):
    combined, refused = judged(wishes, before, calendars)

    for each in combined.days:
        at_first = each.stored.entry.seconds if each.stored else 0
        assert each.seconds <= max(at_first, calendars[each.user_id].possible_seconds(each.day))
    for error in refused:
        if isinstance(error, WorkdayHoursExceeded):
            assert error.taken + error.requested > error.possible


@pytest.mark.rule("2.1")
@given(requests(), stored_days(), calendars_of_all)
def test_a_day_is_the_exact_sum_of_what_stood_and_what_was_accepted(wishes, before, calendars):
    combined, _ = judged(wishes, before, calendars)

    for each in combined.days:
        at_first = each.stored.entry.seconds if each.stored else 0
        added = [
            item.seconds
            for item, outcome in combined.outcomes
            if (item.user_id, item.day) == (each.user_id, each.day) and outcome is not UNCHANGED
        ]
        assert each.seconds == at_first + sum(added)
        assert each.is_changed == bool(added)


@pytest.mark.rule("2.6")
@given(requests(), stored_days(), calendars_of_all)
def test_each_item_is_either_answered_or_refused(wishes, before, calendars):
    combined, refused = judged(wishes, before, calendars)

    answered = [item.index for item, _ in combined.outcomes]
    assert sorted([*answered, *(error.path[1] for error in refused)]) == list(range(len(wishes)))
    assert answered == sorted(answered)
    assert [(each.user_id, each.day) for each in combined.days] == list(
        dict.fromkeys((item.user_id, item.day) for item, _ in combined.outcomes)
    )


@pytest.mark.rule("2.6")
@given(requests(), stored_days(), calendars_of_all)
def test_only_the_first_item_of_a_new_day_creates(wishes, before, calendars):
    combined, _ = judged(wishes, before, calendars)

    for each in combined.days:
        became = [
            outcome
            for item, outcome in combined.outcomes
            if (item.user_id, item.day) == (each.user_id, each.day)
        ]
        assert (became[0] is CREATED) == (each.stored is None)
        assert CREATED not in became[1:]


@pytest.mark.rule("2.5")
@given(requests(), stored_days(), calendars_of_all)
def test_without_its_refused_items_a_request_gives_the_same(wishes, before, calendars):
    combined, refused = judged(wishes, before, calendars)
    refused_items = {error.path[1] for error in refused}

    again, no_more = judged(
        [each for each in wishes if each.index not in refused_items], before, calendars
    )

    assert (again, no_more) == (combined, [])


@pytest.mark.rule("2.5")
@given(requests(), stored_days(), calendars_of_all)
def test_items_of_other_days_are_irrelevant(wishes, before, calendars):
    combined, refused = judged(wishes, before, calendars)

    for key in {(each.user_id, each.day) for each in wishes}:
        alone = [each for each in wishes if (each.user_id, each.day) == key]
        of_day, refused_of_day = judged(alone, before, calendars)
        indices = {each.index for each in alone}
        assert of_day.days == [each for each in combined.days if (each.user_id, each.day) == key]
        assert of_day.outcomes == [each for each in combined.outcomes if each[0].index in indices]
        assert facts_of(refused_of_day) == facts_of(
            error for error in refused if error.path[1] in indices
        )


@pytest.mark.rule("2.6")
@given(
    requests(unique_by=lambda item: item[0]),
    stored_days(),
    calendars_of_all,
    st.randoms(use_true_random=False),
)
def test_permuting_items_of_distinct_days_changes_nothing_but_the_order(
    wishes, before, calendars, random
):
    combined, refused = judged(wishes, before, calendars)

    permuted, refused_again = judged(random.sample(wishes, len(wishes)), before, calendars)

    assert sorted(permuted.days, key=lambda each: (each.user_id, each.day)) == sorted(
        combined.days, key=lambda each: (each.user_id, each.day)
    )
    assert outcomes(permuted) == outcomes(combined)
    assert sorted(facts_of(refused_again), key=str) == sorted(facts_of(refused), key=str)


@pytest.mark.rule("2.8")
@given(
    requests(references=st.sampled_from([JIRA_1, JIRA_2, SAP_1])), stored_days(), calendars_of_all
)
def test_replaying_what_was_accepted_with_references_changes_nothing(wishes, before, calendars):
    combined, refused = judged(wishes, before, calendars)
    refused_items = {error.path[1] for error in refused}
    accepted = [each for each in wishes if each.index not in refused_items]

    again, no_more = judged(accepted, before | as_stored(combined), calendars)

    assert no_more == []
    assert set(outcomes(again).values()) <= {UNCHANGED}
    assert not any(each.is_changed for each in again.days)
    assert hours_by_day(again) == hours_by_day(combined)


@pytest.mark.rule("2.1")
@given(requests(references=st.none()), stored_days(), calendars_of_all)
def test_one_request_and_one_request_for_each_item_give_the_same_hours(wishes, before, calendars):
    combined, refused = judged(wishes, before, calendars)

    state = dict(before)
    refused_alone = []
    for each in wishes:
        step, errors = judged([each], state, calendars)
        state |= as_stored(step)
        refused_alone += errors

    assert facts_of(refused_alone) == facts_of(refused)
    for each in combined.days:
        assert state[each.user_id, each.day].entry.seconds == each.seconds
