"""A real server whose callers prove who they are: pages, GraphQL and sockets with a cookie."""

import asyncio
import json
import re
import time

import httpx
import pytest
from playwright.async_api import expect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests import warm
from tests.graphql_http.clients import PROTOCOL
from tests.server import clean_environment, serving
from tests.web.calendar_page import forgive
from tests.web.chromium import listen

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

OURS = {"Sec-Fetch-Site": "same-origin"}
PAGE = {"Accept": "text/html,*/*;q=0.8"}
QUERY = {"query": "{ __typename }"}


def timeoff(url, *arguments):
    words = ("token", *arguments, "--database-url", url)
    done = warm.run(*words, env=clean_environment(), check=True)
    return done.stdout.strip()


def new_token(url, name, role="planner"):
    (token,) = re.findall(r"tog_\w+", timeoff(url, "create", name, "--role", role))
    return token


@pytest.fixture(scope="module")
def database(module_database_url):
    return module_database_url.replace("+aiosqlite", "")


@pytest.fixture(scope="module")
def token(database):
    return new_token(database, "planning")


@pytest.fixture(scope="module")
def server(database, token):
    with serving(database, environment={"TIMEOFF_AUTH": "required"}) as server:
        yield server


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture
def signed_in(client, token):
    answer = client.post("/sign-in", data={"token": token}, headers=OURS)
    assert answer.status_code == 303
    return client


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/calendar", "/calendar"),
        ("/calendar?week=7&of=a%20b", "/calendar%3Fweek%3D7%26of%3Da%2520b"),
        ("/docs/rules", "/docs/rules"),
        ("/graphql", "/graphql"),
    ],
)
def test_a_page_leads_to_the_sign_in_and_back(client, token, path, back):
    answer = client.get(path, headers=PAGE)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?return_to={back}")
    assert answer.headers["cache-control"] == "private, no-store"
    form = client.get(answer.headers["location"]).text
    (return_to,) = re.findall(r'name="return_to" value="([^"]*)"', form)
    fields = {"token": token, "return_to": return_to.replace("&amp;", "&")}
    there = client.post("/sign-in", data=fields, headers=OURS).headers["location"]
    assert there == path
    assert client.get(there, headers=PAGE).status_code == 200


def test_a_program_is_told_instead(client):
    answer = client.get("/calendar", headers={"Accept": "*/*"})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OURS, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({}, 403),
    ],
)
def test_a_cookie_changes_something_for_our_own_pages_only(signed_in, headers, status):
    posted = signed_in.post("/graphql", json=QUERY, headers=headers)
    deleted = signed_in.delete("/kantata/api/v1/time_off_entries/9", headers=headers)
    read = signed_in.get("/kantata/api/v1/users", headers=headers)

    assert posted.status_code == status
    assert deleted.status_code == (404 if status == 200 else 403)
    assert read.status_code == 200


def test_who_sends_a_token_needs_no_page_of_ours(client, token):
    headers = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "cross-site"}

    assert client.post("/graphql", json=QUERY, headers=headers).status_code == 200


