"""Kantata's day over ours, by what both last agreed on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.sync.remote import RemoteEntry, RemoteReference
from app.domain.sync.taking_in import DayVersion, lay, ours_of
from app.domain.time_off_entries import ExternalReference, ReferenceFacts, StoredDay, TimeOffEntry
from tests.builders import COMPANY

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = date(2026, 3, 4)
HOUR = 3600
HR = ReferenceFacts("hr", "Leave", "1", external_message="Moving house")
PAY = ReferenceFacts("pay", "Slip", "2")
REMOTE = RemoteEntry(70, 7, DAY, date(2026, 3, 1), 8 * HOUR, (RemoteReference(71, HR),))
BASE = DayVersion.of_remote(REMOTE)


def stored(seconds=8 * HOUR, facts=(HR,), id_=70):
    before = NOW - timedelta(days=1)
    entry = TimeOffEntry(id_, COMPANY, 7, DAY, date(2026, 3, 1), seconds, before, before)
    references = [
        ExternalReference(71 + place, COMPANY, id_, each, 8 * HOUR, before, before)
        for place, each in enumerate(facts)
    ]
    return StoredDay(entry, references)


def services(laid):
    return [
        (before and before.facts.service_name, after and after.facts.service_name)
        for before, after in laid.references
    ]


def test_a_day_that_is_new_here_has_the_vendors_ids_and_first_day():
    laid = lay(COMPANY, None, None, REMOTE, NOW)

    (before, entry), ((_, reference),) = laid.entry, laid.references
    assert before is None
    assert reference is not None
    assert (entry.id, entry.submission_date, entry.seconds) == (70, date(2026, 3, 1), 8 * HOUR)
    assert (reference.id, reference.entry_id, reference.brought_seconds) == (71, 70, 8 * HOUR)
    assert laid.is_change
    assert not laid.is_drift
    assert lay(COMPANY, BASE, None, REMOTE, NOW).is_drift, "it was deleted here only"


def test_a_day_that_is_the_same_on_both_sides_is_left_alone():
    laid = lay(COMPANY, BASE, stored(), REMOTE, NOW)

    assert not laid.is_change
    assert not laid.references
    assert not laid.is_drift


@pytest.mark.parametrize(
    ("base", "here", "is_drift", "replaced"),
    [(8, 8, False, None), (4, 6, True, None), (8, 6, False, 6), (None, 6, False, 6)],
)
def test_hours_are_the_vendors_and_it_is_told_what_gave_way(base, here, is_drift, replaced):
    now_there = replace(REMOTE, seconds=4 * HOUR)
    agreed = None if base is None else replace(BASE, seconds=base * HOUR)
    laid = lay(COMPANY, agreed, stored(here * HOUR), now_there, NOW)

    before, after = laid.entry
    assert before is not None
    assert (before.seconds, after.seconds) == (here * HOUR, 4 * HOUR)
    assert after.updated_at == NOW
    assert (laid.is_drift, laid.replaced) == (is_drift, replaced and replaced * HOUR)


@pytest.mark.parametrize(
    ("base", "here", "there", "expected"),
    [
        ([HR], [HR], [replace(HR, external_message="Ill")], [("hr", "hr")]),
        ([HR], [HR], [HR, PAY], [(None, "pay")]),
        ([HR, PAY], [HR, PAY], [HR], [("pay", None)]),
        ([HR], [HR, PAY], [HR], []),
        (None, [HR, PAY], [HR], []),
    ],
)
def test_each_reference_is_compared_by_itself(base, here, there, expected):
    agreed = None if base is None else DayVersion.of(8 * HOUR, base)
    remote = replace(
        REMOTE, references=tuple(RemoteReference(71 + at, each) for at, each in enumerate(there))
    )
    laid = lay(COMPANY, agreed, stored(facts=here), remote, NOW)

    assert services(laid) == expected
    assert laid.is_change == bool(expected)


def test_a_version_is_kept_without_any_words():
    kept = BASE.content()

    assert DayVersion.of_content(kept) == BASE
    assert "Moving" not in str(kept)


def test_a_message_that_was_forgotten_here_is_not_brought_back_but_a_new_one_is_taken():
    here = stored(facts=(replace(HR, external_message=None),))
    flu = replace(HR, external_message="Flu")
    changed = replace(REMOTE, references=(RemoteReference(71, flu),))

    def taken(base, remote):
        laid = lay(COMPANY, base, here, remote, NOW)
        return [after.facts for _, after in laid.references if after]

    assert taken(BASE, REMOTE) == []
    assert taken(BASE, changed) == [flu]
    assert taken(None, REMOTE) == [], "it was disconnected meanwhile"


@pytest.mark.parametrize(
    ("facts", "remote", "message"),
    [
        (replace(HR, external_message=None), REMOTE, HR.external_message),
        (replace(HR, external_message=None), None, None),
        (replace(HR, external_message="Moved"), REMOTE, "Moved"),
        (PAY, REMOTE, None),
    ],
)
def test_a_message_that_was_forgotten_here_is_no_change_to_write(facts, remote, message):
    ours = ours_of(BASE, stored(facts=(facts,)), remote)

    assert ours == DayVersion.of(8 * HOUR, [replace(facts, external_message=message)])
