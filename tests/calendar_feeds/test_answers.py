"""How a feed is answered: what calendars have already, what was removed, and the bounds."""

import asyncio
import datetime as dt
import json

import pytest

from app.db.reading import calendar_feeds as store
from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    company,
    entry,
    node_id,
    person,
    user,
    uuid,
)
from tests.calendar_feeds.feeds import (
    DELETE_ENTRIES,
    DELETE_RECORD,
    TODAY,
    UPDATE_ENTRY,
    UPDATE_RECORD,
    day,
    events,
    gateway_over,
)
from tests.graphql.api import statements

ALL = {"companyId": COMPANY}
WEEK = dt.timedelta(weeks=1)
UNLINK = (
    "mutation Unlink($id: ID!) { unlinkWorker(input: {workerId: $id}) { userErrors { code } } }"
)


async def test_a_feed_is_a_private_calendar_in_utf_8(staffed):
    answer = await staffed.get(await staffed.link(**ALL))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-length"] == str(len(answer.content))
    # A removal has no time of its own: the tag alone says whether something changed.
    assert "last-modified" not in answer.headers
    assert "METHOD" not in answer.text


async def test_whoever_has_it_already_gets_nothing_again(staffed):
    link = await staffed.link(**ALL)
    etag = (await staffed.get(link)).headers["etag"]

    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await staffed.get(link, known)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "content-type" not in answer.headers
    for unknown in ('"other"', etag[:-2] + '"', etag.strip('"'), "", '"'):
        assert (await staffed.get(link, unknown)).status_code == 200


async def test_a_parameter_narrows_nothing_and_that_is_told(staffed):
    link = await staffed.link(**ALL)

    plain = await staffed.get(link)
    asked = await staffed.get(f"{link}?role=5&nocache=1")
    known = await staffed.get(f"{link}?role=5", plain.headers["etag"])

    assert (asked.status_code, asked.content) == (200, plain.content)
    assert json.loads(asked.headers["timeoff-warnings"]) == [
        {"code": "IGNORED_PARAMETER", "path": ["role"]},
        {"code": "IGNORED_PARAMETER", "path": ["nocache"]},
    ]
    assert (known.status_code, "timeoff-warnings" in known.headers) == (304, True)
    assert "timeoff-warnings" not in plain.headers


async def test_the_tag_changes_with_all_that_is_shown_and_with_nothing_else(staffed):
    await staffed.put(users=[user(emailAddress="a@b"), user(sourceId="2", companyId=COMPANY)])
    link = await staffed.link(**ALL)
    tags: list[str] = []

    async def differs():
        """Whether who asks with the tag of before gets something new; twice, with both tags."""
        before = tags[-1] if tags else None
        answer = await staffed.get(link, before)
        if answer.status_code == 304:
            return False
        tags.append(answer.headers["etag"])
        assert (await staffed.get(link, tags[-1])).status_code == 304
        return True

    async def change(document, **input_):
        await staffed.did(document, **input_)
        return await differs()

    assert await differs()
    (first,) = await staffed.put_entries(entry(requestedDate=day(0), hours=1))
    assert await differs()
    (second,) = await staffed.put_entries(entry(requestedDate=day(1), hours=1))
    assert await differs()
    assert await change(UPDATE_ENTRY, id=first, hours=2)
    assert not await change(UPDATE_ENTRY, id=first, hours=2)
    assert await change(DELETE_ENTRIES, ids=[second])
    record_id = await staffed.put_person_time_off(startDay=day(0), endDay=day(4))
    assert await differs()
    assert await change(UPDATE_RECORD, id=record_id, isPaid=False)
    assert await change(UPDATE_RECORD, id=record_id, endDay=day(3))
    assert await change(DELETE_RECORD, id=record_id)
    await staffed.put(users=[user(fullName="Ada King", emailAddress="a@b")])
    assert await differs()
    await staffed.put(companies=[company(name="Brick")])
    assert await differs()
    await staffed.put(people=[person(email="a@b")])  # now one worker, of the same name
    assert not await differs()
    await staffed.put(companies=[company(sourceId=OTHER_COMPANY)])
    await staffed.put(users=[user(sourceId="9", companyId=OTHER_COMPANY)])
    await staffed.put_entries(entry(userId="9", requestedDate=day(0)))
    assert not await differs()
    assert await change(DELETE_ENTRIES, ids=[first])


async def test_what_is_as_it_was_before_has_the_tag_that_it_had(staffed):
    link = await staffed.link(**ALL)
    etag = (await staffed.get(link)).headers["etag"]
    (id_,) = await staffed.put_entries(entry(requestedDate=day(0)))
    changed = await staffed.get(link, etag)
    await staffed.did(DELETE_ENTRIES, ids=[id_])

    assert changed.status_code == 200
    assert (await staffed.get(link, etag)).status_code == 304


async def test_whom_a_filter_no_longer_finds_is_removed(staffed):
    await staffed.put(
        users=[user(emailAddress="a@b")], people=[person(email="a@b", status="INACTIVE")]
    )
    await staffed.put_person_time_off(startDay=day(0), endDay=day(0))
    link = await staffed.link(**ALL)
    before = await staffed.get(link)
    await staffed.ask(UNLINK, id=node_id("Worker", "U1"))

    after = await staffed.get(link, before.headers["etag"])

    assert (before.text.count("BEGIN:VEVENT"), after.text.count("BEGIN:VEVENT")) == (1, 0)


