"""Refusals: each with its place in the input, all of a batch at once (rules 2.5 and 4.6)."""

import pytest

from app.domain.errors import InvalidValue, NotFound, Refusals, Refused, TimeOffError


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
    for path in (("items", 10), ("items", 2, "b"), ("items", 2, "a"), ("idempotency_key",)):
        refusals.add(InvalidValue("No.", path))

    assert [path for _, path in refused(refusals)] == [
        ("idempotency_key",),
        ("items", 2, "b"),
        ("items", 2, "a"),
        ("items", 10),
    ]


def test_what_is_no_refusal_is_not_collected():
    refusals = Refusals()

    with pytest.raises(ZeroDivisionError), refusals.collecting("items", 0):
        raise ZeroDivisionError

    assert refusals.errors == []


@pytest.mark.rule("4.6")
def test_a_refused_request_says_no_more_than_the_codes():
    """Whoever logs it logs no message, so nothing that was sent."""
    refusal = Refused([InvalidValue("words"), NotFound("person")])

    assert str(refusal) == "INVALID_VALUE; NOT_FOUND"


def test_every_refusal_has_a_code_of_its_own():
    kinds = TimeOffError.__subclasses__()

    assert len(kinds) > 10
    assert len({kind.code for kind in kinds}) == len(kinds)
