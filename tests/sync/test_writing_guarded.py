"""What writing to Kantata once did wrong, however its answers come, is done right from now on."""

import json

import pytest

from app.domain.identifiers import Kind, node_id
from app.domain.sync.conflicts import ConflictPolicy, SyncSide
from app.domain.sync.upstreams import ReviewReason, UpstreamState
from app.domain.time_off_entries import ReferenceStatus
from app.services.caller import LOCAL
from app.services.time_off_entries.commands import CreateEntries, EntryItem
from tests.standins.faults import json_answer, refusal
from tests.sync.test_outbox import only, outbox_of
from tests.sync.test_writing_kantata import ADA, FIRST, GRACE, HOUR, SECOND, THIRD, Writing, writing

__all__ = ["writing"]

ENTRIES, REFERENCES = "time_off_entries", "external_references"
OPEN, CLOSED = ReferenceStatus.PENDING, ReferenceStatus.FAILED
LATE = {"kind": "stale", "path": ENTRIES, "method": "GET"}
FEW = 20
"""Turns: a write that is repeated for ever ends the test, and not its patience."""


def of(hours: float, *days, user: int = ADA):
    return {(user, str(day)): hours * HOUR for day in days}


async def alike(account, writing: Writing, days) -> None:
    """Say that both sides have these days, and that nothing is left to do or to decide."""
    assert account.days() == days == await writing.connected.days()
    assert await writing.outbox() == []
    assert await writing.conflicts() == []
    assert writing.connected.faults == []


async def test_many_days_of_one_mutation_and_those_of_a_move_are_written(account, writing):
    items = [EntryItem(str(user), 4, FIRST) for user in (ADA, GRACE)]
    await writing.entries.create(LOCAL, CreateEntries([*items, EntryItem(str(ADA), 4, SECOND)]))
    await writing.work()
    await writing.move(SECOND, THIRD)
    await writing.work()

    await alike(account, writing, of(4, FIRST, THIRD) | of(4, FIRST, user=GRACE))


@pytest.mark.parametrize(
    ("method", "path"), [("POST", ENTRIES), ("PUT", ENTRIES), ("POST", REFERENCES)]
)
async def test_what_is_not_there_to_write_is_compared_once_more_and_then_left_to_a_person(
    account, writing, method, path
):
    if (method, path) != ("POST", ENTRIES):
        await writing.refer(FIRST, 4, OPEN)
        await writing.work()
    before = len(account.written())
    account.fault({"kind": "status", "status": 404, "method": method, "path": path})
    hours = 4 if path == REFERENCES else 6
    await writing.refer(FIRST, hours, CLOSED)
    await writing.work(FEW)

    assert [each.split()[0] for each in account.written()[before:]] == [method, method]
    assert await writing.outbox() == [("BLOCKED", "REFUSED")]


@pytest.mark.parametrize("is_held", [False, True], ids=["written", "only read"])
async def test_a_creation_that_was_refused_and_is_given_up_is_nowhere_and_stops_nothing(
    account, writing, is_held
):
    connected = writing.connected
    account.fault({"kind": "status", "status": 422, "method": "POST"})
    await writing.enter(FIRST, 4)
    await writing.work()
    account.fault()
    if is_held:
        await connected.change(lambda each: each.to_be_reviewed(ReviewReason.FLAPPING))
    delivery = await only(writing, "deliveries", Kind.DELIVERY)

    await outbox_of(connected).give_up(LOCAL, [delivery])
    read = await writing.work(hours=7)
    await connected.change(lambda each: each.resumed())
    upstream = await writing.work()

    assert (read.failures, upstream.state) == (0, UpstreamState.RUNNING)
    await alike(account, writing, {})


