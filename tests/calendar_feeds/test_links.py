"""Making, renewing and revoking links, and what is kept of their secrets: nothing."""

import json
import re
from base64 import urlsafe_b64decode
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy.engine import make_url

from app.db.connections.database import Database
from app.main import build_services
from graphql_schema.context import Context
from graphql_schema.schema import schema
from tests import warm
from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    PERSON,
    UNKNOWN_UUID,
    company,
    entry,
    node_id,
    role,
    user,
)
from tests.calendar_feeds.feeds import (
    CREATE,
    DELETE,
    FEED,
    RENEW,
    REVOKE,
    WRITES,
    day,
    events,
    gateway_over,
)
from tests.callers import caller
from tests.graphql.api import refusal, rows_of
from tests.server import clean_environment, serving

ALL = {"companyId": COMPANY}
GRACE = node_id("Worker", f"P{PERSON}")
LIST = (
    """
    query Feeds($filter: CalendarFeedFilter) {
      calendarFeeds(filter: $filter) { totalCount nodes { ...Feed } }
    }
    """
    + FEED
)
NODE = "query One($ids: [ID!]!) { nodes(ids: $ids) { ... on CalendarFeed { ...Feed } } }" + FEED
UNKNOWN_FEED = node_id("CalendarFeed", UNKNOWN_UUID)


def secret_of(link):
    return link.removeprefix("/feeds/").removesuffix(".ics")


async def status(gateway, link):
    return (await gateway.get(link)).status_code


async def test_a_feed_is_made_with_a_link_of_256_random_bits(staffed):
    await staffed.put(roles=[role()])

    payload = await staffed.did(
        CREATE, **ALL, roleIds=["5", "5"], jobTitles=["Welder"] * 2, name="da"
    )

    feed, link = payload["calendarFeed"], payload["link"]
    assert re.fullmatch(r"/feeds/[A-Za-z0-9_-]{43}\.ics", link)
    assert len(urlsafe_b64decode(secret_of(link) + "=")) == 32
    assert feed == {
        "id": feed["id"],
        "name": "da",
        "createdAt": feed["createdAt"],
        "renewedAt": None,
        "revokedAt": None,
        "company": {"sourceId": COMPANY},
        "worker": None,
        "roles": [{"sourceId": "5"}],
        "jobTitles": ["Welder"],
    }
    assert await status(staffed, link) == 200


async def test_feeds_are_listed_and_refetched_without_their_links(staffed):
    made = [
        await staffed.did(CREATE, **ALL),
        await staffed.did(CREATE, workerId=GRACE),
        await staffed.did(CREATE, workerId=node_id("Worker", "U1")),
    ]
    feeds = [each["calendarFeed"] for each in made]

    everything = await staffed.ask(LIST)
    of_grace = await staffed.ask(LIST, filter={**ALL, "workerIds": [GRACE]})
    of_nobody = await staffed.ask(LIST, filter={"companyId": OTHER_COMPANY})
    refetched = await staffed.ask(NODE, ids=[feeds[2]["id"], UNKNOWN_FEED, feeds[0]["id"]])

    assert everything["data"]["calendarFeeds"] == {"totalCount": 3, "nodes": feeds}
    assert of_grace["data"]["calendarFeeds"] == {"totalCount": 1, "nodes": [feeds[1]]}
    assert of_nobody["data"]["calendarFeeds"]["nodes"] == []
    assert refetched["data"]["nodes"] == [feeds[2], None, feeds[0]]
    assert feeds[1]["worker"] == {"id": GRACE, "fullName": "Grace Hopper"}
    assert not any(secret_of(each["link"]) in json.dumps(everything) for each in made)


async def test_a_renewed_feed_answers_at_its_new_link_only(staffed):
    made = await staffed.did(CREATE, **ALL)
    id_ = made["calendarFeed"]["id"]

    renewed = await staffed.did(RENEW, id=id_)

    assert renewed["link"] != made["link"]
    assert renewed["calendarFeed"]["renewedAt"] is not None
    assert renewed["calendarFeed"] | {"renewedAt": None} == made["calendarFeed"]
    assert [await status(staffed, each["link"]) for each in (made, renewed)] == [404, 200]


