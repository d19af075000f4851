"""Webhooks as clients manage them: the secret is shown once, nothing leads inside."""

import base64
import json

import pytest

from app.domain.webhook_events import CHANGE_TYPES
from app.domain.webhook_urls import read_webhook_url
from app.settings import Settings
from tests.applications import create_app
from tests.builders import COMPANY, OTHER_COMPANY, UNKNOWN_UUID, company, node_id, role, uuid
from tests.graphql.api import put
from tests.webhooks.conftest import LOOPBACK
from tests.webhooks.receiver import Reply, receiving

URL = "https://hooks.example.com/timeoff"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
LIST = """
query List($company: ID!) {
  webhooks(companyId: $company) { id url types status lastSequence behind secretRotatedAt }
}
"""
DELIVERIES = """
query Deliveries($company: ID!, $first: Int, $before: DateTime) {
  webhooks(companyId: $company) {
    id deliveries(first: $first, before: $before) {
      messageId type at outcome status milliseconds answer
    }
  }
}
"""


def mutation(name, fields):
    input_ = f"{name[0].upper()}{name[1:]}Input!"
    return (
        f"mutation M($input: {input_}) {{ answer: {name}(input: $input) "
        f"{{ {fields} userErrors {{ code message path }} }} }}"
    )


SENDING = pytest.mark.parametrize("ask", [{"webhooks": True}], indirect=True, ids=["sending"])
SHOWN = (
    "webhook { id url types status disabledReason failingSince failures nextAttemptAt "
    "lastDeliveredAt lastSequence behind secretRotatedAt company { sourceId } }"
)
FIELDS = {
    "createWebhook": f"secret {SHOWN}",
    "updateWebhook": SHOWN,
    "rotateWebhookSecret": f"secret {SHOWN}",
    "testWebhook": f"delivery {{ messageId type outcome status milliseconds answer }} {SHOWN}",
    "replayWebhook": SHOWN,
    "enableWebhook": SHOWN,
    "deleteWebhook": "deletedId",
}


@pytest.fixture
async def ask(database_url, request):
    """The application, which sends to loopback alone; to nobody unless the test is of SENDING."""
    given = {"webhook_hosts": (LOOPBACK,), "webhook_http_hosts": (LOOPBACK,)}
    given |= getattr(request, "param", {})
    app = create_app(database_url, auth="off", limit_webhooks=3, **given)
    async with app.router.lifespan_context(app):
        from tests.graphql.api import _post  # noqa: PLC0415 - as api() asks

        async def ask(document, **variables):
            sent = json.dumps({"query": document, "variables": variables}).encode()
            return json.loads(await _post(app, sent))

        await put(ask, companies=[company(), company(sourceId=OTHER_COMPANY)])
        yield ask


@pytest.fixture
def do(ask):
    async def do(name, **given):
        answer = await ask(mutation(name, FIELDS[name]), input=given)
        assert "errors" not in answer, answer
        return answer["data"]["answer"]

    return do


def refused(answer):
    """What is refused, where; and that nothing else is answered."""
    assert all(value is None for name, value in answer.items() if name != "userErrors")
    return [(each["code"], each["path"]) for each in answer["userErrors"]]


async def test_a_webhook_is_made_and_its_secret_shown_once(ask, do):
    made = await do("createWebhook", companyId=COMPANY, url=URL, types=["holiday.*", "*"])

    webhook = made["webhook"]
    assert made["userErrors"] == []
    assert made["secret"].startswith("whsec_")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    assert webhook == {
        "id": webhook["id"],
        "url": URL,
        "types": ["holiday.*", "*"],
        "status": "ACTIVE",
        "disabledReason": None,
        "failingSince": None,
        "failures": 0,
        "nextAttemptAt": None,
        "lastDeliveredAt": None,
        "lastSequence": webhook["lastSequence"],
        "behind": 0,
        "secretRotatedAt": None,
        "company": {"sourceId": COMPANY},
    }
    listed = await ask(LIST, company=COMPANY)
    assert [each["id"] for each in listed["data"]["webhooks"]] == [webhook["id"]]
    assert made["secret"] not in json.dumps(listed)
    other = await ask(LIST, company=OTHER_COMPANY)
    assert other["data"]["webhooks"] == []


