"""Every door of the gateway asks who comes: without, with a bad and with a good credential."""

import json
from html import escape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import websockets

from app.domain.access import AccessRole, Permission
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from tests.applications import create_app
from tests.builders import COMPANY, MONDAY, PERSON
from tests.graphql_http.clients import PROTOCOL, served

QUERY = json.dumps({"query": "{ viewer { name kind role } }"})
JSON = {"content-type": "application/json"}
DOORS = {
    "GraphQL": ("POST", "/graphql", QUERY),
    "GraphQL by GET": ("GET", "/graphql?query={__typename}", None),
    "Kantata": ("GET", "/kantata/api/v1/time_off_entries", None),
    "Kantata, nothing there": ("GET", "/kantata/api/v1/nothing", None),
    "Procore": ("GET", f"/procore/{COMPANY}/people/{PERSON}/time-off", None),
    "the export": ("GET", f"/exports/schedule.csv?from={MONDAY}&to={MONDAY}", None),
    "the calendar": ("GET", "/calendar", None),
    "the directory": ("GET", "/directory", None),
    "the guides": ("GET", "/docs", None),
    "a guide": ("GET", "/docs/rules", None),
    "the reference": ("GET", "/openapi", None),
    "the reference as JSON": ("GET", "/openapi.json", None),
    "the schema": ("GET", "/schema.graphql", None),
}
OPEN = ["/", "/health/live", "/health/ready", "/favicon.ico"]


@pytest.fixture
async def token(services):
    return (await services.tokens.create(COMMAND, CreateToken("me", AccessRole.VIEWER))).text


@pytest.fixture
async def client(database_url):
    app = create_app(database_url)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client


async def knock(client, door, **headers):
    method, url, body = door
    return await client.request(method, url, content=body, headers=JSON | headers)


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_no_door_opens_without_a_credential_once_there_is_a_token(client, token, door):
    answer = await knock(client, door)

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "no-store" in answer.headers["cache-control"]
    assert "errors" in answer.json()


