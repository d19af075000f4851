"""gql: the change feed over a WebSocket, each change once and in order."""

import sys
from urllib.parse import urlsplit

# isort: split
# #region docs
import asyncio
import contextlib

from gql import Client, gql
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

CHANGES = gql("""
    subscription Changes($company: ID!, $after: String) {
      changes(companyId: $company, after: $after) {
        cursor
        node { sequence operation subjectType after }
      }
    }
""")


async def follow(url, company, after=None):
    """Yield the changes after the cursor, then those that come; after a cut it goes on."""
    while True:
        transport = WebsocketsTransport(url=url.replace("http", "ws", 1), ping_interval=10)
        with contextlib.suppress(TransportError, OSError):
            async with Client(transport=transport) as session:
                CHANGES.variable_values = {"company": company, "after": after}
                try:
                    async for event in session.subscribe(CHANGES):
                        yield event["changes"]
                        after = event["changes"]["cursor"]  # only now it is done with
                except TransportQueryError as refused:
                    # As with CURSOR_EXPIRED; but an outage is over in a while.
                    if "SERVICE_UNAVAILABLE" not in str(refused.errors):
                        raise ValueError(refused.errors) from None
        await asyncio.sleep(0.5)


# #endregion

FIRST = gql("{ companies(first: 1) { nodes { id } } }")
START = gql("""
    query Start($company: ID!) {
      changes(companyId: $company, first: 1) { edges { cursor node { sequence } } }
    }
""")
CREATE = gql("""
    mutation Create($day: Date!) {
      createTimeOffEntries(
        input: {timeOffEntries: [{userId: 104, requestedDate: $day, hours: 1}]}
      ) { userErrors { code } }
    }
""")


class Line:
    """The way to the gateway, which can be cut: all its connections end without a word."""

    def __init__(self, url):
        self._gateway = urlsplit(url)
        self._ends = []
        self.url = ""

    async def open(self):
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{self._gateway.path}"
        return server

    async def _connect(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(
            self._gateway.hostname, self._gateway.port
        )
        self._ends += [writer, far_writer]
        with contextlib.suppress(OSError):
            await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))

    def cut(self):
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()


async def _pass_on(reader, writer):
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()  # as the other end is; or whoever left would wait for that


async def ask(url, document, **variables):
    document.variable_values = variables
    async with Client(transport=WebsocketsTransport(url=url.replace("http", "ws", 1))) as session:
        return await session.execute(document)


async def main(url):
    line = Line(url)
    server = await line.open()
    company = (await ask(url, FIRST))["companies"]["nodes"][0]["id"]
    (edge,) = (await ask(url, START, company=company))["changes"]["edges"]
    following = follow(line.url, company, edge["cursor"])
    numbers = [int(edge["node"]["sequence"])]

    async def hear(day):
        async for change in following:
            numbers.append(int(change["node"]["sequence"]))
            if (change["node"]["after"] or {}).get("requestedDate") == day:
                return

    await ask(url, CREATE, day="2034-03-06")
    await hear("2034-03-06")
    history = 20
    assert len(numbers) > history
    await ask(url, CREATE, day="2034-03-07")
    await hear("2034-03-07")

    line.cut()
    await ask(url, CREATE, day="2034-03-08")
    await ask(url, CREATE, day="2034-03-09")
    await hear("2034-03-09")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    refusals = []
    try:
        await anext(follow(url, company, "nonsense"))
    except ValueError as refused:
        refusals.append(str(refused))
    assert "BAD_USER_INPUT" in refusals[0]
    await following.aclose()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
    sys.stdout.write("all passed\n")