async def test_a_revoked_feed_answers_no_more_until_it_is_renewed(staffed):
    made = await staffed.did(CREATE, **ALL)
    id_ = made["calendarFeed"]["id"]

    revoked = await staffed.did(REVOKE, id=id_)
    gone = await status(staffed, made["link"])
    again = await staffed.did(REVOKE, id=id_)
    await staffed.did(REVOKE, id=(await staffed.did(CREATE, **ALL))["calendarFeed"]["id"])
    renewed = await staffed.did(RENEW, id=id_)

    assert revoked["calendarFeed"]["revokedAt"] is not None
    assert again == revoked
    assert renewed["calendarFeed"]["revokedAt"] is None
    assert gone == 404
    assert [await status(staffed, each["link"]) for each in (made, renewed)] == [404, 200]


async def test_a_deleted_feed_is_gone_for_good(staffed, database_url):
    made = await staffed.did(CREATE, **ALL)
    id_ = made["calendarFeed"]["id"]

    deleted = await staffed.did(DELETE, id=id_, idempotencyKey="k")
    again = await staffed.did(DELETE, id=id_, idempotencyKey="k")
    renewed = await staffed.ask(RENEW, input={"id": id_})

    assert deleted == again == {"deletedId": id_, "userErrors": []}
    assert await status(staffed, made["link"]) == 404
    assert renewed["data"]["answer"]["userErrors"] == [refusal("NOT_FOUND", "id")]
    assert (await rows_of(database_url))["calendar_feeds"] == []


async def test_a_company_has_only_so_many_feeds(staffed, database_url):
    await staffed.put(companies=[company(sourceId=OTHER_COMPANY)])
    async with gateway_over(database_url, limit_calendar_feeds=2) as gateway:
        first = await gateway.did(CREATE, **ALL)
        revoked = await gateway.did(CREATE, workerId=GRACE)
        await gateway.did(REVOKE, id=revoked["calendarFeed"]["id"])
        more = [await gateway.ask(CREATE, input=each) for each in (ALL, {"workerId": GRACE})]
        await gateway.did(CREATE, companyId=OTHER_COMPANY)
        await gateway.did(DELETE, id=first["calendarFeed"]["id"])
        await gateway.did(CREATE, **ALL)

    assert [each["data"]["answer"]["userErrors"] for each in more] == [
        [refusal("TOO_MANY_ITEMS", "companyId")],
        [refusal("TOO_MANY_ITEMS", "workerId")],
    ]


async def test_links_that_do_not_answer_are_all_alike(staffed):
    revoked = await staffed.did(CREATE, **ALL)
    await staffed.did(REVOKE, id=revoked["calendarFeed"]["id"])
    renewed = await staffed.did(CREATE, **ALL)
    good = (await staffed.did(RENEW, id=renewed["calendarFeed"]["id"]))["link"]

    answers = [
        await staffed.get(link, etag)
        for etag in (None, "*")
        for link in (
            revoked["link"],
            renewed["link"],
            f"/feeds/{'A' * 43}.ics",
            "/feeds/x.ics",
            "/feeds/%00.ics",
            "/feeds/%ff%ed%a0%80.ics",
            f"/feeds/{secret_of(good).swapcase()}.ics",
            f"/feeds/{secret_of(good)}%20.ics",
            f"/feeds/{secret_of(good)}",
            "/feeds/.ics",
            "/nothing/here",
        )
    ]

    assert await status(staffed, good) == 200
    assert {each.status_code for each in answers} == {404}
    assert len({each.content for each in answers}) == 1
    assert len({tuple(each.headers.items()) for each in answers}) == 1


