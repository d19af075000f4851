"""Writes to Kantata OX: one request each, sent once; its answer is what is there from then on.

An answer about somebody else's day than was written is UNREADABLE, as is one that cannot be read:
whether anything was stored is for a comparison to find out.
"""

from collections.abc import Sequence
from typing import Final

from app.domain.durations import hours_of_seconds
from app.domain.sync.remote import NewRemoteEntry, RemoteEntry, RemoteReference
from app.domain.time_off_entries import ReferenceFacts, UserDay
from app.vendors.client import VendorClient, unreadable
from app.vendors.kantata import wire
from app.vendors.kantata.wire import ENTRIES

SUBJECT: Final = "TimeOffEntry"
_INCLUDED: Final = {"include": "external_references"}
_OTHER: Final = "Its answer is about another {} than was written."


async def create_entry(client: VendorClient, new: NewRemoteEntry) -> RemoteEntry:
    """Make an entry, with the first of its references: more than one the vendor does not take.

    The vendor says itself when it was submitted, and adds the hours to those of the day that may
    have come there meanwhile.
    """
    document = {"time_off_entry": _new_entry(new)}
    answer = await client.write("POST", ENTRIES, document, _INCLUDED)
    written = wire.read_written(answer.document)
    _refuse_other_day(written, (new.user_id, new.day))
    return written


async def create_entries(
    client: VendorClient, new: Sequence[NewRemoteEntry]
) -> Sequence[RemoteEntry]:
    """Make entries of several days in one request, each as by create_entry; in the order of these.

    An answer that lacks one of them, or has another or one twice, is UNREADABLE.
    """
    document = {ENTRIES: [_new_entry(each) for each in new]}
    answer = await client.write("POST", ENTRIES, document, _INCLUDED)
    listed = wire.read_all_written(answer.document)
    written = {(each.user_id, each.day): each for each in listed}
    if len(listed) != len(new) or written.keys() != {(each.user_id, each.day) for each in new}:
        raise unreadable("Its answer is not about the days that were written, each once.")
    return [written[each.user_id, each.day] for each in new]


async def change_entry(
    client: VendorClient, remote_id: str, seconds: int, of: UserDay | None
) -> RemoteEntry:
    """Have an entry with so many seconds, which says the same however often it is done."""
    document = {"time_off_entry": {"hours": hours_of_seconds(seconds)}}
    answer = await client.write("PUT", f"{ENTRIES}/{int(remote_id)}", document, _INCLUDED)
    written = wire.read_written(answer.document)
    if str(written.id) != remote_id:
        raise unreadable(_OTHER.format("entry"))
    if of is not None:
        _refuse_other_day(written, of)
    return written


async def delete_entry(client: VendorClient, remote_id: str) -> None:
    """Delete an entry; what is answered besides the status says nothing."""
    await client.write("DELETE", f"{ENTRIES}/{int(remote_id)}")


async def put_reference(
    client: VendorClient, remote_id: str, facts: ReferenceFacts
) -> RemoteReference:
    """Have an entry with this reference in place of one of the same service."""
    reference = {"subject_type": SUBJECT, "subject_id": int(remote_id)} | _members(facts)
    document = {"external_reference": reference}
    answer = await client.write("POST", f"{wire.REFERENCES}/create_or_update", document)
    written, row = wire.read_written_reference(answer.document)
    if written.facts.service_name != facts.service_name:
        raise unreadable(_OTHER.format("service"))
    if str(row.get("subject_id", remote_id)) != remote_id:
        raise unreadable(_OTHER.format("entry"))
    return written


def _new_entry(new: NewRemoteEntry) -> dict[str, object]:
    """Return an entry as the vendor takes it, with the first of its references."""
    entry: dict[str, object] = {
        "user_id": new.user_id,
        "hours": hours_of_seconds(new.seconds),
        "requested_date": new.day.isoformat(),
    }
    for facts in new.references[:1]:
        entry["external_reference"] = _members(facts)
    return entry


def _members(facts: ReferenceFacts) -> dict[str, object]:
    """Return a reference as the vendor takes it, without what is not said."""
    said: dict[str, object | None] = {
        "service_name": facts.service_name,
        "service_model": facts.service_model,
        "service_model_ref": facts.service_model_ref,
        "status": facts.status and facts.status.value,
        "external_message": facts.external_message,
        "external_link": facts.external_link,
        "external_status": facts.external_status,
        "locked": facts.locked,
    }
    return {name: value for name, value in said.items() if value is not None}


def _refuse_other_day(written: RemoteEntry, of: UserDay) -> None:
    if (written.user_id, written.day) != of:
        raise unreadable(_OTHER.format("user's day"))
