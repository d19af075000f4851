"""docs/frontend.md works: followed from an empty folder, and then run against a server."""

import json
import os
import re
import shutil
import sys
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
from tests.guides import blocks, shell
from tests.server import TIMEOFF

PAGE = PROJECT / "docs" / "frontend.md"
INSTALL = re.compile(r"npm install ([^&\n]+)")
CODE = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)

CLIENT_NAMES = {"apollo": "Apollo Client", "urql": "urql", "relay": "Relay"}
# Sections that not everybody reads.
OTHERS = {
    "Documents with types": {"apollo", "urql"},
    **{name: {client} for client, name in CLIENT_NAMES.items()},
}
# Stands for npm, which would ask its registry: what is named is there afterwards, with what it
# depends on and its commands, all as they are locked for these tests; and nothing else is.
NPM = f"""#!{sys.executable}
import json, os, pathlib, sys

verb, *words = sys.argv[1:]
assert verb == "install"
locked, here = pathlib.Path(os.environ["LOCKED"]), pathlib.Path("node_modules")
packages = json.loads((locked / ".package-lock.json").read_text())["packages"]
left = [word for word in words if not word.startswith("-")]
while left:
    name = left.pop()
    link, facts = here / name, packages.get("node_modules/" + name)
    if facts is None and name not in words or link.is_symlink():
        continue  # an optional one
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(locked / name)
    for command, file in facts.get("bin", {{}}).items():
        (here / ".bin").mkdir(exist_ok=True)
        (here / ".bin" / command).symlink_to(locked / name / file)
    optional = facts.get("peerDependenciesMeta", {{}})
    left += facts.get("dependencies", {{}})
    left += [peer for peer in facts.get("peerDependencies", {{}}) if peer not in optional]
"""
FOR_NODE = (
    *("--noEmit", "false", "--outDir", "built", "--rootDir", "."),
    *("--module", "NodeNext", "--moduleResolution", "NodeNext"),
)
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


@pytest.fixture(scope="module", params=["apollo", "urql", "relay"])
def client(request):
    return request.param


@pytest.fixture(scope="module")
def project(client, npm_packages, development_endpoint, tmp_path_factory):
    """A folder that was empty, in which a reader did what the page says for one client."""
    folder = tmp_path_factory.mktemp(client)
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(NPM)
    npm.chmod(0o755)
    work = folder / "work"
    work.mkdir()
    gateway = development_endpoint.removesuffix("/graphql")
    for block in blocks(PAGE):
        if block.section in OTHERS and client not in OTHERS[block.section]:
            continue
        if block.file:
            file = work / block.file
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text)
            continue
        path = f"{npm.parent}:{TIMEOFF.parent}:{os.environ['PATH']}"
        command = for_client(block.text, client)
        ended = shell(command, work, gateway, PATH=path, LOCKED=str(NODE_MODULES))
        assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
    return work


def for_client(text, client):
    """A block with paragraphs for each of the clients, without those of the others."""
    paragraphs = text.split("\n\n")
    heads = {paragraph.split("\n")[0].strip("# ") for paragraph in paragraphs[1:]}
    if not heads:
        return text
    assert heads == set(CLIENT_NAMES.values())
    name = CLIENT_NAMES[client]
    return "\n".join(
        [paragraphs[0], *(each for each in paragraphs if each.startswith(f"# {name}\n"))]
    )


@pytest.fixture(scope="module")
def compiled(client, project, tmp_path_factory):
    """The reader's code as Node.js runs it, which a bundler would do for a browser."""
    folder = tmp_path_factory.mktemp(f"{client}-compiled") / "work"
    shutil.copytree(project, folder, symlinks=True)
    for file in (CLIENTS / "frontend").iterdir():
        shutil.copy(file, folder)
    shutil.copy(CLIENTS / "support.mjs", folder)
    must_run(PROGRAMS / "tsc", *FOR_NODE, cwd=folder)
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
def test_the_snippets_of_a_client_do_what_the_page_says(client, compiled, endpoint, company):
    # Node.js 20 has the WebSocket of browsers only when it is told to.
    node = ("node", "--experimental-websocket")
    ended = run(*node, f"{client}.mjs", endpoint, company, cwd=compiled)

    assert ended == Ended(0, "all passed\n"), ended.said


@needs_npm
def test_the_types_are_those_of_the_schema(client, project, tmp_path):
    """Else a compiler that finds nothing would prove nothing."""
    folder = tmp_path / client
    shutil.copytree(project, folder, symlinks=True)
    source = folder / "src" / f"{client}.ts"
    source.write_text(source.read_text() + WRONG)

    ended = run(PROGRAMS / "tsc", cwd=folder)

    assert ended.code != 0
    assert "Type 'boolean' is not assignable to type 'string" in ended.said


@needs_npm
def test_a_reader_has_only_what_the_page_tells_to_install(client, project):
    """Else something that only our tests have could be missing for a reader."""
    others = {"apollo": "@urql/core", "urql": "@apollo/client", "relay": "@graphql-codegen/cli"}

    assert not (project / "node_modules" / others[client]).exists()
    assert not (project / "node_modules" / "prettier").exists()


@needs_npm
def test_the_snippets_are_formatted(project):
    names = [block.file for block in blocks(PAGE) if block.file and (project / block.file).exists()]

    assert len(names) >= 4
    must_run(PROGRAMS / "prettier", "--check", "--print-width", "100", *names, cwd=project)


def test_every_block_is_a_file_or_a_command():
    shown = list(blocks(PAGE))

    assert [each.line for each in shown if not each.file and each.language != "sh"] == []
    assert len([each for each in shown if each.file]) == 10
    assert {each.section for each in shown} >= set(OTHERS)


def named_packages():
    return {
        word
        for line in INSTALL.findall(PAGE.read_text("utf-8"))
        for word in line.split()
        if not word.startswith("-")
    }


def test_what_is_installed_is_what_is_run():
    wanted = json.loads(Path(CLIENTS, "package.json").read_text())["dependencies"]

    assert len(named_packages()) == 11
    assert named_packages() <= set(wanted)


def test_every_code_of_the_table_is_one_of_the_gateways():
    sources = [
        path.read_text("utf-8")
        for package in ("app", "graphql_schema")
        for path in (PROJECT / package).rglob("*.py")
        if "node_modules" not in path.parts
    ]

    codes = CODE.findall(PAGE.read_text("utf-8"))

    assert {"BAD_USER_INPUT", "SERVICE_UNAVAILABLE"} <= set(codes)
    assert [code for code in codes if not any(code in source for source in sources)] == []
