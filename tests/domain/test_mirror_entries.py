"""Entries in a conversion to Procore: which are needed, what marks them, what is lost (4.4)."""

from datetime import UTC, date, datetime, time

import pytest

from app.domain.days import DaySpan
from app.domain.durations import HOUR, HUNDREDTH, MINUTE
from app.domain.errors import NotConvertible
from app.domain.losses import Loss, LossCode
from app.domain.mirror import SERVICE_NAME, SpanPlan, mirror_facts
from app.domain.mirror_entries import NeededEntry, needed_entry, warnings_of_window, wish_of_span
from app.domain.mirror_words import lost_of_entries
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.time_off_entries import ExternalReference, ReferenceFacts, StoredDay, TimeOffEntry
from app.domain.workers import Worker

pytestmark = pytest.mark.rule("4.4")

COMPANY = "a4592b47-42ae-478f-926d-e77a7f768059"
PERSON = "81c63107-6843-4822-be42-a40b41e75285"
OTHER = "0d8f9a4e-51c3-4c19-9f0e-5b8b6b8d4c11"
MONDAY = date(2026, 3, 2)
SENT, NOW = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)


def entry(seconds=8 * HOUR):
    return TimeOffEntry(
        id=7,
        company_id=COMPANY,
        user_id=1,
        requested_date=MONDAY,
        submission_date=SENT.date(),
        seconds=seconds,
        created_at=SENT,
        updated_at=SENT,
    )


def worker(person_id=PERSON):
    return Worker(
        company_id=COMPANY, user_id=1, person_id=person_id, full_name="Amara Birch", email=None
    )


def reference(facts):
    return ExternalReference(
        id=3,
        company_id=COMPANY,
        entry_id=7,
        facts=facts,
        brought_seconds=2 * HOUR,
        created_at=SENT,
        updated_at=SENT,
    )


MARK = reference(mirror_facts(PERSON, MONDAY))
MARK_OF_OTHER = reference(mirror_facts(OTHER, MONDAY))
OF_ANOTHER_SERVICE = reference(ReferenceFacts("jira", "Absence", "HR-1"))
NO_MARK = reference(ReferenceFacts(SERVICE_NAME, "Absence", "HR-1"))


def judged(seconds=8 * HOUR, references=(), clocked=0, person_id=PERSON, *, rounds=False):
    return needed_entry(
        StoredDay(entry(seconds), list(references)),
        worker(person_id),
        clocked=clocked,
        workday=8 * HOUR,
        round_to_quarter_hours=rounds,
    )


@pytest.mark.parametrize(
    ("given", "seconds", "mark"),
    [
        pytest.param({}, 8 * HOUR, None, id="nothing of the day is known there"),
        pytest.param(
            {"references": [OF_ANOTHER_SERVICE]}, 8 * HOUR, None, id="another system's reference"
        ),
        pytest.param({"references": [MARK]}, 8 * HOUR, MARK, id="marked, and the record is gone"),
        pytest.param(
            {"seconds": 2 * HOUR + MINUTE, "rounds": True}, 2 * HOUR, None, id="rounded to quarters"
        ),
    ],
)
def test_procore_needs_an_entry(given, seconds, mark):
    found = judged(**given)

    assert (found.entry.id, found.person_id, found.seconds, found.mark) == (
        7,
        PERSON,
        seconds,
        mark,
    )


@pytest.mark.parametrize(
    "references", [pytest.param([MARK], id="marked"), pytest.param([NO_MARK], id="not judged")]
)
def test_procore_knows_a_day_whose_hours_it_has(references):
    assert judged(references=references, clocked=8 * HOUR) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"person_id": None}, "not known to Procore", id="no person"),
        pytest.param({"seconds": HOUR + MINUTE}, "quarter", id="no quarter hours"),
        pytest.param(
            {"references": [NO_MARK]}, "another reference of [^.]*\\.$", id="no mark of anybody"
        ),
        pytest.param(
            {"references": [MARK_OF_OTHER]}, f"It is of person {OTHER}", id="another's mark"
        ),
    ],
)
def test_procore_cannot_say_an_entry(given, message):
    with pytest.raises(NotConvertible, match=message):
        judged(**given)


