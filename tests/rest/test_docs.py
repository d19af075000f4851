"""docs/rest.md: every curl line is run, and every endpoint has one."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.rest.test_procore_example import RESPONSE, in_order, without_ids
from tests.server import TIMEOFF, clean_environment, serving

GUIDE = Path(__file__).parents[2] / "docs" / "rest.md"
BLOCK = re.compile(r"^```bash\n(.*?)^```\n(?:\nAnswers (\d{3}))?", re.DOTALL | re.MULTILINE)
ADDRESS = re.compile(r'"\$(GATEWAY|PERSON)([^"?]*)')

pytestmark = pytest.mark.process


def blocks():
    """The commands of the guide, and the status that each is said to have."""
    return [
        (command, status or None) for command, status in BLOCK.findall(GUIDE.read_text("utf-8"))
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A gateway with the demo data."""
    if shutil.which("curl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("curl was not found")
    url = f"sqlite:///{tmp_path_factory.mktemp('docs')}/timeoff.db"
    subprocess.run([TIMEOFF, "migrate", "--database-url", url], env=clean_environment(), check=True)
    with serving(url, "--demo") as server:
        yield server


def run(command, variables):
    """Run a command of the guide; return its status and its body."""
    told = command.replace("curl ", "curl --silent --write-out '\\n%{http_code}' ", 1)
    ended = subprocess.run(
        ["bash", "-euc", told],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    body, _, status = ended.stdout.rpartition("\n")
    return status, body


def test_every_command_is_answered_as_the_guide_says(server):
    variables = {"GATEWAY": server.url}
    bodies = {}
    for command, status in blocks():
        if not command.startswith("curl "):
            name, _, value = command.strip().partition("=")
            variables.setdefault(name, value.replace("$GATEWAY", server.url))
            continue
        answered, body = run(command, variables)
        assert (command, answered) == (command, status)
        bodies[command] = body
        if "--dump-header" in command:
            assert '"sent":"7:37 AM","stored":"7:30 AM"' in body
            continue
        shown = json.loads(body) if body else {}
        if shown.get("results", [{}])[0].get("key") == "time_off_entries":
            variables.setdefault("ENTRY", shown["results"][0]["id"])
        if isinstance(shown.get("data"), dict):
            variables.setdefault("TIME_OFF", shown["data"]["id"])

    (example,) = (body for command, body in bodies.items() if '"reason": "medical"' in command)
    assert without_ids(in_order(example)) == without_ids(in_order(RESPONSE))


def test_every_endpoint_has_a_command(server):
    document = httpx.get(f"{server.url}/openapi.json").json()
    wanted = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }

    shown = {endpoint_of(command) for command, _ in blocks() if command.startswith("curl ")}

    assert shown == wanted


def endpoint_of(command):
    """The method and the path of a command, as the OpenAPI document names them."""
    ((start, address),) = ADDRESS.findall(command)
    method = re.search(r"--request (\w+)", command)
    person = "/procore/v2/companies/{company_id}/people/{person_id}" if start == "PERSON" else ""
    path = re.sub(r"/(\$\w+|\d+)$", "/{id}", person + address)
    implied = "POST" if "--data" in command else "GET"
    return method[1] if method else implied, path
