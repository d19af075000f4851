"""A user's day in a conversion to Kantata: what it becomes, and what is written (rule 4.4)."""

from datetime import UTC, date, datetime
from itertools import count

import pytest

from app.domain.durations import HOUR
from app.domain.errors import NotConvertible
from app.domain.mirror import SERVICE_NAME, MirrorOutcome, mirror_facts
from app.domain.mirror_days import DayPlan, service_reference
from app.domain.time_off_entries import ExternalReference, ReferenceFacts, StoredDay, TimeOffEntry
from app.domain.workers import Worker

MONDAY = date(2026, 3, 2)
BEFORE, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA, EVE = "81c63107-6843-4822-be42-a40b41e75285", "0a3a3f4c-6a5e-4f0e-9f0a-0d6d7f6f3c55"
WORKER = Worker("c", 1, ADA, "Ada", None)
NOBODYS = Worker("c", None, ADA, "Ada", None)

CREATED, COMBINED, UNCHANGED = (
    MirrorOutcome.CREATED,
    MirrorOutcome.COMBINED,
    MirrorOutcome.UNCHANGED,
)
ADJUSTED, REMOVED = MirrorOutcome.ADJUSTED, MirrorOutcome.REMOVED


def reference(facts, hours=0, id_=500):
    """A reference on entry 100, which brought so many hours."""
    return ExternalReference(
        id=id_,
        company_id="c",
        entry_id=100,
        facts=facts,
        brought_seconds=hours * HOUR,
        created_at=BEFORE,
        updated_at=BEFORE,
    )


def mark(person_id=ADA, hours=0, day=MONDAY):
    """The conversion's reference to a person's day."""
    return reference(mirror_facts(person_id, day), hours)


JIRA = reference(ReferenceFacts("jira", "Absence", "1"), 1, id_=400)
SAP = reference(ReferenceFacts("sap", "Absence", "1"), 1, id_=401)


def stored(hours, *references, user_id=1):
    """A day with entry 100 of so many hours."""
    entry = TimeOffEntry(
        id=100,
        company_id="c",
        user_id=user_id,
        requested_date=MONDAY,
        submission_date=BEFORE.date(),
        seconds=hours * HOUR,
        created_at=BEFORE,
        updated_at=BEFORE,
    )
    return StoredDay(entry, references)


def planned(before, clocked, *, worker=WORKER, user_id=1, others=()):
    """The plan of Monday, for which Procore has so many hours."""
    return DayPlan.of(worker, (user_id, MONDAY), before, clocked * HOUR, others)


def written(plan):
    """What a plan writes: the entry's hours, and each reference's hours before and after."""
    ids = count(900)
    entry = plan.entry_after(ids, NOW)
    references = [
        tuple(each and (each.facts.service_model_ref, each.brought_seconds / HOUR) for each in pair)
        for pair in plan.references_after(entry, ids, NOW)
    ]
    return entry and entry.seconds / HOUR, references


OF_ADA, OF_EVE = f"{ADA}:2026-03-02", f"{EVE}:2026-03-02"

DAYS = [
    pytest.param(None, 8, CREATED, (8, [(None, (OF_ADA, 8))]), id="a day without an entry"),
    pytest.param(
        stored(4), 6, COMBINED, (6, [(None, (OF_ADA, 2))]), id="an entry with fewer hours"
    ),
    pytest.param(stored(6), 4, COMBINED, (6, [(None, (OF_ADA, 0))]), id="an entry with more hours"),
    pytest.param(
        stored(4, JIRA),
        6,
        COMBINED,
        (6, [(None, (OF_ADA, 2))]),
        id="another service's reference stays as it is",
    ),
    pytest.param(stored(8, mark(hours=8)), 8, UNCHANGED, (8, []), id="settled before"),
    pytest.param(
        stored(8, mark(hours=8)),
        5,
        ADJUSTED,
        (5, [((OF_ADA, 8), (OF_ADA, 5))]),
        id="Procore's became fewer",
    ),
    pytest.param(
        stored(6, mark(hours=0)),
        8,
        ADJUSTED,
        (8, [((OF_ADA, 0), (OF_ADA, 2))]),
        id="Procore's became more",
    ),
    pytest.param(
        stored(6, mark(hours=2)),
        0,
        ADJUSTED,
        (4, [((OF_ADA, 2), None)]),
        id="taken back as far as it was brought",
    ),
    pytest.param(
        stored(8, mark(hours=8)), 0, REMOVED, (None, [((OF_ADA, 8), None)]), id="taken back whole"
    ),
    pytest.param(
        stored(8, JIRA, mark(hours=8)),
        0,
        REMOVED,
        (None, [(("1", 1), None), ((OF_ADA, 8), None)]),
        id="an entry that goes takes every reference with it",
    ),
    pytest.param(
        stored(8, mark(EVE, 8)),
        8,
        ADJUSTED,
        (8, [((OF_EVE, 8), None), (None, (OF_ADA, 8))]),
        id="as many hours as those of a former person: another mark",
    ),
    pytest.param(
        stored(8, mark(EVE, 6)),
        0,
        ADJUSTED,
        (2, [((OF_EVE, 6), None)]),
        id="hours of a former person are taken back",
    ),
]


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(("before", "clocked", "outcome", "expected"), DAYS)
def test_a_day_becomes_what_procore_has_beside_what_is_elsewhere(
    before, clocked, outcome, expected
):
    plan = planned(before, clocked, others=[EVE])

    assert plan.outcome is outcome
    assert plan.is_of_interest
    assert written(plan) == expected
    assert plan.needs_reference == any(old is None for old, _ in expected[1])


