"""Who is off, and who is free: both systems merged, per worker and day."""

from datetime import date, timedelta

import pytest

from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    PERSON,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    UNKNOWN_UUID,
    WEDNESDAY,
    company,
    entry,
    holiday,
    node_id,
    person,
    role,
    user,
    uuid,
    workweek,
)
from tests.graphql.api import Answer, put, put_entries, put_person_time_off, statements

pytestmark = pytest.mark.rule("4.2")

DAY = """
fragment Day on WorkerDay {
  date
  workdayHours hoursOff hoursOffLow hoursOffHigh availableHours
  paidHours unpaidHours unknownPaidHours
  holiday { name }
  contributions { hours startTime endTime isPaid reason timeOff { __typename sourceId } }
  notes { code timeOff { sourceId } }
}
"""
SCHEDULE = (
    """
    query Schedule(
      $from: Date!, $to: Date!, $filter: WorkerFilter, $combine: Combine! = MAX
      $first: Int, $after: String, $last: Int, $before: String
    ) {
      schedule(
        from: $from, to: $to, filter: $filter, combine: $combine
        first: $first, after: $after, last: $last, before: $before
      ) {
        nodes {
          worker { fullName }
          from to workdayHours hoursOff availableHours
          days { ...Day }
        }
      }
    }
    """
    + DAY
)
NAMES = """
query Names(
  $from: Date! = "2026-03-02", $to: Date! = "2026-03-08", $filter: WorkerFilter
  $first: Int, $after: String, $last: Int, $before: String
) {
  schedule(
    from: $from, to: $to, filter: $filter
    first: $first, after: $after, last: $last, before: $before
  ) {
    totalCount
    edges { cursor node { worker { fullName } hoursOff } }
    pageInfo { hasNextPage hasPreviousPage }
  }
}
"""
CREATE = """
mutation Create($entries: [TimeOffEntryInput!]!) {
  createTimeOffEntries(input: {timeOffEntries: $entries}) {
    userErrors { code ... on WorkdayHoursExceeded { possibleHours } }
  }
}
"""
FREE: Answer = {
    "workdayHours": 8.0,
    "hoursOff": 0.0,
    "hoursOffLow": 0.0,
    "hoursOffHigh": 0.0,
    "availableHours": 8.0,
    "paidHours": 0.0,
    "unpaidHours": 0.0,
    "unknownPaidHours": 0.0,
    "holiday": None,
    "contributions": [],
    "notes": [],
}
NO_WORKDAY = FREE | {"workdayHours": 0.0, "availableHours": 0.0}
ADA, GRACE = user(emailAddress="ada@example.com"), person(email="Ada@example.com ")


async def put_ada(ask, **more):
    """One human whom both systems know."""
    await put(ask, companies=[company()], users=[ADA], people=[GRACE], **more)


async def names(ask, **arguments):
    """Who has a schedule, in order."""
    answer = await ask(NAMES, **arguments)
    schedule = answer["data"]["schedule"]
    found = [edge["node"]["worker"]["fullName"] for edge in schedule["edges"]]
    assert "first" in arguments or schedule["totalCount"] == len(found)
    return found


async def week_of(ask, **arguments):
    """The only worker's schedule of the week."""
    answer = await ask(SCHEDULE, **{"from": MONDAY, "to": SUNDAY} | arguments)
    (node,) = answer["data"]["schedule"]["nodes"]
    return node


async def bring(ask, first, last, start, end, reason, **more):
    """Person time off of the first day to the last, from time to time."""
    return await put_person_time_off(
        ask,
        startDay=first,
        endDay=last,
        batchStartTime=start,
        batchEndTime=end,
        reason=reason,
        **more,
    )