BAD = {
    "unknown": lambda token: f"Bearer {token[:-20]}{'0' * 20}",
    "a letter is wrong": lambda token: (
        f"Bearer {token[:30]}{'x' if token[30] != 'x' else 'y'}{token[31:]}"
    ),
    "cut": lambda token: f"Bearer {token[:-1]}",
    "empty": lambda _: "Bearer ",
    "no scheme": lambda token: token,
    "another scheme": lambda token: f"Basic {token}",
    "two tokens": lambda token: f"Bearer {token}, Bearer {token}",
    "8 kB": lambda _: "Bearer " + "x" * 8_192,
    "not ASCII": lambda _: "Bearer tög",
    "a JWT that nobody signed": lambda _: "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.only_on("sqlite")
async def test_a_bad_credential_is_refused_and_never_another_caller(client, token, door, make):
    answer = await knock(client, door, authorization=make(token).encode("latin-1"))

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert token not in answer.text


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_a_good_one_opens(client, token, door):
    answer = await knock(client, door, authorization=f"Bearer {token}")

    assert answer.status_code in {200, 404}
    assert "no such" not in answer.text.lower() or "time-off" in door[1]


async def test_graphiql_is_behind_the_door_too(client, token):
    answer = await client.get("/graphql", headers=BROWSER | {"authorization": f"Bearer {token}"})

    assert "<html" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


PAGES = {
    "GraphiQL": "/graphql",
    "the calendar": "/calendar?view=week&name=M%C3%BCller%20%26%20Co",
    "the export": f"/exports/schedule.csv?from={MONDAY}&to={MONDAY}",
    "the guides": "/docs",
    "a guide": "/docs/rules",
    "the reference": "/openapi",
    "the reference as JSON": "/openapi.json",
    "the schema": "/schema.graphql",
}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("headers", [{}, {"cookie": "timeoff=ended"}], ids=["new", "signed out"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
async def test_a_browser_is_led_to_the_sign_in_and_back(client, token, path, headers):
    answer = await client.get(path, headers=BROWSER | headers)

    assert answer.status_code == httpx.codes.SEE_OTHER
    address = urlsplit(answer.headers["location"])
    assert (address.netloc, address.path) == ("", "/sign-in")
    assert parse_qs(address.query) == {"return_to": [path]}
    assert answer.headers["cache-control"] == "private, no-store"
    form = await client.get(answer.headers["location"], headers=BROWSER)
    assert f'name="return_to" value="{escape(path)}"' in form.text

    back = await client.post(
        "/sign-in",
        data={"token": token, "return_to": path},
        headers=BROWSER | {"sec-fetch-site": "same-origin"},
    )
    assert back.headers["location"] == path
    shown = await client.get(path, headers=BROWSER)
    assert shown.status_code == httpx.codes.OK
    assert shown.headers["cache-control"] == "private, no-store"


@pytest.mark.only_on("sqlite")
async def test_below_the_prefix_of_a_proxy_the_sign_in_has_it_too(database_url, token):
    app = create_app(database_url)
    transport = httpx.ASGITransport(app, root_path="/time")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        answer = await client.get("/time/docs/rules", headers=BROWSER)

    assert token
    assert answer.headers["location"] == "/time/sign-in?return_to=/time/docs/rules"


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
async def test_who_sends_a_token_or_anything_is_no_browser_that_opens_a_page(client, token, path):
    with_token = await client.get(path, headers=BROWSER | {"authorization": f"Bearer {token}0"})
    sending = await client.post(path, headers=BROWSER)

    assert with_token.status_code == httpx.codes.UNAUTHORIZED
    assert sending.status_code >= httpx.codes.BAD_REQUEST


async def test_a_person_without_the_right_is_told_so_on_a_page(client, services):
    wish = CreateToken("me", AccessRole.VIEWER, taken=[Permission.READ_TIME_OFF])
    token = (await services.tokens.create(COMMAND, wish)).text
    await client.post("/sign-in", data={"token": token}, headers={"sec-fetch-site": "same-origin"})
    page = await client.get(PAGES["the export"], headers=BROWSER)
    json_ = await client.get(PAGES["the export"])

    assert page.status_code == json_.status_code == httpx.codes.FORBIDDEN
    assert "This needs the permission READ_TIME_OFF." in page.text
    assert "<h1>Not permitted</h1>" in page.text
    assert json_.json()["errors"][0]["extensions"]["permission"] == "READ_TIME_OFF"


@pytest.mark.only_on("sqlite")
async def test_a_person_is_told_on_a_page_why_there_is_no_file_now(database_url, services):
    token = (await services.tokens.create(COMMAND, CreateToken("me", AccessRole.VIEWER))).text
    app = create_app(database_url, limit_cost_per_minute=10)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        same = {"sec-fetch-site": "same-origin"}
        await client.post("/sign-in", data={"token": token}, headers=same)
        wrong = await client.get(f"{PAGES['the export']}&role=none&role=two", headers=BROWSER)
        for _ in range(20):
            spent = await client.get(PAGES["the export"], headers=BROWSER)

    assert wrong.status_code == httpx.codes.BAD_REQUEST
    assert spent.status_code == httpx.codes.TOO_MANY_REQUESTS
    assert int(spent.headers["retry-after"]) > 0
    for page in (wrong, spent):
        assert "<h1>No file was made</h1>" in page.text
        assert page.headers["cache-control"] == "private, no-store"
    assert "Send it again in" in spent.text


@pytest.mark.only_on("sqlite")
async def test_a_session_that_is_over_is_no_guess_however_often_it_comes(database_url, token):
    """A page asks many times: that must not keep its own person from signing in."""
    app = create_app(database_url, limit_failed_credentials_per_minute=2)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        for number in range(4):
            answer = await client.get("/docs", headers=BROWSER | {"cookie": f"timeoff={number}"})
            assert answer.status_code == httpx.codes.SEE_OTHER
    assert token


async def test_two_headers_are_none(client, token):
    headers = [("content-type", "application/json")] + 2 * [("authorization", f"Bearer {token}")]
    answer = await client.post("/graphql", content=QUERY, headers=headers)

    assert answer.status_code == httpx.codes.UNAUTHORIZED


async def test_before_the_first_token_this_machine_is_let_in(client):
    answer = await knock(client, DOORS["GraphQL"])

    assert answer.json()["data"]["viewer"] == {"name": "local", "kind": "LOCAL", "role": "ADMIN"}


@pytest.mark.parametrize(
    "settings",
    [{"auth": "required"}, {"mode": "production"}, {"host": "0.0.0.0"}],  # noqa: S104 - the case
    ids=str,
)
async def test_elsewhere_nobody_is_let_in_even_before_the_first_token(database_url, settings):
    app = create_app(database_url, **settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        answer = await knock(client, DOORS["GraphQL"])

    assert answer.status_code == httpx.codes.UNAUTHORIZED


async def test_who_comes_to_another_address_than_loopback_is_not_this_machine(database_url):
    """A server that was told to listen elsewhere than the settings say, by whoever runs it."""
    app = create_app(database_url, allowed_hosts="*")
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://192.0.2.7") as client,
    ):
        answer = await knock(client, DOORS["GraphQL"])

    assert answer.status_code == httpx.codes.UNAUTHORIZED


async def test_auth_that_is_off_lets_in_everybody_and_says_so(database_url, token):
    app = create_app(database_url, auth="off", mode="production")
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        answer = await knock(client, DOORS["GraphQL"])
        ready = await client.get("/health/ready")

    assert answer.json()["data"]["viewer"]["kind"] == "LOCAL"
    assert ready.json()["auth"] == "off"
    assert token


@pytest.mark.parametrize("path", OPEN)
async def test_what_has_no_data_asks_nobody(client, token, path):
    assert (await client.get(path)).status_code == httpx.codes.OK


async def test_the_file_of_an_administrator_counts_as_it_is_now(database_url, tmp_path):
    file = tmp_path / "token"
    file.write_text("a" * 40 + "\n")
    app = create_app(database_url, admin_token_file=file)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        without = await knock(client, DOORS["GraphQL"])
        known = await knock(client, DOORS["GraphQL"], authorization="Bearer " + "a" * 40)
        file.write_text("b" * 40)
        next_one = await knock(client, DOORS["GraphQL"], authorization="Bearer " + "b" * 40)
        file.write_text("short")
        short = await knock(client, DOORS["GraphQL"], authorization="Bearer short")

    assert without.status_code == short.status_code == httpx.codes.UNAUTHORIZED
    assert known.json()["data"]["viewer"]["role"] == "ADMIN"
    assert next_one.json()["data"]["viewer"]["role"] == "ADMIN"


async def hello(url, headers=(), **payload):
    async with websockets.connect(
        url, subprotocols=[PROTOCOL], additional_headers=dict(headers)
    ) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        return json.loads(await connection.recv())


@pytest.mark.only_on("sqlite")
async def test_a_socket_says_who_it_is_at_once_or_in_its_first_message(database_url, token):
    bearer = f"Bearer {token}"
    with served(database_url) as url:
        assert (await hello(url, {"Authorization": bearer}))["type"] == "connection_ack"
        assert (await hello(url, Authorization=bearer))["type"] == "connection_ack"
        with pytest.raises(websockets.ConnectionClosed, match="4403"):
            await hello(url)
        with pytest.raises(websockets.ConnectionClosed, match="4403"):
            await hello(url, Authorization="Bearer tog_no")
        with pytest.raises(websockets.InvalidStatus, match="401"):
            await hello(url, {"Authorization": "Bearer tog_no"})
        # Whatever the first message says, a bad credential of the handshake is not made up for.
        with pytest.raises(websockets.InvalidStatus, match="401"):
            await hello(url, {"Authorization": "Bearer tog_no"}, Authorization=bearer)


@pytest.mark.only_on("sqlite")
async def test_a_socket_ends_with_its_credential(database_url, services):
    issued = await services.tokens.create(COMMAND, CreateToken("me", AccessRole.VIEWER))
    with served(database_url) as url:
        headers = {"Authorization": f"Bearer {issued.text}"}
        async with websockets.connect(
            url, subprotocols=[PROTOCOL], additional_headers=headers
        ) as idle:
            await idle.send(json.dumps({"type": "connection_init"}))
            await idle.recv()
            await services.tokens.revoke(COMMAND, issued.token.id)
            with pytest.raises(websockets.ConnectionClosed, match="4403"):
                await idle.recv()
