"""What `scripts/stand-in` runs for people is connected as it says, and read."""

import re
import signal
import subprocess
import sys
from functools import partial

import pytest
from sqlalchemy import text

from app.clock import now
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from tests import warm
from tests.builders import COMPANY
from tests.guides import PROJECT
from tests.server import clean_environment

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite")]


@pytest.fixture
def said():
    """What a stand-in of Procore says when it is ready, up to how it is connected."""
    command = [sys.executable, "-m", "tests.standins", "procore", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=clean_environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith("Stop it"):
            break
    yield "\n".join(lines)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0


@pytest.fixture
async def timeoff(database, database_url, tmp_path):
    """Run the command on a database with a company, which may ask this machine."""
    directory = DirectoryService(database, now)
    await directory.upsert_companies(LOCAL, [UpsertItem({"source_id": COMPANY, "name": "Brick"})])
    environment = clean_environment() | {
        "TIMEOFF_DATABASE_URL": database_url,
        "TIMEOFF_SYNC_EXTRA_HOSTS": "127.0.0.1",
    }
    return partial(warm.run, env=environment, cwd=tmp_path)


def connect(timeoff, said, *more):
    [(secret, typed)] = re.findall(r"^echo (\S+) \| scripts/timeoff (.+)$", said, re.MULTILINE)
    done = timeoff(*typed.replace("ID ", f"{COMPANY} ").split(), *more, typed=f"{secret}\n")
    assert done.stdout.startswith("Connected: "), done.stderr


async def count(database, table):
    async with database.reading() as connection:
        return (await connection.execute(text(f"SELECT COUNT(*) FROM {table}"))).scalar_one()  # noqa: S608 - a name of ours


async def test_the_one_of_procore_is_connected_as_it_says(said, timeoff, database):
    connect(timeoff, said, "--days-back", "20", "--days-ahead", "40")

    async with database.reading() as connection:
        window = await connection.execute(text("SELECT days_back, days_ahead FROM upstreams"))
        assert window.one() == (20, 40)


@pytest.mark.long
async def test_all_that_it_has_is_read(said, timeoff, database):
    connect(timeoff, said)

    read = timeoff("sync", "--once")

    assert read.stdout.startswith("PROCORE_REST, account "), read.stderr
    assert await count(database, "people") > 10
    assert await count(database, "person_time_offs") > 10
