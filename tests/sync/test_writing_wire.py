"""Writes are sent once, and a failure says whether anything can have been done by them."""

from datetime import date

from app.domain.days import DaySpan
from app.domain.sync.credentials import Credentials
from app.domain.sync.remote import NewRemoteEntry
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus
from app.vendors.opening import OpenedVendors
from tests.sync.conftest import TODAY

HR = ReferenceFacts("hr", "Leave", "7", ReferenceStatus.PENDING, external_message="A secret")
NEW = NewRemoteEntry(3, TODAY, 5 * 3600, TODAY, [HR])


async def test_what_is_written_is_there(account, connected):
    vendors = OpenedVendors(lambda *_: None, 30)
    async with vendors.open(await connected.upstream(), Credentials(connected.token)) as vendor:
        made = await vendor.create_entry(NEW)
        changed = await vendor.change_entry(str(made.id), 7200, (3, TODAY))
        found = await vendor.entries_of([3, 4], DaySpan(TODAY, TODAY), 1)
        there = account.days()
        await vendor.delete_entry(str(made.id))
    assert (made.user_id, made.day, made.seconds) == (3, TODAY, 18_000)
    assert [each.facts for each in made.references] == [HR]
    assert found.entries == [changed]
    assert there == {(3, str(TODAY)): 7200}
    assert account.days() == {}
