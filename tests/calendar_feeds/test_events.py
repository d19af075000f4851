"""What an event of a feed says, and what it does not."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.db.connections.database import Database
from app.db.schema.tables import ChangeRow
from app.db.writing.changes import forget_before
from tests.builders import (
    COMPANY,
    OTHER_COMPANY,
    PERSON,
    company,
    entry,
    holiday,
    node_id,
    person,
    user,
    workweek,
)
from tests.calendar_feeds.feeds import (
    DELETE_ENTRIES,
    DELETE_RECORD,
    MONDAY,
    TODAY,
    UPDATE_ENTRY,
    UPDATE_RECORD,
    day,
    events,
    titles,
)

ALL = {"companyId": COMPANY}
LINK = """
mutation Link($user: ID!, $person: ID!) {
  linkWorker(input: {userId: $user, personId: $person}) { userErrors { code } }
}
"""
INSTANCES = "query One($id: ID!) { personTimeOff(id: $id) { updatedAt instances { sourceId } } }"


def said(event, *names):
    """Some properties of an event, as text."""
    return [event[name].to_ical().decode() if name in event else None for name in names]


async def test_an_entry_is_an_event_of_its_day(staffed):
    (entry_id,) = await staffed.put_entries(entry(hours=8, requestedDate=day(0)))

    body = (await staffed.get(await staffed.link(**ALL))).text

    lines = body.replace("\r\n ", "").split("\r\n")
    assert f"UID:{entry_id}-{day(0)}" in lines
    assert f"DTSTART;VALUE=DATE:{MONDAY:%Y%m%d}" in lines
    assert f"DTEND;VALUE=DATE:{MONDAY + dt.timedelta(days=1):%Y%m%d}" in lines
    assert "SUMMARY:Ada Lovelace: time off" in lines
    assert "DESCRIPTION:8 h. From Kantata OX." in lines
    assert "CATEGORIES:Time off" in lines
    assert "TRANSP:OPAQUE" in lines
    assert "SEQUENCE:0" in lines
    assert lines[-2:] == ["END:VCALENDAR", ""]


async def test_an_instance_is_an_event_for_each_run_of_counted_days(staffed):
    record_id = await staffed.put_person_time_off(
        startDay=day(3),
        endDay=day(8),
        applyToSaturday=True,
        repeat="WEEKLY",
        cadence=2,
        repeatEndDay=day(17),
    )
    found = (await staffed.ask(INSTANCES, id=record_id))["data"]["personTimeOff"]
    first, second = (each["sourceId"] for each in found["instances"])

    calendar = await staffed.calendar(await staffed.link(**ALL))

    # Thursday to Saturday, without the Sunday, Monday and Tuesday; and so two weeks later.
    assert [
        (str(event["UID"]), event.DTSTART.isoformat(), event.DTEND.isoformat())
        for event in events(calendar)
    ] == [
        (f"{record_id}-{first}-{day(3)}", day(3), day(6)),
        (f"{record_id}-{first}-{day(7)}", day(7), day(9)),
        (f"{record_id}-{second}-{day(17)}", day(17), day(20)),
        (f"{record_id}-{second}-{day(21)}", day(21), day(23)),
    ]


@pytest.mark.parametrize(
    ("given", "summary", "description", "categories", "transparency"),
    [
        pytest.param(
            {"isPaid": True},
            "Grace Hopper: time off",
            "8 h, from 07:00 to 15:00. Paid. From Procore Workforce Planning.",
            "Time off,Paid",
            "OPAQUE",
            id="a paid day",
        ),
        pytest.param(
            {"isPaid": False, "batchEndTime": "09:15", "endDay": day(1)},
            "Grace Hopper: time off (2.25 h a day)",
            "2.25 h a day, from 07:00 to 09:15. Unpaid. From Procore Workforce Planning.",
            "Time off,Unpaid",
            "TRANSPARENT",
            id="a few hours of two days, unpaid",
        ),
        pytest.param(
            {"batchStartTime": "22:00", "batchEndTime": "06:00"},
            "Grace Hopper: time off",
            "8 h, from 22:00 to 06:00. Paid. From Procore Workforce Planning.",
            "Time off,Paid",
            "OPAQUE",
            id="a night",
        ),
        pytest.param(
            {
                "startDay": day(5),
                "endDay": day(5),
                "batchEndTime": "08:00",
                "applyToSaturday": True,
            },
            "Grace Hopper: time off",
            "1 h, from 07:00 to 08:00. Paid. From Procore Workforce Planning.",
            "Time off,Paid",
            "OPAQUE",
            id="an hour of a day on which nobody works",
        ),
    ],
)
async def test_an_event_says_how_long_and_not_why(
    staffed, given, summary, description, categories, transparency
):
    await staffed.put_person_time_off(
        **({"startDay": day(0), "endDay": day(0), "reason": "medical"} | given)
    )

    link = await staffed.link(**ALL)
    (event,) = events(await staffed.calendar(link))

    assert [str(event["SUMMARY"]), str(event["DESCRIPTION"])] == [summary, description]
    assert said(event, "CATEGORIES", "TRANSP") == [categories, transparency]
    assert "medical" not in (await staffed.get(link)).text


async def test_what_leaves_hours_of_the_workers_own_workday_is_transparent(staffed):
    await staffed.put(
        workweeks=[workweek(240, userId="1"), workweek(600)],
        holidays=[holiday(startDate=day(1), endDate=day(1))],
    )
    await staffed.put_entries(entry(hours=4, requestedDate=day(0)))
    await staffed.put_entries(entry(hours=3, requestedDate=day(2)))
    record = {"batchStartTime": "08:00", "batchEndTime": "16:00"}
    await staffed.put_person_time_off(startDay=day(1), endDay=day(1), **record)
    await staffed.put_person_time_off(startDay=day(1), endDay=day(2), **record)

    calendar = await staffed.calendar(await staffed.link(**ALL))

    # Ada works 4 h a day, Grace 10 h, and nobody on the holiday.
    assert {
        (event.DTSTART.isoformat(), (event.DTEND - event.DTSTART).days, str(event["TRANSP"]))
        for event in events(calendar)
    } == {
        (day(0), 1, "OPAQUE"),
        (day(2), 1, "TRANSPARENT"),
        (day(1), 1, "OPAQUE"),
        (day(1), 2, "TRANSPARENT"),
    }


@pytest.mark.rule("2.3")
async def test_what_lacks_less_than_a_hundredth_of_an_hour_of_the_workday_is_opaque(staffed):
    await staffed.put(workweeks=[workweek(440)])
    for offset, hours in enumerate((7.34, 7.33, 7.32)):
        await staffed.put_entries(entry(hours=hours, requestedDate=day(offset)))

    calendar = await staffed.calendar(await staffed.link(**ALL))

    assert [(str(event["SUMMARY"]), str(event["TRANSP"])) for event in events(calendar)] == [
        ("Ada Lovelace: time off", "OPAQUE"),
        ("Ada Lovelace: time off", "OPAQUE"),
        ("Ada Lovelace: time off (7.32 h)", "TRANSPARENT"),
    ]


async def test_the_sequence_grows_with_each_change_of_the_record(staffed):
    """By as many as the company has changes between the record's first and its last."""
    (id_,) = await staffed.put_entries(entry(hours=2, requestedDate=day(0)))
    record_id = await staffed.put_person_time_off(startDay=day(1), endDay=day(1))
    link = await staffed.link(**ALL)

    async def shown():
        return [
            (int(event["SEQUENCE"]), event["LAST-MODIFIED"].dt, event["DTSTAMP"].dt)
            for event in events(await staffed.calendar(link))
        ]

    seen = [await shown()]
    await staffed.put_entries(entry(hours=1, requestedDate=day(0)))
    seen.append(await shown())
    updated = await staffed.did(UPDATE_ENTRY, id=id_, hours=4)
    seen.append(await shown())
    await staffed.did(UPDATE_ENTRY, id=id_, hours=4)
    seen.append(await shown())
    for change in ({"isPaid": False}, {"reason": "surgery"}, {"startDay": day(0)}):
        changed = await staffed.did(UPDATE_RECORD, id=record_id, **change)
    seen.append(sorted(await shown()))

    assert [[sequence for sequence, *_ in each] for each in seen] == [
        [0, 0],
        [2, 0],  # of the entry's own changes the record lies between the first and the second
        [3, 0],
        [3, 0],
        [3, 5],
    ]
    entry_at = dt.datetime.fromisoformat(updated["timeOffEntry"]["updatedAt"])
    record_at = dt.datetime.fromisoformat(changed["personTimeOff"]["updatedAt"])
    assert [times for _, *times in seen[-1]] == [
        [each.replace(microsecond=0)] * 2 for each in (entry_at, record_at)
    ]


