"""Records that are made of Kantata's entries: what they are to have, and what becomes of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.days import DaySpan
from app.domain.durations import HOUR
from app.domain.errors import NotConvertible
from app.domain.instances import OccurrenceException
from app.domain.mirror import SpanPlan, mirror_facts
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.sync.mirrored import (
    CarriedDay,
    MirrorEdited,
    MirroredRecord,
    Terms,
    origin_of,
    plan_of,
    replan,
)
from app.domain.time_off_entries import ExternalReference, ReferenceFacts, StoredDay, TimeOffEntry
from app.domain.workers import Worker

COMPANY, ADA, GRACE = "company", "ada", "grace"
MONDAY = date(2026, 3, 2)
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
WEEKLY = RepeatRule(Repeat.WEEKLY, 1, MONDAY + timedelta(weeks=2))
WORKER = Worker(company_id=COMPANY, user_id=1, person_id=ADA, full_name="Amara Birch", email=None)


def day(number):
    return date(2026, 3, number)


def plan(first, last, hours=8, rule=None):
    return SpanPlan(
        span=DaySpan(day(first), day(last)),
        rule=rule,
        seconds=hours * HOUR,
        apply_to_saturday=False,
        apply_to_sunday=False,
    )


def clocks(first, last):
    return Pattern(time(first), time(last), apply_to_saturday=False, apply_to_sunday=False)


def mirrored(name, plan, person_id=ADA):
    return MirroredRecord(name, COMPANY, person_id, 1, plan)


def record(exceptions=(), **given):
    made = PersonTimeOff(
        id="r",
        company_id=COMPANY,
        person_id=ADA,
        span=DaySpan(day(2), day(4)),
        last_day=day(4),
        pattern=clocks(8, 16),
        is_paid=True,
        reason="Time off",
        rule=None,
        instance_ids=("i",),
        created_at=AT,
        updated_at=AT,
        exceptions=exceptions,
    )
    return replace(made, **given)


@pytest.mark.parametrize(
    ("given", "stands"),
    [
        pytest.param({}, True, id="as it was made"),
        pytest.param({"reason": "Else", "is_paid": False}, True, id="another reason and pay"),
        pytest.param({"pattern": clocks(10, 18)}, True, id="other clock times"),
        pytest.param({"pattern": clocks(8, 12)}, False, id="less hours"),
        pytest.param({"span": DaySpan(day(2), day(3))}, False, id="fewer days"),
        pytest.param(
            {"exceptions": (OccurrenceException(day(2), None),)},
            False,
            id="an occurrence that was left out",
        ),
    ],
)
def test_a_record_follows_the_entries_until_somebody_changes_when_it_is(given, stands):
    assert mirrored("r", plan(2, 4)).stands_as(record(**given)) is stands
    assert not mirrored("r", plan(2, 4)).stands_as(None)


def test_the_plan_of_a_record_is_what_was_made():
    assert plan_of(record()) == plan(2, 4)


@pytest.mark.parametrize(
    ("made", "days", "is_reached"),
    [
        (plan(2, 4), [5], True),
        (plan(2, 6), [9], True),  # over the weekend
        (plan(2, 4), [8], False),
        (plan(9, 10), [6], True),
        (plan(2, 2, rule=WEEKLY), [9], True),
        (plan(2, 2, rule=WEEKLY), [10], False),  # a repeat does not grow
    ],
)
def test_an_entry_next_to_a_record_may_make_it_longer(made, days, is_reached):
    assert mirrored("r", made).is_reached_by(list(map(day, days))) is is_reached


def entry(hours):
    return TimeOffEntry(
        id=7,
        company_id=COMPANY,
        user_id=1,
        requested_date=MONDAY,
        submission_date=AT.date(),
        seconds=int(hours * HOUR),
        created_at=AT,
        updated_at=AT,
    )


def mark(person_id=ADA, brought=0, facts=None):
    return ExternalReference(
        id=3,
        company_id=COMPANY,
        entry_id=7,
        facts=facts or mirror_facts(person_id, MONDAY),
        brought_seconds=brought * HOUR,
        created_at=AT,
        updated_at=AT,
    )


def needed(hours, *references, has=0, others=0, worker=WORKER, rounds=False):
    """Return the hours that mirrored records are to have, and the mark; None: nothing."""
    stored = StoredDay(entry(hours), references) if hours else None
    state = CarriedDay(stored, int(has * HOUR), int(others * HOUR), 8 * HOUR)
    found = state.needed(worker, round_to_quarter_hours=rounds)
    return found and (found.seconds / HOUR, found.mark)


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        pytest.param({"hours": 8}, 8, id="an entry"),
        pytest.param({"hours": 0}, None, id="no entry"),
        pytest.param({"hours": 8, "others": 8}, None, id="Procore has as many hours by itself"),
        pytest.param({"hours": 8, "has": 8, "others": 4}, 8, id="as it was made, beside others"),
        pytest.param({"hours": 4, "has": 8, "others": 4}, None, id="the others have what is left"),
        pytest.param({"hours": 1 + 1 / 60, "rounds": True}, 1, id="rounded"),
    ],
)
def test_mirrored_records_are_to_have_what_procore_lacks(given, hours):
    found = needed(**given)

    assert (found and found[0]) == hours


def test_hours_that_came_from_procore_are_not_carried_back():
    assert needed(8, mark(brought=8)) is None
    assert needed(10, mark(brought=8)) is None
    with pytest.raises(MirrorEdited, match="4 h on 2026-03-02, where Procore has brought 8 h"):
        needed(4, mark(brought=8))


def test_hours_that_a_mirrored_record_brought_itself_are_as_it_was_made():
    assert needed(8, mark(brought=1), has=8) == (8, mark(brought=1))
    assert needed(4, mark(brought=8), has=8) == (4, mark(brought=8))
    assert needed(8, mark(brought=4), has=4, others=8) is None


def test_a_new_record_is_of_that_whose_days_it_has_most_of():
    one, other = mirrored("r", plan(2, 3)), mirrored("s", plan(4, 6))

    assert origin_of(plan(3, 6), [one, other]) == other
    assert origin_of(plan(2, 4), [one, other]) == one
    assert origin_of(plan(9, 10), [one, other]) is None
    assert origin_of(plan(9, 10), []) is None


def test_the_mark_is_that_of_who_the_user_is_now():
    other = mark(facts=ReferenceFacts("jira", "Absence", "HR-1"))

    assert needed(8, mark(), other) == (8, mark())
    assert needed(8, other, mark(GRACE)) == (8, mark())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"references": [mark(GRACE, brought=8)]}, "of person grace", id="former"),
        pytest.param({"worker": replace(WORKER, person_id=None)}, "not known to Procore", id="who"),
        pytest.param({"hours": 1 + 1 / 60}, "quarter", id="no quarters"),
        pytest.param({"others": 4}, "Procore has 4 h", id="others have other hours"),
        pytest.param(
            {"worker": replace(WORKER, person_id=None), "references": [mark(brought=8)]},
            "not known to Procore",
            id="who is no person any more",
        ),
        pytest.param(
            {"references": [mark(facts=ReferenceFacts(mark().facts.service_name, "A", "1"))]},
            None,
            id="no mark",
        ),
    ],
)
def test_what_procore_cannot_say_is_not_carried(given, message):
    references = given.pop("references", [])
    if message is None:
        with pytest.raises(NotConvertible, match="another reference"):
            needed(8, *references)
        return
    with pytest.raises(NotConvertible, match=message):
        needed(given.pop("hours", 8), *references, **given)


def days(*numbers, hours=8):
    return {day(each): hours * HOUR for each in numbers}


def test_what_is_as_planned_stays():
    found = replan([mirrored("r", plan(2, 4))], ADA, days(2, 3, 4))

    assert (found.made, found.changed, found.gone) == ([], [], [])


def test_an_absence_that_grows_or_shrinks_stays_the_same_record():
    one = mirrored("r", plan(2, 4))

    assert replan([one], ADA, days(2, 3, 4, 5)).changed == [(one, plan(2, 5))]
    assert replan([one], ADA, days(3, 4)).changed == [(one, plan(3, 4))]
    assert replan([one], ADA, days(2, 3, 4, hours=4)).changed == [(one, plan(2, 4, 4))]


def test_one_that_is_split_goes_on_as_its_first_part():
    one = mirrored("r", plan(2, 6))
    found = replan([one], ADA, days(2, 3) | days(5, 6))

    assert found.changed == [(one, plan(2, 3))]
    assert (found.made, found.gone) == ([plan(5, 6)], [])


def test_two_that_become_one_leave_one():
    one, other = mirrored("r", plan(2, 3)), mirrored("s", plan(5, 6))
    found = replan([one, other], ADA, days(2, 3, 4, 5, 6))

    assert found.changed == [(one, plan(2, 6))]
    assert found.gone == [other]


def test_a_repeat_is_made_anew():
    weekly = mirrored("r", plan(2, 2, rule=WEEKLY))
    found = replan([weekly], ADA, days(2, 9))

    assert [each.rule for each in found.made] == [replace(WEEKLY, until=day(9))]
    assert (found.changed, found.gone) == ([], [weekly])


def test_a_single_day_does_not_become_a_repeat():
    one = mirrored("r", plan(2, 2))
    found = replan([one], ADA, days(2, 9, 16))

    assert [each.rule for each in found.made] == [WEEKLY]
    assert found.gone == [one]


def test_records_of_who_the_user_is_no_more_go():
    before = mirrored("r", plan(2, 4), GRACE)

    found = replan([before], ADA, days(2, 3, 4))
    assert (found.made, found.changed, found.gone) == ([plan(2, 4)], [], [before])
    assert replan([before], None, {}).gone == [before]


def test_what_is_asked_for_are_the_terms_and_the_plan():
    wish = Terms(reason="Kantata", is_paid=False, batch_start_time=time(9, 7)).wish(plan(2, 4, 4))

    assert (wish.reason, wish.is_paid) == ("Kantata", False)
    assert (wish.start_day, wish.end_day) == (day(2), day(4))
    assert (wish.batch_start_time, wish.batch_end_time) == (time(9, 7), time(13))


def test_the_days_of_a_record_are_those_that_its_plan_counts():
    assert mirrored("r", plan(6, 9, 4)).seconds == days(6, 9, hours=4)
