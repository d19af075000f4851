"""The schema breaks nobody unannounced, and is as graphql-eslint and Relay want schemas."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import GraphQLInterfaceType, build_schema

from tests.clients.tools import CLIENTS, PROGRAMS, PROJECT, needs_npm, run, workshop

COMMITTED = "graphql_schema/schema.graphql"
EXAMPLES = PROJECT / "app" / "web" / "graphiql" / "src" / "examples"

CHANGELOG = """
# Changelog

## [Unreleased]

### Breaking

- The field `User.here` is gone.

### Removed

- The field `User.elsewhere`.

## [2.1.0]

### Breaking

- The field `User.before` is gone.

## [2.0.0]

### Breaking

- The field `User.longAgo` is gone.
"""

MISTAKES = {
    "schema.graphql": {
        '"""What can be read."""\n': ("", "require-description"),
        "  hasNextPage: Boolean!\n": ("  hasNextPage: Int!\n", "relay-page-info"),
        "  sourceId: ID!\n": ("  source_id: ID!\n", "naming-convention"),
    },
    "operations.graphql": {"  requestedDate\n": ("  day\n", "fields-on-correct-type")},
    "apollo.mjs": {"query Users(": ("query GetUsers(", "naming-convention")},
    "urql.mjs": {"      hours\n": ("      hours\n      hours\n", "no-duplicate-fields")},
}


@pytest.fixture
def folder(schema, tmp_path):
    """The schema, the rules for it, the changelog, and the clients' operations."""
    folder = workshop(CLIENTS / "schema_quality", tmp_path / "folder", schema)
    shutil.copy(PROJECT / "CHANGELOG.md", folder)
    shutil.copytree(EXAMPLES, folder / "examples")
    shutil.copy(CLIENTS / "ariadne" / "operations.graphql", folder)
    for script in CLIENTS.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout


def committed_schema(current):
    """Return the newest committed schema that differs: what clients may rely on."""
    for commit in git("log", "--format=%H", "--", COMMITTED).split():
        if git("ls-tree", commit, "--", COMMITTED):
            schema = git("show", f"{commit}:{COMMITTED}")
            if schema != current:
                return schema
    return current


def diff(folder, old):
    (folder / "old.graphql").write_text(old)
    return run(
        *(PROGRAMS / "graphql-inspector", "diff", "old.graphql", "schema.graphql"),
        *("--rule", "announced.mjs"),
        cwd=folder,
    )


def eslint(folder):
    return run(PROGRAMS / "eslint", ".", cwd=folder)


def announced(name, ended):
    return any(f" {name} " in line and "(announced)" in line for line in ended.said.splitlines())


def complaints(said):
    """Return the rules that were broken, by file."""
    broken: dict[str, set[str]] = {}
    for line in said.splitlines():
        if line.startswith("/"):
            rules = broken.setdefault(Path(line).name, set())
        elif named := re.search("@graphql-eslint/(.+)", line):
            rules.add(named[1].strip())
    return broken


@needs_npm
@pytest.mark.process
class TestBreakingChanges:
    def test_none_is_unannounced(self, folder, schema):
        ended = diff(folder, committed_schema(schema))

        assert ended.code == 0, ended.said

    def test_one_that_is_not_announced_where_it_should_is_found(self, folder, schema):
        gone = ["here", "elsewhere", "before", "longAgo"]
        user = "type User implements Node {\n"
        old = schema.replace(user, user + "".join(f"  {name}: Int\n" for name in gone))
        (folder / "CHANGELOG.md").write_text(CHANGELOG)

        ended = diff(folder, old)

        assert ended.code == 1
        assert "Detected 2 breaking changes" in ended.said
        assert {name: f"Field {name} was removed" in ended.said for name in gone} == dict.fromkeys(
            gone, True
        )
        assert {name for name in gone if announced(name, ended)} == {"here", "before"}


@needs_npm
@pytest.mark.process
class TestEslint:
    def test_the_schema_and_the_operations_are_as_its_rules_want_them(self, folder):
        ended = eslint(folder)

        assert (ended.code, ended.said) == (0, "")

    def test_a_mistake_is_found(self, folder):
        for file, mistakes in MISTAKES.items():
            text = (folder / file).read_text()
            for right, (wrong, _) in mistakes.items():
                assert right in text
                text = text.replace(right, wrong, 1)
            (folder / file).write_text(text)

        found = complaints(eslint(folder).said)

        assert found == {
            file: {rule for _, rule in mistakes.values()} for file, mistakes in MISTAKES.items()
        }


def connections(schema):
    types = build_schema(schema).type_map
    return {
        name.removesuffix("Connection"): type_
        for name, type_ in types.items()
        if name.endswith("Connection")
    }


def test_every_edge_leads_to_a_node_or_to_what_is_not_stored_as_such(schema):
    # eslint.config.mjs switches the rule off for all, because it can do no less.
    def interfaces(connection):
        edge = connection.fields["edges"].type.of_type.of_type.of_type
        return {each.name for each in edge.fields["node"].type.of_type.interfaces}

    without = {
        name for name, type_ in connections(schema).items() if "Node" not in interfaces(type_)
    }

    assert without == {"AccessEvent", "Change", "Discrepancy", "WorkerSchedule"}


def test_every_list_goes_both_ways(schema):
    built = build_schema(schema)
    one_way = {
        f"{type_.name}.{name}"
        for type_ in built.type_map.values()
        for name, field in getattr(type_, "fields", {}).items()
        if str(field.type).rstrip("!").endswith("Connection")
        and not {"first", "after", "last", "before"} <= field.args.keys()
    }

    assert one_way == set()


def test_every_interface_has_types_of_it(schema):
    built = build_schema(schema)
    interfaces = [
        each for each in built.type_map.values() if isinstance(each, GraphQLInterfaceType)
    ]

    assert interfaces
    assert all(built.get_possible_types(each) for each in interfaces)
