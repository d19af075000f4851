"""The change feed: every committed change, numbered without a gap, without reasons."""

import asyncio
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest

from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    PERSON,
    TUESDAY,
    UNKNOWN_UUID,
    company,
    entry,
    holiday,
    node_id,
    person,
    reference,
    role,
    user,
    workweek,
)
from tests.graphql.api import put, put_entries, put_person_time_off

pytestmark = pytest.mark.rule("5.3")

FEED = """
query Feed($companyId: ID!, $first: Int, $after: String) {
  changes(companyId: $companyId, first: $first, after: $after) {
    edges { cursor node { sequence } }
    nodes { sequence operation subjectType subjectId subject { id } before after }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
PAGE = """
query Page(
  $companyId: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: ChangeFilter
) {
  changes(
    companyId: $companyId, first: $first, after: $after, last: $last, before: $before
    filter: $filter
  ) {
    nodes { sequence at days { from to } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
WEEKLY = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": "2026-03-16"}
UPDATE_ENTRY = """
mutation Update($input: UpdateTimeOffEntryInput!) {
  updateTimeOffEntry(input: $input) { userErrors { code } }
}
"""
DELETE_ENTRY = """
mutation Delete($id: ID!) {
  deleteTimeOffEntries(input: {ids: [$id]}) { userErrors { code } }
}
"""
UPDATE_RECORD = """
mutation Update($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { userErrors { code } }
}
"""
DELETE_RECORD = """
mutation Delete($id: ID!) { deletePersonTimeOff(input: {id: $id}) { userErrors { code } } }
"""


async def feed(ask, after=None, first=500, company_id=COMPANY):
    answer = await ask(FEED, companyId=company_id, first=first, after=after)
    return answer["data"]["changes"]


async def news(ask, after):
    """What was committed after the cursor: what, to what, from what, into what."""
    return [
        (node["operation"], node["subjectType"], node["before"], node["after"])
        for node in (await feed(ask, after))["nodes"]
    ]


async def end_of(ask):
    return (await feed(ask))["pageInfo"]["endCursor"]


async def test_the_first_change_of_a_company_is_itself(ask):
    await put(ask, companies=[company()])

    page = await feed(ask)

    facts = {"sourceId": COMPANY, "name": "Brick & Beam", "minimumWorkersAvailable": None}
    (edge,) = page.pop("edges")
    assert edge["node"] == {"sequence": "1"}
    assert page == {
        "nodes": [
            {
                "sequence": "1",
                "operation": "CREATED",
                "subjectType": "Company",
                "subjectId": node_id("Company", COMPANY),
                "subject": {"id": node_id("Company", COMPANY)},
                "before": None,
                "after": facts,
            }
        ],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": edge["cursor"],
            "endCursor": edge["cursor"],
        },
    }


@pytest.mark.usefixtures("everyone")
async def test_an_entry_is_told_from_its_creation_to_its_deletion(ask):
    start = await end_of(ask)
    await put_entries(ask, entry(hours=1, externalReference=reference(status="PENDING")))
    await put_entries(ask, entry(hours=2))
    await ask(UPDATE_ENTRY, input={"id": "1", "hours": 4, "externalReference": reference()})
    await ask(DELETE_ENTRY, id="1")

    told = await news(ask, start)

    def hours(number):
        submitted = told[0][3]["submissionDate"]
        return {
            "sourceId": "1",
            "userId": "1",
            "requestedDate": MONDAY,
            "submissionDate": submitted,
            "hours": number,
        }

    jira = reference() | {
        "timeOffEntryId": "1",
        "status": None,
        "externalMessage": None,
        "externalLink": None,
        "externalStatus": None,
        "locked": False,
    }
    pending = jira | {"status": "PENDING"}
    assert told == [
        ("CREATED", "TimeOffEntry", None, hours(1.0)),
        ("CREATED", "ExternalReference", None, pending),
        ("UPDATED", "TimeOffEntry", hours(1.0), hours(3.0)),
        ("UPDATED", "TimeOffEntry", hours(3.0), hours(4.0)),
        ("UPDATED", "ExternalReference", pending, jira),
        ("DELETED", "ExternalReference", jira, None),
        ("DELETED", "TimeOffEntry", hours(4.0), None),
    ]


@pytest.mark.rule("4.6")
@pytest.mark.usefixtures("everyone")
async def test_person_time_off_is_told_without_its_reason(ask):
    start = await end_of(ask)
    id_ = await put_person_time_off(ask, **WEEKLY, reason="medical")
    await ask(UPDATE_RECORD, input={"id": id_, "isPaid": False, "reason": "surgery"})
    await ask(DELETE_RECORD, id=id_)

    told = await news(ask, start)

    facts = {
        "sourceId": id_,
        "companyId": COMPANY,
        "personId": PERSON,
        "startDay": MONDAY,
        "endDay": "2026-03-16",
        "applyToSaturday": False,
        "applyToSunday": False,
        "isPaid": True,
        "repeat": "WEEKLY",
        "cadence": 1,
        "repeatEndDay": "2026-03-16",
        "batchStartTime": "07:00",
        "batchEndTime": "15:00",
        "exceptions": [],
        "splitFromId": None,
    }
    assert told == [
        ("CREATED", "PersonTimeOff", None, facts),
        ("UPDATED", "PersonTimeOff", facts, facts | {"isPaid": False}),
        ("DELETED", "PersonTimeOff", facts | {"isPaid": False}, None),
    ]


@pytest.mark.usefixtures("everyone")
async def test_the_directory_is_told_with_the_workers_that_follow_from_it(ask):
    start = await end_of(ask)
    await put(ask, roles=[role()])
    await put(ask, users=[user(roleId="5", emailAddress="a@example.com")])
    await put(ask, people=[person(email="a@example.com")])

    told = await news(ask, start)

    before = {
        "sourceId": "1",
        "companyId": COMPANY,
        "fullName": "Ada Lovelace",
        "emailAddress": None,
        "headline": None,
        "status": "ACTIVE",
        "roleId": None,
    }
    alone = {
        "sourceId": PERSON,
        "companyId": COMPANY,
        "firstName": "Grace",
        "lastName": "Hopper",
        "email": None,
        "employeeNumber": None,
        "status": "ACTIVE",
        "jobTitle": None,
    }
    ada, grace = {"userId": "1", "personId": None}, {"userId": None, "personId": PERSON}
    assert sorted(told[:2], key=repr) + told[2:3] == [
        ("CREATED", "Role", None, {"sourceId": "5", "companyId": COMPANY, "name": "Carpenter"}),
        ("UPDATED", "User", before, before | {"emailAddress": "a@example.com", "roleId": "5"}),
        # Her e-mail is shown on the worker, but no field of the worker's own has changed.
        *told[2:3],
    ]
    assert ("UPDATED", "Person", alone, alone | {"email": "a@example.com"}) in told
    assert ("UPDATED", "Worker", ada, {"userId": "1", "personId": PERSON}) in told
    assert ("DELETED", "Worker", grace, None) in told


@pytest.mark.usefixtures("everyone")
async def test_calendars_are_told_with_their_deletion(ask):
    start = await end_of(ask)
    await put(ask, holidays=[holiday()], workweeks=[workweek(450)])
    answer = await ask("{ workweeks { nodes { id } } }")
    await ask(
        """
        mutation Delete($holiday: ID!, $workweek: ID!) {
          deleteHolidays(input: {ids: [$holiday]}) { deletedIds }
          deleteWorkweeks(input: {ids: [$workweek]}) { deletedIds }
        }
        """,
        holiday="3",
        workweek=answer["data"]["workweeks"]["nodes"][0]["id"],
    )

    told = sorted(await news(ask, start), key=repr)

    founders = holiday()
    week = workweek(450) | {"userId": None, "effectiveTo": None}
    assert told == [
        ("CREATED", "Holiday", None, founders),
        ("CREATED", "Workweek", None, week),
        ("DELETED", "Holiday", founders, None),
        ("DELETED", "Workweek", week, None),
    ]


@pytest.mark.usefixtures("everyone")
async def test_the_subject_is_the_object_as_it_is_now_and_null_once_deleted(ask):
    start = await end_of(ask)
    await put_entries(ask, entry(), entry(requestedDate=TUESDAY))
    await ask(DELETE_ENTRY, id="1")

    page = await feed(ask, start)

    first, second = node_id("TimeOffEntry", 1), node_id("TimeOffEntry", 2)
    assert [(each["subjectId"], each["subject"]) for each in page["nodes"]] == [
        (first, None),
        (second, {"id": second}),
        (first, None),
    ]


@pytest.mark.usefixtures("everyone")
async def test_a_reader_that_remembers_its_cursor_misses_and_repeats_nothing(ask):
    for hours in (1, 2, 3):
        await put_entries(ask, entry(hours=hours, requestedDate=f"2026-03-0{hours + 1}"))

    seen, cursor = [], None
    while True:
        page = await feed(ask, cursor, first=2)
        seen += [int(node["sequence"]) for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    last = await end_of(ask)
    nothing_yet = await feed(ask, last)
    await put_entries(ask, entry(requestedDate="2026-03-06"))
    later = await feed(ask, last)

    assert seen == list(range(1, len(seen) + 1))
    assert nothing_yet["nodes"] == []
    assert nothing_yet["pageInfo"]["endCursor"] == last
    assert [int(node["sequence"]) for node in later["nodes"]] == [len(seen) + 1]


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("of", [OTHER_COMPANY, UNKNOWN_UUID])
@pytest.mark.parametrize("argument", ["after", "before"])
async def test_a_cursor_of_another_company_is_refused(ask, of, argument):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    foreign = await end_of(ask)

    answer = await ask(PAGE, companyId=of, last=1, **{argument: foreign})

    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "CURSOR_EXPIRED", "path": [argument]}
    assert error["message"] == (
        "This cursor is of another company, or of this one before its database was restored. Take "
        "the cursor of `changes(last: 1)`, read everything again, then go on from there."
    )


def old_cursor(sequence):
    """As version 0.2 wrote them."""
    return urlsafe_b64encode(f'["SEQUENCE",{sequence}]'.encode()).decode().rstrip("=")


@pytest.mark.usefixtures("everyone")
async def test_cursors_of_version_0_2_go_on_and_are_refused_where_they_are_ahead(ask):
    seen = (await feed(ask))["nodes"]

    assert (await feed(ask, old_cursor(2)))["nodes"][0]["sequence"] == "3"
    assert (await feed(ask, old_cursor(len(seen))))["nodes"] == []
    ahead = await ask(FEED, companyId=COMPANY, first=5, after=old_cursor(len(seen) + 1))
    assert ahead["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
    assert "is ahead" in ahead["errors"][0]["message"]


@pytest.mark.usefixtures("everyone")
async def test_the_last_changes_are_read_from_the_end(ask):
    all_ = await feed(ask)
    numbers = [each["sequence"] for each in all_["nodes"]]

    async def page(**paging):
        answer = (await ask(PAGE, companyId=COMPANY, **paging))["data"]["changes"]
        return [each["sequence"] for each in answer["nodes"]], answer["pageInfo"]

    last, info = await page(last=2)
    before, _ = await page(last=2, before=info["startCursor"])
    between, _ = await page(first=9, after=all_["edges"][0]["cursor"], before=info["startCursor"])
    none, none_info = await page(last=2, before=all_["edges"][0]["cursor"])

    assert last == numbers[-2:]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, False)
    assert info["endCursor"] == all_["pageInfo"]["endCursor"]
    assert before == numbers[-4:-2]
    assert between == numbers[1:-2]
    assert none == []
    assert none_info["startCursor"] == all_["edges"][0]["cursor"]


@pytest.mark.usefixtures("everyone")
async def test_a_change_says_which_days_it_touched(ask):
    start = await end_of(ask)
    await put_entries(ask, entry(hours=1))
    id_ = await put_person_time_off(ask, **WEEKLY)
    await ask(
        "mutation Skip($id: ID!, $day: Date!) { deletePersonTimeOff(input: "
        "{id: $id, scope: ONE, originalDay: $day}) { userErrors { code } } }",
        id=id_,
        day="2026-03-09",
    )
    await put(ask, users=[user(fullName="Ada L.")])

    async def days(**wanted):
        answer = await ask(PAGE, companyId=COMPANY, first=50, after=start, filter=wanted)
        return [
            each["days"] and (each["days"]["from"], each["days"]["to"])
            for each in answer["data"]["changes"]["nodes"]
        ]

    entries, series, skipped = (MONDAY, MONDAY), (MONDAY, "2026-03-16"), ("2026-03-09",) * 2
    assert (await days())[:4] == [entries, series, skipped, None]
    assert await days(days={"from": "2026-03-03"}) == [series, skipped]
    assert await days(days={"from": "2026-03-10", "to": "2026-03-12"}) == [series]
    assert await days(days={"to": "2026-03-01"}) == []
    assert await days(days={}) == [entries, series, skipped]


@pytest.mark.usefixtures("everyone")
async def test_a_moment_begins_a_page_wherever_it_is(ask, monkeypatch):
    """Found by bisection: each change is there from its own moment on, and not a moment later."""
    monkeypatch.setattr("app.db.reading.changes.ALIKE", timedelta(0))
    for day in (2, 3, 4):
        await put_entries(ask, entry(hours=0.25, requestedDate=f"2026-03-{day:02}"))
    everything = (await ask(PAGE, companyId=COMPANY, first=50))["data"]["changes"]["nodes"]

    for each in everything:
        since = {"at": {"since": each["at"]}}
        answer = await ask(PAGE, companyId=COMPANY, first=50, filter=since)
        found = answer["data"]["changes"]["nodes"]
        assert found == [other for other in everything if other["at"] >= each["at"]]


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize(
    ("since", "are_all"),
    [
        ("0001-01-01T00:00:00Z", True),
        ("0001-01-01T00:02:00Z", True),
        ("9999-12-31T23:59:59.999Z", False),
    ],
)
async def test_a_page_may_begin_at_any_moment(ask, since, are_all):
    answer = await ask(PAGE, companyId=COMPANY, first=5, filter={"at": {"since": since}})

    assert "errors" not in answer
    assert bool(answer["data"]["changes"]["nodes"]) is are_all


@pytest.mark.usefixtures("everyone")
async def test_numbers_are_unbroken_when_many_write_at_once_and_some_are_refused(ask, another_api):
    async with another_api() as other:
        await asyncio.gather(
            *(
                put_entries(each, entry(hours=0.25, requestedDate=f"2026-03-{day:02}"))
                for day in (2, 3, 4, 5, 6)
                for each in (ask, other)
            ),
            *(ask(UPDATE_ENTRY, input={"id": "1", "hours": 99}) for _ in range(5)),
            *(ask(DELETE_ENTRY, id="404") for _ in range(5)),
        )

    numbers = [int(node["sequence"]) for node in (await feed(ask))["nodes"]]
    written_before = 5
    assert numbers == list(range(1, written_before + 10 + 1))


@pytest.mark.usefixtures("everyone")
async def test_each_company_has_numbers_of_its_own(ask):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    await put_entries(ask, entry())
    await put(ask, users=[user(sourceId="2", companyId=OTHER_COMPANY)])

    page = await feed(ask, company_id=node_id("Company", OTHER_COMPANY))

    told = [(each["sequence"], each["subjectType"]) for each in page["nodes"]]
    assert told == [("1", "Company"), ("2", "User"), ("3", "Worker")]


@pytest.mark.parametrize(
    "company_id",
    [
        pytest.param(UNKNOWN_UUID, id="unknown"),
        pytest.param(node_id("User", 1), id="id of another type"),
    ],
)
async def test_the_feed_of_what_is_no_company_is_empty(ask, company_id):
    page = await feed(ask, company_id=company_id)

    assert page == {
        "edges": [],
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }
