"""Where the two systems disagree: each worker's day, by kind."""

import asyncio
from base64 import urlsafe_b64encode

import pytest

from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    company,
    entry,
    holiday,
    node_id,
    person,
    role,
    user,
    uuid,
)
from tests.graphql.api import api, put, put_entries, put_person_time_off, statements

pytestmark = pytest.mark.rule("4.5")

DISCREPANCIES = """
query Discrepancies(
  $from: Date! = "2026-03-02", $to: Date! = "2026-03-08", $filter: WorkerFilter
  $first: Int, $after: String, $last: Int, $before: String
) {
  discrepancies(
    from: $from, to: $to, filter: $filter
    first: $first, after: $after, last: $last, before: $before
  ) {
    totalCount
    edges {
      cursor
      node {
        worker { fullName }
        date kind kantataHours procoreHours
        timeOff { __typename sourceId }
      }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
SCHEDULE = """
query Schedule($from: Date! = "2026-03-02", $to: Date! = "2026-03-08") {
  schedule(first: 50, from: $from, to: $to) {
    nodes {
      worker { fullName user { id } person { id } }
      days { date workdayHours contributions { hours startTime timeOff { __typename sourceId } } }
    }
  }
}
"""
ADA, GRACE = user(emailAddress="ada@example.com"), person(email="ada@example.com")


async def put_ada(ask, **more):
    """One human whom both systems know."""
    await put(ask, companies=[company()], users=[ADA], people=[GRACE], **more)


async def bring(ask, day, start, end, **more):
    """Person time off of one day, from time to time."""
    return await put_person_time_off(
        ask, startDay=day, endDay=day, batchStartTime=start, batchEndTime=end, **more
    )


async def page(ask, **arguments):
    answer = await ask(DISCREPANCIES, **arguments)
    return answer["data"]["discrepancies"]


async def differing(ask, **arguments):
    """The differing days in short: who, when, how."""
    list_ = await page(ask, **arguments)
    nodes = [edge["node"] for edge in list_["edges"]]
    return [(each["worker"]["fullName"], each["date"], each["kind"]) for each in nodes]


async def test_each_kind_with_its_hours_and_records(ask):
    await put_ada(ask)
    monday, tuesday, wednesday = await put_entries(
        ask,
        entry(hours=8),
        entry(hours=4, requestedDate=TUESDAY),
        entry(hours=4, requestedDate=WEDNESDAY),
    )
    await bring(ask, TUESDAY, "08:00", "12:00")
    longer = await bring(ask, WEDNESDAY, "08:00", "13:30")
    unpaid = await bring(ask, WEDNESDAY, "13:00", "14:00", isPaid=False)
    alone = await bring(ask, THURSDAY, "07:00", "15:30")

    list_ = await page(ask)

    def day(date, kind, kantata, procore, *time_off):
        return {
            "worker": {"fullName": "Ada Lovelace"},
            "date": date,
            "kind": kind,
            "kantataHours": kantata,
            "procoreHours": procore,
            "timeOff": [{"__typename": type_, "sourceId": id_} for type_, id_ in time_off],
        }

    assert list_["totalCount"] == 3
    assert [edge["node"] for edge in list_["edges"]] == [
        day(MONDAY, "ONLY_IN_KANTATA_OX", 8.0, 0.0, ("TimeOffEntry", monday)),
        day(
            WEDNESDAY,
            "HOURS_DIFFER",
            4.0,
            6.0,
            ("TimeOffEntry", wednesday),
            ("PersonTimeOff", longer),
            ("PersonTimeOff", unpaid),
        ),
        # 8.5 h of an 8 h workday
        day(THURSDAY, "ONLY_IN_PROCORE_WORKFORCE_PLANNING", 0.0, 8.0, ("PersonTimeOff", alone)),
    ]
    assert tuesday != monday


async def test_hours_above_the_workday_are_no_difference(ask):
    await put_ada(ask)
    await put_entries(ask, entry(hours=8), entry(hours=3, requestedDate=TUESDAY))
    await bring(ask, MONDAY, "07:00", "15:30")
    await bring(ask, SATURDAY, "08:00", "16:00", applyToSaturday=True)
    await put(ask, holidays=[holiday(startDate=TUESDAY, endDate=TUESDAY)])

    assert await differing(ask) == []


@pytest.mark.parametrize("known_to", ["users", "people"])
async def test_workers_whom_one_system_knows_are_not_compared(ask, everyone, known_to):
    await put_entries(ask, entry())
    await bring(ask, TUESDAY, "08:00", "12:00")
    alone = {"users": {"userIds": ["1"]}, "people": {"personIds": [GRACE["sourceId"]]}}

    assert await differing(ask, filter=alone[known_to]) == []


LINK = """
mutation Link($userId: ID!, $personId: ID!) {
  linkWorker(input: {userId: $userId, personId: $personId}) { userErrors { code } }
}
"""


@pytest.mark.rule("4.1")
async def test_linking_makes_two_accounts_comparable(ask, everyone):
    await put_entries(ask, entry())
    await bring(ask, TUESDAY, "08:00", "12:00")

    await ask(LINK, userId="1", personId=GRACE["sourceId"])

    assert await differing(ask) == [
        ("Ada Lovelace", MONDAY, "ONLY_IN_KANTATA_OX"),
        ("Ada Lovelace", TUESDAY, "ONLY_IN_PROCORE_WORKFORCE_PLANNING"),
    ]


@pytest.mark.rule("4.3")
async def test_only_days_of_the_window_are_compared(ask):
    await put_ada(ask)
    await put_entries(ask, entry(requestedDate="2026-02-27"), entry(requestedDate="2026-03-09"))
    await put_person_time_off(ask, startDay="2026-02-20", endDay="2026-03-20")

    found = await differing(ask, **{"from": FRIDAY, "to": "2026-03-09"})

    assert found == [
        ("Ada Lovelace", FRIDAY, "ONLY_IN_PROCORE_WORKFORCE_PLANNING"),
        ("Ada Lovelace", "2026-03-09", "HOURS_DIFFER"),
    ]


# A company in which names tie, some agree, and some differ on several days.

WORKERS = 7


async def fill(database_url):
    """Seven whom both systems know, of three names; nobody differs on all days."""
    async with api(database_url) as ask:
        numbers = range(1, WORKERS + 1)
        await put(
            ask,
            companies=[company(), company(sourceId=OTHER_COMPANY, name="Other")],
            roles=[role()],
            users=[
                user(
                    sourceId=str(n),
                    fullName=("ada", "Ben", "ben")[n % 3],
                    emailAddress=f"{n}@example.com",
                    roleId="5" if n == 2 else None,
                )
                for n in numbers
            ],
            people=[
                person(
                    sourceId=uuid(n),
                    email=f"{n}@example.com",
                    jobTitle="Roofer" if n in (3, 4) else None,
                )
                for n in numbers
            ],
        )
        days = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
        await put_entries(
            ask,
            *(
                entry(userId=str(n), requestedDate=day, hours=4)
                for n in numbers
                for place, day in enumerate(days)
                if (n + place) % 3 and n != 7
            ),
        )
        for n in numbers:
            for place, day in enumerate(days):
                if (n + place) % 4 and n != 7:
                    end = "12:00" if place % 2 else "14:00"
                    await bring(ask, day, "08:00", end, personId=uuid(n))


@pytest.fixture(scope="module")
def filled_url(module_database_url):
    asyncio.run(fill(module_database_url))
    return module_database_url


@pytest.fixture
async def company_of_seven(filled_url):
    async with api(filled_url) as ask:
        yield ask


def union_hours(contributions):
    """The union of Procore's hours; on each of these days there is one record at most."""
    return sum(each["hours"] for each in contributions if each["startTime"])