UNLINK = """
mutation Unlink($id: ID!) { unlinkWorker(input: {workerId: $id}) { userErrors { code } } }
"""
DELETE_WORKWEEKS = """
mutation Delete($input: DeleteWorkweeksInput!) {
  deleteWorkweeks(input: $input) { deletedIds userErrors { code } }
}
"""
DELETE_HOLIDAYS = DELETE_WORKWEEKS.replace("Workweeks", "Holidays")
CHANGING = ("SEQUENCE", "LAST-MODIFIED", "DTSTAMP")


@pytest.mark.parametrize("of", ["a company", "a worker"])
async def test_an_event_that_says_something_else_has_a_higher_sequence_and_a_later_change(
    staffed, of
):
    """Whatever makes the difference: calendars apply only what is newer (RFC 5545, 3.8.7.4)."""
    shared = {"emailAddress": "ada@example.com"}
    await staffed.put(users=[user(), user(sourceId="2", fullName="Edsger Dijkstra")])
    await staffed.put_entries(
        entry(hours=4, requestedDate=day(0)), entry(userId="2", requestedDate=day(1))
    )
    half_a_day = {"batchStartTime": "08:00", "batchEndTime": "12:00"}
    record_id = await staffed.put_person_time_off(startDay=day(2), endDay=day(2), **half_a_day)
    grace = node_id("Worker", f"P{PERSON}")
    link = await staffed.link(**(ALL if of == "a company" else {"workerId": grace}))
    four_hours = workweek(240, userId="1")

    async def delete(document, noun):
        found = (await staffed.ask(f"{{ {noun} {{ nodes {{ id }} }} }}"))["data"][noun]["nodes"]
        await staffed.did(document, ids=[each["id"] for each in found])

    # Each makes Grace's event, which a worker's feed shows, or Ada's say something else.
    steps = [
        lambda: staffed.put(workweeks=[workweek(240)]),  # half a day is now a whole one
        lambda: delete(DELETE_WORKWEEKS, "workweeks"),
        lambda: staffed.put(holidays=[holiday(startDate=day(0), endDate=day(2))]),
        lambda: delete(DELETE_HOLIDAYS, "holidays"),
        lambda: staffed.put(people=[person(lastName="Murray")]),
        lambda: staffed.ask(LINK, user="1", person=PERSON),  # by Ada's name
        lambda: staffed.put(workweeks=[four_hours]),
        lambda: staffed.ask(LINK, user="2", person=PERSON),  # Edsger's, who was changed before
        lambda: staffed.ask(UNLINK, id=node_id("Worker", "U2")),
        lambda: staffed.put(people=[person(lastName="Hopper")]),
        lambda: staffed.put(users=[user(**shared)], people=[person(email="Ada@example.com")]),
        lambda: staffed.put(users=[user(fullName="Ada King", **shared)]),
        lambda: staffed.put(people=[person(email="grace@example.com")]),
        lambda: staffed.did(UPDATE_RECORD, id=record_id, isPaid=False),
        lambda: staffed.did(UPDATE_RECORD, id=record_id, isPaid=True),
    ]

    seen: dict[str, list[tuple[Any, int, Any]]] = {}
    for number, step in enumerate([None, *steps]):
        if step:
            await step()
        changed = []
        for event in events(await staffed.calendar(link)):
            content = {name: event[name].to_ical() for name in event if name not in CHANGING}
            now = content, int(event["SEQUENCE"]), event["LAST-MODIFIED"].dt
            before = seen.setdefault(str(event["UID"]), [])
            if before and content != before[-1][0]:
                changed.append(content)
                assert now[1] > before[-1][1], (number, content)
            if before:
                assert now[1] >= before[-1][1], (number, content)
                assert now[2] >= before[-1][2], (number, content)
            assert event["DTSTAMP"].dt == now[2]
            before.append(now)
        assert changed or not step, number


async def test_what_changes_nothing_about_an_event_leaves_it_to_the_letter(staffed):
    await staffed.put(users=[user(), user(sourceId="2", fullName="Edsger Dijkstra")])
    await staffed.put_entries(entry(requestedDate=day(0)))
    await staffed.put_person_time_off(startDay=day(2), endDay=day(2))
    link = await staffed.link(**ALL)
    before = await staffed.get(link)

    await staffed.put(
        companies=[company(sourceId=OTHER_COMPANY)], users=[user(sourceId="2", fullName="Edsger")]
    )
    await staffed.put(holidays=[holiday(companyId=OTHER_COMPANY)])
    await staffed.put_entries(entry(userId="2", requestedDate="2020-01-01"))

    assert (await staffed.get(link, before.headers["etag"])).status_code == 304


async def test_a_run_on_the_last_day_that_is_shown_is_judged_by_its_own_week(staffed):
    """By the longer workdays after it, too: tomorrow the event must not say something else."""
    last = TODAY + dt.timedelta(days=730)
    await staffed.put(
        workweeks=[workweek(240), workweek(480, effectiveFrom=str(last + dt.timedelta(days=1)))],
    )
    both = {"applyToSaturday": True, "applyToSunday": True, "batchEndTime": "11:00"}
    await staffed.put_person_time_off(
        startDay=str(last), endDay=str(last + dt.timedelta(days=6)), **both
    )

    (event,) = events(await staffed.calendar(await staffed.link(**ALL)))

    assert str(event["TRANSP"]) == "TRANSPARENT"


