"""Who reads a reason is said where one is written or read, and it is what happens."""

import json
import re
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLString, build_schema, get_named_type

from app.domain.access import (
    PERMISSIONS_OF,
    AccessRole,
    CallerKind,
    Identity,
    OwnWorker,
    Permission,
)
from app.main import create_app
from app.services.caller import LOCAL, READERS_OF_REASONS, REASON, Caller
from app.settings import Settings
from app.web import calendar
from graphql_schema.schema import sdl

FORM = Path(calendar.__file__).with_name("calendar") / "src" / "span-fields.tsx"
ENGLISH = json.loads((FORM.parent / "messages" / "en.json").read_text("utf-8"))
FOR_PROGRAMS = (
    "Read by its own worker and by callers with the permission READ_REASONS; null for others."
)
FOR_PEOPLE = "Read by the worker and by those who may read reasons."
"""The same for people, who know no permissions by their names."""

EVERYBODY = re.compile(
    r"(?i)(every(one|body)|whoever|anyone|anybody|all) [a-z ]{0,40}reads? (it|them|reasons?)\b"
)

pytestmark = pytest.mark.rule("4.6")


def described():
    """Each text that is called `reason` in the GraphQL schema, with its description."""
    fields = {
        name: getattr(type_, "fields", {}) for name, type_ in build_schema(sdl()).type_map.items()
    }
    return {
        f"{name}.reason": each["reason"].description
        for name, each in fields.items()
        if "reason" in each and get_named_type(each["reason"].type) is GraphQLString
    }


@pytest.mark.parametrize("role", AccessRole)
def test_what_is_said_is_what_happens(role):
    own = OwnWorker("company", None, "me")
    identity = Identity(CallerKind.TOKEN, "token:1", "Ada", PERMISSIONS_OF[role], worker=own)
    caller = Caller(identity)

    assert caller.reads_reason_of("me")
    assert caller.reads_reason_of("other") == (Permission.READ_REASONS in PERMISSIONS_OF[role])


def test_who_has_to_prove_nothing_reads_every_reason():
    assert LOCAL.reads_reasons
    assert LOCAL.companies is None


def test_there_is_one_sentence_for_programs():
    assert READERS_OF_REASONS == FOR_PROGRAMS
    assert REASON.endswith(FOR_PROGRAMS)


def test_the_schema_says_so_of_each_reason():
    reasons = described()

    assert set(reasons) == {
        "CreatePersonTimeOffInput.reason",
        "UpdatePersonTimeOffInput.reason",
        "MirrorTimeOffEntriesInput.reason",
        "SetSyncFlowInput.reason",
        "PersonTimeOff.reason",
        "Contribution.reason",
    }
    assert [name for name, text in reasons.items() if FOR_PROGRAMS not in text] == []


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
    assert [name for name, text in texts.items() if FOR_PROGRAMS not in text] == []


def test_the_form_of_the_calendar_says_so_in_words_for_people():
    shown = re.findall(r'field\("reason", .*, t\("([\w.]+)"\)\)', FORM.read_text("utf-8"))

    assert [ENGLISH[id_] for id_ in shown] == [FOR_PEOPLE]


def test_nothing_in_the_form_or_schema_says_that_everybody_reads_it():
    assert EVERYBODY.search("Everyone who reaches this gateway can read it.")
    assert EVERYBODY.findall("\n".join(ENGLISH.values())) == []
    assert EVERYBODY.findall(sdl()) == []
