"""docs/access.md says of permissions what the code does."""

import re
from pathlib import Path

import pytest

from app.domain.access import PERMISSIONS_OF, AccessRole, Permission
from app.token_command import ROLES
from graphql_schema.schema import sdl

PROJECT = Path(__file__).resolve().parents[2]
GUIDE = PROJECT / "docs" / "access.md"
ROW = re.compile(r"^\| `([A-Z_]+)` [^|]+((?:\| [x ] )+)\|$", re.MULTILINE)


def test_the_table_of_roles_is_that_of_the_code():
    found = {
        name: [mark.strip() == "x" for mark in marks.split("|")[1:]]
        for name, marks in ROW.findall(GUIDE.read_text("utf-8"))
    }

    assert found == {
        permission.value: [permission in PERMISSIONS_OF[role] for role in AccessRole]
        for permission in Permission
    }


def test_the_command_knows_every_role():
    assert list(ROLES) == [role.value.lower() for role in AccessRole]


def test_no_page_says_that_callers_are_not_told_apart():
    """As some did before there were tokens; the changelog tells what was."""
    written = {*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")}
    texts = {page.name: " ".join(page.read_text("utf-8").split()) for page in written}
    del texts["CHANGELOG.md"]
    texts["the schema"] = sdl()

    assert [name for name, text in texts.items() if "not told apart" in text] == []
    assert "(docs/access.md)" in texts["SECURITY.md"]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("clients", ["UNAUTHENTICATED", "FORBIDDEN", "NOT_PERMITTED", "RATE_LIMITED"]),
        (
            "frontend",
            ["`UNAUTHENTICATED` |", "`FORBIDDEN` |", "`RATE_LIMITED` |", "`NOT_PERMITTED`"],
        ),
        ("rest", ["401 with `WWW-Authenticate: Bearer`", "403 for", "429 with `Retry-After`"]),
        ("calendar-feeds", ["`MANAGE_FEEDS`", "employees make their own"]),
        ("exports", ["`READ_TIME_OFF`"]),
        ("importing", ["`WRITE_DIRECTORY`"]),
    ],
)
def test_a_guide_says_how_its_requests_say_who_they_are(page, words):
    text = " ".join((PROJECT / "docs" / f"{page}.md").read_text("utf-8").split())

    assert "(access.md" in text
    assert 'Authorization: Bearer $TOKEN"' in text
    assert [each for each in words if each not in text] == []
    if page in {"clients", "frontend", "rest"}:
        assert "X-Request-Id" in text