RESTORE = """
mutation Restore($input: RestoreOccurrenceInput!) {
  restoreOccurrence(input: $input) { personTimeOff { updatedAt } userErrors { code } }
}
"""


@pytest.mark.rule("3.11")
async def test_a_moved_occurrence_is_the_same_event_on_other_days(staffed):
    """Else calendars show that one was deleted and another one was made."""
    # Thursday to Monday, twice: two runs each, since the weekend does not count.
    record_id = await staffed.put_person_time_off(
        startDay=day(3), endDay=day(7), repeat="WEEKLY", cadence=2, repeatEndDay=day(17)
    )
    found = (await staffed.ask(INSTANCES, id=record_id))["data"]["personTimeOff"]
    first, second = (f"{record_id}-{each['sourceId']}" for each in found["instances"])
    link = await staffed.link(**ALL)
    of_first = {"id": record_id, "originalDay": day(3)}

    async def shown():
        return {
            str(event["UID"]): (event.DTSTART.isoformat(), int(event["SEQUENCE"]))
            for event in events(await staffed.calendar(link))
        }

    seen = [await shown()]
    await staffed.did(UPDATE_RECORD, scope="ONE", startDay=day(9), endDay=day(14), **of_first)
    seen.append(await shown())
    await staffed.did(UPDATE_RECORD, scope="ONE", startDay=day(0), endDay=day(14), **of_first)
    seen.append(await shown())
    await staffed.did(UPDATE_RECORD, scope="ONE", startDay=day(1), endDay=day(1), **of_first)
    seen.append(await shown())
    await staffed.did(RESTORE, **of_first)
    seen.append(await shown())

    runs = [f"{first}-{day(3)}", f"{first}-{day(7)}", f"{first}-{day(3)}-3"]
    others = [f"{second}-{day(17)}", f"{second}-{day(21)}"]
    expected = [(3, 7), (9, 14), (0, 7, 14), (1,), (3, 7)]
    assert [{uid: begins for uid, (begins, _) in each.items()} for each in seen] == [
        dict(zip(runs, map(day, begins), strict=False))
        | dict(zip(others, (day(17), day(21)), strict=True))
        for begins in expected
    ]
    sequences = [{sequence for _, sequence in each.values()} for each in seen]
    assert sequences == [{number} for number in range(5)]


async def test_what_is_made_anew_is_another_event(staffed):
    (old,) = await staffed.put_entries(entry(hours=2, requestedDate=day(0)))
    link = await staffed.link(**ALL)
    await staffed.did(DELETE_ENTRIES, ids=[old])
    gone = await staffed.calendar(link)
    (new,) = await staffed.put_entries(entry(hours=2, requestedDate=day(0)))

    assert events(gone) == []
    assert [str(event["UID"]) for event in events(await staffed.calendar(link))] == [
        f"{new}-{day(0)}"
    ]
    assert old != new


# Days that both systems have.


