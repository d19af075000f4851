"""Discrepancies that somebody has acknowledged: they are to stay (rule 4.5)."""

import asyncio

import pytest

from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    TUESDAY,
    UNKNOWN_UUID,
    WEDNESDAY,
    company,
    entry,
    node_id,
    person,
    user,
    uuid,
)
from tests.callers import caller
from tests.graphql.api import put, put_entries, put_person_time_off, refusal, statements
from tests.graphql.test_tenants import answering

pytestmark = pytest.mark.rule("4.5")

SHOWN = """
fragment Shown on DiscrepancyAcknowledgement {
  id date kind kantataHours procoreHours acknowledgedAt
  acknowledgedBy { kind id name } worker { fullName }
}
"""
ACKNOWLEDGE = (
    """
mutation Acknowledge($input: AcknowledgeDiscrepancyInput!) {
  acknowledgeDiscrepancy(input: $input) {
    acknowledgements { ...Shown }
    days { date discrepancy acknowledgement { id } }
    userErrors { __typename code path message }
  }
}
"""
    + SHOWN
)
DELETE = """
mutation Delete($input: DeleteDiscrepancyAcknowledgementInput!) {
  deleteDiscrepancyAcknowledgement(input: $input) {
    deletedIds
    days { date discrepancy acknowledgement { id } }
    userErrors { __typename code path }
  }
}
"""
DISCREPANCIES = """
query Discrepancies(
  $kinds: [DiscrepancyKind!], $acknowledged: Boolean, $first: Int, $after: String
) {
  discrepancies(
    from: "2026-03-02", to: "2026-03-08", kinds: $kinds, acknowledged: $acknowledged
    first: $first, after: $after
  ) {
    totalCount
    nodes { date kind worker { fullName } acknowledgement { id } }
    pageInfo { endCursor hasNextPage }
  }
}
"""
SCHEDULE = """
{
  schedule(from: "2026-03-02", to: "2026-03-08") {
    nodes { worker { fullName } days { date acknowledgement { id } } }
  }
}
"""
CHANGES = """
query Changes($company: ID!) {
  changes(companyId: $company, last: 20, filter: {subjectTypes: ["DiscrepancyAcknowledgement"]}) {
    nodes {
      operation before after days { from to } actor { id }
      subject { id }
    }
  }
}
"""
NODE = "query Node($id: ID!) { node(id: $id) { id ...Shown } }" + SHOWN
ADA = node_id("Worker", "U1")


@pytest.fixture
async def differing(ask):
    """Ada, whom both systems know, and of whom they say three different things."""
    email = "ada@example.com"
    await put(
        ask,
        companies=[company()],
        users=[user(emailAddress=email)],
        people=[person(email=email)],
    )
    monday, _, wednesday = await put_entries(
        ask,
        entry(hours=8),
        entry(hours=4, requestedDate=TUESDAY),
        entry(hours=4, requestedDate=WEDNESDAY),
    )
    record = await bring(ask, TUESDAY, WEDNESDAY, "08:00", "14:00")
    friday = await bring(ask, FRIDAY, FRIDAY, "08:00", "12:00")
    return {MONDAY: monday, WEDNESDAY: wednesday, "record": record, FRIDAY: friday}


async def bring(ask, first, last, start, end, **more):
    return await put_person_time_off(
        ask, startDay=first, endDay=last, batchStartTime=start, batchEndTime=end, **more
    )


async def send(ask, document, **input_):
    answer = await ask(document, input=input_)
    assert "errors" not in answer, answer
    ((_, payload),) = answer["data"].items()
    return payload


def sending(field, input_):
    """The document of another mutation."""
    return f"mutation($input: {input_}!) {{ {field}(input: $input) {{ userErrors {{ code }} }} }}"


async def acknowledge(ask, *days, worker=ADA, **more):
    return await send(
        ask, ACKNOWLEDGE, days=[{"workerId": worker, "date": day} for day in days], **more
    )


async def found(ask, **arguments):
    """The days of the discrepancies, with whether each is acknowledged; and how many."""
    list_ = (await ask(DISCREPANCIES, **arguments))["data"]["discrepancies"]
    days = [(each["date"], each["acknowledgement"] is not None) for each in list_["nodes"]]
    assert list_["totalCount"] == len(days)
    return days


