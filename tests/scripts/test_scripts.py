"""The scripts find their way from anywhere, and say what is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    path.name for path in (PROJECT / "scripts").iterdir() if "." not in path.name and path.is_file()
)

pytestmark = pytest.mark.process


def run(*command, cwd, **variables):
    return subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def machine_without_python(tmp_path):
    """A project that was never set up, and a PATH with no Python on it."""
    shutil.copytree(PROJECT / "scripts", tmp_path / "project" / "scripts")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "cat", "dirname", "env", "readlink"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    return tmp_path / "project", str(programs)


@pytest.mark.parametrize("script", [f"scripts/{name}" for name in SCRIPTS] + [".ci/run"])
def test_every_script_can_be_run_and_parsed(script):
    path = PROJECT / script

    assert os.access(path, os.X_OK)
    assert run("bash", "-n", path, cwd=PROJECT).stderr == ""


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_help_comes_before_anything_is_installed(machine_without_python, script, option):
    project, path = machine_without_python
    before = sorted(project.rglob("*"))

    ended = run(project / "scripts" / script, option, cwd=project, PATH=path)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[0] in (PROJECT / "scripts" / script).read_text()
    assert sorted(project.rglob("*")) == before


def test_help_about_another_script_than_there_are_is_refused():
    ended = run(PROJECT / "scripts" / "help", "environment.py", cwd=PROJECT)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "There is no scripts/environment.py" in ended.stderr


def parsers():
    """Yield the scripts whose options a Python module reads, with its source."""
    for script in SCRIPTS:
        module = re.search(r"python -m scripts\.(\w+)", (PROJECT / "scripts" / script).read_text())
        if module:
            source = PROJECT / "scripts" / module[1]
            yield script, source / "__main__.py" if source.is_dir() else source.with_suffix(".py")


@pytest.mark.parametrize(("script", "source"), list(parsers()))
def test_help_tells_every_option(script, source):
    """It stands beside the parser, which cannot be asked before all that it imports is there."""
    told = run(PROJECT / "scripts" / script, "--help", cwd=PROJECT).stdout

    options = set(re.findall(r'add(?:_argument)?\(\s*"(--[\w-]+)', source.read_text()))
    assert options - {*told.split()} == set()


@pytest.mark.parametrize("script", ["serve", "test"])
def test_without_python_it_is_said_how_to_get_it(machine_without_python, script):
    project, path = machine_without_python

    ended = run(project / "scripts" / script, cwd=project, PATH=path)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Python 3.11 or newer is needed and none was found")
    assert "apt-get install python3 python3-venv" in ended.stderr


def test_a_python_that_is_too_old_or_only_a_shim_is_passed_over(machine_without_python):
    project, path = machine_without_python
    for name, body in {"python3.13": "exit 127", "python3": "exit 1"}.items():
        program = Path(path, name)
        program.write_text(f"#!/usr/bin/env bash\n{body}\n")
        program.chmod(0o755)

    ended = run(project / "scripts" / "serve", cwd=project, PATH=path)

    assert ended.returncode == 1
    assert "none was found" in ended.stderr


def test_a_prepared_project_is_left_alone_without_a_word(tmp_path):
    ended = run(PROJECT / "scripts" / "prepare", "check", cwd=tmp_path)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_serve_works_from_another_folder_and_through_a_link(tmp_path):
    link = tmp_path / "serve-the-gateway"
    link.symlink_to(PROJECT / "scripts" / "serve")

    ended = run(link, "--help", cwd=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Usage: timeoff serve")


def test_the_command_works_from_another_folder_and_through_a_link(tmp_path):
    link = tmp_path / "timeoff"
    link.symlink_to(PROJECT / "scripts" / "timeoff")

    ended = run(link, "export-schema", "--output", "here.graphql", cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (0, "Wrote here.graphql\n"), ended.stderr
    assert (tmp_path / "here.graphql").is_file()


def test_a_bad_option_of_serve_is_that_of_the_command():
    ended = run(PROJECT / "scripts" / "serve", "--port", "http", cwd=PROJECT)

    assert ended.returncode == 2
    assert "--port" in ended.stderr
