"""Operations where a replica is read: what each has to see, and how far it has written."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.types import Scope

from app.edge.positions import position_headers, sent_position
from graphql_schema.answer_size import AnswerSize
from graphql_schema.context import Context
from graphql_schema.http.errors import Answer

Execution = Coroutine[Any, Any, Answer]


def executed(
    execute: Callable[[], Execution], context: Context, *, is_query: bool, most_cost: int
) -> Execution:
    """Return the work; of a query on the replica if there is one, of a mutation so that it notes.

    A query that loses the replica in the middle is executed once more.
    """
    own = context.services.own_writes
    if own is None:
        return execute()
    if not is_query:
        context.writes = own.writes_of(context.caller.name)
        return own.writing(context.writes, execute())

    def from_the_start() -> Execution:
        context.renew_loaders()
        context.answer_size = AnswerSize(most_cost)
        return execute()

    return own.reading(context.caller.name, context.sent_position, from_the_start)


def note_position(context: Context, scope: Scope) -> None:
    """Note what the request says that it has to see."""
    if context.services.own_writes is not None:
        context.sent_position = sent_position(scope)


def headers_of_writes(context: Context, scope: Scope) -> dict[str, str]:
    """Return what tells the client how far its operation has written."""
    own, writes = context.services.own_writes, context.writes
    return position_headers(writes, scope, own.seconds) if own and writes else {}
