"""Procore's records over ours, by what both last agreed on, and which of ours each of them is."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.days import DaySpan
from app.domain.erasure import REMOVED
from app.domain.errors import TimeOffError
from app.domain.instances import OccurrenceException
from app.domain.pattern import Pattern
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.sync.given_instances import first_span
from app.domain.sync.remote import BaseRecord
from app.domain.sync.remote_people import GivenInstance, RemoteTimeOff
from app.domain.sync.taking_in_records import RecordVersion, TakingIn, lay_record, pair, summary
from tests.builders import COMPANY, PERSON, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)
MONTHLY = RepeatRule(Repeat.MONTHLY, 1, date(2026, 4, 30))
MONTH_ENDS = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
FLAGS = Pattern(time(8), time(16), apply_to_saturday=True, apply_to_sunday=True)
TAKING = TakingIn(COMPANY, NOW, 4_000)


def instances(days, first_id=10):
    return [
        GivenInstance(
            uuid(first_id + place), DaySpan(date.fromisoformat(day), date.fromisoformat(day))
        )
        for place, day in enumerate(days)
    ]


def remote(days=("2026-03-04",), rule=None, **given):
    listed = instances(days)
    record = RemoteTimeOff(
        id=uuid(1),
        person_id=PERSON,
        span=first_span(listed[0].span.first, listed),
        pattern=FLAGS,
        is_paid=True,
        reason="medical",
        rule=rule,
        instances=listed,
        created_at=BEFORE,
    )
    return replace(record, **given)


def base_of(record, local_key=None):
    content = RecordVersion.of_remote(record).content()
    return BaseRecord(
        f"P:{local_key or record.id}", local_key or record.id, record.id, record.last_day, content
    )


def taken(record, base=None, stored=None, local_id=None):
    return lay_record(TAKING, local_id or record.id, base, stored, record)


STORED = taken(remote()).after


def test_a_record_that_is_new_here_is_the_vendors_to_the_letter():
    record = remote(MONTH_ENDS, MONTHLY)

    laid = taken(record)

    assert laid.before is None
    assert laid.is_change
    assert laid.is_as_ruled
    assert not laid.is_drift
    assert (laid.after.id, laid.after.created_at, laid.after.updated_at) == (uuid(1), BEFORE, NOW)
    assert [(each.id, each.span) for each in laid.after.instances] == [
        (each.id, each.span) for each in record.instances
    ]
    assert len(laid.after.instance_ids) == 1, "ids that follow by one are kept once"
    assert RecordVersion.of_stored(laid.after) == RecordVersion.of_remote(record)
    assert taken(record, base_of(record)).is_drift, "it was deleted here only"
    assert taken(replace(record, created_at=None)).after.created_at == NOW


def test_a_version_is_kept_without_any_word():
    version = RecordVersion.of_remote(remote(MONTH_ENDS, MONTHLY, reason="Moving house"))

    assert RecordVersion.of_content(version.content()) == version
    assert "Moving" not in str(version.content())


def test_a_record_that_is_the_same_on_both_sides_is_left_alone():
    laid = taken(remote(), base_of(remote()), STORED)

    assert not laid.is_change
    assert not laid.is_drift
    assert not laid.replaced


OTHERS = {
    "days": remote(("2026-03-05",)),
    "times": remote(pattern=replace(FLAGS, end_time=time(12))),
    "flags": remote(pattern=replace(FLAGS, apply_to_sunday=False)),
    "paid": remote(is_paid=False),
    "reason": remote(reason="vacation"),
    "rule": remote(["2026-03-04", "2026-04-04"], MONTHLY),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_the_vendor_has_changed_is_taken(what):
    laid = taken(OTHERS[what], base_of(remote()), STORED)

    assert laid.is_change
    assert not laid.is_drift
    assert not laid.replaced
    assert RecordVersion.of_stored(laid.after) == RecordVersion.of_remote(OTHERS[what])
    assert laid.after.updated_at == NOW + timedelta(milliseconds=1)
    assert laid.after.created_at == STORED.created_at


def test_what_was_changed_here_only_is_told_to_be_drift_and_set_back():
    ours = replace(STORED, is_paid=False)

    laid = taken(remote(), base_of(remote()), ours)

    assert laid.is_drift
    assert laid.after.is_paid
    both = taken(OTHERS["times"], base_of(remote()), ours)
    assert both.replaced
    assert not both.is_drift


def test_a_reason_that_was_removed_here_does_not_come_back():
    ours = replace(STORED, reason=REMOVED)

    for base in (None, base_of(remote())):
        for there in (remote(), remote(reason="vacation")):
            laid = taken(there, base, ours)

            assert not laid.is_change
            assert not laid.replaced
    assert taken(remote(is_paid=False), base_of(remote()), ours).after.reason == REMOVED


def test_of_a_reason_nothing_is_kept_and_another_here_gives_way_and_is_told_at_first():
    ours = replace(STORED, reason="vacation")

    first, again = (taken(remote(), base, ours) for base in (None, base_of(remote())))

    assert (first.after.reason, first.replaced) == ("medical", True)
    assert (again.after.reason, again.replaced, again.is_drift) == ("medical", False, False)
    assert base_of(remote(reason="vacation")) == base_of(remote())


def test_a_summary_tells_when_and_nothing_of_why():
    repeated = taken(remote(MONTH_ENDS, MONTHLY, is_paid=False)).after
    long = replace(STORED, span=DaySpan(date(2026, 3, 4), date(2026, 3, 6)))

    assert [summary(each) for each in (STORED, long, repeated)] == [
        "2026-03-04, 08:00 to 16:00, paid",
        "2026-03-04 to 2026-03-06, 08:00 to 16:00, paid",
        "2026-01-31, 08:00 to 16:00, monthly until 2026-04-30, unpaid",
    ]


@pytest.mark.parametrize(
    ("given", "exceptions"),
    [
        pytest.param(MONTH_ENDS, [], id="as the rule has them"),
        pytest.param(
            ["2026-01-31", "2026-03-03", "2026-03-31", "2026-04-30"],
            [("2026-02-28", "2026-03-03")],
            id="another reading of a month's end",
        ),
        pytest.param(
            ["2026-01-31", "2026-03-31", "2026-04-30"],
            [("2026-02-28", None)],
            id="one that does not take place",
        ),
        pytest.param(
            ["2026-01-31", "2026-02-28", "2026-03-31"],
            [("2026-04-30", None)],
            id="the last day does not belong to it",
        ),
        pytest.param(
            ["2026-01-31", "2026-03-03", "2026-04-30"],
            [("2026-02-28", "2026-03-03"), ("2026-03-31", None)],
            id="one moved and one missing",
        ),
    ],
)
def test_instances_are_stored_as_given(given, exceptions):
    record = remote(given, MONTHLY)

    laid = taken(record)

    assert laid.is_as_ruled is not bool(exceptions)
    assert laid.after.exceptions == tuple(
        OccurrenceException(
            date.fromisoformat(day), to and DaySpan(date.fromisoformat(to), date.fromisoformat(to))
        )
        for day, to in exceptions
    )
    assert [(each.id, each.span) for each in laid.after.instances] == [
        (each.id, each.span) for each in record.instances
    ]
    assert laid.after.last_day == record.last_day
    assert RecordVersion.of_stored(laid.after) == RecordVersion.of_remote(record)
    assert not taken(record, base_of(record), laid.after).is_change


def test_two_instances_on_one_day_are_two_occurrences():
    laid = taken(remote(["2026-01-31", "2026-01-31"], MONTHLY))

    assert [str(each.span.first) for each in laid.after.instances] == ["2026-01-31"] * 2


@pytest.mark.parametrize(
    ("record", "code"),
    [
        pytest.param(remote(["2026-03-04", "2026-03-05"]), "INSTANCES_DIFFER", id="too many"),
        pytest.param(
            remote(("2026-03-07",), pattern=replace(FLAGS, apply_to_saturday=False)),
            "NO_DAY_COUNTS",
            id="on a Saturday that does not count",
        ),
        pytest.param(
            replace(
                remote(),
                span=DaySpan(date(2026, 1, 1), date(2039, 1, 1)),
                instances=[GivenInstance(uuid(9), DaySpan(date(2026, 1, 1), date(2039, 1, 1)))],
            ),
            "TOO_MANY_DAYS",
            id="thirteen years",
        ),
        pytest.param(
            replace(
                remote(MONTH_ENDS, MONTHLY),
                instances=[GivenInstance(uuid(9), DaySpan(date(2000, 1, 1), date(2099, 12, 31)))],
            ),
            "TOO_MANY_DAYS",
            id="a century, which is not even counted",
        ),
        pytest.param(
            replace(
                remote(("2026-01-05",), RepeatRule(Repeat.WEEKLY, 1, date(2026, 2, 2))),
                span=DaySpan(date(2026, 1, 5), date(2026, 1, 12)),
            ),
            "REPEAT_OVERLAPS_ITSELF",
            id="overlaps itself",
        ),
    ],
)
def test_what_no_rule_can_hold_is_refused(record, code):
    with pytest.raises(TimeOffError) as refused:
        taken(record)

    assert refused.value.code == code


def test_each_record_of_the_vendors_is_one_of_ours_or_new():
    others = [replace(remote(), id=uuid(number), reason=f"{number}") for number in range(2, 6)]
    known, by_id, typed_twice, new = others
    ours = [
        replace(STORED, id="local", reason="2"),
        replace(STORED, id=by_id.id, reason="other"),
        replace(STORED, id="younger", reason="4", created_at=NOW),
        replace(STORED, id="older", reason="4"),
    ]
    bases = {known.id: base_of(known, "local"), "gone": base_of(remote(), "of-another")}

    pairing = pair([new, typed_twice, by_id, known], bases, ours)

    assert [pairing.local_key(each.id) for each in others] == ["local", by_id.id, "older", new.id]


def test_one_of_ours_is_adopted_once():
    twins = [replace(remote(), id=uuid(number)) for number in (2, 3)]

    pairing = pair(twins, {}, [replace(STORED, id="local")])

    assert [pairing.local_key(each.id) for each in twins] == ["local", uuid(3)]
