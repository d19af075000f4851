"""The README shows what happens: its examples are run in their order, and answer as shown."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from app.cli import main
from tests.server import serving

README = Path(__file__).parent.parent / "README.md"
SHOWN_AT = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples():
    """Each block that is followed by its answer, with the language of both."""
    blocks = BLOCK.findall(README.read_text("utf-8"))
    pairs = pairwise(blocks)
    return [(asked, shown) for asked, shown in pairs if shown[0] in ("json", "text")]


def run(language, code, url):
    if language == "graphql":
        return httpx.post(f"{url}/graphql", json={"query": code}).json()
    command = ["bash", "-c", code] if language == "sh" else [sys.executable, "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(answer) if language == "sh" else answer


def test_every_command_is_listed():
    [block] = [code for language, code in BLOCK.findall(README.read_text("utf-8"))
               if "scripts/timeoff migrate" in code]  # fmt: skip

    listed = re.findall(r"^scripts/timeoff ([a-z-]+)", block, re.MULTILINE)

    assert sorted(listed) == sorted(main.commands)


@pytest.mark.process
@pytest.mark.only_on("sqlite")
def test_every_example_of_the_readme_answers_as_shown(database_url):
    asked_in = [asked[0] for asked, _ in examples() if asked[0] in ("graphql", "sh", "python")]
    assert asked_in == ["graphql", "graphql", "graphql", "sh", "python"]
    with serving(database_url, "--demo") as server:
        for (language, code), (_, shown) in examples():
            if language not in ("graphql", "sh", "python"):
                continue
            answer = run(language, code.replace(SHOWN_AT, server.url), server.url)
            assert answer == (shown if language == "python" else json.loads(shown))
