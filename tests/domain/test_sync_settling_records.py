"""What becomes of a record that both sides may have changed, and how it is written there."""

from dataclasses import replace
from datetime import date, time

import pytest

from app.domain.days import DaySpan
from app.domain.erasure import REMOVED
from app.domain.instances import OccurrenceException
from app.domain.recurrence import Repeat, RepeatRule
from app.domain.sync.conflicts import ConflictPolicy, SyncConflictKind, SyncSide
from app.domain.sync.deliveries import (
    DeliveryOperation,
    day_key,
    is_record_key,
    read_record_key,
    record_key,
)
from app.domain.sync.remote_people import NO_REASON, TimeOffChange
from app.domain.sync.settling_records import (
    SettledRecord,
    base_of_unknown_record,
    is_late_record,
    parts_that_differ,
    settle_record,
)
from app.domain.sync.taking_in_records import (
    KeptHere,
    RecordPart,
    RecordVersion,
    SentRecord,
    lay_record,
    lies_in,
    pair,
    words_digest,
)
from app.domain.sync.versions import day_of, operation_between, version_for_clients, version_words
from app.domain.sync.writing_records import RecordWrite, change_of, new_of, write_of
from tests.builders import PERSON, uuid
from tests.domain.test_sync_taking_in_records import (
    FLAGS,
    MONTH_ENDS,
    MONTHLY,
    NOW,
    STORED,
    TAKING,
    base_of,
    remote,
    taken,
)

VENDOR, GATEWAY, ASK = ConflictPolicy
BASE = RecordVersion.of_remote(remote())
LATER = replace(BASE, starts=540)
EARLIER = replace(BASE, starts=420)
UNPAID = replace(BASE, is_paid=False)
SKIPPED = replace(BASE, instances="others")
WHEN, OCCURRENCES, IS_PAID = RecordPart.WHEN, RecordPart.OCCURRENCES, RecordPart.IS_PAID
EXISTENCE = RecordPart.EXISTENCE


@pytest.mark.parametrize(
    ("ours", "theirs", "stays"),
    [
        (BASE, BASE, set()),
        (LATER, BASE, {WHEN, OCCURRENCES}),
        (BASE, LATER, set()),
        (UNPAID, LATER, {IS_PAID}),
        (SKIPPED, BASE, {OCCURRENCES}),
        (BASE, SKIPPED, set()),
        (replace(LATER, instances="others"), UNPAID, {WHEN, OCCURRENCES}),
        (None, BASE, {EXISTENCE}),
        (BASE, None, set()),
        (None, None, set()),
    ],
)
def test_what_one_side_alone_has_changed_holds(ours, theirs, stays):
    for policy in ConflictPolicy:
        assert settle_record(BASE, ours, theirs, policy) == SettledRecord(frozenset(stays))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "kind", "alone", "both"),
    [
        (BASE, LATER, EARLIER, "BOTH_CHANGED", set(), {WHEN, OCCURRENCES}),
        (
            BASE,
            replace(LATER, is_paid=False),
            EARLIER,
            "BOTH_CHANGED",
            {IS_PAID},
            {WHEN, OCCURRENCES},
        ),
        (BASE, SKIPPED, replace(BASE, instances="more"), "BOTH_CHANGED", set(), {OCCURRENCES}),
        (None, LATER, EARLIER, "FIRST_CONTACT", set(), {WHEN, OCCURRENCES}),
        (None, UNPAID, BASE, "FIRST_CONTACT", set(), {IS_PAID}),
        (BASE, None, LATER, "DELETED_HERE_CHANGED_THERE", set(), {EXISTENCE}),
        (BASE, LATER, None, "CHANGED_HERE_DELETED_THERE", set(), {EXISTENCE}),
    ],
)
def test_what_both_have_changed_is_settled_by_the_policy(base, ours, theirs, kind, alone, both):
    there, here, asked = (
        settle_record(base, ours, theirs, policy) for policy in (VENDOR, GATEWAY, ASK)
    )

    assert {each.conflict for each in (there, here, asked)} == {SyncConflictKind(kind)}
    assert (there.ours, there.kept, there.is_open) == (alone, SyncSide.VENDOR, False)
    assert (here.ours, here.kept, here.is_open) == (alone | both, SyncSide.GATEWAY, False)
    assert (asked.kept, asked.is_open) == (None, True)


def test_what_was_made_on_both_sides_is_expanded_as_there():
    assert settle_record(None, SKIPPED, BASE, ASK) == SettledRecord()


def test_a_reason_stays_where_a_change_waits_and_a_version_that_gives_way_is_told():
    assert SettledRecord().kept_here(is_wanted=False) == KeptHere()
    assert SettledRecord().kept_here(is_wanted=True) == KeptHere(reason=True)
    mine = settle_record(BASE, UNPAID, BASE, ASK).kept_here(is_wanted=False)
    assert mine == KeptHere(frozenset({IS_PAID}), reason=True)
    assert settle_record(BASE, LATER, EARLIER, VENDOR).kept_here(is_wanted=False).gives_way


