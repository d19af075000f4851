"""The npm packages of the clients are locked, and their scripts formatted."""

import json

import pytest

from tests.clients.tools import CLIENTS, PROGRAMS, needs_npm, run


def test_the_lock_names_every_package_by_its_hash_and_no_registry():
    lock = json.loads((CLIENTS / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_every_version_is_exact():
    wanted = json.loads((CLIENTS / "package.json").read_text())

    versions = {**wanted["dependencies"], **wanted["overrides"]}
    assert [name for name, version in versions.items() if not version[0].isdigit()] == []


@needs_npm
@pytest.mark.process
def test_the_scripts_are_formatted():
    ended = run(PROGRAMS / "prettier", "--check", "--log-level", "warn", ".")

    assert ended.code == 0, ended.said
