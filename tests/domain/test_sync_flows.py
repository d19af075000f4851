"""Which records are carried, and from which day on."""

from datetime import UTC, date, datetime

from app.domain.changes import ChangeOperation, CommittedChange
from app.domain.days import FIRST_DAY
from app.domain.identifiers import Kind
from app.domain.sync.flows import first_day_of, records_of

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def changed(sequence, kind, key, before=None, after=None):
    return CommittedChange(
        sequence, AT, ChangeOperation.UPDATED, kind, key, before, after, origin=None
    )


def test_each_record_that_has_changed_is_carried_once_also_one_that_is_gone():
    ada, grace = {"personId": "ada"}, {"personId": "grace"}

    found = records_of(
        [
            changed(1, Kind.PERSON_TIME_OFF, "r1", None, ada),
            changed(2, Kind.ENTRY, 7, None, {"userId": "1"}),
            changed(3, Kind.PERSON_TIME_OFF, "r2", grace, None),
            changed(4, Kind.PERSON_TIME_OFF, "r1", ada, ada),
        ]
    )

    assert found == {"r1": "ada", "r2": "grace"}


def test_what_is_long_past_stays_and_no_day_is_before_the_calendar():
    assert first_day_of(date(2026, 4, 1)) == date(2026, 1, 1)
    assert first_day_of(FIRST_DAY) == FIRST_DAY