def test_a_write_that_shows_is_what_both_agree_on():
    sent = replace(LATER, instances="as we expand it")

    assert base_of_unknown_record(BASE, LATER, [(sent, BASE)]) == sent
    assert base_of_unknown_record(BASE, BASE, [(sent, BASE)]) == BASE
    assert base_of_unknown_record(BASE, None, [(None, BASE)]) is None
    assert base_of_unknown_record(None, None, []) is None


def test_what_was_there_before_a_write_is_an_old_answer():
    done = [(LATER, BASE), (EARLIER, LATER)]

    assert [is_late_record(done, each) for each in (BASE, LATER, EARLIER, UNPAID)] == [
        True,
        True,
        False,
        False,
    ]
    assert is_late_record([(BASE, None)], None)
    assert not is_late_record([(None, BASE), (BASE, None)], BASE)
    assert not is_late_record([], None)


def test_what_differs_is_named_by_its_parts():
    assert parts_that_differ(BASE, BASE) == set()
    assert parts_that_differ(replace(LATER, is_paid=False), BASE) == {WHEN, IS_PAID}
    assert parts_that_differ(SKIPPED, BASE) == {OCCURRENCES}


def test_what_stays_as_it_is_here_is_laid_over_the_vendors():
    stored = replace(
        taken(remote(MONTH_ENDS, MONTHLY)).after,
        pattern=replace(FLAGS, start_time=time(9)),
        is_paid=False,
        reason="ours",
        exceptions=(OccurrenceException(date(2026, 2, 28), None),),
    )
    theirs = remote(MONTH_ENDS, MONTHLY, reason="theirs")

    def laid(*parts, reason=False):
        kept = KeptHere(frozenset(parts), reason=reason)
        return lay_record(TAKING, stored.id, base_of(theirs), stored, theirs, kept)

    whole = laid(WHEN, OCCURRENCES, IS_PAID, reason=True)
    paid, occurrences = laid(IS_PAID).after, laid(OCCURRENCES).after
    assert (whole.after, whole.is_change, whole.is_drift) == (stored, False, False)
    assert (paid.is_paid, paid.reason, paid.pattern) == (False, "theirs", FLAGS)
    assert (occurrences.exceptions, occurrences.is_paid) == (stored.exceptions, True)
    assert laid(IS_PAID).is_drift
    assert not laid().replaced


def test_what_gives_way_is_told():
    theirs = remote(pattern=replace(FLAGS, start_time=time(9)))
    kept = KeptHere(gives_way=True)

    assert lay_record(TAKING, STORED.id, base_of(remote()), STORED, theirs, kept).replaced


def test_what_may_have_been_made_there_is_known_by_what_was_sent():
    """Ours has become another meanwhile, or is deleted."""
    twin, other = remote(id=uuid(2)), remote(id=uuid(3), is_paid=False)
    worded = remote(id=uuid(4), reason="flu")
    says = RecordVersion.of_remote(twin).fingerprint
    mine = SentRecord("mine", says, "salt", words_digest("salt", "medical"))
    ours = SentRecord("ours", says, "other salt", words_digest("other salt", "medical"))

    assert pair([worded, twin, other], {}, [], [mine]).local_keys == {uuid(2): "mine"}
    assert pair([worded], {}, [], [replace(mine, words=None)]).local_keys == {uuid(4): "mine"}
    known = {twin.id: base_of(twin, "mine")}
    assert pair([twin, remote(id=uuid(5))], known, [], [mine]).local_keys == {uuid(2): "mine"}
    assert pair([other, worded], {}, [], [mine]).local_keys == {}
    two = [twin, remote(id=uuid(5))]
    assert pair(two, {}, [], [mine]).local_keys == {uuid(2): "mine"}, "One write makes one record."
    assert pair(two, {}, [], [mine, mine, ours]).local_keys == {uuid(2): "mine", uuid(5): "ours"}


WEEKLY = RepeatRule(Repeat.WEEKLY, 1, date(2026, 3, 18))
WEEKS = ["2026-03-04", "2026-03-11", "2026-03-18"]
SERIES = taken(remote(WEEKS, WEEKLY)).after
NINE = replace(FLAGS, start_time=time(9))