def test_a_mark_that_stood_there_keeps_its_id_and_what_it_brought_is_the_entrys_own():
    mark = NeededEntry(entry(), worker(), PERSON, 8 * HOUR, MARK).mark_after(iter([]), NOW)

    assert (mark.id, mark.facts, mark.brought_seconds) == (3, MARK.facts, 0)
    assert (mark.created_at, mark.updated_at) == (SENT, NOW)


def test_a_new_mark_names_person_and_day():
    mark = NeededEntry(entry(), worker(), PERSON, 8 * HOUR, None).mark_after(iter([9]), NOW)

    assert (mark.id, mark.entry_id, mark.brought_seconds) == (9, 7, 0)
    assert mark.facts == mirror_facts(PERSON, MONDAY)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(None, (Repeat.NEVER, None, None), id="once"),
        pytest.param(
            RepeatRule(Repeat.WEEKLY, 1, date(2026, 3, 30)),
            (Repeat.WEEKLY, 1, date(2026, 3, 30)),
            id="every week",
        ),
    ],
)
def test_a_span_is_wished_for_from_the_time_that_is_given(rule, expected):
    span = SpanPlan(
        span=DaySpan(MONDAY, MONDAY),
        seconds=4 * HOUR,
        apply_to_saturday=False,
        apply_to_sunday=False,
        rule=rule,
    )

    wish = wish_of_span(span, batch_start_time=time(8, 2), is_paid=True, reason="medical")

    assert (wish.batch_start_time, wish.batch_end_time) == (time(8, 2), time(12))
    assert (wish.repeat, wish.cadence, wish.repeat_end_day) == expected


@pytest.mark.parametrize(
    ("named", "inside", "expected"),
    [
        pytest.param("ab", "ab", [], id="all inside"),
        pytest.param(
            "ab",
            "a",
            ["1 of 2 entries lies outside the window, and nothing of that was mirrored."],
            id="one outside",
        ),
        pytest.param(
            "abc",
            "a",
            ["2 of 3 entries lie outside the window, and nothing of that was mirrored."],
            id="two outside",
        ),
    ],
)
def test_entries_outside_the_window_are_told(named, inside, expected):
    assert [each.message for each in warnings_of_window(named, inside)] == expected


def test_what_is_lost_names_each_rounded_amount_once():
    def needed(seconds, recorded):
        return NeededEntry(entry(seconds), worker(), PERSON, recorded, None)

    lost = lost_of_entries(
        [
            needed(HOUR, HOUR),
            needed(HOUR + HUNDREDTH, HOUR),
            needed(HOUR + HUNDREDTH, HOUR),
            needed(24 * HUNDREDTH, 15 * MINUTE),
        ],
        records=1,
    )

    assert lost == [
        Loss(
            LossCode.ENTRY_IDENTITY,
            "The entries' own identity: 1 record stands for 4 entries.",
            entries=4,
            records=1,
        ),
        Loss(LossCode.EXTERNAL_REFERENCES, "Other systems' references: they stay on the entries."),
        Loss(LossCode.SUBMITTED, "When each entry was submitted."),
        Loss(
            LossCode.QUARTER_HOURS,
            "Hours beside quarter hours: 1 entry of 0.24 h stands as 0.25 h, 0.01 h more.",
            entries=1,
            seconds_before=24 * HUNDREDTH,
            seconds_after=15 * MINUTE,
        ),
        Loss(
            LossCode.QUARTER_HOURS,
            "Hours beside quarter hours: 2 entries of 1.01 h stand as 1 h, 0.01 h less each.",
            entries=2,
            seconds_before=HOUR + HUNDREDTH,
            seconds_after=HOUR,
        ),
    ]


def test_nothing_is_lost_of_nothing():
    assert lost_of_entries([], records=0) == []
    assert lost_of_entries([NeededEntry(entry(), worker(), PERSON, HOUR, None)], 2)[0].message == (
        "The entries' own identity: 2 records stand for 1 entry."
    )
