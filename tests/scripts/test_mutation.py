"""scripts/mutation: which tests judge a module, and what a trial says of a mutant."""

import subprocess
import sys

import pytest

from scripts.mutants import __main__ as mutation

DAYS = mutation.source_of("days")
# A minute of the processor is many times what the tests of days take.
MOST_SECONDS, SECONDS_OF_THE_ENDLESS = 60, 3
TRIAL = """
import sys
from scripts.mutants import __main__ as mutation, trial

trial.preload()
path, targets = mutation.source_of("days"), mutation.targets_of("days")
most = int(sys.argv[1])
started = trial.start("app.domain.days", path, sys.stdin.read(), targets, most)
ended, succeeded, seconds = trial.ended()
assert ended == started
assert seconds < most + 2
print(succeeded)
"""


def names(module):
    return [target.rpartition("/")[2] for target in mutation.targets_of(module)]


def test_a_module_is_judged_by_its_doctests_and_the_tests_named_after_it():
    assert names("days") == ["test_days.py", "test_days_asked_for.py", "days.py"]
    assert names("mirror") == ["test_mirror.py", "test_mirror_spans.py", "mirror.py"]
    assert names("mirror_days") == ["test_mirror_days.py", "mirror_days.py"]
    assert names("sync.taking_in") == ["test_sync_taking_in.py", "taking_in.py"]
    assert {"test_sync_reading.py", "test_sync_words.py"} < set(names("sync.budget"))


def test_a_module_without_tests_of_its_own_is_judged_by_all():
    assert names("warnings") == ["domain", "warnings.py"]


def test_every_test_of_the_domain_judges_a_module():
    judging = {name for module in mutation.MODULES for name in names(module)}

    assert {path.name for path in mutation.TESTS.glob("test_*.py")} <= judging


@pytest.mark.parametrize(
    ("old", "new", "survives"),
    [
        pytest.param("Calendar days", "Days", True, id="other words: no test fails"),
        pytest.param("+ 1", "+ 2", False, id="another rule: a test fails"),
        pytest.param("+ 1", "+ )", False, id="what Python cannot read"),
        pytest.param("FIRST_DAY = ", "while True: pass\nFIRST_DAY = ", False, id="no end"),
    ],
)
@pytest.mark.process
def test_a_mutant_survives_where_no_test_fails(old, new, survives):
    source = DAYS.read_text("utf-8")
    assert old in source
    most = SECONDS_OF_THE_ENDLESS if "while True" in new else MOST_SECONDS

    ended = subprocess.run(
        [sys.executable, "-c", TRIAL, str(most)],
        input=source.replace(old, new, 1),
        cwd=mutation.PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.split() == [str(survives)]


def test_a_change_is_shown_as_it_was_and_as_it_is():
    source = DAYS.read_text("utf-8").replace("SUNDAY = 5, 6", "SUNDAY = 5, 7")

    change = mutation.change_of(mutation.Mutant("NumberReplacer", 11, source), "days")

    assert list(change) == ["    -SATURDAY, SUNDAY = 5, 6", "    +SATURDAY, SUNDAY = 5, 7"]