async def test_a_worked_week(ask):
    """Each day another case; the hours are worked out by hand."""
    await put_ada(ask, holidays=[holiday()])
    whole, half = await put_entries(ask, entry(hours=8), entry(hours=4, requestedDate=TUESDAY))
    doctor = await bring(ask, TUESDAY, TUESDAY, "08:00", "12:00", "medical")
    vacation = await bring(ask, WEDNESDAY, THURSDAY, "08:00", "12:00", "vacation")
    family = await bring(ask, THURSDAY, THURSDAY, "10:00", "15:00", "family", isPaid=False)
    nights = await bring(ask, FRIDAY, SUNDAY, "22:00", "06:00", "rest", applyToSaturday=True)

    week = await week_of(ask)

    def kantata(id_, hours):
        return {
            "hours": hours,
            "startTime": None,
            "endTime": None,
            "isPaid": None,
            "reason": None,
            "timeOff": {"__typename": "TimeOffEntry", "sourceId": id_},
        }

    def procore(id_, hours, start, end, reason, *, paid=True):
        return {
            "hours": hours,
            "startTime": start,
            "endTime": end,
            "isPaid": paid,
            "reason": reason,
            "timeOff": {"__typename": "PersonTimeOff", "sourceId": id_},
        }

    def note(code, *ids):
        return {"code": code, "timeOff": [{"sourceId": id_} for id_ in ids]}

    def off(hours, **more):
        same = dict.fromkeys(("hoursOff", "hoursOffLow", "hoursOffHigh"), hours)
        return FREE | same | {"availableHours": 8 - hours} | more

    forenoon = procore(vacation, 4.0, "08:00", "12:00", "vacation")
    night = procore(nights, 8.0, "22:00", "06:00", "rest")
    assert week == {
        "worker": {"fullName": "Ada Lovelace"},
        "from": MONDAY,
        "to": SUNDAY,
        "workdayHours": 32.0,
        "hoursOff": 27.0,
        "availableHours": 5.0,
        "days": [
            {"date": MONDAY} | off(8.0, unknownPaidHours=8.0, contributions=[kantata(whole, 8.0)]),
            {"date": TUESDAY}
            | off(
                4.0,
                hoursOffHigh=8.0,
                paidHours=4.0,
                contributions=[
                    kantata(half, 4.0),
                    procore(doctor, 4.0, "08:00", "12:00", "medical"),
                ],
                notes=[note("POSSIBLE_DUPLICATE", half, doctor)],
            ),
            {"date": WEDNESDAY}
            | NO_WORKDAY
            | {
                "holiday": {"name": "Founders' Day"},
                "contributions": [forenoon],
                "notes": [note("OVER_WORKDAY", vacation)],
            },
            {"date": THURSDAY}
            | off(
                7.0,
                paidHours=4.0,
                unpaidHours=3.0,
                contributions=[
                    forenoon,
                    procore(family, 5.0, "10:00", "15:00", "family", paid=False),
                ],
                notes=[
                    note("OVERLAP", vacation, family),
                    note("PAID_UNPAID_OVERLAP", vacation, family),
                ],
            ),
            {"date": FRIDAY} | off(8.0, paidHours=8.0, contributions=[night]),
            {"date": SATURDAY}
            | NO_WORKDAY
            | {"contributions": [night], "notes": [note("OVER_WORKDAY", nights)]},
            {"date": SUNDAY} | NO_WORKDAY,
        ],
    }


async def test_combined_as_a_sum_the_high_end_counts(ask):
    await put_ada(ask)
    await put_entries(ask, entry(hours=3))
    await bring(ask, MONDAY, MONDAY, "08:00", "12:00", "medical")

    summed = await week_of(ask, to=MONDAY, combine="SUM")

    assert (summed["hoursOff"], summed["availableHours"]) == (7.0, 1.0)
    (day,) = summed["days"]
    figures = {name: value for name, value in day.items() if "Hours" in name or "hours" in name}
    assert figures == {
        "workdayHours": 8.0,
        "hoursOff": 7.0,
        "hoursOffLow": 4.0,
        "hoursOffHigh": 7.0,
        "availableHours": 1.0,
        "paidHours": 4.0,
        "unpaidHours": 0.0,
        "unknownPaidHours": 3.0,
    }


async def test_a_day_has_its_worker_and_each_contribution_its_record(ask):
    await put_ada(ask)
    await put_entries(ask, entry())
    document = """
    query Find($from: Date!, $to: Date!) {
      schedule(from: $from, to: $to) {
        nodes {
          worker { id }
          days { worker { id } contributions { timeOff { totalHours worker { id } } } }
        }
      }
    }
    """

    answer = await ask(document, **{"from": MONDAY, "to": MONDAY})

    ada = {"id": node_id("Worker", "U1")}
    time_off = {"timeOff": {"totalHours": 4.0, "worker": ada}}
    nodes = [{"worker": ada, "days": [{"worker": ada, "contributions": [time_off]}]}]
    assert answer == {"data": {"schedule": {"nodes": nodes}}}


async def test_dates_are_taken_as_either_system_writes_them(ask):
    await put_ada(ask)

    week = await week_of(ask, **{"from": "3/2/26", "to": "03/03/26"})

    assert (week["from"], week["to"]) == (MONDAY, TUESDAY)


