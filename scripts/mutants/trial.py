"""One mutant's trial: the module's tests, in a fork of this process, on its source.

The fork has what the tests import beside the domain from its parent, which spares it most of a
second. Nothing on the disk is changed.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

PRELOADED = (
    "dateutil.relativedelta",
    "dateutil.rrule",
    "icalendar",
    "orjson",
    "recurring_ical_events",
    "_pytest.doctest",
    "hypothesis.strategies",
    "hypothesis.internal.conjecture.engine",
)
QUICKLY = (
    *("-x", "-q", "--noconftest", "-p", "no:cacheprovider"),
    "--assert=plain",  # nobody reads what a failing test says
    *("-c", os.devnull, "--rootdir", str(Path(__file__).parents[2])),
    *("--doctest-modules", "--import-mode=importlib"),
)
"""The project's own settings want plugins that no test of the domain needs."""


class MutatedModule(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Imports one module from a text instead of its file."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self.name = name
        self.path = path
        self.source = source

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Take the one module; everything else is found as usual."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the source as the module; it names its file, so that doctests are found."""
        exec(compile(self.source, self.path, "exec"), vars(module))  # noqa: S102 - our own code


def preload() -> None:
    """Import once what every trial needs."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in PRELOADED:
        importlib.import_module(name)
    # The same examples each time, and no smaller ones of those that fail: that is not asked.
    hypothesis.settings.register_profile(
        "mutants",
        deadline=None,
        database=None,
        derandomize=True,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def start(name: str, path: Path, source: str, targets: Sequence[str], seconds: int) -> int:
    """Start a trial in a fork, of so many CPU seconds at most; returns its process id."""
    if pid := os.fork():
        return pid
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nowhere, descriptor)
        sys.meta_path.insert(0, MutatedModule(name, path, source))
        importlib.import_module(name)
        hypothesis.settings.load_profile("mutants")
        os._exit(int(pytest.main([*QUICKLY, *targets])))
    finally:
        os._exit(1)  # whatever it was: a mutant that cannot even be imported is noticed


def ended() -> tuple[int, bool, float]:
    """Wait for a trial; returns its process id, whether no test failed, and its CPU seconds."""
    pid, status, usage = os.wait4(-1, 0)
    return pid, status == 0, usage.ru_utime + usage.ru_stime
