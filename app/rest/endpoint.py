"""What an endpoint is: one row of the table that serves, checks and documents it."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.domain.identifiers import Kind
from app.domain.warnings import Warning
from app.rest.wire import Answer, Sent
from app.services.caller import Caller

Q = TypeVar("Q")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """A request that was read: every part of it has the type that its endpoint names."""

    caller: Caller
    path: Mapping[str, str]
    query: Q
    body: B
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; no body is 204."""

    body: Answer | None
    warnings: Sequence[Warning] = ()


class NoQuery(Sent):
    """An endpoint that takes nothing from the query string."""


@dataclass(frozen=True)
class Endpoint:
    """One method of one path. ``places`` says what the parts of the path name."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    handle: Callable[[Call[Any, Any]], Coroutine[Any, Any, Reply]]
    places: Mapping[str, Kind] = field(default_factory=dict)
    query: type[Sent] = NoQuery
    body: type[Sent] | None = None
    needs_body: bool = True
    answer: type[Answer] | None = None
    refuses_unknown_with: int = 404

    @property
    def writes(self) -> bool:
        """Say whether a key makes it safe to send again."""
        return self.method != "GET"
