"""A company of which time off is carried from one system into the other, and who carries it."""

import asyncio
from datetime import date, timedelta

import pytest

from app.db.connections.database import Database
from app.db.reading import flows as known
from app.domain.sync.flows import SyncFlow, Work
from app.services.access.events import AccessEvents
from app.services.caller import LOCAL
from app.services.changes import ChangeFeed
from app.services.mirror.service import MirrorService
from app.services.sync.flow_service import FlowService, SetSyncFlow
from app.services.sync.flows import Flows
from tests.builders import COMPANY, company, person, user
from tests.graphql.api import api, put, put_person_time_off
from tests.sync.conftest import Clock

EMAIL = {"emailAddress": "one@x.example"}
MONDAY = date(2026, 3, 2)
ENTRIES = """{ timeOffEntries {
  nodes { requestedDate hours externalReferences { serviceModel } } } }"""
UPDATE_ENTRY = """mutation($id: ID!, $hours: Float!) {
  updateTimeOffEntry(input: {id: $id, hours: $hours}) { userErrors { message } } }"""
DELETE_ENTRIES = """mutation($ids: [ID!]!) {
  deleteTimeOffEntries(input: {ids: $ids}) { userErrors { message } } }"""
UPDATE = """mutation($input: UpdatePersonTimeOffInput!) {
  updatePersonTimeOff(input: $input) { userErrors { message } } }"""
DELETE = """mutation($id: ID!) {
  deletePersonTimeOff(input: {id: $id}) { userErrors { message } } }"""


class Carrying:
    """A company whose days are carried, and who carries them."""

    def __init__(self, database: Database, ask):
        self.database, self.ask, self.clock = database, ask, Clock()
        self.faults: list[Exception] = []
        events = AccessEvents(database, self.clock)
        self.service = FlowService(database, self.clock, events, lambda: None)
        self.flows = Flows(
            database,
            ChangeFeed(database),
            MirrorService(database, self.clock),
            self.clock,
            asyncio.Event(),
            self.faults.append,
        )

    async def set(self, flow=SyncFlow.PROCORE_TO_KANTATA, **given):
        await self.service.set(LOCAL, SetSyncFlow(COMPANY, flow, **given))

    async def work(self, times=1):
        for _ in range(times):
            async with self.database.reading() as connection:
                found = await known.flows_under_way(connection)
            last = await self.flows.feed.last(COMPANY)
            for each in found:
                await self.flows.turn(each, last)
        assert self.faults == []

    async def hours(self):
        nodes = (await self.ask(ENTRIES))["data"]["timeOffEntries"]["nodes"]
        assert all(each["externalReferences"] for each in nodes)
        return {each["requestedDate"]: each["hours"] for each in nodes}

    async def told(self):
        async with self.database.reading() as connection:
            keys = await known.problems_to_try(
                connection, COMPANY, self.clock() + timedelta(days=1), 100
            )
        work = Work.of_keys(keys)
        return [*work.records, *(str(day) for mine in work.users.values() for day in mine or ())]


@pytest.fixture
async def carrying(database_url):
    """A user and a person who are one worker by their e-mail."""
    database = Database(database_url)
    async with api(database_url) as ask:
        await put(
            ask,
            companies=[company()],
            users=[user(**EMAIL)],
            people=[person(email="one@x.example")],
        )
        yield Carrying(database, ask)
    await database.close()


def days(first, last, hours=8.0):
    span = (first + timedelta(days=each) for each in range((last - first).days + 1))
    return {str(day): hours for day in span}


async def record(carrying, first=MONDAY, last=MONDAY, **given):
    return await put_person_time_off(carrying.ask, startDay=str(first), endDay=str(last), **given)