async def test_it_is_behind_by_what_has_come_since(ask, do):
    await do("createWebhook", companyId=COMPANY, url=URL, types=["*"])
    await put(ask, roles=[role(sourceId=str(n)) for n in range(1, 4)])

    (listed,) = (await ask(LIST, company=COMPANY))["data"]["webhooks"]

    assert listed["behind"] == 3


async def test_it_can_be_found_again_by_its_id(ask, do):
    made = (await do("createWebhook", companyId=COMPANY, url=URL, types=["*"]))["webhook"]
    document = "query Node($id: ID!) { node(id: $id) { id ... on Webhook { url } } }"

    assert (await ask(document, id=made["id"]))["data"]["node"] == {"id": made["id"], "url": URL}
    unknown = node_id("Webhook", UNKNOWN_UUID)
    assert (await ask(document, id=unknown))["data"]["node"] is None


async def test_a_secret_may_be_brought_along(do):
    made = await do("createWebhook", companyId=COMPANY, url=URL, types=["*"], secret=SECRET)

    assert made["secret"] == SECRET


async def test_all_that_is_wrong_is_told_at_once_with_its_place(ask, do, stored):
    before = await stored()

    answer = await do(
        "createWebhook",
        companyId="nobody",
        url="https://me:pass@hooks.example.com/",
        types=["*", "time_off.updated"],
        secret="whsec_short",  # noqa: S106 - none
    )

    assert refused(answer) == [
        ("INVALID_VALUE", ["companyId"]),
        ("INVALID_VALUE", ["url"]),
        ("INVALID_VALUE", ["secret"]),
        ("INVALID_VALUE", ["types", "1"]),
    ]
    told = json.dumps(answer)
    assert "pass@" not in told
    assert "short" not in told
    assert await stored() == before


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00:ec2::254]/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://hooks.example.com/#x",
        "https://hooks.example.com:25/",
        "javascript:alert(1)",
    ],
)
async def test_an_address_inside_is_refused_also_in_an_update(do, url):
    made = await do("createWebhook", companyId=COMPANY, url=URL, types=["*"])

    create = await do("createWebhook", companyId=COMPANY, url=url, types=["*"])
    update = await do("updateWebhook", id=made["webhook"]["id"], url=url)

    assert refused(create) == refused(update) == [("INVALID_VALUE", ["url"])]


async def test_a_company_has_so_many_webhooks(do):
    for _ in range(3):
        made = await do("createWebhook", companyId=COMPANY, url=URL, types=["*"])
        assert made["userErrors"] == []

    more = await do("createWebhook", companyId=COMPANY, url=URL, types=["*"])
    other = await do("createWebhook", companyId=OTHER_COMPANY, url=URL, types=["*"])

    assert refused(more) == [("TOO_MANY_ITEMS", ["companyId"])]
    assert other["userErrors"] == []


async def test_what_is_not_there_is_not_found(do):
    unknown = node_id("Webhook", UNKNOWN_UUID)
    for name, more in {
        "updateWebhook": {"url": URL},
        "rotateWebhookSecret": {},
        "testWebhook": {},
        "replayWebhook": {"after": "0"},
        "enableWebhook": {},
        "deleteWebhook": {},
    }.items():
        assert refused(await do(name, id=unknown, **more)) == [("NOT_FOUND", ["id"])], name
        assert refused(await do(name, id="?", **more)) == [("INVALID_VALUE", ["id"])], name
    absent = await do("createWebhook", companyId=uuid(9), url=URL, types=["*"])
    assert refused(absent) == [("NOT_FOUND", ["companyId"])]


async def test_an_update_changes_what_it_names(do):
    id_ = (await do("createWebhook", companyId=COMPANY, url=URL, types=["*"]))["webhook"]["id"]

    url = (await do("updateWebhook", id=id_, url=f"{URL}/2"))["webhook"]
    types = (await do("updateWebhook", id=id_, types=["user.*"]))["webhook"]

    assert (url["url"], url["types"]) == (f"{URL}/2", ["*"])
    assert (types["url"], types["types"]) == (f"{URL}/2", ["user.*"])


async def test_a_key_that_comes_again_does_nothing_and_shows_no_secret(ask, do):
    wish = {"companyId": COMPANY, "url": URL, "types": ["*"], "idempotencyKey": "k"}

    first, again = await do("createWebhook", **wish), await do("createWebhook", **wish)
    other = await do("createWebhook", **wish | {"types": ["user.*"]})

    assert again["webhook"] == first["webhook"]
    assert (bool(first["secret"]), again["secret"]) == (True, None)
    assert refused(other) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert len((await ask(LIST, company=COMPANY))["data"]["webhooks"]) == 1


