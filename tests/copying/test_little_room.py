"""What fills a database and finds no room ends with one line, and leaves the database as it was."""

import shutil
from pathlib import Path

import pytest

from app.db.connections.migrate import upgrade
from app.services.copying import dump
from app.services.data_check import check
from tests import warm
from tests.copying.filled import with_little_room
from tests.server import clean_environment

pytestmark = pytest.mark.process

FIRM = Path(__file__).resolve().parents[2] / "docs" / "samples" / "firm"
NO_ROOM = (
    "It could not be written: the disk is full or fails, or a limit on the size of files is "
    "reached. Make room, then do it again."
)
FILLING = {
    "import": ["import", str(FIRM)],
    "load": ["load", "firm.jsonl"],
    "restore": ["restore", "firm.db"],
    "seed": ["seed"],
}


def url_of(file):
    return f"sqlite:///{file}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with a database without rows, one of a firm, and that one's dump."""
    folder = tmp_path_factory.mktemp("whole")
    for name in ("empty.db", "firm.db"):
        upgrade(f"sqlite+aiosqlite:///{folder / name}")
    firm = url_of(folder / "firm.db")
    ended = warm.run("import", FIRM, "--database-url", firm, env=clean_environment(), cwd=folder)
    assert ended.returncode == 0, ended.stderr
    with (folder / "firm.jsonl").open("wb") as file:
        dump.write(f"sqlite+aiosqlite:///{folder}/firm.db", file.write, lambda *_: None)
    return folder


@pytest.fixture
def files(whole, tmp_path):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("command", FILLING)
def test_a_database_is_as_it_was(files, command):
    file = files / "empty.db"
    before, names = file.read_bytes(), sorted(each.name for each in files.iterdir())

    full = with_little_room(*FILLING[command], "--database-url", url_of(file), cwd=files)
    after, left = file.read_bytes(), sorted(each.name for each in files.iterdir())
    again = warm.run(
        *FILLING[command], "--database-url", url_of(file), env=clean_environment(), cwd=files
    )

    assert (full.returncode, full.stdout) == (1, "")
    assert full.stderr.splitlines()[-1] == f"Error: {url_of(file)} cannot be used. {NO_ROOM}"
    assert "Traceback" not in full.stderr
    assert left == names
    assert after == before
    assert again.returncode == 0, again.stderr
    assert check.find_violations(f"sqlite+aiosqlite:///{file}", lambda *_: None) == []


@pytest.mark.parametrize("command", ["import", "load"])
def test_a_file_that_finds_no_room_is_not_made(files, command):
    names = sorted(each.name for each in files.iterdir())

    full = with_little_room(
        *FILLING[command], "--database-url", url_of(files / "new.db"), cwd=files
    )

    assert full.returncode == 1
    assert full.stderr.splitlines()[-1].endswith(NO_ROOM)
    assert sorted(each.name for each in files.iterdir()) == names
