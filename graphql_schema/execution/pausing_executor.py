"""graphql-core's executor, with pauses in which others are answered while a schema is described.

graphql-core completes introspection in one piece, since nothing of it waits. Nobody else is heard
meanwhile, no deadline ends it, and no client that leaves.
"""

import asyncio
from collections import deque
from time import monotonic
from typing import Any, Final

from graphql import GraphQLObjectType
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

SECONDS_OF_A_PIECE: Final = 0.02
"""Types, fields and arguments are completed for so long at a time."""


class PausingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes introspection piece by piece: what has no time left waits for its turn.

    All else is completed as ever: objects that ask loaders must do so together, or what was one
    statement for a list becomes many.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as graphql-core's
        super().__init__(*args, **kwargs)
        self._turns = _Turns()

    def complete_object_value(self, return_type: GraphQLObjectType, *args: Any) -> Any:  # noqa: ANN401 - as graphql-core's
        """Complete an object now, or return what completes it in its turn."""
        if not return_type.name.startswith("__") or self._turns.has_time():
            return super().complete_object_value(return_type, *args)
        return self._complete_later(self._turns.take(), return_type, *args)

    async def _complete_later(self, turn: asyncio.Future[None], *args: Any) -> Any:  # noqa: ANN401
        await turn
        while not self._turns.goes_on():
            await self._turns.take()
        completed: Any = super().complete_object_value(*args)
        return await completed if self.is_awaitable(completed) else completed


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
