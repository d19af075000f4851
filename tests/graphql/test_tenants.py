"""Callers of one company: what is another's is answered exactly as what does not exist."""

import json
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.db.connections.database import Database
from app.main import build_services
from graphql_schema.context import Context
from graphql_schema.http.answered_errors import to_answer
from graphql_schema.schema import schema
from tests.builders import (
    COMPANY,
    MONDAY,
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    TUESDAY,
    UNKNOWN_UUID,
    company,
    entry,
    holiday,
    node_id,
    person,
    person_time_off,
    reference,
    role,
    user,
    uuid,
    workweek,
)
from tests.callers import caller
from tests.graphql.api import put, put_entries, put_person_time_off

OURS = caller("ours", frozenset([COMPANY]))
THEIRS = caller("theirs", frozenset([OTHER_COMPANY]))
NOBODYS = caller("nobody's", frozenset())
READER = caller("reader", frozenset([COMPANY]), reads_reasons=True)

LISTS = [
    "companies",
    "roles",
    "users",
    "people",
    "workers",
    "holidays",
    "workweeks",
    "timeOffEntries",
    "externalReferences",
    "personTimeOffs",
]
FIRST_IDS = """
{
  companies(filter: {ids: ["%(company)s"]}) { nodes { id } }
  roles(filter: {companyId: "%(company)s"}) { nodes { id } }
  users(filter: {companyId: "%(company)s"}) { nodes { id } }
  people(filter: {companyId: "%(company)s"}) { nodes { id } }
  workers(filter: {companyId: "%(company)s"}) { nodes { id } }
  holidays(filter: {companyId: "%(company)s"}) { nodes { id } }
  workweeks(filter: {companyId: "%(company)s"}) { nodes { id } }
  timeOffEntries(filter: {companyId: "%(company)s"}) { nodes { id } }
  externalReferences(filter: {companyId: "%(company)s"}) { nodes { id } }
  personTimeOffs(filter: {companyId: "%(company)s"}) { nodes { id } }
}
"""
UNKNOWN = {
    "companies": node_id("Company", UNKNOWN_UUID),
    "roles": node_id("Role", 404),
    "users": node_id("User", 404),
    "people": node_id("Person", UNKNOWN_UUID),
    "workers": node_id("Worker", "U404"),
    "holidays": node_id("Holiday", 404),
    "workweeks": node_id("Workweek", UNKNOWN_UUID),
    "timeOffEntries": node_id("TimeOffEntry", 404),
    "externalReferences": node_id("ExternalReference", 404),
    "personTimeOffs": node_id("PersonTimeOff", UNKNOWN_UUID),
}


@asynccontextmanager
async def answering(database_url, caller):
    """Answers documents as the caller sees things."""
    database = Database(database_url)
    services = build_services(database)

    async def answer_as(document, **variables):
        context = Context(services, caller)
        result = await schema.execute(document, variables, context_value=context)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [told for error in result.errors for told in to_answer(error)]
        return answer

    try:
        yield answer_as
    finally:
        await database.close()


@pytest.fixture
async def both(ask):
    """Two companies with one of everything each; the node ids of theirs, by list."""
    for company_id, number, person_id in (
        (COMPANY, "1", PERSON),
        (OTHER_COMPANY, "2", OTHER_PERSON),
    ):
        theirs: Any = {"companyId": company_id}
        await put(ask, companies=[company(sourceId=company_id)])
        await put(
            ask,
            roles=[role(sourceId=number, **theirs)],
            users=[user(sourceId=number, **theirs)],
            people=[person(sourceId=person_id, **theirs)],
            holidays=[holiday(sourceId=number, **theirs)],
            workweeks=[workweek(**theirs)],
        )
        await put_entries(ask, entry(userId=number, externalReference=reference()))
        await put_person_time_off(ask, personId=person_id, **theirs)
    return await ids_of(ask, OTHER_COMPANY)


async def ids_of(ask, company_id):
    answer = await ask(FIRST_IDS % {"company": company_id})
    # Of the two workers of a company the user's comes first by name: Ada before Grace.
    return {list_: found["nodes"][0]["id"] for list_, found in answer["data"].items()}


def query(field, arguments, shown, kinds="$id: ID!"):
    return f"query Read({kinds}) {{ answer: {field}({arguments}) {{ {shown} }} }}"


def mutation(field, input_, shown):
    return f"""mutation Write($id: ID!) {{
      answer: {field}(input: {input_}) {{ {shown} userErrors {{ __typename code message path }} }}
    }}"""