async def ask_on_a_socket(server, cookie, origin):
    address = server.url.replace("http", "ws", 1) + "/graphql"
    headers = {"Cookie": f"timeoff={cookie}"}
    async with connect(
        address, subprotocols=[PROTOCOL], additional_headers=headers, origin=origin
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        return json.loads(await socket.recv())


async def test_a_socket_with_the_cookie_is_for_our_own_pages_only(server, signed_in):
    cookie = signed_in.cookies["timeoff"]

    assert await ask_on_a_socket(server, cookie, server.url) == {"type": "connection_ack"}
    for origin in ("https://evil.example", None):
        with pytest.raises(InvalidStatus):
            await ask_on_a_socket(server, cookie, origin)


def test_a_session_ends_within_seconds_of_its_token(server, client, database):
    token = new_token(database, "leaving")
    client.post("/sign-in", data={"token": token}, headers=OURS)
    assert client.post("/graphql", json=QUERY, headers=OURS).status_code == 200

    timeoff(database, "revoke", token.split("_")[1])

    until = time.monotonic() + 60
    while client.post("/graphql", json=QUERY, headers=OURS).status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert "Access token" in client.get("/sign-in").text


def test_a_dead_cookie_is_taken_away_by_the_sign_in(server):
    headers = {"Cookie": f"timeoff={'x' * 43}"}

    page = httpx.get(f"{server.url}/sign-in", headers=headers)

    assert page.status_code == 200
    assert page.headers["set-cookie"].startswith("timeoff=; ")


def test_on_ones_own_machine_nobody_signs_in_before_there_is_a_token(database_url):
    with serving(database_url) as server, httpx.Client(base_url=server.url) as client:
        page = client.get("/sign-in?return_to=/docs")
        stale = client.get("/calendar", headers=PAGE | {"Cookie": f"timeoff={'x' * 43}"})
        led = client.get(
            stale.headers["location"], headers=PAGE | {"Cookie": f"timeoff={'x' * 43}"}
        )
        calendar = client.get("/calendar", headers=PAGE)
        sessions = client.get("/sessions?x=1", headers=PAGE, follow_redirects=True)
        itself = client.get("/sign-in?return_to=/sign-in?x=1")

    assert "this machine alone gets in" in page.text
    assert "timeoff token create NAME --role admin" in page.text
    assert "may do everything" not in page.text
    assert 'href="/docs">Continue' in page.text
    assert stale.status_code == 303  # a credential that is bad is never made up for
    assert "this machine alone gets in" in led.text
    assert led.headers["set-cookie"].startswith("timeoff=; ")
    assert calendar.status_code == 200
    assert 'href="/">Continue' in sessions.text
    assert 'href="/">Continue' in itself.text


def test_where_nobody_is_ever_asked_the_sign_in_says_so(database_url):
    with serving(database_url, environment={"TIMEOFF_AUTH": "off"}) as server:
        page = httpx.get(f"{server.url}/sign-in")

    assert "whoever reaches this gateway may do everything" in page.text
    assert "this machine alone" not in page.text


def test_bad_tokens_of_one_peer_are_looked_at_only_so_often(database_url):
    environment = {
        "TIMEOFF_AUTH": "required",
        "TIMEOFF_LIMIT_FAILED_CREDENTIALS_PER_MINUTE": "3",
        "TIMEOFF_TRUSTED_PROXIES": "127.0.0.1",
    }
    good, unseen = [new_token(database_url, name) for name in ("good", "unseen")]
    with (
        serving(database_url, environment=environment) as server,
        httpx.Client(base_url=server.url) as client,
    ):

        def ask(token, path="/graphql", peer="192.0.2.7"):
            headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": peer}
            if path == "/graphql":
                return client.post(path, json=QUERY, headers=headers)
            return client.get(path, headers=headers)

        assert ask(good).status_code == 200
        bad = [ask(f"bad{number}") for number in range(5)]
        over_rest = ask("bad", "/kantata/api/v1/users")
        export = ask("bad", "/exports/schedule.csv?from=2026-03-02&to=2026-03-08")
        time.sleep(5)  # nothing is remembered for so long but that it has worked
        known, new = ask(good), ask(unseen)
        elsewhere = ask(unseen, peer="192.0.2.8")
        cookies = [
            client.get(
                "/exports/schedule.csv",
                headers={"Cookie": f"timeoff={'x' * 43}", "X-Forwarded-For": "192.0.2.9"},
            )
            for _ in range(5)
        ]
        sign_in = client.post(
            "/sign-in", data={"token": good}, headers=OURS | {"X-Forwarded-For": "192.0.2.7"}
        )

    assert [each.status_code for each in bad] == [401] * 3 + [429] * 2
    assert bad[-1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= int(bad[-1].headers["retry-after"]) <= 60
    assert "www-authenticate" not in bad[-1].headers
    assert over_rest.status_code == 429
    assert over_rest.json()["errors"][0]["type"] == "oauth"
    assert export.status_code == 429
    assert export.headers["retry-after"]
    assert [known.status_code, new.status_code] == [200, 429]
    assert elsewhere.status_code == 200
    assert [each.status_code for each in cookies] == [401] * 5  # nobody's guesses
    assert sign_in.status_code == 303  # it has worked before, in a header


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")  # that of Chromium
async def test_a_person_is_led_to_the_calendar_by_way_of_the_sign_in(
    server, database, browser, calendar_bundle, complaints
):
    token = await asyncio.to_thread(new_token, database, "person")
    context = await browser.new_context()
    listen(context, server.url, complaints)
    page = await context.new_page()
    await page.goto(f"{server.url}/calendar?week=2026-W10")
    await page.get_by_label("Access token").fill(token)
    await page.get_by_role("button", name="Sign in").click()

    await page.wait_for_url(re.compile(f"^{re.escape(server.url)}/calendar"))
    await expect(page.locator("#calendar .starting")).to_have_count(0)
    forgive(complaints, "303 for")
