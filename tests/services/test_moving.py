"""Moving somebody to another company: with all that is theirs, and told to both feeds (4.10)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlmodel import SQLModel, col

from app.db.connections.database import Database
from app.db.schema import tables
from app.db.writing.locks import lock_directory
from app.db.writing.statements import insert_all
from app.db.writing.time_off_entries import lock_users
from app.domain.access import PERMISSIONS_OF, AccessRole, OwnWorker
from app.domain.errors import Unavailable
from app.main import build_services
from app.services.caller import COMMAND
from app.services.changes import forget_old_changes
from app.services.data_check import check
from tests.builders import (
    COMPANY,
    FRIDAY,
    MONDAY,
    OTHER_COMPANY,
    OTHER_PERSON,
    PERSON,
    THURSDAY,
    TUESDAY,
    UNKNOWN_UUID,
    company,
    entry,
    node_id,
    person,
    reference,
    role,
    user,
    uuid,
    workweek,
)
from tests.callers import caller
from tests.graphql.api import api, put, put_entries, put_person_time_off, rows_of
from tests.graphql.test_tenants import answering

pytestmark = pytest.mark.rule("4.10")

EMAIL = "ada@example.com"
WORKER = node_id("Worker", "U1")
GOES_ALONG = {
    "users", "people", "workers", "workweeks", "time_off_entries", "external_references",
    "person_time_offs", "deleted_person_time_offs", "discrepancy_acknowledgements",
}  # fmt: skip
STAYS = {
    "roles": "the company's own",
    "holidays": "the company's own",
    "webhooks": "the company's own",
    "calendar_feeds": "those of the worker are deleted, others are not about them",
    "changes": "what the feed has told",
    "change_counters": "numbers",
    "change_origins": "who did what there",
    "access_events": "what happened there",
    "upstreams": "the company's own",
    "sync_flows": "the company's own",
    "mirrored_records": "forgotten when the move is carried: they are the other company's records",
    "flow_problems": "tried again, and gone then: the record is another company's",
}
"""Of each table whose rows are of a company, what a move does. Whoever adds one says it here."""

MOVE = """
mutation Move($input: MoveWorkerInput!) {
  moveWorker(input: $input) {
    worker { id fullName company { sourceId } user { role { id } } joinedBy }
    moved {
      entries references records workweeks acknowledgements
      roles splits sessions tokens feeds overfullDays unsettledDays
    }
    remains
    warnings { code path }
    userErrors { code path message }
  }
}
"""
FEED = """
query Feed($company: ID!) {
  changes(companyId: $company, first: 100) { nodes { operation subjectType before after } }
}
"""
HOURS = """
query Hours($company: ID!, $from: Date!, $to: Date!) {
  schedule(filter: {companyId: $company}, from: $from, to: $to) {
    nodes { worker { fullName } days { date hoursOff } }
  }
}
"""


@pytest.fixture
def beginnings():
    return {}


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    yield database
    await database.close()


async def begin(ask, database=None):
    """Ada, of both systems, with one of everything; a colleague; and another company."""
    await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY, name="Elsewhere")])
    await put(
        ask,
        roles=[role()],
        users=[
            user(emailAddress=EMAIL, roleId="5", headline="nurse"),
            user(sourceId="2", fullName="Joe"),
        ],
        people=[
            person(firstName="Ada", lastName="L", email=EMAIL),
            person(sourceId=OTHER_PERSON, email="joe@example.com"),
        ],
        workweeks=[workweek(userId="1", minutes=360), workweek()],
    )
    await put_entries(
        ask,
        entry(externalReference=reference()),
        entry(userId="2", requestedDate=TUESDAY),
        entry(requestedDate=FRIDAY, hours=6),
    )
    await put_person_time_off(ask, startDay=THURSDAY, endDay=THURSDAY, reason="flu")
    deleted = await put_person_time_off(ask, startDay=FRIDAY, endDay=FRIDAY)
    for document in (
        f'deletePersonTimeOff(input: {{id: "{deleted}"}})',
        f'createCalendarFeed(input: {{workerId: "{WORKER}"}})',
        f'acknowledgeDiscrepancy(input: {{days: [{{workerId: "{WORKER}", date: "{MONDAY}"}}]}})',
        (
            f'createApiToken(input: {{name: "own", role: EMPLOYEE, workerId: "{WORKER}", '
            f'companyIds: ["{COMPANY}"]}})'
        ),
    ):
        answer = await ask(f"mutation {{ answer: {document} {{ userErrors {{ code path }} }} }}")
        assert answer["data"]["answer"]["userErrors"] == [], answer
    if database is not None:
        await _sign_in(database)
    return deleted


async def _sign_in(database):
    at = datetime(2026, 3, 2, tzinfo=UTC)
    session: dict[str, Any] = {
        "id": uuid(1), "secret_hash": "0", "kind": "OIDC", "name": "oidc:https://id.example:7",
        "label": "ada", "role": None, "permissions": [], "companies": [COMPANY],
        "worker_company_id": COMPANY, "worker_user_id": 1, "worker_person_id": PERSON,
        "credential": "oidc", "expires_at": None, "created_at": at, "last_used_at": at,
        "revoked_at": None,
    }  # fmt: skip
    async with database.writing() as connection:
        await insert_all(connection, tables.AccessSessionRow, [session])


async def move(ask, **given):
    wish = {"workerId": WORKER, "companyId": OTHER_COMPANY} | given
    return (await ask(MOVE, input=wish))["data"]["moveWorker"]


def counts(**given):
    names = (
        "entries references records workweeks acknowledgements roles splits sessions tokens "
        "feeds overfullDays unsettledDays"
    )
    return dict.fromkeys(names.split(), 0) | given


ALL = counts(
    entries=2, references=1, records=2, workweeks=1, acknowledgements=1, roles=1, sessions=1,
    tokens=1, feeds=1,
)  # fmt: skip


def violations(database_url):
    found = check.examine(database_url, lambda *_: None)
    return [str(each) for each in found.violations]


async def test_everything_goes_along_and_what_is_stored_is_sound(database_url, database):
    async with api(database_url) as ask:
        await begin(ask, database)
        window = {"from": MONDAY, "to": FRIDAY}
        hours = await ask(HOURS, company=COMPANY, **window)
        done = await move(ask)
        here = await ask(HOURS, company=OTHER_COMPANY, **window)
        there = await ask(HOURS, company=COMPANY, **window)

    assert done["moved"] == ALL
    assert done["userErrors"] == done["warnings"] == []
    assert len(done["remains"]) == 3
    assert done["worker"] == {
        "id": WORKER, "fullName": "Ada Lovelace", "company": {"sourceId": OTHER_COMPANY},
        "user": {"role": None}, "joinedBy": "EMAIL",
    }  # fmt: skip
    [moved] = here["data"]["schedule"]["nodes"]
    assert moved in hours["data"]["schedule"]["nodes"]
    assert [each["hoursOff"] for each in moved["days"]] == [4, 0, 0, 6, 6]
    assert moved not in there["data"]["schedule"]["nodes"]
    assert len(there["data"]["schedule"]["nodes"]) == 2  # Joe, and Grace
    assert await asyncio.to_thread(violations, database_url) == []
    await _hold_companies(database)


async def _hold_companies(database):
    of_companies = {
        each.name: each for each in SQLModel.metadata.sorted_tables if "company_id" in each.columns
    }
    assert of_companies.keys() == GOES_ALONG | STAYS.keys()
    async with database.reading() as connection:
        for name in GOES_ALONG:
            is_here = of_companies[name].c.company_id == OTHER_COMPANY
            rows = select(func.count()).select_from(of_companies[name]).where(is_here)
            expected = {"time_off_entries": 2}.get(name, 1)
            assert (await connection.execute(rows)).scalar_one() == expected, name


async def test_both_feeds_tell_it_and_both_audits(database_url):
    async with api(database_url) as ask:
        await begin(ask)
        before = len((await ask(FEED, company=COMPANY))["data"]["changes"]["nodes"])
        earlier = len((await ask(FEED, company=OTHER_COMPANY))["data"]["changes"]["nodes"])
        await move(ask)
        away = (await ask(FEED, company=COMPANY))["data"]["changes"]["nodes"][before:]
        here = (await ask(FEED, company=OTHER_COMPANY))["data"]["changes"]["nodes"][earlier:]
        events = await ask(
            "{ accessEvents(filter: {kinds: [PERSON_MOVED]}) "
            "{ nodes { company { sourceId } details actor { name } } } }"
        )

    assert {each["operation"] for each in away} == {"DELETED"}
    assert {each["operation"] for each in here} == {"CREATED"}
    kinds = [each["subjectType"] for each in here]
    assert kinds == [
        "User", "Person", "Worker", "Workweek", "TimeOffEntry", "TimeOffEntry",
        "ExternalReference", "PersonTimeOff", "DiscrepancyAcknowledgement",
    ]  # fmt: skip
    assert sorted(kinds) == sorted(each["subjectType"] for each in away)
    assert OTHER_COMPANY not in str(away)
    assert COMPANY not in str(here)
    assert "flu" not in str(away + here)
    told = events["data"]["accessEvents"]["nodes"]
    assert {(each["company"]["sourceId"], each["details"]["direction"]) for each in told} == {
        (COMPANY, "AWAY"),
        (OTHER_COMPANY, "HERE"),
    }
    assert {each["details"]["workerId"] for each in told} == {WORKER}
    assert "Ada" not in str([each["details"] for each in told])


async def test_a_dry_run_tells_the_same_and_moves_nothing(database_url, database):
    async with api(database_url) as ask:
        await begin(ask, database)
        before = await rows_of(database_url)
        tried = await move(ask, dryRun=True)
        assert await rows_of(database_url) == before
        done = await move(ask)

    assert tried["moved"] == done["moved"] == ALL


async def test_a_deleted_record_is_brought_back_where_its_person_is(database_url):
    async with api(database_url) as ask:
        deleted = await begin(ask)
        await move(ask)
        answer = await ask(
            f'mutation {{ restorePersonTimeOff(input: {{id: "{deleted}"}}) '
            "{ personTimeOff { company { sourceId } } userErrors { code } } }"
        )

    assert answer["data"]["restorePersonTimeOff"] == {
        "personTimeOff": {"company": {"sourceId": OTHER_COMPANY}},
        "userErrors": [],
    }
    assert await asyncio.to_thread(violations, database_url) == []


@pytest.mark.rule("4.4")
async def test_a_record_that_was_moved_and_deleted_there_is_taken_back_there(database_url):
    """Though the feed of the company before, which told a deletion too, has higher numbers."""
    async with api(database_url) as ask:
        await begin(ask)
        records = (await ask("{ personTimeOffs { nodes { id } } }"))["data"]["personTimeOffs"]
        [id_] = [each["id"] for each in records["nodes"]]
        await move(ask)
        mirrored = [await _mirror(ask, id_)]
        await ask(f'mutation {{ deletePersonTimeOff(input: {{id: "{id_}"}}) {{ deletedId }} }}')
        for companies in (None, frozenset([OTHER_COMPANY])):
            async with answering(database_url, caller("new", companies)) as ask_as:
                mirrored.append(await _mirror(ask_as, id_))

    assert mirrored == [["CREATED"], ["REMOVED"], []]


async def _mirror(ask, id_):
    answer = await ask(
        f'mutation {{ mirrorPersonTimeOff(input: {{id: "{id_}"}}) '
        "{ results { outcome } userErrors { code } } }"
    )
    mirrored = answer["data"]["mirrorPersonTimeOff"]
    assert mirrored["userErrors"] == []
    return [each["outcome"] for each in mirrored["results"]]


@pytest.mark.rule("4.4")
@pytest.mark.parametrize("who", [f"P{PERSON}", "U2"], ids=["the person", "the user"])
async def test_a_mark_of_who_is_in_another_company_is_of_an_earlier_link(database_url, who):
    """The day can be mirrored for the person who is linked now, as before the move."""
    link = 'mutation {{ linkWorker(input: {{userId: "2", personId: "{}"}}) {{ __typename }} }}'
    other = uuid(77)
    async with api(database_url) as ask:
        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
        await put(ask, users=[user(sourceId="2")], people=[person()])
        await ask(link.format(PERSON))
        await _mirror(ask, await put_person_time_off(ask))
        split = f'{{workerId: "{node_id("Worker", "U2")}"}}'
        await ask(f"mutation {{ unlinkWorker(input: {split}) {{ __typename }} }}")
        done = await move(ask, workerId=node_id("Worker", who))
        where = OTHER_COMPANY if who == "U2" else COMPANY
        await put(ask, people=[person(sourceId=other, companyId=where)])
        await ask(link.format(other))
        record = await put_person_time_off(ask, personId=other, companyId=where)
        outcomes = await _mirror(ask, record)

    assert done["moved"]["unsettledDays"] == 1
    assert outcomes == ["ADJUSTED"]


async def test_back_again_everything_is_as_it_was_but_what_had_to_end(database_url, database):
    async with api(database_url) as ask:
        await begin(ask, database)
        await move(ask)
        back = await move(ask, companyId=COMPANY)

    ended = {"roles": 0, "sessions": 0, "tokens": 0, "feeds": 0}
    assert back["moved"] == ALL | ended
    assert await asyncio.to_thread(violations, database_url) == []


async def test_what_cannot_be_moved_is_refused_by_its_place(database_url):
    async with api(database_url) as ask:
        await begin(ask)
        before = await rows_of(database_url)
        for given, code in (
            ({"companyId": COMPANY}, "ALREADY_IN_COMPANY"),
            ({"companyId": UNKNOWN_UUID}, "NOT_FOUND"),
            ({"companyId": "nowhere"}, "INVALID_VALUE"),
            ({"workerId": node_id("Worker", "U404")}, "NOT_FOUND"),
            ({"workerId": "nobody"}, "INVALID_VALUE"),
        ):
            [error] = (await move(ask, **given))["userErrors"]
            assert (error["code"], error["path"]) == (code, list(given))
        assert await rows_of(database_url) == before


async def test_another_tenant_s_company_or_worker_is_as_unknown(database_url):
    async with api(database_url) as ask:
        await begin(ask)
    before = await rows_of(database_url)
    for companies, unknown in (
        ([COMPANY], {"companyId": UNKNOWN_UUID}),
        ([OTHER_COMPANY], {"workerId": node_id("Worker", "U404")}),
        ([], {"companyId": UNKNOWN_UUID, "workerId": node_id("Worker", "U404")}),
    ):
        async with answering(database_url, caller("admin", frozenset(companies))) as ask_as:
            assert await move(ask_as) == await move(ask_as, **unknown)
            [first, *_] = (await move(ask_as))["userErrors"]
            assert first["code"] == "NOT_FOUND"
    for role_ in AccessRole:
        permissions = PERMISSIONS_OF[role_]
        own = OwnWorker(COMPANY, 1, PERSON)
        asks = caller("ada", None, permissions=permissions, reads_reasons=True, worker=own)
        if role_ is not AccessRole.ADMIN:
            async with answering(database_url, asks) as ask_as:
                [error] = (await move(ask_as))["userErrors"]
                assert error["code"] == "NOT_PERMITTED"
    assert await rows_of(database_url) == before


async def test_who_moves_as_one_worker_stays_one_where_the_e_mail_is_shared(database_url):
    async with api(database_url) as ask:
        await begin(ask)
        await put(ask, users=[user(sourceId="9", companyId=OTHER_COMPANY, emailAddress=EMAIL)])
        done = await move(ask)

    assert done["worker"]["joinedBy"] == "LINK"
    assert await asyncio.to_thread(violations, database_url) == []


async def test_a_user_alone_becomes_one_with_the_person_who_has_the_e_mail_there(database_url):
    there = {"companyId": OTHER_COMPANY}
    async with api(database_url) as ask:
        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
        await put(ask, users=[user(emailAddress=EMAIL)], people=[person(email=EMAIL, **there)])
        stays = await put_person_time_off(ask, **there)
        done = await move(ask)
        found = await ask(f'{{ personTimeOff(id: "{stays}") {{ person {{ worker {{ id }} }} }} }}')

    assert done["worker"]["joinedBy"] == "EMAIL"
    assert found["data"]["personTimeOff"]["person"]["worker"]["id"] == WORKER
    assert await asyncio.to_thread(violations, database_url) == []


async def test_who_is_left_behind_is_joined_anew(database_url):
    """Two users had one e-mail, which joined neither; of one of them it joins the other."""
    async with api(database_url) as ask:
        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
        for each in ("1", "2"):
            items = [user(sourceId=each, emailAddress=EMAIL)]
            await ask(
                "mutation($items: [UserInput!]!) "
                "{ upsertUsers(input: {users: $items}) { userErrors { code } } }",
                items=items,
            )
        await put(ask, people=[person(sourceId=OTHER_PERSON)])
        await ask(
            "mutation($items: [PersonInput!]!) "
            "{ upsertPeople(input: {people: $items}) { userErrors { code } } }",
            items=[person(email=EMAIL)],
        )
        done = await move(ask)
        left = await ask(f'{{ worker(id: "{node_id("Worker", "U2")}") {{ joinedBy }} }}')

    assert done["worker"]["joinedBy"] is None
    assert left["data"]["worker"]["joinedBy"] == "EMAIL"


async def test_what_deserves_a_look_is_counted(database_url):
    """Hours that do not fit there, hours of somebody else's absence, a split, an e-mail."""
    async with api(database_url) as ask:
        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
        await put(
            ask,
            users=[user(emailAddress=EMAIL), user(sourceId="9", companyId=OTHER_COMPANY)],
            people=[person(email=EMAIL)],
            workweeks=[workweek(companyId=OTHER_COMPANY, minutes=180)],
        )
        await ask(
            "mutation($items: [UserInput!]!) "
            "{ upsertUsers(input: {users: $items}) { userErrors { code } } }",
            items=[
                user(sourceId=each, companyId=OTHER_COMPANY, emailAddress=EMAIL)
                for each in ("9", "10")
            ],
        )
        record = await put_person_time_off(ask)
        await ask(f'mutation {{ mirrorPersonTimeOff(input: {{id: "{record}"}}) {{ lost }} }}')
        await ask(f'mutation {{ unlinkWorker(input: {{workerId: "{WORKER}"}}) {{ __typename }} }}')
        tried = await move(ask, dryRun=True)
        other_half = await move(ask, workerId=node_id("Worker", f"P{PERSON}"), dryRun=True)

    assert tried["moved"] == counts(
        entries=1, references=1, splits=1, overfullDays=1, unsettledDays=1
    )
    assert tried["warnings"] == [{"code": "EMAIL_SHARED", "path": ["workerId"]}]
    assert other_half["moved"] == counts(records=1, splits=1, unsettledDays=1)


