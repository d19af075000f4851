"""Behind the proxies of docs/proxy.md, and below a prefix, everything is as it is without."""

import re
import ssl
import time
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from starlette.routing import Mount, Route, WebSocketRoute

from app.edge.root_path import OWN_NAMES, RootPathMiddleware
from app.main import guarded
from tests import builders, proxies
from tests.applications import create_app, settings_of
from tests.events.subscriber import CHANGES, OF_COMPANY, Writer, over_sse, over_websocket
from tests.server import serving
from tests.web.guarded import make_token
from tests.web.sign_in import own_certificate

pytestmark = pytest.mark.only_on("sqlite")

CLIENT = "127.0.0.2"
"""Where our requests come from: not the address of the proxy itself."""
FORGED = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http", "Forwarded": "for=6.6.6.6"}
NEWEST = "query($id: ID!) { changes(companyId: $id, last: 1) { edges { cursor } } }"
LINK = re.compile(r'(?:href|src)="([^"]*)"')
PAGES = ["/", "/calendar", "/directory", "/graphql", "/openapi", "/docs", "/docs/proxy",
         "/sessions", "/webhooks", "/docs/nowhere"]  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A gateway behind a proxy, below a prefix or without one, and a token of an administrator."""

    proxy: proxies.Proxy
    root: str
    token: str
    certificate: Path
    inside: str
    """Where the gateway itself is."""

    @property
    def url(self):
        return f"{self.proxy.url}{self.root}"

    @property
    def bearer(self):
        return {"Authorization": f"Bearer {self.token}"}

    def client(self):
        """A client whose connections come from an address of its own."""
        trust = ssl.create_default_context(cafile=self.certificate)
        transport = httpx.HTTPTransport(verify=trust, local_address=CLIENT)
        return httpx.Client(transport=transport, base_url=self.proxy.url, timeout=300)


@pytest.fixture(scope="module")
def token(module_database_url):
    return make_token(module_database_url, "root", "--role", "admin")


@pytest.fixture(
    scope="module",
    params=[("nginx", ""), ("nginx", proxies.PREFIX), ("caddy", ""), ("caddy", proxies.PREFIX)],
    ids=["nginx", "nginx below a prefix", "Caddy", "Caddy below a prefix"],
)
def site(request, module_database_url, token, tmp_path_factory):
    name, root = request.param
    folder = tmp_path_factory.mktemp("proxy")
    certificate = own_certificate(folder)
    environment = {
        **dict(re.findall(r"^(TIMEOFF_\w+)=(\S+)", proxies.SHOWN["sh"], re.MULTILINE)),
        "TIMEOFF_METRICS": "true",
        **({"TIMEOFF_ROOT_PATH": root} if root else {}),
    }
    assert len(environment) >= 4
    with serving(module_database_url, environment=environment) as server:
        gateway = server.url.removesuffix(root)
        with getattr(proxies, name)(gateway, certificate, folder, root=root) as proxy:
            yield Site(proxy, root, token, certificate, gateway)


@pytest.fixture
def trusting(site, monkeypatch):
    """Have clients trust the proxy's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    return site


def links_of(page, address):
    """Where a page leads, as a browser reads it; not its own places, and nothing elsewhere."""
    found = (urlsplit(urljoin(address, unescape(link))) for link in LINK.findall(page))
    own = urlsplit(address).netloc
    return {f"{each.path}?{each.query}".removesuffix("?") for each in found if each.netloc == own}


@pytest.mark.process
def test_whoever_signs_in_finds_every_link_below_the_prefix(site):
    with site.client() as client:
        client.headers["Accept"] = "text/html,*/*;q=0.8"
        led = client.get(f"{site.root}/calendar?week=7")
        assert led.status_code == 303
        form = client.get(led.headers["location"])
        assert f'action="{site.root}/sign-in"' in form.text
        back = {"token": site.token, "return_to": f"{site.root}/calendar?week=7"}
        # As a browser sends it with a form of the page itself.
        signed_in = client.post(
            f"{site.root}/sign-in", data=back, headers={"Origin": site.proxy.url}
        )
        assert signed_in.headers["location"] == f"{site.root}/calendar?week=7"
        assert signed_in.headers["set-cookie"].startswith("__Host-timeoff=")
        assert "Secure" in signed_in.headers["set-cookie"]
        assert signed_in.headers["strict-transport-security"] == "max-age=31536000"

        seen: set[str] = set()
        for path in PAGES:
            answer = client.get(f"{site.root}{path}")
            assert (answer.status_code == 404) == path.endswith("nowhere"), path
            seen |= links_of(answer.text, f"{site.url}{path}")
        answers = {link: client.get(link).status_code for link in sorted(seen)}

    assert len(seen) > 30
    assert [link for link in seen if not link.startswith(f"{site.root}/")] == []
    assert {link: code for link, code in answers.items() if code != 200} == {}


