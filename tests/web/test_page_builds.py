"""The builds of the pages: what they need and leave, and what stays out of their locks."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.web import bundles

WEB = Path(bundles.__file__).parent
PAGES = {"graphiql": ("GraphiQL", "20"), "calendar": ("Calendar", "20.19")}
BASH = shutil.which("bash") or "bash"
TOOLS = ("bash", "cat", "cut", "dirname", "du", "find", "mv", "readlink", "rm", "sort")


@pytest.fixture(params=PAGES)
def page(request):
    return request.param


@pytest.fixture
def copy(tmp_path, page):
    """The sources somewhere else, with neither packages nor bundle."""
    web = tmp_path / "app" / "web"
    web.mkdir(parents=True)
    shutil.copy(WEB / "build-bundle", web)
    (tmp_path / "graphql_schema").mkdir()
    (tmp_path / "graphql_schema" / "schema.graphql").write_text("type Query { it: Int }")
    return shutil.copytree(
        WEB / page,
        web / page,
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


def test_without_nodejs_the_build_says_so(page, copy, tools):
    title, oldest = PAGES[page]

    ended = build(copy, tools)

    assert ended.returncode == 3
    assert ended.stderr == (
        f"{title}: needs Node.js {oldest} or newer with npm, to be built; not found on the PATH.\n"
    )
    assert not (copy / "dist").exists()


@pytest.mark.parametrize(
    ("node", "found"),
    [
        pytest.param("echo v18.20.4", "v18.20.4", id="too old"),
        pytest.param("exit 127", "none", id="a version manager without a version"),
    ],
)
def test_with_a_nodejs_of_no_use_the_build_says_so(page, copy, tools, node, found):
    title, oldest = PAGES[page]
    put_tool(tools, "node", node)
    put_tool(tools, "npm", "exit 1")

    ended = build(copy, tools)

    assert ended.returncode == 3
    assert ended.stderr == (
        f"{title}: needs Node.js {oldest} or newer, to be built; found {found}.\n"
    )


@pytest.mark.parametrize("page", ["calendar"], indirect=True)
@pytest.mark.parametrize(
    ("version", "code"),
    [("v20.18.1", 3), ("v20.19.0", 1), ("v22.0.0", 1)],
)
def test_the_minor_version_of_nodejs_counts_where_it_matters(copy, tools, version, code):
    put_tool(tools, "node", f"echo {version}")
    put_tool(tools, "npm", "exit 1")

    assert build(copy, tools).returncode == code


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

    (copy / "src" / "another.css").write_text("body { margin: 1px }")
    assert build(copy, tools).returncode == 3


@pytest.mark.parametrize("page", ["calendar"], indirect=True)
def test_the_calendar_is_built_again_when_the_schema_changes(copy, tools):
    put_tool(tools, "node", 'if [[ $1 = --version ]]; then echo v22.1.0; else mkdir "$2"; fi')
    put_tool(tools, "npm", "exit 0")
    (tools / "mkdir").symlink_to(shutil.which("mkdir"))
    assert build(copy, tools).returncode == 0
    (tools / "node").unlink()
    assert build(copy, tools).returncode == 0

    schema = copy.parents[2] / "graphql_schema" / "schema.graphql"
    schema.write_text("type Query { other: Int }")

    assert build(copy, tools).returncode == 3


def test_the_lock_names_every_package_by_its_hash_and_no_registry(page):
    lock = json.loads((WEB / page / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
