"""What a release changes, and that its wheel is tried before anything is."""

import re
import shutil
import subprocess
import sys

import pytest

from scripts.release import CHANGELOG, CannotReleaseError, with_section, with_version
from tests.guides import PROJECT
from tests.scripts.clones import copy_project

PYPROJECT = '[project]\nversion = "0.2.0"\n'
SOMETHING_NEW = (
    "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A bell.\n\n## [0.2.0] - 2026-01-01\n"
)


def test_the_version_goes_up():
    assert with_version(PYPROJECT, "0.10.0") == '[project]\nversion = "0.10.0"\n'


@pytest.mark.parametrize("version", ["0.2.0", "0.1.9", "1.0", "v1.0.0", "1.0.0rc1"])
def test_any_other_version_is_refused(version):
    with pytest.raises(CannotReleaseError):
        with_version(PYPROJECT, version)


def test_what_was_unreleased_becomes_the_versions_section():
    released = with_section(SOMETHING_NEW, "0.3.0")

    assert re.search(
        r"## \[Unreleased\]\n\n## \[0\.3\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- A bell\.",
        released,
    )


def test_nothing_new_is_no_release():
    with pytest.raises(CannotReleaseError):
        with_section(SOMETHING_NEW.replace("- A bell.\n", ""), "0.3.0")


def test_the_changelog_has_one_heading_of_a_kind_in_a_section():
    for section in CHANGELOG.read_text("utf-8").split("\n## ")[1:]:
        kinds = re.findall(r"^### (.+)$", section, re.MULTILINE)
        assert len(kinds) == len(set(kinds)), section[:20]
        assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.installs
@pytest.mark.process
def test_the_wheel_is_built_and_tried(tmp_path):
    copy_project(tmp_path)
    for page in PROJECT.glob("app/web/*/dist"):
        shutil.copytree(page, tmp_path / page.relative_to(PROJECT))
    changelog = tmp_path / "CHANGELOG.md"
    news = "## [Unreleased]\n\n### Added\n\n- A bell.\n"  # there may be none just now
    changelog.write_text(changelog.read_text("utf-8").replace("## [Unreleased]\n", news), "utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "scripts.release", "99.0.0", "--dry-run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert "timeoff_gateway-99.0.0-py3-none-any.whl is fine" in ended.stdout
    assert 'version = "99.0.0"' not in (tmp_path / "pyproject.toml").read_text("utf-8")
