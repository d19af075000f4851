"""Subscriptions: a document whose answers go on, over whatever carries them.

Each event has an answer of its own, and where something is loaded for it, loaders of its own. The
caller is looked at again and again: whose credential ends, or may less than before, is told
nothing more.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import ExecutionResult, GraphQLError

from app.deadline import stopped, within
from app.domain.errors import Refused, TimeOffError, Unavailable
from app.faults import log_fault
from app.services.caller import Caller
from graphql_schema.answer_size import AnswerSize, AnswerTooLarge
from graphql_schema.context import Context
from graphql_schema.execution.by_graphql_core import events_by_reference, run_by_reference
from graphql_schema.execution.deviations import CannotCompile, Cause, Deviation
from graphql_schema.execution.event_source import EventSource
from graphql_schema.execution.operation import CompiledOperation
from graphql_schema.http.answered_errors import to_answer
from graphql_schema.http.errors import (
    OPERATION_TIMED_OUT,
    RATE_LIMITED,
    Answer,
    NotAdmitted,
    NotRun,
    busy,
    not_available,
)
from graphql_schema.http.limits import Limits
from graphql_schema.http.operations import Operation, Operations
from graphql_schema.http.request_errors import MAX_ERRORS

LOOK_SECONDS: Final = 2.0
"""How often it is looked who asks: a stream ends within 5 seconds of its credential."""

AT_ONCE: Final = 200
"""Events are answered and sent together: a millisecond, before others have their turn."""

Again = Callable[[], Awaitable[Caller]]
"""Returns who asks as of now. Raises Unauthenticated, or Unavailable where nobody knows."""


class Stopping(Exception):
    """The process is about to end: a client goes on at another one, or at the next."""


@dataclass(frozen=True, slots=True)
class Event:
    """One answer of a subscription, and the cursor from which it is gone on."""

    cursor: str
    answer: Answer


class Subscriptions:
    """All subscriptions of a process that are under way."""

    def __init__(self, operations: Operations, limits: Limits) -> None:
        self._operations = operations
        self._limits = limits
        self._of_callers: Counter[str] = Counter()
        self.events_sent = 0

    @property
    def count(self) -> int:
        """How many are under way."""
        return self._of_callers.total()

    async def answers(
        self, operation: Operation, variables: dict[str, Any], context: Context, again: Again
    ) -> AsyncGenerator[Sequence[Event]]:
        """Yield the answers, several where they come together, and none where nothing has happened.

        It ends after `subscription_seconds`, or when the caller may less than before. Raises
        NotRun for what is refused, NotAdmitted where there are too many and where the database
        cannot be read, Unauthenticated when the credential ends, Stopping when the process does.
        """
        caller, loop = context.caller, asyncio.get_running_loop()
        until = loop.time() + self._limits.subscription_seconds
        look_at = loop.time() + LOOK_SECONDS
        with self._counted(caller):
            source = await self._open(operation, variables, context)
            answered = self._answered(operation, variables, context, source)
            async with aclosing(answered) as pieces:
                async for piece in pieces:
                    now = loop.time()
                    if now >= look_at:
                        look_at = now + LOOK_SECONDS
                        if now >= until or not await _is_still(caller, again):
                            return
                    self.events_sent += len(piece)
                    yield piece
                    if piece:  # of history there is always more: others have their turn before
                        await asyncio.sleep(0)
            raise Stopping

    def refuse_more(self, caller: Caller) -> None:
        """Raise NotAdmitted where as many are under way as may be, of all or of this caller."""
        limits = self._limits
        if self.count >= limits.subscriptions:
            raise busy()
        if self._of_callers[caller.name] >= limits.subscriptions_per_caller:
            most = limits.subscriptions_per_caller
            message = f"Subscriptions of a caller: at most {most} are under way at a time."
            raise NotAdmitted(message, 429, RATE_LIMITED)

    @contextmanager
    def _counted(self, caller: Caller) -> Iterator[None]:
        self.refuse_more(caller)
        self._of_callers[caller.name] += 1
        try:
            yield
        finally:
            self._of_callers[caller.name] -= 1
            if not self._of_callers[caller.name]:
                del self._of_callers[caller.name]

    async def _open(
        self, operation: Operation, variables: dict[str, Any], context: Context
    ) -> EventSource:
        """Return the source of the events, compiled where that can be."""
        if isinstance(operation.compiled, CompiledOperation):
            try:
                source = await operation.compiled.subscribe(context, variables)
            except CannotCompile as not_compiled:
                operation.compiled = not_compiled
            except Deviation:
                pass  # graphql-core says what is wrong, or does it
            else:
                self._operations.executions.compiled += 1
                return source
        return await self._open_by_core(operation, variables, context)

    async def _open_by_core(
        self, operation: Operation, variables: dict[str, Any], context: Context
    ) -> EventSource:
        found = await events_by_reference(
            self._operations.core,
            operation.document,
            operation.definition,
            context,
            variables,
            max_errors=MAX_ERRORS,
        )
        if isinstance(found, ExecutionResult):
            errors = found.errors or []
            self._operations.refuse_variables(operation, variables, errors)
            raise NotRun([each for error in errors for each in to_answer(error)])

        compiled = operation.compiled
        cause = compiled.cause if isinstance(compiled, CannotCompile) else Cause.VARIABLES

        async def answer(_: object) -> dict[str, Any]:
            raise Deviation(cause)

        return EventSource(None, found, answer)

    async def _answered(
        self,
        operation: Operation,
        variables: dict[str, Any],
        context: Context,
        source: EventSource,
    ) -> AsyncGenerator[Sequence[Event]]:
        """Yield the answers to events: of some that come together at once, where that can be."""
        async with aclosing(_events(source)) as pieces:
            async for piece in pieces:
                if not piece:
                    yield ()
                for start in range(0, len(piece), AT_ONCE):
                    some = piece[start : start + AT_ONCE]
                    done = source.at_once(some)
                    if done:
                        yield [
                            Event(event.cursor, {"data": data})
                            for event, data in zip(some, done, strict=False)
                        ]
                    for event in some[len(done) :]:
                        answer = await self._answer(operation, variables, context, source, event)
                        yield [Event(event.cursor, answer)]

    async def _answer(
        self,
        operation: Operation,
        variables: dict[str, Any],
        context: Context,
        source: EventSource,
        event: Any,  # noqa: ANN401 - of the field's type
    ) -> Answer:
        """Return the answer to one event, which may have errors of its own.

        Raises NotAdmitted in an outage: half an answer would be taken for a whole one, as the
        next event comes with a later cursor. Who goes on from the last one misses nothing.
        """
        context.renew_loaders()
        context.answer_size = AnswerSize(self._limits.cost)
        seconds = self._limits.query_seconds
        try:
            return {"data": await within(seconds, source.answer(event))}
        except AnswerTooLarge as refusal:
            raise NotRun(NotAdmitted(refusal.message).answer["errors"]) from None
        except Deviation as deviation:
            self._operations.executions.by_reference[deviation.cause] += 1
        except (Unavailable, TimeoutError) as ended:
            raise _given_up(ended, context, seconds) from None
        context.renew_loaders()
        running = run_by_reference(
            self._operations.core,
            operation.document,
            operation.definition,
            context,
            variables,
            None,
            max_errors=MAX_ERRORS,
            event=event,
        )
        try:
            result = await within(seconds, running)
        except (Unavailable, TimeoutError) as ended:
            raise _given_up(ended, context, seconds) from None
        if not result.errors:
            return {"data": result.data}
        await context.settle()
        for error in result.errors:
            if isinstance(error.original_error, Unavailable):
                raise _given_up(error.original_error, context, seconds)
        told = [each for error in result.errors for each in to_answer(error)]
        return {"data": result.data, "errors": told}


def _given_up(ended: Unavailable | TimeoutError, context: Context, seconds: float) -> NotAdmitted:
    """Return what a client hears whose event could not be answered, and not be answered in time."""
    if isinstance(ended, Unavailable):
        log_fault(ended)
        return not_available(ended)
    if context.services.was_database_lost(seconds):
        return not_available(Unavailable("no answer"))
    return NotAdmitted(stopped("event", seconds, writes=False), code=OPERATION_TIMED_OUT)


async def _events(source: EventSource) -> AsyncGenerator[Sequence[Any]]:
    """Yield the events as they come together.

    What their source refuses is raised as NotRun, with its place.
    """
    selected = source.selected
    nodes, path = ([*selected.nodes], [selected.key]) if selected else (None, None)
    try:
        async with aclosing(source.events) as events:
            async for piece in events:
                yield piece
    except Unavailable as outage:
        if (task := asyncio.current_task()) and task.cancelling():
            # SQLite says that its statement was interrupted: nobody waits for the events any more.
            raise asyncio.CancelledError from outage
        log_fault(outage)
        raise not_available(outage) from None
    except (TimeOffError, Refused) as refusal:
        error = GraphQLError("", nodes, path=path, original_error=refusal)
        raise NotRun(list(to_answer(error))) from None


async def _is_still(caller: Caller, again: Again) -> bool:
    """Say whether it is the same caller, who may do the same; in an outage nobody knows better."""
    try:
        now = await again()
    except Unavailable as outage:
        log_fault(outage)
        return True
    return replace(now.identity, expires_at=None) == replace(caller.identity, expires_at=None)
