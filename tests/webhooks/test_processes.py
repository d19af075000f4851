"""Real servers over one database: one of them sends, another follows it, nothing is left out."""

import asyncio
import random
import re
import signal
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.builders import COMPANY, company, role
from tests.graphql.api import UPSERTS
from tests.process.phoenix import phoenix
from tests.server import serving
from tests.webhooks.conftest import SETTINGS
from tests.webhooks.receiver import Reply

pytestmark = pytest.mark.process

KILLS, MANY_KILLS = 8, 200
CREATE = """
mutation Create($url: String!, $types: [String!]!, $company: ID!) {
  createWebhook(input: {companyId: $company, url: $url, types: $types}) {
    secret webhook { id } userErrors { code message path }
  }
}
"""
LIST = "query List($company: ID!) { webhooks(companyId: $company) { status disabledReason } }"


class Writer:
    """A client of one server."""

    def __init__(self, url, client):
        self.url, self._client = url, client
        self.written = 0

    async def ask(self, document, **variables):
        sent = {"query": document, "variables": variables}
        answer = await self._client.post(f"{self.url}/graphql", json=sent)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert "errors" not in told, told
        return told["data"]

    async def begin(self, receiver, *types):
        """Make a company with a webhook; return its secret."""
        await self.ask(UPSERTS["companies"], items=[company()])
        made = await self.ask(CREATE, url=receiver.url, types=types, company=COMPANY)
        assert made["createWebhook"]["userErrors"] == []
        return made["createWebhook"]["secret"]

    async def write(self, count=1):
        """Make so many changes."""
        items = [role(sourceId=str(self.written + n + 1), name=f"R{n}") for n in range(count)]
        await self.ask(UPSERTS["roles"], items=items)
        self.written += count


@asynccontextmanager
async def writing(*urls):
    async with httpx.AsyncClient(timeout=300) as client:
        yield [Writer(url, client) for url in urls]


def numbers(receiver):
    return [number for each in receiver.got for number in each.sequences]


async def told_up_to(receiver, count, seconds=60):
    """Wait for so many different changes."""

    def are_told(got):
        return len({number for each in got for number in each.sequences}) >= count

    await asyncio.to_thread(receiver.wait_for, are_told, seconds)


def hold_that_nothing_is_missing(receiver, secret):
    """In order without a gap; what comes twice has one id, and follows itself at once."""
    ids: dict[range, set[str]] = {}
    last = receiver.got[0].sequences[0] - 1
    for got in receiver.got:
        assert got.is_signed_by(secret)
        ids.setdefault(got.sequences, set()).add(got.id)
        assert got.sequences[0] <= last + 1, f"after {last} came {got.sequences}"
        last = max(last, got.sequences[-1])
    assert all(len(each) == 1 for each in ids.values())
    starts = [got.sequences[0] for got in receiver.got]
    assert starts == sorted(starts)


async def test_one_of_two_processes_sends_and_the_other_follows_it(database_url, receiver):
    with (
        serving(database_url, environment=SETTINGS) as one,
        serving(database_url, environment=SETTINGS) as two,
    ):
        async with writing(one.url, two.url) as (first, second):
            secret = await first.begin(receiver, "role.*")
            for _ in range(5):
                await first.write()
            second.written = first.written
            for _ in range(5):
                await second.write()
            await told_up_to(receiver, 10)
            assert len(receiver.got) == 10  # each once: one of them sends

            one.kill()
            await second.write()
            await told_up_to(receiver, 11)
            two.stop(signal.SIGTERM)
    hold_that_nothing_is_missing(receiver, secret)


async def test_of_several_workers_one_sends(database_url, receiver):
    with serving(database_url, "--workers", "2", environment=SETTINGS) as server:
        async with writing(server.url) as (writer,):
            secret = await writer.begin(receiver, "role.*")
            for _ in range(20):
                await writer.write()
            await told_up_to(receiver, 20)
    assert len(receiver.got) == 20
    hold_that_nothing_is_missing(receiver, secret)


