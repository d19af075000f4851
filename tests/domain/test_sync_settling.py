"""Whose day holds, by three versions and a policy; and what a write of unknown outcome has done."""

import pytest

from app.domain.sync.conflicts import ConflictPolicy, SyncConflictKind, SyncSide
from app.domain.sync.settling import base_of_unknown, is_late, settle
from app.domain.sync.taking_in import THEIRS, DayVersion, Ours

ASK, GATEWAY, VENDOR = (
    ConflictPolicy.ASK,
    ConflictPolicy.GATEWAY_WINS,
    ConflictPolicy.VENDOR_WINS,
)


def day(hours, **references):
    return DayVersion(hours * 3600, references)


@pytest.mark.parametrize("policy", ConflictPolicy)
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "stays"),
    [
        (day(4), day(8), day(4), True),
        (day(4), day(4), day(8), False),
        (day(4), day(8), day(8), False),
        (None, day(8), None, True),
        (None, None, day(8), False),
        (day(4), None, day(4), True),
        (day(4), day(4), None, False),
        (day(4), None, None, False),
    ],
)
def test_what_one_side_alone_has_changed_holds_by_each_policy(policy, base, ours, theirs, stays):
    settled = settle(base, ours, theirs, policy)

    assert settled.ours.hours is stays
    assert settled.conflict is None
    assert not settled.is_open


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "kind"),
    [
        (day(4), day(8), day(6), SyncConflictKind.BOTH_CHANGED),
        (None, day(8), day(6), SyncConflictKind.FIRST_CONTACT),
        (day(4), day(8), None, SyncConflictKind.CHANGED_HERE_DELETED_THERE),
        (day(4), None, day(6), SyncConflictKind.DELETED_HERE_CHANGED_THERE),
    ],
)
def test_what_both_have_changed_is_a_conflict_that_the_policy_decides(base, ours, theirs, kind):
    by = {policy: settle(base, ours, theirs, policy) for policy in ConflictPolicy}

    assert {each.conflict for each in by.values()} == {kind}
    assert (by[VENDOR].kept, by[VENDOR].ours) == (SyncSide.VENDOR, THEIRS)
    assert (by[GATEWAY].kept, by[GATEWAY].ours.hours) == (SyncSide.GATEWAY, True)
    assert (by[ASK].kept, by[ASK].ours.hours) == (None, True)
    assert [policy for policy, each in by.items() if each.is_open] == [ASK]


def test_each_reference_is_settled_by_its_service():
    base = day(8, mine="1", theirs="1", both="1")
    ours = day(8, mine="2", theirs="1", both="2", new="1")
    theirs = day(8, mine="1", theirs="2", both="3")

    given_up = settle(base, ours, theirs, VENDOR)
    assert given_up.ours == Ours(services=frozenset({"mine", "new"}))
    assert given_up.conflict is SyncConflictKind.BOTH_CHANGED
    assert settle(base, ours, theirs, GATEWAY).ours.services == {"mine", "new", "both"}
    assert not settle(base, ours, theirs, GATEWAY).ours.hours, "both have the same"


def test_hours_changed_here_are_kept_where_only_a_reference_is_in_conflict():
    settled = settle(day(4, hr="1"), day(8, hr="2"), day(4, hr="3"), VENDOR)

    assert settled.ours == Ours(hours=True)
    assert settled.kept is SyncSide.VENDOR


@pytest.mark.parametrize(
    ("base", "theirs", "unknown", "become"),
    [
        (day(4), day(8), [(day(8), day(4))], day(8)),
        (day(4), None, [(None, day(4))], None),
        (day(4), day(4), [(day(8), day(4))], day(4)),
        (day(4), day(6), [(day(8), day(4))], day(4)),
        (None, None, [(day(4), None)], None),
        (None, day(8), [(day(4), None), (day(4), None)], day(8)),
        (None, day(8), [(day(4), None)], None),
        (None, day(12), [(day(4), None), (day(4), None)], None),
        (None, day(8), [(None, day(4))], None),
        (None, day(8), [], None),
    ],
)
def test_a_write_that_shows_was_done_and_hours_there_n_times_were_added(
    base, theirs, unknown, become
):
    assert base_of_unknown(base, theirs, unknown) == become


@pytest.mark.parametrize(
    ("done", "theirs", "late"),
    [
        ([], day(4), False),
        ([(day(6), day(4))], day(4), True),
        ([(day(6), day(4))], day(6), False),
        ([(day(6), day(4))], day(5), False),
        ([(day(6), day(4))], None, False),
        ([(day(4), None)], None, True),
        ([(None, day(4))], day(4), True),
        ([(None, day(4))], None, False),
        # two writes in a row: the first one is old by now, and so is what was there before it
        ([(day(6), day(4)), (day(8), day(6))], day(4), True),
        ([(day(6), day(4)), (day(4), day(6))], day(4), False),
        # hours and references are several requests
        ([(day(6, hr="new"), day(4, hr="old"))], day(6, hr="old"), True),
        ([(day(6, hr="new"), day(4, hr="old"))], day(6, hr="other"), False),
        ([(day(6, hr="new", sap="a"), None)], day(6, hr="new"), True),
        ([(day(6, hr="new"), day(4, sap="a"))], day(6, hr="new", sap="a"), False),
        ([(day(6), day(4))], day(6, sap="a"), False),
    ],
)
def test_what_was_there_before_or_between_writes_is_an_old_answer(done, theirs, late):
    assert is_late(done, theirs) is late