async def test_the_way_in_of_whoever_moves_is_shut(database_url, database):
    async with api(database_url) as ask:
        await begin(ask)
        made = await ask(
            f'mutation {{ createApiToken(input: {{name: "x", role: EMPLOYEE, workerId: "{WORKER}", '
            f'companyIds: ["{COMPANY}"]}}) {{ secret }} }}'
        )
        services = build_services(database)
        secret = made["data"]["createApiToken"]["secret"]
        identity = await services.tokens.find(secret)
        assert identity is not None
        assert identity.worker == OwnWorker(COMPANY, 1, PERSON)
        await move(ask)

    assert await services.tokens.find(secret) is None


@pytest.mark.rule("4.7")
async def test_who_is_erased_after_a_move_is_named_in_no_feed(database_url):
    """By whoever sees both companies; by others only in those that they see."""
    erase = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { remains } }"
    data = f'{{ personalData(workerId: "{WORKER}") }}'
    async with api(database_url) as ask:
        await begin(ask)
        await move(ask)
        all_told = (await ask(data))["data"]["personalData"]
        told = all_told["changes"]
        async with answering(database_url, caller("new", frozenset([OTHER_COMPANY]))) as ask_as:
            all_told_here = (await ask_as(data))["data"]["personalData"]
            told_here = all_told_here["changes"]
            await ask_as(erase, input={"workerId": WORKER})
        names_left = [
            each for each in (await rows_of(database_url))["changes"] if EMAIL in str(each)
        ]
        await ask(erase, input={"workerId": WORKER})

    assert {each["companyId"] for each in told} == {COMPANY, OTHER_COMPANY}
    assert {each["companyId"] for each in told_here} == {OTHER_COMPANY}
    assert [each["name"] for each in all_told["apiTokens"]] == ["own"]
    assert COMPANY not in str(all_told_here)  # nor a token that was for it
    assert names_left
    rows = await rows_of(database_url)
    assert [each for of_table in rows.values() for each in of_table if EMAIL in str(each)] == []
    assert [each for each in rows["changes"] if "Ada" in str(each)] == []


