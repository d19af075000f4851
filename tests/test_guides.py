"""What the README and the guides show can be done: commands, files, GraphQL and JSON.

These hold for every page there is. Pages whose commands are run in their order have tests of
their own: docs/rest.md, docs/frontend.md, docs/calendar-feeds.md, docs/schedule.md, the README,
and below docs/exports.md, docs/importing.md and docs/repeats.md.
"""

import ast
import csv
import io
import json
import re
import shlex
import subprocess
from collections.abc import Iterator

import click
import httpx
import pytest
from graphql import GraphQLError, build_schema, parse, validate

from app.cli import main
from graphql_schema.schema import sdl
from tests import warm
from tests.guides import DOCS, PROJECT, SHELLS, Block, blocks, pages, shell
from tests.server import clean_environment, serving

SCHEMA = build_schema(sdl())
USED = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)")
SET = re.compile(r"^(?:export )?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
# Settings of the shell in which the reader sits.
OF_EVERY_SHELL = {"PATH", "HOME", "XDG_DATA_HOME", "PWD", "USER"}
SHOWN = [(page, block) for page in pages() for block in blocks(page)]


def shown(*languages):
    """Run a test for each block of these languages, on whatever page."""
    chosen = [
        pytest.param(page, block, id=f"{page.relative_to(PROJECT)}:{block.line}")
        for page, block in SHOWN
        if block.language in languages
    ]
    return pytest.mark.parametrize(("page", "block"), chosen)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(PROJECT)))
def test_a_page_sets_each_variable_that_it_uses(page):
    known, missing = set(OF_EVERY_SHELL), []
    for block in blocks(page):
        if block.language in SHELLS:
            known |= set(SET.findall(block.text))
            missing += [name for name in USED.findall(block.text) if name not in known]

    assert missing == []


