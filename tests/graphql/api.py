"""The API as clients have it: one document in, the whole answer out, through ASGI."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import cache
from typing import Any

import asyncpg
import pytest
from httpx import ASGITransport, AsyncClient
from hypothesis.errors import StopTest
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlmodel import SQLModel
from starlette.types import ASGIApp, Message

from app.db.connections import direct_reads
from app.main import guarded
from tests import builders
from tests.applications import create_app, settings_of

Answer = dict[str, Any]
Ask = Callable[..., Awaitable[Answer]]
Rows = dict[str, list[Any]]

REFUSAL = """
fragment Refusal on UserError {
  __typename
  code
  path
  ... on WorkdayHoursExceeded {
    user { sourceId }
    date
    possibleHours
    takenHours
    requestedHours
  }
  ... on ExternalReferenceConflict { existing { serviceName serviceModelRef } existingPath }
}
"""
"""A refusal with all that it says to programs."""


def refusal(code: str, *path: str, typename: str = "InvalidInput", **facts: Any) -> Answer:
    """A refusal as the fragment shows it."""
    return {"__typename": typename, "code": code, "path": list(path), **facts}


@asynccontextmanager
async def api(database_url: str, **settings: Any) -> AsyncIterator[Ask]:
    """The application over a database, as `ask(document, **variables)`."""
    # Nobody is asked who they are, so that a request has its own statements only.
    app = create_app(database_url, auth="off", **settings)
    failure: BaseException | None = None
    async with app.router.lifespan_context(app):

        async def ask(document: str, **variables: Any) -> Answer:
            # As json.dumps writes it: tests also send NaN and lone surrogates.
            sent = json.dumps({"query": document, "variables": variables}).encode()
            answer: Answer = json.loads(await _post(app, sent))
            return answer

        # Hypothesis gives up an example by an error: the application ends in order all the same.
        try:
            yield ask
        except (Exception, StopTest) as error:  # noqa: BLE001 - raised again below
            failure = error
    if failure:
        raise failure


async def _post(app: ASGIApp, body: bytes) -> bytes:
    """Post to GraphQL as a server hands it on, and return the answer's body.

    A client of HTTP in between would take as long as most answers, and there are thousands.
    """
    length = str(len(body)).encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"accept", b"*/*"),
            (b"content-type", b"application/json"),
            (b"content-length", length),
        ],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 123),
    }
    unread, answer, ended = [body], bytearray(), asyncio.Event()

    async def receive() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            answer.extend(message.get("body", b""))
            if not message.get("more_body"):
                ended.set()

    await app(scope, receive, send)
    return bytes(answer)


@asynccontextmanager
async def gateway(database_url: str) -> AsyncIterator[AsyncClient]:
    """The application as a server has it, with all that stands around it."""
    app = create_app(database_url)
    transport = ASGITransport(guarded(app, settings_of(database_url)))
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


UPSERTS = {
    noun: f"""
      mutation Upsert($items: [{noun_input}!]!) {{
        upsert{noun.title()}(input: {{{noun}: $items}}) {{ userErrors {{ code message path }} }}
      }}
    """
    for noun, noun_input in (
        ("companies", "CompanyInput"),
        ("roles", "RoleInput"),
        ("users", "UserInput"),
        ("people", "PersonInput"),
        ("workweeks", "WorkweekInput"),
        ("holidays", "HolidayInput"),
    )
}
CREATE_ENTRIES = """
mutation CreateEntries($input: CreateTimeOffEntriesInput!) {
  createTimeOffEntries(input: $input) {
    timeOffEntries { sourceId }
    userErrors { code message path }
  }
}
"""
CREATE_PERSON_TIME_OFF = """
mutation CreatePersonTimeOff($input: CreatePersonTimeOffInput!) {
  createPersonTimeOff(input: $input) {
    personTimeOff { sourceId instances { sourceId } }
    userErrors { code message path }
  }
}
"""


async def put(ask: Ask, **items: list[Any]) -> None:
    """Write the directory through the API: `users=[user()]`."""
    for noun, upsert in UPSERTS.items():
        if noun in items:
            answer = await ask(upsert, items=items[noun])
            assert answer == {"data": {f"upsert{noun.title()}": {"userErrors": []}}}


async def put_everyone(ask: Ask) -> None:
    """A company with one user and one person, who are two humans."""
    await put(
        ask,
        companies=[builders.company()],
        users=[builders.user()],
        people=[builders.person()],
    )


async def put_entries(ask: Ask, *entries: Any) -> list[str]:
    """Create time off entries; return the id of each, by which Kantata knows it."""
    answer = await ask(CREATE_ENTRIES, input={"timeOffEntries": list(entries)})
    payload = answer["data"]["createTimeOffEntries"]
    assert payload["userErrors"] == [], answer
    return [each["sourceId"] for each in payload["timeOffEntries"]]


async def put_person_time_off(ask: Ask, **given: Any) -> str:
    """Create person time off; return the id by which Procore knows it."""
    answer = await ask(CREATE_PERSON_TIME_OFF, input=builders.person_time_off(**given))
    payload = answer["data"]["createPersonTimeOff"]
    assert payload["userErrors"] == [], answer
    source_id: str = payload["personTimeOff"]["sourceId"]
    return source_id


async def rows_of(database_url: str) -> Rows:
    """Everything that the database holds, by the names of its tables.

    Asked with the drivers themselves: an engine, and its statements, would be made anew.
    """
    url = make_url(database_url)
    told: Iterable[tuple[Any, ...]]
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as connection:
            told = [
                (name, row)
                for name in SQLModel.metadata.tables
                for row in connection.execute(f"SELECT * FROM {name}")  # noqa: S608 - our own tables
            ]
    else:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        session = await asyncpg.connect(plain, ssl=False)
        try:
            told = await session.fetch(_all_rows_as_text())
        finally:
            await session.close()
    rows: Rows = {name: [] for name in SQLModel.metadata.tables}
    for name, row in told:
        rows[name].append(row)
    return {name: sorted(each, key=repr) for name, each in rows.items()}


@cache
def _all_rows_as_text() -> str:
    """Return one statement for all tables of PostgreSQL, for each costs a round trip."""
    return " UNION ALL ".join(
        f"SELECT '{name}', each::text FROM {name} each"  # noqa: S608 - our own tables
        for name in SQLModel.metadata.tables
    )


_ALSO_SENT = (
    "BEGIN",
    "DELETE FROM idempotency_keys",
    "SELECT idempotency_keys.created_at",
    "SHOW transaction_read_only",  # whether the database answers, four times a second
)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that is sent while it is open: `with statements() as sent:`."""
    sent: list[str] = []

    def collect(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # Not the opening of a transaction, nor the application's own forgetting of keys.
        if not statement.startswith(_ALSO_SENT):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", collect)
    direct, listener = logging.getLogger("app.db.connections.direct_reads"), _Listener(sent)
    direct.addHandler(listener)
    direct.setLevel(logging.DEBUG)
    try:
        with pytest.MonkeyPatch.context() as patch:
            # On a busy machine what is read in the event loop would be given up, and read again.
            patch.setattr(direct_reads, "MOST_SECONDS", 60)
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", collect)
        direct.removeHandler(listener)
        direct.setLevel(logging.NOTSET)


class _Listener(logging.Handler):
    """Collects what is logged."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__()
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())