@pytest.mark.rule("2.3")
@pytest.mark.parametrize(
    ("whose", "hours"),
    [
        pytest.param("Ada Lovelace", 5.0, id="a user has the user's own workweek"),
        pytest.param("Grace Hopper", 6.0, id="a worker without a user has the company's"),
    ],
)
async def test_the_workday_is_that_of_the_user_else_of_the_company(ask, whose, hours):
    await put(
        ask,
        companies=[company()],
        users=[user()],
        people=[person()],
        workweeks=[workweek(360), workweek(300, userId="1")],
    )

    week = await week_of(ask, filter={"name": whose})

    assert [day["workdayHours"] for day in week["days"]] == [hours] * 5 + [0.0] * 2


@pytest.mark.rule("2.3")
async def test_the_companys_holidays_are_those_of_a_worker_without_a_user_too(ask):
    await put(ask, companies=[company()], people=[person()], holidays=[holiday()])

    week = await week_of(ask)

    assert [day["workdayHours"] for day in week["days"][:4]] == [8.0, 8.0, 0.0, 8.0]
    assert [day["holiday"] for day in week["days"][1:4]] == [None, {"name": "Founders' Day"}, None]


@pytest.mark.rule("2.3")
@pytest.mark.parametrize("owner", ["1", None])
async def test_after_dated_hours_the_open_week_goes_on(ask, owner):
    """Tuesday to Wednesday 3 h; before and after them the owner's own 5 h, not 8 h or 7 h."""
    await put_ada(
        ask,
        workweeks=[
            workweek(420, effectiveFrom="2019-01-01"),
            workweek(300, userId=owner),
            workweek(180, userId=owner, effectiveFrom=TUESDAY, effectiveTo=WEDNESDAY),
        ],
    )
    document = """
    query On($days: Date!) { user(id: 1) { possibleHours(on: $days) } }
    """

    week = await week_of(ask)
    asked = await ask(document, days=THURSDAY)
    refused = await ask(CREATE, entries=[entry(hours=5.25, requestedDate=THURSDAY)])
    await put_entries(ask, entry(hours=5, requestedDate=THURSDAY))

    assert [day["workdayHours"] for day in week["days"]] == [5.0, 3.0, 3.0, 5.0, 5.0, 0.0, 0.0]
    assert asked == {"data": {"user": {"possibleHours": 5.0}}}
    (error,) = refused["data"]["createTimeOffEntries"]["userErrors"]
    assert (error["code"], error["possibleHours"]) == ("WORKDAY_HOURS_EXCEEDED", 5.0)


@pytest.mark.rule("2.3")
@pytest.mark.rule("4.5")
async def test_a_day_that_lacks_less_than_a_hundredth_of_an_hour_is_full(ask):
    """7 h 20 min a day: shown as 7.34 h, and entered as 7.33 h by whoever rounds down."""
    await put_ada(ask, workweeks=[workweek(440)])
    entries = zip((MONDAY, TUESDAY, WEDNESDAY), (7.33, 7.34, 7.32), strict=True)
    await put_entries(ask, *(entry(hours=hours, requestedDate=day) for day, hours in entries))
    await bring(ask, MONDAY, THURSDAY, "08:00", "15:30", "vacation")
    document = """
    query Differ($from: Date!, $to: Date!) {
      schedule(from: $from, to: $to) {
        nodes {
          workdayHours hoursOff availableHours
          days { workdayHours hoursOff availableHours discrepancy notes { code } }
        }
      }
      discrepancies(from: $from, to: $to) {
        totalCount nodes { date kind kantataHours procoreHours }
      }
    }
    """

    answer = (await ask(document, **{"from": MONDAY, "to": FRIDAY}))["data"]

    (node,) = answer["schedule"]["nodes"]
    days = node.pop("days")
    assert node == {"workdayHours": 36.7, "hoursOff": 29.36, "availableHours": 7.34}
    assert [(day["workdayHours"], day["hoursOff"], day["availableHours"]) for day in days] == [
        *[(7.34, 7.34, 0.0)] * 4,
        (7.34, 0.0, 7.34),
    ]
    only_procore = "ONLY_IN_PROCORE_WORKFORCE_PLANNING"
    kinds = [day["discrepancy"] for day in days]
    assert kinds == [None, None, "HOURS_DIFFER", only_procore, None]
    assert answer["discrepancies"] == {
        "totalCount": 2,
        "nodes": [
            {
                "date": WEDNESDAY,
                "kind": "HOURS_DIFFER",
                "kantataHours": 7.32,
                "procoreHours": 7.34,
            },
            {"date": THURSDAY, "kind": only_procore, "kantataHours": 0.0, "procoreHours": 7.34},
        ],
    }


