"""External references of Kantata's entries, and what was sent before (rules 2.7 and 2.8)."""

from dataclasses import replace

import pytest

from app.domain.durations import HOUR
from app.domain.errors import (
    ExternalReferenceConflict,
    Refused,
)
from app.domain.time_off_entries import (
    ReferenceFacts,
    ReferenceStatus,
)
from tests.domain.entries import (
    ANN,
    BEN,
    CREATED,
    JIRA_1,
    JIRA_2,
    JIRA_OTHER_MODEL,
    MONDAY,
    SAP_1,
    TUESDAY,
    UNCHANGED,
    hours_by_day,
    judged,
    outcomes,
    part_time,
    request,
    stored,
)


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    ("wishes", "before"),
    [
        pytest.param(request((1, JIRA_2)), stored(2, (JIRA_1, 2)), id="than a stored one"),
        pytest.param(request((1, JIRA_1), (1, JIRA_2)), {}, id="than an earlier item's"),
        pytest.param(request((2, JIRA_1)), stored(2, (JIRA_2, 2)), id="though of as many hours"),
        pytest.param(
            request((2, JIRA_OTHER_MODEL)),
            stored(2, (JIRA_1, 2)),
            id="even with the same number in another model",
        ),
    ],
)
def test_a_second_reference_of_one_service_is_another(wishes, before):
    _, refused = judged(wishes, before)

    (error,) = refused
    assert isinstance(error, ExternalReferenceConflict)
    assert error.message == "The entry already has another reference of this service."


@pytest.mark.rule("2.7")
def test_references_of_different_services_stand_side_by_side():
    combined, refused = judged(request((1, SAP_1)), stored(2, (JIRA_1, 2)))

    assert refused == []
    assert combined.days[0].references() == [
        (JIRA_1, 2 * HOUR, 500, None),
        (SAP_1, 1 * HOUR, None, 0),
    ]


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    ("wishes", "before", "existing"),
    [
        pytest.param(
            request((1, JIRA_2)), stored(2, (SAP_1, 1), (JIRA_1, 1)), (501, None), id="by its id"
        ),
        pytest.param(
            request((1,), (1, JIRA_1), (1, JIRA_2)),
            {},
            (None, ("time_off_entries", 1, "external_reference")),
            id="by its place where it came in the same request",
        ),
    ],
)
def test_a_conflict_names_the_reference_that_is_there(wishes, before, existing):
    _, refused = judged(wishes, before)

    (error,) = refused
    assert isinstance(error, ExternalReferenceConflict)
    assert (error.existing_id, error.existing_path) == existing


@pytest.mark.rule("2.7")
def test_status_is_one_of_three_words():
    assert [status.value for status in ReferenceStatus] == ["successful", "pending", "failed"]


@pytest.mark.rule("2.7")
def test_all_but_the_three_names_is_optional():
    assert ReferenceFacts("jira", "Absence", "1") == ReferenceFacts(
        service_name="jira",
        service_model="Absence",
        service_model_ref="1",
        status=None,
        external_message=None,
        external_link=None,
        external_status=None,
        locked=False,
    )


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        pytest.param({"service_name": ""}, [("service_name",)], id="an empty service"),
        pytest.param({"service_model": " "}, [("service_model",)], id="a blank model"),
        pytest.param({"service_model_ref": "\x00"}, [("service_model_ref",)], id="a NUL"),
        pytest.param({"external_link": "\ud800"}, [("external_link",)], id="a lone surrogate"),
        pytest.param({"external_message": "x" * 2_001}, [("external_message",)], id="too long"),
        pytest.param(
            {"service_name": "", "service_model_ref": "", "external_status": "\x00"},
            [("service_name",), ("service_model_ref",), ("external_status",)],
            id="several at once",
        ),
    ],
)
def test_a_reference_says_something_that_can_be_stored(fields, paths):
    facts = replace(JIRA_1, **fields)

    with pytest.raises(Refused) as refusal:
        facts.refuse_unfit()

    assert [(error.code, error.path) for error in refusal.value.errors] == [
        ("INVALID_VALUE", path) for path in paths
    ]


