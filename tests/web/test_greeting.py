"""The start page says who one is, in each way in which a gateway may be opened."""

import re
from contextlib import asynccontextmanager
from html import unescape

import httpx
import pytest

from app.db.connections.database import Database
from app.domain.access import AccessRole
from app.main import build_services
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from app.settings import Settings
from app.this_command import command_here
from tests.applications import create_app

PAGE = {"Accept": "text/html"}


@pytest.fixture
def make_token(database_url):
    async def make(name="Ada <Lee>", role=AccessRole.HR):
        database = Database(database_url)
        issued = await build_services(database).tokens.create(COMMAND, CreateToken(name, role))
        await database.close()
        return issued.text

    return make


@asynccontextmanager
async def visiting(database_url, **settings):
    app = create_app(database_url, **settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client


async def greeting(client, **headers):
    """The page's line, its links and forms, and the whole answer."""
    answer = await client.get("/", headers=PAGE | headers)
    assert answer.status_code == httpx.codes.OK
    (markup,) = re.findall(r'<div class="greeting">(.*?)</div>', answer.text, re.DOTALL)
    links = re.findall(r'(?:href|action)="([^"]*)"', markup)
    (line,) = re.findall(r"<p>(.*?)</p>", markup)
    return unescape(re.sub("<[^>]*>", "", line)), links, answer


async def test_before_the_first_token_this_machine_is_told_how_long_it_is_alone(database_url):
    async with visiting(database_url) as client:
        line, links, _ = await greeting(client)

    assert line == (
        "Nobody has to sign in: this machine alone gets in, until the first token is made "
        f"({command_here()} token create NAME --role admin (with the same --database-url))."
    )
    assert links == ["/webhooks", "/sync"]


async def test_of_the_embedded_database_the_command_is_all_that_is_to_be_typed(
    database_url, monkeypatch
):
    monkeypatch.setattr(Settings, "is_embedded_default", True)
    async with visiting(database_url) as client:
        line, _, _ = await greeting(client)

    assert line.endswith(f"({command_here()} token create NAME --role admin).")


@pytest.mark.parametrize("mode", ["development", "production"])
async def test_a_gateway_that_asks_nobody_says_so(database_url, make_token, mode):
    await make_token()
    async with visiting(database_url, auth="off", mode=mode) as client:
        line, links, _ = await greeting(client)

    assert line == (
        "Nobody is asked who they are here: whoever reaches this gateway may do everything."
    )
    assert links == ["/webhooks", "/sync"]


@pytest.mark.parametrize("cookie", [None, "timeoff=ended"])
async def test_who_is_not_signed_in_finds_the_sign_in(database_url, make_token, cookie):
    await make_token()
    async with visiting(database_url) as client:
        line, links, answer = await greeting(client, **({"cookie": cookie} if cookie else {}))

    assert line == "You are not signed in."
    assert links == ["/sign-in"]
    assert "form-action 'none'" in answer.headers["content-security-policy"]


async def test_who_is_signed_in_is_named_and_can_leave(database_url, make_token):
    token = await make_token()
    async with visiting(database_url) as client:
        same = {"sec-fetch-site": "same-origin"}
        await client.post("/sign-in", data={"token": token}, headers=same)
        line, links, answer = await greeting(client)
        left = await client.post("/sign-out", headers=same)
        after, _, _ = await greeting(client)

    assert line == "Signed in as Ada <Lee>, HR."
    assert links == ["/sessions", "/sign-out"]
    assert "Ada <Lee>" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert left.headers["location"] == "/sign-in?left"
    assert after == "You are not signed in."


async def test_who_sends_a_token_has_no_session_to_leave(database_url, make_token):
    token = await make_token("reports", AccessRole.VIEWER)
    async with visiting(database_url) as client:
        line, links, _ = await greeting(client, authorization=f"Bearer {token}")

    assert line == "You are reports, viewer."
    assert links == []


async def test_programs_are_told_the_links_alone(database_url, make_token):
    token = await make_token()
    async with visiting(database_url) as client:
        without = await client.get("/")
        known = await client.get("/", headers={"Authorization": f"Bearer {token}"})

    assert without.json() == known.json()
    assert set(without.json()) == {"name", "version", "links"}


async def test_administrators_find_webhooks_and_connected_systems(database_url, make_token):
    token = await make_token("me", AccessRole.ADMIN)
    async with visiting(database_url) as client:
        _, links, _ = await greeting(client, authorization=f"Bearer {token}")

    assert links == ["/webhooks", "/sync"]
