"""Clocks are set, and days come that are no days like others: answers stay what they were.

A real server runs under libfaketime. Its monotonic clock goes on as ever, which is what happens
on a machine whose clock is set.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.events.subscriber import CHANGES, over_sse
from tests.preloads import Clock
from tests.process.client import (
    CREATE_ENTRIES,
    CREATE_TIME_OFF,
    UPDATE_ENTRY,
    Gateway,
    item,
    time_off,
)
from tests.process.stored import refuse_violations
from tests.process.test_stops import serving_aside
from tests.webhooks.conftest import SETTINGS
from tests.webhooks.receiver import Reply, receiving

pytestmark = pytest.mark.process

MAKE_FEED = """
mutation ($input: CreateCalendarFeedInput!) {
  createCalendarFeed(input: $input) { link userErrors { code } }
}
"""
MAKE_WEBHOOK = """
mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { webhook { id } userErrors { code message } }
}
"""
SPRING, AUTUMN = "2026-03-29 01:59:59", "2026-10-25 02:59:59"
"""In Berlin one second later it is 03:00, and 02:00 once more."""
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
NEAR = timedelta(minutes=10)
"""A busy machine takes its time; that a clock is an hour wrong is to be seen."""
MOMENTS = {
    "Europe/Berlin": (SPRING, AUTUMN, "2028-02-28 23:59:59", "2038-01-19 04:14:06"),
    "America/New_York": (
        *("2026-03-08 01:59:59", "2026-11-01 01:59:59"),
        *("2027-02-28 23:59:59", "2028-02-28 23:59:59", "2028-02-29 23:59:59"),
        *("2038-01-18 22:14:06", "2068-12-31 23:59:59", "2069-01-01 00:00:00"),
    ),
    "UTC": ("2032-02-29 12:00:00", "2038-01-19 03:14:07", "2068-12-31 23:59:59"),
}


class Work:
    """Who is written about, and what one day's work over both models is."""

    def __init__(self, gateway, company, user_id, person_id, url):
        self.gateway, self.company, self.url = gateway, company, url
        self.user_id, self.person_id = user_id, person_id
        self.feed = ""
        self.last = datetime.min.replace(tzinfo=UTC)
        """The last version of an entry."""
        self.kept = []
        """The documents that were sent with a key, their input, and what was answered."""

    async def do(self, now):
        """Write on the next workday, and hold what was answered about it."""
        day = first_workday(now.astimezone(UTC).date())
        entry = await self._write_entry(day)
        versions = [entry["updatedAt"]]
        for hours in (1.5, 2, 1):
            changed = await self.gateway.write(UPDATE_ENTRY, id=entry["id"], hours=hours)
            versions.append(changed["timeOffEntry"]["updatedAt"])
        assert versions == sorted(set(versions))
        first, last = (datetime.fromisoformat(versions[place]) for place in (0, -1))
        assert first > self.last  # also of the entry that was made before the clock went back
        assert is_near(last, max(now, self.last))
        self.last = last
        assert (await self.gateway.hours_of(self.user_id))[self.user_id, str(day)] == 1
        await self._write_record(day)
        await self.hold_the_feed(day)
        return entry["id"]

    async def _write_entry(self, day):
        wanted = {"timeOffEntries": [item(self.user_id, 1, day)]}
        answer = await self._write_once(CREATE_ENTRIES, wanted)
        (entry,) = answer["timeOffEntries"]
        read = "query ($id: ID!) { timeOffEntry(id: $id) { id updatedAt } }"
        return await self.gateway.ask(read, id=entry["id"])

    async def _write_record(self, day):
        """A series over five weeks, over whatever the clocks do meanwhile."""
        weeks = [str(day + timedelta(weeks=number)) for number in range(5)]
        wanted = {"startDay": weeks[0], "endDay": weeks[0], "repeatEndDay": weeks[-1]}
        reason = f"from {weeks[0]}"
        given = time_off(self.company, self.person_id, reason, **wanted)
        answer = await self._write_once(CREATE_TIME_OFF, given)
        assert [each["startDay"] for each in answer["personTimeOff"]["instances"]] == weeks

    async def _write_once(self, document, given):
        given |= {"idempotencyKey": str(uuid4())}
        answer = await self.gateway.write(document, **given)
        assert answer["userErrors"] == [], answer
        self.kept.append((document, given, answer))
        return answer

    async def hold_the_keys(self):
        """Send all that was sent with a key again: it is not done again."""
        for document, given, answer in self.kept:
            assert await self.gateway.write(document, **given) == answer

    async def hold_the_feed(self, day):
        """The feed shows a day of today, under the day's own date."""
        shown = await patiently(self.feed)
        assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}" in shown.text.replace("\r\n ", "")