async def test_a_first_contact_that_is_gone_when_it_is_decided_is_asked_about_once_more(
    account, writing
):
    await writing.decide(ConflictPolicy.ASK)
    account.create([FIRST], range(ADA, ADA + 1), 2)
    await writing.enter(FIRST, 4)
    await writing.work()
    outbox = outbox_of(writing.connected)
    await outbox.resolve(
        LOCAL, await only(writing, "sync_conflicts", Kind.SYNC_CONFLICT), SyncSide.GATEWAY
    )
    account.delete(list(account.entries()))
    await writing.work()
    [(open_,)] = await writing.rows("SELECT id FROM sync_conflicts WHERE resolved_at IS NULL")
    await outbox.resolve(LOCAL, node_id(Kind.SYNC_CONFLICT, str(open_)), SyncSide.VENDOR)
    await writing.work()

    assert account.written() == []
    assert account.days() == {} == await writing.connected.days()
    assert await writing.outbox() == []


@pytest.mark.parametrize("is_of_reference", [False, True], ids=["hours", "reference"])
async def test_what_was_there_before_a_slow_write_is_not_taken_for_a_change(
    account, writing, is_of_reference
):
    """The write took longer than a replica is late; it is late from its end on."""
    connected = writing.connected
    await writing.refer(FIRST, 4, OPEN)
    await writing.work()
    account.fault(LATE | {"skips": 1_000})
    hours, status = (4, CLOSED) if is_of_reference else (6, OPEN)
    await writing.refer(FIRST, hours, status)

    def slowly(asked, answer):
        connected.clock.go_on(seconds=0 if asked.method == "GET" else 90)
        return answer

    with account.answering(slowly):
        await writing.work(1)
    account.fault(LATE)
    await writing.read_all(seconds=5)
    statuses = await writing.rows("SELECT status FROM external_references")
    account.fault()
    here = await connected.days()
    await writing.work(minutes=5)

    assert here == of(hours, FIRST)
    assert [each.status for each in statuses] == [status.value]
    assert account.statuses() == {(ADA, str(FIRST)): status.value}
    await alike(account, writing, here)


async def test_hours_that_were_written_before_their_reference_was_put_off_are_ours(
    account, writing
):
    await writing.enter(FIRST, 4)
    await writing.work()
    account.fault({"kind": "status", "status": 429, "method": "POST", "path": REFERENCES})
    await writing.refer(FIRST, 6, OPEN)
    await writing.work()
    half = account.days()
    account.fault()
    await writing.change(FIRST, 8)
    await writing.work(minutes=20)

    assert half == of(6, FIRST)
    await alike(account, writing, of(8, FIRST))


async def test_what_was_read_before_slow_writes_is_read_once_more_before_others(account, writing):
    """While one write took 100 s, somebody has changed the next day there."""
    connected = writing.connected
    for day in (FIRST, SECOND):
        await writing.enter(day, 4)
    await writing.work()
    for day in (FIRST, SECOND):
        await writing.change(day, 6)
    second = next(
        id_ for id_, each in account.entries().items() if each["requested_date"] == str(SECOND)
    )

    def slowly(asked, answer):
        if asked.method == "PUT":
            account.vendor.between = lambda _, answer: answer
            account.change(second, 2)
            connected.clock.go_on(seconds=100)
        return answer

    with account.answering(slowly):
        await writing.work()

    assert await writing.conflicts() == [("BOTH_CHANGED", "VENDOR")]
    assert account.days() == of(6, FIRST) | of(2, SECOND)


async def test_a_user_of_whom_the_vendor_refuses_to_tell_stops_nobody_else(account, writing):
    def refusing(asked, answer):
        of_grace = str(GRACE) in asked.query.get("user_ids", "").split(",")
        return json_answer(refusal("No such user."), 404) if of_grace else answer

    await writing.enter(FIRST, 4, GRACE)
    await writing.enter(FIRST, 4)
    with account.answering(refusing):
        upstream = await writing.work(hours=1)
        meanwhile = await writing.outbox()
        upstream = await writing.work(hours=1)
    reached = account.days()
    await writing.work()

    assert (upstream.state, meanwhile) == (UpstreamState.RUNNING, [("PENDING", None)])
    assert reached == of(4, FIRST)
    await alike(account, writing, of(4, FIRST) | of(4, FIRST, user=GRACE))


