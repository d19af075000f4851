"""What goes along with somebody who moves to another company (rule 4.10)."""

from datetime import UTC, date, datetime

import pytest

from app.domain.directory import Person, PersonStatus, User, UserStatus
from app.domain.durations import HOUR
from app.domain.errors import AlreadyInCompany
from app.domain.mirror import mirror_facts
from app.domain.moving import marks_of_others, moved_human, overfull_days
from app.domain.time_off_entries import ExternalReference, ReferenceFacts, TimeOffEntry
from app.domain.workers import Worker
from app.domain.workweek import Calendar
from tests.builders import COMPANY, OTHER_COMPANY, OTHER_PERSON, PERSON

pytestmark = pytest.mark.rule("4.10")

AT = datetime(2026, 3, 2, tzinfo=UTC)
MONDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 7)


def entry(id_, day, hours):
    return TimeOffEntry(id_, COMPANY, 1, day, day, hours * HOUR, AT, AT)


def reference(id_, entry_id, facts):
    return ExternalReference(id_, COMPANY, entry_id, facts, 0, AT, AT)


def test_a_user_moves_without_the_role_and_a_person_as_it_is():
    user = User(1, COMPANY, "Ada", "a@b.c", "nurse", 5, UserStatus.INACTIVE)
    person = Person(PERSON, COMPANY, "Ada", "L", "a@b.c", "9", PersonStatus.ACTIVE, "nurse")

    assert moved_human(user, OTHER_COMPANY) == User(
        1, OTHER_COMPANY, "Ada", "a@b.c", "nurse", None, UserStatus.INACTIVE
    )
    assert moved_human(person, OTHER_COMPANY) == Person(
        PERSON, OTHER_COMPANY, "Ada", "L", "a@b.c", "9", PersonStatus.ACTIVE, "nurse"
    )


def test_days_are_overfull_beyond_the_calendar_and_full_ones_are_not():
    entries = [entry(1, MONDAY, 8), entry(2, date(2026, 3, 3), 9), entry(3, SATURDAY, 1)]

    assert overfull_days(entries, Calendar((), (), ())) == 2


@pytest.mark.parametrize(
    ("person_id", "unsettled"),
    [
        pytest.param(PERSON, 1, id="another's mark"),
        pytest.param(None, 2, id="of a user alone every mark is another's"),
    ],
)
def test_hours_of_a_person_who_does_not_move_are_unsettled(person_id, unsettled):
    entries = [entry(1, MONDAY, 8), entry(2, SATURDAY, 1), entry(3, date(2026, 3, 4), 1)]
    references = {
        1: [reference(1, 1, mirror_facts(PERSON, MONDAY))],
        2: [
            reference(2, 2, ReferenceFacts("jira", "Issue", "7", None)),
            reference(3, 2, mirror_facts(OTHER_PERSON, SATURDAY)),
        ],
    }
    worker = Worker(COMPANY, 1, person_id, "Ada", None)

    assert marks_of_others(worker, entries, references) == unsettled


def test_who_is_there_already_is_told_so():
    error = AlreadyInCompany(("company_id",))

    assert (error.code, error.path) == ("ALREADY_IN_COMPANY", ("company_id",))
    assert error.message == "This worker is in this company already."
