"""A feed read back by another library has the days on which `schedule` has contributions."""

import datetime as dt
import random

import pytest
import recurring_ical_events

from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    company,
    entry,
    holiday,
    node_id,
    person,
    user,
    uuid,
    workweek,
)
from tests.calendar_feeds.feeds import TODAY, events, read_calendar
from tests.graphql.api import CREATE_PERSON_TIME_OFF

FIRST, LAST = TODAY - dt.timedelta(days=365), TODAY + dt.timedelta(days=730)
SCHEDULE = """
query Window($from: Date!, $to: Date!, $filter: WorkerFilter) {
  schedule(from: $from, to: $to, filter: $filter, first: 40) {
    nodes {
      worker { id fullName }
      days { date workdayHours contributions { hours timeOff { sourceId } } }
    }
    pageInfo { hasNextPage }
  }
}
"""
WORKERS = 5
USERS = range(1, WORKERS + 1)
PEOPLE = range(3, 2 * WORKERS)  # some of them are the users


async def fill(gateway, seed):
    """A company of users, people and workers who are both, off at random; and another one."""
    choose = random.Random(seed)  # noqa: S311 - examples, not secrets
    for company_id, plus in ((COMPANY, 0), (OTHER_COMPANY, 100)):
        mine = {"companyId": company_id}
        await gateway.put(companies=[company(sourceId=company_id)])
        await gateway.put(
            users=[
                user(sourceId=str(n + plus), fullName=f"User {n}", emailAddress=f"{n}@a", **mine)
                for n in USERS
            ],
            people=[
                person(sourceId=uuid(n + plus), lastName=str(n), email=f"{n}@a", **mine)
                for n in PEOPLE
            ],
            holidays=[
                holiday(sourceId=str(n + plus), startDate=some, endDate=some, **mine)
                for n in range(1, 30)
                for some in [str(some_day(choose))]
            ],
            workweeks=[workweek(choose.choice([240, 480, 600]), userId=str(1 + plus), **mine)],
        )
        await put_entries(gateway, choose, plus)
        for n in PEOPLE:
            for _ in range(6):
                await put_record(gateway, choose, n + plus, company_id)


def some_day(choose, before=40, after=40):
    """A day of the feed's window, or one somewhat beside it."""
    return TODAY + dt.timedelta(days=choose.randint(-365 - before, 730 + after))


async def put_entries(gateway, choose, plus):
    """Hours on some days; what a holiday or a weekend refuses is left out."""
    for n in USERS:
        for hours in choose.choices([1, 2.5, 4, 8], k=25):
            given = entry(userId=str(n + plus), hours=hours, requestedDate=str(some_day(choose)))
            await gateway.ask(
                """mutation Try($input: CreateTimeOffEntriesInput!) {
                  createTimeOffEntries(input: $input) { userErrors { code } }
                }""",
                input={"timeOffEntries": [given]},
            )


async def put_record(gateway, choose, number, company_id):
    """A span, once or again and again; what the rules refuse is left out."""
    start = some_day(choose, before=400)
    length = choose.choice([1, 1, 2, 5, 7, 12, 30])
    repeat = choose.choice(["NEVER", "NEVER", "WEEKLY", "MONTHLY", "YEARLY"])
    starts, ends = choose.sample(["00:00", "06:30", "08:00", "12:00", "16:00", "22:00"], 2)
    given = {
        "companyId": company_id,
        "personId": uuid(number),
        "startDay": str(start),
        "endDay": str(start + dt.timedelta(days=length - 1)),
        "applyToSaturday": choose.random() < 0.5,
        "applyToSunday": choose.random() < 0.5,
        "batchStartTime": starts,
        "batchEndTime": ends,
        "isPaid": choose.random() < 0.5,
        "reason": "medical",
    }
    if repeat != "NEVER":
        until = start + dt.timedelta(days=choose.randint(0, 900))
        given |= {
            "repeat": repeat,
            "cadence": choose.choice([1, 2, 5]),
            "repeatEndDay": str(min(until, dt.date(2099, 1, 1))),
        }
    await gateway.ask(CREATE_PERSON_TIME_OFF, input=given)


