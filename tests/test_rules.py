"""Every rule of the two models is held by a test that names it."""

import re
from pathlib import Path

RULES = [
    *(f"1.{number}" for number in range(1, 8)),
    *(f"2.{number}" for number in range(1, 10)),
    *(f"3.{number}" for number in range(1, 11)),
    "4.1",
    *(f"5.{number}" for number in range(1, 4)),
    *(f"6.{number}" for number in range(1, 7)),
]
TESTS = Path(__file__).parent
MARKER = re.compile(r"""pytest\.mark\.rule\("([\d.]+)"\)""")


def named_rules():
    """Return each rule that a marker names, with the tests' files that name it."""
    named: dict[str, set[str]] = {}
    for path in sorted(TESTS.glob("*/test_*.py")):
        for number in MARKER.findall(path.read_text("utf-8")):
            named.setdefault(number, set()).add(path.name)
    return named


def test_every_rule_is_named_by_a_test():
    named = named_rules()

    assert [number for number in RULES if number not in named] == []


def test_no_test_names_a_rule_that_does_not_exist():
    others = {"4.2", "4.3", "4.4", "4.5", "4.6"}

    assert named_rules().keys() - set(RULES) - others == set()