@pytest.mark.rule("3.5")
async def test_a_night_shift_that_meets_the_next_morning_is_noted_on_both_days(ask):
    """Also where only one of them is asked about; hours stay where each record starts."""
    await put_ada(ask)
    night = await bring(ask, MONDAY, MONDAY, "22:00", "06:00", "rest")
    morning = await bring(ask, TUESDAY, TUESDAY, "05:00", "10:00", "doctor", isPaid=False)
    await bring(ask, WEDNESDAY, WEDNESDAY, "22:00", "06:00", "rest")
    await bring(ask, THURSDAY, THURSDAY, "06:00", "10:00", "doctor")

    windows = [(MONDAY, THURSDAY), (MONDAY, MONDAY), (TUESDAY, TUESDAY), (TUESDAY, THURSDAY)]
    seen = [await week_of(ask, **{"from": first, "to": last}) for first, last in windows]

    def note(code, *ids):
        return {"code": code, "timeOff": [{"sourceId": id_} for id_ in ids]}

    def day_of(day, hours, *ids):
        codes = ("OVERLAP", "PAID_UNPAID_OVERLAP") if ids else ()
        return day, hours, 1, [note(code, *ids) for code in codes]

    monday, tuesday = day_of(MONDAY, 8.0, night, morning), day_of(TUESDAY, 5.0, morning, night)
    wednesday, thursday = day_of(WEDNESDAY, 8.0), day_of(THURSDAY, 4.0)
    assert [
        [
            (day["date"], day["hoursOff"], len(day["contributions"]), day["notes"])
            for day in week["days"]
        ]
        for week in seen
    ] == [
        [monday, tuesday, wednesday, thursday],
        [monday],
        [tuesday],
        [tuesday, wednesday, thursday],
    ]


@pytest.mark.rule("3.5")
async def test_the_night_before_a_window_brings_nobody_into_it(ask):
    """It is no absence of the window's days, and no discrepancy there."""
    await put_ada(ask)
    await bring(ask, MONDAY, MONDAY, "22:00", "06:00", "rest")
    document = """
    query Absent($from: Date!, $to: Date!) {
      schedule(from: $from, to: $to, filter: {onlyAbsent: true}) { totalCount }
      discrepancies(from: $from, to: $to) { totalCount }
    }
    """

    counts = [
        {name: each["totalCount"] for name, each in answer["data"].items()}
        for answer in [await ask(document, **{"from": day, "to": day}) for day in (MONDAY, TUESDAY)]
    ]

    assert counts == [{"schedule": 1, "discrepancies": 1}, {"schedule": 0, "discrepancies": 0}]


# Who is there.


async def put_several(ask):
    """Six workers: two whom both systems know, a user, two people, one of another company."""
    await put(
        ask,
        companies=[company(), company(sourceId=OTHER_COMPANY, name="Other")],
        roles=[role()],
        users=[
            user(fullName="ada", emailAddress="ada@example.com", roleId="5"),
            user(sourceId="2", fullName="Ben", emailAddress="ben@example.com"),
            user(sourceId="3", fullName="Cleo"),
            user(sourceId="4", fullName="Zoë", companyId=OTHER_COMPANY),
        ],
        people=[
            person(
                sourceId=uuid(1),
                firstName="A",
                lastName="L",
                email="ada@example.com",
                jobTitle="Roofer",
            ),
            person(sourceId=uuid(2), firstName="B", lastName="M", email="ben@example.com"),
            person(sourceId=uuid(3), firstName="Dora", lastName="N"),
            person(sourceId=uuid(4), firstName="Emil", lastName="O", status="INACTIVE"),
        ],
    )


async def test_everyone_is_there_by_name_also_with_nothing_booked(ask):
    await put_several(ask)

    assert await names(ask) == ["ada", "Ben", "Cleo", "Dora N", "Zoë"]


