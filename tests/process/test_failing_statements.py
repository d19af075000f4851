"""Each statement of a mutation fails in SQLite itself: the mutation is whole or not at all.

SQLite is asked to interrupt the statement when it begins, by hooks of its own. So also BEGIN and
COMMIT fail, and with a write SQLite ends the whole transaction.
"""

import sqlite3
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.util import await_only

from tests.access.samples import mutation
from tests.graphql_http.clients import over_http
from tests.process.whole import INPUTS, POSTS, everything, hold_at_each_call

pytestmark = [pytest.mark.only_on("sqlite"), pytest.mark.process]

OF_ENOUGH = {
    "createTimeOffEntries": 1,
    "moveTimeOffEntry": 1,
    "updatePersonTimeOff": 1,
    "restoreOccurrence": 1,
    "erasePerson": 16,
    "moveWorker": 16,
}
"""What the short form asks: of those that have very many statements, one of so many fails."""


class Interrupting:
    """Counts the statements of all connections, and has the one of a number interrupted."""

    def __init__(self):
        self._left = 0
        self.connections = 0

    def at(self, number):
        """Interrupt the statement of this number, counted from now on."""
        self._left = number

    def has_come(self):
        """Return whether it has; if not, none is interrupted any more."""
        is_due, self._left = self._left > 0, 0
        return not is_due

    def watch(self, driver, _):
        """Be told of a new connection's statements; listens for an engine's ``connect``."""
        hooks = Hooks(self)
        self.connections += 1
        if isinstance(driver, sqlite3.Connection):
            driver.set_trace_callback(hooks.begins)
            driver.set_progress_handler(hooks.is_to_end, 1)
        else:  # in the thread that has it
            await_only(driver.driver_connection.set_trace_callback(hooks.begins))
            await_only(driver.driver_connection.set_progress_handler(hooks.is_to_end, 1))

    def is_next(self):
        """Count a statement; return whether it is the one."""
        if self._left == 0:
            return False
        self._left -= 1
        return self._left == 0


class Hooks:
    """Of one connection."""

    def __init__(self, interrupting):
        self._interrupting = interrupting
        self._is_due = False

    def begins(self, _):
        self._is_due = self._interrupting.is_next()

    def is_to_end(self):
        return self._is_due


@contextmanager
def interrupting():
    """Hook into the connections that are opened from now on."""
    hooked = Interrupting()
    event.listen(Engine, "connect", hooked.watch)
    try:
        yield hooked
    finally:
        event.remove(Engine, "connect", hooked.watch)


@pytest.fixture
def beginnings():
    return {"whose": everything}


@pytest.fixture
def whose(templates):
    return templates.filled(everything)[1]


@pytest.mark.parametrize(
    ("name", "every"),
    [
        *OF_ENOUGH.items(),
        *(
            pytest.param(name, 1, marks=pytest.mark.long)
            for name in INPUTS
            if name != POSTS and OF_ENOUGH.get(name) != 1
        ),
    ],
)
async def test_a_mutation_is_whole_or_not_at_all_whichever_statement_fails(
    database_url, whose, name, every, record_property
):
    document = mutation(name, whose, INPUTS)
    with interrupting() as hooked:
        async with over_http(database_url, auth="off") as http:
            ways = {"interrupted": hooked.at}
            failed = await hold_at_each_call(
                http, database_url, document, ways, hooked.has_come, every=every
            )
    assert hooked.connections > 1
    record_property(f"{name} on sqlite", f"{failed} statements failed, whole or not at all")
