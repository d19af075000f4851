"""Whatever is refused for its credential is an access event, at each door and page."""

import asyncio

import httpx2 as httpx
import pytest

from app.domain.access import AccessRole
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from tests.applications import create_app

OURS = {"sec-fetch-site": "same-origin"}
EVENTS = {"query": "{ accessEvents(filter: {kinds: [REFUSED]}) { nodes { via count peer } } }"}
SECONDS_UNTIL_STORED = 5


@pytest.fixture
async def token(services):
    admin = CreateToken("admin", AccessRole.ADMIN)
    return (await services.tokens.create(COMMAND, admin)).text


@pytest.fixture
async def client(database_url):
    app = create_app(database_url)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as client,
    ):
        yield client


async def refusals(client, token):
    """What is stored of them, as soon as something is."""
    headers = {"authorization": f"Bearer {token}"}
    async with asyncio.timeout(SECONDS_UNTIL_STORED):
        while True:
            answer = await client.post("/graphql", json=EVENTS, headers=headers)
            if found := answer.json()["data"]["accessEvents"]["nodes"]:
                return found
            await asyncio.sleep(0.1)


async def test_what_is_no_credential_at_all(client, token):
    """Neither of two headers counts; nor does another scheme."""
    twice = [("authorization", f"Bearer {token}")] * 2
    assert (await client.get("/kantata/api/v1/users", headers=twice)).status_code == 401
    basic = {"authorization": "Basic eDp5"}
    assert (await client.get("/kantata/api/v1/users", headers=basic)).status_code == 401
    assert (await client.get("/kantata/api/v1/users")).status_code == 401

    (event,) = await refusals(client, token)
    assert (event["via"], event["count"]) == ("KANTATA_REST", 2)  # who sent nothing is none


async def test_a_wrong_token_at_the_sign_in(client, token):
    for given in ("tog_wrong", token[:-1]):
        answer = await client.post("/sign-in", data={"token": given}, headers=OURS)
        assert answer.status_code == 401

    (event,) = await refusals(client, token)
    assert (event["via"], event["count"]) == ("PAGE", 2)


async def test_what_another_site_sends_with_a_cookie(client, token):
    await client.post("/sign-in", data={"token": token}, headers=OURS)
    answer = await client.post("/graphql", json=EVENTS, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403

    (event,) = await refusals(client, token)
    assert event["via"] == "GRAPHQL"
