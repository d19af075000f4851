"""An OpenID provider's tokens and sign-ins, through the gateway's own doors."""

import json
import re

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.builders import PERSON, node_id
from tests.oidc.issuer import AUDIENCE, CLIENT_ID, CLIENT_SECRET, running_issuer

QUERY = "{ viewer { name kind role worker { id } permissions } }"
FAILED = 25


@pytest.fixture(scope="module")
def issuer():
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
async def client(database_url, issuer, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(CLIENT_SECRET)
    settings = Settings(
        database_url=database_url,
        oidc_issuer=issuer.url,
        oidc_audiences=AUDIENCE,
        oidc_roles="hr-admins=HR,staff=EMPLOYEE",
        oidc_client_id=CLIENT_ID,
        oidc_client_secret_file=secret,
    )
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000"
        ) as client,
    ):
        yield client


async def ask(client, token, query=QUERY):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await client.post("/graphql", json={"query": query}, headers=headers)


async def test_a_token_of_the_issuer_is_who_its_claims_say(client, issuer, whose):
    token = issuer.token(roles=["staff"], email="ADA@x.example", email_verified=True)

    viewer = (await ask(client, token)).json()["data"]["viewer"]
    assert viewer["kind"] == "OIDC"
    assert viewer["role"] == "EMPLOYEE"
    assert viewer["worker"] == {"id": node_id("Worker", "U1")}
    assert whose


@pytest.mark.parametrize("email", [{"email_verified": False}, {"email": "nobody@x.example"}])
async def test_an_e_mail_that_is_not_verified_or_not_known_is_nobody_s(
    client, issuer, whose, email
):
    claims = {"roles": ["staff"], "email": "ada@x.example", "email_verified": True} | email

    answer = await ask(client, issuer.token(**claims))
    assert answer.json()["data"]["viewer"]["worker"] is None
    assert whose


async def test_without_a_role_nobody_comes_in(client, issuer):
    answer = await ask(client, issuer.token(roles=["guests"]))

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_where_an_issuer_is_set_this_machine_proves_who_it_is_too(client):
    assert (await ask(client, None)).status_code == httpx.codes.UNAUTHORIZED


async def test_bad_tokens_are_refused_and_then_not_even_looked_at(client, issuer):
    """Of one peer 20 a minute are; a good one goes on being let in."""
    good = issuer.token(roles=["hr-admins"])
    assert (await ask(client, good)).status_code == httpx.codes.OK
    statuses = [
        (await ask(client, issuer.token(roles=["staff"], exp=number))).status_code
        for number in range(FAILED)
    ]

    assert set(statuses[:20]) == {httpx.codes.UNAUTHORIZED}
    assert set(statuses[20:]) == {httpx.codes.TOO_MANY_REQUESTS}
    assert (await ask(client, good)).status_code == httpx.codes.OK


async def test_people_sign_in_there_and_are_who_they_are(client, issuer, whose):
    begun = await client.get("/sign-in/issuer?return_to=/calendar")
    # The issuer's page, where a person would now sign in.
    async with httpx.AsyncClient() as browser:
        back = (await browser.get(begun.headers["location"])).headers["location"]
    client.cookies.update(begun.cookies)
    done = await client.get(back)
    client.cookies.update(done.cookies)

    assert done.headers["location"] == "/calendar"
    assert re.search("HttpOnly; SameSite=Lax", done.headers["set-cookie"])
    same_site = {"sec-fetch-site": "same-origin"}
    answer = await client.post("/graphql", json={"query": QUERY}, headers=same_site)
    viewer = answer.json()["data"]["viewer"]
    assert viewer["kind"] == "SESSION"
    other_site = {"sec-fetch-site": "cross-site"}
    refused = await client.post("/graphql", json={"query": QUERY}, headers=other_site)
    assert refused.status_code == httpx.codes.FORBIDDEN
    assert json.dumps(whose["1"].person) == f'"{PERSON}"'
