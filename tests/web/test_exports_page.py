"""docs/exports.md says what an export takes and has."""

import json
import re

import httpx

from app.cli import export
from app.domain.schedule_csv import COLUMNS, DayKind
from app.main import create_app
from app.services.exporting.request import PARAMETERS
from app.services.exporting.schedule_csv import DAYS_A_PORTION
from app.settings import Settings
from app.web.documentation import FOLDER
from app.web.schedule_csv import MEDIA_TYPE, PATH
from tests.builders import MONDAY

PAGE = (FOLDER / "exports.md").read_text("utf-8")
NAMED = re.compile(r"^\| ((?:`[\w=-]+` ?)+)\|(?: `(\w+)(?:=true|=false)?` \|)?", re.MULTILINE)


def rows(heading):
    """The first cells of the table with this heading, and the names in the second ones."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [(first.replace("`", "").split(), second) for first, second in NAMED.findall(table)]


def test_the_options_and_parameters_are_those_there_are():
    options = {[*option.opts, *option.secondary_opts][-1] for option in export.params} - {
        "--output",
        "--database-url",
        "--config",
    }
    shown = rows("Option")

    assert {name for (name,), _ in shown} == options
    assert [parameter for _, parameter in shown] == list(PARAMETERS)
    named = [name[2:].replace("-", "_").removeprefix("no_") for (name,), _ in shown]
    assert named == list(PARAMETERS)


def test_the_columns_and_kinds_are_those_of_a_row():
    assert [name for (name,), _ in rows("Column")] == list(COLUMNS)
    assert {name for names, _ in rows("Kind") for name in names} == set(DayKind)


def test_the_figures_are_those_of_the_code():
    assert f"{DAYS_A_PORTION:,} worker days" in PAGE
    assert MEDIA_TYPE in PAGE


async def test_a_refusal_is_as_shown(tmp_path):
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/not-needed.db", auth="off"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get(PATH, params={"from": MONDAY, "to": MONDAY, "onlyOff": "true"})

    assert answer.json() == json.loads(shown)
