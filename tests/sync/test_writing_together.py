"""Days that are new at Kantata are made many in one request; what is wrong with one harms no other.

A request of several is clean for all of them, or nobody knows of any: then each goes by itself.
"""

import asyncio
import threading
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from app.domain.identifiers import Kind
from app.domain.sync.conflicts import ConflictPolicy
from app.domain.sync.deliveries import MOST_FLAPPING, MOST_SAME_WRITES
from app.domain.sync.upstreams import UpstreamState
from app.domain.time_off_entries import ReferenceFacts, ReferenceStatus
from app.services.caller import LOCAL
from app.services.directory.items import UpsertItem
from app.services.directory.service import DirectoryService
from app.services.sync.day_writes import MOST_TOGETHER
from app.services.time_off_entries.commands import CreateEntries, EntryItem, UpdateEntry
from tests.builders import OTHER_COMPANY
from tests.standins.kantata_writes import CLOSED
from tests.sync.conftest import USERS, workdays
from tests.sync.test_outbox import only, outbox_of
from tests.sync.test_writing_brakes import LINUS
from tests.sync.test_writing_guarded import ENTRIES, REFERENCES, alike, of
from tests.sync.test_writing_kantata import ADA, FIRST, GRACE, HOUR, SECOND, THIRD, Writing, writing

__all__ = ["writing"]
pytestmark = pytest.mark.usefixtures("two_go_along")

SECONDS = 60
DAYS = (FIRST, SECOND, THIRD)
SETTLED = {"minutes": 20}
"""After so long it is known of every write what became of it."""
ONE_POST = {"path": ENTRIES, "method": "POST", "times": 1}


async def enter(writing: Writing, days: Sequence[date], users: Sequence[int] = (ADA,)) -> None:
    """Have four hours of each of these users on each of these days, by one request of a caller."""
    items = [EntryItem(str(user), 4, day) for user in users for day in days]
    for at in range(0, len(items), 100):
        await writing.entries.create(LOCAL, CreateEntries(items[at : at + 100]))


def methods(account) -> list[str]:
    return [each.split()[0] for each in account.written()]


READINGS: list[dict[str, Any]] = [
    {},
    {"created": 201, "wraps": "named"},
    {"wraps": "bare"},
]


@pytest.mark.parametrize("reading", READINGS)
async def test_many_days_are_made_by_one_request_however_it_is_answered(account, writing, reading):
    account.read_as(**reading)
    facts = ReferenceFacts("hr", "Leave", "7", ReferenceStatus.PENDING)
    await writing.entries.create(
        LOCAL, CreateEntries([EntryItem(str(ADA), 4, day, facts) for day in DAYS])
    )
    await writing.work()
    for _ in range(2):
        await writing.work(hours=7)

    await alike(account, writing, of(4, *DAYS))
    assert account.statuses() == {(ADA, str(day)): "pending" for day in DAYS}
    assert (account.vendor.together, len(account.written())) == ([len(DAYS)], 1)


