"""docs/rest.md: every curl line is run, and every endpoint has one."""

import os
import re
import shutil

import httpx
import pytest

from tests import warm
from tests.guides import DOCS, blocks, shell
from tests.rest.test_procore_example import RESPONSE, in_order, without_ids
from tests.server import clean_environment, serving

GUIDE = DOCS / "rest.md"
ANSWERS = re.compile(r"\n*Answers (\d{3})")
NEXT = "=== next ==="
ADDRESS = re.compile(r'"\$(GATEWAY|PERSON)([^"?]*)')

pytestmark = pytest.mark.process


def commands():
    """The commands of the guide, each with the status that it is said to have, if it is."""
    text = GUIDE.read_text("utf-8")
    for block in blocks(GUIDE):
        if block.language == "bash":
            _, after = text.split(f"```bash\n{block.text}```\n", 1)
            said = ANSWERS.match(after)
            yield block.text, said[1] if said else None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A gateway with the demo data."""
    if shutil.which("curl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("curl was not found")
    url = f"sqlite:///{tmp_path_factory.mktemp('docs')}/timeoff.db"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    with serving(url, "--demo") as server:
        yield server


def test_every_command_is_answered_as_the_guide_says(server, tmp_path):
    """All in one shell and an empty folder, as a reader types them."""
    shown = list(commands())
    told = [
        command.replace("curl ", "curl --silent --write-out '\\n%{http_code}' ", 1)
        if status
        else command
        for command, status in shown
    ]
    ended = shell(f"printf '{NEXT}'\n".join(told), tmp_path, server.url)
    assert ended.returncode == 0, ended.stderr
    answers = [each.rpartition("\n") for each in ended.stdout.split(NEXT)]

    assert [
        (command, answered) for (command, _), (*_, answered) in zip(shown, answers, strict=True)
    ] == [(command, status or "") for command, status in shown]
    bodies = {command: body for (command, _), (body, *_) in zip(shown, answers, strict=True)}
    (patched,) = (body for command, body in bodies.items() if "--dump-header" in command)
    assert '"sent":"7:37 AM","stored":"7:30 AM"' in patched
    (example,) = (body for command, body in bodies.items() if '"reason": "medical"' in command)
    assert without_ids(in_order(example)) == without_ids(in_order(RESPONSE))


def test_every_endpoint_has_a_command(server):
    document = httpx.get(f"{server.url}/openapi.json").json()
    wanted = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }

    shown = {endpoint_of(command) for command, status in commands() if status}

    assert shown == wanted


def endpoint_of(command):
    """The method and the path of a command, as the OpenAPI document names them."""
    ((start, address),) = ADDRESS.findall(command)
    method = re.search(r"--request (\w+)", command)
    person = "/procore/v2/companies/{company_id}/people/{person_id}" if start == "PERSON" else ""
    path = re.sub(r"/(\$\w+|\d+)$", "/{id}", person + address)
    implied = "POST" if "--data" in command else "GET"
    return method[1] if method else implied, path