async def test_one_is_acknowledged_by_somebody_and_shown_wherever_its_day_is(ask, differing):
    payload = await acknowledge(ask, MONDAY)

    (made,) = payload["acknowledgements"]
    assert made | {"id": ..., "acknowledgedAt": ...} == {
        "id": ...,
        "date": MONDAY,
        "kind": "ONLY_IN_KANTATA_OX",
        "kantataHours": 8.0,
        "procoreHours": 0.0,
        "acknowledgedAt": ...,
        "acknowledgedBy": {"kind": "LOCAL", "id": "local", "name": "local"},
        "worker": {"fullName": "Ada Lovelace"},
    }
    assert payload["userErrors"] == []
    assert payload["days"] == [
        {
            "date": MONDAY,
            "discrepancy": "ONLY_IN_KANTATA_OX",
            "acknowledgement": {"id": made["id"]},
        }
    ]
    assert (await ask(NODE, id=made["id"]))["data"]["node"] == made
    (schedule,) = (await ask(SCHEDULE))["data"]["schedule"]["nodes"]
    shown = {each["date"]: each["acknowledgement"] for each in schedule["days"]}
    assert {day: each for day, each in shown.items() if each} == {MONDAY: {"id": made["id"]}}


async def test_discrepancies_are_found_by_kind_and_by_whether_they_are_acknowledged(ask, differing):
    await acknowledge(ask, MONDAY, FRIDAY)

    every = [(MONDAY, True), (TUESDAY, False), (WEDNESDAY, False), (FRIDAY, True)]
    assert await found(ask) == every
    assert await found(ask, acknowledged=True) == [every[0], every[3]]
    assert await found(ask, acknowledged=False) == every[1:3]
    assert await found(ask, kinds=["HOURS_DIFFER"]) == every[1:3]
    assert await found(ask, kinds=["HOURS_DIFFER", "ONLY_IN_KANTATA_OX"]) == every[:3]
    assert await found(ask, kinds=["ONLY_IN_KANTATA_OX"], acknowledged=False) == []
    assert await found(ask, kinds=[]) == []
    first = (await ask(DISCREPANCIES, acknowledged=False, first=1))["data"]["discrepancies"]
    assert (first["totalCount"], [each["date"] for each in first["nodes"]]) == (2, [TUESDAY])
    after = first["pageInfo"]["endCursor"]
    next_ = (await ask(DISCREPANCIES, acknowledged=False, after=after))["data"]["discrepancies"]
    assert [each["date"] for each in next_["nodes"]] == [WEDNESDAY]
    assert next_["pageInfo"]["hasNextPage"] is False


async def test_it_is_gone_once_its_day_is_said_otherwise_and_there_again_with_what_was(
    ask, differing
):
    await acknowledge(ask, MONDAY, TUESDAY, WEDNESDAY)
    (made, *_) = (await acknowledge(ask, MONDAY))["acknowledgements"]
    change = sending("updateTimeOffEntry", "UpdateTimeOffEntryInput")

    await send(ask, change, id=differing[MONDAY], hours=7)

    assert await found(ask, acknowledged=True) == [(TUESDAY, True), (WEDNESDAY, True)]
    assert (await ask(NODE, id=made["id"]))["data"]["node"] is None
    await send(ask, change, id=differing[MONDAY], hours=8)
    assert len(await found(ask, acknowledged=True)) == 3
    assert (await ask(NODE, id=made["id"]))["data"]["node"] == made


async def test_a_change_of_the_record_on_other_days_leaves_it(ask, differing):
    await acknowledge(ask, TUESDAY, WEDNESDAY)
    change = sending("updatePersonTimeOff", "UpdatePersonTimeOffInput")
    record = differing["record"]

    assert await send(ask, change, id=record, endDay=FRIDAY, reason="x", isPaid=False) == {
        "userErrors": []
    }
    assert [day for day, _ in await found(ask, acknowledged=True)] == [TUESDAY, WEDNESDAY]
    await send(ask, change, id=record, startDay=WEDNESDAY)
    assert [day for day, _ in await found(ask, acknowledged=True)] == [WEDNESDAY]
    await send(ask, change, id=record, batchStartTime="09:00", batchEndTime="15:00")
    assert await found(ask, acknowledged=True) == []


async def test_the_workday_changes_what_both_have(ask, differing):
    await acknowledge(ask, MONDAY)
    holiday = {"sourceId": "3", "companyId": COMPANY, "name": "x"}

    await put(ask, holidays=[holiday | {"startDate": MONDAY, "endDate": MONDAY}])

    assert await found(ask, acknowledged=True) == []


