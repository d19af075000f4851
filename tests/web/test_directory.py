"""The pages for administrators as the server sends them; what they do is tested in a browser."""

import json

import httpx
import pytest
from starlette.applications import Starlette

from app.web import calendar, directory
from app.web.bundled_pages import PAGE_POLICY
from app.web.bundles import Bundle

PAGE = "http://gateway.example/directory"


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """The folder that the build fills; empty, until a test puts something there."""
    monkeypatch.setattr(directory, "BUNDLE", Bundle("directory", tmp_path / "dist"))
    return tmp_path / "dist"


async def get(url):
    app = Starlette(routes=directory.directory_routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
        return await client.get(url)


async def test_the_page_names_the_files_of_its_bundle_and_they_are_there(bundle):
    bundle.mkdir()
    (bundle / "manifest.json").write_text(json.dumps({"script": "m-1.js", "styles": ["m-2.css"]}))
    (bundle / "m-1.js").write_text("console.log(1)")

    answer = await get(PAGE)

    assert '<script type="module" src="/directory/assets/m-1.js"></script>' in answer.text
    assert '<link rel="stylesheet" href="/directory/assets/m-2.css">' in answer.text
    assert answer.headers["Content-Security-Policy"] == PAGE_POLICY
    script = await get("http://gateway.example/directory/assets/m-1.js")
    assert script.text == "console.log(1)"


async def test_without_a_bundle_the_page_says_why_and_how_to_go_on(bundle):
    answer = await get(PAGE)

    assert answer.status_code == 200
    assert "The directory is not built" in answer.text
    assert "app/web/calendar/build" in answer.text
    assert "linkWorker" in answer.text
    assert "<script" not in answer.text


def test_the_calendar_loads_nothing_of_the_directory(calendar_bundle):
    of_calendar = calendar.BUNDLE.find_manifest()
    of_directory = directory.BUNDLE.find_manifest()
    assert of_calendar is not None
    script = (calendar.BUNDLE.folder / of_calendar["script"]).read_text("utf-8")

    assert of_directory is not None
    assert (directory.BUNDLE.folder / of_directory["script"]).exists()
    assert "linkWorker" not in script
    assert "directory." not in script
