"""What the pages of other sites can do with this server, and under which names it answers."""

import pytest

from app.edge.refusals import SECURITY_HEADERS
from tests.edge.wire import LIVE, graphql, head, wire
from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

FRIEND = "https://hr.example.com"
STRANGER = "https://evil.example"


@pytest.fixture(scope="module")
def server(module_database_url):
    with serving(module_database_url) as server:
        yield server


@pytest.fixture(scope="module")
def open_server(module_database_url):
    environment = {
        "TIMEOFF_CORS_ORIGINS": f"{FRIEND}, http://localhost:3000",
        "TIMEOFF_ALLOWED_HOSTS": "api.example.com,*.internal.example",
    }
    with serving(module_database_url, environment=environment) as server:
        yield server


def ask(server, request):
    with wire(server) as client:
        client.send(request)
        return client.answer()


# Headers


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(graphql(), 200, id="an answer"),
        pytest.param(graphql("{ nothing }"), 200, id="an error of GraphQL"),
        pytest.param(LIVE, 200, id="a probe"),
        pytest.param(head("GET /nowhere HTTP/1.1"), 404, id="a path that is not there"),
        pytest.param(head("DELETE /graphql HTTP/1.1"), 405, id="a method that is not there"),
        pytest.param(head("GET /health/live HTTP/1.1", "broken"), 400, id="malformed HTTP"),
        pytest.param(head("GET /graphql HTTP/1.1", host=STRANGER), 421, id="a foreign host"),
    ],
)
def test_every_answer_has_the_security_headers(server, request_bytes, status):
    answer = ask(server, request_bytes)

    assert answer.status == status
    assert {name: answer.headers.get(name.lower()) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "server" not in answer.headers


def test_a_page_keeps_the_content_security_policy_of_its_own(server):
    answer = ask(server, head("GET /graphql HTTP/1.1", "Accept: text/html"))

    assert answer.status == 200
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/nowhere", "/graphql/nowhere", "/health"])
def test_what_is_not_there_is_said_in_json(server, path):
    answer = ask(server, head(f"GET {path} HTTP/1.1"))

    assert (answer.status, answer.code) == (404, "NOT_FOUND")


# Other origins


def preflight(origin, method="POST"):
    return head(
        "OPTIONS /graphql HTTP/1.1",
        f"Origin: {origin}",
        f"Access-Control-Request-Method: {method}",
        "Access-Control-Request-Headers: content-type,apollo-require-preflight",
    )


def cors(answer):
    return {name for name in answer.headers if name.startswith("access-control-")}


@pytest.mark.parametrize("request_bytes", [graphql("{ __typename }", f"Origin: {FRIEND}")])
def test_no_other_origin_reads_anything_by_default(server, request_bytes):
    answer = ask(server, request_bytes)

    assert cors(answer) == set()
    assert cors(ask(server, preflight(FRIEND))) == set()


@pytest.mark.parametrize("origin", [FRIEND, "http://localhost:3000"])
def test_an_origin_of_the_list_may_ask_and_read(open_server, origin):
    permission = ask(open_server, preflight(origin))
    answer = ask(open_server, graphql("{ __typename }", f"Origin: {origin}"))

    assert permission.status == 200
    assert permission.headers["access-control-allow-origin"] == origin
    assert "POST" in permission.headers["access-control-allow-methods"]
    assert "apollo-require-preflight" in permission.headers["access-control-allow-headers"]
    assert int(permission.headers["access-control-max-age"]) > 0
    assert answer.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-credentials" not in permission.headers | answer.headers
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin",
    [STRANGER, "null", "http://hr.example.com", f"{FRIEND}:444", f"{FRIEND}.evil.example"],
)
def test_an_origin_that_only_resembles_one_may_not(open_server, origin):
    refusal = ask(open_server, preflight(origin))
    answer = ask(open_server, graphql("{ __typename }", f"Origin: {origin}"))

    assert refusal.status == 400
    assert "access-control-allow-origin" not in refusal.headers | answer.headers


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PURGE"])
def test_no_other_method_is_permitted(open_server, method):
    assert ask(open_server, preflight(FRIEND, method)).status == 400


@pytest.mark.parametrize("headers", [[], [f"Origin: {FRIEND}"], [f"Origin: {STRANGER}"]])
def test_caches_know_that_the_answer_depends_on_the_origin(open_server, headers):
    answer = ask(open_server, graphql("{ __typename }", *headers))

    assert "Origin" in answer.headers["vary"]


def test_an_origin_of_the_list_can_read_that_the_path_is_not_there(open_server):
    answer = ask(open_server, head("GET /nowhere HTTP/1.1", f"Origin: {FRIEND}"))

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, FRIEND)


def test_credentials_are_for_those_who_set_them(module_database_url):
    environment = {"TIMEOFF_CORS_ORIGINS": FRIEND, "TIMEOFF_CORS_CREDENTIALS": "true"}
    with serving(module_database_url, environment=environment) as server:
        permission = ask(server, preflight(FRIEND))

    assert permission.headers["access-control-allow-credentials"] == "true"
    assert permission.headers["access-control-allow-origin"] == FRIEND


# Hosts


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "me.localhost", "127.0.0.1:8000", "192.168.1.7", "[::1]:8000"],
)
def test_addresses_and_localhost_reach_every_server(server, host):
    request = graphql().replace(b"Host: localhost", f"Host: {host}".encode())

    assert ask(server, request).data == {"__typename": "Query"}


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example#localhost",
        "localhost:8000@evil.example",
        "api.example.com",
        "a b",
        "",
    ],
)
def test_a_foreign_name_reaches_none(server, host):
    answer = ask(server, head("GET /graphql?query={__typename} HTTP/1.1", host=host))

    assert (answer.status, answer.code) == (421, "MISDIRECTED_REQUEST")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.com", 200),
        ("API.example.com.:443", 200),
        ("a.internal.example", 200),
        ("internal.example", 421),
        ("evil-internal.example", 421),
        ("x.api.example.com", 421),
    ],
)
def test_names_of_the_list_reach_it(open_server, host, status):
    request = graphql().replace(b"Host: localhost", f"Host: {host}".encode())

    assert ask(open_server, request).status == status


def test_a_request_names_its_host_once(server):
    none = graphql().replace(b"Host: localhost\r\n", b"")
    two = graphql("{ __typename }", "Host: localhost")

    assert [ask(server, request).status for request in (none, two)] == [400, 400]


def test_http_1_0_needs_no_host(server):
    request = graphql().replace(b"Host: localhost\r\n", b"").replace(b"HTTP/1.1", b"HTTP/1.0")

    assert ask(server, request).data == {"__typename": "Query"}


def test_a_probe_comes_by_any_name(server):
    assert ask(server, head("GET /health/ready HTTP/1.1", host="gateway")).status == 200
