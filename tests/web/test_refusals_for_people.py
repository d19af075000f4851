"""Whoever opens an address in a browser reads a sentence on a page; programs get their JSON."""

import json
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from app.main import guarded
from app.web.refusals_for_people import RefusalsForPeople
from graphql_schema.http.media_types import wants_page
from tests.applications import create_app, settings_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PROGRAMS = [{"Accept": "*/*"}, {"Accept": "application/json"}, BROWSER | {"Authorization": "x"}]


@asynccontextmanager
async def visiting(app, root_path=""):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, root_path=root_path)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@asynccontextmanager
async def gateway(database_url, root_path="", **settings):
    """A client of the application as a server runs it, with all that is around it."""
    settings = {"auth": "off"} | settings
    app = create_app(database_url, **settings)
    whole = guarded(app, settings_of(database_url, **settings))
    async with app.router.lifespan_context(app), visiting(whole, root_path) as client:
        yield client


@pytest.fixture
async def client(database_url):
    async with gateway(database_url) as client:
        yield client


def is_page(answer):
    return answer.headers["Content-Type"] == "text/html; charset=utf-8"


REFUSED = {
    "a page that is not there": ("GET", "/nope", 404, "This address leads nowhere."),
    "its head": ("HEAD", "/nope", 404, ""),
    "a guide that is not there": ("GET", "/docs/nope", 404, "There is no such guide."),
    "a feed that is not there": ("GET", "/feeds/nope.ics", 404, "This address leads nowhere."),
    "a file of a page": ("GET", "/calendar/assets/nope.js", 404, "This address leads nowhere."),
    "below Kantata's face": ("GET", "/kantata/api/v1/nope", 404, "nothing at this address"),
    "below Procore's face": ("GET", "/procore/nope", 404, "nothing at this address"),
    "a page that takes no form": ("POST", "/docs", 405, "something else than"),
    "a form that is no page": ("GET", "/sign-out", 405, "something else than"),
    "an export of nothing": ("GET", "/exports/schedule.csv", 400, "from: This is required."),
}


@pytest.mark.parametrize(("method", "path", "status", "says"), REFUSED.values(), ids=REFUSED)
@pytest.mark.only_on("sqlite")
async def test_a_browser_gets_a_page_and_programs_what_they_always_got(
    client, method, path, status, says
):
    page = await client.request(method, path, headers=BROWSER | (FORM if method == "POST" else {}))
    answers = [await client.request(method, path, headers=each) for each in PROGRAMS]

    assert page.status_code == status
    assert is_page(page)
    assert says in page.text
    assert "{" not in page.text.partition("<body>")[2]
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Request-Id"]
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    for answer in answers:
        assert answer.status_code in {status, 401}
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers.get("Allow") == page.headers.get("Allow")
        if method != "HEAD":
            assert answer.json()["errors"]


@pytest.mark.only_on("sqlite")
async def test_a_program_that_sends_json_gets_json_whatever_it_accepts(client):
    sent = await client.post("/docs", json={}, headers=BROWSER)
    ended = await client.delete("/docs", headers=BROWSER)

    assert [each.status_code for each in (sent, ended)] == [405, 405]
    assert all(each.json()["errors"] for each in (sent, ended))


@pytest.mark.only_on("sqlite")
async def test_what_is_accepted_may_be_said_in_several_lines(client):
    lines = [("Accept", "application/xml"), ("Accept", "text/html")]

    assert is_page(await client.get("/nope", headers=lines))


@pytest.mark.only_on("sqlite")
async def test_another_name_of_this_machine_is_told_on_a_page(client):
    named = await client.get("/docs", headers=BROWSER | {"Host": "timeoff.example"})

    assert (named.status_code, is_page(named)) == (421, True)
    assert "TIMEOFF_ALLOWED_HOSTS" in named.text
    assert "To the start page" not in named.text


@pytest.mark.only_on("sqlite")
async def test_who_is_not_signed_in_is_led_to_it_from_a_face_too(database_url):
    async with gateway(database_url, auth="required") as client:
        address = "/procore/v2/companies/x/people/y/time-off"
        page = await client.get(address, headers=BROWSER)

    assert (page.status_code, is_page(page)) == (401, True)
    assert f'href="/sign-in?return_to={address}"' in page.text
    assert page.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path", "status", "says"), REFUSED.values(), ids=REFUSED)
@pytest.mark.only_on("sqlite")
async def test_below_the_prefix_of_a_proxy_its_links_have_it(
    database_url, method, path, status, says
):
    async with gateway(database_url, root_path="/time") as client:
        page = await client.request(
            method, f"/time{path}", headers=BROWSER | (FORM if method == "POST" else {})
        )

    assert (page.status_code, is_page(page)) == (status, True)
    assert says in page.text
    assert method == "HEAD" or 'href="/time/"' in page.text
    assert 'href="/"' not in page.text
    assert ('href="/time/docs"' in page.text) == path.startswith("/docs")


@pytest.mark.only_on("sqlite")
async def test_what_is_there_stays_as_it_is(client):
    for path in ("/", "/docs", "/openapi", "/health/live", "/openapi.json"):
        answer = await client.get(path, headers=BROWSER)
        assert answer.status_code == 200
        assert "leads nowhere" not in answer.text


def answering(response):
    async def app(scope, receive, send):
        await response(scope, receive, send)

    return RefusalsForPeople(app, wants_page)


async def asked(response):
    async with visiting(answering(response)) as client:
        return await client.get("/any", headers=BROWSER)


async def test_a_fault_is_told_without_a_word_of_its_own(database_url):
    fault = {"errors": [{"message": "Something went wrong."}]}

    page = await asked(JSONResponse(fault, 500))

    assert (page.status_code, is_page(page)) == (500, True)
    assert "the gateway's fault" in page.text.replace("&#x27;", "'")
    assert "In the log this is request" in page.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"unavailable"}',
        b"null",
        b"[1]",
        b'{"errors":5}',
        b"{",
        b"\xff",
        b'{"errors":[]}',
    ],
)
async def test_what_is_no_refusal_of_ours_is_sent_on_as_it_is(body):
    answer = await asked(Response(body, 503, {"X-Own": "1"}, "application/json"))

    assert (answer.status_code, answer.content) == (503, body)
    assert answer.headers["X-Own"] == "1"


async def test_text_of_a_refusal_stays_text_and_its_headers_stay():
    told = {"errors": [{"message": "<script>"}, {"message": "<script>"}, {"message": "b"}]}

    page = await asked(JSONResponse(told, 429, {"Retry-After": "7"}))

    assert "&lt;script&gt; b" in page.text
    assert "<script" not in page.text
    assert page.headers["Retry-After"] == "7"
    assert int(page.headers["Content-Length"]) == len(page.content)


async def test_all_headers_of_one_name_stay():
    refusal = JSONResponse({"errors": [{"message": "a"}]}, 401)
    for name in ("one", "other"):
        refusal.set_cookie(name, "1")

    page = await asked(refusal)

    assert is_page(page)
    assert [each.partition("=")[0] for each in page.headers.get_list("Set-Cookie")] == [
        "one",
        "other",
    ]


async def test_a_large_answer_is_sent_on_whole():
    text = json.dumps({"errors": [{"message": "a" * 100_000}]})

    async def parts(scope, receive, send):
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        for begin in range(0, len(text), 10_000):
            part = text[begin : begin + 10_000].encode()
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async with visiting(RefusalsForPeople(parts, wants_page)) as client:
        answer = await client.get("/any", headers=BROWSER)

    assert (answer.status_code, answer.text) == (400, text)
