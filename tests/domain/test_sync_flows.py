"""Which records are carried, and from which day on."""

from datetime import UTC, date, datetime

from app.domain.changes import ChangeOperation, CommittedChange
from app.domain.days import FIRST_DAY, DayRange
from app.domain.identifiers import Kind
from app.domain.sync.flows import (
    Due,
    Flow,
    FlowProblem,
    Joined,
    Standing,
    SyncFlow,
    Work,
    days_of_users,
    first_day_of,
    joined_by,
    records_of,
)
from app.domain.sync.upstreams import UpstreamApi

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def changed(sequence, kind, key, before=None, after=None, days=None):
    return CommittedChange(
        sequence, AT, ChangeOperation.UPDATED, kind, key, before, after, origin=None, days=days
    )


def march(first, last):
    return DayRange(date(2026, 3, first), date(2026, 3, last))


def test_each_record_that_has_changed_is_carried_once_also_one_that_is_gone():
    ada, grace = {"personId": "ada"}, {"personId": "grace"}

    found = records_of(
        [
            changed(1, Kind.PERSON_TIME_OFF, "r1", None, ada, march(2, 4)),
            changed(2, Kind.ENTRY, 7, None, {"userId": "1"}),
            changed(3, Kind.PERSON_TIME_OFF, "r2", grace, None),
            changed(4, Kind.PERSON_TIME_OFF, "r1", ada, ada, march(9, 9)),
        ]
    )

    assert found == {"r1": Due("ada", march(2, 9)), "r2": Due("grace", DayRange())}


def test_what_is_long_past_stays_and_no_day_is_before_the_calendar():
    assert first_day_of(date(2026, 4, 1)) == date(2026, 1, 1)
    assert first_day_of(FIRST_DAY) == FIRST_DAY


def test_whoever_is_another_worker_by_a_link_or_an_e_mail_is_looked_at():
    one, other = {"personId": "p1", "userId": "1"}, {"personId": None, "userId": "1"}
    named = {"email": " A@x.example", "status": "ACTIVE"}

    joined = joined_by(
        [
            changed(1, Kind.WORKER, "w", one, other),
            changed(2, Kind.PERSON, "p2", named, named | {"status": "INACTIVE"}),
            changed(3, Kind.PERSON, "p3", {"email": "same@x.example"}, {"email": "same@x.example"}),
            changed(4, Kind.USER, 7, None, {"emailAddress": "new@x.example", "status": "ACTIVE"}),
            changed(5, Kind.USER, 8, {"emailAddress": None, "status": "A"}, None),
        ]
    )

    assert joined == Joined(
        frozenset({1}), frozenset({"p1"}), frozenset({"a@x.example", "new@x.example"})
    )
    assert joined
    assert not joined_by([])


def test_the_days_of_entries_are_those_that_they_were_on_and_those_that_they_are_on():
    monday = {"userId": "1", "requestedDate": "2026-03-02"}
    tuesday = {"userId": "1", "requestedDate": "2026-03-03"}
    others = {"userId": "2", "requestedDate": "2026-03-02"}

    found = days_of_users(
        [
            changed(1, Kind.ENTRY, 7, monday, tuesday),
            changed(2, Kind.ENTRY, 8, None, others),
            changed(3, Kind.PERSON_TIME_OFF, "r1", {"personId": "ada"}, None),
        ]
    )

    assert found == {
        1: frozenset({date(2026, 3, 2), date(2026, 3, 3)}),
        2: frozenset({date(2026, 3, 2)}),
    }


def test_a_direction_is_into_one_system_or_both():
    into = {
        each: (each.is_into(UpstreamApi.KANTATA_OX), each.is_into(UpstreamApi.PROCORE_REST))
        for each in SyncFlow
    }

    assert into == {
        SyncFlow.NONE: (False, False),
        SyncFlow.PROCORE_TO_KANTATA: (True, False),
        SyncFlow.KANTATA_TO_PROCORE: (False, True),
        SyncFlow.BOTH: (True, True),
    }


def test_records_are_before_users_and_a_place_is_read_as_it_was_stored():
    beginnings = {each: Flow("c", each, 0).beginning for each in SyncFlow}
    places = [Standing(), Standing(after="r1"), Standing(is_of_users=True, after="7")]

    assert beginnings[SyncFlow.BOTH] == beginnings[SyncFlow.PROCORE_TO_KANTATA] == Standing()
    assert beginnings[SyncFlow.KANTATA_TO_PROCORE] == Standing(is_of_users=True)
    assert [Standing.read(each.text()) for each in places] == places


def test_a_problem_is_of_a_record_or_of_a_day_and_is_tried_again_as_that():
    keys = ["P:ada:r1", "K:7:2026-03-02", "K:7:2026-03-03"]
    problems = [FlowProblem("p", "c", key, "CODE", "Why.", AT, AT) for key in keys]

    assert [each.record for each in problems] == [("ada", "r1"), None, None]
    assert [each.day for each in problems[:2]] == [None, (7, date(2026, 3, 2))]
    assert Work.of_keys(keys) == Work(
        {"r1": Due("ada")}, {7: frozenset({date(2026, 3, 2), date(2026, 3, 3)})}
    )
