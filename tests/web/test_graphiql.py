"""The page as the server sends it: its headers, its files, and what it says when not built."""

import gzip
import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from app.web import graphiql
from app.web.bundles import Bundle, favicon

ENDPOINT = "http://gateway.example/graphql"


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """The folder that the build fills; empty, until a test puts something there."""
    monkeypatch.setattr(graphiql, "BUNDLE", Bundle("graphiql", tmp_path / "dist"))
    return tmp_path / "dist"


@pytest.fixture
def built(bundle):
    bundle.mkdir()
    manifest = {"script": "main-1.js", "styles": ["main-2.css", "chunk-3.css"]}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    (bundle / "main-1.js").write_text("console.log(1)")
    (bundle / "main-1.js.gz").write_bytes(gzip.compress(b"console.log(1)"))
    return bundle


def application():
    return Starlette(
        routes=[
            Route("/graphql", graphiql.graphiql_page),
            Route("/favicon.ico", favicon),
            *graphiql.graphiql_assets(),
        ]
    )


async def get(url, app=None, root_path="", **headers):
    transport = httpx.ASGITransport(app=app or application(), root_path=root_path)
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.get(url, headers=headers)


async def test_the_page_names_its_endpoint_and_the_files_of_the_bundle(built):
    page = (await get(ENDPOINT)).text

    assert '<div id="graphiql" data-endpoint="/graphql" data-root="">' in page
    assert '<script type="module" src="/graphiql/assets/main-1.js"></script>' in page
    assert '<link rel="stylesheet" href="/graphiql/assets/main-2.css">' in page
    assert '<link rel="stylesheet" href="/graphiql/assets/chunk-3.css">' in page


async def test_the_page_allows_scripts_and_requests_of_its_own_origin_only(built):
    answer = await get(ENDPOINT)

    policy = dict(
        directive.split(" ", 1)
        for directive in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "connect-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Vary"] == "Accept"


async def test_below_the_prefix_of_a_proxy_the_page_names_all_with_it(built):
    page = (await get("http://gateway.example/time/graphql", root_path="/time")).text

    assert 'data-endpoint="/time/graphql"' in page
    assert 'src="/time/graphiql/assets/main-1.js"' in page
    assert 'href="/time/favicon.ico"' in page


@pytest.mark.parametrize("host", ['"><script>alert(1)</script>', "a' --output /etc/passwd '"])
async def test_a_strange_host_name_stays_text(bundle, host):
    page = (await get(ENDPOINT, Host=host)).text

    assert "<script" not in page
    assert "' --output" not in page


async def test_the_files_are_kept_for_ever(built):
    answer = await get("http://gateway.example/graphiql/assets/main-1.js")

    assert answer.status_code == 200
    assert answer.text == "console.log(1)"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        pytest.param("gzip, deflate, br", "gzip", id="compressed where that is accepted"),
        pytest.param("identity", None, id="as it is elsewhere"),
    ],
)
async def test_a_file_travels(built, accepted, encoding):
    url = "http://gateway.example/graphiql/assets/main-1.js"

    answer = await get(url, **{"Accept-Encoding": accepted})

    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.text == "console.log(1)"


@pytest.mark.parametrize("name", ["main-0.js", "../../build", "%2e%2e/manifest.json", ""])
async def test_a_file_that_is_not_of_the_bundle_is_not_found_and_not_kept(built, name):
    answer = await get(f"http://gateway.example/graphiql/assets/{name}")

    assert answer.status_code == 404
    assert "Cache-Control" not in answer.headers


async def test_the_icon_is_a_picture():
    answer = await get("http://gateway.example/favicon.ico")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")


async def test_without_a_bundle_the_page_says_why_and_how_to_go_on(bundle):
    answer = await get(ENDPOINT)

    assert answer.status_code == 200
    assert "GraphiQL is not built" in answer.text
    assert "Node.js 20 or newer" in answer.text
    assert "scripts/serve" in answer.text
    assert "curl http://gateway.example/graphql" in answer.text
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


async def test_without_a_bundle_its_files_are_not_found(bundle):
    answer = await get("http://gateway.example/graphiql/assets/main-1.js")

    assert answer.status_code == 404


async def test_a_bundle_built_while_the_server_runs_is_served(bundle, request):
    app = application()
    before = (await get(ENDPOINT, app)).text

    request.getfixturevalue("built")

    assert "GraphiQL is not built" in before
    assert 'src="/graphiql/assets/main-1.js"' in (await get(ENDPOINT, app)).text
    answer = await get("http://gateway.example/graphiql/assets/main-1.js", app)
    assert answer.status_code == 200
