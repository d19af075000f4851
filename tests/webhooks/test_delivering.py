"""One webhook is told what it has not been told: in order, nothing left out, the same id again."""

import asyncio
import threading
from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest

from app.db.connections.database import Database
from app.domain.errors import Busy
from app.domain.webhook_events import GATHERED_FROM
from app.domain.webhooks import RETRY_DELAYS, DisabledReason, Outcome, WebhookStatus
from app.outgoing.client import OutgoingClient
from app.services.caller import LOCAL
from app.services.webhooks.commands import (
    ChangeWebhook,
    ReplayWebhook,
    RotateSecret,
    UpdateWebhook,
)
from app.services.webhooks.delivering import MOST_OF_A_COMPANY
from app.services.webhooks.sender import forget_old_attempts
from app.services.webhooks.tries import MOST_TRIES, Tries
from tests.builders import COMPANY, MONDAY, TUESDAY, entry, holiday, node_id, role, uuid
from tests.graphql.api import put, put_entries, put_person_time_off
from tests.webhooks.conftest import RULES
from tests.webhooks.receiver import Reply, receiving

UPDATE_ENTRY = """
mutation Update($id: ID!, $hours: Float!) {
  updateTimeOffEntry(input: {id: $id, hours: $hours}) { userErrors { code } }
}
"""
CHANGES = """
query After($company: ID!, $after: String) {
  changes(companyId: $company, after: $after, first: 500) { edges { cursor node { sequence } } }
}
"""


def named(webhook):
    return node_id("Webhook", webhook.id)


async def roles(ask, count, first=1):
    """Make so many changes, each by itself or all by one request."""
    await put(ask, roles=[role(sourceId=str(first + n), name=f"R{n}") for n in range(count)])


def sequences(receiver):
    return [number for got in receiver.got for number in got.sequences]


async def test_it_is_told_of_each_change_from_its_making_on(sending, ask, receiver):
    await roles(ask, 3)
    issued = await sending.create(receiver.url)
    webhook = issued.webhook
    await put(ask, roles=[role(sourceId="1", name="Other")])
    (entry_id,) = await put_entries(ask, entry(requestedDate=TUESDAY))

    told = await sending.tell(webhook)

    first, second = receiver.got
    assert (first.type, second.type) == ("role.updated", "time_off_entry.created")
    assert first.told["data"]["changedFields"] == ["name"]
    assert second.told["data"] == {
        "companyId": COMPANY,
        "sequence": str(webhook.passed + 2),
        "cursor": second.told["data"]["cursor"],
        "subjectType": "TimeOffEntry",
        "subjectId": node_id("TimeOffEntry", entry_id),
        "changedFields": [],
        "days": {"from": TUESDAY, "to": TUESDAY},
    }
    assert all(got.is_signed_by(issued.secret) for got in receiver.got)
    assert (told.passed, told.behind) == (webhook.passed + 2, 0)
    assert told.last_delivered_at == sending.clock.now
    assert [each.answer.outcome for each in await sending.attempts(webhook)] == [
        Outcome.DELIVERED
    ] * 2