WORKER_FILTERS = [
    pytest.param({"companyId": COMPANY}, ["ada", "Ben", "Cleo", "Dora N"], id="a company"),
    pytest.param({"companyId": UNKNOWN_UUID}, [], id="no such company"),
    pytest.param({"userIds": ["2", node_id("User", 3)]}, ["Ben", "Cleo"], id="users"),
    pytest.param({"personIds": [uuid(1), uuid(3)]}, ["ada", "Dora N"], id="people"),
    pytest.param(
        {"workerIds": [node_id("Worker", "U1"), node_id("Worker", f"P{uuid(3)}")]},
        ["ada", "Dora N"],
        id="workers",
    ),
    pytest.param(
        {"workerIds": [node_id("Worker", f"P{uuid(2)}")]},
        ["Ben"],
        id="the id that a joined person had alone",
    ),
    pytest.param({"roleIds": ["5"]}, ["ada"], id="a role"),
    pytest.param({"jobTitles": ["Roofer", "Welder"]}, ["ada"], id="job titles"),
    pytest.param({"name": "E"}, ["Ben", "Cleo", "Zoë"], id="a part of the name, in any form"),
    pytest.param({"name": "E", "userIds": ["3", "1"]}, ["Cleo"], id="all conditions together"),
    pytest.param({"userIds": []}, [], id="of nobody"),
]


@pytest.mark.parametrize(("filter_", "expected"), WORKER_FILTERS)
async def test_filters_say_who_is_there(ask, filter_, expected):
    await put_several(ask)

    assert await names(ask, filter=filter_) == expected


@pytest.mark.rule("4.1")
@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        pytest.param(None, False, id="not by itself"),
        pytest.param({"companyId": COMPANY}, False, id="not with the company"),
        pytest.param({"name": "emil"}, False, id="not by name"),
        pytest.param({"personIds": [uuid(4)]}, True, id="by the person's id"),
        pytest.param({"workerIds": [node_id("Worker", f"P{uuid(4)}")]}, True, id="by its own id"),
    ],
)
async def test_an_inactive_person_is_there_only_if_named_by_id(ask, filter_, expected):
    await put_several(ask)

    found = await names(ask, filter=filter_)

    assert ("Emil O" in found) is expected


@pytest.mark.rule("4.1")
async def test_an_inactive_person_who_is_a_user_is_there(ask):
    await put_ada(ask)
    await put(ask, people=[GRACE | {"status": "INACTIVE"}])

    assert await names(ask) == ["Ada Lovelace"]


@pytest.mark.rule("4.9")
@pytest.mark.parametrize(
    ("user_status", "person_status", "expected"),
    [
        pytest.param("INACTIVE", None, [], id="a user who has left"),
        pytest.param("INACTIVE", "INACTIVE", [], id="who has left both systems"),
        pytest.param("INACTIVE", "ACTIVE", ["Ada Lovelace"], id="who is in Procore still"),
        pytest.param("ACTIVE", "INACTIVE", ["Ada Lovelace"], id="who is in Kantata OX still"),
    ],
)
async def test_whoever_has_left_is_shown_by_id_only(ask, user_status, person_status, expected):
    mail = "ada@example.com"
    await put(ask, companies=[company()], users=[user(emailAddress=mail, status=user_status)])
    if person_status:
        await put(ask, people=[person(email=mail, status=person_status)])

    assert await names(ask) == await names(ask, filter={"companyId": COMPANY}) == expected
    assert await names(ask, filter={"userIds": ["1"]}) == ["Ada Lovelace"]


@pytest.mark.rule("4.9")
async def test_users_have_a_status_that_stays_and_is_a_filter(ask):
    await put(ask, companies=[company()], users=[user(), user(sourceId="2", status="INACTIVE")])
    await put(ask, users=[user(sourceId="2", fullName="Ben")])

    told = await ask(
        "{ users { nodes { fullName status } } "
        "gone: users(filter: {status: [INACTIVE]}) { totalCount nodes { sourceId } } }"
    )

    assert told["data"] == {
        "users": {
            "nodes": [
                {"fullName": "Ada Lovelace", "status": "ACTIVE"},
                {"fullName": "Ben", "status": "INACTIVE"},
            ]
        },
        "gone": {"totalCount": 1, "nodes": [{"sourceId": "2"}]},
    }


