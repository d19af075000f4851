"""How the state machines of this folder run: as often in CI as anybody wants to wait for."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from app.services.data_check.check import find_violations
from tests.conftest import IN_CI

STEPS = 50
ALL_RUNS = 200


def run(machine: type[RuleBasedStateMachine], config: pytest.Config, *, few_runs: int) -> None:
    """Run a machine, in CI or with ``--long`` 200 times, else fewer."""
    runs = ALL_RUNS if IN_CI or config.getoption("long") else few_runs
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def violations(database_url: str) -> list[Any]:
    return list(map(str, find_violations(database_url, lambda *_: None)))