async def test_they_are_the_days_on_which_the_schedule_shows_different_hours(company_of_seven):
    answer = await company_of_seven(SCHEDULE)

    expected = []
    for node in answer["data"]["schedule"]["nodes"]:
        for day in node["days"]:
            records = day["contributions"]
            procore = union_hours(records)
            kantata = sum(each["hours"] for each in records) - procore
            cap = day["workdayHours"]
            if min(kantata, cap) != min(procore, cap):
                hours = (min(kantata, cap), min(procore, cap))
                named = [each["timeOff"] for each in records]
                expected.append((node["worker"]["fullName"], day["date"], *hours, named))
    found = [
        (
            each["worker"]["fullName"],
            each["date"],
            each["kantataHours"],
            each["procoreHours"],
            each["timeOff"],
        )
        for each in (edge["node"] for edge in (await page(company_of_seven, first=500))["edges"])
    ]
    assert found == expected
    assert len(expected) > 15


@pytest.mark.rule("6.4")
@pytest.mark.parametrize("size", [1, 2, 5, 500])
@pytest.mark.parametrize(("take", "place"), [("first", "after"), ("last", "before")])
async def test_pages_in_both_directions_visit_each_exactly_once(
    company_of_seven, size, take, place
):
    whole = await page(company_of_seven, first=500)
    found, cursor, other_side = [], None, []

    while True:
        list_ = await page(company_of_seven, **{take: size, place: cursor})
        info = list_["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == (
            list_["edges"][0]["cursor"],
            list_["edges"][-1]["cursor"],
        )
        if take == "first":
            found += list_["edges"]
            cursor, more, behind = info["endCursor"], info["hasNextPage"], info["hasPreviousPage"]
        else:
            found = list_["edges"] + found
            cursor, more, behind = info["startCursor"], info["hasPreviousPage"], info["hasNextPage"]
        other_side.append(behind)
        assert list_["totalCount"] == whole["totalCount"]
        if not more:
            break

    assert found == whole["edges"]
    assert len(found) == whole["totalCount"]
    assert other_side == [False] + [True] * (len(other_side) - 1)


