"""Who reads a reason is said where one is written or read, and it is what happens."""

import re
from pathlib import Path

import httpx
import pytest
from graphql import build_schema

from app.main import create_app
from app.services.caller import LOCAL, READERS_OF_REASONS
from app.settings import Settings
from app.web import calendar
from graphql_schema.schema import sdl

PROJECT = Path(__file__).parents[2]
FORM = Path(calendar.__file__).with_name("calendar") / "src" / "time-off-form.tsx"
PROMISE = re.compile(r"(?i)(those|callers?|who) (who )?(may|can|are allowed to) read (it|reasons?)")

pytestmark = pytest.mark.rule("4.6")


def described():
    """Whatever is called `reason` in the GraphQL schema, with its description."""
    fields = {
        name: getattr(type_, "fields", {}) for name, type_ in build_schema(sdl()).type_map.items()
    }
    return {
        f"{name}.reason": each["reason"].description
        for name, each in fields.items()
        if "reason" in each
    }


def test_every_request_reads_reasons_as_long_as_that_is_said():
    assert LOCAL.reads_reasons
    assert LOCAL.companies is None


def test_the_schema_says_so_of_each_reason():
    reasons = described()

    assert set(reasons) == {
        "CreatePersonTimeOffInput.reason",
        "UpdatePersonTimeOffInput.reason",
        "MirrorTimeOffEntriesInput.reason",
        "PersonTimeOff.reason",
        "Contribution.reason",
    }
    assert [name for name, text in reasons.items() if READERS_OF_REASONS not in text] == []


async def test_the_rest_reference_says_so_of_each_reason(tmp_path):
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/not-needed.db", auth="off"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        document = (await client.get("/openapi.json")).json()

    texts = {
        name: schema["properties"]["reason"]["description"]
        for name, schema in document["components"]["schemas"].items()
        if "reason" in schema.get("properties", {})
    }
    assert len(texts) == 3
    assert [name for name, text in texts.items() if READERS_OF_REASONS not in text] == []


def test_the_form_of_the_calendar_says_so():
    assert "Everyone who reaches this gateway can read it." in FORM.read_text("utf-8")


@pytest.mark.parametrize(
    "file",
    [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md")), FORM],
    ids=lambda file: file.name,
)
def test_nothing_promises_more(file):
    assert PROMISE.findall(file.read_text("utf-8")) == []
