"""A client may leave while its answer is on the way: what is still written is dropped."""

import asyncio
import socket
import struct

import pytest
import uvloop

from app.edge.whole_writes import WholeWrites

RESET = struct.pack("ii", 1, 0)
"""Of SO_LINGER: close the connection by a reset, as a client does that leaves in the middle."""


class Kept(asyncio.Protocol):
    """Keeps its transport, and tells of its beginning and its end."""

    def __init__(self):
        self.is_made, self.is_lost = asyncio.Event(), asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport
        self.is_made.set()

    def connection_lost(self, _):
        self.is_lost.set()


WAYS = {
    "write": lambda whole: whole.write(b"more"),
    "at once": lambda whole: whole.write_at_once(b"more"),
    "kept, and close": lambda whole: (whole.write(b"more"), whole.close()),
    "kept, and how much is left": lambda whole: (
        whole.write(b"more"),
        whole.get_write_buffer_size(),
    ),
    "half closed": lambda whole: whole.write_eof(),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_written_to_a_client_that_has_left_is_dropped(way):
    faults = uvloop.run(_writing_to_nobody(WAYS[way]))

    assert faults == []


async def _writing_to_nobody(write):
    """Return what the event loop was told to be wrong; what is raised is raised."""
    loop = asyncio.get_running_loop()
    faults, kept = [], Kept()
    loop.set_exception_handler(lambda _, context: faults.append(context))
    async with await loop.create_server(lambda: kept, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()
        client = await asyncio.to_thread(socket.create_connection, address)
        await kept.is_made.wait()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        await kept.is_lost.wait()
        write(WholeWrites(kept.transport, loop, lambda: False))
        await asyncio.sleep(0)
    return faults