PAGE = "totalCount nodes { id } edges { cursor }"
DAYS = f'from: "{MONDAY}", to: "{TUESDAY}"'
MINUTES = ", ".join(
    f"{day}: 1"
    for day in ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
)
RECORD = (
    f'startDay: "{MONDAY}", endDay: "{MONDAY}", isPaid: true, reason: "r", '
    'batchStartTime: "07:00", batchEndTime: "08:00"'
)

CASES = {
    **{f"node of {list_}": (list_, query("node", "id: $id", "__typename id")) for list_ in LISTS},
    **{f"nodes of {list_}": (list_, query("nodes", "ids: [$id]", "id")) for list_ in LISTS},
    **{
        f"one of {list_}": (list_, query(field, "id: $id", "id"))
        for field, list_ in {
            "company": "companies",
            "role": "roles",
            "user": "users",
            "person": "people",
            "worker": "workers",
            "timeOffEntry": "timeOffEntries",
            "personTimeOff": "personTimeOffs",
        }.items()
    },
    **{
        f"{list_} of a company": ("companies", query(list_, "filter: {companyId: $id}", PAGE))
        for list_ in LISTS
        if list_ != "companies"
    },
    **{
        f"{list_} by {field}": (kind, query(list_, f"filter: {{{field}: [$id]}}", PAGE))
        for list_, field, kind in (
            ("companies", "ids", "companies"),
            ("roles", "ids", "roles"),
            ("users", "ids", "users"),
            ("users", "roleIds", "roles"),
            ("people", "ids", "people"),
            ("workers", "workerIds", "workers"),
            ("workers", "userIds", "users"),
            ("workers", "personIds", "people"),
            ("workers", "roleIds", "roles"),
            ("workweeks", "userIds", "users"),
            ("timeOffEntries", "ids", "timeOffEntries"),
            ("timeOffEntries", "userIds", "users"),
            ("externalReferences", "ids", "externalReferences"),
            ("externalReferences", "timeOffEntryIds", "timeOffEntries"),
            ("personTimeOffs", "ids", "personTimeOffs"),
            ("personTimeOffs", "personIds", "people"),
        )
    },
    "changes": ("companies", query("changes", "companyId: $id", "nodes { sequence }")),
    **{
        f"{list_} by {field}": (
            kind,
            query(list_, f"{DAYS}, filter: {{{field}: {value}}}", "totalCount edges { cursor }"),
        )
        for list_ in ("schedule", "discrepancies")
        for field, kind, value in (
            ("companyId", "companies", "$id"),
            ("workerIds", "workers", "[$id]"),
            ("userIds", "users", "[$id]"),
        )
    },
    "create an entry": (
        "users",
        mutation(
            "createTimeOffEntries",
            f'{{timeOffEntries: [{{userId: $id, hours: 9, requestedDate: "{MONDAY}"}}]}}',
            "timeOffEntries { id }",
        ),
    ),
    "update an entry": (
        "timeOffEntries",
        mutation("updateTimeOffEntry", "{id: $id, hours: 9}", "timeOffEntry { id }"),
    ),
    "delete an entry": (
        "timeOffEntries",
        mutation("deleteTimeOffEntries", "{ids: [$id]}", "deletedIds"),
    ),
    "create a record in their company": (
        "companies",
        mutation(
            "createPersonTimeOff",
            f'{{companyId: $id, personId: "{OTHER_PERSON}", {RECORD}}}',
            "personTimeOff { id }",
        ),
    ),
    "create a record of their person": (
        "people",
        mutation(
            "createPersonTimeOff",
            f'{{companyId: "{COMPANY}", personId: $id, {RECORD}}}',
            "personTimeOff { id }",
        ),
    ),
    "update a record": (
        "personTimeOffs",
        mutation("updatePersonTimeOff", "{id: $id, isPaid: false}", "personTimeOff { id }"),
    ),
    "delete a record": (
        "personTimeOffs",
        mutation("deletePersonTimeOff", "{id: $id}", "deletedId"),
    ),
    "mirror a record": (
        "personTimeOffs",
        mutation("mirrorPersonTimeOff", "{id: $id}", "timeOffEntries { id } lost"),
    ),
    "mirror an entry": (
        "timeOffEntries",
        mutation(
            "mirrorTimeOffEntries",
            '{ids: [$id], isPaid: true, reason: "r", batchStartTime: "07:00"}',
            "personTimeOffs { id } lost",
        ),
    ),
    "upsert a role": (
        "companies",
        mutation("upsertRoles", '{roles: [{sourceId: 77, companyId: $id, name: "n"}]}', ""),
    ),
    "upsert a user": (
        "companies",
        mutation("upsertUsers", '{users: [{sourceId: 77, companyId: $id, fullName: "n"}]}', ""),
    ),
    "upsert a user with their role": (
        "roles",
        mutation(
            "upsertUsers",
            f'{{users: [{{sourceId: 77, companyId: "{COMPANY}", fullName: "n", roleId: $id}}]}}',
            "",
        ),
    ),
    "upsert a person": (
        "companies",
        mutation(
            "upsertPeople",
            f'{{people: [{{sourceId: "{uuid(77)}", companyId: $id, firstName: "f", '
            'lastName: "l"}]}',
            "",
        ),
    ),
    "upsert a workweek": (
        "companies",
        mutation(
            "upsertWorkweeks",
            f'{{workweeks: [{{companyId: $id, effectiveFrom: "{MONDAY}", {MINUTES}}}]}}',
            "",
        ),
    ),
    "upsert a workweek of their user": (
        "users",
        mutation(
            "upsertWorkweeks",
            f'{{workweeks: [{{companyId: "{COMPANY}", userId: $id, effectiveFrom: "{MONDAY}", '
            f"{MINUTES}}}]}}",
            "",
        ),
    ),
    "upsert a holiday": (
        "companies",
        mutation(
            "upsertHolidays",
            f'{{holidays: [{{sourceId: 77, companyId: $id, name: "n", startDate: "{MONDAY}", '
            f'endDate: "{MONDAY}"}}]}}',
            "",
        ),
    ),
    "delete a workweek": ("workweeks", mutation("deleteWorkweeks", "{ids: [$id]}", "deletedIds")),
    "delete a holiday": ("holidays", mutation("deleteHolidays", "{ids: [$id]}", "deletedIds")),
    "link their user": (
        "users",
        mutation("linkWorker", f'{{userId: $id, personId: "{PERSON}"}}', "worker { id }"),
    ),
    "link their person": (
        "people",
        mutation("linkWorker", "{userId: 1, personId: $id}", "worker { id }"),
    ),
    "unlink a worker": ("workers", mutation("unlinkWorker", "{workerId: $id}", "workers { id }")),
}