async def test_again_nothing_changes_and_a_new_one_takes_the_place_of_a_stale_one(
    ask, differing, stored
):
    first = await acknowledge(ask, WEDNESDAY)
    before = await stored()

    assert await acknowledge(ask, WEDNESDAY, WEDNESDAY) == first
    assert await stored() == before
    delete = sending("deleteTimeOffEntries", "DeleteTimeOffEntriesInput")
    await send(ask, delete, ids=[differing[WEDNESDAY]])
    (second,) = (await acknowledge(ask, WEDNESDAY))["acknowledgements"]
    assert second["kind"] == "ONLY_IN_PROCORE_WORKFORCE_PLANNING"
    (old,) = first["acknowledgements"]
    assert second["id"] != old["id"]
    rows = (await stored())["discrepancy_acknowledgements"]
    assert len(rows) == 1
    changes = (await ask(CHANGES, company=COMPANY))["data"]["changes"]["nodes"]
    assert [(each["operation"], each["subject"]) for each in changes] == [
        ("CREATED", None),
        ("DELETED", None),
        ("CREATED", {"id": second["id"]}),
    ]
    facts = {"userId": "1", "personId": person()["sourceId"], "date": WEDNESDAY}
    assert changes[0] == {
        "operation": "CREATED",
        "before": None,
        "after": facts | {"kind": "HOURS_DIFFER", "kantataHours": 4.0, "procoreHours": 6.0},
        "days": {"from": WEDNESDAY, "to": WEDNESDAY},
        "actor": {"id": "local"},
        "subject": None,
    }


async def test_what_was_acknowledged_is_taken_back(ask, differing, stored):
    made = (await acknowledge(ask, MONDAY, TUESDAY))["acknowledgements"]
    ids = [each["id"] for each in made]

    dry = await send(ask, DELETE, ids=ids, dryRun=True)
    assert [day for day, _ in await found(ask, acknowledged=True)] == [MONDAY, TUESDAY]
    payload = await send(ask, DELETE, ids=[*ids, ids[0]])

    assert payload["deletedIds"] == dry["deletedIds"] == ids
    assert payload["days"] == [
        {"date": MONDAY, "discrepancy": "ONLY_IN_KANTATA_OX", "acknowledgement": None},
        {"date": TUESDAY, "discrepancy": "HOURS_DIFFER", "acknowledgement": None},
    ]
    assert await found(ask, acknowledged=True) == []
    before = await stored()
    assert (await send(ask, DELETE, ids=ids))["userErrors"] == [
        refusal("NOT_FOUND", "ids", "0"),
        refusal("NOT_FOUND", "ids", "1"),
    ]
    assert await stored() == before


async def test_a_stale_one_can_be_taken_back_too(ask, differing, stored):
    (made,) = (await acknowledge(ask, FRIDAY))["acknowledgements"]
    delete = sending("deletePersonTimeOff", "DeletePersonTimeOffInput")
    await send(ask, delete, id=differing[FRIDAY])

    assert (await send(ask, DELETE, ids=[made["id"]]))["deletedIds"] == [made["id"]]
    assert (await stored())["discrepancy_acknowledgements"] == []


async def test_a_dry_run_stores_nothing(ask, differing, stored):
    before = await stored()

    payload = await acknowledge(ask, MONDAY, dryRun=True)

    assert [each["date"] for each in payload["acknowledgements"]] == [MONDAY]
    assert payload["days"][0]["acknowledgement"] is None  # links show what is stored (6.5)
    assert await stored() == before


async def test_every_bad_day_is_named_and_nothing_is_stored(ask, differing, stored):
    before = await stored()

    payload = await send(
        ask,
        ACKNOWLEDGE,
        days=[
            {"workerId": ADA, "date": MONDAY},
            {"workerId": ADA, "date": "2026-03-07"},
            {"workerId": node_id("Worker", "U99"), "date": MONDAY},
            {"workerId": "nonsense", "date": MONDAY},
            {"workerId": node_id("User", 1), "date": MONDAY},
        ],
    )

    assert payload["acknowledgements"] == payload["days"] == []
    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [
        ("NO_DISCREPANCY", ["days", "1", "date"]),
        ("NOT_FOUND", ["days", "2", "workerId"]),
        ("INVALID_VALUE", ["days", "3", "workerId"]),
        ("NOT_FOUND", ["days", "4", "workerId"]),
    ]
    assert await stored() == before


@pytest.mark.parametrize("count", [0, 101])
async def test_1_to_100_are_taken(ask, differing, count):
    payload = await acknowledge(ask, *[MONDAY] * count)
    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [
        ("TOO_MANY_ITEMS", ["days"])
    ]
    payload = await send(ask, DELETE, ids=[node_id("DiscrepancyAcknowledgement", uuid(1))] * count)
    assert payload["userErrors"] == [refusal("TOO_MANY_ITEMS", "ids")]


async def test_100_are_acknowledged_at_once(ask, differing):
    payload = await acknowledge(ask, *[MONDAY] * 100)
    assert len(payload["acknowledgements"]) == 1


async def test_a_worker_whom_one_system_knows_has_none(ask, everyone):
    await put_entries(ask, entry())

    payload = await acknowledge(ask, MONDAY)

    assert payload["userErrors"] == [
        refusal("NO_DISCREPANCY", "days", "0", "date")
        | {"message": "Only one of the two systems knows this worker: they cannot differ."}
    ]


