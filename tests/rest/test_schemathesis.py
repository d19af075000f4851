"""Thousands of requests made of the OpenAPI document: each is answered as the document says."""

import os
import subprocess
from pathlib import Path

import pytest

from tests import warm
from tests.clients.tools import PYTHON_PROGRAMS
from tests.server import clean_environment, serving

HERE = Path(__file__).parent
PROGRAM = PYTHON_PROGRAMS / "schemathesis"
SECONDS = 45

# A document cannot say which users there are, nor what fits into their days.
UNSAYABLE = "positive_data_acceptance"

pytestmark = pytest.mark.process


@pytest.fixture
def server(tmp_path):
    """A gateway with the demo data, for the requests to find something."""
    if not PROGRAM.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("scripts/test installs schemathesis")
    url = f"sqlite:///{tmp_path / 'timeoff.db'}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    with serving(url, "--demo") as server:
        yield server


def run(server, folder, *options):
    ended = subprocess.run(
        [
            PROGRAM,
            f"--config-file={HERE / 'schemathesis.toml'}",
            "run",
            f"{server.url}/openapi.json",
            "--checks=all",
            f"--exclude-checks={UNSAYABLE}",
            "--no-color",
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1_200,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert "Operations:       14 selected / 14 total" in ended.stdout
    assert "Traceback" not in server.log()


def test_the_usual_requests_find_nothing_wrong(server, tmp_path):
    run(server, tmp_path, f"--max-time={SECONDS}", "--seed=4")


@pytest.mark.long
def test_many_more_find_nothing_wrong(server, tmp_path):
    run(server, tmp_path, "--max-time=600")
