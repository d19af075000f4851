"""What becomes of a webhook that is heard, or is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.webhook_events import EventTypes
from app.domain.webhooks import (
    GIVEN_UP_AFTER,
    LONGEST_RETRY_AFTER,
    RETRY_DELAYS,
    Answer,
    DisabledReason,
    Outcome,
    Webhook,
    WebhookStatus,
    outcome_of,
    read_retry_after,
    shown_text,
)
from tests.builders import COMPANY, uuid

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOOK = Webhook(uuid(1), COMPANY, "https://x.example", EventTypes(("*",)), NOW, passed=40)
REFUSED = Answer(Outcome.REFUSED, 12, 500, "no")


def test_it_waits_as_the_schedule_says_and_then_a_day_each_time():
    webhook, now, waited = HOOK, NOW, []
    while webhook.status is not WebhookStatus.DISABLED:
        webhook = webhook.not_heard(REFUSED, now, 0)
        if webhook.next_attempt_at is not None:
            waited.append(webhook.next_attempt_at - now)
            now = webhook.next_attempt_at

    day = timedelta(days=1)
    assert waited == [*RETRY_DELAYS, day, day]
    assert now - NOW >= GIVEN_UP_AFTER
    assert (webhook.disabled_reason, webhook.disabled_at) == (DisabledReason.FAILED, now)
    assert (webhook.passed, webhook.failures) == (40, len(waited) + 1)
    assert not webhook.is_due(now)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_a_wait_is_a_tenth_longer_at_most(chance):
    failed = HOOK.not_heard(REFUSED, NOW, chance)

    assert failed.next_attempt_at == NOW + RETRY_DELAYS[0] * (1 + chance / 10)
    assert failed.status is WebhookStatus.FAILING
    assert not failed.is_due(NOW)
    assert failed.is_due(failed.next_attempt_at)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (None, RETRY_DELAYS[0]),
        (timedelta(seconds=1), RETRY_DELAYS[0]),
        (timedelta(minutes=7), timedelta(minutes=7)),
        (timedelta(days=40), LONGEST_RETRY_AFTER),
    ],
)
def test_a_receiver_may_ask_for_more_time_but_not_for_less(asked, waited):
    failed = HOOK.not_heard(replace(REFUSED, retry_after=asked), NOW, 0)

    assert failed.next_attempt_at == NOW + waited


def test_a_receiver_that_is_gone_is_asked_no_more():
    gone = HOOK.not_heard(Answer(Outcome.GONE, 12, 410), NOW, 0)

    assert gone.status is WebhookStatus.DISABLED
    assert (gone.disabled_reason, gone.next_attempt_at) == (DisabledReason.GONE, None)


def test_a_clock_that_is_set_back_by_an_hour_puts_nothing_off():
    """Also no short delay: 5 s were an hour then."""
    failed = HOOK.not_heard(Answer(Outcome.TIMED_OUT, 9), NOW, 0)
    an_hour_ago = NOW - timedelta(hours=1)

    assert failed.wait(NOW) == RETRY_DELAYS[0]
    assert failed.is_due(an_hour_ago)
    again = failed.not_heard(Answer(Outcome.TIMED_OUT, 9), an_hour_ago, 0)
    assert again.wait(an_hour_ago) == RETRY_DELAYS[1]


def test_a_clock_that_was_ahead_puts_nothing_off_for_longer_than_the_schedule():
    in_a_year = NOW + timedelta(days=365)
    ahead = HOOK.not_heard(Answer(Outcome.TIMED_OUT, 9), in_a_year, 0)
    last = replace(HOOK, failures=8).not_heard(Answer(Outcome.TIMED_OUT, 9), NOW, 1)

    assert (ahead.wait(in_a_year), last.wait(NOW)) == (RETRY_DELAYS[0], RETRY_DELAYS[-1] * 1.1)
    assert not ahead.is_due(in_a_year)
    assert not last.is_due(NOW)
    assert ahead.is_due(NOW)
    assert ahead.not_heard(Answer(Outcome.TIMED_OUT, 9), NOW, 0).failing_since == NOW


def test_five_days_count_from_the_last_message_that_was_taken():
    failed = HOOK.not_heard(REFUSED, NOW, 0)
    heard = failed.heard(41, NOW + timedelta(days=4))
    again = heard.not_heard(REFUSED, NOW + timedelta(days=6), 0)

    assert (heard.status, heard.passed, heard.failures) == (WebhookStatus.ACTIVE, 41, 0)
    assert heard.last_delivered_at == NOW + timedelta(days=4)
    assert again.status is WebhookStatus.FAILING
    assert again.failing_since == NOW + timedelta(days=6)


def test_what_stands_for_many_stays_as_it_was_until_it_is_taken():
    gathering = replace(HOOK, gathered_to=140)

    assert gathering.not_heard(REFUSED, NOW, 0).gathered_to == 140
    assert gathering.heard(140, NOW).gathered_to is None
    assert gathering.changed(passed=7).gathered_to is None
    assert gathering.enabled().gathered_to == 140


def test_a_message_that_was_tried_is_noted():
    """What was passed before it, as none of its types, need not be looked at again."""
    tried = HOOK.trying(44, 44)

    assert (tried.passed, tried.gathered_to) == (43, 44)
    assert tried.heard(44, NOW).gathered_to is None


def test_a_change_by_somebody_is_tried_at_once_and_seen_by_the_sender():
    failed = HOOK.not_heard(REFUSED, NOW, 0)

    changed = failed.changed(url="https://y.example")

    assert changed == replace(HOOK, url="https://y.example", revision=1)
    assert changed.is_due(NOW)


def test_a_disabled_webhook_goes_on_from_where_it_stopped():
    gone = HOOK.not_heard(Answer(Outcome.GONE, 12, 410), NOW, 0)

    assert gone.changed(url="https://y.example").status is WebhookStatus.DISABLED
    assert gone.enabled() == replace(HOOK, revision=1)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("0", timedelta(0)),
        (" 120 ", timedelta(minutes=2)),
        ("9" * 400, LONGEST_RETRY_AFTER),
        ("Mon, 02 Mar 2026 08:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 08:02:00 -0000", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 07:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("Mon, 02 Mar 2026 08:02:00 +99999999999999999999", None),
        ("9999999999 Jan 0 08:02:00", None),
        ("", None),
        ("١٢", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text, asked):
    assert read_retry_after(text, NOW) == asked


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (199, Outcome.REFUSED),
        (200, Outcome.DELIVERED),
        (299, Outcome.DELIVERED),
        (300, Outcome.REFUSED),
        (410, Outcome.GONE),
        (500, Outcome.REFUSED),
    ],
)
def test_a_message_is_taken_by_a_status_of_200_to_299(status, outcome):
    assert outcome_of(status) is outcome


def test_of_an_answer_its_beginning_is_shown_in_one_line():
    assert shown_text(b"x" * 500) == "x" * 200
    assert shown_text("né\x00\x1b[31m\r\n\ud800".encode("utf-8", "surrogatepass")) == "né [31m"
