"""Refusals: each with its place in the input, all of a batch at once (rules 2.5 and 4.6)."""

from datetime import date

import pytest

from app.domain.durations import HOUR
from app.domain.errors import (
    Busy,
    DayTaken,
    HeldElsewhere,
    InvalidValue,
    NotFound,
    OccurrenceElsewhere,
    Refusals,
    Refused,
    TimeOffError,
    Unavailable,
    WorkdayHoursExceeded,
)


def refused(refusals):
    with pytest.raises(Refused) as refusal:
        refusals.raise_any()
    return [(error.code, error.path) for error in refusal.value.errors]


def test_nothing_is_refused_where_nothing_was_collected():
    refusals = Refusals()
    with refusals.collecting("items", 0):
        pass

    refusals.raise_any()

    assert refusals.errors == []


@pytest.mark.rule("2.5")
def test_every_bad_item_is_refused_below_its_place():
    refusals = Refusals()
    for index in (0, 1, 2):
        with refusals.collecting("items", index):
            if index != 1:
                raise InvalidValue("No.", ("hours",))

    assert refused(refusals) == [
        ("INVALID_VALUE", ("items", 0, "hours")),
        ("INVALID_VALUE", ("items", 2, "hours")),
    ]


@pytest.mark.rule("2.5")
def test_several_refusals_of_one_item_are_all_named_below_its_place():
    inner = Refusals()
    inner.add(InvalidValue("No.", ("service_name",)))
    inner.add(NotFound("user", ("user_id",)))
    refusals = Refusals()
    with refusals.collecting("items", 3):
        inner.raise_any()

    assert refused(refusals) == [
        ("INVALID_VALUE", ("items", 3, "service_name")),
        ("NOT_FOUND", ("items", 3, "user_id")),
    ]


@pytest.mark.rule("2.5")
def test_refusals_of_a_batch_are_named_in_the_order_of_its_items():
    """However many rounds of judgement found them; those of the whole request come first."""
    refusals = Refusals()
    for path in (
        *(("items", 10), ("items", 2, "b"), ("items", 2, "a"), ("items", 0)),
        ("idempotency_key",),
    ):
        refusals.add(InvalidValue("No.", path))

    assert [path for _, path in refused(refusals)] == [
        ("idempotency_key",),
        ("items", 0),
        ("items", 2, "b"),
        ("items", 2, "a"),
        ("items", 10),
    ]


def test_what_is_no_refusal_is_not_collected():
    refusals = Refusals()

    with pytest.raises(ZeroDivisionError), refusals.collecting("items", 0):
        raise ZeroDivisionError

    assert refusals.errors == []


@pytest.mark.rule("3.12")
def test_an_occurrence_that_went_to_another_record_is_not_found_and_says_where_it_is():
    error = OccurrenceElsewhere(date(2026, 3, 18), "new", ("original_day",))

    assert (error.code, error.record_id, error.path) == ("NOT_FOUND", "new", ("original_day",))
    assert error.message == (
        "The occurrence of 2026-03-18 is not of this record any more: the repeat was split, and "
        "new has it now. Send that id."
    )


@pytest.mark.rule("2.11")
def test_a_day_that_is_taken_says_how_many_hours_are_there():
    error = DayTaken(date(2026, 3, 18), "7.5 h", ("requested_date",))

    assert (error.code, error.path) == ("DAY_TAKEN", ("requested_date",))
    assert error.message == (
        "The user has 7.5 h off on 2026-03-18 already: change that entry, or delete it first."
    )


@pytest.mark.rule("4.6")
def test_a_refused_request_says_no_more_than_the_codes():
    """Whoever logs it logs no message, so nothing that was sent."""
    refusal = Refused([InvalidValue("words"), NotFound("person")])

    assert str(refusal) == "INVALID_VALUE; NOT_FOUND"


def test_every_refusal_has_a_code_of_its_own():
    kinds = TimeOffError.__subclasses__()

    assert len(kinds) > 10
    assert len({kind.code for kind in kinds}) == len(kinds)


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    ("kind", "company_id", "message"),
    [
        pytest.param(
            "user",
            "other",
            "This user belongs to another company, other. To have them in this company, with "
            "their time off, move them: moveWorker, or timeoff move-person.",
            id="to who sees that company",
        ),
        pytest.param(
            "role",
            "other",
            "This role belongs to another company, other, and stays there. To have one in this "
            "company, create it with an id of its own.",
            id="what cannot be moved",
        ),
        pytest.param(
            "user",
            None,
            "There is no such user in this company, and no new one has this id.",
            id="to everybody else",
        ),
    ],
)
def test_what_another_company_holds_stays_there(kind, company_id, message):
    error = HeldElsewhere(kind, ("id",), company_id)

    assert (error.code, error.kind, error.path, error.message) == (
        "NOT_FOUND",
        kind,
        ("id",),
        message,
    )


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("taken", "words"),
    [
        pytest.param(0, "on 2026-03-02: 8.25 h do not fit.", id="nothing is taken"),
        pytest.param(
            HOUR, "on 2026-03-02, 1 h of them taken: 8.25 h more do not fit.", id="an hour is"
        ),
    ],
)
def test_more_than_the_workday_says_what_is_taken_if_anything_is(taken, words):
    error = WorkdayHoursExceeded(
        7, date(2026, 3, 2), possible=8 * HOUR, taken=taken, requested=int(8.25 * HOUR)
    )

    assert error.message == f"User 7 has 8 h possible workday hours {words}"
    assert (error.user_id, error.day, error.taken) == (7, date(2026, 3, 2), taken)


# Outages: nobody's fault, and what to do about them.


@pytest.mark.parametrize(
    ("outage", "code", "begins", "is_without_effect"),
    [
        pytest.param(
            Unavailable("08006"),
            "SERVICE_UNAVAILABLE",
            "The database is not available. Nothing was stored",
            True,
            id="nothing was stored",
        ),
        pytest.param(
            Unavailable("08006", stored=None),
            "OUTCOME_UNKNOWN",
            "The database was lost while this was being stored",
            False,
            id="nobody knows",
        ),
        pytest.param(
            Unavailable("08006", stored=True),
            "ANSWER_INCOMPLETE",
            "This was carried out.",
            False,
            id="it was stored",
        ),
        pytest.param(Busy(), "SERVICE_UNAVAILABLE", "The server is busy.", True, id="no room"),
    ],
)
def test_an_outage_says_whether_anything_was_stored(outage, code, begins, is_without_effect):
    assert outage.code == code
    assert outage.message.startswith(begins)
    assert outage.is_without_effect is is_without_effect
    assert str(outage) == outage.cause


def test_an_outage_after_storing_says_that_it_was_carried_out():
    with pytest.raises(Unavailable) as first, Unavailable.after_storing():
        raise Unavailable("08006") from OSError("lost")

    assert (first.value.cause, first.value.stored) == ("08006", True)
    assert isinstance(first.value.__cause__, OSError)


def test_what_is_no_outage_goes_on_as_it_is():
    with pytest.raises(InvalidValue), Unavailable.after_storing():
        raise InvalidValue("No.")


def test_nothing_happens_where_there_is_no_outage():
    with Unavailable.after_storing():
        pass
