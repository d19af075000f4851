"""The page of the webhooks: for administrators, each with how it does and how far behind."""

import httpx
import pytest

from app.db.connections.database import Database
from app.domain.access import AccessRole
from app.main import build_services
from app.services.access.tokens import CreateToken
from app.services.caller import COMMAND
from tests.applications import create_app
from tests.builders import COMPANY, OTHER_COMPANY, company, node_id, role
from tests.graphql.api import gateway, put
from tests.webhooks.receiver import Reply

PAGE = {"accept": "text/html"}
TRY = """
mutation Try($id: ID!) {
  testWebhook(input: {id: $id}) { delivery { outcome } userErrors { code message path } }
}
"""


@pytest.fixture
async def services(database_url):
    database = Database(database_url)
    yield build_services(database)
    await database.close()


@pytest.fixture
async def client(database_url, ask):
    async with gateway(database_url) as client:
        yield client


async def open_page(client, services, access, **more):
    issued = await services.tokens.create(COMMAND, CreateToken("me", access, **more))
    return await client.get("/webhooks", headers=PAGE | {"authorization": f"Bearer {issued.text}"})


async def test_without_a_webhook_it_says_how_to_make_one(client, services):
    page = await open_page(client, services, AccessRole.ADMIN)

    assert page.status_code == httpx.codes.OK
    assert "No program is told of changes yet" in page.text
    assert 'href="/docs/webhooks"' in page.text


async def test_each_is_shown_with_how_it_does(client, services, sending, ask, receiver):
    well = await sending.create(receiver.url, "role.*")
    await put(ask, roles=[role(sourceId="7", name="R7")])
    await sending.tell(well.webhook)
    receiver.answer = lambda _: Reply(500, body=b"<b>out of order</b>")
    ill = await sending.create(f"{receiver.url}?a=1&b=2", "holiday.*", "role.*")
    await put(ask, roles=[role(sourceId="8", name="R8"), role(sourceId="9", name="R9")])
    await sending.tell(ill.webhook)

    page = await open_page(client, services, AccessRole.ADMIN)

    assert "Messages are taken." in page.text
    assert "1 attempt." in page.text
    assert "It answered 500: &lt;b&gt;out of order&lt;/b&gt;" in page.text
    assert node_id("Webhook", ill.webhook.id) in page.text  # what every mutation asks for
    assert "2 changes" in page.text
    assert "?a=1&amp;b=2" in page.text
    assert "holiday.*, role.*" in page.text
    assert "<b>" not in page.text
    assert well.secret not in page.text


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(302, {"Location": "/other"}), "It answered 302. A redirect is not followed"),
        (Reply(503), "It answered 503.<"),
        (Reply(410), "Disabled: the receiver said that it is gone (410)."),
    ],
)
async def test_what_a_receiver_answers_is_said_in_words(
    client, services, sending, ask, receiver, reply, words
):
    issued = await sending.create(receiver.url)
    await put(ask, roles=[role(sourceId="7", name="R7")])
    receiver.answer = lambda _: reply
    await sending.tell(issued.webhook)

    page = await open_page(client, services, AccessRole.ADMIN)

    assert words in page.text


async def test_nobody_else_sees_it_nor_those_of_other_companies(
    client, services, sending, ask, receiver
):
    await put(ask, companies=[company(sourceId=OTHER_COMPANY)])
    await sending.create(receiver.url)

    hr = await open_page(client, services, AccessRole.HR)
    other = await open_page(client, services, AccessRole.ADMIN, companies=[OTHER_COMPANY])
    nobody = await client.get("/webhooks", headers=PAGE)

    assert hr.status_code == httpx.codes.FORBIDDEN
    assert "MANAGE_WEBHOOKS" in hr.text
    assert receiver.url not in other.text
    assert nobody.status_code == httpx.codes.SEE_OTHER
    assert COMPANY not in other.text


async def test_a_copy_of_the_data_sends_nothing_and_says_so(
    database_url, services, sending, ask, receiver
):
    """Not even what somebody tries there: a rehearsal's receivers are the real ones."""
    webhook = (await sending.create(receiver.url)).webhook
    app = create_app(database_url, auth="off", webhooks=False)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        page = await client.get("/webhooks", headers=PAGE)
        asked = {"query": TRY, "variables": {"id": node_id("Webhook", webhook.id)}}
        answer = (await client.post("/graphql", json=asked)).json()

    assert "This process sends nothing" in page.text
    assert answer["data"]["testWebhook"] == {
        "delivery": None,
        "userErrors": [
            {
                "code": "INVALID_VALUE",
                "message": "This process sends nothing: TIMEOFF_WEBHOOKS is false.",
                "path": ["id"],
            }
        ],
    }
    assert receiver.got == []
    assert await sending.attempts(webhook) == []
