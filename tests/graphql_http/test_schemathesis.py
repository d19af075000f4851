"""Documents made of the schema, right ones and wrong ones: none is answered with a fault."""

import json
import os
import subprocess
from collections import Counter

import pytest

from tests import warm
from tests.clients.tools import PYTHON_PROGRAMS
from tests.server import TIMEOFF, clean_environment, serving

PROGRAM = PYTHON_PROGRAMS / "schemathesis"
PROJECT = TIMEOFF.parents[2]

# The schema cannot say which ids there are, nor which pages and days the rules admit.
UNSAYABLE = "positive_data_acceptance"
RIGHT = ("--mode=positive", "tests.graphql_http.schemathesis_knowing")
WRONG = ("--mode=negative", "tests.graphql_http.schemathesis_scalars")
NOT_RUN = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "REQUEST_TOO_LARGE"}

pytestmark = pytest.mark.process


@pytest.fixture
def server(tmp_path):
    """A gateway with the demo data, for the documents to find something."""
    if not PROGRAM.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("scripts/test installs schemathesis")
    url = f"sqlite:///{tmp_path / 'timeoff.db'}"
    warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
    # It would make a token, and nobody else would be let in any more.
    with serving(url, "--demo", environment={"TIMEOFF_AUTH": "off"}) as server:
        yield server


def run(server, folder, kind, *options):
    """Run schemathesis; return what became of its documents, by code."""
    mode, hooks = kind
    report = folder / f"{mode.partition('=')[2]}.har"
    ended = subprocess.run(
        [
            PROGRAM,
            "run",
            f"{server.url}/graphql",
            "--checks=all",
            f"--exclude-checks={UNSAYABLE}",
            "--no-color",
            f"--report-har-path={report}",
            mode,
            *options,
        ],
        cwd=folder,
        env=clean_environment() | {"SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=3_000,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in server.log()
    return outcomes(json.loads(report.read_text()))


def outcomes(report):
    """Count the documents that ran and found something, that ran, and that did not run."""
    counts: Counter[str] = Counter()
    for entry in report["log"]["entries"]:
        answer = json.loads(entry["response"]["content"]["text"])
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert "INTERNAL_SERVER_ERROR" not in codes, entry["request"]
        counts["all"] += 1
        counts["not run"] += "data" not in answer and bool(codes & NOT_RUN)
        counts["ran"] += "data" in answer
        found = any(value is not None for value in (answer.get("data") or {}).values())
        counts["found"] += found
    return counts


def test_the_usual_documents_find_no_fault(server, tmp_path):
    right = run(server, tmp_path, RIGHT, "--max-time=30", "--seed=4")
    wrong = run(server, tmp_path, WRONG, "--max-time=15", "--seed=4")

    # Documents that all fail validation would prove nothing.
    assert right["ran"] > 0.8 * right["all"] > 80
    assert right["found"] > 0.4 * right["all"]
    assert wrong["not run"] > 10


@pytest.mark.long
def test_five_thousand_find_none_either(server, tmp_path):
    right = run(server, tmp_path, RIGHT, "--max-examples=150")
    wrong = run(server, tmp_path, WRONG, "--max-examples=50")

    assert right["all"] + wrong["all"] > 5_000
    assert right["found"] > 0.4 * right["all"]
