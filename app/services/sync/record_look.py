"""What Procore has of the records that are to be written: one list for each of their people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.db.connections.database import Database
from app.db.writing import sync as bases
from app.domain.sync.deliveries import read_record_key, record_key
from app.domain.sync.failures import VendorFailure
from app.domain.sync.remote import UNSEEN
from app.domain.sync.remote_people import RemoteTimeOff
from app.domain.sync.upstreams import Upstream, Wanted
from app.services.sync.person_list import OF_A_PERSON, PersonList, read_person
from app.services.sync.take_in import refuse_overtaken
from app.services.sync.two_way_records import Theirs, theirs_of
from app.services.sync.vendor import Procore

Found = dict[str, RemoteTimeOff | None]
"""What is there by the record's key; None: nothing. A record that is missing cannot be told."""


async def look_at_records(
    database: Database, upstream: Upstream, vendor: Procore, keys: Sequence[str], now: datetime
) -> Mapping[str, RemoteTimeOff | None]:
    """Return what the vendor has of these; nothing of records of which it cannot be told."""
    of_person: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        of_person[read_record_key(key)[0]].append(key)
    found: Found = {}
    for person_id, theirs in of_person.items():
        try:
            listed = await read_person(vendor, person_id)
        except VendorFailure as failure:
            if failure.kind not in OF_A_PERSON:
                raise
            continue
        if listed.is_complete:
            found |= await _of_person(database, upstream, vendor, listed, theirs, now)
    return found


async def _of_person(
    database: Database,
    upstream: Upstream,
    vendor: Procore,
    listed: PersonList,
    keys: Sequence[str],
    now: datetime,
) -> Found:
    remotes = list(listed.records.values())
    async with database.reading() as connection:
        theirs = await theirs_of(connection, upstream, listed.person_id, remotes, now)
    there = {theirs.key(each): each for each in remotes}
    found: Found = {key: there[key] for key in keys if key in there}
    absent = [key for key in keys if key not in there]
    gone = [key for key in absent if await _is_gone(vendor, theirs, listed, key)]
    known_before = {record_key(theirs.person_id, each.local_key) for each in theirs.bases.values()}
    is_here = {record_key(theirs.person_id, id_) for id_ in theirs.here}
    # What is here, and is gone there, is for a whole pass: so much may be that somebody looks.
    doubtful = {key for key in gone if key in known_before and key in is_here} - {*theirs.ended}
    if doubtful:
        async with database.writing() as writing:
            current = await refuse_overtaken(writing, upstream)
            await bases.change_upstream(writing, current.wanting(Wanted.WHOLE))
    return found | {key: None for key in gone if key not in doubtful}


async def _is_gone(vendor: Procore, theirs: Theirs, listed: PersonList, key: str) -> bool:
    """Say whether a record that is not listed is not there by its id either.

    One that cannot be read may be any of which the vendor's id is not known.
    """
    mine = [each for each in theirs.bases.values() if each.key == key]
    if not mine:
        return not listed.problems
    if mine[0].remote_id == UNSEEN:
        return True
    if mine[0].remote_id in listed.problems:
        return False
    return not await vendor.has_time_off(theirs.person_id, mine[0].remote_id)
