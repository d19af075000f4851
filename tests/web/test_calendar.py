"""The calendar page as the server sends it; what it does is tested in a browser."""

import json
import os
import shutil
import subprocess

import httpx
import pytest
from starlette.applications import Starlette

from app.web import calendar
from app.web.bundles import Bundle

PAGE = "http://gateway.example/calendar"
SOURCES = calendar.BUNDLE.folder.parent


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """The folder that the build fills; empty, until a test puts something there."""
    monkeypatch.setattr(calendar, "BUNDLE", Bundle("calendar", tmp_path / "dist"))
    return tmp_path / "dist"


@pytest.fixture
def built(bundle):
    bundle.mkdir()
    manifest = {"script": "main-1.js", "styles": ["main-2.css"]}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    (bundle / "main-1.js").write_text("console.log(1)")
    return bundle


async def get(url, root_path="", languages="en"):
    app = Starlette(routes=calendar.calendar_routes())
    transport = httpx.ASGITransport(app=app, root_path=root_path)
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.get(url, headers={"Accept-Language": languages})


async def test_the_page_names_the_files_of_the_bundle_and_they_are_there(built):
    page = (await get(PAGE)).text

    assert '<script type="module" src="/calendar/assets/main-1.js"></script>' in page
    assert '<link rel="stylesheet" href="/calendar/assets/main-2.css">' in page
    script = await get("http://gateway.example/calendar/assets/main-1.js")
    assert script.text == "console.log(1)"
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_the_page_allows_its_own_files_only_and_nothing_inline(built):
    answer = await get(PAGE)

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("address", "languages", "language", "told"),
    [
        ("", "fr-CH, fr;q=0.9, en;q=0.8", "fr", "Chargement du calendrier"),
        ("", "it, de-AT;q=0.7", "de", "Der Kalender braucht JavaScript"),
        ("?lang=es-MX", "de", "es", "El calendario necesita JavaScript"),
        ("?lang=<b>", "it", "en", "Loading the calendar"),
    ],
)
async def test_without_its_script_the_page_speaks_the_readers_language(
    built, address, languages, language, told
):
    answer = await get(f"{PAGE}{address}", languages=languages)

    assert f'<html lang="{language}" dir="ltr">' in answer.text
    assert answer.headers["Content-Language"] == language
    assert told in answer.text
    assert answer.headers["Vary"] == "Accept-Language"


async def test_below_the_prefix_of_a_proxy_the_page_names_all_with_it(built):
    page = (await get("http://gateway.example/time/calendar", root_path="/time")).text

    assert 'data-root="/time"' in page
    assert 'src="/time/calendar/assets/main-1.js"' in page


async def test_without_a_bundle_the_page_says_why_and_how_to_go_on(bundle):
    answer = await get(PAGE)

    assert answer.status_code == 200
    assert "The calendar is not built" in answer.text
    assert "Node.js 20.19 or newer" in answer.text
    assert "app/web/calendar/build" in answer.text
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.node
@pytest.mark.process
def test_the_sources_have_the_types_of_the_schema_and_of_each_other(tmp_path):
    """Vite drops types without a look, so the compiler looks here."""
    compiler = SOURCES / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.exists():
        missing = "The calendar is not built: app/web/calendar/build does that, with Node.js"
        in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
        (pytest.fail if in_ci else pytest.skip)(missing)
    node = shutil.which("node") or "node"
    subprocess.run([node, "build.mjs", "types"], cwd=SOURCES, check=True)

    ended = subprocess.run(
        [node, compiler, "--project", SOURCES], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (0, "")
