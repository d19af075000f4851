"""Answers of Procore's that are not as documented: told, and never guessed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest

from app.domain.days import DaySpan
from app.domain.sync.credentials import ClientCredentials
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote_people import GivenInstance, TimeOffPage
from app.domain.sync.upstreams import Upstream, UpstreamApi
from app.services.sync.person_list import read_person
from app.services.sync.vendor import Procore
from app.vendors.procore.people import PeopleRead
from app.vendors.procore.token import ProcoreTokens
from app.vendors.procore.wire import read_survey, read_time_off
from tests.builders import COMPANY, PERSON, UNKNOWN_UUID, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
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


DEEP: Any = []
for _ in range(1_000):
    DEEP = [DEEP]
LONG = [{"id": uuid(12), "start_day": "11/08/23", "end_day": "11/20/23"}]


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
        {"cadence": 2**40},
        {"start_day": "12/31/99", "instances": LONG},
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


def test_what_is_nested_deeply_is_nothing_and_stops_nothing():
    [problem] = read_time_off(page(instances=[{"id": DEEP}]), PERSON).problems
    read = PeopleRead()
    read.take_titles({"data": [{"id": DEEP, "name": "Mason"}]})
    read.begin_look()
    read.take_people({"data": [{"id": PERSON, "name": {"first": "A"}, "job_title_id": DEEP}]})
    survey = read_survey({"data": [{"person_id": PERSON, "timeoff": [{"repeat": DEEP}]}]})

    assert problem.remote_id == uuid(1)
    assert [each.id for each in read.all().people] == [PERSON]
    assert [*survey.digests] == [PERSON]


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

    read.begin_look()
    is_more = read.take_people({"possible_pages": 2, "data": rows})

    told = read.all()
    assert is_more
    assert not read.take_people({"possible_pages": 9, "data": rows[:2]}), "nobody is new"
    grace, ada = told.people
    assert (grace.id, grace.first_name, grace.last_name) == (PERSON, "Grace", "")
    assert (grace.job_title, grace.email, grace.status.value) == ("Mason", None, "active")
    assert (ada.last_name, ada.status.value, ada.job_title) == ("Lovelace", "inactive", None)
    assert [each.remote_id for each in told.problems] == [
        "person:0-2",
        f"person:{uuid(3)}",
        f"person:{uuid(4)}",
        f"person:{uuid(5)}",
        "people",
    ]
    assert told.requests == 2


def test_without_a_count_of_pages_a_full_one_may_have_another_behind_it():
    rows = [{"id": uuid(number), "name": {"first": "A"}} for number in range(400)]
    read = PeopleRead()
    read.begin_look()

    assert read.take_people({"data": rows})
    assert not read.take_people({"data": rows[:1]})


def looked(*looks, pages=2):
    """Return what people are after looks at two pages with these ids."""
    read = PeopleRead()
    for look in looks:
        read.begin_look()
        for numbers in look:
            rows = [{"id": uuid(number), "name": {"first": "A"}} for number in numbers]
            read.take_people({"possible_pages": pages, "data": rows})
    return read


def test_several_pages_are_believed_when_two_looks_bring_the_same_people():
    assert not looked([[1, 2], [3]]).is_agreed
    assert looked([[1, 2], [3]], [[1], [2, 3]]).is_agreed
    assert not looked([[1, 2], [3]], [[1, 2], [4]]).is_agreed
    assert not looked([[1, 2], [2, 3]], [[1, 2], [2, 3]]).is_agreed, "somebody moved"
    assert not looked([[1, 2]], [[1, 2]]).is_agreed, "a page is missing"
    assert looked([[1, 2]], pages=1).is_agreed
    told = looked([[1, 2], [3]], [[1, 2], [4]]).all()
    assert len(told.people) == 4
    assert [each.code for each in told.problems] == ["INCOMPLETE_LIST"]


class Endless:
    """A vendor whose lists of time off have no end."""

    def __init__(self, instances):
        self.asked, self.instances = 0, instances

    async def time_off(self, *_):
        self.asked += 1
        span = DaySpan(date(2026, 3, 4), date(2026, 3, 4))
        listed = [GivenInstance(uuid(each), span) for each in range(self.instances)]
        [record] = read_time_off(page(repeat="never", instances=None), PERSON).records
        ids = [uuid(self.asked * 1_000 + each) for each in range(100)]
        return TimeOffPage(ids, [replace(record, id=each, instances=listed) for each in ids])


@pytest.mark.parametrize(("instances", "asked"), [(1, 101), (200, 3)])
async def test_a_list_that_has_no_end_fills_nothing(instances, asked):
    vendor = Endless(instances)

    found = await read_person(cast("Procore", vendor), PERSON)

    assert vendor.asked == asked
    assert not found.is_complete
    assert [each.code for each in found.all_problems] == ["LIST_INCOMPLETE"]


def test_a_token_is_one_word_of_bounded_length_and_forgotten_when_nobody_uses_it():
    upstream = Upstream(uuid(1), COMPANY, UpstreamApi.PROCORE_REST, "https://x/", NOW)
    tokens = ProcoreTokens()
    credentials = ClientCredentials("7", "id", "secret")
    kept = tokens.of(upstream, credentials)
    kept.seconds = lambda: kept.used_at + 5_401

    assert tokens.of(replace(upstream, id=uuid(2)), credentials) is not kept
    assert [*tokens.known] == [uuid(2)]
