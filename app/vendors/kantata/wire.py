"""Kantata OX's answers, read with suspicion: what does not fit is told, and never guessed.

Objects are looked up by ``results``, as the vendor asks for; members that are not known are
ignored.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.domain.days import within_calendar
from app.domain.durations import DAY, seconds_of_hours
from app.domain.errors import InvalidValue, Refused, TimeOffError
from app.domain.sync.listings import Page
from app.domain.sync.remote import EntryPage, RemoteEntry, RemoteProblem, RemoteReference
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus
from app.domain.wire_formats import MAX_KANTATA_ID, is_kantata_id, parse_iso_day
from app.vendors.client import unreadable

Json = Mapping[str, Any]

ROWS_OF_A_PAGE: Final = 200
ENTRIES: Final = "time_off_entries"
REFERENCES: Final = "external_references"
_HOURS: Final = re.compile(r"\d{1,3}(?:\.\d{1,20})?", re.ASCII)


def read_entries(document: Json) -> EntryPage:
    """Read a page of time off entries with their references.

    Raises VendorFailure where it is no such page; an entry that no rule can hold is a problem.
    """
    rows = results(document, ENTRIES)
    references = objects(document, REFERENCES)
    entries: list[RemoteEntry] = []
    problems: list[RemoteProblem] = []
    for id_, row in rows.items():
        try:
            entries.append(_entry(id_, row, references))
        except TimeOffError as unfit:
            problems.append(RemoteProblem(str(id_), unfit.code, unfit.message, *_place(row)))
    return EntryPage(Page(_count(document), [str(id_) for id_ in rows]), entries, problems)


def _place(row: Json) -> tuple[int | None, date | None]:
    """Return whose day an entry is of that cannot be read, as far as that can."""
    try:
        return read_id(row.get("user_id"), "user_id"), read_day(row, "requested_date")
    except TimeOffError:
        return None, None


def read_written(document: Json) -> RemoteEntry:
    """Read the entry that is answered to who has written one.

    Whether it is wrapped as lists are, by its name, or not at all is read either way. Raises
    VendorFailure where it is not exactly one that can be read: nobody knows what was stored.
    """
    try:
        id_, row = _only(document, ENTRIES, "time_off_entry")
        return _entry(id_, row, objects(document, REFERENCES))
    except TimeOffError as unfit:
        raise unreadable(f"The entry that it answered cannot be read: {unfit.message}") from None


def read_all_written(document: Json) -> list[RemoteEntry]:
    """Read the entries that are answered to who has written several, however they are wrapped.

    They are a page as lists are, or a plain list by their name or by none (``data``). Raises
    VendorFailure where one cannot be read: nobody knows what was stored.
    """
    references = objects(document, REFERENCES)
    try:
        return [_entry(id_, row, references) for id_, row in _all_rows(document)]
    except TimeOffError as unfit:
        raise unreadable(f"An entry that it answered cannot be read: {unfit.message}") from None


def _all_rows(document: Json) -> list[tuple[int, Json]]:
    if "results" in document:
        return list(results(document, ENTRIES).items())
    listed = document.get(ENTRIES, document.get("data"))
    if not isinstance(listed, list) or len(listed) > ROWS_OF_A_PAGE:
        raise unreadable("Its answer has no list of entries, or one that is too long.")
    if not all(isinstance(each, dict) for each in listed):
        raise unreadable("Its list of entries has something else in it.")
    return [(read_id(each.get("id"), "id"), each) for each in listed]


def read_written_reference(document: Json) -> tuple[RemoteReference, Json]:
    """Read the reference that is answered to who has written one, and all that it says of it."""
    try:
        id_, row = _only(document, REFERENCES, "external_reference")
        return RemoteReference(read_id(id_, "id"), _reference_facts(row)), row
    except TimeOffError as unfit:
        raise unreadable(
            f"The reference that it answered cannot be read: {unfit.message}"
        ) from None


def _only(document: Json, key: str, single: str) -> tuple[int, Json]:
    """Return the one object that an answer is about, however it is wrapped."""
    if "results" in document:
        found = results(document, key)
        if len(found) != 1:
            raise unreadable("Its answer is not about one object.")
        return next(iter(found.items()))
    row = document.get(single, document)
    if not isinstance(row, dict):
        raise unreadable(f"Its {single} is no object.")
    return read_id(row.get("id"), "id"), row


def _entry(id_: int, row: Json, references: Json) -> RemoteEntry:
    seconds = _seconds(row.get("hours"))
    if not 0 < seconds <= DAY:
        raise InvalidValue("An entry has more than 0 h and 24 h at most.")
    day = within_calendar(read_day(row, "requested_date"))
    named = row.get("external_reference_ids", [])
    return RemoteEntry(
        id=read_id(id_, "id"),
        user_id=read_id(row.get("user_id"), "user_id"),
        day=day,
        submission_date=read_day(row, "submission_date") if row.get("submission_date") else day,
        seconds=seconds,
        references=tuple(_references(named, references)),
    )


def _references(named: object, references: Json) -> Iterator[RemoteReference]:
    """Return the references that an entry names, each service once (rule 2.7)."""
    if not isinstance(named, list):
        raise InvalidValue("external_reference_ids is no list.")
    services: set[str] = set()
    for each in named:
        row = references.get(word(each))
        if not isinstance(row, dict):
            raise InvalidValue("An external reference is named, but not in the answer.")
        facts = _reference_facts(row)
        if facts.service_name in services:
            raise InvalidValue("Two external references have the same service.")
        services.add(facts.service_name)
        yield RemoteReference(read_id(each, "external_reference_ids"), facts)


def _reference_facts(row: Json) -> ReferenceFacts:
    status = _text(row, "status")
    facts = ReferenceFacts(
        service_name=_text(row, "service_name") or "",
        service_model=_text(row, "service_model") or "",
        service_model_ref=_text(row, "service_model_ref") or "",
        status=ReferenceStatus(status) if status in set(ReferenceStatus) else None,
        external_message=_text(row, "external_message"),
        external_link=_text(row, "external_link"),
        external_status=_text(row, "external_status"),
        locked=row.get("locked") is True,
    )
    try:
        facts.refuse_unfit()
    except Refused as unfit:
        raise unfit.errors[0] from None
    return facts


def results(document: Json, key: str) -> dict[int, Json]:
    """Return the objects of one kind in the order of ``results``, by their ids.

    Whether an id is one that can be stored is told of each row, by ``read_id``.
    """
    named, by_id = document.get("results"), objects(document, key)
    if not isinstance(named, list) or len(named) > ROWS_OF_A_PAGE:
        raise unreadable("Its answer has no list of results, or one that is too long.")
    found: dict[int, Json] = {}
    for each in named:
        if not isinstance(each, dict):
            raise unreadable("Its results name no objects.")
        if each.get("key") != key:
            continue
        text = word(each.get("id"))
        row = by_id.get(text)
        if not is_kantata_id(text) or not isinstance(row, dict):
            raise unreadable("Its results name an object that is not in the answer.")
        found[int(text)] = row
    return found


def objects(document: Json, key: str) -> Json:
    """Return the map of one kind of object; an answer without it has none."""
    objects = document.get(key, {})
    if not isinstance(objects, dict):
        raise unreadable(f"Its {key} are no map.")
    return objects


def _count(document: Json) -> int:
    count = document.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise unreadable("Its answer does not say how many there are.")
    return count


def word(value: object) -> str:
    """Return an id as text; of anything else, however deep, nothing."""
    return str(value) if isinstance(value, str | int) else ""


def read_id(value: object, name: str) -> int:
    """Return the id that a member is, as a number or as text."""
    text = str(value) if isinstance(value, int | str) else ""
    if not is_kantata_id(text) or int(text) > MAX_KANTATA_ID:
        raise InvalidValue(f"{name} is no id of Kantata's.", (name,))
    return int(text)


def read_day(row: Json, name: str) -> date:
    """Return the day that a member is."""
    value = row.get(name)
    if not isinstance(value, str):
        raise InvalidValue(f"{name} is no day.", (name,))
    return parse_iso_day(value)


def _seconds(value: object) -> int:
    if isinstance(value, str) and _HOURS.fullmatch(value):
        value = Decimal(value)
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise InvalidValue("hours is no number.", ("hours",))
    try:
        return seconds_of_hours(value)
    except ValueError as unfit:
        raise InvalidValue(str(unfit), ("hours",)) from None


def _text(row: Json, name: str) -> str | None:
    value = row.get(name)
    return value if isinstance(value, str) and value else None
