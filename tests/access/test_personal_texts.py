"""Reasons and external messages: read by their own worker and by READ_REASONS, by nobody else."""

import json
from typing import Any

import pytest
from strawberry.types.base import StrawberryObjectDefinition

from app.domain.access import OwnWorker, Permission
from app.main import build_operations
from app.settings import Settings
from graphql_schema.access.requires import Requires
from graphql_schema.context import Context
from graphql_schema.http.parameters import Parameters
from graphql_schema.schema import schema
from tests.builders import COMPANY, PERSON, TUESDAY
from tests.callers import caller
from tests.graphql.test_tenants import answering

ALL, OWN = {"1", "2"}, {"1"}
NONE: set[str] = set()
CALLERS = {
    "who reads reasons": (caller("hr", reads_reasons=True), ALL),
    "a worker": (caller("ada", worker=OwnWorker(COMPANY, 1, PERSON)), OWN),
    "nobody in particular": (caller("viewer"), NONE),
    "a worker of another system only": (
        caller("half", worker=OwnWorker(COMPANY, None, None)),
        NONE,
    ),
}
RECORDS = "personTimeOffs { nodes { reason person { sourceId } } }"
REFERENCES = "externalReferences { nodes { externalMessage serviceModelRef } }"
BELOW_ENTRIES = """
timeOffEntries { nodes { externalReferences { externalMessage serviceModelRef } } }
"""
BELOW_USERS = """
users { nodes { timeOffEntries { nodes { externalReferences { externalMessage } } } } }
"""
BELOW_PEOPLE = "people { nodes { timeOff { nodes { reason } } } }"
CHANGES = f'changes(companyId: "{COMPANY}", first: 500) {{ nodes {{ before after }} }}'
SCHEDULE = f"""
schedule(from: "{TUESDAY}", to: "{TUESDAY}") {{ nodes {{ days {{ contributions {{ reason }} }} }} }}
"""
PICTURES = {
    "the schedule": SCHEDULE,
    "records": RECORDS,
    "references": REFERENCES,
    "references of entries": BELOW_ENTRIES,
    "references of entries of users": BELOW_USERS,
    "records of people": BELOW_PEOPLE,
}


def test_these_are_the_personal_texts():
    """Whoever adds one to the schema adds it here."""
    found = {
        f"{type_.definition.name}.{each.name}"
        for type_ in schema.schema_converter.type_map.values()
        if isinstance(type_.definition, StrawberryObjectDefinition)
        and type_.definition.name not in {"Query", "Mutation", "Subscription"}
        for each in type_.definition.fields
        if any(_is_of_reasons(directive) for directive in each.directives)
    }
    assert found == {
        "Contribution.reason",
        "ExternalReference.external_message",
        "PersonTimeOff.reason",
    }


def _is_of_reasons(directive):
    if not isinstance(directive, Requires):
        return False
    permission: Any = directive.permission
    return permission.value is Permission.READ_REASONS


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize(("who", "reads"), CALLERS.values(), ids=CALLERS)
async def test_each_reads_what_it_may(database_url, whose, services, who, reads, picture):
    """By rows of chosen columns, by compiled objects, and by graphql-core alike."""
    document = f"{{ {picture} }}"
    async with answering(database_url, who) as by_core:
        answers = [await by_core(document)]
    operations = build_operations(Settings(database_url=database_url))
    for _ in range(2):
        operation = operations.prepare(Parameters(document, None, {}))
        answers.append(
            await operations.run(operation, Parameters(document, None, {}), Context(services, who))
        )
    kind = "reason" if "reason" in picture else "message"
    for answer in answers:
        assert "errors" not in answer
        text = json.dumps(answer)
        assert {user for user in ALL if f"{kind} of {user}" in text} == reads
    assert operations.executions.compiled == 2
    assert whose


@pytest.mark.parametrize(("who", "reads"), CALLERS.values(), ids=CALLERS)
async def test_the_change_feed_has_messages_for_who_reads_reasons(database_url, whose, who, reads):
    async with answering(database_url, who) as ask_as:
        text = json.dumps(await ask_as(f"{{ {CHANGES} }}"))

    assert "serviceModelRef" in text
    assert ("message of" in text) is (reads == ALL)
    assert "reason of" not in text
    assert whose


@pytest.mark.parametrize(("who", "reads"), CALLERS.values(), ids=CALLERS)
async def test_a_text_that_one_may_not_read_is_no_filter(database_url, whose, who, reads):
    """Else whoever asks again and again would learn it."""
    wanted = '{externalReference: {externalMessage: "message of 1"}}'
    async with answering(database_url, who) as ask_as:
        answer = await ask_as(f"{{ timeOffEntries(filter: {wanted}) {{ totalCount }} }}")

    codes = [each["extensions"]["code"] for each in answer.get("errors", ())]
    assert codes == ([] if reads == ALL else ["FORBIDDEN"])
    assert whose


