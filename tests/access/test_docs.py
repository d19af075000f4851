"""docs/access.md says of permissions what the code does."""

import re
from pathlib import Path

from app.domain.access import PERMISSIONS_OF, AccessRole, Permission
from app.token_command import ROLES

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "access.md"
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
