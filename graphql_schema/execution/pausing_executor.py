"""graphql-core's executor, with pauses in which others are answered where much is completed.

graphql-core completes introspection in one piece, since nothing of it waits, and so it does with
the instances and days of a list of records. Nobody else is heard meanwhile, no deadline ends it,
and no client that leaves.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from time import monotonic
from typing import Any, Final

from graphql import GraphQLList, GraphQLObjectType, get_named_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql_schema.answer_size import EXPANDED_TYPES

SECONDS_OF_A_PIECE: Final = 0.02
"""Types, fields and arguments are completed for so long at a time."""


LONG_FIELDS: Final = {"PersonTimeOff": {"days", "instances", "totalHours"}}
"""Fields that are made of all days of a record, by their type. They ask no loaders."""


class PausingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes introspection and LONG_FIELDS piece by piece: what has no time left waits.

    All else is completed as ever: objects that ask loaders must do so together, or what was one
    statement for a list becomes many.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as graphql-core's
        super().__init__(*args, **kwargs)
        self._turns = _Turns()

    def complete_object_value(self, return_type: GraphQLObjectType, *args: Any) -> Any:  # noqa: ANN401 - as graphql-core's
        """Complete an object now, or return what completes it in its turn."""
        complete = super().complete_object_value
        if not return_type.name.startswith("__") or self._turns.has_time():
            return complete(return_type, *args)
        later = partial(complete, return_type, *args)
        return _InItsTurn(partial(self._in_turn, self._turns.take(), later))

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,  # noqa: ANN401
        field_details_list: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401 - as graphql-core's
    ) -> Any:  # noqa: ANN401
        """Execute a field now, or return what executes it in its turn."""
        execute = super().execute_field
        long = LONG_FIELDS.get(parent_type.name, ())
        if field_details_list[0].node.name.value not in long or self._turns.has_time():
            return _closed_if_dropped(execute(parent_type, source, field_details_list, *args))
        later = partial(execute, parent_type, source, field_details_list, *args)
        return _InItsTurn(partial(self._in_turn, self._turns.take(), later))

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: Any,  # noqa: ANN401
        info: Any,  # noqa: ANN401
        path: Any,  # noqa: ANN401
        result: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401 - as graphql-core's
    ) -> Any:  # noqa: ANN401
        """Complete a list; one that its record has expanded is counted before, as in run.py."""
        item: Any = get_named_type(return_type)
        if item.name in EXPANDED_TYPES:
            fields = self.collect_subfields(item, field_details_list)[0]
            self.context_value.answer_size.add(len(result) * len(fields))
        return _closed_if_dropped(
            super().complete_list_value(return_type, field_details_list, info, path, result, *args)
        )

    def complete_list_item_value(
        self,
        item: Any,  # noqa: ANN401 - as graphql-core's
        complete_results: list[Any],
        *args: Any,  # noqa: ANN401
    ) -> bool:
        """Add a completed item to the list, and say whether it is to be awaited."""
        is_awaited = super().complete_list_item_value(item, complete_results, *args)
        complete_results[-1] = _closed_if_dropped(complete_results[-1])
        return is_awaited

    def execute_fields(self, *args: Any) -> Any:  # noqa: ANN401 - as graphql-core's
        """Execute fields side by side."""
        return _closed_if_dropped(super().execute_fields(*args))

    def complete_awaitable_value(
        self,
        return_type: Any,  # noqa: ANN401 - as graphql-core's
        field_details_list: Any,  # noqa: ANN401
        info: Any,  # noqa: ANN401
        path: Any,  # noqa: ANN401
        result: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Complete what a resolver returned to be awaited."""
        complete = super().complete_awaitable_value
        given = (return_type, field_details_list, info, path, result, *args)
        return _InItsTurn(partial(complete, *given), result)

    async def _in_turn(self, turn: asyncio.Future[None], complete: Callable[[], Any]) -> Any:  # noqa: ANN401
        await turn
        while not self._turns.goes_on():
            await self._turns.take()
        completed = complete()
        return await completed if self.is_awaitable(completed) else completed


class _InItsTurn:
    """Awaits what it is given. Unlike a coroutine it may be dropped before that has begun.

    graphql-core does so with the fields beside one that has failed, and Python warns of each
    coroutine among them.
    """

    def __init__(
        self,
        begin: Callable[[], Awaitable[Any]],
        begun: Any = None,  # noqa: ANN401
    ) -> None:
        """``begun``: what a resolver has returned to be awaited, of which nothing has run yet."""
        self._begin, self._begun = begin, begun

    def __await__(self) -> Generator[Any, Any, Any]:
        self._begun = None
        return self._begin().__await__()

    def __del__(self) -> None:  # pragma: no cover - within an error's unwinding it is not traced
        if isinstance(self._begun, Coroutine):
            self._begun.close()


def _closed_if_dropped(result: Any) -> Any:  # noqa: ANN401 - as graphql-core's
    return _InItsTurn(lambda: result, result) if isinstance(result, Coroutine) else result


class _Turns:
    """Hands out turns in their order, as many in a pass of the loop as it has time for."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._until = monotonic() + SECONDS_OF_A_PIECE
        self._is_new = False
        self._completed = 0
        """In this piece."""

    def has_time(self) -> bool:
        """Say whether one more object belongs to this piece; nobody is overtaken."""
        return not self._waiting and self.goes_on()

    def goes_on(self) -> bool:
        """Say whether the piece has time for an object. For the first one it always has."""
        now = monotonic()
        if self._is_new:
            self._is_new = False
            self._until = now + SECONDS_OF_A_PIECE
        elif now > self._until:
            return False
        self._completed += 1
        return True

    def take(self) -> asyncio.Future[None]:
        """Return what is done when it is the next object's turn."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            loop.call_soon(self._begin_piece)
        return turn

    def _begin_piece(self) -> None:
        """Let up to twice as many go on as the piece before had time for."""
        most = max(1, 2 * self._completed)
        self._completed, self._is_new = 0, True
        for _ in range(min(most, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():  # its field may have been cancelled
                turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._begin_piece)
