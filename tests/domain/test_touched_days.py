"""Which days a change touches, computed by hand (rule 5.3)."""

from dataclasses import replace
from datetime import date, time

import pytest

from app.domain.days import DayRange
from app.domain.errors import Refusals
from app.domain.person_time_off_patch import PersonTimeOffPatch
from app.domain.repeat_changes import Scope, change, delete
from app.domain.touched_days import touched_days
from tests.domain.person_records import record_of
from tests.domain.test_repeat_changes import LONG_WEEKENDS, ONCE, WEDNESDAYS
from tests.entities import ENTITIES

pytestmark = pytest.mark.rule("5.3")

COMPANY, ROLE, USER, PERSON, WORKER, WORKWEEK, HOLIDAY, ENTRY, REFERENCE = ENTITIES[:9]


def march(first, last=None):
    return DayRange(date(2026, 3, first), date(2026, 3, last or first))


def test_an_entry_touches_its_day():
    assert touched_days(None, ENTRY) == touched_days(ENTRY, None) == march(2)


def test_an_entry_that_was_moved_touches_both_days():
    assert touched_days(ENTRY, replace(ENTRY, requested_date=date(2026, 3, 9))) == march(2, 9)


@pytest.mark.parametrize("without_days", [COMPANY, ROLE, USER, PERSON, WORKER, REFERENCE])
def test_what_has_no_days_touches_none(without_days):
    assert touched_days(None, without_days) is None
    assert touched_days(without_days, without_days) is None


def test_a_holiday_that_was_moved_touches_its_old_days_and_its_new_ones():
    moved = replace(HOLIDAY, start_date=date(2026, 3, 6), end_date=date(2026, 3, 8))

    assert touched_days(HOLIDAY, moved) == march(2, 8)


def test_a_workweek_without_an_end_touches_all_days_from_its_first_one_on():
    open_ended = replace(WORKWEEK, effective_to=None)

    assert touched_days(WORKWEEK, None) == march(2, 11)
    assert touched_days(WORKWEEK, open_ended) == DayRange(date(2026, 3, 2), None)


def test_a_record_touches_its_days_from_the_first_to_the_last():
    assert touched_days(None, record_of(ONCE)) == march(4)
    assert touched_days(record_of(WEDNESDAYS), None) == march(4, 25)


def one(record, day, **changed):
    patch = PersonTimeOffPatch(**changed)
    return change(record, patch, Scope.ONE, date(2026, 3, day), lambda: "", Refusals()).record


@pytest.mark.rule("3.11")
def test_of_a_repeat_only_the_occurrences_that_are_otherwise_now_are_touched():
    record = record_of(WEDNESDAYS)
    skipped = delete(record, Scope.ONE, date(2026, 3, 11)).record
    moved = one(record, 18, start_day=date(2026, 3, 20), end_day=date(2026, 3, 20))
    shorter = one(record, 25, batch_end_time=time(12))

    assert touched_days(record, skipped) == march(11)
    assert touched_days(skipped, record) == march(11)
    assert touched_days(record, moved) == march(18, 20)
    assert touched_days(record, shorter) == march(25)
    assert touched_days(skipped, moved) == march(11, 20)


@pytest.mark.rule("3.11")
def test_all_days_of_an_occurrence_are_touched_also_those_that_do_not_count():
    record = record_of(LONG_WEEKENDS)

    assert touched_days(record, delete(record, Scope.ONE, date(2026, 3, 13)).record) == march(
        13, 16
    )


def test_a_repeat_that_ends_earlier_touches_what_it_loses():
    record = record_of(WEDNESDAYS)
    ended = delete(record, Scope.FOLLOWING, date(2026, 3, 18)).record

    assert touched_days(record, ended) == march(18, 25)


@pytest.mark.rule("3.11")
def test_a_record_with_a_moved_occurrence_is_where_its_occurrences_are():
    record = record_of(WEDNESDAYS)
    earlier = one(record, 4, start_day=date(2026, 3, 2), end_day=date(2026, 3, 2))

    assert touched_days(None, earlier) == march(2, 25)


def test_a_reason_that_was_changed_touches_all_days_on_which_it_is_shown():
    record = record_of(WEDNESDAYS)

    assert touched_days(record, replace(record, reason="another")) == march(4, 25)


def test_what_is_paid_is_another_day():
    record = record_of(WEDNESDAYS)

    assert touched_days(record, replace(record, is_paid=not record.is_paid)) == march(4, 25)