@pytest.mark.rule("2.7")
def test_a_reference_may_use_every_field():
    facts = ReferenceFacts(
        service_name="jira",
        service_model="Absence",
        service_model_ref="1",
        status=ReferenceStatus.PENDING,
        external_message="two\nlines",
        external_link="https://x",
        external_status="open",
        locked=True,
    )

    facts.refuse_unfit()


@pytest.mark.rule("2.8")
@pytest.mark.parametrize(
    ("wishes", "before"),
    [
        pytest.param(request((2, JIRA_1)), stored(2, (JIRA_1, 2)), id="alone on its entry"),
        pytest.param(
            request((2, JIRA_1)), stored(8, (JIRA_1, 2)), id="on a day that is full since"
        ),
        pytest.param(
            request((2, JIRA_1)),
            stored(1, (JIRA_1, 2)),
            id="on an entry that was updated since: the reference remembers what it brought",
        ),
        pytest.param(request((2, JIRA_1), (2, JIRA_1)), stored(2, (JIRA_1, 2)), id="and once more"),
        pytest.param(
            request(
                (2, ReferenceFacts("jira", "Absence", "1", ReferenceStatus.FAILED, "no", "x", "y"))
            ),
            stored(2, (JIRA_1, 2)),
            id="with other attributes, which are ignored",
        ),
    ],
)
def test_a_replay_adds_nothing(wishes, before):
    combined, refused = judged(wishes, before)

    assert refused == []
    assert set(outcomes(combined).values()) == {UNCHANGED}
    assert [each.is_changed for each in combined.days] == [False]
    assert [each.new_references for each in combined.days] == [[]]


@pytest.mark.rule("2.8")
def test_a_replay_is_unchanged_even_where_nobody_works_any_more():
    combined, refused = judged(request((2, JIRA_1)), stored(2, (JIRA_1, 2)), {ANN: part_time(0)})

    assert refused == []
    assert outcomes(combined) == {0: UNCHANGED}


@pytest.mark.rule("2.8")
def test_a_replay_within_one_request_adds_nothing():
    combined, refused = judged(request((2, JIRA_1), (2, JIRA_1)))

    assert refused == []
    assert outcomes(combined) == {0: CREATED, 1: UNCHANGED}
    assert hours_by_day(combined) == {(ANN, MONDAY): 2.0}


@pytest.mark.rule("2.8")
@pytest.mark.parametrize(
    ("hours", "before"),
    [
        pytest.param(3, stored(2, (JIRA_1, 2)), id="more"),
        pytest.param(1, stored(2, (JIRA_1, 2)), id="fewer"),
        pytest.param(4, stored(4, (JIRA_1, 2)), id="the entry's, which are not the reference's"),
        pytest.param(30, stored(2, (JIRA_1, 2)), id="more than the day: judged as a replay first"),
    ],
)
def test_a_replay_with_other_hours_is_refused(hours, before):
    combined, refused = judged(request((hours, JIRA_1)), before)

    (error,) = refused
    assert isinstance(error, ExternalReferenceConflict)
    assert error.message == "This reference brought 2 h before."
    assert error.path == ("time_off_entries", 0, "external_reference")
    assert combined.days == []


@pytest.mark.rule("2.8")
@pytest.mark.parametrize(
    "item",
    [
        pytest.param((2, JIRA_1, TUESDAY), id="on another day"),
        pytest.param((2, JIRA_1, MONDAY, BEN), id="of another user"),
    ],
)
def test_the_same_reference_elsewhere_is_independent(item):
    combined, refused = judged(request(item), stored(2, (JIRA_1, 2)))

    assert refused == []
    assert outcomes(combined) == {0: CREATED}


@pytest.mark.rule("2.8")
def test_a_new_reference_remembers_the_hours_that_it_brought():
    combined, _ = judged(request((3, JIRA_1)), stored(2))

    (day,) = combined.days
    assert [(each.facts, each.brought_seconds) for each in day.new_references] == [
        (JIRA_1, 3 * HOUR)
    ]
