"""What a conversion to Kantata says in words (rule 4.4), without a reason (4.6)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.days import DayRange, DaySpan
from app.domain.durations import HOUR, MINUTE
from app.domain.losses import ClockTimes, Loss, LossCode
from app.domain.mirror import mirror_facts
from app.domain.mirror_days import DayPlan
from app.domain.mirror_words import left_out, lost_of_record, warnings_of_days
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.time_off_entries import ExternalReference, StoredDay, TimeOffEntry
from app.domain.warnings import Warning, WarningCode
from app.domain.workers import Worker

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ADA, EVE, KIM = "ada", "eve", "kim"
WORKER = Worker("c", 1, ADA, "Ada", None)
NOBODYS = Worker("c", None, ADA, "Ada", None)
WORKDAY_OF_7_20 = 440 * MINUTE


def planned(offset=0, *, has=0, brought=None, clocked=0, person=ADA, worker=WORKER, user_id=1):
    """The plan of a day so many days after Monday; amounts in hours, what is brought by a mark."""
    day = MONDAY + timedelta(days=offset)
    entry = TimeOffEntry(
        id=100,
        company_id="c",
        user_id=user_id,
        requested_date=day,
        submission_date=day,
        seconds=int(has * HOUR),
        created_at=NOW,
        updated_at=NOW,
    )
    mark = ExternalReference(
        id=500,
        company_id="c",
        entry_id=100,
        facts=mirror_facts(person, day),
        brought_seconds=int((brought or 0) * HOUR),
        created_at=NOW,
        updated_at=NOW,
    )
    stored = StoredDay(entry, [] if brought is None else [mark]) if has else None
    return DayPlan.of(worker, (user_id, day), stored, int(clocked * HOUR), [EVE, KIM])


OF_USER = "{} taken from user {}: the person is linked with {} now."
OF_PERSON = (
    "{} were taken from user 1: they were of person {}, with whom the user is not linked now. "
    "Mirror a record of that person too."
)


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("plans", "messages"),
    [
        pytest.param([], [], id="no days"),
        pytest.param([planned(clocked=8), planned(1, has=8, brought=8)], [], id="as usual"),
        pytest.param(
            [planned(has=8, brought=8, user_id=2)],
            [OF_USER.format("8 h on 2026-03-02 were", 2, "user 1")],
            id="from a former user",
        ),
        pytest.param(
            [planned(each, has=8, brought=4, worker=NOBODYS, user_id=2) for each in (3, 0)],
            [OF_USER.format("8 h on 2 days (2026-03-02 to 2026-03-05) were", 2, "no user")],
            id="of a person who is no user's now",
        ),
        pytest.param(
            [planned(has=2, brought=8, user_id=2), planned(1, has=8, brought=8, user_id=3)],
            [
                OF_USER.format("2 h on 2026-03-02 were", 2, "user 1"),
                OF_USER.format("8 h on 2026-03-03 were", 3, "user 1"),
            ],
            id="each user once; no more than the entry still had",
        ),
        pytest.param(
            [planned(has=8, brought=0, user_id=2)],
            [OF_USER.format("The mark of 2026-03-02 was", 2, "user 1")],
            id="a mark that brought nothing",
        ),
        pytest.param(
            [
                planned(has=8, brought=8, person=EVE),
                planned(1, has=8, brought=2, person=KIM, clocked=8),
                planned(2, has=8, brought=1, person=EVE),
            ],
            [
                OF_PERSON.format("9 h on 2 days (2026-03-02 to 2026-03-04)", EVE),
                OF_PERSON.format("2 h on 2026-03-03", KIM),
            ],
            id="of former people, each once",
        ),
    ],
)
def test_what_was_taken_back_is_told(plans, messages):
    expected = [Warning(WarningCode.HOURS_TAKEN_BACK, each, ("id",)) for each in messages]

    assert warnings_of_days(plans) == expected


UNEVEN = "{} is no multiple of a quarter hour, as Kantata OX recommends: the workday has no more."


@pytest.mark.rule("1.2")
@pytest.mark.parametrize(
    ("plans", "messages"),
    [
        pytest.param(
            [planned(each, clocked=WORKDAY_OF_7_20 / HOUR) for each in range(3)],
            [UNEVEN.format("7.34 h on 3 days (2026-03-02 to 2026-03-04)")],
            id="days alike are told together",
        ),
        pytest.param(
            [planned(clocked=7.34), planned(1, clocked=7.6)],
            [UNEVEN.format("7.34 h on 2026-03-02"), UNEVEN.format("7.6 h on 2026-03-03")],
            id="other hours are told apart",
        ),
        pytest.param(
            [planned(has=8, brought=8, clocked=7.34)],
            [UNEVEN.format("7.34 h on 2026-03-02")],
            id="fewer than before",
        ),
        pytest.param([planned(has=7.34, clocked=5)], [], id="not what was there before"),
        pytest.param([planned(has=7.34, brought=7.34, clocked=7.34)], [], id="settled before"),
        pytest.param([planned(has=5.1, brought=2)], [], id="taken back: nothing is brought"),
    ],
)
def test_hours_that_are_no_quarters_are_told(plans, messages):
    expected = [Warning(WarningCode.NOT_QUARTER_HOUR, each, ("id",)) for each in messages]

    assert warnings_of_days(plans) == expected


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("days", "named"),
    [
        pytest.param([MONDAY], "2026-03-02", id="one day"),
        pytest.param(
            [MONDAY + timedelta(days=4), MONDAY], "2 days (2026-03-02 to 2026-03-06)", id="two"
        ),
    ],
)
def test_days_that_went_to_nobody_are_told(days, named):
    warning = left_out(days)

    assert (warning.code, warning.path) == (WarningCode.PERSON_WITHOUT_USER, ("id",))
    assert warning.message == (
        f"{named} of the record went to nobody: the person is not known to Kantata OX. "
        "Link the worker to a user, then mirror the record again."
    )


# 2 March 2026 is a Monday; the record comes back every week on Friday and Saturday.
WEEKENDS = RepeatRule(Repeat.WEEKLY, 1, date(2026, 3, 27))
SECRET = "unmistakable words"  # noqa: S105 - the reason that must not be found anywhere


def record(rule=None, *, is_paid=True):
    """A record of Friday and Saturday, from 8:15 to 16:00, whose Saturdays do not count."""
    return PersonTimeOff(
        id="r",
        company_id="c",
        person_id=ADA,
        span=DaySpan(date(2026, 3, 6), date(2026, 3, 7)),
        last_day=date(2026, 3, 28) if rule else date(2026, 3, 7),
        pattern=Pattern(time(8, 15), time(16), apply_to_saturday=False, apply_to_sunday=False),
        is_paid=is_paid,
        reason=SECRET,
        rule=rule,
        instance_ids=("5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a77",),
        created_at=NOW,
        updated_at=NOW,
    )


CLOCK_TIMES = "The clock times 08:15 to 16:00: an entry has hours only."
REASON = "The reason: an entry has none."


@pytest.mark.rule("4.4")
@pytest.mark.rule("4.6")
@pytest.mark.parametrize(
    ("is_paid", "words"),
    [
        pytest.param(True, "That it is paid: an entry does not say.", id="paid"),
        pytest.param(False, "That it is unpaid: an entry does not say.", id="unpaid"),
    ],
)
def test_what_an_entry_cannot_keep_is_told(is_paid, words):
    lost = lost_of_record(record(is_paid=is_paid), DayRange())

    assert lost == [
        Loss(LossCode.CLOCK_TIMES, CLOCK_TIMES, times=[ClockTimes(time(8, 15), time(16))]),
        Loss(LossCode.REASON, REASON),
        Loss(LossCode.PAID, words),
    ]
    assert SECRET not in " ".join(each.message for each in lost)


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("window", "count", "words"),
    [
        pytest.param(DayRange(), 4, "its 4 instances become entries of their own", id="all"),
        pytest.param(
            DayRange(date(2026, 3, 13), None),
            3,
            "3 of its 4 instances become entries of their own",
            id="some",
        ),
        pytest.param(
            DayRange(date(2026, 3, 27), None),
            1,
            "1 of its 4 instances becomes an entry of its own",
            id="one",
        ),
        pytest.param(
            DayRange(date(2026, 3, 28), None),
            0,
            "0 of its 4 instances become entries of their own",
            id="none: the last one's Saturday does not count",
        ),
    ],
)
def test_what_becomes_of_a_series_in_the_window_is_told(window, count, words):
    lost = lost_of_record(record(WEEKENDS), window)

    message = f"The series: {words}."
    assert lost[3:] == [Loss(LossCode.SERIES, message, instances=count, of_instances=4)]