@pytest.mark.rule("3.10")
@pytest.mark.rule("6.2")
async def test_what_is_anothers_is_answered_as_what_does_not_exist(ask, both, database_url, stored):
    before = await stored()
    async with answering(database_url, OURS) as as_ours:
        for name, (list_, document) in CASES.items():
            foreign = await as_ours(document, id=both[list_])
            unknown = await as_ours(document, id=UNKNOWN[list_])

            assert "errors" not in foreign, name
            # A feed or a list of nothing, null, or a refusal: the very same.
            told = json.dumps(foreign)
            assert told.replace(both[list_], "") == json.dumps(unknown).replace(
                UNKNOWN[list_], ""
            ), name
            assert both[list_] not in told, name
    assert await stored() == before


async def test_the_same_questions_are_answered_to_those_whose_it_is(both, database_url):
    """Else the test before would hold by asking nothing."""
    async with answering(database_url, THEIRS) as as_theirs:
        for name, (list_, document) in CASES.items():
            if document.startswith("query"):
                theirs = await as_theirs(document, id=both[list_])
                unknown = await as_theirs(document, id=UNKNOWN[list_])
                nothing_there = name.startswith("discrepancies") or name in {
                    "users by roleIds",
                    "workers by roleIds",
                    "workweeks by userIds",
                }
                assert (theirs == unknown) == nothing_there, name


@pytest.mark.parametrize("list_", LISTS)
async def test_a_list_has_only_what_is_the_callers(ask, both, database_url, list_):
    document = f"{{ {list_} {{ totalCount nodes {{ id }} }} }}"
    wanted = f'filter: {{{"ids: [" if list_ == "companies" else "companyId: "}"{COMPANY}"'
    wanted += "]}" if list_ == "companies" else "}"
    mine = await ask(f"{{ {list_}({wanted}) {{ totalCount nodes {{ id }} }} }}")

    async with answering(database_url, OURS) as as_ours, answering(database_url, NOBODYS) as empty:
        assert await as_ours(document) == mine
        assert await empty(document) == {"data": {list_: {"totalCount": 0, "nodes": []}}}
    assert mine["data"][list_]["totalCount"] == (2 if list_ == "workers" else 1)


@pytest.mark.parametrize("source_id", [OTHER_COMPANY, UNKNOWN_UUID])
async def test_a_caller_neither_renames_nor_founds_companies_that_are_not_theirs(
    both, database_url, stored, source_id
):
    before = await stored()

    async with answering(database_url, OURS) as as_ours:
        answer = await as_ours(
            mutation("upsertCompanies", '{companies: [{sourceId: $id, name: "Mine"}]}', ""),
            id=source_id,
        )

    refused = {
        "__typename": "InvalidInput",
        "code": "NOT_FOUND",
        "message": "There is no such company.",
        "path": ["companies", "0", "sourceId"],
    }
    assert answer == {"data": {"answer": {"userErrors": [refused]}}}
    assert await stored() == before


