"""The page of the connected systems: for administrators, in sentences, with what is to be done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.db.connections.database import Database
from app.db.writing import sync as kept
from app.db.writing.flows import keep_problem
from app.db.writing.sync_people import follow_people
from app.domain.access import AccessRole
from app.domain.sync.deliveries import day_key, record_key
from app.domain.sync.flows import SyncFlow
from app.domain.sync.remote import RemoteProblem
from app.domain.sync.runs import RunCounts, RunKind, RunState, SyncRun
from app.domain.sync.upstreams import ReviewReason, Upstream, UpstreamApi, UpstreamState
from app.main import build_services
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from app.services.sync.flow_service import SetSyncFlow
from app.web.connected_words import ago, how
from tests.applications import create_app
from tests.builders import COMPANY, OTHER_COMPANY, PERSON, company, node_id, person, user, uuid
from tests.graphql.api import api, gateway, put, put_everyone

PAGE = {"accept": "text/html"}
NOW = datetime.now(UTC)
NEW = Upstream(uuid(1), COMPANY, UpstreamApi.KANTATA_OX, "https://api.mavenlink.com/api/v1/", NOW)
RUNNING = NEW.checked("7").read(NOW - timedelta(days=3, hours=12), whole=True)


@pytest.fixture
async def services(database_url):
    database = Database(database_url)
    yield build_services(database)
    await database.close()


@pytest.fixture
async def client(database_url, ask):
    async with gateway(database_url) as client:
        yield client


@pytest.fixture
async def ask(database_url):
    async with api(database_url) as ask:
        await put_everyone(ask)
        yield ask


async def open_page(client, services, access, **more):
    issued = await services.tokens.create(COMMAND, CreateToken("me", access, **more))
    return await client.get("/sync", headers=PAGE | {"authorization": f"Bearer {issued.text}"})


@pytest.fixture
async def connected(services, ask):
    """A company whose system has had a good pass and a bad one, and what it cannot take in."""
    well = RunCounts(requests=41, read=1_200, created=1_150, updated=2, deleted=1)
    began = NOW - timedelta(days=3, hours=13)
    runs = [
        SyncRun(uuid(21), uuid(1), RunKind.FULL, began, counts=well).ended(RunState.SUCCEEDED, NOW),
        SyncRun(uuid(22), uuid(1), RunKind.INCREMENTAL, NOW).ended(
            RunState.FAILED, NOW, "It said <b>no</b>."
        ),
    ]
    problems = [
        RemoteProblem("91", "UNKNOWN_USER", "Its user is none of this company's here.", 4_711),
        RemoteProblem("92", "INVALID_VALUE", "hours is no number.", 1, NOW.date()),
    ]
    async with services.sync_overview.database.writing() as connection:
        await kept.add_upstream(connection, RUNNING, "sealed-secret")
        for run in runs:
            await kept.add_run(connection, run)
        await kept.keep_problems(connection, uuid(1), problems, NOW)


async def test_without_any_it_says_how_to_connect_one(client, services):
    page = await open_page(client, services, AccessRole.ADMIN)

    assert page.status_code == httpx.codes.OK
    assert "No system is connected" in page.text
    assert 'href="/docs/sync"' in page.text


@pytest.mark.usefixtures("connected")
async def test_each_is_told_of_with_its_problems_and_passes(client, services):
    page = await open_page(client, services, AccessRole.ADMIN)

    assert (
        "Reads from Kantata OX, and writes nothing there; the last full comparison was 3 days ago."
        in page.text
    )
    assert "<strong>All is well.</strong> Nothing is to be done." in page.text
    assert node_id("Upstream", uuid(1)) in page.text
    assert "What is to be looked at: 2 records" in page.text
    assert "user 4711" in page.text
    assert user()["fullName"] in page.text
    assert str(NOW.date()) in page.text
    assert "The last 2 passes" in page.text
    assert "1,150 new, 2 changed, 1 deleted" in page.text
    assert "41 requests, 1,200 read" in page.text
    assert "It said &lt;b&gt;no&lt;/b&gt;." in page.text
    assert "sealed-secret" not in page.text


@pytest.mark.usefixtures("connected")
async def test_nobody_else_sees_it_nor_those_of_other_companies(client, services, ask):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])

    hr = await open_page(client, services, AccessRole.HR)
    other = await open_page(client, services, AccessRole.ADMIN, companies=[OTHER_COMPANY])
    nobody = await client.get("/sync", headers=PAGE)

    assert hr.status_code == httpx.codes.FORBIDDEN
    assert "MANAGE_UPSTREAMS" in hr.text
    assert "No system is connected" in other.text
    assert nobody.status_code == httpx.codes.SEE_OTHER


async def test_a_copy_of_the_data_asks_nothing_and_says_so(database_url, services, ask):
    app = create_app(database_url, auth="off", sync=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as client,
    ):
        page = await client.get("/sync", headers=PAGE)

    assert "This process asks no system anything" in page.text


FAILING = replace(RUNNING, state=UpstreamState.RUNNING).failed("THROTTLED", NOW, 1.0)
TOLD = [
    (NEW, "Its credentials are tried.", False),
    (NEW.checked("7"), "Everything is read for the first time.", False),
    (FAILING, "Kantata OX asks to be left alone for a while: 1 attempt.", False),
    (
        RUNNING.failed("FAULT", NOW, 1.0),
        "Kantata OX cannot be read by a fault of this gateway: 1 attempt.",
        True,
    ),
    (RUNNING.refused("CREDENTIALS_REFUSED"), "Its credentials are refused.", True),
    (RUNNING.refused("NOT_PERMITTED"), "Its credentials may not read all", True),
    (RUNNING.refused("OTHER_ACCOUNT"), "Its credentials open another account", True),
    (RUNNING.refused("SYNC_KEY_MISSING"), "Its credentials cannot be opened", True),
    (RUNNING.to_be_reviewed(ReviewReason.MASS_DELETION), "Much is gone from Kantata OX", True),
    (RUNNING.ended(UpstreamState.PAUSED), "It is paused.", False),
    (RUNNING.ended(UpstreamState.DISCONNECTED), "It is connected no more.", False),
]


@pytest.mark.parametrize(("upstream", "words", "is_bad"), TOLD)
def test_each_state_says_what_is_to_be_done(upstream, words, is_bad):
    told = how(upstream, None, NOW)

    assert told.state.startswith(words)
    assert told.do
    assert told.is_bad == is_bad


def test_one_that_waits_says_since_when_and_until_when():
    waiting = RUNNING
    for _ in range(5):
        waiting = waiting.failed("UNREACHABLE", NOW, 1.0)

    told = how(waiting, None, NOW)

    assert told.state == "Kantata OX does not answer: 5 attempts."
    assert told.do.startswith("It is asked again at ")
    assert told.is_bad


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "less than a minute ago"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(hours=7), "7 hours ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(span, words):
    assert ago(NOW - span, NOW) == words


async def test_of_procore_it_tells_how_long_a_change_takes_and_whose_a_problem_is(
    client, services, ask
):
    upstream = replace(RUNNING, api=UpstreamApi.PROCORE_REST)
    problem = RemoteProblem("93", "INSTANCES_DIFFER", "They are others.", person_id=PERSON)
    async with services.sync_overview.database.writing() as connection:
        await kept.add_upstream(connection, upstream, "sealed-secret")
        for number, kind in enumerate(RunKind):
            await kept.add_run(connection, SyncRun(uuid(30 + number), uuid(1), kind, NOW))
        await kept.keep_problems(connection, uuid(1), [problem], NOW)
        await follow_people(connection, uuid(1), COMPANY, [PERSON], has_everybody=True)

    page = await open_page(client, services, AccessRole.ADMIN)

    assert "Time off is read of 1 person one by one: a change is here after 5 minutes" in page.text
    assert f"{person()['firstName']} {person()['lastName']}" in page.text
    assert "time off, person by person" in page.text
    assert "whose time off has changed" in page.text


async def test_what_is_carried_is_told_and_what_could_not_be(client, services, ask):
    command = SetSyncFlow(COMPANY, SyncFlow.PROCORE_TO_KANTATA, settles_existing=True)
    await services.flows.set(COMMAND, command)
    before = (await open_page(client, services, AccessRole.ADMIN)).text
    async with services.flows.database.writing() as connection:
        told = ("NOT_CONVERTIBLE", "The person is not known to Kantata OX.")
        await keep_problem(connection, COMPANY, record_key(PERSON, uuid(9)), told, NOW)
        edited = ("MIRROR_EDITED", "Kantata OX has 4 h on 2026-03-02.")
        await keep_problem(connection, COMPANY, day_key(1, "2026-03-02"), edited, NOW)
    await services.flows.set(COMMAND, SetSyncFlow(COMPANY, SyncFlow.BOTH))
    after = (await open_page(client, services, AccessRole.ADMIN)).text

    assert "is carried to Kantata OX" in before
    assert "What stood before is being carried, too." in before
    assert "All could be carried." in before
    assert "between Procore and Kantata" in after
    assert "is carried to Procore Workforce Planning" in after
    assert "What could not be carried: 2 absences<" in after
    assert f"<td>{user()['fullName']}</td><td>Kantata OX has 4 h on 2026-03-02.</td>" in after
    assert "<td>The person is not known to Kantata OX.</td>" in after
