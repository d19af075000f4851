"""Every rule of docs/rules.md is held by a test that names it."""

import re
from itertools import groupby
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "rules.md"
ROW = re.compile(r"^\| (\d+)\.(\d+) \|", re.MULTILINE)
MARKER = re.compile(r"""pytest\.mark\.rule\("([\d.]+)"\)""")


def numbers_on_the_page():
    """Return the rules' numbers in the order of the page, as pairs of section and rule."""
    return [(int(section), int(rule)) for section, rule in ROW.findall(PAGE.read_text("utf-8"))]


RULES = [f"{section}.{rule}" for section, rule in numbers_on_the_page()]


def named_rules():
    """Return each rule that a marker names, with the tests' files that name it."""
    named: dict[str, set[str]] = {}
    for path in sorted(TESTS.glob("*/test_*.py")):
        for number in MARKER.findall(path.read_text("utf-8")):
            named.setdefault(number, set()).add(path.name)
    return named


def test_the_rules_are_numbered_from_1_on_in_each_section():
    numbers = numbers_on_the_page()

    sections = {key: [rule for _, rule in rules] for key, rules in groupby(numbers, lambda x: x[0])}
    assert sections == {
        number: list(range(1, len(rules) + 1))
        for number, rules in enumerate(sections.values(), start=1)
    }
    assert len(sections) > 1


def test_every_rule_is_named_by_a_test():
    named = named_rules()

    assert [number for number in RULES if number not in named] == []


def test_no_test_names_a_rule_that_does_not_exist():
    assert named_rules().keys() - set(RULES) == set()