@pytest.mark.parametrize(
    ("noun", "item"),
    [
        ("roles", '{sourceId: 2, companyId: $id, name: "Mine"}'),
        ("users", '{sourceId: 2, companyId: $id, fullName: "Mine"}'),
        (
            "people",
            f'{{sourceId: "{OTHER_PERSON}", companyId: $id, firstName: "M", lastName: "M"}}',
        ),
        (
            "holidays",
            '{sourceId: 2, companyId: $id, name: "M", startDate: "3/2/26", endDate: "3/2/26"}',
        ),
    ],
)
@pytest.mark.rule("6.2")
async def test_an_id_that_another_tenant_holds_cannot_be_taken_over(
    both, database_url, stored, noun, item
):
    before = await stored()

    async with answering(database_url, OURS) as as_ours:
        answer = await as_ours(
            mutation(f"upsert{noun.title()}", f"{{{noun}: [{item}]}}", ""), id=COMPANY
        )

    (refused,) = answer["data"]["answer"]["userErrors"]
    assert (refused["code"], refused["path"]) == ("NOT_FOUND", [noun, "0", "sourceId"])
    assert await stored() == before
    words = {"people": "person"}.get(noun, noun.removesuffix("s"))
    # Not a word of whose it is.
    assert refused["message"] == (
        f"There is no such {words} in this company, and no new one has this id."
    )


CREATE = """
mutation Create($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) { personTimeOff { id reason } warnings { message } }
}
"""
UPDATE = """
mutation Update($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { personTimeOff { id reason isPaid } }
}
"""
EVERYWHERE = """
query Reasons($id: ID!, $person: ID!) {
  personTimeOff(id: $id) { reason }
  node(id: $id) { ... on PersonTimeOff { reason } }
  personTimeOffs { nodes { reason } }
  person(id: $person) { timeOff { nodes { reason } } }
  schedule(from: "2026-03-02", to: "2026-03-02", filter: {personIds: [$person]}) {
    nodes { days { contributions { reason } } }
  }
}
"""


def reasons_in(answer):
    """Every value of a field called reason."""
    if isinstance(answer, dict):
        return [
            found
            for name, value in answer.items()
            for found in ([value] if name == "reason" else reasons_in(value))
        ]
    return (
        [found for item in answer for found in reasons_in(item)] if isinstance(answer, list) else []
    )


@pytest.mark.rule("4.6")
@pytest.mark.usefixtures("everyone")
async def test_a_caller_without_the_right_sees_no_reason_anywhere(database_url):
    given = person_time_off(reason="medical", idempotencyKey="k")
    async with answering(database_url, OURS) as as_ours, answering(database_url, READER) as reader:
        created = await as_ours(CREATE, input=given)
        id_ = created["data"]["createPersonTimeOff"]["personTimeOff"]["id"]
        again = await as_ours(CREATE, input=given)
        change = {"id": id_, "reason": "surgery", "idempotencyKey": "k"}
        updated = await as_ours(UPDATE, input=change)
        kept = await as_ours(UPDATE, input={"id": id_, "isPaid": False})
        dry = await as_ours(CREATE, input=given | {"dryRun": True})
        answers = [
            created,
            again,
            updated,
            kept,
            await as_ours(UPDATE, input=change),
            dry,
            await as_ours(EVERYWHERE, id=id_, person=PERSON),
        ]
        to_reader = await reader(EVERYWHERE, id=id_, person=PERSON)

    assert again == created
    assert [set(reasons_in(answer)) for answer in answers] == [{None}] * 7
    assert "medical" not in json.dumps(answers)
    assert "surgery" not in json.dumps(answers)
    # It was written all the same, and whoever may read it does.
    assert reasons_in(to_reader) == ["surgery"] * 5


@pytest.mark.rule("5.1")
@pytest.mark.usefixtures("everyone")
async def test_a_key_belongs_to_its_caller(database_url):
    document = """
    mutation Create($input: CreateTimeOffEntriesInput!) {
      createTimeOffEntries(input: $input) { timeOffEntries { hours } userErrors { code } }
    }
    """
    given = {"timeOffEntries": [entry(hours=2)], "idempotencyKey": "k"}
    async with answering(database_url, OURS) as as_ours, answering(database_url, READER) as reader:
        hours = [
            (await each(document, input=given))["data"]["createTimeOffEntries"]["timeOffEntries"]
            for each in (as_ours, reader, as_ours)
        ]

    assert hours == [[{"hours": 2.0}], [{"hours": 4.0}], [{"hours": 2.0}]]