async def test_no_message_has_a_reason_a_name_or_a_value(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await put_person_time_off(ask, reason="a secret illness")
    said = {"serviceName": "jira", "serviceModel": "Issue", "serviceModelRef": "J-7"}
    message = {**said, "externalMessage": "also secret"}
    await put_entries(ask, entry(externalReference=message))

    await sending.tell(webhook)

    bodies = b"".join(got.body for got in receiver.got)
    for word in (b"illness", b"secret", b"externalMessage", b"reason", b"J-7", b"jira"):
        assert word not in bodies
    types = {got.type for got in receiver.got}
    assert {"person_time_off.created", "external_reference.created"} <= types


async def test_it_gets_the_types_that_it_takes_and_passes_the_others(sending, ask, receiver):
    webhook = (await sending.create(receiver.url, "holiday.*", "role.deleted")).webhook
    await roles(ask, 3)
    await put(ask, holidays=[holiday()])
    await roles(ask, 2, first=10)

    told = await sending.tell(webhook)

    assert [got.type for got in receiver.got] == ["holiday.created"]
    assert told.passed == webhook.passed + 4
    # What came after that is looked at, but not stored with each look.
    assert told.behind == 2


async def test_the_next_message_waits_for_the_one_before(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 5)
    answers = iter([Reply(), Reply(500, body=b"not now")])
    receiver.answer = lambda _: next(answers)

    told = await sending.tell(webhook)
    again = await sending.tell(webhook)

    assert [got.sequences[0] - webhook.passed for got in receiver.got] == [1, 2]
    assert again == told
    assert told.status is WebhookStatus.FAILING
    assert told.passed == webhook.passed + 1
    assert told.next_attempt_at == sending.clock.now + RETRY_DELAYS[0]
    told_of = [each.answer for each in await sending.attempts(webhook)]
    assert {(each.outcome, each.status, each.text) for each in told_of} == {
        (Outcome.DELIVERED, 204, ""),
        (Outcome.REFUSED, 500, "not now"),
    }


async def test_a_message_is_the_same_over_all_its_tries(sending, ask, receiver):
    issued = await sending.create(receiver.url)
    webhook = issued.webhook
    await roles(ask, 2)
    receiver.answer = lambda _: Reply(503)
    for delay in RETRY_DELAYS[:4]:
        told = await sending.tell(webhook)
        sending.clock.go_on(seconds=delay.total_seconds())
    receiver.answer = lambda _: Reply()

    assert told.failures == 4
    told = await sending.tell(webhook)

    *tries, last = receiver.got
    assert len(tries) == 5
    assert len({(got.id, got.body) for got in tries}) == 1
    assert len({got.headers["webhook-timestamp"] for got in tries}) == 5
    assert last.id != tries[0].id
    assert all(got.is_signed_by(issued.secret) for got in receiver.got)
    assert (told.status, told.failures, told.behind) == (WebhookStatus.ACTIVE, 0, 0)


async def test_retry_after_is_honoured(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 1)
    receiver.answer = lambda _: Reply(429, {"Retry-After": "600"})

    told = await sending.tell(webhook)

    assert (told.next_attempt_at - sending.clock.now).total_seconds() == 600


async def test_five_days_of_failure_disable_it_and_nothing_is_lost(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 2)
    receiver.answer = lambda _: Reply(500)
    told = await sending.tell(webhook)
    while told.status is not WebhookStatus.DISABLED:
        sending.clock.now = told.next_attempt_at
        told = await sending.tell(webhook)
    tries = len(receiver.got)
    receiver.answer = lambda _: Reply()
    sending.clock.go_on(days=9)
    assert await sending.tell(webhook) == told
    assert len(receiver.got) == tries
    assert told.disabled_reason is DisabledReason.FAILED

    await sending.service.enable(LOCAL, ChangeWebhook(named(webhook)))
    told = await sending.tell(webhook)

    assert [got.sequences[0] - webhook.passed for got in receiver.got[tries:]] == [1, 2]
    assert told.behind == 0


async def test_a_receiver_that_is_gone_is_disabled_at_once(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 1)
    receiver.answer = lambda _: Reply(410)

    told = await sending.tell(webhook)

    assert (told.status, told.disabled_reason) == (WebhookStatus.DISABLED, DisabledReason.GONE)


async def test_many_at_once_are_one_message_that_stays_as_it_was(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, GATHERED_FROM + 1)
    receiver.answer = lambda _: Reply(500)
    told = await sending.tell(webhook)
    assert told.gathered_to == webhook.passed + GATHERED_FROM + 1
    await roles(ask, 3, first=900)
    sending.clock.go_on(seconds=5)
    await sending.tell(webhook)
    receiver.answer = lambda _: Reply()
    sending.clock.go_on(minutes=5)

    told = await sending.tell(webhook)

    first, second, third, *others = receiver.got
    assert first.type == "changes.available"
    data = first.told["data"]
    assert data.pop("companyId") == COMPANY
    assert [data.pop("from"), data.pop("to")] == [
        str(webhook.passed + n) for n in (1, GATHERED_FROM + 1)
    ]
    # From the one cursor to the other is what it stands for.
    answer = await ask(CHANGES, company=COMPANY, after=data["after"])
    edges = answer["data"]["changes"]["edges"]
    assert edges[0]["node"]["sequence"] == str(webhook.passed + 1)
    assert edges[GATHERED_FROM]["cursor"] == data["cursor"]
    assert {(got.id, got.body) for got in (second, third)} == {(first.id, first.body)}
    assert [got.type for got in others] == ["role.created"] * 3
    assert sequences(receiver)[-3:] == [webhook.passed + GATHERED_FROM + n for n in (2, 3, 4)]
    assert (told.gathered_to, told.behind) == (None, 0)


async def test_a_message_of_one_change_stays_so_whatever_comes_meanwhile(sending, ask, receiver):
    """Or a receiver that has it, whose answer was lost, would hear of it by another id."""
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 1)
    receiver.answer = lambda _: Reply(410)
    await sending.tell(webhook)
    await roles(ask, GATHERED_FROM + 1, first=900)
    receiver.answer = lambda _: Reply()
    await sending.service.enable(LOCAL, ChangeWebhook(named(webhook)))

    told = await sending.tell(webhook)

    first, again, others = receiver.got
    assert (again.id, again.body) == (first.id, first.body)
    assert others.type == "changes.available"
    assert sequences(receiver)[1:] == [webhook.passed + 1 + n for n in range(GATHERED_FROM + 2)]
    assert (told.gathered_to, told.behind) == (None, 0)


