"""What a patch may change of person time off (3.8), and in whose list a record is (3.10)."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from app.domain.days import DaySpan
from app.domain.errors import InvalidValue, Refusals, RepeatingDaysFixed
from app.domain.pattern import Pattern
from app.domain.person_time_off import PersonTimeOff, PersonTimeOffWish
from app.domain.person_time_off_patch import PersonTimeOffPatch, Whose, patched, unknown_places
from app.domain.recurrence import Repeat, RepeatRule

COMPANY = "a4592b47-42ae-478f-926d-e77a7f768059"
OTHER_COMPANY = "0d8f9a4e-51c3-4c19-9f0e-5b8b6b8d4c11"
PERSON = "81c63107-6843-4822-be42-a40b41e75285"
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))
LAST_TUESDAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def record(rule=None):
    return PersonTimeOff(
        id="record",
        company_id=COMPANY,
        person_id=PERSON,
        span=DaySpan(MONDAY, TUESDAY),
        last_day=LAST_TUESDAY if rule else TUESDAY,
        pattern=Pattern(time(8), time(16), apply_to_saturday=False, apply_to_sunday=False),
        is_paid=True,
        reason="medical",
        rule=rule,
        instance_ids=("instance",),
        created_at=NOW,
        updated_at=NOW,
    )


ONCE = record()
WEEKLY = record(RepeatRule(Repeat.WEEKLY, 1, LAST_TUESDAY))


def wish(**given):
    fields: dict[str, Any] = {
        "start_day": MONDAY,
        "end_day": TUESDAY,
        "batch_start_time": time(8),
        "batch_end_time": time(16),
        "apply_to_saturday": False,
        "apply_to_sunday": False,
        "is_paid": True,
        "reason": "medical",
    }
    return PersonTimeOffWish(**(fields | given))


SERIES = {"repeat": Repeat.WEEKLY, "cadence": 1, "repeat_end_day": LAST_TUESDAY}


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("before", "patch", "expected"),
    [
        pytest.param(ONCE, {}, {}, id="nothing"),
        pytest.param(WEEKLY, {}, SERIES, id="nothing of a series"),
        pytest.param(
            ONCE,
            {"start_day": TUESDAY, "end_day": WEDNESDAY},
            {"start_day": TUESDAY, "end_day": WEDNESDAY},
            id="the days of what never repeats",
        ),
        pytest.param(
            WEEKLY,
            {"batch_start_time": time(9), "batch_end_time": time(12)},
            SERIES | {"batch_start_time": time(9), "batch_end_time": time(12)},
            id="the times of a series",
        ),
        pytest.param(
            ONCE,
            {"apply_to_saturday": True, "apply_to_sunday": True},
            {"apply_to_saturday": True, "apply_to_sunday": True},
            id="the weekend",
        ),
        pytest.param(
            ONCE,
            {"is_paid": False, "reason": "family"},
            {"is_paid": False, "reason": "family"},
            id="whether it is paid, and why",
        ),
        pytest.param(
            WEEKLY,
            {"start_day": MONDAY, "end_day": TUESDAY} | SERIES,
            SERIES,
            id="what is fixed, sent as it was created",
        ),
        pytest.param(
            WEEKLY, {"end_day": LAST_TUESDAY}, SERIES, id="the end of a series as it is answered"
        ),
        pytest.param(
            ONCE,
            {"repeat": Repeat.NEVER, "cadence": 3, "repeat_end_day": LAST_TUESDAY},
            {},
            id="beside never the rest is ignored",
        ),
    ],
)
def test_a_patch_changes(before, patch, expected):
    refusals = Refusals()

    assert patched(before, PersonTimeOffPatch(**patch), refusals) == wish(**expected)
    assert refusals.errors == []


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("before", "patch", "refused"),
    [
        pytest.param(
            WEEKLY,
            {"start_day": TUESDAY, "end_day": WEDNESDAY},
            [(RepeatingDaysFixed, ("start_day",)), (RepeatingDaysFixed, ("end_day",))],
            id="the days of a series",
        ),
        pytest.param(
            ONCE,
            SERIES,
            [
                (InvalidValue, ("repeat",)),
                (InvalidValue, ("cadence",)),
                (InvalidValue, ("repeat_end_day",)),
            ],
            id="that it repeats",
        ),
        pytest.param(
            WEEKLY,
            {"start_day": TUESDAY, "cadence": 2},
            [(RepeatingDaysFixed, ("start_day",)), (InvalidValue, ("cadence",))],
            id="both are told",
        ),
    ],
)
def test_a_patch_may_not_change(before, patch, refused):
    refusals = Refusals()

    left = patched(before, PersonTimeOffPatch(**patch), refusals)

    assert [(type(error), error.path) for error in refusals.errors] == refused
    assert left == patched(before, PersonTimeOffPatch(), Refusals())


@pytest.mark.rule("3.10")
@pytest.mark.parametrize(
    ("whose", "expected"),
    [
        pytest.param(Whose(COMPANY, PERSON), True, id="the person's"),
        pytest.param(Whose(OTHER_COMPANY, PERSON), False, id="below another company"),
        pytest.param(Whose(COMPANY, "somebody else"), False, id="another person's"),
    ],
)
def test_a_record_is_in_one_list(whose, expected):
    assert whose.has(ONCE) is expected


@pytest.mark.rule("3.10")
@pytest.mark.parametrize(
    ("company_id", "person_company_id", "unknown"),
    [
        pytest.param(COMPANY, COMPANY, [], id="both are there"),
        pytest.param(COMPANY, None, ["person_id"], id="no such person"),
        pytest.param(COMPANY, OTHER_COMPANY, ["person_id"], id="another company's person"),
        pytest.param(None, COMPANY, ["company_id", "person_id"], id="a company not to be seen"),
        pytest.param(None, None, ["company_id", "person_id"], id="neither is there"),
    ],
)
def test_an_address_names_what_is_not_there(company_id, person_company_id, unknown):
    found = [error.path for error in unknown_places(company_id, person_company_id)]

    assert found == [(name,) for name in unknown]


@pytest.mark.rule("3.10")
def test_a_person_whose_id_could_not_be_read_is_not_judged():
    assert list(unknown_places(COMPANY, None, is_person_asked=False)) == []
    (error,) = unknown_places(None, None, is_person_asked=False)
    assert error.path == ("company_id",)
