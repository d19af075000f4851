"""What is locked and what goes into the wheel."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def pins(lock: str) -> set[str]:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text()
    return set(re.findall(r"^[a-z0-9][^\s;]*", text, re.MULTILINE))


@pytest.mark.parametrize("lock", ["runtime", "test", "build", "clients"])
def test_every_locked_package_has_one_version_and_hashes_and_no_address(lock):
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text()
    packages = [
        part for part in text.replace("\\\n", "").splitlines() if not part.startswith(("#", " "))
    ]

    assert all("==" in package and "--hash=sha256:" in package for package in packages)
    assert "://" not in text


def test_tests_run_on_the_packages_of_run_time():
    assert pins("runtime") <= pins("test")


@pytest.mark.process
def test_the_wheel_holds_all_that_runs_and_nothing_else(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    here = {
        str(path.relative_to(PROJECT))
        for package in ("app", "graphql_schema")
        for path in (PROJECT / package).rglob("*.py")
        if "node_modules" not in path.parts
    }
    assert here <= names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {
        "app",
        "graphql_schema",
    }
    assert not [name for name in names if "node_modules" in name]
    built = {str(path.relative_to(PROJECT)) for path in PROJECT.glob("app/web/*/dist/**/*.js")}
    assert built <= names
