"""Reasons of absences that ended long ago, and other systems' messages about them, are removed."""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from app.db.connections.database import Database, Transaction
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS, REFERENCES
from app.db.writing import old_reasons as store
from app.db.writing.changes import record_changes
from app.db.writing.locks import lock_people
from app.db.writing.objects import change_objects
from app.db.writing.personal_texts import remove_reasons_of_answers
from app.db.writing.time_off_entries import lock_users
from app.domain.erasure import REMOVED
from app.domain.versions import next_version
from app.services.caller import GATEWAY
from app.services.changes import change

T = TypeVar("T")

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
    """Remove the personal texts of absences that ended more than so many days ago (UTC)."""
    day, moment = (now - timedelta(days=days)).date(), now - timedelta(days=days)
    async with database.reading() as connection:
        records = await store.records_ended_before(connection, day)
        messages = await store.messages_before(connection, day)
        told = await store.messages_told_before(connection, day, moment)
    removed = Removed(len(records), len(messages), len(told))
    for some in _pieces(records):
        async with _writing(database) as connection:
            await _remove_reasons(connection, some, now)
    for part in _pieces(messages):
        async with _writing(database) as connection:
            await _remove_messages(connection, part, now)
    for piece in _pieces(told):
        async with _writing(database) as connection:
            await store.remove_messages_told(connection, piece)
    if removed != Removed(0, 0, 0):
        _log.info(
            "Of absences that ended before %s are removed: %d reasons, %d messages, "
            "and messages in %d changes.",
            *(day, removed.reasons, removed.messages, removed.changes),
        )
    return removed


async def _remove_reasons(
    connection: Transaction, some: Sequence[tuple[str, str]], now: datetime
) -> None:
    people = {person_id for person_id, _ in some}
    await lock_people(connection, people)
    found = await PERSON_TIME_OFFS.find_many(connection, None, [id_ for _, id_ in some])
    records = [
        replace(each, reason=REMOVED, updated_at=next_version(each.updated_at, now))
        for each in found.values()
    ]
    await change_objects(connection, records)
    await remove_reasons_of_answers(connection, people)
    changes = [change(each, each) for each in records]
    await record_changes(connection, GATEWAY.origin, now, changes)


async def _remove_messages(
    connection: Transaction, some: Sequence[tuple[int, int]], now: datetime
) -> None:
    await lock_users(connection, None, {user_id for user_id, _ in some})
    found = await REFERENCES.find_many(connection, None, [id_ for _, id_ in some])
    await store.remove_messages(connection, list(map(int, found)), now)
    silent = [
        replace(each, facts=replace(each.facts, external_message=None)) for each in found.values()
    ]
    changes = [change(each, each) for each in silent]
    await record_changes(connection, GATEWAY.origin, now, changes)


@asynccontextmanager
async def _writing(database: Database) -> AsyncIterator[Transaction]:
    """Open a transaction in which SQLite leaves no bytes of what is removed."""
    async with database.writing() as connection:
        await store.overwrite_what_is_freed(connection, yes=True)
        try:
            yield connection
        finally:
            await store.overwrite_what_is_freed(connection, yes=False)


def _pieces(found: Sequence[T]) -> Iterator[Sequence[T]]:
    return (found[start : start + A_PIECE] for start in range(0, len(found), A_PIECE))
