"""Workers' days as a caller has seen them: what changed meanwhile is not settled unseen (5.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.db.reading.acknowledgements import acknowledged_of
from app.db.reading.workers import workers_of_subjects
from app.domain.acknowledgements import version_of_day
from app.domain.changed_since import DayChangedSince
from app.domain.days import DaySpan, within_calendar
from app.domain.errors import Refusals, TooManyItems
from app.domain.identifiers import Kind, read_text_id
from app.services.idempotency import SeenDay
from app.services.merged_days import subject_days
from app.services.writes import Write

MAX_SEEN_DAYS: Final = 100
"""So many are compared at once."""
_FIELD: Final = "if_unchanged"


@dataclass(frozen=True, slots=True)
class DayAsSeen:
    """A day as sent: ``worker_id`` is a node id, ``version`` what was answered of it."""

    worker_id: str
    date: date
    version: str


def read_seen_days(days: Sequence[DayAsSeen], refusals: Refusals) -> Sequence[SeenDay]:
    """Read what was seen, in its order; what is wrong with it is added to the refusals."""
    if len(days) > MAX_SEEN_DAYS:
        msg = f"At most {MAX_SEEN_DAYS} days are compared, not {len(days)}."
        refusals.add(TooManyItems(msg, (_FIELD,)))
        return ()
    read = []
    for index, each in enumerate(days):
        with refusals.collecting(_FIELD, index, "worker_id"):
            subject = read_text_id(Kind.WORKER, each.worker_id)
            with refusals.collecting(_FIELD, index, "date"):
                within_calendar(each.date)
                read.append(SeenDay(subject, each.date, each.version))
    return read


async def refuse_changed_days(write: Write[Any], workers: Collection[str]) -> None:
    """Add a refusal for each day that is otherwise than it was seen.

    ``workers`` are the ids of those whose days are settled, under whose locks this is judged. What
    was seen of anybody else cannot be: it is refused as well.
    """
    seen = write.request.seen_days
    if not seen:
        return
    connection = write.connection
    found = await workers_of_subjects(connection, {each.subject for each in seen})
    settled = {key for key, worker in found.items() if worker.id in workers}
    days = await subject_days(
        connection, [(each.subject, each.day) for each in seen if each.subject in settled]
    )
    window = [each.day for each in seen]
    acknowledged = await acknowledged_of(
        connection,
        write.caller.companies,
        {day.merged.pair for day in days if day.merged.pair},
        DaySpan(min(window), max(window)),
    )
    versions = {
        (day.worker.id, day.merged.date): version_of_day(day.merged, acknowledged) for day in days
    }
    for index, each in enumerate(seen):
        worker = found.get(each.subject)
        now = versions.get((worker.id, each.day)) if worker else None
        if now != each.version:
            write.refusals.add(DayChangedSince(each.subject, each.day, now, (_FIELD, index)))
