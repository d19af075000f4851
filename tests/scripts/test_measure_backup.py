"""When scripts/measure-backup fails. How long a backup takes is for the script to say."""

import subprocess

import pytest

from scripts.measure_backup import OWN_MEMORY, Run


@pytest.mark.parametrize(
    ("seconds", "seen", "complaints"),
    [
        (60.0, [], []),
        (59.9, [10.0, OWN_MEMORY], []),
        (60.1, [1.0], ["backup: 60.1 s, and 60 s are promised"]),
        (1.0, [200.0, 10.0], [f"backup: 200 MB, and {OWN_MEMORY} MB are promised"]),
    ],
)
def test_what_is_above_a_limit_is_named(seconds, seen, complaints):
    with subprocess.Popen(["true"]) as process:
        run = Run("backup", process, seen=seen, seconds=seconds)

    assert list(run.complaints(60)) == complaints