@pytest.mark.parametrize("known", [False, True])
async def test_head_says_what_get_would(staffed, known):
    await staffed.put_entries(entry(requestedDate=day(0)))
    link = await staffed.link(**ALL)
    etag = (await staffed.get(link)).headers["etag"] if known else None

    head, get = await staffed.get(link, etag, "HEAD"), await staffed.get(link, etag)

    assert (head.status_code, head.headers) == (get.status_code, get.headers)
    assert head.content == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND"])
async def test_a_feed_is_only_read(staffed, method):
    link = await staffed.link(**ALL)

    paths = (link, "/feeds/unknown.ics")
    of_one, of_none = [await staffed.get(path, method=method) for path in paths]

    assert of_one.status_code == 405
    assert sorted(of_one.headers["allow"].split(", ")) == ["GET", "HEAD"]
    assert (of_one.content, of_one.headers) == (of_none.content, of_none.headers)


@pytest.mark.parametrize("workers", [1, 40])
async def test_a_feed_is_read_in_as_many_statements_whatever_its_size(gateway, workers):
    numbers = range(1, workers + 1)
    await gateway.put(companies=[company()])
    await gateway.put(
        roles=[{"sourceId": "5", "companyId": COMPANY, "name": "Carpenter"}],
        users=[user(sourceId=str(n), emailAddress=f"{n}@a", roleId="5") for n in numbers],
        people=[person(sourceId=uuid(n), email=f"{n}@a") for n in numbers],
    )
    await gateway.put_entries(*(entry(userId=str(n), requestedDate=day(0)) for n in numbers))
    weekly = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": day(70)}
    for n in numbers:
        await gateway.put_person_time_off(
            personId=uuid(n), startDay=day(0), endDay=day(0), **weekly
        )
    link = await gateway.link(**ALL, roleIds=["5"])
    await gateway.get(link)
    await asyncio.sleep(1.5)  # that it was used for the first time is stored beside the requests

    with statements() as sent:
        body = (await gateway.get(link)).text

    assert body.count("BEGIN:VEVENT") == 11 * workers  # the first day is in both systems
    assert body.replace("\r\n ", "").count("Kantata OX: 4 h.") == workers
    # The feed, its company and roles; entries, instances, workers, holidays, workweeks, changes.
    assert len(sent) == 9
    assert sum("LIMIT" in each for each in sent) == 2
    assert not any("reason" in each.replace("NULL AS reason", "") for each in sent)


async def test_of_too_many_events_those_that_begin_earliest_are_left_out(gateway):
    numbers = range(1, 35)
    await gateway.put(companies=[company()])
    await gateway.put(people=[person(sourceId=uuid(n)) for n in numbers])
    first = TODAY - dt.timedelta(days=360)
    weekly = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": str(TODAY + dt.timedelta(days=720))}
    every = {"startDay": str(first), "endDay": str(first), **weekly}
    flags = {"applyToSaturday": True, "applyToSunday": True}
    await asyncio.gather(
        *(gateway.put_person_time_off(personId=uuid(n), **every, **flags) for n in numbers)
    )
    link = await gateway.link(**ALL)

    calendar = await gateway.calendar(link)
    one = await gateway.calendar(await gateway.link(workerId=node_id("Worker", f"P{uuid(1)}")))

    shown = [event.DTSTART for event in events(calendar)]
    weeks = [event.DTSTART for event in events(one)]
    assert len(weeks) * len(numbers) > 5000 == len(shown)
    whole = sorted(weeks * len(numbers))
    assert shown == whole[-5000:]
    assert "left out" in calendar["DESCRIPTION"]
    assert "DESCRIPTION" not in one


async def test_of_many_instances_of_few_records_those_that_start_last_are_shown(
    gateway, monkeypatch
):
    monkeypatch.setattr(store, "MOST_ROWS", 5)
    await gateway.put(companies=[company()], people=[person(sourceId=uuid(n)) for n in (1, 2, 3)])
    starts = [TODAY + dt.timedelta(days=day) for day in (0, 2, 1)]
    for n, start in enumerate(starts, 1):
        weekly = {"repeat": "WEEKLY", "cadence": 1, "repeatEndDay": str(TODAY + 7 * WEEK)}
        days = {"startDay": str(start), "endDay": str(start), **weekly}
        flags = {"applyToSaturday": True, "applyToSunday": True}
        await gateway.put_person_time_off(personId=uuid(n), **days, **flags)

    calendar = await gateway.calendar(await gateway.link(**ALL))

    every = [start + turn * WEEK for start in starts for turn in range(8)]
    shown = [event.DTSTART for event in events(calendar)]
    assert shown == sorted(day for day in every if day <= TODAY + 7 * WEEK)[-5:]
    assert "left out" in calendar["DESCRIPTION"]


async def test_a_feed_that_takes_too_long_is_given_up(database_url):
    async with gateway_over(database_url, limit_query_seconds=0.000_001) as gateway:
        await gateway.put_everyone()
        link = await gateway.link(**ALL)

        answer = await gateway.get(link)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "etag" not in answer.headers
