"""Answers of Procore's that are not as documented: told, and never guessed."""

from typing import Any

import pytest

from app.domain.sync.failures import FailureKind, VendorFailure
from app.vendors.procore.people import PeopleRead
from app.vendors.procore.wire import read_survey, read_time_off
from tests.builders import COMPANY, PERSON, UNKNOWN_UUID, uuid

RECORD: dict[str, Any] = {
    "apply_to_saturday": False,
    "apply_to_sunday": False,
    "batch_end_time": "3:30 PM",
    "batch_start_time": "7:00 AM",
    "cadence": 1,
    "company_id": COMPANY,
    "created_at": 1698073015447,
    "end_day": "11/15/23",
    "id": uuid(1).upper(),
    "instances": [
        {"id": uuid(12), "start_day": "11/08/23", "end_day": "11/08/23"},
        {"id": uuid(11), "start_day": "11/01/23", "end_day": "11/01/23"},
        {"id": uuid(13), "start_day": "11/15/23", "end_day": "11/15/23"},
    ],
    "is_paid": True,
    "person_id": PERSON.upper(),
    "reason": "medical",
    "repeat": "weekly",
    "repeat_end_day": "11/20/23",
    "start_day": "11/01/23",
}


def page(**changes: Any) -> dict[str, Any]:
    return {"data": [RECORD | changes], "pagination": {"total_possible": 1}}


def test_the_record_of_the_documentation_is_read_to_the_letter():
    read = read_time_off(page(), PERSON)

    (record,) = read.records
    assert (read.ids, read.problems, read.total) == ([uuid(1)], [], 1)
    assert (record.id, record.person_id, record.reason) == (uuid(1), PERSON, "medical")
    assert [each.id for each in record.instances] == [uuid(11), uuid(12), uuid(13)]
    assert (str(record.span.first), str(record.span.last)) == ("2023-11-01", "2023-11-01")
    assert str(record.created_at) == "2023-10-23 14:56:55.447000+00:00"


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_start_time": "25:00 AM"},
        {"batch_start_time": 8},
        {"batch_end_time": "7:00 AM"},
        {"apply_to_saturday": "false"},
        {"is_paid": None},
        {"repeat": "daily"},
        {"repeat": ["weekly"]},
        {"cadence": True},
        {"cadence": 0},
        {"repeat_end_day": None},
        {"start_day": "23/10/23"},
        {"start_day": 20231101},
        {"instances": []},
        {"instances": "many"},
        {"instances": [7]},
        {"instances": [{"id": "7", "start_day": "11/01/23", "end_day": "11/01/23"}]},
        {"instances": [{"id": uuid(1), "start_day": "11/02/23", "end_day": "11/01/23"}]},
        {"instances": [RECORD["instances"][0]] * 2},
        {"instances": [RECORD["instances"][0]] * 1_001},
        {"reason": {"secret": "medical"}},
        {"reason": "a" * 2_001},
        {"reason": "nul \0"},
    ],
)
def test_a_record_that_no_rule_can_hold_is_a_problem_that_says_nothing_of_it(changes):
    read = read_time_off(page(**changes), PERSON)

    (problem,) = read.problems
    assert (read.ids, read.records, problem.remote_id) == ([uuid(1)], [], uuid(1))
    assert "medical" not in problem.message


def test_what_may_be_missing_is_not_missed():
    read = read_time_off(page(repeat="never", instances=None, reason=None, created_at="x"), PERSON)

    (record,) = read.records
    assert (record.reason, record.created_at, record.rule) == ("(none)", None, None)
    assert [str(each.span.last) for each in record.instances] == ["2023-11-15"]
    for instant in (True, -1, 10**20):
        (record,) = read_time_off(page(created_at=instant), PERSON).records
        assert record.created_at is None


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"data": {}},
        {"data": [7]},
        {"data": [RECORD] * 2_001},
        {"data": [RECORD | {"id": 7}]},
        {"data": [RECORD | {"id": "7"}]},
        {"data": [RECORD | {"person_id": UNKNOWN_UUID}]},
        {"data": [RECORD | {"person_id": None}]},
    ],
)
def test_an_answer_that_is_no_such_page_or_about_somebody_else_is_unreadable(document):
    with pytest.raises(VendorFailure) as failure:
        read_time_off(document, PERSON)

    assert failure.value.kind is FailureKind.UNREADABLE


def test_a_survey_tells_people_apart_by_what_it_says_not_by_its_order():
    one, other = ({"start_day": day, "is_paid": True, "reason": "medical"} for day in "12")
    both = [{"person_id": PERSON.upper(), "timeoff": [one, other]}, {"person_id": 7}]
    turned = [{"person_id": PERSON, "timeoff": [other, one], "assignments": []}]

    first = read_survey({"possible_pages": 3, "data": both})
    second = read_survey({"data": [{"possible_pages": 3, "data": turned}]})

    assert first.digests == second.digests
    assert (first.pages, second.pages, first.rows) == (3, 3, 2)
    assert "medical" not in str(first)
    for changed in ([one], [one, other, one], [one | {"is_paid": False}, other]):
        assert read_survey({"data": [turned[0] | {"timeoff": changed}]}).digests != first.digests
    nothing: list[Any] = [[], None, "many"]
    for none in nothing:
        assert read_survey({"data": [turned[0] | {"timeoff": none}]}).digests == {PERSON: ""}


def test_people_who_do_not_fit_stop_nobody_else():
    read = PeopleRead()
    read.take_titles({"data": [{"id": uuid(9), "name": " Mason "}, {"id": 7, "name": None}]})
    rows = [
        {"id": PERSON.upper(), "name": {"first": "Grace"}, "job_title_id": uuid(9), "email": " "},
        {"id": uuid(2), "first_name": "Ada", "last_name": "Lovelace", "status": "inactive"},
        {"id": 7, "name": {"first": "Nobody"}},
        {"id": uuid(3), "name": {"first": " ", "last": ""}},
        {"id": uuid(4), "name": {"first": "Two\nlines"}},
        {"id": uuid(5), "name": {"first": "Eve"}, "email": ["eve@example.com"]},
    ]

    is_more = read.take_people({"possible_pages": 2, "data": rows}, 0)

    told = read.all()
    assert is_more
    assert not read.take_people({"possible_pages": 9, "data": rows[:2]}, 1), "nobody is new"
    grace, ada = told.people
    assert (grace.id, grace.first_name, grace.last_name) == (PERSON, "Grace", "")
    assert (grace.job_title, grace.email, grace.status.value) == ("Mason", None, "active")
    assert (ada.last_name, ada.status.value, ada.job_title) == ("Lovelace", "inactive", None)
    assert [each.remote_id for each in told.problems] == [
        "person:0-2",
        f"person:{uuid(3)}",
        f"person:{uuid(4)}",
        f"person:{uuid(5)}",
    ]
    assert told.requests == 2


def test_without_a_count_of_pages_a_full_one_may_have_another_behind_it():
    rows = [{"id": uuid(number), "name": {"first": "A"}} for number in range(400)]
    read = PeopleRead()

    assert read.take_people({"data": rows}, 0)
    assert not read.take_people({"data": rows[:1]}, 1)