@pytest.mark.rule("4.1")
async def test_it_is_out_of_force_while_the_two_are_not_one_worker(ask, differing):
    (made,) = (await acknowledge(ask, MONDAY))["acknowledgements"]
    pair = {"userId": "1", "personId": person()["sourceId"]}

    await ask(
        f'mutation {{ unlinkWorker(input: {{workerId: "{ADA}"}}) {{ userErrors {{ code }} }} }}'
    )

    assert await found(ask) == []
    assert (await ask(NODE, id=made["id"]))["data"]["node"] is None
    link = sending("linkWorker", "LinkWorkerInput")
    await send(ask, link, **pair)
    assert await found(ask, acknowledged=True) == [(MONDAY, True)]


@pytest.mark.rule("5.1")
async def test_a_key_is_answered_as_the_first_time(ask, differing):
    first = await acknowledge(ask, MONDAY, idempotencyKey="k")
    (made,) = first["acknowledgements"]
    await send(ask, DELETE, ids=[made["id"]], idempotencyKey="k")

    again = await acknowledge(ask, MONDAY, idempotencyKey="k")

    assert again["acknowledgements"] == first["acknowledgements"]
    assert await found(ask, acknowledged=True) == []
    assert (await send(ask, DELETE, ids=[made["id"]], idempotencyKey="k"))["userErrors"] == []
    other = await acknowledge(ask, TUESDAY, idempotencyKey="k")
    assert [each["code"] for each in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_two_at_once_make_one(ask, another_api, differing, stored):
    async with another_api() as beside:
        made = await asyncio.gather(
            *(acknowledge(each, MONDAY, TUESDAY) for each in (ask, beside) * 4)
        )

    ids = {tuple(each["id"] for each in payload["acknowledgements"]) for payload in made}
    assert len(ids) == 1
    assert len((await stored())["discrepancy_acknowledgements"]) == 2


@pytest.mark.rule("3.10")
async def test_nobody_acknowledges_or_sees_those_of_another_company(
    ask, database_url, differing, stored
):
    (made,) = (await acknowledge(ask, MONDAY))["acknowledgements"]
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    before = await stored()

    async with answering(database_url, caller("c", frozenset([OTHER_COMPANY]))) as ask_as:
        days = f'[{{workerId: "{ADA}", date: "{TUESDAY}"}}]'
        acknowledged = await ask_as(
            f"mutation {{ acknowledgeDiscrepancy(input: {{days: {days}}}) "
            "{ userErrors { code path } } }"
        )
        deleted = await ask_as(
            f'mutation {{ deleteDiscrepancyAcknowledgement(input: {{ids: ["{made["id"]}"]}}) '
            "{ userErrors { code path } } }"
        )
        seen = await ask_as(f'{{ node(id: "{made["id"]}") {{ id }} }}')

    assert _refused(acknowledged) == [{"code": "NOT_FOUND", "path": ["days", "0", "workerId"]}]
    assert _refused(deleted) == [{"code": "NOT_FOUND", "path": ["ids", "0"]}]
    assert seen["data"]["node"] is None
    assert await stored() == before


def _refused(answer):
    ((_, payload),) = answer["data"].items()
    return payload["userErrors"]


async def test_a_list_of_several_workers_reads_them_in_one_statement_if_they_are_asked_for(ask):
    emails = [f"w{number}@example.com" for number in range(6)]
    await put(
        ask,
        companies=[company()],
        users=[user(sourceId=str(n + 1), emailAddress=each) for n, each in enumerate(emails)],
        people=[person(sourceId=uuid(n), email=each) for n, each in enumerate(emails)],
    )
    await put_entries(
        ask,
        *[
            entry(userId=str(n + 1), requestedDate=day)
            for n in range(6)
            for day in (MONDAY, FRIDAY)
        ],
    )
    await acknowledge(ask, MONDAY, FRIDAY, worker=node_id("Worker", "U3"))
    without = SCHEDULE.replace("acknowledgement { id }", "discrepancy")

    with statements() as plain:
        await ask(without)
    with statements() as sent:
        answer = await ask(SCHEDULE)

    shown = [
        day["acknowledgement"] is not None
        for each in answer["data"]["schedule"]["nodes"]
        for day in each["days"]
    ]
    assert (len(shown), sum(shown)) == (42, 2)
    assert len(sent) == len(plain) + 1
    assert not any("acknowledgements" in each for each in plain)


async def test_an_unknown_id_names_none(ask, everyone):
    id_ = node_id("DiscrepancyAcknowledgement", UNKNOWN_UUID)
    assert (await ask(NODE, id=id_))["data"]["node"] is None
