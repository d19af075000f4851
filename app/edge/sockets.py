"""WebSockets to which messages that come together are written together."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request

SEND_TEXTS: Final = "timeoff.send_texts"
"""Where a socket's scope has what sends several text messages, if its server can."""

SendTexts = Callable[[Sequence[bytes]], Awaitable[None]]
"""Sends messages, each of UTF-8, once it is open. Raises OSError where the client has left."""

_FINAL_TEXT: Final = b"\x81"
_SHORT: Final = 126
_LONG: Final = 65_536


class ManyTextsProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, which can send many messages as one: ASGI knows of one at a time."""

    def handle_connect(self, event: Request) -> None:
        """Tell the application, before it begins, what sends its messages together."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope[SEND_TEXTS] = self.send_texts  # type: ignore[typeddict-unknown-key]

    async def send_texts(self, texts: Sequence[bytes]) -> None:
        """Send messages by one write, once the client has room for them."""
        await self.writable.wait()
        if self.disconnected or self.close_sent:
            raise ClientDisconnected
        if self.conn.extensions:  # such as compression, which every message goes through
            try:
                for text in texts:
                    self.conn.send_text(text)
            except InvalidState:
                raise ClientDisconnected from None
            self.transport.write(b"".join(self.conn.data_to_send()))
        else:
            self.transport.write(b"".join([part for text in texts for part in (_head(text), text)]))


def _head(text: bytes) -> bytes:
    r"""Return what stands before a server's text in a frame of its own (RFC 6455, 5.2).

    >>> _head(b"a"), _head(b"a" * 300), _head(b"a" * 70_000)[:4]
    (b'\x81\x01', b'\x81~\x01,', b'\x81\x7f\x00\x00')
    """
    size = len(text)
    if size < _SHORT:
        return _FINAL_TEXT + size.to_bytes()
    if size < _LONG:
        return _FINAL_TEXT + b"\x7e" + size.to_bytes(2)
    return _FINAL_TEXT + b"\x7f" + size.to_bytes(8)
