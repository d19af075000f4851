"""The wheel as somebody has it who installs it: away from the checkout, by its own commands."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.server import STOP_SECONDS, clean_environment
from tests.test_cli_unwritable import bound_by_rights

pytestmark = pytest.mark.process

PROJECT = Path(__file__).resolve().parent.parent
OF_USERS = {"HOME", "XDG_DATA_HOME", "PATH", "UV"}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The folder of the wheel's commands; what it depends on is that of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "wheel"]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("wheel/*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", folder / "site", wheel], check=True, cwd=folder)
    return folder / "site" / "bin"


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def environment(programs, **variables):
    ours = {name: each for name, each in clean_environment().items() if name not in OF_USERS}
    return ours | {"PATH": os.defpath, "PYTHONPATH": str(programs.parent)} | variables


@pytest.fixture
def ended(programs, tmp_path):
    """Run `timeoff-gateway` to its end, bound by the rights of files even as root."""

    def run(*arguments, **variables):
        return subprocess.run(
            [programs / "timeoff-gateway", *arguments],
            env=environment(programs, **variables),
            cwd=tmp_path,
            preexec_fn=bound_by_rights if os.geteuid() == 0 else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@contextmanager
def running(programs, cwd, *arguments, **variables):
    """Run `timeoff-gateway` with these, and give the process and what it says when it serves."""
    with subprocess.Popen(
        [programs / "timeoff-gateway", *arguments],
        env=environment(programs, **variables),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            said = dict(each.strip().split(": ", 1) for each in until_told(process.stdout))
            yield process, said
        finally:
            process.kill()


def until_told(lines):
    for line in lines:
        if line.startswith("Stop it"):
            return
        yield line


def test_without_a_word_it_serves_and_says_where_the_data_are(programs, home, tmp_path):
    with running(programs, tmp_path, HOME=str(home), TIMEOFF_PORT="0") as (process, said):
        with urllib.request.urlopen(f"{said['Start page']}health/ready", timeout=300) as answer:
            assert answer.status == 200
        port = said["Start page"].rstrip("/").rpartition(":")[2]
        asked = subprocess.run(
            [programs / "timeoff", "health", "--port", port],
            env=environment(programs, HOME=str(home)),
            capture_output=True,
            text=True,
            check=False,
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0

    file = home / ".local" / "share" / "timeoff-gateway" / "timeoff.db"
    assert file.is_file()
    assert said["Data"] == f"sqlite:///{file}"
    assert said["Import, export, check"] == f"{programs}/timeoff-gateway --help"
    assert (asked.returncode, asked.stdout) == (
        0,
        f"The gateway at http://127.0.0.1:{port} is ready.\n",
    )


def test_on_the_path_it_is_called_by_its_name_and_options_are_those_of_serve(
    programs, home, tmp_path
):
    path = f"{programs}:{os.defpath}"
    with running(
        programs, tmp_path, "--port", "0", "--no-demo", PATH=path, XDG_DATA_HOME=str(home)
    ) as (_, said):
        assert said["Import, export, check"] == "timeoff --help"
        assert said["Data"] == f"sqlite:///{home}/timeoff-gateway/timeoff.db"


def test_what_uvx_puts_on_the_path_is_not_on_that_of_the_shell(programs, home, ended):
    path = f"{programs}:{os.defpath}"
    told = ended("check", PATH=path, XDG_DATA_HOME=str(home), UV="/somewhere/uv")

    assert told.returncode == 1
    assert told.stderr.endswith(f"Make it ready with: {programs}/timeoff-gateway migrate\n")


def test_with_a_command_it_is_timeoff(ended, home):
    helped, version = ended("--help", HOME=str(home)), ended("--version", HOME=str(home))

    assert (helped.returncode, version.returncode) == (0, 0)
    assert helped.stdout.startswith("Usage: timeoff-gateway ")
    assert version.stdout.startswith("timeoff, version ")


# What an operator gets wrong is one line


def one_line(told, code):
    assert (told.returncode, told.stdout, len(told.stderr.splitlines())) == (code, "", 1), told
    return told.stderr.removeprefix("Error: ").rstrip()


def test_a_port_that_is_taken(ended, home):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        line = one_line(ended("--port", str(port), HOME=str(home)), 1)

    assert line == (
        f"Port {port} of 127.0.0.1 is taken by another program. "
        "Stop that, or choose another with --port (TIMEOFF_PORT)."
    )
    assert not (home / ".local").exists()


def test_a_home_that_may_not_be_written_to(ended, home):
    home.chmod(0o555)
    line = one_line(ended("--port", "0", HOME=str(home)), 1)

    assert line == (
        f"sqlite:///{home}/.local/share/timeoff-gateway/timeoff.db cannot be used. "
        f"{home}/.local: Permission denied. "
        "Name another place with --database-url (TIMEOFF_DATABASE_URL)."
    )


# No tool is missing: only root may become somebody else, and the tests run as root or not.
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be a user whom nobody knows")
def test_a_user_without_a_home(programs, tmp_path):
    # It may read: the tests' Python is below the home of whoever runs them.
    reads = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    nobody = ["setpriv", "--reuid=71234", "--regid=71234", "--clear-groups", *reads]
    told = subprocess.run(
        [*nobody, programs / "timeoff-gateway", "--port", "0"],
        env=environment(programs),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert one_line(told, 2) == (
        "This user has no home directory to keep the data in: name a folder in XDG_DATA_HOME, "
        "or a database with --database-url (TIMEOFF_DATABASE_URL)."
    )


@pytest.mark.parametrize(
    "words",
    [("--prot", "9000"), ("serv",), ("--port", "http"), ("import", "nowhere")],
    ids=["an option", "a command", "a value", "a folder that is not there"],
)
def test_a_wrong_word(ended, home, words):
    line = one_line(ended(*words, HOME=str(home)), 2)

    assert words[-1] in line or words[0] in line


def test_nobody_there_to_be_healthy(ended, home):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = str(free.getsockname()[1])

    line = one_line(ended("health", "--port", port, HOME=str(home)), 1)

    assert line == f"The gateway at http://127.0.0.1:{port} does not answer: Connection refused."
