"""What Kantata has is read over HTTP, compared and stored; whatever it does, nothing is lost."""

from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest

from app.domain.sync.upstreams import UpstreamState, Window
from app.services.sync.lines import lines_of
from tests.sync.conftest import USERS, workdays

ENTRIES = "time_off_entries"


async def test_all_of_it_is_here_after_one_pass_and_the_next_tells_nobody_anything(
    account, connected
):
    account.create(workdays(20))

    upstream = await connected.work()
    told = await connected.last_change()
    await connected.whole_pass()

    assert upstream.state is UpstreamState.RUNNING
    assert await connected.days() == account.days()
    assert len(account.days()) == 20 * len(USERS)
    assert await connected.last_change() == told
    assert await connected.problems() == set()
    assert {(each.kind, each.state) for each in await connected.runs()} == {
        ("DIRECTORY", "SUCCEEDED"),
        ("FULL", "SUCCEEDED"),
    }


async def test_a_change_there_is_here_after_a_minute_and_a_deletion_after_a_whole_pass(
    account, connected
):
    account.create(workdays(2))
    await connected.work()
    ids = list(account.entries())
    account.change(ids[20], 7)
    account.delete(ids[:15])

    connected.clock.go_on(minutes=2)
    await connected.work()
    after_a_minute = await connected.days()
    await connected.whole_pass()

    assert account.days().items() <= after_a_minute.items()
    assert len(after_a_minute) == 80
    assert await connected.days() == account.days()


@pytest.mark.parametrize("kind", ["hidden", "moved", "doubled"])
async def test_what_one_look_does_not_show_is_not_deleted(account, connected, kind):
    """Pages move while they are read, and lists leave out what is there."""
    account.create(workdays(8))
    await connected.work()
    before = await connected.days()

    account.fault({"kind": kind, "path": ENTRIES, "unless": "only"})
    upstream = await connected.whole_pass()

    assert await connected.days() == before
    assert upstream.state is UpstreamState.RUNNING


async def test_before_much_is_deleted_a_person_looks(account, connected):
    account.create(workdays(2))
    await connected.work()
    account.delete(list(account.entries())[:30])
    account.create(workdays(3)[2:])

    held = await connected.whole_pass()
    again = await connected.whole_pass()
    while_held = await connected.days()
    problems = await connected.problems()
    await connected.change(lambda upstream: upstream.resumed())
    resumed = await connected.whole_pass()

    assert (held.state, held.state_reason) == (UpstreamState.NEEDS_REVIEW, "MASS_DELETION")
    assert again.state is UpstreamState.NEEDS_REVIEW
    assert len(while_held) == 120  # what is new is read meanwhile, and nothing is deleted
    assert problems == {"GONE"}
    assert resumed.state is UpstreamState.RUNNING
    assert await connected.days() == account.days()
    assert await connected.problems() == set()


async def test_while_a_person_has_to_look_nothing_is_deleted_until_all_is_there_again(
    account, connected
):
    account.create(workdays(6))
    await connected.work()
    account.delete([id_ for id_, each in account.entries().items() if int(each["user_id"]) <= 15])
    await connected.whole_pass()

    account.create(workdays(6), range(1, 13))
    await connected.change(lambda upstream: upstream.ended(UpstreamState.PAUSED))
    await connected.change(lambda upstream: upstream.resumed())
    less = await connected.whole_pass()
    while_held = await connected.days()
    account.create(workdays(6), range(13, 16))
    account.fault({"kind": "moved", "path": ENTRIES, "unless": "only"})
    unsure = await connected.whole_pass()
    account.fault()
    restored = await connected.whole_pass()

    assert (less.state, len(while_held)) == (UpstreamState.NEEDS_REVIEW, 240)  # 18 are gone
    assert unsure.state is UpstreamState.NEEDS_REVIEW
    assert (restored.state, restored.state_reason) == (UpstreamState.RUNNING, None)
    assert await connected.days() == account.days()
    assert await connected.problems() == set()


async def test_who_approves_a_deletion_approves_what_was_listed_and_no_more(account, connected):
    account.create(workdays(2))
    await connected.work()
    account.delete(list(account.entries())[:30])
    await connected.whole_pass()
    await connected.change(lambda upstream: upstream.resumed())
    account.fault({"kind": "empty", "path": ENTRIES})

    held = await connected.whole_pass()
    while_held = await connected.days()
    account.fault()
    again = await connected.whole_pass()

    assert (held.state, held.wanted) == (UpstreamState.NEEDS_REVIEW, None)
    assert while_held == account.days()
    assert again.state is UpstreamState.RUNNING
    assert await connected.days() == account.days()