def is_near(found: datetime, now: datetime) -> bool:
    """Say whether a moment is now, in an hour that comes twice the first time or the second."""
    return any(abs(found - now.replace(fold=fold).astimezone(UTC)) < NEAR for fold in (0, 1))


def first_workday(day: date) -> date:
    while day.weekday() > 4:
        day += A_DAY
    return day


@pytest.fixture(params=["Europe/Berlin", pytest.param("America/New_York", marks=pytest.mark.long),
                        pytest.param("UTC", marks=pytest.mark.long)])  # fmt: skip
def zone(request):
    return request.param


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.mark.only_on("sqlite")
async def test_whatever_the_clock_says_both_models_are_written_as_ever(
    database_url, zone, tmp_path, receiver
):
    clock = Clock(tmp_path, zone)
    environment = {**clock.environment, **SETTINGS}
    clock.set(datetime.fromisoformat(MOMENTS[zone][0]) - A_DAY)
    async with (
        serving_aside(database_url, environment=environment, cold=True) as server,
        Gateway(database_url, [server], patient=True) as gateway,
    ):
        work = await prepared(gateway, server, receiver)
        variables = {"company": work.company}
        async with over_sse(server.url, CHANGES, variables) as events:
            for text in MOMENTS[zone]:
                local = datetime.fromisoformat(text)
                clock.set(local)
                now = local.replace(tzinfo=ZoneInfo(zone))
                await hold_the_time(server.url, now)
                last = await work.do(now)
                await told(events, last)

            # Back by an hour while a receiver fails, as after a clock that was ahead.
            receiver.answer = lambda _: Reply(500)
            await gateway.put("upsertUsers", "users", [renamed(work, "Brick")])
            await asyncio.to_thread(receiver.wait_for, lambda got: len(got) == 1, 60)
            clock.set(local - AN_HOUR)
            await hold_the_time(server.url, now - AN_HOUR)
            receiver.answer = lambda _: Reply()
            await asyncio.to_thread(receiver.wait_for, lambda got: len(got) == 2, 60)
            work.kept = work.kept[-2:]  # years have gone for the others
            await work.hold_the_keys()
            await told(events, await work.do(now - AN_HOUR))

            # And ahead by a day: nothing that waits has waited for so long.
            clock.set(local + A_DAY)
            await hold_the_time(server.url, now + A_DAY)
            await told(events, await work.do(now + A_DAY))
            await work.hold_the_keys()
        log = server.log()
    await refuse_violations(database_url)

    assert "ERROR" not in log, log


async def prepared(gateway, server, receiver):
    """Make one human of each model, a feed of all and a webhook."""
    company = await gateway.new_company()
    (user_id,) = await gateway.new_users(company)
    (person_id,) = await gateway.new_people(company)
    work = Work(gateway, company, user_id, person_id, server.url)
    link = (await gateway.write(MAKE_FEED, companyId=company))["link"]
    work.feed = urljoin(server.url, link)
    made = await gateway.write(
        MAKE_WEBHOOK, companyId=company, url=receiver.url, types=["user.updated"]
    )
    assert made["userErrors"] == []
    return work


def renamed(work, name):
    return {"sourceId": work.user_id, "companyId": work.company, "fullName": name}


async def hold_the_time(url, now):
    """The server has the time, and is ready; its `Date` is made once a second."""
    for _ in range(600):
        answer = await patiently(f"{url}/health/ready")
        if is_near(parsedate_to_datetime(answer.headers["date"]), now):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(answer.headers["date"])


async def patiently(url):
    """Fetch it, again where a machine that is busy makes the gateway say so."""
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(100):
            answer = await client.get(url)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(0.2)
    assert answer.status_code == httpx.codes.OK
    return answer


async def told(events, entry_id):
    """Wait until a subscriber has been told of an entry."""
    while True:
        _, data = await events.next(60)
        node = data["data"]["changes"]["node"]
        if node["subjectId"] == entry_id:
            return