async def test_nothing_that_is_kept_for_keys_or_audit_has_the_secret(ask, do, stored):
    made = await do(
        "createWebhook", companyId=COMPANY, url=URL, types=["*"], secret=SECRET, idempotencyKey="k"
    )
    rotated = await do("rotateWebhookSecret", id=made["webhook"]["id"], idempotencyKey="k")

    rows = await stored()

    for name, kept in rows.items():
        for secret in (SECRET, rotated["secret"]):
            assert (secret in repr(kept)) == (name == "webhooks"), name


async def test_a_secret_is_rotated(do):
    made = await do("createWebhook", companyId=COMPANY, url=URL, types=["*"])
    id_ = made["webhook"]["id"]

    rotated = await do("rotateWebhookSecret", id=id_)
    given = await do("rotateWebhookSecret", id=id_, secret=SECRET)
    bad = await do("rotateWebhookSecret", id=id_, secret="whsec_")  # noqa: S106 - none

    assert len({made["secret"], rotated["secret"], given["secret"]}) == 3
    assert given["secret"] == SECRET
    assert rotated["webhook"]["secretRotatedAt"]
    assert refused(bad) == [("INVALID_VALUE", ["secret"])]


@SENDING
async def test_a_test_answers_what_became_of_it(ask, do):
    with receiving(answer=lambda _: Reply(404, body=b"not here")) as receiver:
        made = await do("createWebhook", companyId=COMPANY, url=receiver.url, types=["user.*"])
        tested = await do("testWebhook", id=made["webhook"]["id"])

    (got,) = receiver.got
    assert got.is_signed_by(made["secret"])
    delivery = tested["delivery"]
    assert delivery == {
        "messageId": got.id,
        "type": "webhook.test",
        "outcome": "REFUSED",
        "status": 404,
        "milliseconds": delivery["milliseconds"],
        "answer": "not here",
    }
    assert tested["webhook"]["status"] == "ACTIVE"
    (listed,) = (await ask(DELIVERIES, company=COMPANY, first=5))["data"]["webhooks"]
    assert [each["messageId"] for each in listed["deliveries"]] == [got.id]