async def test_what_went_to_another_month_there_is_here_and_needs_nobody(account, connected):
    """Here it is still in March: as if somebody had moved all of it there since the last look."""
    april = date(2026, 4, 1)
    account.create([april])
    await connected.work()
    async with connected.database.writing() as connection:
        for moved in (
            "UPDATE time_off_entries SET requested_date = '2026-03-03'",
            "UPDATE remote_records SET day = '2026-03-03'",
            "UPDATE remote_records SET key = replace(key, '2026-04-01', '2026-03-03')",
        ):
            await connection.exec_driver_sql(moved)

    upstream = await connected.whole_pass()

    assert upstream.state is UpstreamState.RUNNING
    assert await connected.days() == account.days()
    assert len(account.days()) == len(USERS)


async def test_whichever_request_fails_the_next_try_goes_on(account, connected):
    await connected.change(lambda upstream: replace(upstream, window=Window(0, 20)))
    account.create(workdays(10)[-1:])
    await connected.work()
    ids = list(account.entries())
    kinds: list[dict[str, Any]] = [
        {"kind": "status", "status": 503},
        {"kind": "silent"},
        {"kind": "cut", "bytes": 30},
    ]
    for n in count():
        account.change(ids[n], 1 + n / 4)
        account.delete([ids[-1 - n]])
        account.fault(kinds[n % 3] | {"skips": n, "times": 1})

        failed = await connected.whole_pass()
        is_over = failed.failures == 0
        connected.clock.go_on(seconds=30)
        upstream = await connected.work()

        assert upstream.state is UpstreamState.RUNNING
        assert await connected.days() == account.days(), f"request {n + 1}"
        if is_over:
            break
    assert n > 6


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "slow", "seconds": 3}, "UNREACHABLE", "It did not answer in time."),
    ({"kind": "silent"}, "UNREACHABLE", "It hung up before it had answered."),
    ({"kind": "cut", "bytes": 40}, "UNREACHABLE", "It hung up before it had answered."),
    ({"kind": "status", "status": 429}, "THROTTLED", "It answered 429."),
    ({"kind": "status", "status": 500}, "UNREACHABLE", "It answered 500."),
    ({"kind": "status", "status": 503, "retry_after": "9"}, "UNREACHABLE", "It answered 503."),
    ({"kind": "html"}, "UNREADABLE", "Its answer is no JSON."),
    ({"kind": "deep"}, "UNREADABLE", "Its answer is no JSON."),
    ({"kind": "huge"}, "UNREADABLE", "It answered more than 16,777,216 bytes."),
    ({"kind": "bomb"}, "UNREADABLE", "It answered more than 16,777,216 bytes."),
    (
        {"kind": "misfit_list", "path": ENTRIES},
        "UNREADABLE",
        "Its answer does not say how many there are.",
    ),
]


@pytest.mark.only_on("sqlite")
async def test_what_is_wrong_is_said_in_words_and_nothing_here_is_changed(account, connected):
    account.create(workdays(2))
    await connected.work()
    told = await connected.last_change()
    for fault, reason, message in FAULTS:
        account.fault(fault)
        connected.answer_seconds = 1 if fault["kind"] == "slow" else 60

        upstream = await connected.whole_pass()

        last = (await connected.runs())[-1]
        assert (upstream.state_reason, last.state, last.message) == (reason, "FAILED", message)
        assert upstream.failures > 0
    account.fault()
    upstream = await connected.whole_pass()
    assert (upstream.state, upstream.failures) == (UpstreamState.RUNNING, 0)
    assert await connected.last_change() == told


@pytest.mark.only_on("sqlite")
async def test_a_vendor_is_left_alone_for_as_long_as_it_asks(account, connected):
    account.fault({"kind": "status", "status": 429, "retry_after": "300", "path": ENTRIES})

    await connected.work()
    asked = len(account.vendor.requests)
    account.fault()
    connected.clock.go_on(seconds=299)
    await connected.work()
    meanwhile = len(account.vendor.requests)
    connected.clock.go_on(seconds=2)
    upstream = await connected.work()

    assert meanwhile == asked
    assert upstream.state is UpstreamState.RUNNING


