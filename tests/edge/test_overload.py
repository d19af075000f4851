"""A server that is asked for much more than it can do, by clients in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import serving

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]

CLIENTS = Path(__file__).with_name("overload_clients.py")


def overload(server, clients, seconds=4):
    ended = subprocess.run(
        [sys.executable, CLIENTS, server.url, str(clients), str(seconds)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return json.loads(ended.stdout)


def test_what_is_too_much_is_refused_at_once_and_the_rest_is_served(module_database_url):
    environment = {"TIMEOFF_LIMIT_RUNNING": "4", "TIMEOFF_LIMIT_WAITING": "8"}
    with serving(module_database_url, environment=environment) as server:
        usual = overload(server, clients=4)
        under_load = overload(server, clients=100)

    assert set(usual["statuses"]) == {"200"}
    assert set(under_load["statuses"]) == {"200", "503"}
    assert under_load["without_retry_after"] == 0
    # As much is done as without the crowd; what is measured is far from these.
    assert under_load["statuses"]["200"] > usual["statuses"]["200"] / 10
    assert under_load["median_seconds"]["503"] < 10
    assert under_load["median_seconds"]["200"] < 40 * usual["median_seconds"]["200"] + 5
    assert under_load["median_seconds"]["probe"] < 10