@SENDING
async def test_deliveries_are_listed_latest_first_and_from_an_instant_back(ask, do):
    with receiving() as receiver:
        made = await do("createWebhook", companyId=COMPANY, url=receiver.url, types=["user.*"])
        other = await do("createWebhook", companyId=COMPANY, url=receiver.url, types=["user.*"])
        for _ in range(3):
            await do("testWebhook", id=made["webhook"]["id"])
        await do("testWebhook", id=other["webhook"]["id"])
    ids = [got.id for got in receiver.got]

    async def listed(**given):
        answer = await ask(DELIVERIES, company=COMPANY, **given)
        first, second = answer["data"]["webhooks"]
        assert len(second["deliveries"]) <= 1
        return first["deliveries"]

    whole = await listed(first=20)
    page = await listed(first=2)
    rest = await listed(first=2, before=page[-1]["at"])

    assert [each["messageId"] for each in whole] == ids[2::-1]
    assert [*page, *rest] == whole
    bad = await ask(DELIVERIES, company=COMPANY, first=0)
    assert bad["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("after", ["", "-1", "x", "01", "1.5", "9" * 19])
async def test_a_replay_begins_after_a_number(do, after):
    id_ = (await do("createWebhook", companyId=COMPANY, url=URL, types=["*"]))["webhook"]["id"]

    answer = await do("replayWebhook", id=id_, after=after)

    assert refused(answer) == [("INVALID_VALUE", ["after"])]


async def test_a_replay_is_within_the_feed(ask, do):
    await put(ask, roles=[role(sourceId=str(n)) for n in range(1, 4)])
    made = (await do("createWebhook", companyId=COMPANY, url=URL, types=["*"]))["webhook"]
    id_, last = made["id"], int(made["lastSequence"])
    cursors = {each: await cursor_of(ask, each) for each in (COMPANY, OTHER_COMPANY)}

    replayed = await do("replayWebhook", id=id_, after="0")
    by_cursor = await do("replayWebhook", id=id_, after=cursors[COMPANY])
    beyond = await do("replayWebhook", id=id_, after=str(last + 1))
    foreign = await do("replayWebhook", id=id_, after=cursors[OTHER_COMPANY])

    assert (replayed["webhook"]["lastSequence"], replayed["webhook"]["behind"]) == ("0", last)
    assert by_cursor["webhook"]["lastSequence"] == "1"
    assert refused(beyond) == [("INVALID_VALUE", ["after"])]
    assert refused(foreign) == [("CURSOR_EXPIRED", ["after"])]


async def cursor_of(ask, company_id):
    """The cursor of a company's first change."""
    document = "query C($id: ID!) { changes(companyId: $id, first: 1) { edges { cursor } } }"
    answer = await ask(document, id=company_id)
    return answer["data"]["changes"]["edges"][0]["cursor"]


async def test_it_is_enabled_and_deleted(ask, do):
    id_ = (await do("createWebhook", companyId=COMPANY, url=URL, types=["*"]))["webhook"]["id"]

    enabled = await do("enableWebhook", id=id_)
    gone = await do("deleteWebhook", id=id_)

    assert enabled["webhook"]["status"] == "ACTIVE"
    assert gone == {"deletedId": id_, "userErrors": []}
    assert (await ask(LIST, company=COMPANY))["data"]["webhooks"] == []


async def test_the_audit_has_who_made_and_changed_webhooks_and_where_they_lead(ask, do):
    id_ = (await do("createWebhook", companyId=COMPANY, url=f"{URL}?key=s3cr3t", types=["*"]))[
        "webhook"
    ]["id"]
    await do("updateWebhook", id=id_, url="https://elsewhere.example.com/")
    await do("rotateWebhookSecret", id=id_)
    await do("replayWebhook", id=id_, after="0")
    await do("enableWebhook", id=id_)
    await do("deleteWebhook", id=id_)

    answer = await ask("{ accessEvents { nodes { kind details company { sourceId } } } }")

    events = answer["data"]["accessEvents"]["nodes"][::-1]
    assert [each["kind"] for each in events] == [
        f"WEBHOOK_{what}"
        for what in ("CREATED", "UPDATED", "ROTATED", "REPLAYED", "ENABLED", "DELETED")
    ]
    assert {each["company"]["sourceId"] for each in events} == {COMPANY}
    assert {each["details"]["webhookId"] for each in events} == {id_}
    assert events[0]["details"]["host"] == "hooks.example.com"
    assert events[1]["details"]["host"] == "elsewhere.example.com"
    assert "s3cr3t" not in json.dumps(answer)


async def test_types_are_those_of_the_change_feed(do):
    for kind in {each.partition(".")[0] for each in CHANGE_TYPES}:
        made = await do("createWebhook", companyId=COMPANY, url=URL, types=[f"{kind}.updated"])
        assert made["userErrors"] == []
        await do("deleteWebhook", id=made["webhook"]["id"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("webhook_hosts", "*.example.com"),
        ("webhook_hosts", "10.0.0.1/8"),
        ("webhook_hosts", "https://hooks.internal"),
        ("webhook_http_hosts", "10.0.0.0/8"),
        ("webhook_http_hosts", "hooks.internal:8080"),
    ],
)
def test_settings_that_say_nothing_are_refused(field, value):
    with pytest.raises(ValueError, match="such as|without ports"):
        Settings(**{field: value})


def test_an_address_is_listed_in_any_of_its_spellings():
    rules = Settings(webhook_hosts="FD00:0:0::07", webhook_http_hosts="FD00:0:0::07").webhook_rules

    assert read_webhook_url("http://[fd00::7]:8080/", rules).host == "fd00::7"


async def test_all_deliveries_of_all_webhooks_are_asked_for_piece_by_piece(ask):
    """A company may have 50 webhooks, and each 500 attempts: that is what is counted."""
    lists = "messageId type at outcome status milliseconds answer"

    async def read(times):
        fields = " ".join(
            f"w{each}: webhooks(companyId: $company) {{ deliveries(first: 500) {{ {lists} }} }}"
            for each in range(times)
        )
        return await ask(f"query Read($company: ID!) {{ {fields} }}", company=COMPANY)

    assert (await read(1))["data"] == {"w0": []}
    assert (await read(2))["errors"][0]["extensions"]["code"] == "REQUEST_TOO_LARGE"
