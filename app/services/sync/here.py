"""What is here under the keys of a connected system, as versions that are compared."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from app.db.connections.database import Transaction
from app.db.reading.lists_of_nouns import PERSON_TIME_OFFS
from app.db.writing import time_off_entries as store
from app.domain.sync.comparing import Content
from app.domain.sync.deliveries import is_record_key, read_day_key, read_record_key
from app.domain.sync.remote import UNSEEN, BaseRecord
from app.domain.sync.taking_in import DayVersion
from app.domain.sync.taking_in_records import RecordVersion


@dataclass(frozen=True, slots=True)
class Here:
    """What is here under a key: its version, its own id, and its day, a record's last one."""

    key: str
    local_key: str
    content: Content
    day: date

    def as_base(self) -> BaseRecord:
        """Return it as what both agree on; it was not seen there yet."""
        person_id = read_record_key(self.key)[0] if is_record_key(self.key) else None
        return BaseRecord(self.key, self.local_key, UNSEEN, self.day, self.content, person_id)


async def here_of(
    connection: Transaction, company_id: str, keys: Collection[str]
) -> dict[str, Here]:
    """Return what is here under those keys of a company that have anything."""
    return await _days(connection, company_id, keys) | await _records(connection, company_id, keys)


async def _days(connection: Transaction, company_id: str, keys: Collection[str]) -> dict[str, Here]:
    days = {read_day_key(key): key for key in keys if not is_record_key(key)}
    stored = await store.stored_days(connection, {*days})
    return {
        key: Here(key, str(each.entry.id), DayVersion.of_stored(each).content(), day[1])
        for day, key in days.items()
        if (each := stored.get(day)) is not None and each.entry.company_id == company_id
    }


async def _records(
    connection: Transaction, company_id: str, keys: Collection[str]
) -> dict[str, Here]:
    records = {read_record_key(key)[1]: key for key in keys if is_record_key(key)}
    stored = await PERSON_TIME_OFFS.find_many(connection, frozenset({company_id}), [*records])
    return {
        key: Here(key, id_, RecordVersion.of_stored(each).content(), each.last_day)
        for id_, key in records.items()
        if (each := stored.get(id_)) is not None and each.person_id == read_record_key(key)[0]
    }