async def test_an_entry_that_cannot_be_read_holds_its_own_day_alone(account, writing):
    account.create([SECOND], range(ADA, ADA + 1))

    def unreadable(asked, answer):
        document = json.loads(answer.body or b"{}")
        if (asked.method, asked.path) != ("GET", ENTRIES):
            return answer
        for row in document[ENTRIES].values():
            row["hours"] = 0 if row["requested_date"] == str(SECOND) else row["hours"]
        return json_answer(document)

    with account.answering(unreadable):
        for day in (SECOND, THIRD):
            await writing.enter(day, 2)
        await writing.work()
    there = account.days()

    assert there == of(4, SECOND) | of(2, THIRD)
    assert await writing.outbox() == [("PENDING", None)]


async def test_what_the_vendor_keeps_though_it_was_cleared_is_not_written_for_ever(
    account, writing
):
    """What becomes of what is not sent is not documented."""
    account.read_as(omitted="stays")
    await writing.refer(FIRST, 4, OPEN, external_status="open")
    await writing.work()
    await writing.refer(FIRST, 4, CLOSED)
    await writing.work()
    written = account.written()
    for _ in range(2):
        await writing.read_all(minutes=2)

    assert account.written() == written
    await alike(account, writing, of(4, FIRST))


@pytest.mark.parametrize("message", ["Chemotherapy,\nsecond cycle", "Chemotherapy. " * 30])
async def test_a_refusal_that_repeats_a_message_is_told_without_it(account, writing, message):
    await writing.enter(FIRST, 4)
    await writing.work()
    fault = {"kind": "status", "status": 422, "path": REFERENCES, "method": "POST"}
    account.fault(fault | {"words": f"The message is too long: {message}"})
    await writing.refer(FIRST, 4, OPEN, external_message=message)
    await writing.work()

    [(told,)] = await writing.rows("SELECT message FROM deliveries WHERE state = 'BLOCKED'")
    assert "Chemo" not in told
    assert f"user {ADA} on {FIRST}" in told


async def test_two_creations_of_which_nobody_knows_and_that_both_were_done_are_hours_of_ours(
    account, writing
):
    account.fault({"kind": "silent", "method": "POST", "path": ENTRIES, "times": 2})
    await writing.enter(FIRST, 4)
    await writing.work()
    await writing.work(minutes=15)
    posts = len(account.written())
    account.fault()
    account.create([FIRST], range(ADA, ADA + 1), 8)
    await writing.work(minutes=20)

    assert posts == 2
    await alike(account, writing, of(4, FIRST))


async def test_hours_that_the_vendor_rounds_when_they_are_made_are_nobody_s_conflict(
    account, writing
):
    await writing.decide(ConflictPolicy.ASK)
    account.fault({"kind": "rounded"})
    await writing.enter(FIRST, 4.1)
    await writing.work()

    await alike(account, writing, of(4.25, FIRST))
    assert "REPLACED" in await writing.connected.problems()


async def test_what_was_deleted_there_while_a_write_was_uncertain_is_settled(account, writing):
    """It is left to a whole pass, which must not leave it to the next look in turn."""
    await writing.enter(FIRST, 4)
    await writing.work()
    account.fault({"kind": "silent", "method": "PUT", "times": 1})
    await writing.change(FIRST, 6)
    await writing.work()
    account.delete([each["id"] for each in account.entries().values()])

    await writing.work(minutes=5)
    await writing.work(minutes=5)

    assert await writing.outbox() == []
    assert await writing.conflicts() == [("CHANGED_HERE_DELETED_THERE", "VENDOR")]
    assert account.days() == {} == await writing.connected.days()
