"""Reasons of absences that ended long ago, and other systems' messages about them, are removed."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeAlias

from app.db.connections.database import Database, Transaction
from app.db.reading import changes as feeds
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS, REFERENCES
from app.db.writing import old_reasons as store
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_people
from app.db.writing.objects import change_objects
from app.db.writing.old_reasons import Place, Wanted
from app.db.writing.time_off_entries import lock_users
from app.domain.erasure import REMOVED
from app.domain.versions import next_version
from app.services.caller import GATEWAY
from app.services.changes import change

Remove: TypeAlias = Callable[[Transaction, Wanted, Sequence[Place]], Awaitable[int]]

_log = logging.getLogger(__name__)

A_PIECE: Final = 200
"""So many are written in one transaction, which others wait for."""


@dataclass(frozen=True, slots=True)
class Removed:
    """How many reasons and messages were removed, and how many changes of the feed say less."""

    reasons: int
    messages: int
    changes: int


async def forget_old_reasons(database: Database, now: datetime, days: int) -> Removed:
    """Remove the personal texts of absences that ended more than so many days ago (UTC).

    Several processes may do so at the same time: each text is removed, and told, by one of them.
    """
    day, moment = (now - timedelta(days=days)).date(), now - timedelta(days=days)
    reasons = await _by_pieces(
        database, store.records_ended_before(day), partial(_remove_reasons, now=now)
    )
    messages = await _by_pieces(
        database, store.messages_before(day), partial(_remove_messages, now=now)
    )
    async with database.reading() as connection:
        companies = await feeds.companies(connection)
    changes = 0
    for company_id in companies:
        told = store.messages_told_before(company_id, day, moment)
        changes += await _by_pieces(database, told, store.remove_messages_told)
    removed = Removed(reasons, messages, changes)
    if removed != Removed(0, 0, 0):
        _log.info(
            "Of absences that ended before %s are removed: %d reasons, %d messages, "
            "and messages in %d changes.",
            *(day, removed.reasons, removed.messages, removed.changes),
        )
    return removed


async def _by_pieces(database: Database, wanted: Wanted, remove: Remove) -> int:
    """Remove from what is wanted, a piece in each transaction; return from how much."""
    removed, last = 0, None
    while True:
        async with database.reading() as connection:
            some = await store.a_piece(connection, wanted, last, A_PIECE)
        if not some:
            return removed
        async with _writing(database) as connection:
            removed += await remove(connection, wanted, some)
        _, last = some[-1]


async def _remove_reasons(
    connection: Transaction, wanted: Wanted, some: Sequence[Place], *, now: datetime
) -> int:
    await lock_people(connection, {person_id for person_id, _ in some})
    # Meanwhile one may have been moved to next week, or another process was here.
    ids = await store.still_wanted(connection, wanted, some)
    found = await PERSON_TIME_OFFS.find_many(connection, None, ids)
    records = [
        replace(each, reason=REMOVED, updated_at=next_version(each.updated_at, now))
        for each in found.values()
    ]
    await change_objects(connection, records)
    changes = [change(each, each) for each in records]
    await record_changes(connection, GATEWAY.origin, now, changes)
    return len(records)


async def _remove_messages(
    connection: Transaction, wanted: Wanted, some: Sequence[Place], *, now: datetime
) -> int:
    await lock_users(connection, None, {user_id for user_id, _ in some})
    ids = await store.still_wanted(connection, wanted, some)
    found = await REFERENCES.find_many(connection, None, ids)
    await store.remove_messages(connection, list(map(int, found)), now)
    silent = [
        replace(each, facts=replace(each.facts, external_message=None)) for each in found.values()
    ]
    changes = [change(each, each) for each in silent]
    await record_changes(connection, GATEWAY.origin, now, changes)
    return len(silent)


@asynccontextmanager
async def _writing(database: Database) -> AsyncIterator[Transaction]:
    """Open a transaction in which SQLite leaves no bytes of what is removed."""
    async with (
        database.writing() as connection,
        store.overwriting_what_is_freed(connection),
    ):
        yield connection
