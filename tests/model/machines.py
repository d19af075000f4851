"""How the state machines of this folder run: as often in CI as anybody wants to wait for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from app.services.data_check.check import find_violations
from tests.conftest import IN_CI

Answer = TypeVar("Answer")

STEPS = 50
ALL_RUNS = 200
RUNS_IN_CI = 60
"""Two minutes and more of a processor are saved by these; a new chance comes with each commit."""
SENDINGS = 100
"""Of one request, half a second apart: a database that is late is no finding of these tests."""


def run(machine: type[RuleBasedStateMachine], config: pytest.Config, *, few_runs: int) -> None:
    """Run a machine, with ``--long`` 200 times, in CI 60 times, else fewer."""
    runs = RUNS_IN_CI if IN_CI else few_runs
    if config.getoption("long"):
        runs = ALL_RUNS
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


async def sent_until_taken(
    send: Callable[[], Awaitable[Answer]], refused: Callable[[Answer], bool]
) -> Answer:
    """Send a request as an answer of SERVICE_UNAVAILABLE asks for: nothing was stored, so again."""
    for _ in range(SENDINGS):
        answer = await send()
        if not refused(answer):
            break
        await asyncio.sleep(0.5)
    return answer


def is_unavailable(answer: dict[str, Any]) -> bool:
    """Say whether a GraphQL answer is that of an outage, of which nothing was stored."""
    errors = answer.get("errors", ())
    return any(each["extensions"]["code"] == "SERVICE_UNAVAILABLE" for each in errors)


def violations(database_url: str) -> list[Any]:
    return list(map(str, find_violations(database_url, lambda *_: None)))
