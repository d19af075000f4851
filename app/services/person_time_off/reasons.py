"""Reasons in what writes answer: kept beside no key, and shown to who may read them (4.6, 5.1)."""

from dataclasses import fields, replace
from typing import Any, TypeVar

from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.domain.person_time_off import PersonTimeOff
from app.services.person_time_off.commands import (
    DeletedPersonTimeOff,
    RevisedPersonTimeOff,
    StoredPersonTimeOff,
)
from app.services.writes import Write

Answer = TypeVar("Answer", StoredPersonTimeOff, RevisedPersonTimeOff, DeletedPersonTimeOff)


def without_reasons(answer: Answer) -> Answer:
    """Leave reasons out of what is kept beside an idempotency key."""
    hidden: dict[str, Any] = {
        name: replace(record, reason=None) for name, record in _records_in(answer).items()
    }
    return replace(answer, **hidden)


async def with_reasons(write: Write[Any], answer: Answer) -> Answer:
    """Let only a caller who may see the reasons; give them back to an answer that was kept."""
    shown: dict[str, Any] = {
        name: await _shown(write, record) for name, record in _records_in(answer).items()
    }
    return replace(answer, **shown)


def _records_in(answer: Any) -> dict[str, PersonTimeOff]:  # noqa: ANN401 - an Answer
    """Return the records that the answer has, by field."""
    values = {field.name: getattr(answer, field.name) for field in fields(answer)}
    return {name: value for name, value in values.items() if isinstance(value, PersonTimeOff)}


async def _shown(write: Write[Any], record: PersonTimeOff) -> PersonTimeOff:
    """Return a record as the caller may see it, with its reason where an answer was kept without.

    One that was deleted since has none.
    """
    if not write.caller.reads_reason_of(record.person_id):
        return replace(record, reason=None)
    if record.reason is not None:
        return record
    found = await PERSON_TIME_OFFS.find_many(write.connection, write.caller.companies, [record.id])
    reason = found[record.id].reason if found else None
    return replace(record, reason=reason)