@pytest.mark.rule("4.4")
@pytest.mark.parametrize("before", [None, stored(4), stored(4, JIRA)])
def test_a_day_with_which_procore_has_nothing_to_do_is_of_no_interest(before):
    assert not planned(before, 0).is_of_interest


@pytest.mark.rule("4.4")
def test_the_first_entry_of_a_day_is_submitted_now_for_the_workers_company():
    ids = iter([7, 8])
    plan = planned(None, 8)
    entry = plan.entry_after(ids, NOW)

    assert entry == TimeOffEntry(
        id=7,
        company_id="c",
        user_id=1,
        requested_date=MONDAY,
        submission_date=NOW.date(),
        seconds=8 * HOUR,
        created_at=NOW,
        updated_at=NOW,
    )
    assert list(plan.references_after(entry, ids, NOW)) == [
        (
            None,
            ExternalReference(
                id=8,
                company_id="c",
                entry_id=7,
                facts=mirror_facts(ADA, MONDAY),
                brought_seconds=8 * HOUR,
                created_at=NOW,
                updated_at=NOW,
            ),
        )
    ]
    assert (plan.entry, plan.seconds_before) == (None, 0)


@pytest.mark.rule("4.4")
def test_an_entry_that_stays_keeps_all_but_its_hours_and_the_time_of_the_change():
    before = stored(4)
    entry = planned(before, 6).entry_after(count(), NOW)

    assert entry is not None
    assert (entry.id, entry.submission_date, entry.created_at) == (100, BEFORE.date(), BEFORE)
    assert (entry.seconds, entry.updated_at) == (6 * HOUR, NOW)
    assert planned(before, 4).entry_after(count(), NOW) is before.entry


@pytest.mark.rule("5.4")
def test_an_entry_that_is_settled_gets_a_later_version_whatever_the_clock_says():
    entry = planned(stored(4), 6).entry_after(count(), BEFORE)

    assert entry is not None
    assert entry.updated_at > BEFORE


@pytest.mark.rule("4.4")
def test_a_mark_that_stays_keeps_all_but_what_it_brought_and_the_time_of_the_change():
    plan = planned(stored(8, mark(hours=8)), 5)
    entry = plan.entry_after(count(), NOW)

    ((old, new),) = plan.references_after(entry, count(), NOW)

    assert (plan.brought, planned(stored(8), 5).brought) == (8 * HOUR, 0)
    assert old == mark(hours=8)
    assert new is not None
    assert (new.id, new.facts, new.created_at) == (500, old.facts, BEFORE)
    assert (new.brought_seconds, new.updated_at) == (5 * HOUR, NOW)


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("plan", "former_person", "is_of_former_user"),
    [
        pytest.param(planned(stored(8, mark()), 8), None, False, id="as they are linked now"),
        pytest.param(planned(None, 8), None, False, id="no mark at all"),
        pytest.param(
            planned(stored(8, mark(EVE)), 8, others=[EVE]), EVE, False, id="another's mark"
        ),
        pytest.param(
            planned(stored(8, mark(), user_id=2), 0, user_id=2), None, True, id="another user"
        ),
        pytest.param(
            planned(stored(8, mark()), 0, worker=NOBODYS), None, True, id="linked with nobody now"
        ),
    ],
)
def test_hours_of_earlier_links_are_known_by_their_mark_and_user(
    plan, former_person, is_of_former_user
):
    assert plan.former_person == former_person
    assert plan.is_of_former_user is is_of_former_user


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    "reference_there",
    [
        pytest.param(reference(ReferenceFacts(SERVICE_NAME, "TimeOff", OF_ADA)), id="no mark"),
        pytest.param(mark(day=date(2026, 3, 3)), id="the mark of another day"),
        pytest.param(mark(EVE), id="the mark of nobody in the company"),
    ],
)
def test_an_entry_with_another_reference_of_the_service_is_refused(reference_there):
    with pytest.raises(NotConvertible) as refusal:
        planned(stored(8, JIRA, reference_there), 8)

    assert refusal.value.path == ("id",)
    assert refusal.value.message == (
        "The entry of 2026-03-02 has another reference of procore_workforce_planning."
    )


@pytest.mark.rule("2.7")
def test_the_conversions_reference_is_found_by_its_service():
    assert service_reference([JIRA, mark()]) == mark()
    assert service_reference([JIRA, SAP]) is None
    assert service_reference([]) is None
