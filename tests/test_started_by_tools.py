"""The wheel as uv and pipx start it, for somebody who has nothing but those: `docs/install.md`.

Both get what the wheel depends on from the package index, as they would for a person, into a
home of their own.
"""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.guides import blocks
from tests.server import STOP_SECONDS, clean_environment

pytestmark = [pytest.mark.process, pytest.mark.long]

PROJECT = Path(__file__).resolve().parent.parent
TOOLS = ("uv", "pipx")
WHOSE = ("HOME", "XDG_", "UV", "PIPX_", "PYTHON", "VIRTUAL_ENV", "PATH")
"""What the variables of whoever runs the tests begin with that say where things are."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """A folder with the commands of both tools, in an environment that has nothing else."""
    folder = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "pip", "install", "--quiet", *TOOLS]
    subprocess.run(pip, check=True, capture_output=True, env=of_nobody(folder))
    return folder / "bin"


def of_nobody(home, *path):
    """The environment of somebody who has a home, these folders on the PATH, and the proxies."""
    kept = {name: each for name, each in clean_environment().items() if not name.startswith(WHOSE)}
    own = {"HOME": str(home), "PATH": os.pathsep.join([*map(str, path), os.defpath])}
    return kept | own | {"UV_PYTHON_DOWNLOADS": "never"}


@contextmanager
def started(command, home, path):
    with subprocess.Popen(
        command,
        env=of_nobody(home, path, Path(sys.executable).resolve().parent),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def commands_of_the_guide(wheel):
    """The lines by which the guide starts the published package, with the wheel in its place."""
    text = "\n".join(each.text for each in blocks(PROJECT / "docs" / "install.md"))
    found = re.findall(r"^(?:uvx|pipx run) timeoff-gateway$", text, re.MULTILINE)
    option = {"uvx": "--from", "pipx": "--spec"}
    return {
        tool: [*line.split()[:-1], option[tool], str(wheel), "timeoff-gateway"]
        for line in found
        for tool in [line.split()[0]]
    }


@pytest.mark.parametrize("tool", ["uvx", "pipx"])
def test_one_command_serves_the_pages_and_keeps_the_data_at_home(tools, wheel, tool, tmp_path):
    command = [*commands_of_the_guide(wheel)[tool], "--port", "0"]

    with started(command, tmp_path, tools) as process:
        said = {}
        for line in process.stdout:
            if line.startswith("Stop it"):
                break
            name, _, what = line.strip().partition(": ")
            said[name] = what
        for address in ("", "health/ready"):
            with urllib.request.urlopen(said["Start page"] + address, timeout=300) as answer:
                assert answer.status == 200
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(STOP_SECONDS)

    assert said["Data"] == f"sqlite:///{tmp_path}/.local/share/timeoff-gateway/timeoff.db"
    program, _, words = said["Import, export, check"].rpartition(" ")
    helped = subprocess.run(
        [program, words], env=of_nobody(tmp_path), capture_output=True, text=True, check=True
    )
    assert helped.stdout.startswith("Usage: timeoff-gateway ")
