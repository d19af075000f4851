"""What is changed here is there as well: written once, compared first, and known to be done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.upstreams import SyncDirection, Upstream, UpstreamState, Wanted, Window
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus
from app.services.caller import LOCAL
from app.services.time_off_entries.commands import (
    CreateEntries,
    DeleteEntries,
    EntryItem,
    MoveEntry,
    UpdateEntry,
)
from app.services.time_off_entries.service import TimeOffEntryService
from tests.sync.conftest import MOST_TURNS, Connected, workdays

FIRST, SECOND, THIRD = workdays(3)
HOUR = 3_600
ADA, GRACE, LINUS = 1, 2, 3
_ID = text(
    "SELECT id FROM time_off_entries WHERE user_id = :user AND CAST(requested_date AS TEXT) = :day"
)


class Writing:
    """The company, which writes to its account, and a caller who writes here."""

    def __init__(self, connected: Connected) -> None:
        self.connected = connected
        self.entries = TimeOffEntryService(connected.database, connected.clock)

    async def enter(self, day: date, hours: float, user: int = ADA) -> None:
        await self.entries.create(LOCAL, CreateEntries([EntryItem(str(user), hours, day)]))

    async def change(self, day: date, hours: float, user: int = ADA) -> None:
        await self.entries.update(LOCAL, UpdateEntry(await self.id_of(day, user), hours))

    async def refer(
        self, day: date, hours: float, status: ReferenceStatus | None = None, **said: str
    ) -> None:
        """Have hours with a reference in this state; what is there already is changed."""
        facts = ReferenceFacts("hr", "Leave", str(day), status, **said)  # type: ignore[arg-type]
        if await self.id_of(day, ADA) == "None":
            item = EntryItem(str(ADA), hours, day, facts)
            await self.entries.create(LOCAL, CreateEntries([item]))
        else:
            await self.entries.update(LOCAL, UpdateEntry(await self.id_of(day, ADA), hours, facts))

    async def delete(self, day: date, user: int = ADA) -> None:
        await self.entries.delete(LOCAL, DeleteEntries([await self.id_of(day, user)]))

    async def decide(self, policy: ConflictPolicy) -> None:
        await self.connected.change(lambda each: replace(each, conflict_policy=policy))

    async def id_of(self, day: date, user: int) -> str:
        place = {"user": user, "day": str(day)}
        async with self.connected.database.reading() as connection:
            return str(await connection.scalar(_ID, place))

    async def rows(self, statement: str) -> Sequence[Any]:
        async with self.connected.database.reading() as connection:
            return list(await connection.exec_driver_sql(statement))

    async def outbox(self) -> list[tuple[str, str | None]]:
        return [tuple(each) for each in await self.rows("SELECT state, code FROM deliveries")]

    async def conflicts(self) -> list[tuple[str, str | None]]:
        return [tuple(each) for each in await self.rows("SELECT kind, kept FROM sync_conflicts")]

    async def move(self, day: date, to: date, user: int = ADA) -> None:
        await self.entries.move(LOCAL, MoveEntry(await self.id_of(day, user), to))

    async def work(self, most: int = MOST_TURNS, **after: float) -> Upstream:
        self.connected.clock.go_on(**after or {"minutes": 2})
        return await self.connected.turns(most)

    async def read_all(self, **after: float) -> Upstream:
        """Have everything be read once more, though it was not long ago."""
        await self.connected.change(lambda each: replace(each, wanted=Wanted.WHOLE))
        return await self.work(MOST_TURNS, **after)


@pytest.fixture
async def writing(connected):
    """Both sides have nothing yet, so that nobody has to look before something is written."""
    await connected.change(lambda each: replace(each, direction=SyncDirection.TWO_WAY))
    upstream = await connected.work()
    assert (upstream.state, upstream.may_write) == (UpstreamState.RUNNING, True)
    return Writing(connected)


async def test_what_is_made_changed_and_deleted_here_is_so_there(account, writing):
    await writing.enter(FIRST, 4)
    await writing.enter(SECOND, 8, GRACE)
    await writing.work()
    made = account.days()
    await writing.change(FIRST, 6)
    await writing.delete(SECOND, GRACE)
    await writing.work()

    assert made == {(ADA, str(FIRST)): 4 * HOUR, (GRACE, str(SECOND)): 8 * HOUR}
    assert account.days() == {(ADA, str(FIRST)): 6 * HOUR} == await writing.connected.days()
    assert [each.split()[0] for each in account.written()] == ["POST", "POST", "PUT", "DELETE"]
    assert await writing.outbox() == []
    assert writing.connected.faults == []


async def test_two_whole_passes_after_it_write_nothing(account, writing):
    await writing.enter(FIRST, 4)
    await writing.work()
    written = account.written()

    await writing.work(hours=7)
    await writing.work(hours=7)

    assert account.written() == written
    assert await writing.outbox() == []


async def test_many_changes_of_a_day_are_one_write_of_its_last_state(account, writing):
    await writing.enter(FIRST, 1)
    for hours in (2, 3, 4):
        await writing.change(FIRST, hours)

    await writing.work()

    assert account.days() == {(ADA, str(FIRST)): 4 * HOUR}
    assert len(account.written()) == 1


@pytest.mark.parametrize("is_done", [False, True])
async def test_a_write_of_which_nobody_knows_is_looked_at_when_it_is_over(
    account, writing, is_done
):
    account.fault(
        {
            "kind": "silent",
            "method": "POST",
            "path": "time_off_entries",
            "is_done": is_done,
            "times": 1,
        }
    )
    await writing.enter(FIRST, 4)

    await writing.work()
    meanwhile = await writing.outbox()
    await writing.change(FIRST, 6)
    await writing.work(seconds=60)
    before = account.written()
    await writing.work(minutes=15)

    assert meanwhile == [("UNCERTAIN", None)]
    assert [each.split()[0] for each in before] == ["POST"]
    assert account.days() == {(ADA, str(FIRST)): 6 * HOUR} == await writing.connected.days()
    assert await writing.outbox() == []
    assert await writing.conflicts() == []


async def test_what_was_there_before_a_write_and_is_answered_late_is_not_taken_for_a_change(
    account, writing
):
    account.fault({"kind": "stale", "path": "time_off_entries", "method": "GET"})
    await writing.enter(FIRST, 4)
    await writing.work(seconds=10)
    await writing.change(FIRST, 6)
    await writing.work(seconds=10)
    soon = account.written()
    account.fault()
    await writing.work(minutes=5)

    assert len(soon) == 1
    assert account.days() == {(ADA, str(FIRST)): 6 * HOUR} == await writing.connected.days()
    assert [each.split()[0] for each in account.written()] == ["POST", "PUT"]
    assert await writing.conflicts() == []


async def test_half_of_a_write_is_answered_late_and_is_not_taken_for_a_change(account, writing):
    """A write of hours and a reference is two requests: a replica may have the first alone."""
    await writing.refer(FIRST, 4, ReferenceStatus.PENDING)
    await writing.work(minutes=5)
    account.fault({"kind": "stale", "path": "time_off_entries", "method": "GET"})
    await writing.refer(FIRST, 6, ReferenceStatus.FAILED)
    await writing.work(seconds=10)
    await writing.connected.change(lambda each: replace(each, wanted=Wanted.WHOLE))
    await writing.work(seconds=10)
    statuses = await writing.rows("SELECT status FROM external_references")
    account.fault()
    await writing.work(hours=7)

    assert [tuple(each) for each in statuses] == [("failed",)]
    assert account.statuses() == {(ADA, str(FIRST)): "failed"}
    assert await writing.conflicts() == []


async def test_what_is_refused_is_compared_once_more_and_then_left_to_a_person(account, writing):
    account.fault({"kind": "status", "status": 422, "method": "POST", "words": "No such day."})
    await writing.enter(FIRST, 4)

    await writing.work()
    blocked = await writing.outbox()
    account.fault()
    await writing.work(hours=7)
    still = await writing.outbox()
    await writing.change(FIRST, 6)
    await writing.work()

    assert blocked == still == [("BLOCKED", "REFUSED")]
    assert account.days() == {(ADA, str(FIRST)): 6 * HOUR}
    assert await writing.outbox() == []


@pytest.mark.parametrize(
    ("policy", "hours", "kept"),
    [
        (ConflictPolicy.VENDOR_WINS, 2, "VENDOR"),
        (ConflictPolicy.GATEWAY_WINS, 6, "GATEWAY"),
    ],
)
async def test_where_both_have_changed_the_policy_decides_and_it_is_told(
    account, writing, policy, hours, kept
):
    await writing.decide(policy)
    await writing.enter(FIRST, 4)
    await writing.work()
    await writing.change(FIRST, 6)
    account.change(next(iter(account.entries())), 2)

    await writing.work()

    assert account.days() == {(ADA, str(FIRST)): hours * HOUR} == await writing.connected.days()
    assert await writing.conflicts() == [("BOTH_CHANGED", kept)]
    assert await writing.outbox() == []


async def test_where_a_person_is_asked_neither_side_is_changed(account, writing):
    await writing.decide(ConflictPolicy.ASK)
    await writing.enter(FIRST, 4)
    await writing.work()
    await writing.change(FIRST, 6)
    account.change(next(iter(account.entries())), 2)

    await writing.work()
    await writing.work(hours=7)

    assert account.days() == {(ADA, str(FIRST)): 2 * HOUR}
    assert await writing.connected.days() == {(ADA, str(FIRST)): 6 * HOUR}
    assert await writing.conflicts() == [("BOTH_CHANGED", None)]
    assert await writing.outbox() == [("HELD", "CONFLICT")]


async def test_before_anything_is_written_for_the_first_time_a_person_looks(account, connected):
    account.create([SECOND], range(GRACE, GRACE + 1))
    await connected.work()
    before = await connected.days()
    await connected.change(lambda each: each.directed(SyncDirection.TWO_WAY))
    writing = Writing(connected)
    await writing.enter(FIRST, 4)

    held = await writing.work(hours=7)
    written = account.written()
    await connected.change(lambda each: each.resumed())
    resumed = await writing.work()

    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, "FIRST_WRITE")
    assert written == []
    assert resumed.state is UpstreamState.RUNNING
    assert account.days() == before | {(ADA, str(FIRST)): 4 * HOUR}


async def test_what_is_outside_of_the_window_is_not_written(account, writing):
    await writing.enter(date(2026, 12, 1), 4)

    await writing.work()

    assert account.written() == []
    assert await writing.outbox() == [("HELD", "OUTSIDE_WINDOW")]


@pytest.mark.usefixtures("two_go_along")
@pytest.mark.parametrize(
    ("kind", "is_done"),
    [
        pytest.param("silent", True),
        pytest.param("status", False),
        *(
            pytest.param(kind, is_done, marks=pytest.mark.long)
            for kind in ("silent", "cut", "status", "html")
            for is_done in (False, True)
            if (kind, is_done) not in {("silent", True), ("status", False)}
        ),
    ],
)
async def test_whichever_request_fails_nothing_is_lost_and_nothing_twice(
    account, writing, kind, is_done
):
    """What is to be there is there once the vendor is well, however its answers got lost."""
    await writing.connected.change(lambda each: replace(each, window=Window(10, 10)))
    await writing.enter(FIRST, 4)
    await writing.enter(SECOND, 4)
    await writing.work()
    for skips in count():
        await writing.change(FIRST, 4 if skips % 2 else 6)
        for user in (GRACE, LINUS):
            await writing.enter(THIRD, 2, user)
        if skips % 2 == 0:
            await writing.delete(SECOND)
        else:
            await writing.enter(SECOND, 4)
        before = len(account.vendor.requests)
        account.fault({"kind": kind, "skips": skips, "times": 1, "is_done": is_done, "status": 502})
        await writing.work()
        is_over = len(account.vendor.requests) - before <= skips
        account.fault()
        await writing.work(minutes=20)
        await writing.work(hours=7)

        assert account.days() == await writing.connected.days()
        assert {account.days().get((user, str(THIRD))) for user in (GRACE, LINUS)} == {2 * HOUR}
        assert await writing.outbox() == []
        assert await writing.conflicts() == []
        for user in (GRACE, LINUS):
            await writing.delete(THIRD, user)
        await writing.work()
        if is_over:
            break
    assert skips > 3
    assert len(account.vendor.together) > skips
    assert writing.connected.faults == []