@pytest.mark.rule("6.4")
async def test_only_the_absent_are_those_with_a_contribution_in_the_window(ask):
    await put_several(ask)
    await put_entries(ask, entry(userId="1"), entry(userId="3", requestedDate="2026-03-09"))
    await bring(
        ask, SATURDAY, SATURDAY, "08:00", "12:00", "move", personId=uuid(3), applyToSaturday=True
    )
    absent = {"filter": {"onlyAbsent": True}}

    assert await names(ask, **absent) == ["ada", "Dora N"]  # also 0 h, after the cap
    assert await names(ask, **absent, to=FRIDAY) == ["ada"]
    assert await names(ask, **absent, **{"from": "2026-03-08", "to": "2026-03-09"}) == ["Cleo"]
    assert await names(ask, **absent, **{"from": "2026-03-10", "to": "2026-03-10"}) == []
    assert await names(ask, filter={"onlyAbsent": False}) == ["ada", "Ben", "Cleo", "Dora N", "Zoë"]


# Pages.


@pytest.mark.rule("6.4")
@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_pages_in_both_directions_have_everyone_once(ask, size):
    await put_several(ask)
    everyone = await names(ask)

    for take, place, cursor_of in (("first", "after", -1), ("last", "before", 0)):
        found: list[str] = []
        cursor = None
        while True:
            answer = await ask(NAMES, **{take: size, place: cursor})
            schedule = answer["data"]["schedule"]
            page = [edge["node"]["worker"]["fullName"] for edge in schedule["edges"]]
            found = found + page if take == "first" else page + found
            cursor = schedule["edges"][cursor_of]["cursor"]
            more = "hasNextPage" if take == "first" else "hasPreviousPage"
            if not schedule["pageInfo"][more]:
                break
        assert found == everyone


@pytest.mark.rule("6.4")
async def test_a_cursor_may_be_used_with_another_filter_and_window(ask):
    await put_several(ask)
    answer = await ask(NAMES, first=2)
    cursor = answer["data"]["schedule"]["edges"][1]["cursor"]

    found = await names(ask, first=9, after=cursor, filter={"companyId": COMPANY}, to="2026-03-09")

    assert found == ["Cleo", "Dora N"]


async def discrepancy_cursor(ask):
    """A cursor of another order."""
    await put_entries(ask, entry())
    document = '{ discrepancies(from: "2026-03-02", to: "2026-03-02") { edges { cursor } } }'
    answer = await ask(document)
    (edge,) = answer["data"]["discrepancies"]["edges"]
    return edge["cursor"]


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        pytest.param({"from": TUESDAY, "to": MONDAY}, ["to"], id="a reversed window"),
        pytest.param({"from": "2026-01-01", "to": "2027-02-05"}, ["to"], id="401 days"),
        pytest.param({"first": 51, "to": "2027-03-31"}, ["first"], id="51 workers of 395 days"),
        pytest.param({"last": 51, "to": "2027-03-31"}, ["last"], id="the last 51 of them"),
        pytest.param({"first": 1, "last": 1}, ["last"], id="first and last"),
        pytest.param({"first": 0}, ["first"], id="none"),
        pytest.param({"first": 501}, ["first"], id="more than 500"),
        pytest.param({"after": "nonsense"}, ["after"], id="no cursor"),
        pytest.param({"before": "WyJJRCIsMV0"}, ["before"], id="a cursor of entries"),
        pytest.param(
            {"filter": {"workerIds": ["nonsense"]}},
            ["filter", "workerIds", "0"],
            id="an ill-formed id",
        ),
        pytest.param({"to": "2026-02-30"}, ["to"], id="no day of the calendar"),
    ],
)
async def test_arguments_that_do_not_fit_are_bad_input(ask, arguments, path):
    answer = await ask(NAMES, **{"from": MONDAY, "to": SUNDAY} | arguments)

    assert answer.get("data") is None
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BAD_USER_INPUT", "path": path}
    ]


@pytest.mark.rule("6.4")
async def test_a_cursor_of_the_discrepancies_is_none_of_the_schedule(ask):
    await put_ada(ask)
    cursor = await discrepancy_cursor(ask)

    answer = await ask(NAMES, after=cursor)

    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BAD_USER_INPUT", "path": ["after"]}
    ]


@pytest.mark.rule("6.4")
async def test_the_largest_windows_and_pages_are_answered(ask):
    await put_ada(ask)
    last = date.fromisoformat(MONDAY) + timedelta(days=399)

    assert await names(ask, first=50, to=str(last)) == ["Ada Lovelace"]
    assert await names(ask, first=500, to="2026-04-10") == ["Ada Lovelace"]


# One worker's own.