@shown("sh", "bash")
def test_a_shell_can_read_it(page, block):
    ended = subprocess.run(
        ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (0, ""), page


@shown("sh", "bash", "")
def test_each_command_of_ours_is_there_with_its_options(page, block):
    for words in commands(block):
        program, *rest = words
        if program.startswith("scripts/"):
            assert (PROJECT / program).exists(), (page, program)
        if program in {"timeoff", "scripts/timeoff"}:
            command = main.commands[rest[0]]
            if isinstance(command, click.Group) and options(rest):
                command = command.commands[rest[1]]
            assert options(rest) <= known_options(command), (page, words)
        if program == "scripts/serve":
            assert options(rest) <= known_options(main.commands["serve"]), (page, words)


def commands(block: Block) -> Iterator[list[str]]:
    """Yield the words of each line that begins with a command of this project."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if line.startswith(("timeoff ", "scripts/")):
            yield shlex.split(re.split(r" [|&>] ?| && ", line)[0], comments=True)


def options(words: list[str]) -> set[str]:
    return {word.split("=")[0] for word in words if word.startswith("--")}


def known_options(command: click.Command) -> set[str]:
    return {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {
        "--help"
    }


@shown("graphql")
def test_a_document_fits_the_schema(page, block):
    try:
        problems = validate(SCHEMA, parse(block.text))
    except GraphQLError as problem:
        problems = [problem]

    assert [each.message for each in problems] == [], page


@shown("json")
def test_json_can_be_read(page, block):
    assert json.loads(block.text) is not None, page


@shown("python")
def test_python_can_be_read(page, block):
    assert ast.parse(block.text).body, page


@shown("csv")
def test_csv_has_as_many_cells_in_each_line(page, block):
    assert len({len(row) for row in csv.reader(io.StringIO(block.text))}) == 1, page


def test_the_blocks_are_found():
    languages = [block.language for _, block in SHOWN]

    assert len(languages) >= 80
    assert {"sh", "bash", "graphql", "json", "ts", "python", "csv"} <= set(languages)


# Guides whose commands are run


@pytest.fixture
def database(tmp_path):
    """A database with the demo data, as the environment names it."""
    url = f"sqlite:///{tmp_path}/timeoff.db"
    for verb in ("migrate", "seed"):
        warm.run(verb, "--database-url", url, env=clean_environment(), check=True)
    return url


@pytest.fixture
def empty_folder(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.process
def test_the_exports_are_made_as_the_guide_says(database, empty_folder):
    (block,) = (each for each in blocks(DOCS / "exports.md") if each.language == "sh")
    with serving(database, "--no-demo") as server:
        ended = shell(block.text, empty_folder, server.url, TIMEOFF_DATABASE_URL=database)

    assert ended.returncode == 0, ended.stderr
    by_command = (empty_folder / "march.csv").read_bytes().decode("utf-8-sig")
    by_link = ended.stdout[ended.stdout.index("name,role,") :]
    assert by_link.splitlines() == by_command.splitlines()


@pytest.mark.process
@pytest.mark.parametrize("language", ["csv", "json"])
def test_the_files_of_the_guide_are_imported(database, empty_folder, language):
    page = list(blocks(DOCS / "importing.md"))
    (command,) = (each.text for each in page if each.text.startswith("scripts/timeoff import"))
    file = next(each for each in page if each.language == language)
    folder = empty_folder / "DIRECTORY"
    folder.mkdir()
    (folder / f"users.{language}").write_text(file.text, "utf-8")

    ended = shell(command, empty_folder, TIMEOFF_DATABASE_URL=database)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ", 0 refused" in ended.stdout


@pytest.mark.process
def test_a_repeat_is_changed_as_the_guide_says(database):
    """Its documents in their order, on the record that the first of them makes."""
    make, find, *others = [
        each.text for each in blocks(DOCS / "repeats.md") if each.language == "graphql"
    ]
    with serving(database, "--no-demo") as server:

        def done(document, **variables):
            sent = {"query": document, "variables": variables}
            answer = httpx.post(f"{server.url}/graphql", json=sent).json()
            assert "errors" not in answer, answer
            return answer["data"]

        made = done(make)["createPersonTimeOff"]["personTimeOff"]
        found = done(find)["personTimeOffs"]["nodes"]
        shown = {}
        for document in others:
            (name,) = re.findall(r"^(?:query|mutation) (\w+)", document)
            shown[name] = done(document, id=made["id"])
            if name == "FromThenOn":
                shown["Done"] = done(document, id=made["id"], dryRun=False)

    wednesdays = ["2026-03-04", "2026-03-11", "2026-03-18", "2026-03-25"]
    assert [each["originalDay"] for each in made["instances"]] == wednesdays
    assert made["id"] in [each["id"] for each in found]
    refusals = {
        name: [each["code"] for payload in data.values() for each in payload.get("userErrors", ())]
        for name, data in shown.items()
    }
    assert {name: codes for name, codes in refusals.items() if codes} == {"TooLate": ["NOT_FOUND"]}
    moved = shown["Move"]["updatePersonTimeOff"]
    assert (moved["personTimeOff"]["instances"][1], moved["warnings"]) == (
        {"originalDay": "2026-03-11", "status": "CHANGED", "startDay": "2026-03-12"},
        [],
    )
    assert shown["SkipAndRestore"]["deletePersonTimeOff"]["keptExceptions"] == [
        {"originalDay": "2026-03-11", "status": "CHANGED"},
        {"originalDay": "2026-03-18", "status": "SKIPPED"},
    ]
    split_off = shown["Done"]["updatePersonTimeOff"]["splitOff"]
    assert split_off["splitFrom"] == {"id": made["id"]}
    (too_late,) = shown["TooLate"]["updatePersonTimeOff"]["userErrors"]
    assert too_late["personTimeOff"] == {"id": split_off["id"], "startDay": "2026-03-18"}
    assert shown["EndBefore"]["deletePersonTimeOff"]["removedDays"] == ["2026-03-12"]
    deleted, brought_back = shown["DeleteAndBringBack"].values()
    assert deleted["deletedId"] == brought_back["personTimeOff"]["id"] == made["id"]
