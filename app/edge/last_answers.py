"""Applications around ours, for connections whose next answer may be their last."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.edge.every_answer import EveryAnswerMiddleware
from app.edge.probes import FIRST_PATHS
from app.edge.refusals import BUSY_AND_CLOSE


def first_ones_only(app: ASGIApp, root: str) -> ASGIApp:
    """Return the application, below a prefix, for a connection that is one too many."""
    refuse = EveryAnswerMiddleware(BUSY_AND_CLOSE)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_first = scope["path"].removeprefix(root) in FIRST_PATHS
        await (app if is_first else refuse)(scope, receive, send)

    return answer


def closing_unless_continued(app: ASGIApp, cycle: RequestResponseCycle) -> ASGIApp:
    """Return the application for a client that waits for the word to send its body.

    Whether it sends one without that word is its own choice, so that nobody can tell what comes
    next on the connection: the answer to a body that nobody asked for is the last.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_last(message: Message) -> None:
            if cycle.waiting_for_100_continue:
                cycle.keep_alive = False
            await send(message)

        await app(scope, receive, send_last)

    return answer
