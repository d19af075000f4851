"""From a fresh clone to a gateway that answers, by one command."""

import os
import resource
import signal
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scripts.clones import copy_project
from tests.server import STOP_SECONDS, clean_environment

PROJECT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.installs, pytest.mark.process]


@pytest.fixture
def clone(tmp_path):
    """The project's own files, in a folder with a blank in its name."""
    folder = tmp_path / "a clone"
    copy_project(folder)
    return folder


@contextmanager
def serving(clone):
    """Run scripts/serve from elsewhere; give the process and the address it prints."""
    with subprocess.Popen(
        [clone / "scripts" / "serve", "--port", "0"],
        cwd=clone.parent,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            line = next((line for line in process.stdout if line.endswith("/graphql\n")), "")
            yield process, line.strip().rpartition(" ")[2]
        finally:
            process.terminate()


def stop(process):
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=STOP_SECONDS)


def test_one_command_serves_a_fresh_clone_and_again_at_once(clone):
    other = subprocess.Popen([clone / "scripts" / "prepare", "run"], env=os.environ)
    with serving(clone) as (process, url):
        with urllib.request.urlopen(url.replace("/graphql", "/health/ready")) as answer:
            assert answer.status == 200
        assert stop(process) == 0
    assert other.wait() == 0
    assert (clone / "data" / "timeoff.db").is_file()

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with serving(clone) as (process, url):
        assert url.endswith("/graphql")
        assert stop(process) == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Three seconds are promised: on a core, so that other work on the machine has no say.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10
