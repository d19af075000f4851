"""All that is kept about somebody is given to them, and nothing that opens anything."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import SQLModel

from app.clock import now
from app.db.connections.database import Database
from app.db.reading.personal_data import SECRETS
from app.db.schema.tables import AccessSessionRow
from app.db.writing.statements import insert_all
from app.domain.access import PERMISSIONS_OF, AccessRole
from app.domain.errors import NotPermitted
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.personal_data.service import PersonalDataService
from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    company,
    node_id,
    person,
    user,
    uuid,
    workweek,
)
from tests.callers import caller
from tests.graphql.api import api, put, put_person_time_off, rows_of
from tests.services.test_erasing import EMAIL, NAME, SECRET, begin

ABOUT_NOBODY = {
    "alembic_version": "",
    "companies": "whose name is given",
    "holidays": "everybody's",
    "id_counters": "numbers",
    "change_counters": "numbers",
    "webhooks": "of the company, as are the attempts",
    "webhook_attempts": "",
    "person_days": "made of the records",
    "upstreams": "of the company, as are the runs",
    "sync_runs": "",
    "sync_flows": "of the company",
}
TOLD_AS = {
    "users": "user",
    "people": "person",
    "roles": "user",
    "workers": "worker",
    "worker_links": "workerLinks",
    "workweeks": "workweeks",
    "time_off_entries": "timeOffEntries",
    "external_references": "timeOffEntries",
    "person_time_offs": "personTimeOff",
    "deleted_person_time_offs": "deletedPersonTimeOff",
    "discrepancy_acknowledgements": "discrepancyAcknowledgements",
    "changes": "changes",
    "change_origins": "changesMade",
    "access_events": "accessEvents",
    "access_sessions": "sessions",
    "access_tokens": "apiTokens",
    "calendar_feeds": "calendarFeeds",
    "idempotency_keys": "idempotencyKeys",
    "remote_records": "remoteRecords",
    "sync_problems": "syncProblems",
    "swept_people": "sweptPeople",
    "flow_problems": "flowProblems",
    "mirrored_records": "mirroredRecords",
    "deliveries": "deliveries",
    "delivery_attempts": "deliveryAttempts",
    "sync_conflicts": "syncConflicts",
}
"""Under which key each table is told. Whoever adds a table says it here."""


@pytest.fixture
async def service(database_url):
    database = Database(database_url)
    yield PersonalDataService(database, now, AccessEvents(database, now))
    await database.close()


@pytest.mark.rule("4.7")
async def test_every_table_is_told_of_or_is_about_nobody(database_url, service):
    async with api(database_url) as ask:
        worker = await begin(ask, service.database)
        told = await service.of_worker(LOCAL, worker)
        asked = await ask(f'{{ personalData(workerId: "{worker}") }}')

    assert told is not None
    assert set(TOLD_AS) | set(ABOUT_NOBODY) >= set(SQLModel.metadata.tables)
    assert {name for name in TOLD_AS.values() if not told[name]} == {"workerLinks"}
    assert json.loads(json.dumps(told)) == asked["data"]["personalData"]
    assert told["worker"] == {
        "id": worker,
        "companyId": COMPANY,
        "fullName": NAME,
        "email": EMAIL,
    }
    assert told["user"]["roleName"] == "Carpenter"
    assert [each["reason"] for each in told["personTimeOff"]] == [SECRET]
    [given] = told["timeOffEntries"]
    assert (given["hours"], given["externalReferences"][0]["serviceName"]) == (4, "jira")
    assert {each["table"] for each in told["namedElsewhere"]} >= {"calendar_feeds", "users"}


@pytest.mark.rule("4.7")
async def test_the_feed_is_told_also_of_what_is_deleted_by_now(database_url, service):
    async with api(database_url) as ask:
        worker = await begin(ask, service.database)
        told = await service.of_worker(LOCAL, worker)

    changes = told["changes"]
    kinds = {(each["subjectType"], each["operation"]) for each in changes}
    assert kinds >= {
        (kind, operation)
        for kind in ("TimeOffEntry", "PersonTimeOff", "ExternalReference")
        for operation in ("CREATED", "DELETED")
    }
    assert {kind for kind, _ in kinds} >= {"User", "Person", "Worker", "Workweek"}
    assert [each["sequence"] for each in changes] == sorted({each["sequence"] for each in changes})
    entries = {each["subjectKey"] for each in changes if each["subjectType"] == "TimeOffEntry"}
    for each in (said for change in changes for said in (change["before"], change["after"])):
        said = each or {}
        assert said.get("userId") in {None, "1"}
        assert said.get("personId") in {None, PERSON}
        assert said.get("timeOffEntryId") in {None, *entries}


@pytest.mark.rule("4.7")
async def test_no_hash_or_secret_is_given_and_nobody_elses_time_off(database_url, service):
    async with api(database_url) as ask:
        worker = await begin(ask, service.database)
        told = await service.of_worker(LOCAL, worker)

    given = json.dumps(told)
    hashes = [
        str(row)
        for name in ("access_tokens", "calendar_feeds")
        for row in (await rows_of(database_url))[name]
    ]
    assert hashes
    camel = {"secretHash", "previousHash", "fingerprint"}
    assert len(camel) == len(SECRETS)
    assert not [name for name in camel if f'"{name}"' in given]
    assert "I stand in" not in given
    assert PERSON in given


@pytest.mark.rule("4.7")
async def test_who_is_in_one_system_alone_is_given_nothing_of_others(database_url, service):
    async with api(database_url) as ask:
        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
        await put(
            ask,
            users=[user(), user(sourceId="2", fullName="Alan Turing")],
            people=[person(), person(sourceId=OTHER_PERSON, firstName="Edsger", lastName="D.")],
            workweeks=[workweek(), workweek(companyId=OTHER_COMPANY)],
        )
        await put_person_time_off(ask, personId=OTHER_PERSON)
        at = datetime(2026, 3, 2, tzinfo=UTC)
        sessions: list[dict[str, Any]] = [
            {
                "id": uuid(number), "secret_hash": str(number), "kind": "OIDC", "label": "x",
                "name": name, "permissions": [], "worker_company_id": COMPANY,
                "worker_user_id": user_id, "worker_person_id": person_id, "credential": "oidc",
                "created_at": at, "last_used_at": at,
            }
            for number, (name, user_id, person_id) in enumerate(
                [("ada", 1, None), ("alan", 2, None), ("grace", None, PERSON),
                 ("local", None, OTHER_PERSON)]
            )
        ]  # fmt: skip
        async with service.database.writing() as connection:
            await insert_all(connection, AccessSessionRow, sessions)
        of_person = await service.of_worker(LOCAL, node_id("Worker", f"P{PERSON}"))
        of_user = await service.of_worker(LOCAL, node_id("Worker", "U1"))

    assert [each["name"] for each in of_person["sessions"]] == ["grace"]
    assert [each["name"] for each in of_user["sessions"]] == ["ada"]
    for told in (of_person, of_user):
        assert (told["workweeks"], told["changesMade"], told["accessEvents"]) == ([], [], [])


async def test_whoever_may_not_gets_nothing(service):
    worker = node_id("Worker", "U1")
    hr = caller("hr", reads_reasons=True, permissions=PERMISSIONS_OF[AccessRole.HR])
    for ask in (service.of_worker, service.erase):
        with pytest.raises(NotPermitted, match="MANAGE_PERSONAL_DATA"):
            await ask(hr, worker)
    assert await service.of_worker(LOCAL, node_id("Worker", "U404")) is None
