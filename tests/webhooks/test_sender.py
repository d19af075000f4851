"""The sender beside the requests: it finds what is due, and no webhook waits for another."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.clock import now
from app.db.connections.database import Database
from app.domain.webhook_events import EventTypes
from app.domain.webhooks import Outcome, Webhook
from app.services.caller import LOCAL
from app.services.webhooks import sender
from app.services.webhooks.commands import ChangeWebhook
from app.services.webhooks.delivering import Place
from app.services.webhooks.sender import Runs, WebhookSender
from tests.builders import node_id, role
from tests.graphql.api import put, statements
from tests.webhooks.receiver import Reply, receiving

ASKED = "SELECT webhooks.id"


@asynccontextmanager
async def running(sending, told=None):
    """The sender over the test's database, on the real clock."""
    sending.clock = now
    sending.service = replace(sending.service, clock=now)
    sending.deliveries.clock = now
    woken, stopping = asyncio.Event(), asyncio.Event()
    faults: list[Exception] = []
    sending.service = replace(sending.service, woken=woken.set)
    running = WebhookSender(sending.database, sending.deliveries, now, woken, faults.append)
    task = asyncio.create_task(running.run(stopping))
    yield running
    stopping.set()
    async with asyncio.timeout(60):
        await task
    if told is None:
        assert faults == []
    else:
        told += faults


async def roles(ask, count, first=1):
    await put(ask, roles=[role(sourceId=str(first + n), name=f"R{n}") for n in range(count)])


async def got(receiver, count):
    return await asyncio.to_thread(receiver.wait_for, lambda got: len(got) >= count)


@pytest.mark.parametrize(
    ("looks", "starts"),
    [
        pytest.param([(0, 3)], [True], id="few are told at once"),
        pytest.param([(0, 300), (0.05, 300)], [False, True], id="many once no more come"),
        pytest.param(
            [(0, 300), (0.05, 400), (0.3, 500), (0.5, 600)],
            [False, False, False, True],
            id="or after half a second",
        ),
    ],
)
def test_who_is_told_of_more_and_more_is_told_of_much_at_once(monkeypatch, looks, starts):
    runs, webhook = Runs(), Webhook("1", "1", "", EventTypes(("*",)), now(), passed=10)

    def look(seconds, behind):
        monkeypatch.setattr(sender, "monotonic", lambda: 1_000 + seconds)
        return runs.may_start(replace(webhook, behind=behind))

    assert [look(*each) for each in looks] == starts
    runs.ended("1", Place(0, 10, 10 + looks[-1][1]))
    later, last = looks[-1][0], looks[-1][1]
    # What comes right behind it waits for more, and what comes later does not.
    assert [look(later + 0.1, last + 1), look(later + 0.15, last + 1)] == [False, True]
    runs.ended("1", Place(0, 10, 11 + last))
    assert look(later + 0.7, last + 2)


async def test_what_is_committed_by_another_process_is_sent_soon(sending, ask, receiver):
    async with running(sending):
        await sending.create(receiver.url)
        await roles(ask, 1)
        await got(receiver, 1)
        await roles(ask, 3, first=10)
        await got(receiver, 4)

    numbers = [number for each in receiver.got for number in each.sequences]
    assert numbers == list(range(numbers[0], numbers[0] + 4))


async def test_a_message_that_failed_is_sent_again_after_five_seconds(sending, ask, receiver):
    answers = iter([Reply(500)])
    receiver.answer = lambda _: next(answers, Reply())
    async with running(sending):
        await sending.create(receiver.url)
        await roles(ask, 1)
        first, second = await got(receiver, 2)

    assert 5 <= second.at - first.at < 60
    assert first.id == second.id


async def test_webhooks_do_not_wait_for_each_other(sending, ask, receiver):
    with receiving(answer=lambda _: Reply(seconds=600)) as slow:
        async with running(sending):
            await sending.create(slow.url)
            await sending.create(receiver.url)
            await roles(ask, 20)
            await got(receiver, 20)
            assert len(slow.got) <= 1


async def test_a_change_of_a_webhook_is_seen_at_once(sending, ask, receiver, monkeypatch):
    monkeypatch.setattr("app.domain.webhooks.RETRY_DELAYS", (timedelta(hours=1),))
    receiver.answer = lambda _: Reply(500)
    async with running(sending):
        webhook = (await sending.create(receiver.url)).webhook
        await roles(ask, 1)
        await got(receiver, 1)
        receiver.answer = lambda _: Reply()
        await sending.service.enable(LOCAL, ChangeWebhook(node_id("Webhook", webhook.id)))
        await got(receiver, 2)


async def test_nothing_runs_where_there_is_no_webhook(sending, ask):
    async with running(sending):
        await asyncio.sleep(0.2)
        began = asyncio.get_running_loop().time()
        with statements() as sent:
            while len(ours := [each for each in sent if "webhooks" in each]) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert asyncio.get_running_loop().time() - began > 1.5
        other = sending.database.sole()
        assert await other.take()
        await other.release()

    assert all(each.startswith(ASKED) for each in ours)


async def test_it_ends_at_once_while_a_receiver_does_not_answer(sending, ask, receiver):
    receiver.answer = lambda _: Reply(seconds=600)
    async with running(sending):
        await sending.create(receiver.url)
        await roles(ask, 1)
        await got(receiver, 1)


async def test_what_was_passed_is_stored_after_a_while(sending, ask, receiver, monkeypatch):
    for module in ("delivering", "sender"):
        monkeypatch.setattr(f"app.services.webhooks.{module}.STORED_EVERY_SECONDS", 0.3)
    async with running(sending):
        webhook = (await sending.create(receiver.url, "holiday.*")).webhook
        await roles(ask, 5)
        async with asyncio.timeout(60):
            while (await sending.now(webhook)).behind:  # noqa: ASYNC110 - in the database
                await asyncio.sleep(0.1)
    assert receiver.got == []


async def test_its_figures_are_of_what_it_has_sent(sending, ask, receiver):
    answers = iter([Reply(), Reply(410)])
    receiver.answer = lambda _: next(answers)
    async with running(sending) as sender:
        await sending.create(receiver.url)
        await roles(ask, 3)
        await got(receiver, 2)
        async with asyncio.timeout(60):
            while sum(sender.figures.deliveries.values()) < 2:  # noqa: ASYNC110 - an answer's way
                await asyncio.sleep(0.01)
        figures = sender.figures

    assert figures.deliveries.keys() == {each.value for each in Outcome}
    assert figures.deliveries["DELIVERED"] == 1
    assert sum(sender.figures.deliveries.values()) == 2
    assert sum(sender.figures.webhooks.values()) == 0  # it is no longer the one that sends


@pytest.mark.only_on("postgresql")
async def test_it_survives_the_loss_of_all_its_connections(sending, ask, receiver, database_url):
    told: list[Exception] = []
    async with running(sending, told):
        await sending.create(receiver.url)
        await roles(ask, 1)
        await got(receiver, 1)
        other = Database(database_url)
        async with other.writing() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await other.close()
        async with asyncio.timeout(60):
            while True:
                try:
                    await roles(ask, 1, first=50)
                    break
                except AssertionError:  # it was cut off, too
                    await asyncio.sleep(0.1)
        await got(receiver, 2)

    numbers = [number for each in receiver.got for number in each.sequences]
    assert numbers == sorted(numbers)
    assert {each.id for each in receiver.got if each.sequences[0] == numbers[0]} == {
        receiver.got[0].id
    }