OF_WORKER = (
    """
    query Find($id: ID!, $from: Date!, $to: Date!, $combine: Combine! = MAX) {
      worker(id: $id) {
        schedule(from: $from, to: $to, combine: $combine) {
          worker { fullName } from to workdayHours hoursOff availableHours days { ...Day }
        }
      }
    }
    """
    + DAY
)


async def test_a_workers_schedule_is_that_of_the_list(ask):
    await put_ada(ask)
    await put_entries(ask, entry(hours=3))
    await bring(ask, MONDAY, WEDNESDAY, "08:00", "12:00", "medical")
    for combine in ("MAX", "SUM"):
        listed = await week_of(ask, combine=combine)

        answer = await ask(
            OF_WORKER,
            id=node_id("Worker", "U1"),
            combine=combine,
            **{"from": MONDAY, "to": SUNDAY},
        )

        assert answer == {"data": {"worker": {"schedule": listed}}}


async def test_several_windows_of_one_worker_do_not_mix(ask):
    await put_ada(ask)
    await put_entries(ask, entry(hours=3))
    document = """
    query Find($id: ID!, $monday: Date!, $tuesday: Date!) {
      worker(id: $id) {
        one: schedule(from: $monday, to: $monday) { hoursOff days { date } }
        other: schedule(from: $tuesday, to: $tuesday) { hoursOff days { date } }
      }
    }
    """

    answer = await ask(document, id=node_id("Worker", "U1"), monday=MONDAY, tuesday=TUESDAY)

    assert answer["data"]["worker"] == {
        "one": {"hoursOff": 3.0, "days": [{"date": MONDAY}]},
        "other": {"hoursOff": 0.0, "days": [{"date": TUESDAY}]},
    }


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("window", "path"),
    [
        pytest.param({"from": TUESDAY, "to": MONDAY}, ["to"], id="reversed"),
        pytest.param({"from": "2026-01-01", "to": "2027-02-05"}, ["to"], id="401 days"),
    ],
)
async def test_a_workers_window_is_held_to_the_same_bounds(ask, window, path):
    await put_ada(ask)

    answer = await ask(OF_WORKER, id=node_id("Worker", "U1"), **window)

    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BAD_USER_INPUT", "path": path}
    ]


# What moves, and what does not.


@pytest.mark.rule("4.3")
async def test_a_record_outside_the_window_changes_nothing(ask):
    await put_ada(ask)
    await put_entries(ask, entry(hours=3))
    await bring(ask, MONDAY, WEDNESDAY, "08:00", "12:00", "medical")
    before = await week_of(ask)

    await put_entries(ask, entry(requestedDate="2026-02-27"), entry(requestedDate="2026-03-09"))
    await bring(ask, "2026-03-09", "2026-03-31", "08:00", "16:00", "vacation")
    await bring(ask, "2026-03-01", "2026-03-01", "22:00", "06:00", "night", applyToSunday=True)

    assert await week_of(ask) == before


@pytest.mark.rule("4.3")
async def test_a_record_that_reaches_into_the_window_is_clipped_to_it(ask):
    await put_ada(ask)
    await bring(ask, "2026-02-02", "2026-03-31", "08:00", "12:00", "vacation")

    week = await week_of(ask, **{"from": FRIDAY, "to": "2026-03-09"})

    assert [day["hoursOff"] for day in week["days"]] == [4.0, 0.0, 0.0, 4.0]


LINK = """
mutation Link($userId: ID!, $personId: ID!) {
  linkWorker(input: {userId: $userId, personId: $personId}) { userErrors { code } }
}
"""
UNLINK = """
mutation Unlink($workerId: ID!) {
  unlinkWorker(input: {workerId: $workerId}) { userErrors { code } }
}
"""


@pytest.mark.rule("4.1")
async def test_linking_moves_no_day_but_changes_the_picture(ask, everyone, stored):
    await put_entries(ask, entry(hours=3))
    await bring(ask, MONDAY, MONDAY, "08:00", "12:00", "medical")

    async def picture():
        answer = await ask(NAMES)
        edges = answer["data"]["schedule"]["edges"]
        return [(edge["node"]["worker"]["fullName"], edge["node"]["hoursOff"]) for edge in edges]

    async def days():
        return (await stored())["person_days"]

    apart, days_apart = await picture(), await days()
    await ask(LINK, userId="1", personId=PERSON)
    together, days_together = await picture(), await days()
    await ask(UNLINK, workerId=node_id("Worker", "U1"))

    assert apart == [("Ada Lovelace", 3.0), ("Grace Hopper", 4.0)]
    assert together == [("Ada Lovelace", 4.0)]
    assert await picture() == apart
    assert days_apart == days_together == await days()


