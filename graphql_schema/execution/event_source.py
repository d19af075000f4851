"""The events of a subscription that is compiled, or not, and how they are answered."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from graphql_schema.execution.deviations import Selected
from graphql_schema.execution.run import Run


@dataclass(frozen=True, slots=True)
class EventSource:
    """What a subscription's field yields, and what makes of an event the answer's ``data``.

    ``at_once`` answers the first of several events, as far as nothing has to be waited for.
    """

    selected: Selected | None
    events: AsyncGenerator[Sequence[Any]]
    answer: Callable[[Any], Coroutine[Any, Any, dict[str, Any]]]
    at_once: Callable[[Sequence[Any]], list[dict[str, Any]]] = lambda _: []


def answered_at_once(
    events: Sequence[Any], complete: Callable[[Any, Run], dict[str, Any]], run: Run
) -> list[dict[str, Any]]:
    """Return the ``data`` of the first of these events, up to one that has to wait for something.

    They share the run, in which none of them leaves anything.
    """
    answers: list[dict[str, Any]] = []
    try:
        for event in events:
            data = complete(event, run)
            if run.is_to_be_finished:
                break
            answers.append(data)
    except Exception:  # noqa: BLE001 - answered by itself it meets it again, and says what it was
        return answers
    return answers