async def test_more_days_than_one_request_takes_are_made_by_several_and_one_alone_by_itself(
    account, writing
):
    days = workdays(MOST_TOGETHER // len(USERS) + 1)
    await enter(writing, days, USERS)
    await enter(
        writing, workdays(3)[2:], range(1, 2 * MOST_TOGETHER + 1 - len(USERS) * len(days) + 1)
    )
    await writing.work()

    assert account.vendor.together == [MOST_TOGETHER, MOST_TOGETHER]
    assert len(account.written()) == 3
    assert account.days() == await writing.connected.days()
    assert len(account.days()) == 2 * MOST_TOGETHER + 1
    assert await writing.outbox() == []


LOST: list[dict[str, Any]] = [
    *(
        {"kind": kind, "is_done": is_done}
        for kind in ("silent", "cut", "status", "html")
        for is_done in (False, True)
    ),
    {"kind": "hidden", "is_done": True},
    {"kind": "other_user"},
    {"kind": "other_day"},
    {"kind": "other_id"},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: "-".join(map(str, fault.values())))
async def test_where_the_answer_to_several_is_not_clean_each_is_compared_and_goes_by_itself(
    account, writing, fault
):
    account.fault(ONE_POST | fault)
    await enter(writing, DAYS)
    await writing.work()
    uncertain = await writing.outbox()
    await writing.work(seconds=60)
    before = methods(account)
    await writing.work(**SETTLED)

    is_done = fault.get("is_done", True)
    assert uncertain == [("UNCERTAIN", None)] * len(DAYS)
    assert before == ["POST"]
    assert methods(account) == ["POST"] * (1 if is_done else 1 + len(DAYS))
    assert account.vendor.together == [len(DAYS)]
    await alike(account, writing, of(4, *DAYS))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
async def test_whatever_is_stored_of_a_request_that_is_refused_nothing_is_sent_twice_at_once(
    account, writing, status
):
    account.fault(ONE_POST | {"kind": "status", "status": status})
    await enter(writing, [FIRST], USERS)
    await enter(writing, [SECOND], USERS)
    upstream = await writing.work()
    meanwhile = await writing.outbox()
    await writing.work(**SETTLED)

    assert (upstream.state, upstream.failures) == (UpstreamState.RUNNING, 0)
    assert meanwhile == [("UNCERTAIN", None)] * MOST_TOGETHER
    assert account.vendor.together == [MOST_TOGETHER, 2 * len(USERS) - MOST_TOGETHER]
    await alike(
        account, writing, {(user, str(day)): 4 * HOUR for user in USERS for day in (FIRST, SECOND)}
    )


async def test_a_vendor_that_has_enough_has_done_nothing_and_is_asked_the_same_later(
    account, writing
):
    account.fault(ONE_POST | {"kind": "status", "status": 429})
    await enter(writing, DAYS)
    await writing.work()
    waiting = await writing.outbox()
    outcomes = await writing.rows("SELECT outcome FROM delivery_attempts")
    await writing.work()

    assert waiting == [("PENDING", None)] * len(DAYS)
    assert [each.outcome for each in outcomes] == ["NOT_SENT"] * len(DAYS)
    assert account.vendor.together == [len(DAYS), len(DAYS)]
    await alike(account, writing, of(4, *DAYS))


async def test_a_vendor_that_takes_no_request_of_several_is_asked_for_none_for_hours(
    account, writing
):
    first, second, third, fourth, fifth = workdays(5)
    account.fault(ONE_POST | {"kind": "status", "status": 422, "times": 3})
    await enter(writing, [first, second, third], USERS)
    await writing.work()
    refused = [*account.vendor.together]
    await enter(writing, [fourth], [ADA, GRACE])
    await writing.work(**SETTLED)
    meanwhile = [*account.vendor.together]
    writing.connected.clock.go_on(hours=7)
    await enter(writing, [fifth], [ADA, GRACE])
    await writing.work()

    assert refused == meanwhile == [50, 50, 20]
    assert account.vendor.together == [50, 50, 20, 2]
    assert account.days() == await writing.connected.days()
    assert await writing.outbox() == []


@pytest.mark.parametrize("arrays", ["atomic", "partial", "thinned"])
async def test_one_day_that_is_refused_is_told_by_itself_and_all_others_are_there_once(
    account, writing, arrays
):
    account.read_as(arrays=arrays, closed=str(SECOND))
    await enter(writing, DAYS)
    await writing.work()
    await writing.work(**SETTLED)
    [(state, code, message)] = await writing.rows("SELECT state, code, message FROM deliveries")
    posts = len(account.written())
    await writing.work(hours=7)
    await writing.work(hours=7)

    assert (state, code) == ("BLOCKED", "REFUSED")
    assert message == f"Kantata OX refused 4 h of user {ADA} on {SECOND}: {CLOSED}"
    # One of several, then each of those by itself that are not there; the refused one twice.
    assert posts == 1 + (2 if arrays == "atomic" else 0) + 2
    assert (account.vendor.together, len(account.written())) == ([len(DAYS)], posts)
    assert account.days() == of(4, FIRST, THIRD)
    assert await writing.connected.days() == of(4, *DAYS)
    assert await writing.conflicts() == []


async def test_what_was_refused_is_tried_again_by_itself(account, writing):
    account.read_as(closed=str(SECOND))
    await enter(writing, DAYS)
    await writing.work()
    await writing.work(**SETTLED)
    account.read_as()
    writing.connected.clock.go_on(days=2)
    await outbox_of(writing.connected).retry(
        LOCAL, [await only(writing, "deliveries", Kind.DELIVERY)]
    )
    await enter(writing, DAYS[:2], [GRACE])
    await writing.work()

    assert account.vendor.together == [len(DAYS), 2]
    await alike(account, writing, of(4, *DAYS) | of(4, *DAYS[:2], user=GRACE))


@pytest.mark.parametrize(
    ("policy", "hours", "kept"),
    [(ConflictPolicy.VENDOR_WINS, 6, "VENDOR"), (ConflictPolicy.GATEWAY_WINS, 4, "GATEWAY")],
)
async def test_a_day_that_somebody_has_filled_meanwhile_is_compared_at_once(
    account, writing, policy, hours, kept
):
    await writing.decide(policy)
    account.fault(ONE_POST | {"kind": "combined", "hours": 2})
    await enter(writing, DAYS)
    await writing.work(seconds=5)

    assert account.days() == of(hours, FIRST) | of(4, SECOND, THIRD)
    assert await writing.connected.days() == account.days()
    assert await writing.conflicts() == [("FIRST_CONTACT", kept)]
    assert await writing.outbox() == []


async def test_a_day_that_is_changed_here_while_it_is_made_is_changed_there(account, writing):
    is_asked, is_changed = threading.Event(), threading.Event()

    def late(asked, answer):
        if asked.method == "POST":
            is_asked.set()
            is_changed.wait(SECONDS)
        return answer

    await enter(writing, DAYS)
    with account.answering(late):
        work = asyncio.create_task(writing.work(seconds=5))  # before anything is read again
        await asyncio.to_thread(is_asked.wait, SECONDS)
        await writing.change(FIRST, 6)
        await writing.connected.fill()
        is_changed.set()
        await work

    assert methods(account) == ["POST", "PUT"]
    await alike(account, writing, of(6, FIRST) | of(4, SECOND, THIRD))


async def test_hours_that_the_vendor_rounds_are_told_of_each_day(account, writing):
    account.fault({"kind": "rounded"})
    items = [EntryItem(str(ADA), 4.1, day) for day in DAYS]
    await writing.entries.create(LOCAL, CreateEntries(items))
    await writing.work()
    told = await writing.rows("SELECT code FROM sync_problems")

    assert [each.code for each in told] == ["REPLACED"] * len(DAYS)
    assert account.vendor.together == [len(DAYS)]
    await alike(account, writing, of(4.25, *DAYS))


async def test_a_day_with_several_references_is_made_by_itself_with_all_of_them(account, writing):
    await enter(writing, DAYS)
    for service in ("hr", "jira"):
        facts = ReferenceFacts(service, "Leave", "7", ReferenceStatus.PENDING)
        await writing.entries.update(LOCAL, UpdateEntry(await writing.id_of(FIRST, ADA), 4, facts))
    await writing.work()
    asked = {"include": REFERENCES}
    answer = account.people.get(ENTRIES, params=asked).json()

    services = [each["service_name"] for each in answer[REFERENCES].values()]
    assert sorted(services) == ["hr", "jira"]
    assert account.vendor.together == [len(DAYS) - 1]
    await alike(account, writing, of(4, *DAYS))


async def test_a_reference_that_was_not_kept_with_its_day_is_put_by_itself(account, writing):
    facts = ReferenceFacts("hr", "Leave", "7", ReferenceStatus.PENDING)
    account.fault(ONE_POST | {"kind": "forgotten"})
    await writing.entries.create(
        LOCAL, CreateEntries([EntryItem(str(ADA), 4, day, facts) for day in DAYS])
    )
    await writing.work()
    without, waiting = account.statuses(), await writing.outbox()
    await writing.work(minutes=5)

    assert (without, waiting) == ({}, [("PENDING", None)] * len(DAYS))
    assert account.statuses() == {(ADA, str(day)): "pending" for day in DAYS}
    assert account.written() == [
        f"POST {ENTRIES}",
        *[f"POST {REFERENCES}/create_or_update"] * len(DAYS),
    ]
    await alike(account, writing, of(4, *DAYS))


async def test_days_of_who_is_another_companys_by_now_are_not_written_along(account, writing):
    await enter(writing, DAYS, [ADA, GRACE])
    connected = writing.connected
    await connected.fill()
    directory = DirectoryService(connected.database, connected.clock)
    other = {"source_id": OTHER_COMPANY, "name": "Beam"}
    await directory.upsert_companies(LOCAL, [UpsertItem(other)])
    await connected.do(f"UPDATE users SET company_id = '{OTHER_COMPANY}' WHERE id = {GRACE}")  # noqa: S608 - ours
    await writing.work()

    assert account.days() == of(4, *DAYS)
    assert account.vendor.together == [len(DAYS)]
    assert await writing.outbox() == []


async def test_days_far_apart_are_looked_at_in_one_list_and_in_parts_where_it_is_long(
    account, writing
):
    first, second, *others, last_but_one, last = workdays(30)
    await enter(writing, [first, last], USERS)
    await writing.work()
    one = _looks(account)
    account.create(others, USERS)
    await writing.read_all()
    account.vendor.requests.clear()
    await enter(writing, [second, last_but_one], USERS)
    await writing.work()

    assert one == 1
    assert _looks(account) == 3, "a page of all, and one of either day"
    assert account.days() == await writing.connected.days()
    assert await writing.outbox() == []


def _looks(account) -> int:
    """Return how often it was asked what some users have."""
    return sum("user_ids=" in each for each in account.vendor.requests)


async def test_nothing_goes_along_with_the_last_day_that_another_program_changes_back(
    account, writing
):
    connected = writing.connected
    for number in range(MOST_FLAPPING - 1):
        await writing.enter((SECOND, THIRD)[number % 2], 4, 1 + number // 2)
    await connected.fill()
    await connected.do("UPDATE deliveries SET state = 'BLOCKED', code = 'FLAPPING'")
    for _ in range(MOST_SAME_WRITES):
        await writing.enter(FIRST, 4)
        await writing.work(seconds=2)
        account.delete(list(account.entries()))
        await writing.read_all(seconds=70)
    written = account.written()
    await enter(writing, [FIRST], [ADA, LINUS])
    held = await writing.work(seconds=2)

    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, "FLAPPING")
    assert account.written() == written == [f"POST {ENTRIES}"] * MOST_SAME_WRITES
    assert ("PENDING", None) in await writing.outbox()