async def put_one_human(gateway):
    """Ada is a user and a person; her days are 8 h."""
    shared = "ada@example.com"
    await gateway.put(users=[user(emailAddress=shared)], people=[person(email=shared)])


MIRROR = """
mutation Mirror($input: MirrorPersonTimeOffInput!) {
  mirrorPersonTimeOff(input: $input) { days { date } userErrors { code } }
}
"""
FROM_7_TO_15 = "8 h, from 07:00 to 15:00. Paid. From Procore Workforce Planning."


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("record", "entries", "summary", "description", "transparency"),
    [
        pytest.param(
            {}, {0: 8}, "", f"{FROM_7_TO_15} Kantata OX: 8 h.", "OPAQUE", id="the same hours"
        ),
        pytest.param(
            {},
            {0: 2},
            "",
            f"{FROM_7_TO_15} Kantata OX: 2 h.",
            "OPAQUE",
            id="fewer in Kantata",
        ),
        pytest.param(
            {"batchEndTime": "09:00"},
            {0: 8},
            "",
            "2 h, from 07:00 to 09:00. Paid. From Procore Workforce Planning. Kantata OX: 8 h.",
            "OPAQUE",
            id="a whole day in Kantata",
        ),
        pytest.param(
            {"batchEndTime": "09:00"},
            {0: 3},
            " (3 h)",
            "2 h, from 07:00 to 09:00. Paid. From Procore Workforce Planning. Kantata OX: 3 h.",
            "TRANSPARENT",
            id="the larger of both, which leaves something",
        ),
        pytest.param(
            {"endDay": day(2)},
            dict.fromkeys(range(3), 4),
            "",
            "8 h a day, from 07:00 to 15:00. Paid. From Procore Workforce Planning. "
            "Kantata OX: 4 h a day.",
            "OPAQUE",
            id="each day alike",
        ),
        pytest.param(
            {"endDay": day(2), "batchEndTime": "09:00"},
            {0: 8, 2: 1.5},
            " (2 h a day)",
            "2 h a day, from 07:00 to 09:00. Paid. From Procore Workforce Planning. "
            f"Kantata OX: 8 h on {day(0)}, 1.5 h on {day(2)}.",
            "TRANSPARENT",
            id="some days",
        ),
    ],
)
async def test_a_day_that_both_systems_have_is_one_event_with_both_hours(
    staffed, record, entries, summary, description, transparency
):
    await put_one_human(staffed)
    record_id = await staffed.put_person_time_off(
        **({"startDay": day(0), "endDay": day(0), "reason": "medical"} | record)
    )
    alone = events(await staffed.calendar(await staffed.link(**ALL)))
    for offset, hours in entries.items():
        await staffed.put_entries(entry(hours=hours, requestedDate=day(offset)))
    link = await staffed.link(**ALL)

    (event,) = events(await staffed.calendar(link))

    assert [str(each["UID"]) for each in alone] == [str(event["UID"])]
    assert str(event["UID"]).startswith(f"{record_id}-")
    assert str(event["SUMMARY"]) == f"Ada Lovelace: time off{summary}"
    assert str(event["DESCRIPTION"]) == description
    assert said(event, "CATEGORIES", "TRANSP") == ["Time off,Paid", transparency]
    assert "medical" not in (await staffed.get(link)).text


async def test_what_was_mirrored_is_one_event_too(staffed):
    await put_one_human(staffed)
    record_id = await staffed.put_person_time_off(startDay=day(0), endDay=day(1))
    link = await staffed.link(**ALL)
    before = events(await staffed.calendar(link))

    mirrored = await staffed.did(MIRROR, id=record_id)
    after = events(await staffed.calendar(link))

    assert [each["date"] for each in mirrored["days"]] == [day(0), day(1)]
    assert [str(each["UID"]) for each in after] == [str(each["UID"]) for each in before]
    assert str(after[0]["DESCRIPTION"]).endswith(" Kantata OX: 8 h a day.")


