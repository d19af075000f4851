"""Carried from a Kantata OX that is only read, to a Procore that is written."""

from dataclasses import replace

import pytest

from app.domain.sync.flows import SyncFlow
from app.domain.sync.upstreams import SyncDirection
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.sync.flow_service import FlowService, SetSyncFlow
from tests.builders import COMPANY
from tests.sync.test_flows_between_vendors import MONDAY, TUESDAY, WEDNESDAY, between, hours, shown

__all__ = ["between"]  # a fixture


@pytest.mark.parametrize("direction", [SyncDirection.READ_ONLY, SyncDirection.TWO_WAY])
async def test_marks_stay_where_kantata_is_only_read(account, company, between, direction):
    kantata, _ = between.systems
    service = FlowService(
        kantata.database, kantata.clock, AccessEvents(kantata.database, kantata.clock), lambda: None
    )
    await service.set(LOCAL, SetSyncFlow(COMPANY, SyncFlow.KANTATA_TO_PROCORE))
    await kantata.change(lambda found: replace(found, direction=direction))
    account.create([MONDAY, TUESDAY], range(1, 2), hours=8)
    await between.peace()
    made = shown(company)
    id_ = max(account.entries())
    account.change(id_, 4)
    await between.peace()
    changed = shown(company)
    account.delete([id_])
    await between.peace()

    whole, half = ("8:00 AM", "4:00 PM"), ("8:00 AM", "12:00 PM")
    assert made == [("03/09/26", "03/10/26", *whole)]
    assert changed == [("03/09/26", "03/09/26", *whole), ("03/10/26", "03/10/26", *half)]
    assert shown(company) == [("03/09/26", "03/09/26", *whole)]
    assert (hours(account), await between.told()) == ({"2026-03-09": 8}, [])


async def test_what_is_changed_at_both_vendors_at_once_comes_to_rest(account, company, between):
    account.create([MONDAY, TUESDAY], range(1, 2), hours=8)
    await between.peace()
    [id_] = company.records()
    company.change(1, id_, end_day="03/11/26")
    account.delete([max(account.entries())])
    account.create([WEDNESDAY], range(1, 2), hours=2)
    await between.peace()
    longer = shown(company), hours(account), await between.told()
    company.delete(1, id_)
    await between.peace()
    after = shown(company), hours(account), await between.told()

    days = {"2026-03-09": 8, "2026-03-10": 8, "2026-03-11": 8}
    assert longer == ([("03/09/26", "03/11/26", "8:00 AM", "4:00 PM")], days, [])
    assert after == ([("03/11/26", "03/11/26", "8:00 AM", "10:00 AM")], {"2026-03-11": 2}, [])
