"""Kantata OX time off entries: what holds of any request (section 2 of the rules)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.durations import HUNDREDTH, hours_of_seconds
from app.domain.errors import (
    WorkdayHoursExceeded,
)
from app.domain.time_off_entries import (
    EntryWish,
    StoredDay,
)
from app.domain.workweek import Calendar
from tests.domain.entries import (
    ANN,
    BEN,
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
    stored,
)

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
