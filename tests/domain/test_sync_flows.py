"""Which records are carried, and from which day on."""

from datetime import UTC, date, datetime

from app.domain.changes import ChangeOperation, CommittedChange
from app.domain.days import FIRST_DAY, DayRange
from app.domain.identifiers import Kind
from app.domain.sync.flows import Due, first_day_of, joined_by, records_of

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

    people, emails = joined_by(
        [
            changed(1, Kind.WORKER, "w", one, other),
            changed(2, Kind.PERSON, "p2", named, named | {"status": "INACTIVE"}),
            changed(3, Kind.PERSON, "p3", {"email": "same@x.example"}, {"email": "same@x.example"}),
            changed(4, Kind.USER, 7, None, {"emailAddress": "new@x.example", "status": "ACTIVE"}),
            changed(5, Kind.USER, 8, {"emailAddress": None, "status": "A"}, None),
        ]
    )

    assert people == {"p1"}
    assert emails == {"a@x.example", "new@x.example"}
