"""Rows of files as entries: what each becomes, beside what is stored (rule 2.10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.durations import hours_of_seconds
from app.domain.errors import Refusals
from app.domain.imported_entries import bring
from tests.domain.entries import (
    ANN,
    FULL_TIME,
    JIRA_1,
    JIRA_2,
    MONDAY,
    SAP_1,
    SATURDAY,
    hours_by_day,
    request,
    stored,
)

NEW, COMBINED, CHANGED, SAME, LEFT_OUT = "NEW", "COMBINED", "CHANGED", "SAME", "LEFT_OUT"


def brought(wishes, before=None, *, cuts=False):
    refusals = Refusals()
    result = bring(wishes, before or {}, FULL_TIME, refusals, cuts=cuts)
    outcomes = [(each.outcome, hours_of_seconds(each.brought)) for each in result.results]
    return result, outcomes, refusals.errors


@pytest.mark.rule("2.10")
@pytest.mark.parametrize(
    ("wishes", "before", "hours", "became"),
    [
        pytest.param(request((4, JIRA_1)), {}, 4.0, [(NEW, 4)], id="a new day"),
        pytest.param(
            request((4, JIRA_1), (2, SAP_1)), {}, 6.0, [(NEW, 4), (COMBINED, 2)], id="two systems"
        ),
        pytest.param(request((4, JIRA_1)), stored(2), 6.0, [(COMBINED, 4)], id="beside own hours"),
        pytest.param(
            request((4, JIRA_1)), stored(6, (JIRA_1, 4)), 6.0, [(SAME, 4)], id="what it brought"
        ),
        pytest.param(
            request((6, JIRA_1)), stored(6, (JIRA_1, 4)), 8.0, [(CHANGED, 6)], id="more hours"
        ),
        pytest.param(
            request((1, JIRA_1)), stored(6, (JIRA_1, 4)), 3.0, [(CHANGED, 1)], id="fewer hours"
        ),
        pytest.param(
            request((1, JIRA_1)),
            stored(2, (JIRA_1, 8)),
            1.0,
            [(CHANGED, 1)],
            id="of an entry that was lowered by hand",
        ),
        pytest.param(
            request((9, JIRA_1)),
            stored(12, (JIRA_1, 12)),
            9.0,
            [(CHANGED, 9)],
            id="an over-full day may be lowered",
        ),
    ],
)
def test_a_row_takes_the_place_of_what_it_brought(wishes, before, hours, became):
    result, outcomes, errors = brought(wishes, before)

    assert (hours_by_day(result), outcomes, errors) == ({(ANN, MONDAY): hours}, became, [])


@pytest.mark.rule("2.10")
def test_a_changed_row_changes_what_its_reference_remembers():
    result, _, _ = brought(request((6, JIRA_1)), stored(6, (JIRA_1, 4)))

    [(before, after)] = result.references
    assert (before.id, after.id) == (500, 500)
    assert hours_of_seconds(after.brought_seconds) == 6


@pytest.mark.rule("2.10")
@pytest.mark.parametrize(
    ("wishes", "before", "code"),
    [
        pytest.param(request((9, JIRA_1)), {}, "WORKDAY_HOURS_EXCEEDED", id="new"),
        pytest.param(
            request((6, JIRA_1)), stored(7, (JIRA_1, 4)), "WORKDAY_HOURS_EXCEEDED", id="changed"
        ),
        pytest.param(
            request((1, JIRA_2)),
            stored(4, (JIRA_1, 4)),
            "EXTERNAL_REFERENCE_CONFLICT",
            id="another reference of the service",
        ),
    ],
)
def test_what_a_request_may_not_a_file_may_not_either(wishes, before, code):
    result, outcomes, [error] = brought(wishes, before)

    assert (error.code, error.path[:2], outcomes) == (code, ("time_off_entries", 0), [])
    assert (list(result.days), list(result.references)) == ([], [])


@pytest.mark.rule("2.10")
def test_two_references_of_one_service_in_one_file_are_refused():
    result, outcomes, [error] = brought(request((1, JIRA_1), (1, JIRA_2)))

    assert (error.code, error.path[1]) == ("EXTERNAL_REFERENCE_CONFLICT", 1)
    assert (outcomes, hours_by_day(result)) == ([(NEW, 1)], {(ANN, MONDAY): 1.0})


@pytest.mark.rule("2.10")
@pytest.mark.parametrize(
    ("wishes", "before", "hours", "became"),
    [
        pytest.param(request((9, JIRA_1)), {}, 8.0, (NEW, 8), id="what fits"),
        pytest.param(request((4, JIRA_1)), stored(6), 8.0, (COMBINED, 2), id="beside others"),
        pytest.param(request((4, JIRA_1)), stored(8), 8.0, (LEFT_OUT, 0), id="a full day"),
        pytest.param(
            request((8, JIRA_1)), stored(8, (JIRA_1, 4)), 8.0, (SAME, 4), id="cut as before"
        ),
        pytest.param(
            request((8, JIRA_1)),
            stored(9, (JIRA_1, 6)),
            9.0,
            (SAME, 6),
            id="an over-full day is not lowered by cutting",
        ),
        pytest.param(
            request((6, JIRA_1)), stored(6, (JIRA_1, 2)), 8.0, (CHANGED, 4), id="more of it fits"
        ),
    ],
)
def test_hours_are_cut_to_what_the_workday_has_room_for(wishes, before, hours, became):
    result, outcomes, errors = brought(wishes, before, cuts=True)

    assert (hours_by_day(result), outcomes, errors) == ({(ANN, MONDAY): hours}, [became], [])


@pytest.mark.rule("2.10")
def test_a_day_without_work_gets_no_entry_where_hours_are_cut():
    result, outcomes, errors = brought(request((8, JIRA_1, SATURDAY)), cuts=True)

    assert (list(result.days), outcomes, errors) == ([], [(LEFT_OUT, 0)], [])


def test_a_row_without_a_reference_is_a_bug():
    with pytest.raises(AssertionError):
        brought(request((1,)))


@given(
    st.lists(st.sampled_from([JIRA_1, SAP_1]), unique=True, min_size=1),
    st.lists(st.integers(1, 12), min_size=2, max_size=2),
    st.integers(1, 12),
    st.integers(0, 8),
    st.booleans(),
)
@pytest.mark.rule("2.10")
def test_a_day_never_grows_beyond_its_workday(references, hours, total, part, cuts):
    before = stored(total, (JIRA_1, part)) if part else stored(total)
    wishes = request(*zip(hours, references, strict=False))

    result, _, _ = brought(wishes, before, cuts=cuts)

    assert all(each.seconds <= max(8, total) * 3600 for each in result.days)
