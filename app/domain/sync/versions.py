"""Versions of a key in words and for clients: of a day of Kantata's, or a record of Procore's."""

from datetime import date
from typing import Any

from app.domain.durations import HOUR, hours_text
from app.domain.sync.comparing import Content
from app.domain.sync.deliveries import DeliveryOperation, is_record_key, read_day_key
from app.domain.sync.taking_in_records import RecordVersion

NOTHING = "nothing"


def version_words(key: str, content: Content | None) -> str:
    """Say what one side has of a key: how many hours, or when a record is; nothing of why.

    >>> version_words("K:7:2026-03-02", {"seconds": 14_400, "references": {}})
    '4 h'
    """
    if content is None:
        return NOTHING
    if is_record_key(key):
        return RecordVersion.of_content(content).summary
    return hours_text(content["seconds"])


def operation_between(here: Content | None, there: Content | None) -> DeliveryOperation:
    """Return what is to be done there, by what is here and was there.

    >>> operation_between({"seconds": 14_400}, None).value
    'CREATE'
    """
    if here is None:
        return DeliveryOperation.DELETE
    return DeliveryOperation.CREATE if there is None else DeliveryOperation.UPDATE


def day_of(key: str, *contents: Content | None) -> date | None:
    """Return the day of a key: of a record its first one, by the first version that there is."""
    if not is_record_key(key):
        return read_day_key(key)[1]
    found = [RecordVersion.of_content(each).first_day for each in contents if each is not None]
    return found[0] if found else None


def version_for_clients(key: str, content: Content | None) -> dict[str, Any] | None:
    """Return a version by the names of the API: hours and references, or a record's fields."""
    if content is None:
        return None
    if not is_record_key(key):
        return {"hours": content["seconds"] / HOUR, "references": dict(content["references"])}
    version = RecordVersion.of_content(content)
    return {
        "startDay": version.first,
        "endDay": version.last,
        "batchStartTime": version.start_time,
        "batchEndTime": version.end_time,
        "applyToSaturday": version.saturday,
        "applyToSunday": version.sunday,
        "isPaid": version.is_paid,
        "repeat": version.repeat,
        "cadence": version.cadence,
        "repeatEndDay": version.until,
    }
