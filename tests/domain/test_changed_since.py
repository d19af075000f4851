"""What is told of what was changed since somebody has seen it (rule 5.4)."""

from datetime import date

import pytest

from app.domain.changed_since import DayChangedSince, ItemChangedSince
from app.domain.directory import Company, Item, Role, version_of
from app.domain.identifiers import Kind

pytestmark = pytest.mark.rule("5.4")
DAY = date(2026, 3, 2)


def test_a_day_is_named_and_one_that_is_not_settled_is_told_apart():
    changed = DayChangedSince("U1", DAY, "v", ("if_unchanged", 0))
    elsewhere = DayChangedSince("U1", DAY, None)

    assert (changed.code, changed.path, changed.version) == (
        "CHANGED_SINCE",
        ("if_unchanged", 0),
        "v",
    )
    assert "say of 2026-03-02 has changed" in changed.message
    assert "2026-03-02 is no day of the worker" in elsewhere.message


def test_an_item_is_told_by_what_it_is_and_one_that_is_gone_is_told_apart():
    changed = ItemChangedSince(Kind.HOLIDAY, 3, "v", ("if_unchanged",))
    gone = ItemChangedSince(Kind.HOLIDAY, 3, None)

    assert (changed.code, changed.kind, changed.key) == ("CHANGED_SINCE", Kind.HOLIDAY, 3)
    assert "This holiday was changed" in changed.message
    assert gone.message == "There is no such holiday any more."


def test_a_version_is_of_all_that_is_stored():
    one = Role(1, "c", "Planner")

    assert version_of(one) == version_of(Role(1, "c", "Planner"))
    others: list[Item] = [
        Role(1, "c", "Designer"),
        Role(2, "c", "Planner"),
        Company("c", "Planner"),
    ]
    assert version_of(one) not in [version_of(each) for each in others]