@pytest.mark.rule("4.7")
async def test_who_is_erased_is_named_nowhere_though_the_feed_has_forgotten_them(
    database_url, database
):
    """That they were in the company before is known by its audit, too."""
    erase = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { remains } }"
    async with api(database_url) as ask:
        await begin(ask)
        await put_person_time_off(ask, personId=OTHER_PERSON, reason=f"covers for {EMAIL}")
        await move(ask)
        await forget_old_changes(database, datetime.now(UTC) + timedelta(days=9), 1)
        await ask(erase, input={"workerId": WORKER})

    rows = await rows_of(database_url)
    assert [each for of_table in rows.values() for each in of_table if EMAIL in str(each)] == []


async def test_the_company_before_does_not_take_them_back_by_an_upsert(database_url):
    async with api(database_url) as ask:
        await begin(ask)
        await move(ask)
        answer = await ask(
            "mutation($items: [UserInput!]!) "
            "{ upsertUsers(input: {users: $items}) { userErrors { code path } } }",
            items=[user()],
        )

    [error] = answer["data"]["upsertUsers"]["userErrors"]
    assert error == {"code": "NOT_FOUND", "path": ["users", "0", "sourceId"]}


@pytest.mark.only_on("postgresql")
async def test_what_is_entered_meanwhile_is_of_the_new_company(database_url, database):
    """An entry that waits for the move is stored where its user is by then."""
    async with api(database_url) as ask:
        await begin(ask)
        async with database.writing() as connection:
            await connection.execute(text("SELECT 1 FROM companies FOR NO KEY UPDATE"))
            entering = asyncio.create_task(put_entries(ask, entry(requestedDate=TUESDAY)))
            await _until_it_waits(entering, database)
            change_it = text("UPDATE users SET company_id = :to, role_id = NULL WHERE id = 1")
            await connection.execute(change_it, {"to": OTHER_COMPANY})
        [id_] = await entering
    async with database.reading() as connection:
        row = tables.TimeOffEntryRow
        stored = select(col(row.company_id)).where(col(row.id) == int(id_))
        assert (await connection.execute(stored)).scalar_one() == OTHER_COMPANY