async def test_what_was_tried_and_is_gone_is_told_with_the_rest(
    sending, ask, receiver, database_url
):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 1)
    receiver.answer = lambda _: Reply(500)
    await sending.tell(webhook)
    await roles(ask, 2, first=900)
    await forget_changes_up_to(database_url, webhook.passed + 3)
    receiver.answer = lambda _: Reply()
    sending.clock.go_on(seconds=6)

    told = await sending.tell(webhook)

    assert [got.type for got in receiver.got] == ["role.created", "changes.available"]
    assert [*receiver.got[1].sequences] == [webhook.passed + 1 + n for n in range(3)]
    assert told.behind == 0


async def test_who_does_not_take_it_gets_every_event_however_many(sending, ask, receiver):
    webhook = (await sending.create(receiver.url, "role.*")).webhook
    await roles(ask, GATHERED_FROM + 1)

    await sending.tell(webhook)

    assert sequences(receiver) == [webhook.passed + 1 + n for n in range(GATHERED_FROM + 1)]


async def test_who_takes_only_that_is_told_that_there_is_something(sending, ask, receiver):
    webhook = (await sending.create(receiver.url, "changes.available")).webhook
    await roles(ask, 2)

    await sending.tell(webhook)

    ((got,), passed) = receiver.got, webhook.passed
    assert (got.type, [*got.sequences]) == ("changes.available", [passed + 1, passed + 2])


async def test_it_is_told_again_under_the_same_ids(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 4)
    await sending.tell(webhook)

    replayed = await sending.service.replay(
        LOCAL, ReplayWebhook(named(webhook), str(webhook.passed + 2))
    )
    assert replayed.behind == 2
    await sending.tell(webhook)

    before, after = receiver.got[:4], receiver.got[4:]
    assert [(got.id, got.body) for got in after] == [(got.id, got.body) for got in before[2:]]


async def test_what_was_not_told_yet_may_be_passed_over(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 4)

    await sending.service.replay(LOCAL, ReplayWebhook(named(webhook), str(webhook.passed + 3)))
    await sending.tell(webhook)

    assert sequences(receiver) == [webhook.passed + 4]


async def test_both_secrets_sign_after_a_rotation(sending, ask, receiver):
    issued = await sending.create(receiver.url)
    webhook = issued.webhook
    rotated = await sending.service.rotate(LOCAL, RotateSecret(named(webhook)))
    await roles(ask, 1)
    await sending.tell(webhook)
    sending.clock.go_on(hours=24)
    await roles(ask, 1, first=50)
    await sending.tell(webhook)

    first, second = receiver.got
    assert first.is_signed_by(issued.secret)
    assert first.is_signed_by(rotated.secret)
    assert not second.is_signed_by(issued.secret)
    assert second.is_signed_by(rotated.secret)


async def test_another_address_counts_from_the_next_message_on(sending, ask, receiver):
    """Also where it is given while a message is on its way: that is not sent once more."""
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 3)
    receiver.answer = lambda _: Reply(seconds=0.5)
    with receiving() as other:
        telling = asyncio.create_task(sending.tell(webhook))
        await asyncio.to_thread(receiver.wait_for, bool)
        await sending.service.update(LOCAL, UpdateWebhook(named(webhook), other.url))
        await telling
        told = await sending.tell(webhook)

        assert sequences(receiver) == [webhook.passed + 1]
        assert sequences(other) == [webhook.passed + 2, webhook.passed + 3]
    assert (told.behind, told.url) == (0, other.url)