def in_events_of_their_own(found):
    """Without the entries on days that the other system has, too: its event tells of them."""
    both = {(whose, day) for (record, day), (whose, *_) in found.items() if not record.isdigit()}
    return {
        (record, day): facts
        for (record, day), facts in found.items()
        if not record.isdigit() or (facts[0], day) not in both
    }


async def scheduled(gateway, **wanted):
    """By record and day: whose, how many hours, and of what workday."""
    found = {}
    for start in range(0, (LAST - FIRST).days + 1, 400):
        first = FIRST + dt.timedelta(days=start)
        last = min(first + dt.timedelta(days=399), LAST)
        answer = await gateway.ask(SCHEDULE, **{"from": str(first)}, to=str(last), filter=wanted)
        page = answer["data"]["schedule"]
        assert not page["pageInfo"]["hasNextPage"]
        for node in page["nodes"]:
            for day in node["days"]:
                for each in day["contributions"]:
                    key = each["timeOff"]["sourceId"], day["date"]
                    whose = node["worker"]["fullName"], each["hours"], day["workdayHours"]
                    assert key not in found
                    found[key] = whose
    return found


def record_of(event):
    uid, day = str(event["UID"])[:-11], str(event["UID"])[-10:]
    assert day == event.DTSTART.isoformat()
    return uid if uid.isdigit() else uid[:36]


def read_back(body):
    """By record and day, as a calendar shows it that knows nothing of us: whose it is."""
    shown = {}
    after = LAST + dt.timedelta(days=1)
    for event in recurring_ical_events.of(read_calendar(body)).between(FIRST, after):
        assert type(event.DTSTART) is dt.date
        assert event.DTEND > event.DTSTART
        for offset in range((event.DTEND - event.DTSTART).days):
            day = event.DTSTART + dt.timedelta(days=offset)
            if FIRST <= day <= LAST:
                key = record_of(event), day.isoformat()
                assert key not in shown
                shown[key] = str(event["SUMMARY"]).split(": time off")[0]
    return shown


@pytest.mark.rule("4.2")
@pytest.mark.rule("4.6")
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_feed_shows_the_days_of_the_schedule(gateway, seed):
    await fill(gateway, seed)
    whole = await gateway.link(companyId=COMPANY)
    workers = {f"U{n}" for n in USERS} | {f"P{uuid(n)}" for n in PEOPLE if n not in USERS}

    body = (await gateway.get(whole)).content
    expected = await scheduled(gateway, companyId=COMPANY)

    assert len(expected) > 200
    own = in_events_of_their_own(expected)
    assert len(own) < len(expected)
    assert read_back(body) == {key: whose for key, (whose, *_) in own.items()}
    assert b"medical" not in body
    for key in sorted(workers)[::3]:
        worker_id = node_id("Worker", key)
        own = (await gateway.get(await gateway.link(workerId=worker_id))).content
        mine = await scheduled(gateway, workerIds=[worker_id])
        mine = in_events_of_their_own(mine)
        assert read_back(own) == {each: whose for each, (whose, *_) in mine.items()}


async def test_runs_are_as_long_as_can_be_and_block_what_they_take(gateway):
    await fill(gateway, seed=7)
    link = await gateway.link(companyId=COMPANY)

    shown = events(await gateway.calendar(link))
    expected = await scheduled(gateway, companyId=COMPANY)
    entered = {
        (whose, day): hours
        for (record, day), (whose, hours, _) in expected.items()
        if record.isdigit()
    }

    uids = [str(event["UID"]) for event in shown]
    assert len(uids) == len(set(uids))
    ends = {(uid[:-11], event.DTEND) for uid, event in zip(uids, shown, strict=True)}
    starts = {(uid[:-11], event.DTSTART) for uid, event in zip(uids, shown, strict=True)}
    assert ends & starts == set()
    for event in shown:
        days = [event.DTSTART + dt.timedelta(days=each) for each in range(7)]
        facts = [
            (day.isoformat(), expected[record_of(event), day.isoformat()])
            for day in days
            if day < event.DTEND and FIRST <= day <= LAST
        ]
        takes_all = all(
            max(hours, entered.get((whose, day), 0)) >= workday
            for day, (whose, hours, workday) in facts
        )
        if event.DTSTART >= FIRST:
            assert str(event["TRANSP"]) == ("OPAQUE" if takes_all else "TRANSPARENT")
            assert ("(" in str(event["SUMMARY"])) != takes_all
