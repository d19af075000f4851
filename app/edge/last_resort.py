"""What no one below has caught ends here, so that the server never prints its message."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected

LogFault = Callable[[BaseException], object]


class LastResortMiddleware:
    """Logs a fault that was answered with a 500 already, and lets it go no further.

    Starlette raises it again after its answer, for the server to log: with its message,
    which may repeat what a client sent.
    """

    def __init__(self, app: ASGIApp, log_fault: LogFault) -> None:
        self._app = app
        self._log_fault = log_fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        try:
            await self._app(scope, receive, send)
        except ClientDisconnected:
            # Of a WebSocket, before it was open: nobody is left, and uvicorn knows it.
            raise
        except Exception as fault:
            if scope["type"] == "lifespan":
                raise
            self._log_fault(fault)