async def test_who_writes_gets_its_own_reason_back_and_no_other(database_url, whose):
    mutation = """
    mutation { updatePersonTimeOff(input: {id: "%s", isPaid: false, idempotencyKey: "k"}) {
      personTimeOff { reason } userErrors { code } } }
    """
    planner = caller("planner", worker=OwnWorker(COMPANY, 1, PERSON))
    async with answering(database_url, planner) as ask_as:
        for _ in range(2):  # as it was done, and as it was kept beside its key
            own = await ask_as(mutation % whose["1"].record)
            assert own["data"]["updatePersonTimeOff"]["personTimeOff"] == {"reason": "reason of 1"}
        other = await ask_as((mutation % whose["2"].record).replace('"k"', '"l"'))
        assert other["data"]["updatePersonTimeOff"]["personTimeOff"] == {"reason": None}


GUESS_REASON = """
mutation Guess($id: ID!, $text: String!, $scope: Scope!, $day: Date) {
  updatePersonTimeOff(input: {id: $id, reason: $text, scope: $scope, originalDay: $day}) {
    warnings { code }
    userErrors { code }
  }
}
"""
PUT_REFERENCE = """
mutation Put($id: ID!, $reference: ExternalReferenceInput!) {
  updateTimeOffEntry(input: {id: $id, hours: 3, externalReference: $reference}) {
    userErrors { code }
  }
}
"""
BY_ALL = caller("hr", reads_reasons=True)
BY_NOBODY = caller("planner")


async def put_reference(database_url, who, whose, **said):
    reference = {"serviceName": "jira", "serviceModel": "Issue", "serviceModelRef": whose.user}
    async with answering(database_url, who) as ask_as:
        return await ask_as(PUT_REFERENCE, id=whose.entry, reference=reference | said)


async def changes_of(database_url):
    async with answering(database_url, BY_NOBODY) as ask_as:
        return (await ask_as(f"{{ {CHANGES} }}"))["data"]["changes"]["nodes"]


async def message_of(database_url, ref):
    async with answering(database_url, BY_ALL) as ask_as:
        nodes = (await ask_as(f"{{ {REFERENCES} }}"))["data"]["externalReferences"]["nodes"]
    return {each["serviceModelRef"]: each["externalMessage"] for each in nodes}[ref]


DELETE_RECORD = """
mutation Delete($id: ID!) { deletePersonTimeOff(input: {id: $id}) { userErrors { code } } }
"""
RESTORE_RECORD = """
mutation Restore($id: ID!) {
  restorePersonTimeOff(input: {id: $id}) { personTimeOff { reason } userErrors { code } }
}
"""
REASON = "query Reason($id: ID!) { personTimeOff(id: $id) { reason } }"


@pytest.mark.rule("4.6")
@pytest.mark.parametrize("given", [{"scope": "ALL"}, {"scope": "FOLLOWING", "day": TUESDAY}])
async def test_a_guess_of_a_reason_looks_the_same_right_or_wrong(database_url, whose, given):
    told = []
    for text in ("reason of 2", "another"):
        before = await changes_of(database_url)
        async with answering(database_url, BY_NOBODY) as ask_as:
            answer = await ask_as(GUESS_REASON, id=whose["2"].record, text=text, **given)
        told.append((answer, (await changes_of(database_url))[len(before) :]))

    assert told[0][0]["data"]["updatePersonTimeOff"] == {"warnings": [], "userErrors": []}
    assert len(told[0][1]) == 1
    assert told[0] == told[1]


@pytest.mark.rule("4.6")
async def test_a_guess_of_a_message_looks_the_same_right_or_wrong(database_url, whose):
    told = []
    for text in ("message of 2", "another"):
        before = await changes_of(database_url)
        answer = await put_reference(database_url, BY_NOBODY, whose["2"], externalMessage=text)
        told.append((answer, (await changes_of(database_url))[len(before) :]))

    assert len(told[0][1]) == 1
    assert told[0] == told[1]


@pytest.mark.rule("3.13")
async def test_who_may_not_read_a_reason_brings_it_back_with_the_record(database_url, whose):
    async with answering(database_url, BY_NOBODY) as ask_as:
        await ask_as(DELETE_RECORD, id=whose["2"].record)
        answer = await ask_as(RESTORE_RECORD, id=whose["2"].record)
    assert answer["data"]["restorePersonTimeOff"] == {
        "personTimeOff": {"reason": None},
        "userErrors": [],
    }

    async with answering(database_url, BY_ALL) as ask_as:
        (shown,) = (await ask_as(REASON, id=whose["2"].record))["data"].values()
    assert shown == {"reason": "reason of 2"}


@pytest.mark.parametrize("said", [{}, {"externalMessage": None}], ids=["left out", "null"])
@pytest.mark.rule("2.9")
async def test_who_may_not_read_a_message_does_not_take_it_away(database_url, whose, said):
    answer = await put_reference(
        database_url, BY_NOBODY, whose["2"], externalStatus="closed", **said
    )
    assert answer["data"]["updateTimeOffEntry"]["userErrors"] == []
    assert await message_of(database_url, "2") == "message of 2"

    await put_reference(database_url, BY_ALL, whose["2"], externalStatus="closed", **said)
    assert await message_of(database_url, "2") is None


async def test_who_sees_what_it_changes_changes_nothing_by_the_same(database_url, whose):
    before = await changes_of(database_url)
    async with answering(database_url, BY_ALL) as ask_as:
        await ask_as(GUESS_REASON, id=whose["2"].record, text="reason of 2")

    assert await changes_of(database_url) == before
