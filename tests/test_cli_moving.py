"""`timeoff move-person`, as an operator types it."""

import pytest

from app.db.connections.database import Database
from app.db.writing.directory import start_counters
from app.db.writing.locks import lock_directory
from app.db.writing.objects import add_objects
from app.domain.directory import Company
from tests import warm
from tests.builders import UNKNOWN_UUID, uuid
from tests.server import clean_environment

pytestmark = [pytest.mark.process, pytest.mark.only_on("sqlite"), pytest.mark.rule("4.10")]

EMAIL = "amara.birch@example.com"
ELSEWHERE = Company(uuid(7), "Elsewhere")


@pytest.fixture
def timeoff(database_url, tmp_path):
    """Run `timeoff …` on the database, and return how it ended."""

    def run(*words):
        words = (*words, "--database-url", database_url)
        return warm.run(*words, env=clean_environment(), cwd=tmp_path, timeout=60)

    return run


async def test_somebody_is_moved_once_it_is_confirmed(timeoff, database_url):
    assert timeoff("seed").returncode == 0
    database = Database(database_url)
    async with database.writing() as connection:
        await lock_directory(connection, ())
        await add_objects(connection, [ELSEWHERE])
        await start_counters(connection, [ELSEWHERE])
    await database.close()

    nowhere = timeoff("move-person", EMAIL, "--to", UNKNOWN_UUID, "--yes")
    nobody = timeoff("move-person", "nobody@example.com", "--to", ELSEWHERE.id, "--yes")
    wrong = timeoff("move-person", EMAIL, "--to", "Elsewhere", "--yes")
    tried = timeoff("move-person", EMAIL, "--to", ELSEWHERE.id, "--dry-run")
    unasked = timeoff("move-person", EMAIL, "--to", ELSEWHERE.id)
    done = timeoff("move-person", EMAIL, "--to", ELSEWHERE.id, "--yes")
    again = timeoff("move-person", EMAIL, "--to", ELSEWHERE.id, "--yes")

    refused = [nowhere, nobody, wrong, unasked, again]
    assert [each.returncode for each in refused] == [1] * len(refused)
    assert nowhere.stderr == "Error: There is no such company.\n"
    assert nobody.stderr == "Error: No worker has this e-mail address, or several do.\n"
    assert len(wrong.stderr.splitlines()) == 1
    assert again.stderr == "Error: This worker is in this company already.\n"
    whom = f"Amara Birch <{EMAIL}> (worker U1), "
    assert tried.stdout.startswith(f"{whom}would be moved to company {ELSEWHERE.id}:\n")
    assert unasked.stdout == tried.stdout
    assert done.stdout == tried.stdout.replace("would be moved", "moved")
    assert "What this does not reach:\n- The source systems" in done.stderr
    assert timeoff("check").returncode == 0
