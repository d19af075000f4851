"""The unit of systemd: what it starts is there, and systemd has nothing to say against it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main
from app.settings import Settings, variable_name

UNIT = Path(__file__).resolve().parent.parent / "deploy" / "timeoff-gateway.service"
NEEDS_SYSTEMD = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there"
)
MOST_EXPOSURE = 20
"""In tenths, as systemd-analyze counts: 20 of 100."""


def values(name):
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE)


def test_it_starts_a_command_with_settings_that_there_are():
    [start] = values("ExecStart")
    program, command = start.split()
    variables = [each.split("=")[0] for line in values("Environment") for each in line.split()]

    assert program.endswith("/bin/timeoff")
    assert command in main.commands
    known = {variable_name(name) for name in Settings.model_fields}
    assert set(variables) - known == {"XDG_DATA_HOME"}
    assert values("Type") == ["notify"]
    assert values("StateDirectory") == ["timeoff-gateway"]  # as app/settings.py names the folder


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that is there: systemd looks for it."""
    file = tmp_path / UNIT.name
    text = UNIT.read_text("utf-8").replace(values("ExecStart")[0].split()[0], sys.executable)
    file.write_text(text, "utf-8")
    return file


def systemd_analyze(*words):
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=300
    )


@NEEDS_SYSTEMD
def test_systemd_understands_every_line(unit):
    told = systemd_analyze("verify", "--man=no", unit)

    about_it = [line for line in told.stderr.splitlines() if unit.name in line]
    assert (told.returncode, about_it) == (0, []), told.stderr


@NEEDS_SYSTEMD
def test_it_may_do_little_beside_serving(unit):
    told = systemd_analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", unit)

    assert told.returncode == 0, told.stdout.splitlines()[-1] + told.stderr
