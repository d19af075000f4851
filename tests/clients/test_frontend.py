"""docs/frontend.md works: its snippets are taken out, compiled, and run against a server."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from uuid import UUID

import pytest

from tests.clients.company import post
from tests.clients.tools import (
    CLIENTS,
    NODE_MODULES,
    PROGRAMS,
    PROJECT,
    Ended,
    must_run,
    needs_npm,
    run,
)
from tests.server import TIMEOFF, clean_environment

PAGE = PROJECT / "docs" / "frontend.md"
FILE = re.compile(r"(?sm)^`(?P<name>\S+)`:\n\n```\w+\n(?P<text>.*?\n)```\n")
BLOCK = re.compile(r"(?sm)^```(?P<language>\w+)\n.*?^```$")
INSTALL = re.compile(r"npm install ([^&\n]+)")
COMMANDS = re.compile(r"(?s)```sh\n(timeoff export-schema .*?)```")
CODE = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)

WRONG = '\nexport const wrong: Parameters<typeof create>[1]["companyId"] = true;\n'
NAMES = ("Ada", "Ben", "Cleo", "Dora", "Emil")
FILL = """
mutation Fill(
  $companies: UpsertCompaniesInput!, $users: UpsertUsersInput!, $people: UpsertPeopleInput!
) {
  upsertCompanies(input: $companies) { userErrors { message } }
  upsertUsers(input: $users) { userErrors { message } }
  upsertPeople(input: $people) { userErrors { message } }
}
"""

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def project(npm_packages, tmp_path_factory):
    """A folder with the files of the page, on which its commands were run as they stand there."""
    folder = tmp_path_factory.mktemp("frontend")
    shutil.copytree(CLIENTS / "frontend", folder, dirs_exist_ok=True)
    shutil.copy(CLIENTS / "support.mjs", folder)
    (folder / "node_modules").symlink_to(NODE_MODULES)
    for name, text in FILE.findall(PAGE.read_text("utf-8")):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (commands,) = COMMANDS.findall(PAGE.read_text("utf-8"))
    ended = subprocess.run(
        ["bash", "-ec", commands],
        cwd=folder,
        env=clean_environment() | {"PATH": f"{TIMEOFF.parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder


@pytest.fixture
def company(request, endpoint):
    """The id of a company of the test's own, with five workers whom both systems know."""
    number = sum(map(ord, request.node.name))
    id_ = str(UUID(int=number))
    own = {"companyId": id_}
    emails = [f"{name}@{number}.example.com" for name in NAMES]
    variables = {
        "companies": {"companies": [{"sourceId": id_, "name": request.node.name}]},
        "users": {
            "users": [
                own | {"sourceId": str(number * 10 + n), "fullName": name, "emailAddress": email}
                for n, (name, email) in enumerate(zip(NAMES, emails, strict=True))
            ]
        },
        "people": {
            "people": [
                own
                | {
                    "sourceId": str(UUID(int=number * 10 + n)),
                    "firstName": name,
                    "lastName": "Vale",
                    "email": email,
                }
                for n, (name, email) in enumerate(zip(NAMES, emails, strict=True))
            ]
        },
    }
    answer = post(endpoint, {"query": FILL, "variables": variables})
    assert [payload["userErrors"] for payload in answer["data"].values()] == [[], [], []]
    return id_


@needs_npm
@pytest.mark.parametrize("client", ["apollo", "urql", "relay"])
def test_the_snippets_of_a_client_do_what_the_page_says(client, project, endpoint, company):
    ended = run("node", f"{client}.mjs", endpoint, company, cwd=project)

    assert ended == Ended(0, "all passed\n"), ended.said


@needs_npm
def test_the_types_are_those_of_the_schema(project, tmp_path):
    """Else a compiler that finds nothing would prove nothing."""
    for file in ("apollo", "urql", "relay"):
        shutil.copytree(project, tmp_path / file, symlinks=True)
        source = tmp_path / file / "src" / f"{file}.ts"
        text = source.read_text()
        source.write_text(text + WRONG)

        ended = run(PROGRAMS / "tsc", "--noEmit", cwd=tmp_path / file)

        assert ended.code != 0
        assert "Type 'boolean' is not assignable to type 'string" in ended.said


@needs_npm
def test_the_snippets_are_formatted(project):
    names = [name for name, _ in FILE.findall(PAGE.read_text("utf-8"))]

    must_run(PROGRAMS / "prettier", "--check", "--print-width", "100", *names, cwd=project)


def test_every_snippet_of_code_is_among_those_that_are_run():
    page = PAGE.read_text("utf-8")
    shown = [match["language"] for match in BLOCK.finditer(page)]

    assert len(FILE.findall(page)) == len([each for each in shown if each != "sh"])
    assert len(FILE.findall(page)) == 8


def test_what_is_installed_is_what_is_run():
    wanted = json.loads(Path(CLIENTS, "package.json").read_text())["dependencies"]
    named = {
        word
        for line in INSTALL.findall(PAGE.read_text("utf-8"))
        for word in line.split()
        if not word.startswith("-")
    }

    assert len(named) == 10
    assert named <= set(wanted)


def test_every_code_of_the_table_is_one_of_the_gateways():
    sources = [
        path.read_text("utf-8")
        for package in ("app", "graphql_schema")
        for path in (PROJECT / package).rglob("*.py")
        if "node_modules" not in path.parts
    ]

    codes = CODE.findall(PAGE.read_text("utf-8"))

    assert len(codes) == 6
    assert [code for code in codes if not any(code in source for source in sources)] == []
