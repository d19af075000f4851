"""Runs the clients and tools of others, each in a process of its own."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent
PROJECT = CLIENTS.parents[1]
NODE_MODULES = CLIENTS / "node_modules"
PROGRAMS = NODE_MODULES / ".bin"
PYTHON_PROGRAMS = CLIENTS / ".venv" / "bin"


def needs_npm(test):
    """Mark a test, or a class of them, as one that runs npm packages."""
    return pytest.mark.node(pytest.mark.usefixtures("npm_packages")(test))


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it wrote."""

    code: int
    said: str


def run(*command, cwd=CLIENTS):
    ended = subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout)


def must_run(*command, cwd=CLIENTS):
    ended = run(*command, cwd=cwd)
    assert ended.code == 0, ended.said
    return ended.said


def workshop(source, folder, schema):
    """Copy what works on the schema to a folder where files can be made, packages at hand."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    (folder / "schema.graphql").write_text(schema)
    (folder / "node_modules").symlink_to(NODE_MODULES)
    return folder
