"""docs/webhooks.md: its first steps can be typed, and its numbers are the code's."""

import re
import socket
import subprocess
import sys
import time

import pytest

from app.domain.webhook_events import (
    CHANGE_TYPES,
    GATHERED_FROM,
    KNOWN_TYPES,
    MOST_GATHERED,
    TEST,
)
from app.domain.webhook_signatures import FEWEST_SECRET_BYTES, MOST_SECRET_BYTES
from app.domain.webhooks import GIVEN_UP_AFTER, KEPT_FOR, RETRY_DELAYS, SHOWN_CHARACTERS
from app.outgoing.client import TRY_SECONDS
from app.services.storage_limits import StorageLimits
from app.services.webhooks.delivering import MOST_AT_ONCE
from tests import warm
from tests.guides import DOCS, blocks, shell
from tests.server import clean_environment, serving
from tests.webhooks.conftest import SETTINGS

GUIDE = DOCS / "webhooks.md"
PORT = "9000"


@pytest.fixture
def database(tmp_path):
    url = f"sqlite:///{tmp_path}/timeoff.db"
    for verb in ("migrate", "seed"):
        warm.run(verb, "--database-url", url, env=clean_environment(), check=True)
    return url


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


@pytest.mark.process
def test_the_first_webhook_is_made_as_the_guide_says(database, tmp_path):
    port = free_port()
    mine = [each for each in blocks(GUIDE) if each.section == "The first webhook"]
    (program,) = (each.text for each in mine if each.language == "python")
    _, *steps = (each.text for each in mine if each.language == "sh")
    (tmp_path / "receiver.py").write_text(program.replace(PORT, port))
    with (
        serving(database, "--no-demo", environment=SETTINGS) as server,
        subprocess.Popen(
            [sys.executable, "receiver.py"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as receiver,
    ):
        try:
            wait_for_port(int(port))
            ended = shell("".join(steps).replace(PORT, port), tmp_path, server.url)
            assert ended.returncode == 0, ended.stderr
            assert '"outcome":"DELIVERED","status":204' in ended.stdout.replace(" ", ""), ended
            assert ended.stdout.count('"userErrors":[]') == 3
            assert receiver.stdout is not None
            lines = [receiver.stdout.readline() for _ in range(2)]
        finally:
            receiver.kill()

    assert re.match(r'msg_\w+ \{"type":"webhook.test"', lines[0])
    assert re.match(r'msg_\w+ \{"type":"time_off_entry.created"', lines[1])


def wait_for_port(port):
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the receiver does not listen")


def test_it_names_every_type():
    text = GUIDE.read_text("utf-8")
    (section,) = re.findall(r"^## Types$(.+?)^## ", text, re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([a-z_*.]+)`", section))
    kinds = {f"{each.partition('.')[0]}.*" for each in CHANGE_TYPES}

    assert kinds <= named
    assert (named - {".created", ".updated", ".deleted"}) <= {*KNOWN_TYPES, TEST}


def test_its_numbers_are_the_code_s():
    text = " ".join(GUIDE.read_text("utf-8").split())
    seconds, *_ = (delay.total_seconds() for delay in RETRY_DELAYS)
    hours = [f"{delay.total_seconds() / 3600:g}" for delay in RETRY_DELAYS[3:]]

    for words in (
        f"after {seconds:g} seconds, 5 minutes, 30 minutes, {', '.join(hours[:-1])} and",
        f" and {hours[-1]} hours",
        f"within {TRY_SECONDS:g} seconds",
        f"more than {GATHERED_FROM} events",
        f"up to {MOST_GATHERED:,} changes",
        f"{FEWEST_SECRET_BYTES} to {MOST_SECRET_BYTES} random bytes",
        f"last {KEPT_FOR.days} days",
        f"first {SHOWN_CHARACTERS} characters",
        f"at most {StorageLimits().webhooks} webhooks",
        f"Up to {MOST_AT_ONCE} messages",
    ):
        assert words in text, words
    assert GIVEN_UP_AFTER.days == 5
    assert "**five days**" in text
