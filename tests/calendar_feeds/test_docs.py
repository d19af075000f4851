"""docs/calendar-feeds.md: its documents and its command are run in their order."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.server import serving

PAGE = Path(__file__).parents[2] / "docs" / "calendar-feeds.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN_AT = "http://127.0.0.1:8000"
SHOWN_LINK = "/feeds/….ics"


def run(document, url, **variables):
    answer = httpx.post(f"{url}/graphql", json={"query": document, "variables": variables})
    ((_, payload),) = answer.json()["data"].items()
    assert not payload.get("userErrors"), answer.text
    return payload


def subscribe(command, url, link):
    """What the page's command prints: the status line, the headers and the feed."""
    assert command.count(SHOWN_LINK) == 1
    told = command.replace("curl ", "curl --silent ").replace(SHOWN_AT, url)
    told = told.replace(SHOWN_LINK, link)
    return subprocess.run(
        ["bash", "-euc", told],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout


@pytest.mark.process
@pytest.mark.only_on("sqlite")
def test_the_page_shows_what_happens(database_url):
    if shutil.which("curl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("curl was not found")
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert [language for language, _ in blocks] == ["graphql", "sh", *["graphql"] * 3]
    (_, create), (_, command), (_, renew), (_, revoke), (_, list_) = blocks

    with serving(database_url, "--demo") as server:
        made = run(create, server.url)
        feed = made["calendarFeed"]
        first = subscribe(command, server.url, made["link"])
        renewed = run(renew, server.url, id=feed["id"])
        ended = subscribe(command, server.url, made["link"])
        second = subscribe(command, server.url, renewed["link"])
        revoked = run(revoke, server.url, id=feed["id"])
        listed = run(list_, server.url)

    assert first.startswith("HTTP/1.1 200 OK")
    assert "SUMMARY:Amara Birch: time off" in first
    assert second.partition("BEGIN:")[2].splitlines() == first.partition("BEGIN:")[2].splitlines()
    assert ended.startswith("HTTP/1.1 404 ")
    (one,) = listed["nodes"]
    assert (one["id"], one["revokedAt"]) == (feed["id"], revoked["calendarFeed"]["revokedAt"])
