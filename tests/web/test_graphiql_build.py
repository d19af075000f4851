"""The build of GraphiQL: what it needs, what it leaves, and what stays out of its lock."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.web import graphiql

SOURCES = Path(graphiql.__file__).with_name("graphiql")
BASH = shutil.which("bash") or "bash"
TOOLS = ("bash", "cat", "cut", "dirname", "du", "find", "mv", "readlink", "rm", "sort")


@pytest.fixture
def copy(tmp_path):
    """The sources somewhere else, with neither packages nor bundle."""
    return shutil.copytree(
        SOURCES,
        tmp_path / "graphiql",
        ignore=shutil.ignore_patterns("node_modules", "dist", "dist.new"),
    )


@pytest.fixture
def tools(tmp_path):
    """A folder for the PATH that holds the usual tools, without Node.js."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in (*TOOLS, "sha256sum", "shasum"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


def put_tool(folder, name, script):
    (folder / name).write_text(f"#!{BASH}\n{script}\n")
    (folder / name).chmod(0o755)


def build(copy, tools):
    return subprocess.run(
        [copy / "build"],
        env=os.environ | {"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_nodejs_the_build_says_so(copy, tools):
    ended = build(copy, tools)

    assert ended.returncode == 3
    assert ended.stderr == (
        "GraphiQL: needs Node.js 20 or newer with npm, to be built; not found on the PATH.\n"
    )
    assert not (copy / "dist").exists()


@pytest.mark.parametrize(
    ("node", "found"),
    [
        pytest.param("echo v18.20.4", "v18.20.4", id="too old"),
        pytest.param("exit 127", "none", id="a version manager without a version"),
    ],
)
def test_with_a_nodejs_of_no_use_the_build_says_so(copy, tools, node, found):
    put_tool(tools, "node", node)
    put_tool(tools, "npm", "exit 1")

    ended = build(copy, tools)

    assert ended.returncode == 3
    assert ended.stderr == f"GraphiQL: needs Node.js 20 or newer, to be built; found {found}.\n"


def test_when_npm_fails_the_build_shows_what_npm_said(copy, tools):
    put_tool(tools, "node", "echo v22.1.0")
    put_tool(tools, "npm", "echo 'npm error code ENOTFOUND' >&2; exit 1")

    ended = build(copy, tools)

    assert ended.returncode == 1
    assert "npm error code ENOTFOUND" in ended.stderr
    assert "npm could not get the packages" in ended.stderr


def test_a_bundle_of_these_sources_is_not_built_again_and_needs_no_nodejs(copy, tools):
    put_tool(tools, "node", 'if [[ $1 = --version ]]; then echo v22.1.0; else mkdir "$2"; fi')
    put_tool(tools, "npm", "exit 0")
    (tools / "mkdir").symlink_to(shutil.which("mkdir"))
    assert build(copy, tools).returncode == 0
    (tools / "node").unlink()

    again = build(copy, tools)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    (copy / "src" / "main.css").write_text("body { margin: 1px }")
    assert build(copy, tools).returncode == 3


def test_the_lock_names_every_package_by_its_hash_and_no_registry():
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