async def test_days_of_one_system_only_stay_events_of_their_own(staffed):
    """Of a run over a weekend Saturday does not count, and other days have no record."""
    await put_one_human(staffed)
    await staffed.put(workweeks=[workweek(480, saturday=480)])
    record_id = await staffed.put_person_time_off(startDay=day(4), endDay=day(7))
    for offset in (3, 4, 5):
        await staffed.put_entries(entry(hours=8, requestedDate=day(offset)))

    shown = events(await staffed.calendar(await staffed.link(**ALL)))

    uids = [(str(each["UID"]), each.DTSTART.isoformat()) for each in shown]
    assert [(uid.startswith(record_id), begins) for uid, begins in uids] == [
        (False, day(3)),
        (True, day(4)),
        (False, day(5)),
        (True, day(7)),
    ]
    assert ["Kantata OX: 8 h." in str(each["DESCRIPTION"]) for each in shown] == [
        False,
        True,
        False,
        False,
    ]


async def test_of_two_records_on_a_day_each_tells_what_kantata_has(staffed):
    await put_one_human(staffed)
    for starts, ends in (("07:00", "11:00"), ("12:00", "16:00")):
        await staffed.put_person_time_off(
            startDay=day(0), endDay=day(0), batchStartTime=starts, batchEndTime=ends
        )
    await staffed.put_entries(entry(hours=8, requestedDate=day(0)))

    shown = events(await staffed.calendar(await staffed.link(**ALL)))

    assert len(shown) == 2
    assert all("Kantata OX: 8 h." in str(each["DESCRIPTION"]) for each in shown)


async def test_many_days_are_told_up_to_a_number(staffed):
    await put_one_human(staffed)
    both = {"applyToSaturday": True, "applyToSunday": True}
    await staffed.put_person_time_off(startDay=day(0), endDay=day(30), **both)
    offsets = [offset for offset in range(30) if offset % 7 < 5][:14]
    for hours, offset in enumerate(offsets):
        await staffed.put_entries(entry(hours=1 + hours % 2, requestedDate=day(offset)))

    (event,) = events(await staffed.calendar(await staffed.link(**ALL)))

    told = str(event["DESCRIPTION"]).partition("Kantata OX: ")[2]
    assert told.count(" h on ") == 10
    assert told.endswith(f"2 h on {day(offsets[9])}, and 4 days more.")


async def test_whatever_kantata_has_on_its_days_makes_the_event_newer(staffed):
    """An entry that comes, changes and goes: calendars apply only what has a higher sequence."""
    await put_one_human(staffed)
    await staffed.put_person_time_off(startDay=day(0), endDay=day(1))
    link = await staffed.link(**ALL)
    seen = []

    async def look():
        (event,) = events(await staffed.calendar(link))
        seen.append((str(event["DESCRIPTION"]), int(event["SEQUENCE"]), event["DTSTAMP"].dt))

    await look()
    (id_,) = await staffed.put_entries(entry(hours=2, requestedDate=day(0)))
    await look()
    await staffed.did(UPDATE_ENTRY, id=id_, hours=4)
    await look()
    await staffed.did(DELETE_ENTRIES, ids=[id_])
    await look()
    (id_,) = await staffed.put_entries(entry(hours=2, requestedDate=day(1)))
    await look()
    await staffed.did(DELETE_ENTRIES, ids=[id_])
    await look()

    descriptions, sequences, stamps = zip(*seen, strict=True)
    assert all(one != other for one, other in pairwise(descriptions))
    assert descriptions[0] == descriptions[3] == descriptions[5]
    assert all(one < other for one, other in pairwise(sequences))
    assert all(one <= other for one, other in pairwise(stamps))


async def test_what_others_delete_or_she_does_on_other_days_changes_nothing(staffed):
    await put_one_human(staffed)
    await staffed.put(users=[user(sourceId="2", fullName="Edsger Dijkstra")])
    await staffed.put_person_time_off(startDay=day(0), endDay=day(1))
    link = await staffed.link(**ALL)
    before = await staffed.get(link)

    for given in ({"userId": "2", "requestedDate": day(0)}, {"requestedDate": day(2)}):
        await staffed.did(DELETE_ENTRIES, ids=await staffed.put_entries(entry(**given)))

    assert (await staffed.get(link, before.headers["etag"])).status_code == 304


