"""A company with two workers, of whom there is one of everything that a call may be about."""

import asyncio

from tests import builders
from tests.access.samples import Whose
from tests.builders import COMPANY, MONDAY, OTHER_COMPANY, OTHER_PERSON, PERSON, TUESDAY, node_id
from tests.graphql.api import api, put, put_entries, put_person_time_off

MADE = """
query Made($user: ID!, $person: ID!) {
  timeOffEntries(filter: {userIds: [$user]}) { nodes { id } }
  personTimeOffs(filter: {personIds: [$person]}) { nodes { id } }
}
"""
MAKE_FEED = """
mutation MakeFeed($worker: ID!) {
  createCalendarFeed(input: {workerId: $worker}) { calendarFeed { id } }
}
"""

MAKE_WEBHOOK = """
mutation MakeWebhook($company: ID!) {
  createWebhook(input: {companyId: $company, url: "https://hooks.invalid/", types: ["*"]}) {
    webhook { id } userErrors { message }
  }
}
"""

DELETE_RECORD = """
mutation Delete($id: ID!) { deletePersonTimeOff(input: {id: $id}) { userErrors { message } } }
"""


def two_workers(database_url):
    """Store them; return whose calls are about each, by the ids of their users."""
    return asyncio.run(_fill(database_url))


async def _fill(database_url):
    async with api(database_url) as ask:
        await put(ask, companies=[builders.company(), builders.company(sourceId=OTHER_COMPANY)])
        humans = (("1", PERSON, "ada@x.example"), ("2", OTHER_PERSON, "joe@x.example"))
        await put(
            ask,
            roles=[builders.role()],
            users=[builders.user(sourceId=user, emailAddress=email) for user, _, email in humans],
            people=[builders.person(sourceId=person, email=email) for _, person, email in humans],
            workweeks=[builders.workweek()],
            holidays=[builders.holiday()],
        )
        return {user: await _made(ask, user, person) for user, person, _ in humans}


async def _made(ask, user, person):
    said = builders.reference(externalMessage=f"message of {user}", serviceModelRef=user)
    await put_entries(ask, builders.entry(userId=user, hours=3, externalReference=said))
    await put_person_time_off(
        ask, personId=person, startDay=TUESDAY, endDay=TUESDAY, reason=f"reason of {user}"
    )
    worker = node_id("Worker", f"U{user}")
    deleted = await put_person_time_off(ask, personId=person, startDay=MONDAY, endDay=MONDAY)
    await ask(DELETE_RECORD, id=deleted)
    feed = (await ask(MAKE_FEED, worker=worker))["data"]["createCalendarFeed"]["calendarFeed"]["id"]
    webhook = (await ask(MAKE_WEBHOOK, company=COMPANY))["data"]["createWebhook"]["webhook"]["id"]
    found = (await ask(MADE, user=user, person=person))["data"]
    (entry,), (record,) = (each["nodes"] for each in found.values())
    return Whose(user, person, worker, entry["id"], record["id"], feed, webhook, deleted=deleted)