@pytest.mark.process
def test_a_sign_in_returns_below_the_prefix_only(site):
    with site.client() as client:
        page = client.get(
            f"{site.root}/sign-in?return_to=/elsewhere", headers={"Accept": "text/html"}
        )

    assert ('value="/elsewhere"' in page.text) == (not site.root)


@pytest.mark.process
def test_addresses_that_are_told_are_those_of_the_world(site):
    with site.client() as client:
        client.headers.update(site.bearer)
        index = client.get(f"{site.root}/").json()
        document = client.get(f"{site.root}/openapi.json").json()
        page = client.get(f"{site.root}/graphql", headers={"Accept": "text/html"}).text

    assert all(link.startswith(f"{site.root}/") for link in index["links"].values())
    assert document["servers"] == [{"url": site.root or "/"}]
    assert f"{site.url}/graphql" in page


@pytest.mark.process
async def test_events_come_at_once_over_either_transport(trusting):
    url, headers = trusting.url, trusting.bearer
    async with Writer(url, headers) as writer:
        await writer.fill()
        newest = await writer.ask(NEWEST, id=builders.COMPANY)
        begin = OF_COMPANY | {"after": newest["changes"]["edges"][0]["cursor"]}
        async with (
            over_sse(url, CHANGES, begin, headers) as streamed,
            over_websocket(url, CHANGES, begin, headers) as socket,
        ):
            await writer.enter("2026-03-02")
            name, event = await streamed.next()
            message = await socket.next()

    assert (name, message["type"]) == ("next", "next")
    assert event["data"]["changes"]["node"]["subjectType"]


@pytest.mark.process
def test_what_a_client_says_of_where_it_is_does_not_count(site):
    with site.client() as client:
        bad = FORGED | {"Authorization": f"Bearer tog_{'x' * 43}"}
        assert client.post(f"{site.root}/graphql", headers=bad, json={}).status_code == 401
        page = client.get(
            f"{site.root}/graphql", headers=FORGED | site.bearer | {"Accept": "text/html"}
        )
        assert f"{site.url}/graphql" in page.text  # by https, whatever was forged
        assert _peers(site, client) == {CLIENT}


def _peers(site, client):
    """Return who is noted in the access events, which are stored a while after they happen."""
    question = "{ accessEvents(last: 20) { nodes { peer } } }"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        asked = client.post(f"{site.root}/graphql", headers=site.bearer, json={"query": question})
        events = asked.json()["data"]["accessEvents"]["nodes"]
        if peers := {each["peer"] for each in events if each["peer"]}:
            return peers
        time.sleep(0.1)
    raise AssertionError("nothing was noted")


@pytest.mark.process
def test_what_is_too_large_is_refused_by_the_gateway_in_its_own_words(site):
    with site.client() as client:
        large = client.post(
            f"{site.root}/graphql", headers=site.bearer, json={"query": " " * 1_500_000}
        )

    assert large.status_code == 413
    assert large.json()["errors"][0]["message"]


@pytest.mark.process
def test_figures_are_not_for_the_world_and_probes_need_no_prefix(site):
    with site.client() as client:
        outside = client.get(f"{site.root}/metrics").status_code

    assert outside == 404
    assert httpx.get(f"{site.inside}/metrics").status_code == 200
    assert httpx.get(f"{site.inside}/health/live").status_code == 200


@pytest.mark.process
def test_http_leads_to_https_and_the_log_has_no_secret(site):
    with site.client() as client:
        led = httpx.get(f"{site.proxy.plain_url}/calendar?name=Ida")
        client.get(f"{site.root}/feeds/s3cret.ics?name=Ida")

    assert led.status_code in {301, 308}
    assert led.headers["location"].startswith("https://127.0.0.1")
    assert led.headers["location"].endswith("/calendar?name=Ida")
    assert not {"s3cret", "Ida"} & set(re.findall(r"\w+", site.proxy.log()))


# Without a proxy


@pytest.mark.parametrize(
    ("path", "placed"),
    [
        ("/calendar", "/time/calendar"),
        ("/time/calendar", "/time/calendar"),
        ("/time", "/time/"),
        ("/timetable", "/time/timetable"),
        ("/", "/time/"),
    ],
)
async def test_a_request_is_below_the_prefix_whether_it_came_with_it_or_without(path, placed):
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)

    async def fail(*_):
        raise AssertionError

    await RootPathMiddleware(app, "/time")({"type": "http", "path": path}, fail, fail)

    assert (seen["path"], seen["root_path"]) == (placed, "/time")


def test_no_prefix_is_taken_for_a_path_of_ours(database_url):
    routes = create_app(database_url, metrics=True).routes
    paths = [each.path for each in routes if isinstance(each, Mount | Route | WebSocketRoute)]

    assert len(paths) == len(routes)
    assert {path.split("/")[1] for path in paths} - {""} == OWN_NAMES


def test_small_requests_take_the_short_road_below_a_prefix_too(database_url):
    gateway = create_app(database_url, root_path="/time")
    guarded(gateway, settings_of(database_url, root_path="/time"))

    assert gateway.short_road is not None
    assert gateway.short_road.paths == {"/graphql", "/time/graphql"}