@pytest.mark.rule("6.4")
async def test_between_two_cursors_are_those_between(company_of_seven):
    edges = (await page(company_of_seven, first=500))["edges"]

    for start, end in ((0, 1), (0, 3), (2, len(edges) - 1)):
        between = {"after": edges[start]["cursor"], "before": edges[end]["cursor"]}
        forward = await page(company_of_seven, first=500, **between)
        backward = await page(company_of_seven, last=500, **between)
        assert forward["edges"] == backward["edges"] == edges[start + 1 : end]


@pytest.mark.rule("6.4")
async def test_an_empty_page_ends_where_it_was_asked_to_begin(company_of_seven):
    last = (await page(company_of_seven, first=500))["pageInfo"]["endCursor"]

    info = (await page(company_of_seven, first=5, after=last))["pageInfo"]

    assert (info["startCursor"], info["endCursor"]) == (None, last)


@pytest.mark.rule("6.4")
async def test_a_cursor_holds_its_place_with_another_filter(company_of_seven):
    edges = (await page(company_of_seven, first=500))["edges"]
    of_ben = {"filter": {"userIds": ["1", "4"]}}

    found = await page(company_of_seven, first=500, after=edges[0]["cursor"], **of_ben)

    everything = await page(company_of_seven, first=500, **of_ben)
    assert found["edges"] == everything["edges"]
    assert {edge["node"]["worker"]["fullName"] for edge in found["edges"]} == {"Ben"}


@pytest.mark.parametrize(
    ("filter_", "numbers"),
    [
        pytest.param({"companyId": COMPANY}, {1, 2, 3, 4, 5, 6}, id="a company"),
        pytest.param({"companyId": OTHER_COMPANY}, set(), id="another company"),
        pytest.param({"userIds": ["2", "3"]}, {2, 3}, id="users"),
        pytest.param({"personIds": [uuid(4)]}, {4}, id="people"),
        pytest.param({"workerIds": [node_id("Worker", f"P{uuid(5)}")]}, {5}, id="workers"),
        pytest.param({"roleIds": ["5"]}, {2}, id="a role"),
        pytest.param({"jobTitles": ["Roofer"]}, {3, 4}, id="a job title"),
        pytest.param({"name": "BEN"}, {1, 2, 4, 5}, id="a name"),
        pytest.param({"onlyAbsent": True}, {1, 2, 3, 4, 5, 6}, id="those with time off"),
    ],
)
async def test_filters_say_whose_days_are_compared(company_of_seven, filter_, numbers):
    document = """
    query Whose($filter: WorkerFilter) {
      discrepancies(first: 500, from: "2026-03-02", to: "2026-03-08", filter: $filter) {
        nodes { worker { user { sourceId } } }
      }
    }
    """

    answer = await company_of_seven(document, filter=filter_)

    nodes = answer["data"]["discrepancies"]["nodes"]
    assert {int(node["worker"]["user"]["sourceId"]) for node in nodes} == numbers


def forged(*parts):
    text = "[" + ",".join(f'"{part}"' for part in parts) + "]"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        pytest.param({"from": TUESDAY, "to": MONDAY}, ["to"], id="a reversed window"),
        pytest.param({"from": "2026-01-01", "to": "2027-02-05"}, ["to"], id="401 days"),
        pytest.param({"first": 1, "last": 1}, ["last"], id="first and last"),
        pytest.param({"first": 501}, ["first"], id="more than 500"),
        pytest.param({"after": "nonsense"}, ["after"], id="no cursor"),
        pytest.param({"after": forged("FULL_NAME", "ada", "U1")}, ["after"], id="of the schedule"),
        pytest.param({"after": forged("WORKER_DATE", "ada", "U1")}, ["after"], id="too short"),
        pytest.param({"before": forged("WORKER_DATE", "ada", "U1")}, ["before"], id="as before"),
        pytest.param(
            {"filter": {"personIds": ["1"]}}, ["filter", "personIds", "0"], id="an ill-formed id"
        ),
    ],
)
async def test_arguments_that_do_not_fit_are_bad_input(company_of_seven, arguments, path):
    answer = await company_of_seven(DISCREPANCIES, **arguments)

    assert answer.get("data") is None
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BAD_USER_INPUT", "path": path}
    ]


@pytest.mark.rule("6.4")
async def test_an_empty_page_has_no_cursors(company_of_seven):
    assert await page(company_of_seven, **{"from": SATURDAY, "to": SUNDAY}) == {
        "totalCount": 0,
        "edges": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


async def test_the_number_of_statements_does_not_grow_with_the_page(company_of_seven):
    document = DISCREPANCIES.replace("totalCount", "")
    counts = set()

    for first in (3, 10, 500):
        with statements() as sent:
            await company_of_seven(document, first=first)
        counts.add(len(sent))

    assert len(counts) == 1, counts