async def test_a_webhook_that_is_deleted_while_it_is_told_is_told_no_more(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 3)
    receiver.answer = lambda _: Reply(seconds=0.5)
    telling = asyncio.create_task(sending.tell(webhook))
    await asyncio.to_thread(receiver.wait_for, bool)

    await sending.service.delete(LOCAL, ChangeWebhook(named(webhook)))

    assert await telling is None
    assert len(receiver.got) == 1


async def test_a_replay_while_a_message_is_on_its_way_is_not_undone(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 3)
    await sending.tell(webhook)
    await roles(ask, 1, first=50)
    receiver.answer = lambda _: Reply(seconds=0.5)
    telling = asyncio.create_task(sending.tell(webhook))
    await asyncio.to_thread(receiver.wait_for, lambda got: len(got) == 4)
    await sending.service.replay(LOCAL, ReplayWebhook(named(webhook), str(webhook.passed)))
    await telling
    receiver.answer = lambda _: Reply()
    await sending.tell(webhook)

    assert sequences(receiver)[4:] == [webhook.passed + 1 + n for n in range(4)]


async def test_who_ends_before_the_answer_is_stored_sends_it_again(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 2)
    receiver.answer = lambda _: Reply(seconds=1)
    telling = asyncio.create_task(sending.tell(webhook))
    await asyncio.to_thread(receiver.wait_for, bool)
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling
    receiver.answer = lambda _: Reply()

    await sending.tell(webhook)

    assert sequences(receiver) == [webhook.passed + n for n in (1, 1, 2)]
    assert receiver.got[0].id == receiver.got[1].id


@pytest.mark.parametrize("types", ["*", ("role.*", "changes.available")])
async def test_whoever_goes_on_repeats_it_under_its_id_however_many_wait(
    sending, ask, receiver, types
):
    """Or a change that was taken by itself would come once more within one for many."""
    webhook = (await sending.create(receiver.url, *types)).webhook
    await roles(ask, 1)
    receiver.answer = lambda _: Reply(seconds=1)
    telling = asyncio.create_task(sending.tell(webhook))
    await asyncio.to_thread(receiver.wait_for, bool)
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling
    receiver.answer = lambda _: Reply()
    await put(ask, holidays=[holiday()])
    await roles(ask, GATHERED_FROM + 1, first=900)

    await sending.deliveries.tell(webhook.id, None, sending.stopping, is_sure=False)

    first, again, others = receiver.got
    assert (again.id, again.body) == (first.id, first.body)
    assert others.type == "changes.available"
    assert [*others.sequences] == [webhook.passed + 2 + n for n in range(GATHERED_FROM + 2)]


async def test_the_end_of_the_process_waits_for_no_answer(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 2)
    receiver.answer = lambda _: Reply(seconds=600)
    telling = asyncio.create_task(sending.tell(webhook))
    await asyncio.to_thread(receiver.wait_for, bool)

    async with asyncio.timeout(30):
        sending.stopping.set()
        told = await telling

    assert told.passed == webhook.passed
    assert await sending.attempts(webhook) == []

    # The process that follows sends the same, whatever has come meanwhile.
    await roles(ask, GATHERED_FROM + 1, first=900)
    sending.stopping.clear()
    receiver.answer = lambda _: Reply()
    await sending.tell(webhook)
    assert receiver.got[1].id == receiver.got[0].id


async def test_what_is_no_longer_kept_is_told_by_its_numbers(sending, ask, receiver, database_url):
    """To every webhook: it would never know otherwise."""
    webhook = (await sending.create(receiver.url, "holiday.*")).webhook
    await roles(ask, 5)
    await put(ask, holidays=[holiday()])
    await forget_changes_up_to(database_url, webhook.passed + 3)

    told = await sending.tell(webhook)

    (got,) = receiver.got
    assert got.type == "changes.available"
    assert [*got.sequences] == [webhook.passed + n for n in range(1, 7)]
    assert told.behind == 0


async def forget_changes_up_to(database_url, sequence):
    database = Database(database_url)
    async with database.writing() as connection:
        for statement in (
            f"DELETE FROM changes WHERE sequence <= {sequence}",  # noqa: S608 - a number
            f"UPDATE change_counters SET last_forgotten = {sequence}",  # noqa: S608
        ):
            await connection.exec_driver_sql(statement)
    await database.close()


