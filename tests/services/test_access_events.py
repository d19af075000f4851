"""What changes no record: noted at once, stored soon, shown to who may audit."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.db.connections.database import Database
from app.domain.access import ALL_PERMISSIONS, Permission, Via
from app.domain.access_events import AccessEventFilter, AccessEventKind
from app.domain.errors import NotPermitted
from app.domain.filters import InstantRange
from app.domain.paging import Order, PageRequest
from app.services.access.events import (
    MOST_NOTED,
    MOST_PEERS,
    OTHERS,
    AccessEvents,
    forget_old_events,
)
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from tests.builders import COMPANY, OTHER_COMPANY
from tests.callers import caller

NOON = datetime(2026, 11, 2, 12, 0, 5, tzinfo=UTC)
NEWEST_FIRST = PageRequest(Order("NUMBER", descending=True), 500)
EXPORTED, SIGNED_IN = AccessEventKind.EXPORTED, AccessEventKind.SIGNED_IN
ADA = replace(caller("token:ada"), request_id="r-1")


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
async def database(database_url):
    database = Database(database_url)
    companies = [
        UpsertItem({"source_id": COMPANY, "name": "Ours"}),
        UpsertItem({"source_id": OTHER_COMPANY, "name": "Other"}),
    ]
    await DirectoryService(database, lambda: NOON).upsert_companies(LOCAL, companies)
    yield database
    await database.close()


async def shown(events, who=LOCAL, wanted=None, request=NEWEST_FIRST):
    page = await events.page(who, wanted or AccessEventFilter(), request)
    return list(page.items)


async def test_what_is_noted_is_stored_with_who_where_and_by_which_request(database):
    events = AccessEvents(database, lambda: NOON)
    event = events.event_of(ADA, EXPORTED, company_id=COMPANY, peer="10.0.0.7", details={"a": 1})
    events.note(event)
    assert await shown(events) == []

    await events.store_noted()
    await events.store_noted()

    assert await shown(events) == [event]
    assert (event.actor, event.via, event.request_id) == (ADA.origin.actor, Via.GRAPHQL, "r-1")


async def test_an_event_of_a_change_is_stored_with_it_or_not_at_all(database):
    events = AccessEvents(database, lambda: NOON)
    event = events.event_of(ADA, AccessEventKind.TOKEN_CREATED)

    async def fail():
        async with database.writing() as connection:
            await events.record(connection, event)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await shown(events) == []
    async with database.writing() as connection:
        await events.record(connection, event)
    assert await shown(events) == [event]


# Refusals


async def test_a_flood_of_refusals_is_one_event_for_each_peer_and_minute(database):
    clock = Clock()
    events = AccessEvents(database, clock)
    for _ in range(3):
        for _ in range(500):
            events.note_refused("10.0.0.1", Via.GRAPHQL, "first")
        events.note_refused("10.0.0.2", Via.PAGE, "x")
        await events.store_noted()
    clock.now += timedelta(minutes=1)
    events.note_refused("10.0.0.1", Via.GRAPHQL, "later")
    await events.store_noted()

    found = [(each.peer, each.via, each.count, each.request_id) for each in await shown(events)]

    assert sorted(found) == [
        ("10.0.0.1", Via.GRAPHQL, 1, "later"),
        ("10.0.0.1", Via.GRAPHQL, 1_500, "first"),
        ("10.0.0.2", Via.PAGE, 3, "x"),
    ]
    assert {each.kind for each in await shown(events)} == {AccessEventKind.REFUSED}
    assert {each.actor for each in await shown(events)} == {None}


async def test_more_peers_than_the_limit_are_counted_together(database):
    events = AccessEvents(database, lambda: NOON)
    for number in range(MOST_PEERS + 20):
        events.note_refused(f"peer {number}", Via.GRAPHQL, "")
    events.note_refused("peer 3", Via.GRAPHQL, "")
    await events.store_noted()

    request = replace(NEWEST_FIRST, size=MOST_PEERS + 20)
    counts = {each.peer: each.count for each in await shown(events, request=request)}

    assert len(counts) == MOST_PEERS + 1
    assert (counts[OTHERS], counts["peer 3"]) == (20, 2)


async def test_a_minute_whose_event_is_forgotten_gets_another(database):
    events = AccessEvents(database, lambda: NOON)
    events.note_refused("10.0.0.1", Via.GRAPHQL, "")
    await events.store_noted()
    await forget_old_events(database, NOON + timedelta(days=500), 400)
    events.note_refused("10.0.0.1", Via.GRAPHQL, "")
    await events.store_noted()

    (event,) = await shown(events)
    assert event.count == 1


# Faults


async def test_what_cannot_be_stored_now_is_stored_later(database, monkeypatch):
    events = AccessEvents(database, lambda: NOON)
    event = events.event_of(ADA, EXPORTED)
    events.note(event)
    events.note_refused("10.0.0.1", Via.GRAPHQL, "a")
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE access_events RENAME TO away"))
    with pytest.raises(Exception, match="access_events"):
        await events.store_noted()
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO access_events"))
    events.note_refused("10.0.0.1", Via.GRAPHQL, "b")

    await events.store_noted()

    refused, stored = await shown(events)
    assert stored == event
    assert (refused.count, refused.request_id) == (2, "a")


async def test_events_beyond_the_limit_are_left_out_and_told(database, caplog):
    events = AccessEvents(database, lambda: NOON)
    for _ in range(MOST_NOTED + 7):
        events.note(events.event_of(ADA, EXPORTED))

    with caplog.at_level(logging.ERROR):
        await events.store_noted()

    assert await events.count(LOCAL, AccessEventFilter()) == MOST_NOTED
    assert "7 access events could not be kept" in caplog.text


async def test_two_processes_store_theirs_at_the_same_time(database, database_url):
    other = Database(database_url)
    both = [AccessEvents(each, lambda: NOON) for each in (database, other)]
    for events in both:
        for _ in range(50):
            events.note(events.event_of(ADA, EXPORTED))
        events.note_refused("10.0.0.1", Via.GRAPHQL, "")

    await asyncio.gather(*(events.store_noted() for events in both))
    await other.close()

    found = await shown(both[0])
    assert [each.kind for each in found].count(EXPORTED) == 100
    assert sum(each.count for each in found if each.peer) == 2


# Who sees what


@pytest.fixture
async def events(database):
    """One of our company, one of the other, one of none; a minute apart."""
    clock = Clock()
    events = AccessEvents(database, clock)
    for who, kind, company_id in (
        (ADA, EXPORTED, COMPANY),
        (LOCAL, EXPORTED, OTHER_COMPANY),
        (LOCAL, SIGNED_IN, None),
    ):
        events.note(events.event_of(who, kind, company_id=company_id))
        clock.now += timedelta(minutes=1)
    await events.store_noted()
    return events


@pytest.mark.parametrize(
    ("companies", "expected"),
    [
        (None, [None, OTHER_COMPANY, COMPANY]),
        (frozenset({COMPANY}), [COMPANY]),
        (frozenset({COMPANY, OTHER_COMPANY}), [OTHER_COMPANY, COMPANY]),
        (frozenset(), []),
    ],
)
async def test_events_of_foreign_companies_and_of_none_are_not_there(events, companies, expected):
    auditor = caller("auditor", companies)

    assert [each.company_id for each in await shown(events, auditor)] == expected
    assert await events.count(auditor, AccessEventFilter()) == len(expected)


async def test_who_may_not_audit_is_refused(events):
    planner = caller("planner", permissions=ALL_PERMISSIONS - {Permission.READ_AUDIT})

    with pytest.raises(NotPermitted):
        await shown(events, planner)
    with pytest.raises(NotPermitted):
        await events.count(planner, AccessEventFilter())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (AccessEventFilter(company_id=COMPANY), [COMPANY]),
        (AccessEventFilter(actors=["local"]), [None, OTHER_COMPANY]),
        (AccessEventFilter(actors=["local"], kinds=[EXPORTED]), [OTHER_COMPANY]),
        (AccessEventFilter(kinds=[]), []),
        (AccessEventFilter(at=InstantRange(NOON + timedelta(minutes=1))), [None, OTHER_COMPANY]),
        (AccessEventFilter(at=InstantRange(until=NOON + timedelta(minutes=1))), [COMPANY]),
    ],
)
async def test_filters_narrow_them_down(events, wanted, expected):
    assert [each.company_id for each in await shown(events, wanted=wanted)] == expected


# How long they are kept


async def test_they_are_forgotten_after_their_days_and_not_before(events, database):
    assert await forget_old_events(database, NOON + timedelta(days=400), 400) == 0

    later = NOON + timedelta(days=400, minutes=1, microseconds=1)
    assert await forget_old_events(database, later, 400) == 2

    assert [each.company_id for each in await shown(events)] == [None]