async def test_an_entry_is_an_event_again_once_the_other_system_has_the_day_no_more(staffed):
    await put_one_human(staffed)
    (entry_id,) = await staffed.put_entries(entry(hours=8, requestedDate=day(0)))
    link = await staffed.link(**ALL)

    async def shown():
        return [
            (str(each["UID"]), int(each["SEQUENCE"]), str(each["DESCRIPTION"]))
            for each in events(await staffed.calendar(link))
        ]

    first = await shown()
    record_id = await staffed.put_person_time_off(startDay=day(0), endDay=day(0))
    ((uid, *_),) = await shown()
    await staffed.did(DELETE_RECORD, id=record_id)

    assert uid.startswith(record_id)
    assert await shown() == first == [(f"{entry_id}-{day(0)}", 0, "8 h. From Kantata OX.")]


async def test_events_that_reach_out_of_the_window_tell_of_all_their_days(staffed):
    """Else an event would say something else tomorrow, without anything that was changed."""
    await put_one_human(staffed)
    both = {"applyToSaturday": True, "applyToSunday": True}
    last = TODAY + dt.timedelta(days=730)
    beyond = next(each for n in range(1, 9) if (each := last + dt.timedelta(days=n)).weekday() == 2)
    await staffed.put_person_time_off(
        startDay=str(last), endDay=str(last + dt.timedelta(days=7)), **both
    )
    await staffed.put_entries(
        entry(hours=2, requestedDate=str(beyond)),
        entry(hours=2, requestedDate=str(last + dt.timedelta(days=14 - last.weekday()))),
    )

    (event,) = events(await staffed.calendar(await staffed.link(**ALL)))

    assert f"Kantata OX: 2 h on {beyond}." in str(event["DESCRIPTION"])


HOSTILE = [
    "a;b,c\\d\\n:e",
    'Ada "the" Countess, née; Byron',
    "👩‍🚀 Zoë 🏖️",
    "\\",
    "é" * 255,
    "🏖" * 255,
    "BEGIN:VEVENT END:VCALENDAR",
    "tab\there",
    "line\u2028BEGIN:VEVENT\u0085end",
    "שלום עולם",
    "=?utf-8?q?x?= ^n ^' %0A",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_come_back_as_they_were_on_lines_that_are_short(gateway, name):
    await gateway.put(companies=[company(name=name)], users=[user(fullName=name)])
    await gateway.put_entries(entry(hours=8, requestedDate=day(0)))
    link = await gateway.link(**ALL)

    body = (await gateway.get(link)).content
    calendar = await gateway.calendar(link)
    (event,) = events(calendar)

    line = " ".join(name.splitlines())  # some readers take them for ends of lines
    assert str(event["SUMMARY"]) == f"{line}: time off"
    assert titles(calendar) == {f"Time off: {line}"}
    assert max(map(len, body.split(b"\r\n"))) <= 75
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert body.decode().splitlines() == body.decode().split("\r\n")[:-1]


async def test_the_calendar_says_what_it_is_and_when_to_come_again(staffed):
    await staffed.put(roles=[{"sourceId": "5", "companyId": COMPANY, "name": "Carpenter"}])
    links = [
        await staffed.link(**ALL),
        await staffed.link(**ALL, roleIds=["5"], jobTitles=["Welder"], name="da"),
        await staffed.link(workerId=node_id("Worker", f"P{PERSON}")),
    ]

    calendars = [await staffed.calendar(link) for link in links]

    assert [titles(calendar) for calendar in calendars] == [
        {"Time off: Brick & Beam"},
        {"Time off: Brick & Beam, Carpenter, Welder, “da”"},
        {"Time off: Grace Hopper"},
    ]
    body = (await staffed.get(links[0])).text.split("\r\n")
    assert body == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//timeoff-gateway//calendar feeds//EN",
        "CALSCALE:GREGORIAN",
        "NAME:Time off: Brick & Beam",
        "X-WR-CALNAME:Time off: Brick & Beam",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "END:VCALENDAR",
        "",
    ]


async def test_what_lies_within_a_year_back_and_two_ahead_is_shown_whole(staffed):
    first, last = TODAY - dt.timedelta(days=365), TODAY + dt.timedelta(days=730)
    spans = [
        (first - dt.timedelta(days=9), first - dt.timedelta(days=1)),
        (first - dt.timedelta(days=9), first),
        (last, last + dt.timedelta(days=9)),
        (last + dt.timedelta(days=1), last + dt.timedelta(days=9)),
    ]
    both = {"applyToSaturday": True, "applyToSunday": True}
    for start, end in spans:
        await staffed.put_person_time_off(startDay=str(start), endDay=str(end), **both)

    calendar = await staffed.calendar(await staffed.link(**ALL))

    assert [
        (event.DTSTART, event.DTEND - dt.timedelta(days=1)) for event in events(calendar)
    ] == spans[1:3]


