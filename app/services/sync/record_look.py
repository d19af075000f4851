"""What Procore has of the records that are to be written: one list for each of their people."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app.db.connections.database import Database
from app.db.writing import deliveries as kept
from app.db.writing import sync as bases
from app.domain.sync.deliveries import Delivery, DeliveryCode, read_record_key
from app.domain.sync.failures import FailureKind, VendorFailure
from app.domain.sync.remote import UNSEEN, BaseRecord
from app.domain.sync.remote_people import RemoteTimeOff
from app.domain.sync.taking_in_records import RecordVersion, lies_in
from app.domain.sync.upstreams import Upstream, Wanted
from app.services.sync.person_list import OF_A_PERSON, PersonList, is_active, read_person
from app.services.sync.take_in import refuse_overtaken
from app.services.sync.two_way_records import Theirs, theirs_of
from app.services.sync.vendor import Procore

Found = dict[str, RemoteTimeOff | None]
"""What is there by the record's key; None: nothing. A record that is missing cannot be told."""
ONCE_MORE: Final = timedelta(minutes=1)
"""After so long somebody is looked at once more whom the vendor does not show."""
_NOT_SHOWN: Final = (
    "Procore Workforce Planning does not show the time off of person {}, so that nothing of theirs "
    "can be written."
)
_GONE: Final = (
    "It is gone there with person {}, who is not active any more: it is written when it is tried "
    "again after they are."
)


@dataclass(frozen=True, slots=True)
class RecordLook:
    """Looks at the records of an upstream that are due."""

    database: Database
    upstream: Upstream
    vendor: Procore
    now: datetime

    async def look(self, keys: Sequence[str]) -> Mapping[str, RemoteTimeOff | None]:
        """Return what the vendor has of these; nothing of records of which it cannot be told."""
        of_person: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            of_person[read_record_key(key)[0]].append(key)
        found: Found = {}
        for person_id, theirs in of_person.items():
            try:
                listed = await read_person(self.vendor, person_id)
            except VendorFailure as failure:
                if failure.kind not in OF_A_PERSON:
                    raise
                found |= await self._of_nobody(person_id, theirs, failure)
                continue
            if listed.is_complete:
                found |= await self._of_person(listed, theirs)
        return found

    async def _of_nobody(
        self, person_id: str, keys: Sequence[str], failure: VendorFailure
    ) -> Found:
        """Return what is known of somebody whose list is not shown: what never was there is not.

        Of the rest a person is told where that is so twice.
        """
        if failure.kind is FailureKind.UNREADABLE:
            return {}
        theirs = await self._theirs(person_id, [])
        never = set[str]()
        if failure.kind is FailureKind.NOT_THERE:
            never = {key for key in keys if key not in theirs.made | _seen(theirs)}
        others = [key for key in keys if key not in never]
        await self._refuse(others, _NOT_SHOWN.format(person_id))
        return dict.fromkeys(never)

    async def _refuse(self, keys: Collection[str], message: str) -> None:
        """Have these be looked at once more, or wait for a person where that was done."""
        async with self.database.writing() as connection:
            await refuse_overtaken(connection, self.upstream)
            found = await kept.locked_deliveries(connection, self.upstream.id, keys)
            for each in found.values():
                await kept.change_delivery(connection, self._refused(each, message))

    def _refused(self, delivery: Delivery, message: str) -> Delivery:
        if delivery.code == DeliveryCode.REFUSED.value:
            return delivery.blocked(DeliveryCode.REFUSED, message)
        return delivery.again(DeliveryCode.REFUSED.value, self.now + ONCE_MORE)

    async def _theirs(self, person_id: str, remotes: Sequence[RemoteTimeOff]) -> Theirs:
        async with self.database.reading() as connection:
            return await theirs_of(connection, self.upstream, person_id, remotes, self.now)

    async def _of_person(self, listed: PersonList, keys: Sequence[str]) -> Found:
        remotes = list(listed.records.values())
        theirs = await self._theirs(listed.person_id, remotes)
        there = {theirs.key(each): each for each in remotes}
        found: Found = {key: there[key] for key in keys if key in there}
        absent = [key for key in keys if key not in there]
        gone = [key for key in absent if await self._is_gone(theirs, listed, key)]
        # What is here, and is gone there, is for a whole pass: so much may be that somebody looks.
        doubtful = {
            key
            for key in gone
            if (base := _base_of(theirs, key)) is not None
            and base.remote_id != UNSEEN
            and read_record_key(key)[1] in theirs.here
            and key not in theirs.ended
            and self._is_judged(base)
        }
        is_read = not doubtful or await is_active(
            self.database, self.upstream.company_id, listed.person_id
        )
        if not is_read and not listed.ids:  # who leaves may have no list, as in a whole pass
            await self._refuse(doubtful, _GONE.format(listed.person_id))
        elif not is_read:
            doubtful = set()
        elif doubtful:
            async with self.database.writing() as writing:
                current = await refuse_overtaken(writing, self.upstream)
                await bases.change_upstream(writing, current.wanting(Wanted.WHOLE))
        return found | {key: None for key in gone if key not in doubtful}

    def _is_judged(self, base: BaseRecord) -> bool:
        """Say whether a whole pass judges it: one outside of the window it does not."""
        window = self.upstream.window.around(self.now.astimezone(UTC).date())
        return lies_in(RecordVersion.of_content(base.content).first_day, base.day, window)

    async def _is_gone(self, theirs: Theirs, listed: PersonList, key: str) -> bool:
        """Say whether a record that is not listed is not there by its id either.

        One that cannot be read may be any of which the vendor's id is not known, unless that one
        is new here.
        """
        base = _base_of(theirs, key)
        if base is None:
            return not listed.problems or self._is_new(theirs, key)
        if base.remote_id == UNSEEN:
            return True
        if base.remote_id in listed.problems:
            return False
        try:
            return not await self.vendor.has_time_off(theirs.person_id, base.remote_id)
        except VendorFailure as failure:
            if failure.kind not in OF_A_PERSON:
                raise
            return False

    def _is_new(self, theirs: Theirs, key: str) -> bool:
        """Say whether a record was made here, and was not sent yet."""
        stored = theirs.here.get(read_record_key(key)[1])
        is_old = stored is not None and stored.created_at <= self.upstream.connected_at
        return not is_old and key not in theirs.made


def _seen(theirs: Theirs) -> set[str]:
    """Return the keys of what was seen there once."""
    return {each.key for each in theirs.bases.values() if each.remote_id != UNSEEN}


def _base_of(theirs: Theirs, key: str) -> BaseRecord | None:
    return next((each for each in theirs.bases.values() if each.key == key), None)