@pytest.mark.parametrize(
    ("ours", "theirs", "write"),
    [
        (None, None, None),
        (STORED, remote(), None),
        (STORED, None, RecordWrite.CREATE),
        (None, remote(), RecordWrite.DELETE),
        (STORED, remote(is_paid=False), RecordWrite.CHANGE),
        (STORED, remote(reason="other"), RecordWrite.CHANGE),
        (STORED, remote(["2026-03-05"]), RecordWrite.CHANGE),
        (SERIES, remote(WEEKS, WEEKLY, pattern=NINE), RecordWrite.CHANGE),
        (SERIES, remote(WEEKS[:2], replace(WEEKLY, until=date(2026, 3, 11))), RecordWrite.REPLACE),
        (SERIES, remote(), RecordWrite.REPLACE),
        (STORED, remote(WEEKS, WEEKLY), RecordWrite.REPLACE),
        (
            SERIES,
            remote(["2026-03-04", "2026-03-12", "2026-03-18"], WEEKLY),
            RecordWrite.UNSUPPORTED,
        ),
    ],
)
def test_a_record_becomes_there_as_it_is_here(ours, theirs, write):
    assert write_of(ours, theirs) == write


def test_single_occurrences_are_not_written():
    skipped = replace(SERIES, exceptions=(OccurrenceException(date(2026, 3, 11), None),))
    longer = replace(WEEKLY, until=date(2026, 3, 25))

    assert write_of(skipped, None) is RecordWrite.UNSUPPORTED
    assert write_of(skipped, remote(WEEKS, WEEKLY)) is RecordWrite.UNSUPPORTED
    assert write_of(skipped, remote([*WEEKS, "2026-03-25"], longer)) is RecordWrite.UNSUPPORTED
    there = remote([WEEKS[0], WEEKS[2]], WEEKLY)
    as_there = taken(there).after
    assert write_of(replace(as_there, is_paid=False), there) is RecordWrite.CHANGE


def test_each_write_is_one_operation():
    assert {each: each.operation for each in RecordWrite} == {
        RecordWrite.CREATE: DeliveryOperation.CREATE,
        RecordWrite.CHANGE: DeliveryOperation.UPDATE,
        RecordWrite.DELETE: DeliveryOperation.DELETE,
        RecordWrite.REPLACE: DeliveryOperation.DELETE,
        RecordWrite.UNSUPPORTED: DeliveryOperation.DELETE,
    }


def test_only_what_differs_is_sent_and_no_reason_that_was_removed():
    assert change_of(STORED, remote()) == TimeOffChange()
    moved = remote(["2026-03-05"], pattern=NINE, is_paid=False, reason="other")
    assert change_of(STORED, moved) == TimeOffChange(
        STORED.span, FLAGS, is_paid=True, reason="medical"
    )
    assert change_of(SERIES, moved).span is None, "The days of a series stay."
    for reason in (REMOVED, NO_REASON, None):
        assert change_of(replace(STORED, reason=reason), remote()).reason is None
    made = new_of(STORED)
    assert (made.person_id, made.span, made.reason) == (PERSON, STORED.span, "medical")
    assert new_of(replace(STORED, reason=None)).reason == REMOVED


def test_a_record_lies_in_a_window_with_any_part():
    window = DaySpan(date(2026, 3, 4), date(2026, 3, 6))
    days = [date(2026, 3, day) for day in (3, 4, 6, 7)]

    assert [lies_in(each, each, window) for each in days] == [False, True, True, False]
    assert lies_in(days[0], days[3], window)


def test_keys_say_which_record_and_whose():
    key = record_key(PERSON, uuid(1))

    assert read_record_key(key) == (PERSON, uuid(1))
    assert [is_record_key(each) for each in (key, day_key(7, NOW.date()))] == [True, False]


def test_versions_have_words_and_names_for_clients():
    record, day = record_key(PERSON, uuid(1)), day_key(7, NOW.date())
    version = RecordVersion.of_remote(remote(MONTH_ENDS, MONTHLY)).content()
    hours = {"seconds": 14_400, "references": {"hr": "digest"}}

    assert version_words(record, None) == version_words(day, None) == "nothing"
    words = "2026-01-31, 08:00 to 16:00, monthly until 2026-04-30, paid"
    assert version_words(record, version) == words
    assert version_words(day, hours) == "4 h"
    assert (day_of(day), day_of(record), day_of(record, None, version)) == (
        NOW.date(),
        None,
        date(2026, 1, 31),
    )
    operations = [operation_between(*each).value for each in ((version, version), (None, version))]
    assert operations == ["UPDATE", "DELETE"]
    assert operation_between(version, None).value == "CREATE"
    assert version_for_clients(record, None) is None
    assert version_for_clients(day, hours) == {"hours": 4, "references": {"hr": "digest"}}
    assert version_for_clients(record, version) == {
        "startDay": "2026-01-31",
        "endDay": "2026-01-31",
        "batchStartTime": "08:00",
        "batchEndTime": "16:00",
        "applyToSaturday": True,
        "applyToSunday": True,
        "isPaid": True,
        "repeat": "monthly",
        "cadence": 1,
        "repeatEndDay": "2026-04-30",
    }
