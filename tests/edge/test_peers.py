"""Whose word is taken for where a request comes from."""

import pytest

from app.edge.peers import TrustedProxies, peer_of
from tests.edge.wire import head, wire
from tests.server import serving

CLIENT = "203.0.113.9"


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        pytest.param((), "10.0.0.1", [CLIENT], "10.0.0.1", id="nobody is trusted"),
        pytest.param(("10.0.0.0/8",), "10.0.0.1", [CLIENT], CLIENT, id="a network"),
        pytest.param(("10.0.0.1",), "10.0.0.2", [CLIENT], "10.0.0.2", id="another proxy"),
        pytest.param(("10.0.0.1",), "10.0.0.1", [], "10.0.0.1", id="a proxy that says nothing"),
        pytest.param(("10.0.0.1",), "10.0.0.1", ["6.6.6.6", CLIENT], CLIENT, id="one is forged"),
        pytest.param(
            ("10.0.0.0/8",), "10.0.0.1", ["6.6.6.6", CLIENT, "10.9.9.9"], CLIENT, id="two proxies"
        ),
        pytest.param(("10.0.0.0/8",), "10.0.0.1", ["10.0.0.3"], "10.0.0.3", id="all are trusted"),
        pytest.param(("10.0.0.1",), "10.0.0.1", [CLIENT, "unknown"], "10.0.0.1", id="a word"),
        pytest.param(("10.0.0.1",), "10.0.0.1", [f" {CLIENT}:4711 "], CLIENT, id="with its port"),
        pytest.param(
            ("::1",), "::1", ["[2001:db8::7]:4711"], "2001:db8::7", id="IPv6 with its port"
        ),
        pytest.param(("10.0.0.1",), "::ffff:10.0.0.1", [CLIENT], CLIENT, id="IPv4 as IPv6"),
        pytest.param(("unix",), "", [CLIENT], CLIENT, id="a Unix socket"),
        pytest.param(("10.0.0.1",), "", [CLIENT], "", id="a Unix socket that is not trusted"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(trusted, peer, forwarded, client):
    assert TrustedProxies(trusted).find_client(peer, forwarded) == client


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:a:b:c:d", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv6_site_is_counted_as_one(host, counted):
    assert peer_of({"client": (host, 1)}) == counted


def start_page(server, *headers):
    with wire(server) as client:
        client.send(head("GET / HTTP/1.1", "Accept: text/html", *headers))
        return client.answer().body.decode()


FORWARDED = (f"X-Forwarded-For: 6.6.6.6, {CLIENT}", "X-Forwarded-Proto: https")


@pytest.mark.process
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("trusted", "scheme", "client"),
    [
        ("", "http", "127.0.0.1"),
        ("10.0.0.0/8", "http", "127.0.0.1"),
        ("127.0.0.1", "https", CLIENT),
    ],
)
def test_a_server_believes_the_proxies_that_are_named(database_url, trusted, scheme, client):
    """uvicorn alone would believe whatever comes from 127.0.0.1."""
    environment = {"TIMEOFF_TRUSTED_PROXIES": trusted, "FORWARDED_ALLOW_IPS": "*"}
    with serving(database_url, environment=environment | {"TIMEOFF_LOG_LEVEL": "debug"}) as server:
        page = start_page(server, *FORWARDED)

        assert f"{scheme}://localhost/graphql" in page
        logged = [line for line in server.log().splitlines() if '"GET / HTTP/1.1" 200' in line]
        assert f"{client}:" in logged[-1]


@pytest.fixture(scope="module")
def behind_a_proxy(module_database_url):
    environment = {"TIMEOFF_TRUSTED_PROXIES": "127.0.0.0/8"}
    with serving(module_database_url, environment=environment) as server:
        yield server


@pytest.mark.process
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("told", "scheme"),
    [("ftp", "http"), ("", "http"), ("https, http", "http"), ("http, HTTPS", "https")],
)
def test_a_scheme_is_http_or_https_and_the_nearest_proxys(behind_a_proxy, told, scheme):
    page = start_page(behind_a_proxy, f"X-Forwarded-Proto: {told}")

    assert f"{scheme}://localhost/graphql" in page
