"""Discrepancies that are to stay, and until when (rule 4.5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import CallerKind
from app.domain.acknowledgements import (
    DiscrepancyAcknowledgement,
    DiscrepancyFilter,
    differing,
    fingerprint,
    version_of_day,
)
from app.domain.actors import Actor
from app.domain.contributions import EntryHours
from app.domain.days import DaySpan
from app.domain.durations import HOUR
from app.domain.errors import NoDiscrepancy
from app.domain.schedule import DiscrepancyKind, WorkerDay, calendar_days, merge
from app.domain.workers import Worker
from app.domain.workweek import Calendar
from tests.domain.worker_days import MONDAY, PAIR, clock, entry

pytestmark = pytest.mark.rule("4.5")

KANTATA, PROCORE, HOURS = (
    DiscrepancyKind.ONLY_IN_KANTATA_OX,
    DiscrepancyKind.ONLY_IN_PROCORE_WORKFORCE_PLANNING,
    DiscrepancyKind.HOURS_DIFFER,
)


def day(*records, workday=8, pair=PAIR, date=MONDAY):
    """A worker's Monday with the records."""
    return merge(date, workday * HOUR, records, pair=pair)


def of_worker(merged, pair=PAIR):
    """The day with whose it is."""
    user_id, person_id = pair
    return WorkerDay(Worker("c", user_id, person_id, "Ada", None), merged)


def acknowledgement_of(merged):
    """What somebody has said of the day."""
    kind, (user_id, person_id) = differing(of_worker(merged))
    return DiscrepancyAcknowledgement(
        id="a",
        company_id="c",
        user_id=user_id,
        person_id=person_id,
        day=merged.date,
        kind=kind,
        kantata=merged.kantata,
        procore=merged.procore,
        fingerprint=fingerprint(merged),
        acknowledged_at=datetime(2026, 3, 2, tzinfo=UTC),
        acknowledged_by=Actor(CallerKind.TOKEN, "token:a", "Planner"),
    )


BEFORE = day(entry(4), clock(8, 14, "p"))
ACKNOWLEDGED = acknowledgement_of(BEFORE)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(day(entry(4), clock(8, 14, "p")), id="as it was"),
        pytest.param(day(clock(8, 14, "p"), entry(4)), id="in another order"),
        pytest.param(day(entry(4), clock(8, 14, "q")), id="in a record of another id: split"),
        pytest.param(day(EntryHours(7, 4 * HOUR), clock(8, 14)), id="in a new entry"),
        pytest.param(day(entry(4), clock(8, 14, paid=False)), id="unpaid"),
        pytest.param(day(entry(4), clock(8, 14), workday=9), id="of a longer workday"),
    ],
)
def test_it_holds_while_both_systems_say_the_same(now):
    assert ACKNOWLEDGED.is_about(now)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(day(entry(5), clock(8, 14)), id="an entry of other hours"),
        pytest.param(day(entry(4, mirrored=True), clock(8, 14)), id="an entry that is mirrored"),
        pytest.param(day(clock(8, 14)), id="no entry"),
        pytest.param(day(entry(4), clock(9, 15)), id="a record at another time, as long"),
        pytest.param(day(entry(4), clock(8, 13)), id="a shorter record"),
        pytest.param(day(entry(4), clock(8, 14), clock(9, 10, "q")), id="another record within"),
        pytest.param(day(entry(4)), id="no record"),
        pytest.param(day(entry(4), clock(8, 14), workday=5), id="a shorter workday"),
        pytest.param(day(entry(4), clock(8, 14), pair=(2, "b1")), id="another user"),
        pytest.param(day(entry(4), clock(8, 14), pair=None), id="who is no pair any more"),
    ],
)
def test_it_is_out_of_force_once_either_system_says_something_else(now):
    assert not ACKNOWLEDGED.is_about(now)


ALONE = day(entry(4), pair=None)