async def test_a_key_that_comes_again_does_nothing_and_shows_no_link(staffed, database_url):
    keyed = {"idempotencyKey": "k"}
    made = await staffed.did(CREATE, **ALL, **keyed)
    again = await staffed.did(CREATE, **ALL, **keyed)
    id_ = made["calendarFeed"]["id"]
    renewed = await staffed.did(RENEW, id=id_, **keyed)
    renewed_again = await staffed.did(RENEW, id=id_, **keyed)
    revoked = await staffed.did(REVOKE, id=id_, **keyed)
    link = (await staffed.did(RENEW, id=id_))["link"]
    revoked_again = await staffed.did(REVOKE, id=id_, **keyed)

    assert again == made | {"link": None}
    assert renewed_again == renewed | {"link": None}
    assert revoked_again == revoked
    assert await status(staffed, link) == 200
    assert len((await rows_of(database_url))["calendar_feeds"]) == 1
    for name, other in (
        ("create", {"workerId": GRACE}),
        ("renew", {"id": UNKNOWN_FEED}),
        ("revoke", {"id": UNKNOWN_FEED}),
    ):
        answer = await staffed.ask(WRITES[name], input={**other, **keyed})
        assert answer["data"]["answer"]["userErrors"] == [
            refusal("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
        ]


async def test_a_dry_run_makes_no_feed(staffed, database_url):
    payload = await staffed.did(CREATE, **ALL, dryRun=True, idempotencyKey="k")

    assert payload["link"] is None
    assert payload["calendarFeed"]["company"] == {"sourceId": COMPANY}
    rows = await rows_of(database_url)
    assert (rows["calendar_feeds"], rows["idempotency_keys"]) == ([], [])


TOO_MANY_ROLES = [str(n) for n in range(1, 102)]
BAD: dict[str, list[Any]] = {
    "create": [
        ({}, ("INVALID_VALUE", "companyId")),
        ({"name": "da"}, ("INVALID_VALUE", "companyId")),
        ({"workerId": "x"}, ("INVALID_VALUE", "workerId")),
        ({"workerId": node_id("Worker", "U404")}, ("NOT_FOUND", "workerId")),
        ({"workerId": node_id("User", 1)}, ("NOT_FOUND", "workerId")),
        ({"workerId": GRACE, "companyId": COMPANY}, ("INVALID_VALUE", "companyId")),
        ({"workerId": GRACE, "roleIds": ["5"]}, ("INVALID_VALUE", "roleIds")),
        ({"workerId": GRACE, "name": "da"}, ("INVALID_VALUE", "name")),
        ({"companyId": "x"}, ("INVALID_VALUE", "companyId")),
        ({"companyId": UNKNOWN_UUID}, ("NOT_FOUND", "companyId")),
        ({**ALL, "roleIds": []}, ("TOO_MANY_ITEMS", "roleIds")),
        ({**ALL, "roleIds": TOO_MANY_ROLES}, ("TOO_MANY_ITEMS", "roleIds")),
        ({**ALL, "roleIds": ["5", "x"]}, ("INVALID_VALUE", "roleIds", "1")),
        ({**ALL, "roleIds": ["5", "404"]}, ("NOT_FOUND", "roleIds", "1")),
        ({**ALL, "roleIds": ["6"]}, ("NOT_FOUND", "roleIds", "0")),
        ({**ALL, "jobTitles": []}, ("TOO_MANY_ITEMS", "jobTitles")),
        ({**ALL, "jobTitles": ["a", "b\x00"]}, ("INVALID_VALUE", "jobTitles", "1")),
        ({"workerId": GRACE, "jobTitles": ["a"]}, ("INVALID_VALUE", "jobTitles")),
        ({**ALL, "name": " "}, ("INVALID_VALUE", "name")),
        ({**ALL, "name": "x" * 256}, ("INVALID_VALUE", "name")),
        ({**ALL, "name": "a\x00b"}, ("INVALID_VALUE", "name")),
        ({**ALL, "name": "a\ud800b"}, ("INVALID_VALUE", "name")),
        ({**ALL, "name": "a\nb"}, ("INVALID_VALUE", "name")),
        ({**ALL, "idempotencyKey": ""}, ("INVALID_VALUE", "idempotencyKey")),
        ({**ALL, "idempotencyKey": "é"}, ("INVALID_VALUE", "idempotencyKey")),
    ],
    **{
        name: [
            ({"id": "x"}, ("INVALID_VALUE", "id")),
            ({"id": UNKNOWN_UUID}, ("INVALID_VALUE", "id")),
            ({"id": UNKNOWN_FEED}, ("NOT_FOUND", "id")),
            ({"id": GRACE}, ("NOT_FOUND", "id")),
            ({"id": UNKNOWN_FEED, "idempotencyKey": "\n"}, ("INVALID_VALUE", "idempotencyKey")),
        ]
        for name in ("renew", "revoke", "delete")
    },
}


async def test_bad_input_is_refused_where_it_is(staffed, database_url):
    await staffed.put(companies=[company(sourceId=OTHER_COMPANY)])
    await staffed.put(roles=[role(), role(sourceId="6", companyId=OTHER_COMPANY)])
    before = await rows_of(database_url)

    for name, cases in BAD.items():
        for given, told in cases:
            answer = await staffed.ask(WRITES[name], input=given)

            assert "errors" not in answer, (name, given, answer)
            payload = answer["data"]["answer"]
            assert payload["userErrors"] == [refusal(*told)], (name, given)
            assert [value for key, value in payload.items() if key != "userErrors" and value] == []
    assert await rows_of(database_url) == before


async def test_every_fault_is_named_at_once(staffed):
    given = {"workerId": "x", "name": " ", "roleIds": [], "idempotencyKey": ""}

    answer = await staffed.ask(CREATE, input=given)

    assert {tuple(each["path"]) for each in answer["data"]["answer"]["userErrors"]} == {
        ("workerId",),
        ("name",),
        ("roleIds",),
        ("idempotencyKey",),
    }


OURS = caller("ours", frozenset([COMPANY]))
THEIRS = caller("theirs", frozenset([OTHER_COMPANY]))


async def test_a_caller_has_to_do_with_feeds_of_their_companies_only(staffed, database_url):
    await staffed.put(companies=[company(sourceId=OTHER_COMPANY)])
    await staffed.put(users=[user(sourceId="2", companyId=OTHER_COMPANY)])
    await staffed.put_entries(
        entry(requestedDate=day(0)), entry(userId="2", requestedDate=day(0), hours=1)
    )
    theirs = await staffed.did(CREATE, companyId=OTHER_COMPANY)
    their_id = theirs["calendarFeed"]["id"]
    before = await rows_of(database_url)
    database = Database(database_url)
    services = build_services(database)

    async def as_caller(caller, document, **variables):
        context = Context(services, caller)
        result = await schema.execute(document, variables, context_value=context)
        assert result.errors is None
        return result.data

    try:
        for document, foreign, unknown in (
            (CREATE, {"companyId": OTHER_COMPANY}, {"companyId": UNKNOWN_UUID}),
            (
                CREATE,
                {"workerId": node_id("Worker", "U2")},
                {"workerId": node_id("Worker", "U404")},
            ),
            (RENEW, {"id": their_id}, {"id": UNKNOWN_FEED}),
            (REVOKE, {"id": their_id}, {"id": UNKNOWN_FEED}),
            (DELETE, {"id": their_id}, {"id": UNKNOWN_FEED}),
        ):
            told = await as_caller(OURS, document, input=foreign)
            assert told == await as_caller(OURS, document, input=unknown)
            (refused,) = told["answer"]["userErrors"]
            assert refused["code"] == "NOT_FOUND"
        assert (await as_caller(OURS, LIST))["calendarFeeds"]["nodes"] == []
        assert (await as_caller(OURS, NODE, ids=[their_id]))["nodes"] == [None]
        assert len((await as_caller(THEIRS, LIST))["calendarFeeds"]["nodes"]) == 1
        assert await rows_of(database_url) == before
    finally:
        await database.close()
    (event,) = events(await staffed.calendar(theirs["link"]))
    assert str(event["DESCRIPTION"]).startswith("1 h.")


async def test_no_row_has_the_secret(staffed, database_url):
    made = await staffed.did(CREATE, **ALL, idempotencyKey="k")
    renewed = await staffed.did(RENEW, id=made["calendarFeed"]["id"], idempotencyKey="k")

    rows = repr(await rows_of(database_url))

    assert made["calendarFeed"]["createdAt"]
    assert not any(secret_of(each["link"]) in rows for each in (made, renewed))


def ask_over_http(url, document, **variables):
    body = json.dumps({"query": document, "variables": variables}).encode()
    request = Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        return json.load(answer)["data"]


@pytest.mark.process
def test_a_real_server_serves_it_and_neither_logs_nor_keeps_the_secret(database_url):
    with serving(database_url, "--demo", environment={"TIMEOFF_LOG_LEVEL": "debug"}) as server:
        company_id = ask_over_http(server.url, "{ companies { nodes { id } } }")["companies"][
            "nodes"
        ][0]["id"]
        given = {"companyId": company_id, "idempotencyKey": "k"}
        link = ask_over_http(server.url, CREATE, input=given)["answer"]["link"]
        head, (headers, body) = _head_and_get(server.url, link)
        for path, header in (
            (link, {"If-None-Match": headers["etag"]}),
            (link.replace("/feeds/", "/FEEDS/"), {}),
            (f"/feeds/x{secret_of(link)}.ics?{secret_of(link)}", {}),
        ):
            with pytest.raises(HTTPError, match="HTTP Error (304|404)") as refused:
                urlopen(Request(server.url + path, headers=header))
            refused.value.close()
        assert _opened_as_socket(server.url, link) == HTTPStatus.FORBIDDEN
        check = warm.run("check", "--database-url", database_url, env=clean_environment())
        log = server.log()
        stored = _bytes_of(database_url)
    assert check.returncode == 0, check.stdout
    assert headers["content-type"] == "text/calendar; charset=utf-8"
    assert body.startswith(b"BEGIN:VCALENDAR\r\n")
    assert body.count(b"BEGIN:VEVENT") > 10
    assert head == (headers, b"")
    for line in ("GET /feeds/*** ", "HEAD /feeds/*** ", "GET /FEEDS/*** ", "WebSocket /feeds/***"):
        assert line in log
    assert secret_of(link) not in log
    assert secret_of(link).encode() not in stored


def _head_and_get(url, link):
    """The headers and the body of both, on one connection: a body too many would show."""
    connection = HTTPConnection(url.removeprefix("http://"))
    answers = []
    try:
        for method in ("HEAD", "GET"):
            connection.request(method, link)
            answer = connection.getresponse()
            assert answer.status == HTTPStatus.OK
            own = {"date", "x-request-id"}
            headers = {name: value for name, value in answer.headers.items() if name not in own}
            answers.append((headers, answer.read()))
    finally:
        connection.close()
    return answers


def _opened_as_socket(url, link):
    """The status with which a WebSocket at the link is refused; that is logged otherwise."""
    connection = HTTPConnection(url.removeprefix("http://"))
    try:
        connection.request(
            "GET",
            link,
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            },
        )
        return connection.getresponse().status
    finally:
        connection.close()


def _bytes_of(database_url):
    """All that an embedded database has on its disk; of a server's, see the rows."""
    url = make_url(database_url)
    if not url.drivername.startswith("sqlite"):
        return b""
    file = Path(str(url.database))
    files = list(file.parent.glob(f"{file.name}*"))
    assert files
    return b"".join(each.read_bytes() for each in files)
