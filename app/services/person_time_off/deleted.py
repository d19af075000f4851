"""Bringing back a record that was deleted whole (rule 3.13)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from app.db.connections.database import Database
from app.db.writing import deleted_person_time_off as kept
from app.db.writing import person_time_off as store
from app.db.writing.locks import lock_people
from app.domain.errors import NotFound
from app.domain.identifiers import Kind, person_subject
from app.domain.person_time_off import KEPT_DELETED, PersonTimeOff, overlap_warnings
from app.domain.versions import next_version
from app.services.changes import change
from app.services.person_time_off.commands import StoredPersonTimeOff
from app.services.writes import Write

_RECORD: Final = TypeAdapter(PersonTimeOff)


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A record to bring back, as requests of one key are compared."""

    id: str


async def keep(write: Write[Any], record: PersonTimeOff) -> None:
    """Keep a record that is being deleted."""
    body = _RECORD.dump_python(record, mode="json")
    await kept.keep(write.connection, record.id, record.company_id, body, write.now)


async def bring_back(write: Write[AskedAgain]) -> StoredPersonTimeOff:
    """Store the record again, as it was and with its ids, or raise NotFound.

    Its version is a new one: who has seen it before does not overwrite it unseen.
    """
    before = await _find(write)
    await lock_people(write.connection, [before.person_id])
    before = await _find(write)  # somebody else may have brought it back meanwhile
    write.caller.require_writing_of(person_subject(before.person_id), ("id",))
    record = replace(before, updated_at=next_version(before.updated_at, write.now))
    others = await store.overlapping_records(write.connection, record)
    await store.add_record(write.connection, record)
    await kept.take(write.connection, [record.id])
    await write.record([change(None, record)])
    warnings = overlap_warnings(others, ("id",))
    return await write.with_days(StoredPersonTimeOff(record, warnings))


async def _find(write: Write[AskedAgain]) -> PersonTimeOff:
    since = write.now - KEPT_DELETED
    found: tuple[str, Mapping[str, Any]] | None = await kept.find(
        write.connection, write.asked.id, since
    )
    if found is None or not write.caller.sees(found[0]):
        raise NotFound(Kind.PERSON_TIME_OFF.words, ("id",))
    return _RECORD.validate_python(found[1])


async def forget_deleted(database: Database, now: datetime) -> int:
    """Delete what can be brought back no more; return how many records."""
    moment = now - KEPT_DELETED
    async with database.reading() as connection:
        if not await kept.is_any_before(connection, moment):
            return 0
    async with database.writing() as connection:
        return await kept.forget_before(connection, moment)
