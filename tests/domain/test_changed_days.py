"""Whose days a calendar reads anew after changes (rule 5.3)."""

from datetime import UTC, date, datetime

import pytest

from app.domain.changed_days import ALL_DAYS, ChangedDays, ChangedDaysFilter, changed_days
from app.domain.changes import ChangeOperation, CommittedChange
from app.domain.days import DayRange
from app.domain.identifiers import Kind

pytestmark = pytest.mark.rule("5.3")

ADA, BOB = "U1", "U2"
GRACE = "Pb1"
MONDAY = DayRange(date(2026, 3, 2), date(2026, 3, 2))
FRIDAY = DayRange(date(2026, 3, 6), date(2026, 3, 6))
WEEK = DayRange(date(2026, 3, 2), date(2026, 3, 6))


def committed(sequence, kind, key, after, days=None, before=None):
    return CommittedChange(
        sequence=sequence,
        at=datetime(2026, 3, 2, tzinfo=UTC),
        operation=ChangeOperation.CREATED,
        kind=kind,
        key=key,
        before=before,
        after=after,
        origin=None,
        days=days,
    )


def entry(sequence, user_id, days):
    return committed(sequence, Kind.ENTRY, sequence, {"userId": user_id}, days)


def told_of(changes, wanted=ChangedDaysFilter()):  # noqa: B008 - a value
    return changed_days(changes, wanted)[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(entry(1, "1", MONDAY), (ADA,), id="an entry"),
        pytest.param(
            committed(1, Kind.PERSON_TIME_OFF, "x", {"personId": "b1"}, MONDAY),
            (GRACE,),
            id="a record",
        ),
        pytest.param(
            committed(1, Kind.ACKNOWLEDGEMENT, "x", {"userId": "1", "personId": "b1"}, MONDAY),
            (GRACE, ADA),
            id="an acknowledged discrepancy",
        ),
        pytest.param(
            committed(1, Kind.HOLIDAY, 3, {"name": "May Day"}, MONDAY), (), id="a holiday"
        ),
        pytest.param(
            committed(1, Kind.WORKWEEK, "w", {"userId": None}, MONDAY),
            (),
            id="a company's workweek",
        ),
        pytest.param(
            committed(1, Kind.WORKWEEK, "w", {"userId": "1"}, MONDAY),
            (ADA,),
            id="a user's workweek",
        ),
    ],
)
def test_days_are_told_with_whose_they_are(change, told):
    assert told_of([change]) == [ChangedDays(told, MONDAY, 1)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(committed(1, Kind.USER, 1, {"fullName": "Ada"}), (ADA,), id="a user"),
        pytest.param(
            committed(1, Kind.PERSON, "b1", {"lastName": "Hopper"}), (GRACE,), id="a person"
        ),
        pytest.param(
            committed(1, Kind.WORKER, "U1", {"userId": "1", "personId": "b1"}),
            (GRACE, ADA),
            id="who has become one",
        ),
        pytest.param(
            committed(1, Kind.WORKER, "U1", None, before={"userId": "1", "personId": "b1"}),
            (GRACE, ADA),
            id="who is one no more",
        ),
        pytest.param(entry(1, "1", None), (ADA,), id="an entry from before days were kept"),
    ],
)
def test_what_is_shown_beside_all_days_changes_all_of_them(change, told):
    assert told_of([change]) == [ChangedDays(told, ALL_DAYS, 1)]


@pytest.mark.parametrize("kind", [Kind.COMPANY, Kind.ROLE, Kind.REFERENCE])
def test_what_is_on_nobodys_days_is_not_told(kind):
    assert told_of([committed(1, kind, 1, {"name": "x"})]) == []


def test_neighbours_of_the_same_worker_are_told_at_once():
    changes = [entry(1, "1", MONDAY), committed(2, Kind.ROLE, 1, {}), entry(3, "1", FRIDAY)]

    assert told_of(changes) == [ChangedDays((ADA,), WEEK, 3)]


def test_others_in_between_keep_them_apart_so_that_each_cursor_is_behind_all_that_was_told():
    changes = [entry(1, "1", MONDAY), entry(2, "2", MONDAY), entry(3, "1", FRIDAY)]

    assert told_of(changes) == [
        ChangedDays((ADA,), MONDAY, 1),
        ChangedDays((BOB,), MONDAY, 2),
        ChangedDays((ADA,), FRIDAY, 3),
    ]


@pytest.mark.parametrize(
    ("wanted", "is_admitted"),
    [
        (ChangedDaysFilter(), True),
        (ChangedDaysFilter(frozenset([ADA])), True),
        (ChangedDaysFilter(frozenset([BOB])), False),
        (ChangedDaysFilter(frozenset()), False),
        (ChangedDaysFilter(days=DayRange(None, date(2026, 3, 1))), False),
        (ChangedDaysFilter(days=DayRange(date(2026, 3, 3), None)), False),
        (ChangedDaysFilter(frozenset([ADA]), WEEK), True),
    ],
)
def test_only_days_that_are_asked_for_are_told(wanted, is_admitted):
    assert wanted.admits(ChangedDays((ADA,), MONDAY, 1)) is is_admitted


def test_everybodys_days_are_told_to_all():
    assert ChangedDaysFilter(frozenset([BOB])).admits(ChangedDays((), MONDAY, 1))


def test_who_follows_one_of_two_that_have_become_one_follows_both():
    joined = ChangedDays((GRACE, ADA), ALL_DAYS, 1)

    assert ChangedDaysFilter(frozenset([ADA])).joined(joined).subjects == frozenset([ADA, GRACE])
    assert ChangedDaysFilter(frozenset([BOB])).joined(joined).subjects == frozenset([BOB])
    assert ChangedDaysFilter().joined(joined).subjects is None


def test_what_is_not_asked_for_is_left_out_before_neighbours_are_told_together():
    changes = [
        entry(1, "1", MONDAY),
        entry(2, "2", MONDAY),
        entry(3, "1", WEEK),
        entry(4, "1", FRIDAY),
    ]
    wanted = ChangedDaysFilter(frozenset([ADA]), DayRange(None, date(2026, 3, 5)))

    assert told_of(changes, wanted) == [ChangedDays((ADA,), WEEK, 3)]


def test_from_the_change_on_that_makes_two_one_both_are_followed():
    grace = committed(1, Kind.PERSON_TIME_OFF, "x", {"personId": "b1"}, MONDAY)
    link = committed(2, Kind.WORKER, "U1", {"userId": "1", "personId": "b1"})
    later = grace._replace(sequence=3)

    told, wanted = changed_days([grace, link, later], ChangedDaysFilter(frozenset([ADA])))

    assert [each.sequence for each in told] == [2, 3]
    assert wanted.subjects == frozenset([ADA, GRACE])
