"""Instances as a vendor gives them: each belongs to the occurrence of the rule that is nearest."""

from datetime import date, timedelta
from random import Random

import pytest

from app.domain.days import DaySpan
from app.domain.recurrence import Repeat, RepeatRule, occurrences
from app.domain.sync.given_instances import fitted_instances
from app.domain.sync.remote_people import GivenInstance
from tests.builders import uuid

FIRST = DaySpan(date(2026, 1, 5), date(2026, 1, 5))
WEEKLY = RepeatRule(Repeat.WEEKLY, 1, date(2026, 12, 31))


def given_on(days):
    return [
        GivenInstance(uuid(900 + 7 * place), DaySpan(day, day)) for place, day in enumerate(days)
    ]


def nearest(planned, given):
    """Say of each day of the rule which instance is its own, by trying all."""
    found = {each.span.first: each for each in reversed(given) if each.span.first in planned}
    for each in (each for each in given if each not in found.values()):
        free = [day for day in planned if day not in found]
        day = min(free, key=lambda day: (abs(day - each.span.first), day))
        found[day] = each
    return found


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_given_belongs_to_the_nearest_day_of_the_rule(seed):
    random = Random(seed)  # noqa: S311 - no secret
    planned = [each.first for each in occurrences(FIRST, WEEKLY)]
    days = sorted(
        day + timedelta(days=random.choice([0, 0, 1, -1, 3, 4, 11]))
        for day in random.sample(planned, random.randint(1, len(planned)))
    )
    given = given_on(days)

    fitted = fitted_instances(uuid(1), FIRST, WEEKLY, given)

    expected = nearest(planned, given)
    assert {each.original_day: each.span for each in fitted.exceptions} == {
        day: expected[day].span if day in expected else None
        for day in planned
        if day not in expected or expected[day].span != DaySpan(day, day)
    }


def test_a_thousand_instances_on_other_days_are_fitted_as_well():
    rule = RepeatRule(Repeat.WEEKLY, 1, FIRST.first + timedelta(weeks=999))
    planned = [each.first for each in occurrences(FIRST, rule)]
    others = [day + timedelta(days=2) for day in planned]

    fitted = fitted_instances(uuid(1), FIRST, rule, given_on(others))

    assert [(each.original_day, each.span) for each in fitted.exceptions] == [
        (day, DaySpan(moved, moved)) for day, moved in zip(planned, others, strict=True)
    ]