async def test_a_filter_finds_whom_the_schedule_has_and_a_worker_is_found_by_each_id(staffed):
    await staffed.put(
        roles=[{"sourceId": "5", "companyId": COMPANY, "name": "Carpenter"}],
        users=[user(sourceId="2", fullName="Edsger Dijkstra", roleId="5")],
        people=[person(sourceId=PERSON, status="INACTIVE")],
    )
    await staffed.put_entries(entry(requestedDate=day(0)), entry(userId="2", requestedDate=day(0)))
    await staffed.put_person_time_off(startDay=day(1), endDay=day(1))
    grace = node_id("Worker", f"P{PERSON}")
    links = {
        "all": await staffed.link(**ALL),
        "carpenters": await staffed.link(**ALL, roleIds=["5"]),
        "named": await staffed.link(**ALL, name="LOVE"),
        "nobody": await staffed.link(**ALL, roleIds=["5"], name="love"),
        "grace": await staffed.link(workerId=grace),
    }

    async def shown():
        return {
            name: [str(event["SUMMARY"]).split(":")[0] for event in events(calendar)]
            for name, calendar in [(key, await staffed.calendar(at)) for key, at in links.items()]
        }

    before = await shown()
    await staffed.ask(LINK, user="1", person=PERSON)
    after = await shown()

    ada, edsger = "Ada Lovelace", "Edsger Dijkstra"
    assert {name: sorted(each) for name, each in before.items()} == {
        "all": [ada, edsger],  # Grace has left
        "carpenters": [edsger],
        "named": [ada],
        "nobody": [],
        "grace": ["Grace Hopper"],
    }
    # Joined, they are one worker: the user's name, and both systems' time off.
    assert after["grace"] == [ada, ada]
    assert sorted(after["all"]) == [ada, ada, edsger]


async def test_a_feed_shows_who_has_one_of_its_job_titles_on_the_day_on_which_it_is_read(staffed):
    await staffed.put_entries(entry(requestedDate=day(0)))
    await staffed.put_person_time_off(startDay=day(1), endDay=day(1))
    link = await staffed.link(**ALL, jobTitles=["Welder", "Rigger"])

    async def shown():
        return [str(event["SUMMARY"]) for event in events(await staffed.calendar(link))]

    assert await shown() == []
    await staffed.put(people=[person(sourceId=PERSON, jobTitle="Rigger")])
    assert await shown() == ["Grace Hopper: time off"]
    await staffed.put(people=[person(sourceId=PERSON, jobTitle="rigger")])
    assert await shown() == []


RESTORE_RECORD = """
mutation Restore($input: RestorePersonTimeOffInput!) {
  restorePersonTimeOff(input: $input) { userErrors { code } }
}
"""


async def test_the_sequence_does_not_go_back_when_changes_are_forgotten(staffed, database_url):
    """Neither that of a record that came back, nor those of events of which nothing is known."""
    await staffed.put_entries(entry(hours=2, requestedDate=day(0)))
    record_id = await staffed.put_person_time_off(startDay=day(1), endDay=day(1))
    await staffed.put(holidays=[holiday(startDate=day(7), endDate=day(7))])
    await staffed.did(DELETE_RECORD, id=record_id)
    await staffed.did(RESTORE_RECORD, id=record_id)
    link = await staffed.link(**ALL)
    database = Database(database_url)

    async def shown():
        return [int(event["SEQUENCE"]) for event in events(await staffed.calendar(link))]

    async def forget(moment):
        async with database.writing() as connection:
            return await forget_before(connection, COMPANY, moment)

    seen = [await shown()]
    async with database.reading() as connection:
        moments = (await connection.execute(select(col(ChangeRow.at)))).scalars().all()
    for moment in sorted({*moments, max(moments) + dt.timedelta(seconds=1)}):
        await forget(moment)
        seen.append(await shown())
    await staffed.put_entries(entry(hours=1, requestedDate=day(0)))
    seen.append(await shown())
    await database.close()

    assert len(seen) > 4
    for one, other in pairwise(seen):
        assert all(before <= after for before, after in zip(one, other, strict=True)), seen
