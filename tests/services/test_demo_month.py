"""The demo's current month is worth looking at, on whatever day it is loaded."""

from datetime import date, timedelta

import pytest

from app.domain.days import DaySpan
from app.domain.person_time_off import plan
from app.services.sample_data.demo_absences import submissions
from app.services.sample_data.demo_directory import BUILDERS, holidays, workers
from app.services.sample_data.demo_month import (
    ABSENCES,
    Entered,
    absences_of,
    company_day,
    first_monday,
)

DAYS = [
    *(date(2026, month, 1) for month in range(1, 13)),
    *(date(2027, month, 28) for month in range(1, 13)),
    date(2024, 2, 29),
    date(2026, 12, 31),
    date(2027, 8, 31),
]
any_day = pytest.mark.parametrize("today", DAYS, ids=str)


def month_of(day):
    first = day.replace(day=1)
    return DaySpan(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def kantata(today):
    """Hours by user and day in the month of today."""
    return {
        (int(each.user_id), each.requested_date): each.hours
        for one in submissions(today)
        for each in one.entries
        if each.requested_date in set(month_of(today))
    }


def procore(today):
    """The wishes that have an occurrence in the month of today, with that person's id."""
    month = month_of(today)
    return [
        (one.record.person_id, one.record.wish)
        for one in submissions(today)
        if one.record and any(span.overlaps(month) for span in plan(one.record.wish).spans)
    ]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_first_monday_is_in_the_first_week(day):
    found = first_monday(day)

    assert (found.weekday(), found.year, found.month) == (0, day.year, day.month)
    assert found.day <= 7


@any_day
def test_absences_lie_in_the_month(today):
    month = month_of(today)

    for absence in ABSENCES.values():
        span = absence.span_in(today)
        assert month.first <= span.first
        assert span.last <= month.last


@any_day
def test_there_is_a_holiday_which_is_a_workday(today):
    found = [
        each.given
        for each in holidays(today)
        if each.given["company_id"] == BUILDERS and each.given["name"] == "Company day"
    ]

    assert [each["start_date"] for each in found] == [company_day(today)]
    assert company_day(today).weekday() == 2
    assert (company_day(today).year, company_day(today).month) == (today.year, today.month)


@any_day
def test_there_are_bars_repeats_parts_of_days_and_unpaid_time_off(today):
    hours, wishes = kantata(today), procore(today)

    spans = [wish for _, wish in wishes if wish.end_day - wish.start_day >= timedelta(days=2)]
    assert len({(wish.start_day, wish.end_day) for wish in spans}) >= 4
    assert {wish.repeat.value for _, wish in wishes} >= {"never", "weekly", "monthly"}
    assert any(not wish.is_paid for _, wish in wishes)
    assert any(wish.apply_to_saturday and wish.apply_to_sunday for _, wish in wishes)
    assert {4, 8} <= set(hours.values())
    assert len({user for user, _ in hours}) >= 10


@any_day
def test_the_systems_agree_about_some_and_differ_about_others_in_each_way(today):
    hours, wishes = kantata(today), procore(today)
    days_of: dict[str, set[date]] = {}
    for person, wish in wishes:
        days_of.setdefault(person, set()).update(day for span in plan(wish).spans for day in span)
    seen: set[tuple[Entered, bool, bool]] = set()
    for worker in workers():
        for absence in absences_of(worker.number):
            span = absence.span_in(today)
            found = {
                (
                    (worker.user_id, day) in hours,
                    day in days_of.get(worker.person_id or "", set()),
                )
                for day in span
            }
            assert found != {(False, False)}, worker
            if worker.user_id and worker.person_id:
                seen |= {(absence.entered, *each) for each in found}

    assert {entered for entered, *_ in seen} == set(Entered)
    assert (Entered.ONLY_KANTATA, True, False) in seen
    assert (Entered.ONLY_PROCORE, False, True) in seen
    assert {(Entered.ALIKE, True, True), (Entered.OTHER_HOURS, True, True)} <= seen


def test_it_is_the_same_each_time():
    assert submissions(DAYS[0]) == submissions(DAYS[0])