@pytest.mark.only_on("postgresql")
async def test_whoever_waited_for_a_move_waits_for_no_other_company(database_url, database):
    """With the user held, that would be against the order of all writers: a deadlock."""
    lock = text("SELECT 1 FROM companies WHERE id = :id FOR NO KEY UPDATE")

    async def enter():
        async with database.writing() as connection:
            await connection.execute(text("SET LOCAL lock_timeout = 0"))
            await lock_users(connection, None, [1])

    async with api(database_url) as ask:
        await begin(ask)
    async with database.writing() as busy:
        await busy.execute(lock, {"id": OTHER_COMPANY})
        async with database.writing() as connection:
            await connection.execute(lock, {"id": COMPANY})
            entering = asyncio.create_task(enter())
            await _until_it_waits(entering, database)
            change_it = text("UPDATE users SET company_id = :to, role_id = NULL WHERE id = 1")
            await connection.execute(change_it, {"to": OTHER_COMPANY})
        async with asyncio.timeout(60):
            with pytest.raises(Unavailable):
                await entering
    async with asyncio.timeout(60):
        await enter()  # once more, as clients are told


@pytest.mark.rule("4.1")
@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize(
    ("document", "path"),
    [
        (f'unlinkWorker(input: {{workerId: "{WORKER}"}})', "workerId"),
        (f'linkWorker(input: {{userId: "1", personId: "{OTHER_PERSON}"}})', "userId"),
    ],
)
async def test_who_moves_meanwhile_is_not_linked_or_split_by_the_company_before(
    database_url, database, document, path
):
    """What waits for the move finds afterwards that the worker is another company's."""
    async with api(database_url) as ask:
        await begin(ask)
    async with answering(database_url, caller("old", frozenset([COMPANY]))) as ask_as:
        async with database.writing() as connection:
            await lock_directory(connection, ())
            document = f"mutation {{ answer: {document} {{ userErrors {{ code path }} }} }}"
            asking = asyncio.create_task(ask_as(document))
            await _until_it_waits(asking, database)
            for change_it in (
                "UPDATE users SET company_id = :to, role_id = NULL WHERE id = 1",
                "UPDATE people SET company_id = :to WHERE email = 'ada@example.com'",
                "UPDATE workers SET company_id = :to WHERE user_id = 1",
            ):
                await connection.execute(text(change_it), {"to": OTHER_COMPANY})
        answer = await asking

    assert answer["data"]["answer"]["userErrors"] == [{"code": "NOT_FOUND", "path": [path]}]


async def _until_it_waits(entering, database):
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not entering.done():
        async with database.reading() as connection:
            if (await connection.execute(waiting)).scalar_one():
                return
        await asyncio.sleep(0.01)
    raise AssertionError(await entering)


async def test_the_command_is_a_caller_like_any_other(database_url, database):
    async with api(database_url) as ask:
        await begin(ask)
    done = await build_services(database).moving.move(COMMAND, WORKER, OTHER_COMPANY)

    assert (done.was.company_id, done.worker.company_id) == (COMPANY, OTHER_COMPANY)
