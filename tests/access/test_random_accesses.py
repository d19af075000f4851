"""Callers of two companies ask at random for everything: neither gets a byte of the other's.

Every text that is stored has its company's mark, every reason its own. In CI some thousands of
accesses; `--long` makes a million.
"""

import json
from random import Random

import pytest

from app.domain.access import PERMISSIONS_OF, AccessRole, OwnWorker
from app.main import build_operations
from app.settings import Settings
from graphql_schema.context import Context
from graphql_schema.http.errors import NotAdmitted, NotRun
from graphql_schema.http.parameters import Parameters
from tests import builders
from tests.access.samples import MUTATIONS, QUERIES, Whose, mutation, query
from tests.builders import COMPANY, OTHER_COMPANY, TUESDAY, node_id, uuid
from tests.callers import caller
from tests.graphql.api import put, put_entries, put_person_time_off

MARKS = {COMPANY: "MarkOfOurs", OTHER_COMPANY: "MarkOfTheirs"}
SHOWN = {
    "users": "users { nodes { fullName emailAddress headline worker { fullName } } }",
    "people": "people { nodes { fullName jobTitle timeOff { nodes { reason } } } }",
    "companies": "companies { nodes { id name } }",
    "roles": "roles { nodes { name company { name } } }",
    "holidays": "holidays { nodes { name } }",
    "personTimeOffs": "personTimeOffs { totalCount nodes { reason person { fullName } } }",
    "externalReferences": "externalReferences { nodes { externalMessage serviceModelRef } }",
    "workers": "workers { totalCount nodes { fullName user { fullName } person { fullName } } }",
    "node": 'node(id: "<entry>") { ... on TimeOffEntry { user { fullName } hours } }',
    "person": 'person(id: "<person>") { fullName timeOff { nodes { reason } } }',
    "user": 'user(id: "<user>") { fullName company { name } timeOffEntries { nodes { hours } } }',
    "worker": 'worker(id: "<worker>") { fullName company { name } }',
    "personTimeOff": 'personTimeOff(id: "<record>") { reason person { fullName } }',
    "changes": 'changes(companyId: "<company>", first: 50) { nodes { before after subjectId } }',
    "schedule": (
        f'schedule(from: "{TUESDAY}", to: "{TUESDAY}") {{ nodes {{ worker {{ fullName }} '
        "days { contributions { hours reason } } } }"
    ),
}
WORKERS_OF_EACH = 3


@pytest.fixture
async def companies(ask):
    """Two companies of three workers each; their data by company."""
    found = {}
    for number, (company_id, mark) in enumerate(MARKS.items()):
        theirs = {"companyId": company_id}
        ids = [(str(10 * number + each), uuid(10 * number + each)) for each in range(1, 4)]
        await put(ask, companies=[builders.company(sourceId=company_id, name=mark)])
        await put(
            ask,
            roles=[builders.role(sourceId=str(number + 5), name=mark, **theirs)],
            users=[
                builders.user(
                    sourceId=user,
                    fullName=f"{mark} {user}",
                    headline=mark,
                    emailAddress=f"{mark}{user}@x.example",
                    **theirs,
                )
                for user, _ in ids
            ],
            people=[
                builders.person(
                    sourceId=person,
                    firstName=mark,
                    jobTitle=mark,
                    email=f"{mark}{user}@x.example",
                    **theirs,
                )
                for user, person in ids
            ],
            workweeks=[builders.workweek() | theirs],
            holidays=[builders.holiday(sourceId=str(number + 30), name=mark, **theirs)],
        )
        found[company_id] = [await _made(ask, company_id, mark, *each) for each in ids]
    return found


async def _made(ask, company_id, mark, user, person):
    said = builders.reference(
        externalMessage=f"{mark} reason{user}x", serviceModelRef=f"{mark}{user}"
    )
    await put_entries(ask, builders.entry(userId=user, externalReference=said))
    await put_person_time_off(
        ask,
        companyId=company_id,
        personId=person,
        startDay=TUESDAY,
        endDay=TUESDAY,
        reason=f"{mark} reason{user}x",
    )
    found = await ask(
        "query($user: ID!, $person: ID!) {"
        " timeOffEntries(filter: {userIds: [$user]}) { nodes { id } }"
        " personTimeOffs(filter: {personIds: [$person]}) { nodes { id } } }",
        user=user,
        person=person,
    )
    (entry,), (record,) = (each["nodes"] for each in found["data"].values())
    worker = node_id("Worker", f"U{user}")
    return Whose(user, person, worker, entry["id"], record["id"], uuid(99), company_id)


@pytest.mark.parametrize(
    "accesses", [4_000, pytest.param(1_000_000, marks=pytest.mark.long)], ids=["some", "a million"]
)
async def test_no_byte_of_another_company_and_no_reason_of_another(
    database_url, companies, services, accesses
):
    chance = Random(20_261_126)  # noqa: S311 - no secret
    operations = build_operations(Settings(database_url=database_url))
    everybody = [(company, whose) for company, mine in companies.items() for whose in mine]
    for number in range(accesses):
        company_id, own = chance.choice(everybody)
        role = chance.choice(list(AccessRole))
        asks = caller(
            f"{role}-{own.user}",
            frozenset([company_id]),
            permissions=PERMISSIONS_OF[role],
            reads_reasons=True,
            worker=OwnWorker(company_id, int(own.user), own.person),
        )
        document = _document(chance, chance.choice(everybody)[1])
        text = await _answer(operations, services, asks, document)
        other = next(mark for company, mark in MARKS.items() if company != company_id)
        assert other not in text, (number, role, document, text)
        if not asks.reads_reasons:
            told = {user for _, whose in everybody if f"reason{(user := whose.user)}x" in text}
            assert told <= {own.user}, (number, role, document, text)


def _document(chance, whose):
    if chance.random() < 0.2:
        return mutation(chance.choice(list(MUTATIONS)), whose)
    name = chance.choice(list(QUERIES))
    return query(name, whose, SHOWN) if name in SHOWN else query(name, whose)


async def _answer(operations, services, asks, document):
    parameters = Parameters(document, None, {})
    try:
        operation = operations.prepare(parameters)
        return json.dumps(await operations.run(operation, parameters, Context(services, asks)))
    except (NotAdmitted, NotRun) as refusal:
        raise AssertionError(refusal.answer) from None
