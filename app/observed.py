"""What is noted of a request while it is worked on: for its line, its figures and its trace.

Never a value of it. Where nobody watches there is nothing to note it on, and noting costs a look.
"""

from contextvars import ContextVar
from time import perf_counter
from typing import Final, Literal, NamedTuple

MOST_STEPS: Final = 500
"""Of one request that a trace has; beyond, statements are counted only."""

Doing = Literal["operation", "statement", "commit"]


class Step(NamedTuple):
    """Something that took time; ``text`` is a statement without its parameters."""

    doing: Doing
    text: str
    began: float
    ended: float


class Asked(NamedTuple):
    """An operation of GraphQL, the same for all requests that ask for it."""

    kind: str
    """`query`, `mutation` or `subscription`."""
    name: str | None
    document: str
    """The beginning of the SHA-256 of the document's text."""


class Observed:
    """One request, or one operation of a WebSocket. Moments are those of ``perf_counter``.

    What it has before anything is noted are attributes of the class: making one is all that most
    requests pay.
    """

    asked: Asked | None = None
    cost: int | None = None
    caller = ""
    """What the audit calls the caller: no name and no e-mail address, but maybe a subject."""
    companies: frozenset[str] | None = None
    status = 0
    size = 0
    """Of the answer, in bytes."""
    statements = 0
    statement_seconds = 0.0
    commit_seconds = 0.0
    trace = ""

    def __init__(self, steps: list[Step] | None = None) -> None:
        self.began = perf_counter()
        self.steps = steps
        """Kept for a trace only."""

    def note_statement(self, text: str, began: float) -> None:
        """Count a statement of the database that has ended now."""
        ended = perf_counter()
        self.statements += 1
        self.statement_seconds += ended - began
        if self.steps is not None:
            self._keep(Step("statement", text, began, ended))

    def note_commit(self, began: float) -> None:
        """Count the wait for a commit that has ended now."""
        ended = perf_counter()
        self.commit_seconds += ended - began
        if self.steps is not None:
            self._keep(Step("commit", "COMMIT", began, ended))

    def note_operation_run(self, began: float) -> None:
        """Keep when a GraphQL operation ran, for a trace."""
        if self.steps is not None:
            self.steps.append(Step("operation", "", began, perf_counter()))

    def _keep(self, step: Step) -> None:
        if self.steps is not None and len(self.steps) < MOST_STEPS:
            self.steps.append(step)


OBSERVED: Final[ContextVar[Observed | None]] = ContextVar("timeoff_observed", default=None)
"""The request that is worked on here; None where nobody watches, and outside of requests."""
