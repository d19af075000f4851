"""Whose sessions somebody may see and end."""

from datetime import UTC, datetime

import pytest

from app.domain.access import CallerKind, Identity, Permission
from app.domain.access_sessions import AccessSession

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MANAGER = frozenset({Permission.MANAGE_ACCESS})


def identity(name, permissions=frozenset(), companies=None):
    return Identity(CallerKind.TOKEN, name, name, permissions, companies=companies)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (identity("ada"), True),
        (identity("joe"), False),
        (identity("joe", MANAGER), True),
        (identity("joe", MANAGER, frozenset({"a", "b"})), True),
        (identity("joe", MANAGER, frozenset({"b"})), False),
    ],
)
def test_ones_own_and_those_that_one_manages(who, may):
    session = AccessSession("1", identity("ada", companies=frozenset({"a"})), "t", NOW, NOW)

    assert session.is_managed_by(who) is may