@pytest.mark.rule("5.4")
@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(BEFORE, day(entry(5), clock(8, 14, "p")), id="an entry of other hours"),
        pytest.param(BEFORE, day(entry(4), clock(8, 14, "q")), id="another record"),
        pytest.param(BEFORE, day(EntryHours(7, 4 * HOUR), clock(8, 14)), id="another entry"),
        pytest.param(BEFORE, day(entry(4), clock(8, 14, paid=False)), id="unpaid"),
        pytest.param(BEFORE, day(entry(4), clock(8, 14, "p"), pair=None), id="no pair any more"),
        pytest.param(ALONE, day(entry(4)), id="who has become a pair"),
    ],
)
def test_whoever_settles_a_day_has_seen_which_records_say_what(before, now):
    assert version_of_day(before, {}) != version_of_day(now, {})


@pytest.mark.rule("5.4")
def test_whoever_settles_a_day_has_seen_whether_it_is_acknowledged():
    stale = replace(ACKNOWLEDGED, fingerprint="of another day")
    versions = [
        version_of_day(BEFORE, {each.place: each} if each else {})
        for each in (None, stale, ACKNOWLEDGED, replace(ACKNOWLEDGED, id="b"))
    ]

    assert versions[0] == versions[1]
    assert len(set(versions)) == 3
    assert version_of_day(day(clock(8, 14, "p"), entry(4)), {}) == versions[0]


@pytest.mark.parametrize(
    ("merged", "kind"),
    [(day(entry(4)), KANTATA), (day(clock(8, 9)), PROCORE), (BEFORE, HOURS)],
)
def test_only_what_differs_is_acknowledged(merged, kind):
    assert differing(of_worker(merged)) == (kind, PAIR)


# As the days of a window are that have no records: the same for all workers.
FREE, *_ = calendar_days(Calendar(), (), DaySpan(MONDAY, MONDAY)).free


@pytest.mark.parametrize(
    ("merged", "pair", "words"),
    [
        pytest.param(day(), PAIR, "do not differ about 2026-03-09", id="nothing"),
        pytest.param(FREE, PAIR, "do not differ about 2026-03-09", id="no records"),
        pytest.param(day(entry(4), clock(8, 12)), PAIR, "do not differ", id="the same hours"),
        pytest.param(
            day(entry(4), pair=None), (1, None), "Only one", id="a worker whom one system knows"
        ),
    ],
)
def test_what_does_not_differ_is_refused(merged, pair, words):
    with pytest.raises(NoDiscrepancy, match=words) as refused:
        differing(of_worker(merged, pair))

    assert refused.value.path == ("date",)


STALE = replace(ACKNOWLEDGED, fingerprint="other")
ALONE = day(entry(4), date=MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("which", "merged", "acknowledged", "is_admitted"),
    [
        (DiscrepancyFilter(), BEFORE, None, True),
        (DiscrepancyFilter(kinds=[HOURS]), BEFORE, None, True),
        (DiscrepancyFilter(kinds=[KANTATA, HOURS]), ALONE, None, True),
        (DiscrepancyFilter(kinds=[PROCORE]), BEFORE, None, False),
        (DiscrepancyFilter(kinds=[]), BEFORE, None, False),
        (DiscrepancyFilter(is_acknowledged=True), BEFORE, ACKNOWLEDGED, True),
        (DiscrepancyFilter(is_acknowledged=True), BEFORE, STALE, False),
        (DiscrepancyFilter(is_acknowledged=True), BEFORE, None, False),
        (DiscrepancyFilter(is_acknowledged=True), ALONE, ACKNOWLEDGED, False),
        (DiscrepancyFilter(is_acknowledged=False), BEFORE, ACKNOWLEDGED, False),
        (DiscrepancyFilter(is_acknowledged=False), BEFORE, STALE, True),
        (DiscrepancyFilter(is_acknowledged=False), ALONE, ACKNOWLEDGED, True),
        (DiscrepancyFilter(kinds=[PROCORE], is_acknowledged=True), BEFORE, ACKNOWLEDGED, False),
        (DiscrepancyFilter(is_acknowledged=False), day(entry(4), pair=None), None, False),
    ],
)
def test_discrepancies_are_found_by_kind_and_by_whether_they_are_to_stay(
    which, merged, acknowledged, is_admitted
):
    known = {} if acknowledged is None else {acknowledged.place: acknowledged}

    assert which.admits(merged, known) is is_admitted