@pytest.mark.only_on("sqlite")
async def test_after_five_failures_it_waits_and_goes_on_by_itself(account, connected):
    account.fault({"kind": "status", "status": 503, "times": 5, "path": ENTRIES})
    states = []
    for _ in range(6):
        states.append((await connected.work()).state.value)
        connected.clock.go_on(minutes=16)

    assert states == [*["IMPORTING"] * 4, "WAITING", "RUNNING"]


@pytest.mark.only_on("sqlite")
async def test_a_fault_of_ours_waits_as_failures_do_and_needs_somebody(account, connected):
    account.create(workdays(1))
    await connected.do(
        "CREATE TRIGGER faulty BEFORE INSERT ON time_off_entries"
        " BEGIN SELECT RAISE(ABORT, 'faulty'); END"
    )

    states = []
    for _ in range(5):
        upstream = await connected.work()
        [line] = await lines_of(connected.database, [upstream])
        assert upstream.state_reason == "FAULT"
        assert line.needs(connected.clock(), None) == [
            "the gateway itself has failed: its log tells how"
        ]
        states.append(upstream.state.value)
        connected.clock.go_on(minutes=16)
    last = (await connected.runs())[-1]
    await connected.do("DROP TRIGGER faulty")
    upstream = await connected.work()
    [line] = await lines_of(connected.database, [upstream])

    assert states == [*["IMPORTING"] * 4, "WAITING"]
    assert (last.state, last.message) == ("FAILED", "A fault of the gateway, which its log tells.")
    assert len(connected.faults) == 5
    assert (upstream.state, line.needs(connected.clock(), None)) == (UpstreamState.RUNNING, [])
    assert await connected.days() == account.days()


@pytest.mark.only_on("sqlite")
async def test_rows_that_no_rule_can_hold_stop_nobody_else(account, connected):
    account.create(workdays(2))
    await connected.work()
    account.fault({"kind": "misfit_rows"})

    upstream = await connected.whole_pass()
    problems = await connected.problems()
    account.fault()
    await connected.whole_pass()

    assert upstream.state is UpstreamState.RUNNING
    assert problems == {"INVALID_VALUE"}
    assert await connected.days() == account.days()
    assert await connected.problems() == set()


async def test_ids_that_are_taken_or_none_stop_nobody(account, connected):
    account.create(workdays(2), users=range(1, 4))
    account.fault({"kind": "misfit_ids", "path": ENTRIES, "unless": "only"})

    upstream = await connected.work()
    days, problems = await connected.days(), await connected.problems()
    account.fault()
    await connected.whole_pass()

    assert upstream.state is UpstreamState.RUNNING
    assert problems == {"INVALID_VALUE", "SECOND_OF_DAY"}
    assert len(days) == 5
    assert days.items() <= account.days().items()
    assert await connected.days() == account.days()
    assert await connected.problems() == set()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "status", "status": 401}, "CREDENTIALS_REFUSED"),
        ({"kind": "status", "status": 403}, "NOT_PERMITTED"),
        ({"kind": "other_account"}, "OTHER_ACCOUNT"),
    ],
)
async def test_with_the_wrong_credentials_nothing_is_asked_any_more(
    account, connected, fault, reason
):
    account.create(workdays(1))
    await connected.work()
    await connected.change(lambda upstream: upstream.renewed())
    account.fault(fault)

    upstream = await connected.whole_pass()
    asked = len(account.vendor.requests)
    await connected.whole_pass()

    assert (upstream.state, upstream.state_reason) == (UpstreamState.NEEDS_CREDENTIALS, reason)
    assert len(account.vendor.requests) == asked
    assert len(await connected.days()) == len(USERS)


async def test_an_account_that_is_suddenly_empty_takes_nothing_with_it(account, connected):
    account.create(workdays(2))
    await connected.work()
    account.fault({"kind": "empty"})

    upstream = await connected.whole_pass()

    assert (upstream.state, upstream.state_reason) == (
        UpstreamState.NEEDS_REVIEW,
        "MASS_DELETION",
    )
    assert len(await connected.days()) == 80
    assert await connected.problems() == {"GONE", "MANY_USERS_GONE", "MANY_WORKWEEKS_GONE"}