# Statements.

EVERYTHING = """
query Everything($first: Int!, $from: Date!, $to: Date!) {
  schedule(first: $first, from: $from, to: $to) {
    totalCount
    nodes {
      worker { fullName user { role { name } } person { fullName } company { name } }
      days {
        worker { id }
        date hoursOff availableHours
        holiday { name }
        contributions {
          hours
          reason
          timeOff {
            sourceId
            worker { fullName }
            ... on TimeOffEntry { user { fullName } }
            ... on PersonTimeOff { person { fullName } }
          }
        }
        notes { code }
      }
    }
  }
}
"""


async def put_many(ask, workers):
    """So many whom both systems know, each with a month of time off in both."""
    numbers = range(1, workers + 1)
    await put(
        ask,
        companies=[company()],
        roles=[role()],
        users=[
            user(sourceId=str(n), fullName=f"U {n:02}", emailAddress=f"{n}@x.io", roleId="5")
            for n in numbers
        ],
        people=[person(sourceId=uuid(n), email=f"{n}@x.io") for n in numbers],
    )
    month = [date(2026, 3, 2) + timedelta(days=offset) for offset in range(31)]
    workdays = [day for day in month if day.weekday() < 5]
    for start in range(0, workers, 10):
        await put_entries(
            ask,
            *(
                entry(userId=str(n), requestedDate=str(day), hours=2)
                for n in numbers[start : start + 10]
                for day in workdays
            ),
        )
    for n in numbers:
        await bring(ask, MONDAY, "2026-04-01", "08:00", "12:00", "vacation", personId=uuid(n))
        await bring(
            ask, MONDAY, "2026-04-01", "10:00", "16:00", "family", personId=uuid(n), isPaid=False
        )
    # In every window, and put last: a holiday refuses no stored entry.
    await put(ask, holidays=[holiday(startDate=MONDAY, endDate=MONDAY)])


async def test_the_number_of_statements_grows_neither_with_workers_nor_with_days(ask):
    await put_many(ask, 50)
    counts = {}

    for first, last in ((1, MONDAY), (1, "2026-04-01"), (10, SUNDAY), (50, "2026-04-01")):
        with statements() as sent:
            answer = await ask(EVERYTHING, first=first, **{"from": MONDAY, "to": last})
        nodes = answer["data"]["schedule"]["nodes"]
        assert len(nodes) == first
        assert all(len(node["days"][0]["contributions"]) == 3 for node in nodes)
        counts[first, last] = len(sent)

    assert len(set(counts.values())) == 1, counts
    assert counts[50, "2026-04-01"] <= 20, counts


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_first_and_the_last_day_of_all_may_be_asked_for(ask, day):
    await put_many(ask, 1)

    answer = await ask(
        """query ($day: Date!) {
          schedule(from: $day, to: $day) { nodes { days { date hoursOff } } }
          discrepancies(from: $day, to: $day) { nodes { date } }
        }""",
        day=day,
    )

    (node,) = answer["data"]["schedule"]["nodes"]
    assert node["days"] == [{"date": day, "hoursOff": 0}]
    assert answer["data"]["discrepancies"]["nodes"] == []


async def test_of_nobody_nothing_is_read(ask):
    await put_many(ask, 1)

    with statements() as sent:
        answer = await ask(
            """query ($day: Date!) {
              schedule(from: $day, to: $day, filter: {name: "nobody"}) { nodes { hoursOff } }
            }""",
            day=MONDAY,
        )

    assert answer["data"]["schedule"]["nodes"] == []
    assert len(sent) == 1, sent


async def test_nested_schedules_share_their_statements(ask):
    await put_many(ask, 12)
    document = (
        """
        query Nested($first: Int!, $from: Date!, $to: Date!) {
          workers(first: $first) { nodes { schedule(from: $from, to: $to) { days { ...Day } } } }
        }
        """
        + DAY
    )
    counts = set()

    for first, last in ((1, MONDAY), (2, SUNDAY), (12, "2026-04-01")):
        with statements() as sent:
            answer = await ask(document, first=first, **{"from": MONDAY, "to": last})
        nodes = answer["data"]["workers"]["nodes"]
        assert all(len(node["schedule"]["days"][0]["contributions"]) == 3 for node in nodes)
        counts.add(len(sent))

    assert len(counts) == 1, counts