async def test_a_server_ends_at_once_while_a_receiver_does_not_answer(database_url, receiver):
    receiver.answer = lambda _: Reply(seconds=600)
    with serving(database_url, environment=SETTINGS) as server:
        async with writing(server.url) as (writer,):
            await writer.begin(receiver, "role.*")
            await writer.write()
            await told_up_to(receiver, 1)
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("types", "kills"),
    [
        ("role.*", KILLS),
        ("*", KILLS),
        pytest.param("role.*", MANY_KILLS, marks=pytest.mark.long),
        pytest.param("*", MANY_KILLS, marks=pytest.mark.long),
    ],
)
async def test_nothing_is_missing_however_often_sender_and_receiver_are_killed(
    database_url, receiver, types, kills
):
    """At random moments, while messages are on their way and answers are slow, or missing."""
    chance = random.Random(3)  # noqa: S311 - the same each time
    died: set[str] = set()

    def answer(got):
        # After a second failure in a row it would not be tried for minutes; each takes 5 s.
        is_due = chance.random() < 0.01 and len(died) < 2 + kills // 10
        if is_due and got.id not in died:
            died.add(got.id)
            return Reply(0)
        return Reply(204, seconds=chance.choice([0, 0, 0.01, 0.05]))

    receiver.answer = answer
    with phoenix(database_url, SETTINGS) as server:
        server.start()
        async with writing(server.url) as (writer,):
            secret = await writer.begin(receiver, types)
            for kill in range(kills):
                await writer.write(chance.randint(1, 150 if kill % 3 == 0 else 10))
                await asyncio.sleep(chance.random() * 1.5)
                server.kill()
                server.start()
            await told_up_to(receiver, writer.written, seconds=60 + 2 * kills)
        server.kill()

    hold_that_nothing_is_missing(receiver, secret)
    assert set(numbers(receiver)) == set(
        range(numbers(receiver)[0], numbers(receiver)[0] + writer.written)
    )


async def test_the_metrics_tell_what_was_sent_and_how_webhooks_do(database_url, receiver):
    answers = iter([Reply(), Reply(410)])
    receiver.answer = lambda _: next(answers)
    with serving(database_url, environment=SETTINGS | {"TIMEOFF_METRICS": "true"}) as server:
        async with writing(server.url) as (writer,):
            await writer.begin(receiver, "role.*")
            await writer.write(3)
            await told_up_to(receiver, 2)
            gone = {"status": "DISABLED", "disabledReason": "GONE"}
            async with asyncio.timeout(60):
                while (await writer.ask(LIST, company=COMPANY))["webhooks"] != [gone]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            async with httpx.AsyncClient() as client:
                text = (await client.get(f"{server.url}/metrics")).text

    lines = text.splitlines()
    assert 'timeoff_webhook_deliveries_total{outcome="delivered"} 1.0' in lines
    assert 'timeoff_webhook_deliveries_total{outcome="gone"} 1.0' in lines
    assert 'timeoff_webhook_deliveries_total{outcome="timed_out"} 0.0' in lines
    assert sum(line.startswith("timeoff_webhooks{") for line in lines) == 3
    assert any(line.startswith("timeoff_webhook_lag_changes ") for line in lines)


async def test_no_secret_is_in_the_log(database_url, receiver):
    receiver.answer = lambda _: Reply(500, body=b"the receiver's own words")
    with serving(database_url, environment=SETTINGS | {"TIMEOFF_LOG_LEVEL": "debug"}) as server:
        async with writing(server.url) as (writer,):
            receiver.url += "?token=of-the-receiver"
            secret = await writer.begin(receiver, "*")
            await writer.write()
            await told_up_to(receiver, 1)
        server.stop()
        log = server.log()

    assert secret.removeprefix("whsec_") not in log
    assert re.search("of-the-receiver|own words", log) is None