async def test_attempts_are_listed_for_two_weeks(sending, ask, receiver):
    webhook = (await sending.create(receiver.url)).webhook
    await roles(ask, 1)
    await sending.tell(webhook)
    sending.clock.go_on(days=13)
    await roles(ask, 1, first=50)
    await sending.tell(webhook)

    assert await forget_old_attempts(sending.database, sending.clock.now) == 0
    sending.clock.go_on(days=2)
    assert await forget_old_attempts(sending.database, sending.clock.now) == 1
    assert [each.type for each in await sending.attempts(webhook)] == ["role.created"]


async def test_a_test_is_sent_at_once_and_changes_nothing(sending, receiver):
    issued = await sending.create(receiver.url, "holiday.*")
    webhook = issued.webhook
    receiver.answer = lambda _: Reply(500, body=b"no")

    first = await sending.service.test(LOCAL, named(webhook))
    sending.clock.go_on(seconds=1)
    second = await sending.service.test(LOCAL, named(webhook))

    got, other = receiver.got
    assert got.told["type"] == "webhook.test"
    assert got.is_signed_by(issued.secret)
    assert got.id != other.id
    assert (first.attempt.answer.outcome, first.attempt.answer.status) == (Outcome.REFUSED, 500)
    assert [each.message_id for each in await sending.attempts(webhook)] == [got.id, other.id]
    assert second.attempt.message_id == other.id
    assert await sending.now(webhook) == replace(webhook, behind=0)


async def test_a_company_whose_receivers_do_not_answer_leaves_places_to_others(sending, ask):
    most, answering = MOST_OF_A_COMPANY, threading.Event()
    patient = sending.deliveries.outgoing = OutgoingClient(RULES, seconds=60)

    def answer(_):
        answering.wait(30)
        return Reply(204)

    with receiving(answer=answer) as receiver:
        webhooks = [(await sending.create(receiver.url)).webhook for _ in range(most + 3)]
        await roles(ask, 1)
        telling = [asyncio.create_task(sending.tell(each)) for each in webhooks]
        await asyncio.to_thread(receiver.wait_for, lambda got: len(got) >= most)
        await asyncio.sleep(0.3)
        under_way = len(receiver.got)
        answering.set()
        told = await asyncio.gather(*telling)
    await patient.aclose()

    assert under_way == most
    assert all(each.last_delivered_at for each in told)
    assert len(receiver.got) == most + 3


async def test_a_company_tries_one_at_a_time_and_others_are_not_kept_waiting(sending, receiver):
    """A try waits for its receiver in a place that writes need: a flood would take them all."""
    webhook = (await sending.create(receiver.url, "holiday.*")).webhook
    answering = threading.Event()

    def answer(_):
        answering.wait(10)
        return Reply(204)

    receiver.answer = answer
    patient = OutgoingClient(RULES, seconds=60)
    sending.service = replace(sending.service, outgoing=patient)
    first = asyncio.create_task(sending.service.test(LOCAL, named(webhook)))
    await asyncio.to_thread(receiver.wait_for, lambda got: len(got) == 1, 5)
    for _ in range(3):
        with pytest.raises(Busy):
            await sending.service.test(LOCAL, named(webhook))
    answering.set()

    assert (await first).attempt.answer.outcome is Outcome.DELIVERED
    assert (await sending.service.test(LOCAL, named(webhook))).attempt.answer.status == 204
    await patient.aclose()
    assert len(receiver.got) == 2


def test_all_companies_together_try_few_at_a_time():
    tries = Tries()
    with ExitStack() as under_way:
        for number in range(MOST_TRIES):
            under_way.enter_context(tries.one_of(uuid(number)))
        with pytest.raises(Busy), tries.one_of(COMPANY):
            pass
    with tries.one_of(COMPANY):
        pass


@pytest.mark.parametrize("hours", [1.5, 2.5])
async def test_an_update_names_the_fields_that_changed(sending, ask, receiver, hours):
    (id_,) = await put_entries(ask, entry(hours=1, requestedDate=MONDAY))
    webhook = (await sending.create(receiver.url, "time_off_entry.updated")).webhook
    await ask(UPDATE_ENTRY, id=id_, hours=hours)

    await sending.tell(webhook)

    assert [got.told["data"]["changedFields"] for got in receiver.got] == [["hours"]]
